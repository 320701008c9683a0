use super::Value;
use super::decode::Decode;
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

impl<T: Decode> Decode for List<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Failed> {
        let mut list = Self::default();
        let mut index = 0;
        reader.array(&mut |reader| {
            match reader.attempt::<T>()? {
                Ok(item) => list.items.push(item),
                Err((error, raw)) => list.rejected.push(Rejected {
                    index,
                    error,
                    raw: serde_json::from_slice(raw).unwrap_or_else(|_| {
                        Value::String(String::from_utf8_lossy(raw).into_owned())
                    }),
                }),
            }
            index += 1;
            Ok(())
        })?;
        Ok(list)
    }
}
