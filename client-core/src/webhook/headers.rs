use std::collections::{BTreeMap, HashMap};

use http::HeaderMap;

use super::WebhookError;

/// The headers of a delivery, in whatever form the web framework has them.
pub trait WebhookHeaders {
    /// Returns the first value of a header, whose name is compared without regard to case; `None`
    /// also when it is not text.
    fn header(&self, name: &str) -> Option<&str>;
}

impl<H: WebhookHeaders + ?Sized> WebhookHeaders for &H {
    fn header(&self, name: &str) -> Option<&str> {
        (**self).header(name)
    }
}

impl WebhookHeaders for HeaderMap {
    fn header(&self, name: &str) -> Option<&str> {
        self.get(name)?.to_str().ok()
    }
}

fn find<'a, K, V>(pairs: impl IntoIterator<Item = (&'a K, &'a V)>, name: &str) -> Option<&'a str>
where
    K: AsRef<str> + 'a,
    V: AsRef<str> + 'a,
{
    pairs
        .into_iter()
        .find(|(key, _)| key.as_ref().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_ref())
}

impl<K: AsRef<str>, V: AsRef<str>> WebhookHeaders for [(K, V)] {
    fn header(&self, name: &str) -> Option<&str> {
        find(self.iter().map(|(key, value)| (key, value)), name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>, const N: usize> WebhookHeaders for [(K, V); N] {
    fn header(&self, name: &str) -> Option<&str> {
        self.as_slice().header(name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>> WebhookHeaders for Vec<(K, V)> {
    fn header(&self, name: &str) -> Option<&str> {
        self.as_slice().header(name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>, S> WebhookHeaders for HashMap<K, V, S> {
    fn header(&self, name: &str) -> Option<&str> {
        find(self, name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>> WebhookHeaders for BTreeMap<K, V> {
    fn header(&self, name: &str) -> Option<&str> {
        find(self, name)
    }
}

/// The three headers of a delivery.
pub(super) struct Fields<'a> {
    pub(super) id: &'a str,
    pub(super) timestamp: &'a str,
    pub(super) signatures: &'a str,
}

const SVIX: [&str; 3] = ["svix-id", "svix-timestamp", "svix-signature"];
pub(super) const STANDARD: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

/// Takes the headers of one set, `svix-` before `webhook-`; sets are not mixed.
pub(super) fn fields<H: WebhookHeaders + ?Sized>(headers: &H) -> Result<Fields<'_>, WebhookError> {
    let svix = take(headers, SVIX);
    if svix.is_ok() {
        return svix;
    }
    let standard = take(headers, STANDARD);
    // Of two incomplete sets, the one that is there in part is meant.
    if standard.is_err() && SVIX.iter().any(|name| headers.header(name).is_some()) {
        return svix;
    }
    standard
}

fn take<'a, H: WebhookHeaders + ?Sized>(
    headers: &'a H,
    [id, timestamp, signatures]: [&'static str; 3],
) -> Result<Fields<'a>, WebhookError> {
    let get = |name: &'static str| {
        headers
            .header(name)
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .ok_or(WebhookError::MissingHeader(name))
    };
    Ok(Fields {
        id: get(id)?,
        timestamp: get(timestamp)?,
        signatures: get(signatures)?,
    })
}
