use http::HeaderValue;
use http::header::{COOKIE, HOST, ORIGIN, REFERER};
use http::request::Parts;
use url::{Host, Url};

use super::reply::Refusal;

/// Where the application is, and whom it trusts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Site {
    pub(crate) base: Option<Url>,
    pub(crate) trusted: Vec<Url>,
}

impl Site {
    /// Refuses requests that another site made the browser send along with the user's cookie.
    ///
    /// Without a cookie there is nothing to abuse, so other clients need not send an origin.
    pub(super) fn check_origin(&self, head: &Parts) -> Result<(), Refusal> {
        if !head.headers.contains_key(COOKIE) {
            return Ok(());
        }
        let text = |value: Option<&HeaderValue>| {
            value
                .and_then(|value| value.to_str().ok())
                .filter(|text| !text.is_empty() && *text != "null")
                .map(ToOwned::to_owned)
        };
        let claimed = match head.headers.get(ORIGIN) {
            Some(origin) => text(Some(origin)),
            None => text(head.headers.get(REFERER)),
        };
        let Some(claimed) = claimed else {
            return Err(Refusal::forbidden("Missing or null Origin").code("MISSING_OR_NULL_ORIGIN"));
        };
        let known = Url::parse(&claimed).is_ok_and(|claimed| self.knows(&claimed, head));
        if known {
            return Ok(());
        }
        Err(Refusal::forbidden("Invalid origin").code("INVALID_ORIGIN"))
    }

    /// Returns whether a URL is on the application's own site or one that it trusts.
    pub(super) fn knows(&self, url: &Url, head: &Parts) -> bool {
        if !matches!(url.scheme(), "http" | "https") {
            return false;
        }
        let origin = url.origin();
        if self
            .trusted
            .iter()
            .any(|trusted| trusted.origin() == origin)
        {
            return true;
        }
        match &self.base {
            Some(base) => base.origin() == origin,
            // Behind a proxy the scheme is not known, only the host that the browser asked for.
            None => self.own(head).is_some_and(|own| same_host(&own, url)),
        }
    }

    /// Returns the root of the application's own site.
    pub(super) fn own(&self, head: &Parts) -> Option<Url> {
        if let Some(base) = &self.base {
            return Some(base.clone());
        }
        let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
        let authority = head.uri.authority().map(http::uri::Authority::as_str);
        let host = host.or(authority)?;
        let secure = Url::parse(&format!("https://{host}/")).ok()?;
        // A host alone: no user, no path.
        if secure.path() != "/" || !secure.username().is_empty() || secure.query().is_some() {
            return None;
        }
        if is_local(&secure) {
            return Url::parse(&format!("http://{host}/")).ok();
        }
        Some(secure)
    }
}

fn same_host(own: &Url, other: &Url) -> bool {
    let explicit = |url: &Url| url.port();
    own.host() == other.host() && explicit(own) == explicit(other)
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
