//! Values as the two APIs put them on the wire.

mod decimal;
mod id;
mod open_enum;
mod patch;
mod time;

pub use decimal::{Decimal, InvalidDecimal};
pub use open_enum::{OpenEnum, unknown_value};
pub use patch::Patch;
pub(crate) use time::rfc3339;
pub use time::{InvalidDuration, IsoDuration, format_date, format_time, parse_date, parse_time};
