//! A call of an operation, without its types.

use std::fmt;
use std::future::IntoFuture;

use client_core::{BoxFuture, Error, ErrorBody, Page};

use super::arguments::{Arguments, MissingArgument};

/// An operation of a client and how it is called.
#[derive(Clone, Copy)]
pub struct Entry<C: 'static> {
    /// Method and path.
    pub key: &'static str,
    /// The Rust path, such as `customers.get`.
    pub name: &'static str,
    /// Whether it needs no credential, so that none may be sent.
    pub public: bool,
    /// Whether it also answers with CSV.
    pub csv: bool,
    /// Expected statuses.
    pub success: &'static [u16],
    /// Builds the request.
    pub call: fn(&C, &mut Arguments<'_>) -> Result<Sent, MissingArgument>,
}

impl<C> fmt::Debug for Entry<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.key)
    }
}

/// A request that is on its way: nothing when its answer decoded, or what went wrong.
pub type Sent = BoxFuture<'static, Result<(), String>>;

/// Sends a request for one answer.
pub fn answer<R, T, B>(request: R) -> Sent
where
    R: IntoFuture<Output = Result<T, Error<B>>>,
    R::IntoFuture: Send + 'static,
    B: ErrorBody,
{
    let future = request.into_future();
    Box::pin(async move { future.await.map(drop).map_err(|error| error.to_string()) })
}

/// Sends a request for a page, every item of which must decode.
pub fn page<R, T, B>(request: R) -> Sent
where
    R: IntoFuture<Output = Result<Page<T>, Error<B>>>,
    R::IntoFuture: Send + 'static,
    B: ErrorBody,
{
    let future = request.into_future();
    Box::pin(async move {
        let page = future.await.map_err(|error| error.to_string())?;
        match page.rejected.first() {
            None => Ok(()),
            Some(item) => Err(format!("item {}: {}: {}", item.index, item.error, item.raw)),
        }
    })
}
