//! In-memory Polar and OpenMeter servers for local development and tests.
//!
//! A [`Sandbox`] serves both APIs on loopback ports with the real wire formats: paths with and
//! without trailing slashes, status codes, error bodies, headers, paging. It keeps state, reads
//! requests as strictly as the real services, follows a test [`Clock`] and delivers really signed
//! webhooks. What it does not implement answers 501 with the name of the operation, never a made-up
//! success.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), billing_sandbox::Error> {
//! use billing_sandbox::Sandbox;
//! use std::time::Duration;
//!
//! let sandbox = Sandbox::start().await?;
//! let before = sandbox.clock().now();
//! sandbox.clock().advance(Duration::from_secs(30 * 86_400));
//! assert_eq!(sandbox.clock().now() - before, Duration::from_secs(30 * 86_400));
//! # Ok(())
//! # }
//! ```

mod calendar;
mod check;
mod clock;
mod control;
mod error;
mod http;
mod id;
mod openmeter;
mod polar;
mod polar_control;
mod sandbox;
mod serve;
mod webhook;
mod world;

pub use crate::http::fault::Fault;
pub use crate::http::log::{RecordedRequest, Service};
pub use clock::Clock;
pub use error::Error;
pub use polar_control::{Completion, WebhookEndpoint};
pub use sandbox::{Sandbox, SandboxBuilder};
pub use serve::serve;
pub use webhook::{Delivery, PendingWebhook};
