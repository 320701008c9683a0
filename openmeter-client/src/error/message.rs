//! The first thing to fix, in one line.

use super::ErrorBody;

pub(super) fn of(body: &ErrorBody) -> Option<String> {
    if body.is_unknown_route() {
        return Some(unknown_route(body));
    }
    let words = body.words();
    let issue = body.validation_issues.first().and_then(|issue| {
        let message = filled(issue.message.as_deref()).or(words);
        labelled(issue.field.as_deref(), message)
    });
    let parameter = || {
        let parameter = body.invalid_parameters.first()?;
        let reason = filled(parameter.reason.as_deref()).or(words);
        labelled(Some(&parameter.field), reason)
    };
    issue
        .or_else(parameter)
        .or_else(|| words.or(title(body)).map(str::to_owned))
}

fn unknown_route(body: &ErrorBody) -> String {
    let why = match body.words().filter(|_| !body.says_no_route()) {
        Some(words) => format!(" ({words})"),
        None => String::new(),
    };
    format!(
        "no such route{why}: check the base URL and whether the server is new enough for this \
         operation"
    )
}

/// The title when it says more than the status, which stands before the message.
fn title(body: &ErrorBody) -> Option<&str> {
    let status = body.status.canonical_reason().unwrap_or_default();
    let title = filled(body.title.as_deref())?;
    let repeats = status
        .get(..title.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(title));
    (!repeats).then_some(title)
}

fn labelled(place: Option<&str>, message: Option<&str>) -> Option<String> {
    Some(match (filled(place), message) {
        (Some(place), Some(message)) => format!("{place}: {message}"),
        (None, Some(message)) => message.to_owned(),
        (Some(place), None) => format!("{place} is not valid"),
        (None, None) => return None,
    })
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}
