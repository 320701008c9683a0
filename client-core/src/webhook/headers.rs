use std::collections::{BTreeMap, HashMap};

use http::HeaderMap;

use super::WebhookError;

/// The headers of a delivery, in whatever form the web framework has them.
pub trait WebhookHeaders {
    /// Returns every value of a header, whose name is compared without regard to case, in the
    /// order they came. A value that is not text counts as an empty one.
    fn values(&self, name: &str) -> Vec<&str>;

    /// Returns the first value of a header that is not blank.
    fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.values(name).into_iter().map(str::trim);
        values.find(|value| !value.is_empty())
    }
}

impl<H: WebhookHeaders + ?Sized> WebhookHeaders for &H {
    fn values(&self, name: &str) -> Vec<&str> {
        (**self).values(name)
    }
}

impl WebhookHeaders for HeaderMap {
    fn values(&self, name: &str) -> Vec<&str> {
        let values = self.get_all(name).into_iter();
        values
            .map(|value| value.to_str().unwrap_or_default())
            .collect()
    }
}

fn find<'a, K, V>(pairs: impl IntoIterator<Item = (&'a K, &'a V)>, name: &str) -> Vec<&'a str>
where
    K: AsRef<str> + 'a,
    V: AsRef<str> + 'a,
{
    pairs
        .into_iter()
        .filter(|(key, _)| key.as_ref().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_ref())
        .collect()
}

impl<K: AsRef<str>, V: AsRef<str>> WebhookHeaders for [(K, V)] {
    fn values(&self, name: &str) -> Vec<&str> {
        find(self.iter().map(|(key, value)| (key, value)), name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>, const N: usize> WebhookHeaders for [(K, V); N] {
    fn values(&self, name: &str) -> Vec<&str> {
        self.as_slice().values(name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>> WebhookHeaders for Vec<(K, V)> {
    fn values(&self, name: &str) -> Vec<&str> {
        self.as_slice().values(name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>, S> WebhookHeaders for HashMap<K, V, S> {
    fn values(&self, name: &str) -> Vec<&str> {
        find(self, name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>> WebhookHeaders for BTreeMap<K, V> {
    fn values(&self, name: &str) -> Vec<&str> {
        find(self, name)
    }
}

/// The three headers of a delivery.
pub(super) struct Fields<'a> {
    pub(super) id: &'a str,
    pub(super) timestamp: &'a str,
    /// The lines of signatures: a fit of any counts.
    pub(super) signatures: Vec<&'a str>,
}

const SVIX: [&str; 3] = ["svix-id", "svix-timestamp", "svix-signature"];
pub(super) const STANDARD: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

/// Takes the headers of one set, `svix-` before `webhook-`; sets are not mixed.
pub(super) fn fields(headers: &dyn WebhookHeaders) -> Result<Fields<'_>, WebhookError> {
    let svix = take(headers, SVIX);
    if !matches!(svix, Err(WebhookError::MissingHeader(_))) {
        return svix;
    }
    let standard = take(headers, STANDARD);
    // Of two incomplete sets, the one that is there in part is meant.
    let missing = matches!(standard, Err(WebhookError::MissingHeader(_)));
    if missing && SVIX.iter().any(|name| headers.header(name).is_some()) {
        return svix;
    }
    standard
}

fn take<'a>(
    headers: &'a dyn WebhookHeaders,
    [id, timestamp, signature]: [&'static str; 3],
) -> Result<Fields<'a>, WebhookError> {
    let fields = Fields {
        id: one(headers, id)?,
        timestamp: one(headers, timestamp)?,
        signatures: headers.values(signature),
    };
    if headers.header(signature).is_none() {
        return Err(WebhookError::MissingHeader(signature));
    }
    Ok(fields)
}

/// Returns the value of a header that may come several times, when it says the same each time:
/// of two ids only one is signed, and the next reader might take the other one.
fn one<'a>(headers: &'a dyn WebhookHeaders, name: &'static str) -> Result<&'a str, WebhookError> {
    let mut values = headers.values(name).into_iter().map(str::trim);
    let first = values.next().unwrap_or_default();
    if values.any(|other| other != first) {
        return Err(WebhookError::AmbiguousHeader(name));
    }
    if first.is_empty() {
        return Err(WebhookError::MissingHeader(name));
    }
    Ok(first)
}
