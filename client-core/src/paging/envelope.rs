use super::{Page, PageInfo};
use crate::json::{Decode, Failed, Fill, Items, Kind, Lenient, Reader, Rejected};

/// The keys of all envelopes. An answer has those of one.
const KEYS: &[&str] = &[
    "items",
    "data",
    "pagination",
    "meta",
    "totalCount",
    "page",
    "pageSize",
    "nextCursor",
];

/// Reads a page out of any envelope of the two APIs: `items` and `pagination` (Polar), `items`
/// and `totalCount` or `nextCursor` (OpenMeter v1 and v2), `data` and `meta.page` (OpenMeter v3),
/// or a bare array.
impl<T: Decode> Fill for Page<T> {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        envelope(reader, &mut self.items, &mut self.rejected, &mut self.info)
    }
}

impl<T: Decode> Decode for Page<T> {
    const BLANK: Self = Self::EMPTY;
}

fn envelope(
    reader: &mut Reader<'_>,
    items: &mut dyn Items,
    rejected: &mut Vec<Rejected>,
    info: &mut PageInfo,
) -> Result<(), Failed> {
    if reader.kind() == Kind::Array {
        return reader.list(items, rejected);
    }
    let mut fields = reader.object(KEYS)?;
    let mut found = false;
    while let Some(field) = reader.field(&mut fields)? {
        match field {
            0 | 1 if found => return Err(reader.unexpected("one list")),
            0 | 1 => {
                reader.list(items, rejected)?;
                found = true;
            }
            2 => pagination(reader, info)?,
            3 => meta(reader, info)?,
            4 => info.total_count = count(reader)?,
            5 => info.page = count(reader)?,
            6 => info.page_size = count(reader)?,
            _ => info.next_cursor = reader.optional()?,
        }
    }
    if found {
        Ok(())
    } else {
        Err(reader.lacks(&fields, "items"))
    }
}

/// A count; what cannot be one is left out, because it only guides the walk.
fn count(reader: &mut Reader<'_>) -> Result<Option<u64>, Failed> {
    let mut number: Option<f64> = None;
    Lenient(&mut number).fill(reader)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, and negative numbers are left out"
    )]
    Ok(number
        .filter(|number| *number >= 0.0)
        .map(|number| number as u64))
}

/// Skips what stands where an object says more about the list; without one the items are all.
fn is_left_out(reader: &mut Reader<'_>) -> Result<bool, Failed> {
    let left_out = reader.kind() != Kind::Object;
    if left_out {
        reader.skip()?;
    }
    Ok(left_out)
}

fn pagination(reader: &mut Reader<'_>, info: &mut PageInfo) -> Result<(), Failed> {
    if is_left_out(reader)? {
        return Ok(());
    }
    let mut fields = reader.object(&["total_count", "max_page", "has_next_page"])?;
    while let Some(field) = reader.field(&mut fields)? {
        match field {
            0 => info.total_count = count(reader)?,
            1 => info.max_page = count(reader)?,
            _ => info.has_next = reader.optional()?,
        }
    }
    Ok(())
}

fn meta(reader: &mut Reader<'_>, info: &mut PageInfo) -> Result<(), Failed> {
    if is_left_out(reader)? {
        return Ok(());
    }
    let mut fields = reader.object(&["page"])?;
    while reader.field(&mut fields)?.is_some() {
        if is_left_out(reader)? {
            continue;
        }
        let mut inner = reader.object(&["number", "size", "total", "next", "previous"])?;
        while let Some(field) = reader.field(&mut inner)? {
            match field {
                0 => info.page = count(reader)?,
                1 => info.page_size = count(reader)?,
                2 => info.total_count = count(reader)?,
                3 => info.next_cursor = reader.optional()?,
                _ => info.previous_cursor = reader.optional()?,
            }
        }
    }
    Ok(())
}
