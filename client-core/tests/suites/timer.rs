//! A clock that moves only when a test says so.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use client_core::{BoxFuture, Timer};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::sync::{Notify, oneshot};

/// Waits shorter than `HELD` are over at once and move the clock; longer ones are the alarms of
/// attempts, which go off when the test says so.
pub const HELD: Duration = Duration::from_secs(20);

pub const NOW: OffsetDateTime = datetime!(2026-10-30 12:00 UTC);

pub struct TestTimer {
    origin: Instant,
    state: Mutex<State>,
    set: Notify,
}

#[derive(Default)]
struct State {
    passed: Duration,
    waits: Vec<Duration>,
    alarms: VecDeque<(Duration, oneshot::Sender<()>)>,
}

impl TestTimer {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            origin: Instant::now(),
            state: Mutex::new(State::default()),
            set: Notify::new(),
        })
    }

    /// The waits between attempts so far.
    pub fn waits(&self) -> Vec<Duration> {
        self.state.lock().unwrap().waits.clone()
    }

    /// Waits for an alarm that is still listened to and lets it go off; returns its length.
    pub async fn go_off(&self) -> Duration {
        loop {
            let next = self.state.lock().unwrap().alarms.pop_front();
            match next {
                Some((length, alarm)) if !alarm.is_closed() => {
                    self.state.lock().unwrap().passed += length;
                    alarm.send(()).unwrap();
                    return length;
                }
                Some(_) => {}
                None => self.set.notified().await,
            }
        }
    }
}

impl Timer for TestTimer {
    fn now(&self) -> Instant {
        self.origin + self.state.lock().unwrap().passed
    }

    fn wall_clock(&self) -> OffsetDateTime {
        NOW + self.state.lock().unwrap().passed
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut state = self.state.lock().unwrap();
        if duration < HELD {
            state.passed += duration;
            state.waits.push(duration);
            return Box::pin(async {});
        }
        let (sender, receiver) = oneshot::channel();
        state.alarms.push_back((duration, sender));
        self.set.notify_one();
        Box::pin(async move {
            if receiver.await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}
