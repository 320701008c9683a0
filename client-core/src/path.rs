//! Path templates and their arguments.

use percent_encoding::utf8_percent_encode;

use crate::query::RESERVED;

/// Appends the path of `template` with its `{placeholders}` replaced, each encoded as one segment.
///
/// An empty argument, `.` and `..` are refused: they would address another resource.
pub(crate) fn append(template: &str, arguments: &[String], url: &mut String) -> Result<(), String> {
    let mut arguments = arguments.iter();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else {
            return Err(format!("the path template `{template}` is malformed"));
        };
        let Some(argument) = arguments.next() else {
            return Err(format!("path parameter `{name}` is missing"));
        };
        if argument.is_empty() {
            return Err(format!("path parameter `{name}` is empty"));
        }
        if argument == "." || argument == ".." {
            return Err(format!(
                "path parameter `{name}` is `{argument}`, which would address another resource"
            ));
        }
        url.push_str(before);
        url.extend(utf8_percent_encode(argument, RESERVED));
        rest = tail;
    }
    if arguments.next().is_some() {
        return Err(format!(
            "the path `{template}` was given too many parameters"
        ));
    }
    url.push_str(rest);
    Ok(())
}

/// Warns of arguments that may not be found.
pub(crate) fn warn_of_slashes(template: &str, arguments: &[String]) {
    if arguments.iter().any(|argument| argument.contains('/')) {
        tracing::warn!(
            target: "client_core",
            template,
            "a path parameter contains `/`; servers that decode `%2F` before routing do not find it"
        );
    }
}
