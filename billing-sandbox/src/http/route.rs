//! Path templates to handlers.

use http::Method;

/// One operation of a server.
pub(crate) struct Route<H: 'static> {
    pub(crate) method: Method,
    pub(crate) template: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) handler: H,
}

/// The result of looking a request up.
pub(crate) enum Found<'r, H: 'static> {
    Route(&'r Route<H>, Vec<String>),
    /// The path exists with another method, which is named.
    Method(Method),
    Nothing,
}

/// Matches a decoded path against a template and gives the values of its `{…}` segments.
pub(crate) fn arguments(template: &str, path: &str) -> Option<Vec<String>> {
    let mut wanted = template.split('/');
    let mut given = path.split('/');
    let mut found = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(found),
            (Some(want), Some(have)) => {
                if want.starts_with('{') && want.ends_with('}') {
                    if have.is_empty() {
                        return None;
                    }
                    found.push(have.to_owned());
                } else if want != have {
                    return None;
                }
            }
            _ => return None,
        }
    }
}

/// Finds the first route of a path, literal segments before variable ones by order of the table.
pub(crate) fn find<'r, H>(routes: &'r [Route<H>], method: &Method, path: &str) -> Found<'r, H> {
    let mut other = None;
    for route in routes {
        if let Some(found) = arguments(route.template, path) {
            if route.method == *method {
                return Found::Route(route, found);
            }
            other.get_or_insert_with(|| route.method.clone());
        }
    }
    other.map_or(Found::Nothing, Found::Method)
}

#[cfg(test)]
mod tests {
    use super::arguments;

    #[test]
    fn templates_match_whole_segments() {
        assert_eq!(
            arguments("/v1/a/{id}/b", "/v1/a/7/b"),
            Some(vec!["7".to_owned()])
        );
        assert_eq!(arguments("/v1/a/", "/v1/a"), None);
        assert_eq!(arguments("/v1/a/{id}", "/v1/a/"), None);
        assert_eq!(arguments("/v1/a/{id}", "/v1/a/x/y"), None);
    }
}
