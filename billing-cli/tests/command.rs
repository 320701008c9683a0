//! The `billing` command as a user runs it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod command {
    mod catalog;
    mod help;
    #[cfg(unix)]
    mod sandbox;
    mod support;
    mod webhook;
}
