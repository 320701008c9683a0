use super::Value;
use super::decode::{Decode, Fill};
use super::error::{DecodeError, Failed};
use super::reader::Reader;

/// An item of a list that did not decode, kept apart so that its neighbours are not lost.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rejected {
    /// The position of the item in the list, from 0.
    pub index: usize,
    /// Why it did not decode; the path starts at the root of the answer.
    pub error: DecodeError,
    /// The item as it came.
    pub raw: Value,
}

/// A list whose items are decoded one by one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct List<T> {
    /// The items that decoded, in the order of the answer.
    pub items: Vec<T>,
    /// The items that did not.
    pub rejected: Vec<Rejected>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            rejected: Vec::new(),
        }
    }
}

impl<T: Decode> Fill for List<T> {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        reader.elements(&mut |reader, index| {
            self.items.push(T::BLANK);
            let Some(item) = self.items.last_mut() else {
                return Err(Failed);
            };
            if let Some((error, raw)) = reader.attempt(item)? {
                self.items.pop();
                self.rejected.push(Rejected {
                    index,
                    error,
                    raw: kept(raw),
                });
            }
            Ok(())
        })
    }
}

impl<T: Decode> Decode for List<T> {
    const BLANK: Self = Self {
        items: Vec::new(),
        rejected: Vec::new(),
    };
}

fn kept(raw: &[u8]) -> Value {
    serde_json::from_slice(raw)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(raw).into_owned()))
}
