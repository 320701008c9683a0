use jiter::{Jiter, Peek};

/// Returns the path of the innermost value that starts at or contains `offset`.
///
/// Only failures pay for the path: the document is walked again up to the offset.
pub(super) fn path_to(data: &[u8], offset: usize) -> String {
    let mut path = String::new();
    let mut jiter = Jiter::new(data);
    walk(&mut jiter, offset, &mut path, 0);
    path
}

fn walk(jiter: &mut Jiter<'_>, offset: usize, path: &mut String, depth: usize) {
    let Ok(peek) = jiter.peek() else { return };
    if jiter.current_index() >= offset || depth > 130 {
        return;
    }
    match peek {
        Peek::Object => {
            let mut next = jiter.next_object().map(|key| key.map(str::to_owned));
            while let Ok(Some(key)) = next {
                if holds(jiter, offset) {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&key);
                    return walk(jiter, offset, path, depth + 1);
                }
                next = jiter.next_key().map(|key| key.map(str::to_owned));
            }
        }
        Peek::Array => {
            let mut index = 0usize;
            let mut next = jiter.next_array();
            while let Ok(Some(_)) = next {
                if holds(jiter, offset) {
                    path.push_str(&format!("[{index}]"));
                    return walk(jiter, offset, path, depth + 1);
                }
                index += 1;
                next = jiter.array_step();
            }
        }
        _ => {}
    }
}

/// Whether the next value holds the offset; moves behind the value when it does not.
fn holds(jiter: &mut Jiter<'_>, offset: usize) -> bool {
    let mut ahead = jiter.clone();
    if ahead.next_skip().is_err() || ahead.current_index() > offset {
        return true;
    }
    *jiter = ahead;
    false
}
