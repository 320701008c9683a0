use std::error::Error;

use crate::compile::CompileError;

/// Why a plan could not be made or applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProvisionError {
    /// The provider cannot take the catalog whole.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The provider did not answer, or refused.
    #[error("{message}")]
    Request {
        /// The operation, the status and what the provider said.
        message: String,
        /// Whether the same again may succeed: an outage or a limit.
        retryable: bool,
        /// Whether the credential is not accepted, or not for this.
        unauthorized: bool,
        /// The client's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Something at the provider has to be changed by hand first; nothing was done.
    #[error("{} to be changed at the provider first:\n{}", count(.0.len()), list(.0))]
    Blocked(Vec<String>),
    /// What was done could not be recorded.
    #[error("what was done could not be recorded: {source}")]
    Record {
        /// The error of the callback or of the lock file.
        source: Box<dyn Error + Send + Sync>,
    },
}

fn count(number: usize) -> String {
    match number {
        1 => "an object has".to_owned(),
        number => format!("{number} objects have"),
    }
}

fn list(reasons: &[String]) -> String {
    let lines: Vec<String> = reasons.iter().map(|reason| format!("- {reason}")).collect();
    lines.join("\n")
}

impl ProvisionError {
    pub(super) fn record(source: Box<dyn Error + Send + Sync>) -> Self {
        Self::Record { source }
    }

    /// Returns whether the provider does not accept the credential, or not for this.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        matches!(
            self,
            Self::Request {
                unauthorized: true,
                ..
            }
        )
    }

    /// Returns whether the same again may succeed without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Request {
                retryable: true,
                ..
            }
        )
    }
}

impl<B: client_core::ErrorBody> From<client_core::Error<B>> for ProvisionError {
    /// Whether the request took effect or not, the next plan sees it: so whatever is no refusal can
    /// be tried again.
    fn from(error: client_core::Error<B>) -> Self {
        use client_core::ErrorKind;

        let outage = matches!(
            error.kind(),
            ErrorKind::Connect
                | ErrorKind::Timeout
                | ErrorKind::Transport
                | ErrorKind::RateLimited
                | ErrorKind::Server
        );
        Self::Request {
            message: error.to_string(),
            retryable: outage || error.is_retryable(),
            unauthorized: error.is_unauthorized() || error.is_forbidden(),
            source: Box::new(error),
        }
    }
}
