//! Running a sandbox for people, beside the one for tests.

use crate::{Error, Sandbox, SandboxBuilder};

/// Starts a sandbox for use by hand: the clock runs and webhooks are delivered on their own.
///
/// Everything else is as the builder says. The caller keeps the returned sandbox alive for as long
/// as it is to serve; dropping it stops both servers.
///
/// ```no_run
/// # async fn run() -> Result<(), billing_sandbox::Error> {
/// use billing_sandbox::{Sandbox, serve};
///
/// let sandbox = serve(Sandbox::builder().polar_port(8001).openmeter_port(8888)).await?;
/// println!("{} {}", sandbox.polar_url(), sandbox.openmeter_url());
/// std::future::pending::<()>().await;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`Error::Bind`] when a port cannot be opened.
pub async fn serve(builder: SandboxBuilder) -> Result<Sandbox, Error> {
    builder
        .running_clock(true)
        .automatic_webhooks(true)
        .start()
        .await
}
