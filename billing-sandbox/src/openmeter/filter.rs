//! String filters: `{"$in": ["a", "b"]}` and their kin.

use super::problem::problem;
use crate::http::Reply;
use serde_json::Value;

fn like(pattern: &str, text: &str) -> bool {
    fn matches(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('%', rest)) => (0..=text.len())
                .any(|skip| text.get(skip..).is_some_and(|tail| matches(rest, tail))),
            Some((want, rest)) => text
                .split_first()
                .is_some_and(|(have, tail)| (*want == '_' || want == have) && matches(rest, tail)),
        }
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    matches(&pattern, &text)
}

/// Refuses operators that do not exist and filters deeper than one level of `$and` and `$or`.
pub(crate) fn check(filter: &Value, depth: usize) -> Result<(), Box<Reply>> {
    let Some(map) = filter.as_object() else {
        return Err(problem(
            400,
            "invalid filter: expected an object of operators",
        ));
    };
    for (operator, operand) in map {
        let fits = match operator.as_str() {
            "$eq" | "$ne" | "$like" | "$nlike" | "$ilike" | "$nilike" | "$gt" | "$gte" | "$lt"
            | "$lte" => operand.is_string(),
            "$in" | "$nin" => operand
                .as_array()
                .is_some_and(|items| items.iter().all(Value::is_string)),
            "$and" | "$or" if depth == 0 => {
                for item in operand.as_array().into_iter().flatten() {
                    check(item, depth + 1)?;
                }
                operand.is_array()
            }
            "$and" | "$or" => {
                return Err(problem(400, "invalid filter: too deeply nested"));
            }
            _ => {
                return Err(problem(
                    400,
                    format!("invalid filter: unknown operator {operator}"),
                ));
            }
        };
        if !fits {
            return Err(problem(
                400,
                format!("invalid filter: bad operand of {operator}"),
            ));
        }
    }
    Ok(())
}

/// Whether a text passes a filter.
pub(crate) fn passes(filter: &Value, text: &str) -> bool {
    let Some(map) = filter.as_object() else {
        return false;
    };
    map.iter().all(|(operator, operand)| {
        let want = operand.as_str().unwrap_or_default();
        let listed = || {
            operand
                .as_array()
                .into_iter()
                .flatten()
                .any(|item| item == text)
        };
        let lower = || (want.to_lowercase(), text.to_lowercase());
        match operator.as_str() {
            "$eq" => text == want,
            "$ne" => text != want,
            "$in" => listed(),
            "$nin" => !listed(),
            "$like" => like(want, text),
            "$nlike" => !like(want, text),
            "$ilike" => {
                let (want, text) = lower();
                like(&want, &text)
            }
            "$nilike" => {
                let (want, text) = lower();
                !like(&want, &text)
            }
            "$gt" => text > want,
            "$gte" => text >= want,
            "$lt" => text < want,
            "$lte" => text <= want,
            "$and" => operand
                .as_array()
                .into_iter()
                .flatten()
                .all(|item| passes(item, text)),
            "$or" => operand
                .as_array()
                .into_iter()
                .flatten()
                .any(|item| passes(item, text)),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operators_do_what_their_names_say() {
        assert!(passes(&json!({"$in": ["a", "b"]}), "b"));
        assert!(!passes(&json!({"$nin": ["a", "b"]}), "b"));
        assert!(passes(&json!({"$like": "gpt-%"}), "gpt-4"));
        assert!(!passes(&json!({"$like": "gpt-_"}), "gpt-40"));
        assert!(passes(&json!({"$ilike": "GPT%"}), "gpt-4"));
        assert!(passes(&json!({"$or": [{"$eq": "x"}, {"$eq": "y"}]}), "y"));
        assert!(check(&json!({"$or": [{"$and": []}]}), 0).is_err());
        assert!(check(&json!({"$nope": "x"}), 0).is_err());
    }
}
