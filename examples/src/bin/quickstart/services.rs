//! Where Polar and OpenMeter are: in the embedded sandbox, or where the environment says.

use billing_sandbox::Sandbox;
use openmeter_client::OpenMeter;
use polar_client::Polar;

use crate::step::Result;

/// The services of the journey.
pub(crate) struct Services {
    pub(crate) sandbox: Sandbox,
    pub(crate) polar: Polar,
    pub(crate) om: OpenMeter,
    /// Polar is the real one: nobody pays here.
    pub(crate) real_polar: bool,
    /// OpenMeter is the real one: its clock is everybody's.
    pub(crate) real_openmeter: bool,
}

impl Services {
    /// Starts the sandbox and connects to what is used of it.
    pub(crate) async fn start() -> Result<Self> {
        let token = env("POLAR_ACCESS_TOKEN");
        let url = env("OPENMETER_URL");
        let sandbox = match url {
            // A real OpenMeter accepts no events of the future, and forgets none of the past.
            Some(_) => {
                Sandbox::builder()
                    .clock_start(time::OffsetDateTime::now_utc())
                    .start()
                    .await?
            }
            None => Sandbox::start().await?,
        };
        let polar = match &token {
            Some(token) => Polar::sandbox(token)?,
            None => Polar::builder()
                .base_url(sandbox.polar_url())
                .access_token(sandbox.polar_token())
                .build()?,
        };
        let om = match &url {
            Some(url) => {
                let mut builder = OpenMeter::builder().url(url);
                if let Some(key) = env("OPENMETER_API_KEY") {
                    builder = builder.api_key(key);
                }
                builder.build()?
            }
            None => OpenMeter::new(sandbox.openmeter_url())?,
        };
        Ok(Self {
            sandbox,
            polar,
            om,
            real_polar: token.is_some(),
            real_openmeter: url.is_some(),
        })
    }
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
