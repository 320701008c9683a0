//! JSON decoding and encoding of generated types.
//!
//! Generated clients hold hundreds of types, and what they cost to compile is paid by everybody
//! who depends on them. Types therefore implement [`Decode`] and [`Encode`]: ordinary functions
//! over one concrete [`Reader`] and [`Writer`], compiled once in the crate that owns the type, so
//! that an application which calls ten operations does not compile their decoders again. The
//! parsing itself is [`jiter`]'s; the types also implement serde's traits through
//! [`serde_via_json!`](crate::serde_via_json), so that they can be stored and embedded as usual.
//!
//! Decoding is strict about what it needs and tolerant of what it does not know: unknown fields
//! are skipped, unknown enum values and union variants are kept, and a failure names the exact
//! path ([`DecodeError::path`]).

mod decode;
mod encode;
mod error;
mod list;
mod locate;
mod map;
mod object;
mod probe;
mod raw;
mod reader;
mod serde_bridge;

pub(crate) use decode::fill_from;
pub use decode::{Decode, Entries, Fill, Items, from_slice, from_value};
pub(crate) use encode::written;
pub use encode::{Encode, Writer, to_string, to_value, to_vec};
pub use error::{DecodeError, Failed};
pub use list::{List, Rejected};
pub use map::{Map, MapKeys};
pub use object::{Fields, Key, MAX_KEYS};
pub use probe::Probe;
pub use raw::Raw;
pub use reader::{Kind, Lenient, Reader};
#[doc(hidden)]
pub use serde_bridge::{deserialize, serialize};
pub use serde_json::Value;
