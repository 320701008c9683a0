use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use crate::json::{Decode, Encode, Failed, Fill, Reader, Writer};

/// A function of its own, so that the message is not compiled for every type.
#[cold]
fn empty() -> ! {
    unreachable!("`Boxed::new` and decoding are the only ways to get one, and put a `T` in")
}

/// A value on the heap, as [`Box`] holds it; variants of unions and large objects inside of
/// answers are held in it.
///
/// It dereferences to the value, and [`into_inner`](Self::into_inner) gives the value back. Other
/// than with a `Box`, the code that drops the value is compiled with the client and not again in
/// every crate that receives one, which for deep answers is most of what such a crate compiles.
///
/// # Example
/// ```
/// use client_core::Boxed;
///
/// let email = Boxed::new(String::from("ada@example.com"));
/// assert_eq!(email.len(), 15);
/// let email: String = email.into_inner();
/// # drop(email);
/// ```
pub struct Boxed<T> {
    // The same type for every `T`, so that there is one destructor for all. Only what decoding
    // begins with, `Decode::BLANK`, is `None`, and that never gets out of decoding.
    value: Option<Box<dyn Any + Send + Sync>>,
    kind: PhantomData<T>,
}

impl<T: Send + Sync + 'static> Boxed<T> {
    /// Puts a value on the heap.
    pub fn new(value: T) -> Self {
        Self {
            value: Some(Box::new(value)),
            kind: PhantomData,
        }
    }

    /// Returns the value.
    pub fn into_inner(self) -> T {
        match self.value.map(<Box<dyn Any + Send + Sync>>::downcast) {
            Some(Ok(value)) => *value,
            _ => empty(),
        }
    }
}

impl<T: 'static> Deref for Boxed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        if let Some(value) = &self.value
            && let Some(value) = <dyn Any>::downcast_ref(&**value)
        {
            return value;
        }
        empty()
    }
}

impl<T: 'static> DerefMut for Boxed<T> {
    fn deref_mut(&mut self) -> &mut T {
        if let Some(value) = &mut self.value
            && let Some(value) = <dyn Any>::downcast_mut(&mut **value)
        {
            return value;
        }
        empty()
    }
}

impl<T: Send + Sync + 'static> From<T> for Boxed<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: 'static> AsRef<T> for Boxed<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: Clone + Send + Sync + 'static> Clone for Boxed<T> {
    fn clone(&self) -> Self {
        Self::new(T::clone(self))
    }
}

impl<T: PartialEq + 'static> PartialEq for Boxed<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for Boxed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: Eq + 'static> Eq for Boxed<T> {}

impl<T: Encode + 'static> Encode for Boxed<T> {
    fn encode(&self, writer: &mut Writer) {
        T::encode(self, writer);
    }
}

impl<T: Decode> Fill for Boxed<T> {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Failed> {
        fill(&mut self.value, Box::new(T::BLANK), reader)
    }
}

/// A value that is being decoded, without its type.
trait Blank: Fill + Any + Send + Sync {}

impl<T: Fill + Any + Send + Sync> Blank for T {}

fn fill(
    held: &mut Option<Box<dyn Any + Send + Sync>>,
    mut value: Box<dyn Blank>,
    reader: &mut Reader<'_>,
) -> Result<(), Failed> {
    value.fill(reader)?;
    *held = Some(value);
    Ok(())
}

impl<T: Decode> Decode for Boxed<T> {
    const BLANK: Self = Self {
        value: None,
        kind: PhantomData,
    };
}
