//! How a command ends when it does not succeed.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

/// Why a command did not succeed; each kind has an exit code of its own.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The catalog has errors, does not fit, or has no such item; the message, unless the result
    /// that was printed says it already.
    Catalog(Option<String>),
    /// The command line asks for something that there is not.
    Usage(String),
    /// A file cannot be read.
    Unreadable(String),
    /// The webhook is forged, altered, too old, or not an event.
    Refused(String),
    /// A port cannot be opened.
    Network(String),
    /// A provider refuses, or cannot be reached.
    Provider(String),
    /// The provider differs from the catalog, as the result says.
    Different,
    /// The result cannot be written.
    Output(io::Error),
}

impl Failure {
    pub(crate) fn catalog(message: impl Display) -> Self {
        Self::Catalog(Some(message.to_string()))
    }

    /// Tells the user, and gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        let (message, code) = match self {
            Self::Catalog(message) => (message, 1),
            Self::Usage(message) => (Some(message), 2),
            Self::Unreadable(message) => (Some(message), 3),
            Self::Refused(message) => (Some(message), 4),
            Self::Network(message) => (Some(message), 5),
            Self::Provider(message) => (Some(message), 6),
            Self::Different => (None, 7),
            // A reader such as `head` may have seen enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => (None, 0),
            Self::Output(error) => (Some(format!("cannot write the result: {error}")), 1),
        };
        if let Some(message) = message {
            let style = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
            anstream::eprintln!("{style}error{style:#}: {message}");
        }
        ExitCode::from(code)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
