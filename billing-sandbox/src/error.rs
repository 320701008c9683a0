//! What can go wrong when a sandbox is driven.

use thiserror::Error as ThisError;

/// Why a sandbox could not start or do what a test asked for.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// A loopback port could not be opened.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Bind {
        /// The port asked for; 0 means any.
        port: u16,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Something named does not exist in this sandbox.
    #[error("no {what} with id {id}")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The state of things does not allow it.
    #[error("{reason}")]
    Refused {
        /// Why not.
        reason: String,
    },
}
