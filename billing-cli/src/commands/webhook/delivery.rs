//! A webhook as it came, verified or taken on trust.

use billing_core::Provider;
use billing_core::event::BillingEvent;
use billing_core::webhook::{WebhookError, WebhookHeaders, Webhooks};
use client_core::Secret;
use client_core::webhook::{KeyDerivation, Keys, WebhookError as SignatureError};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::headers::{self, Headers};
use crate::cli::Signed;
use crate::failure::Failure;
use crate::input;

/// The id of an event that came without one.
const NO_ID: &str = "unverified";

/// A webhook, and the time to look at it.
pub(super) struct Delivery {
    provider: Provider,
    headers: Headers,
    body: Vec<u8>,
    now: OffsetDateTime,
}

/// Whether there are webhooks of a provider.
pub(super) fn supported(provider: Provider) -> Result<(), Failure> {
    match provider {
        Provider::Polar => Ok(()),
        other => Err(Failure::Usage(format!(
            "webhooks of {other} cannot be read yet; those of polar can"
        ))),
    }
}

/// The secret to verify with.
pub(super) fn secret(signed: &Signed) -> Result<Secret, Failure> {
    supported(signed.provider)?;
    signed.secret.clone().ok_or_else(|| {
        Failure::Usage(
            "no webhook secret: set BILLING_WEBHOOK_SECRET or add --secret SECRET".into(),
        )
    })
}

impl Delivery {
    pub(super) fn read(signed: &Signed) -> Result<Self, Failure> {
        Ok(Self {
            provider: signed.provider,
            headers: headers::read(signed)?,
            body: input::bytes(&signed.body)?,
            now: signed.now.unwrap_or_else(OffsetDateTime::now_utc),
        })
    }

    /// Verifies it, and gives its events.
    pub(super) fn verify(&self, secret: Secret) -> Result<Vec<BillingEvent>, Failure> {
        let webhooks = self.webhooks(secret)?;
        webhooks
            .receive(&self.headers, &self.body)
            .map_err(|error| self.explain(&webhooks, &error))
    }

    /// Gives its events without verifying it.
    pub(super) fn trust(&self) -> Result<Vec<BillingEvent>, Failure> {
        let own = Secret::from("signed on this machine");
        let id = self.header("id").unwrap_or(NO_ID);
        let webhooks = self.webhooks(own.clone())?;
        Keys::new(own, KeyDerivation::Utf8)
            .map_err(WebhookError::from)
            .and_then(|keys| {
                let headers = keys.sign(id, self.now, &self.body);
                webhooks.receive(&headers.pairs(), &self.body)
            })
            .map_err(|error| self.explain(&webhooks, &error))
    }

    fn webhooks(&self, secret: Secret) -> Result<Webhooks, Failure> {
        supported(self.provider)?;
        let now = self.now;
        Ok(Webhooks::polar(secret).clock(move || now))
    }

    /// The first value of one of the three headers of Standard Webhooks.
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.header(&self.full_name(name))
    }

    /// The name of a header in the set that is looked at.
    fn full_name(&self, name: &str) -> String {
        let complete = |set: &str| {
            let mut names = ["id", "timestamp", "signature"].into_iter();
            names.all(|name| self.headers.header(&format!("{set}-{name}")).is_some())
        };
        let set = if complete("svix") { "svix" } else { "webhook" };
        format!("{set}-{name}")
    }

    fn explain(&self, webhooks: &Webhooks, error: &WebhookError) -> Failure {
        let WebhookError::Signature(error) = error else {
            return Failure::Refused(error.to_string());
        };
        let reason = match error {
            SignatureError::InvalidSecret => {
                return Failure::Usage("the webhook secret is empty".into());
            }
            SignatureError::MissingHeader(name) => format!(
                "the header `{name}` is missing; give the headers as they came, with --header 'name: value' or --headers FILE"
            ),
            SignatureError::InvalidTimestamp => format!(
                "its timestamp is not a Unix time in seconds: {:?}",
                self.header("timestamp").unwrap_or_default()
            ),
            SignatureError::TooOld | SignatureError::TooNew => self.out_of_time(),
            SignatureError::NoMatchingSignature => self.no_match(webhooks),
            other => other.to_string(),
        };
        Failure::Refused(format!("webhook refused: {reason}"))
    }

    fn out_of_time(&self) -> String {
        let text_of_sent = self.header("timestamp").unwrap_or_default();
        let seconds = text_of_sent
            .split('.')
            .next()
            .and_then(|text| text.parse().ok());
        let sent = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        let Some(sent) = sent else {
            return "its timestamp is too far from the clock".into();
        };
        let tolerance = Keys::DEFAULT_TOLERANCE.as_secs();
        let apart = sent.unix_timestamp().abs_diff(self.now.unix_timestamp());
        let beyond = apart.saturating_sub(tolerance);
        let direction = if sent < self.now { "old" } else { "new" };
        format!(
            "too {direction} by {beyond} seconds: signed at {}, verified at {}, {tolerance} seconds are allowed; to verify as of then, add --now {}",
            text(sent),
            text(whole_second(self.now)),
            sent.unix_timestamp()
        )
    }

    fn no_match(&self, webhooks: &Webhooks) -> String {
        let lines = self.headers.values(&self.full_name("signature"));
        let mut signatures = lines.iter().flat_map(|line| line.split_ascii_whitespace());
        if !signatures.any(|text| text.starts_with("v1,")) {
            return "no signature of version v1, the only one that is verified".into();
        }
        let shorter = self.body.strip_suffix(b"\n").unwrap_or(&self.body);
        let shorter = shorter.strip_suffix(b"\r").unwrap_or(shorter);
        if webhooks.receive(&self.headers, shorter).is_ok() {
            return "no signature matches because of the line break at the body's end, which an editor or a shell added".into();
        }
        "no signature matches: the secret is that of another endpoint or an old one, or the body is not byte for byte as it came".into()
    }
}

fn whole_second(time: OffsetDateTime) -> OffsetDateTime {
    time.replace_nanosecond(0).unwrap_or(time)
}

/// A time for people: RFC 3339, in UTC.
pub(super) fn text(time: OffsetDateTime) -> String {
    let utc = time.to_offset(time::UtcOffset::UTC);
    utc.format(&Rfc3339).unwrap_or_else(|_| utc.to_string())
}
