/// A webhook delivery that is not accepted. Secrets and bodies never appear in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// A header is missing or is not text.
    #[error("the header `{0}` is missing")]
    MissingHeader(&'static str),
    /// A header that must be unique, the id or the timestamp, comes more than once with different
    /// values.
    #[error("the header `{0}` comes more than once, with different values")]
    AmbiguousHeader(&'static str),
    /// The timestamp header is not a number of seconds.
    #[error("the webhook's timestamp is not a Unix time in seconds")]
    InvalidTimestamp,
    /// The delivery is older than the tolerance allows: delayed, replayed, or this clock is ahead.
    #[error("the webhook's timestamp is too old; if this repeats, check this machine's clock")]
    TooOld,
    /// The delivery is further in the future than the tolerance allows.
    #[error("the webhook's timestamp is in the future; check this machine's clock")]
    TooNew,
    /// No signature fits: another secret, another key derivation, or a body that was changed or
    /// parsed and written again before it got here.
    #[error("no signature fits; check the secret, and that the body is passed exactly as it came")]
    NoMatchingSignature,
    /// The secret is empty (also after `whsec_`), has white space around it, or is not the base64
    /// that the key derivation needs.
    #[error("the webhook secret is empty, has white space around it, or is malformed")]
    InvalidSecret,
}
