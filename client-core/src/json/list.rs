use super::Raw;
use super::decode::{Decode, Fill, Items};
use super::error::{DecodeError, Failed};
use super::locate::path_to;
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
    pub raw: Raw,
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
        reader.list(&mut self.items, &mut self.rejected)
    }
}

impl<T: Decode> Decode for List<T> {
    const BLANK: Self = Self {
        items: Vec::new(),
        rejected: Vec::new(),
    };
}

/// How many items may not decode: more are no page of any API, and each of them is kept.
const MAX_REJECTED: usize = 10_000;

impl Reader<'_> {
    /// Reads an array and sets the items apart that do not decode.
    pub fn list(
        &mut self,
        items: &mut dyn Items,
        rejected: &mut Vec<Rejected>,
    ) -> Result<(), Failed> {
        let start = self.next_start();
        let mut list: Option<String> = None;
        self.elements(&mut |reader, index| {
            let place = |data: &[u8]| {
                let list = list.get_or_insert_with(|| path_to(data, start));
                format!("{list}[{index}]")
            };
            if let Some((error, raw)) = reader.attempt(items, place)? {
                if rejected.len() == MAX_REJECTED {
                    return Err(reader.unexpected("a list with at most 10000 faulty items"));
                }
                let raw = Raw::read(raw);
                rejected.push(Rejected { index, error, raw });
            }
            Ok(())
        })
    }
}
