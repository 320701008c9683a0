//! Answers that are played back to the client.

use std::ops::Deref;
use std::sync::Arc;

use openmeter_client::client_core::RetryPolicy;
use openmeter_client::{Error, OpenMeter, OpenMeterBuilder};
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

    pub fn om(&self) -> OpenMeter {
        self.om_with(|builder| builder)
    }

    pub fn om_with(&self, change: impl FnOnce(OpenMeterBuilder) -> OpenMeterBuilder) -> OpenMeter {
        let builder = OpenMeter::builder()
            .url("http://om.test")
            .transport(Arc::new(self.0.clone()))
            .timer(Arc::new(Impatient));
        change(builder).build().unwrap()
    }
}

/// The error that one answer becomes, of an operation that is not repeated.
pub fn error(answer: Answer) -> Error {
    let om = Replay::of([answer]).om_with(|builder| builder.retry(RetryPolicy::none()));
    now(om.v3().meters().get("01G65Z755AFWAKHE12NY0CQ9FH")).unwrap_err()
}
