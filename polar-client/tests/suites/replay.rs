//! Answers that are played back to the client.

use std::ops::Deref;
use std::sync::Arc;

use polar_client::client_core::RetryPolicy;
use polar_client::{Error, Polar, PolarBuilder};
use test_support::Impatient;
pub use test_support::{Answer, answer, json, now};

pub struct Replay(test_support::Replay);

impl Deref for Replay {
    type Target = test_support::Replay;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Replay {
    pub fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self(test_support::Replay::of(answers))
    }

    pub fn polar(&self) -> Polar {
        self.polar_with(|builder| builder)
    }

    pub fn polar_with(&self, change: impl FnOnce(PolarBuilder) -> PolarBuilder) -> Polar {
        let builder = Polar::builder()
            .access_token("polar_oat_secret")
            .transport(Arc::new(self.0.clone()))
            .timer(Arc::new(Impatient));
        change(builder).build().unwrap()
    }
}

/// The error that one answer becomes, of an operation that is not repeated.
pub fn error(answer: Answer) -> Error {
    let polar = Replay::of([answer]).polar_with(|builder| builder.retry(RetryPolicy::none()));
    now(polar.customers().get("id")).unwrap_err()
}
