//! The sandbox and its builder.

use crate::clock::Clock;
use crate::http::fault::Fault;
use crate::http::log::{RecordedRequest, Service};
use crate::http::server::serve;
use crate::openmeter::OpenMeter;
use crate::polar::{Polar, auth::AccessToken};
use crate::polar_control::{Completion, WebhookEndpoint};
use crate::webhook::{Delivery, PendingWebhook, deliver_due, deliver_now};
use crate::world::{Shared, World, lock};
use crate::{Error, calendar, id};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration as StdDuration;
use time::{Duration, OffsetDateTime};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How often webhooks are looked for when they are delivered on their own.
const DELIVERY_INTERVAL: StdDuration = StdDuration::from_millis(100);

/// An in-memory Polar and OpenMeter, each on a loopback port of its own.
///
/// Dropping it stops both servers. All state is its own: sandboxes do not share anything.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), billing_sandbox::Error> {
/// use billing_sandbox::Sandbox;
///
/// let sandbox = Sandbox::start().await?;
/// println!("POLAR_ACCESS_TOKEN={}", sandbox.polar_token());
/// println!("Polar on {}, OpenMeter on {}", sandbox.polar_url(), sandbox.openmeter_url());
/// # Ok(())
/// # }
/// ```
pub struct Sandbox {
    pub(crate) shared: Shared,
    polar: SocketAddr,
    openmeter: SocketAddr,
    token: String,
    tasks: Vec<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox with the defaults of [`SandboxBuilder`].
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] when no loopback port can be opened.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Ports, token, clock and webhooks to choose.
    #[must_use]
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// The root of the Polar API, without a trailing slash, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn polar_url(&self) -> String {
        format!("http://{}", self.polar)
    }

    /// The root of the OpenMeter API, without a trailing slash.
    #[must_use]
    pub fn openmeter_url(&self) -> String {
        format!("http://{}", self.openmeter)
    }

    /// The organization access token that the Polar server takes, with every scope.
    #[must_use]
    pub fn polar_token(&self) -> &str {
        &self.token
    }

    /// Makes a Polar token with only these scopes, such as `customers:read`.
    #[must_use]
    pub fn polar_token_with_scopes(&self, scopes: &[&str]) -> String {
        let token = id::token("polar_oat_");
        lock(&self.shared).polar.tokens.push(AccessToken {
            token: token.clone(),
            scopes: Some(scopes.iter().map(|scope| (*scope).to_owned()).collect()),
        });
        token
    }

    /// The test clock of both servers.
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Pays an open checkout, as a customer would on its page.
    ///
    /// Makes the customer when the checkout has none yet, the subscription of a recurring product,
    /// the order and the benefit grants, and queues the webhooks of all of them in the order in
    /// which Polar sends them: `checkout.updated`, `customer.created` where it is new,
    /// `subscription.created`, `.active` and `.updated`, `order.created`, `.updated` and `.paid`,
    /// `checkout.updated`, `benefit_grant.created`, `customer.state_changed`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for an unknown checkout, [`Error::Refused`] when it is not open or when
    /// it has neither customer nor e-mail address (see [`Sandbox::complete_checkout_as`]).
    pub fn complete_checkout(&self, checkout_id: &str) -> Result<Completion, Error> {
        self.complete(checkout_id, None)
    }

    /// Like [`Sandbox::complete_checkout`], with the e-mail address that the customer types in.
    ///
    /// # Errors
    ///
    /// As for [`Sandbox::complete_checkout`].
    pub fn complete_checkout_as(
        &self,
        checkout_id: &str,
        email: &str,
    ) -> Result<Completion, Error> {
        self.complete(checkout_id, Some(email))
    }

    fn complete(&self, checkout_id: &str, email: Option<&str>) -> Result<Completion, Error> {
        let mut world = lock(&self.shared);
        world.tick();
        Completion::of(world.polar.complete(checkout_id, email), checkout_id)
    }

    /// Lets the next payments of a Polar customer fail, or succeed again.
    ///
    /// A renewal that cannot be collected leaves its order pending and its subscription past due;
    /// it is tried again after 2, 5, 7 and 7 days, and then the subscription ends.
    pub fn decline_payments(&self, customer_id: &str, decline: bool) {
        let mut world = lock(&self.shared);
        if decline {
            world.polar.declined.insert(customer_id.to_owned());
        } else {
            world.polar.declined.remove(customer_id);
        }
    }

    /// Registers a webhook endpoint, as `POST /v1/webhooks/endpoints` does; without event types it
    /// gets all of them.
    pub fn register_webhook(&self, url: impl Into<String>, events: &[&str]) -> WebhookEndpoint {
        let mut world = lock(&self.shared);
        world.tick();
        WebhookEndpoint::register(&mut world.polar, url.into(), events)
    }

    /// Sends every webhook that is due, one attempt each, and gives what came of them in order.
    ///
    /// An attempt that fails is due again later on the test clock, by the retry schedule. As with
    /// Polar, an event younger than a minute waits while an earlier one of its endpoint is pending.
    pub async fn deliver_webhooks(&self) -> Vec<Delivery> {
        deliver_due(&self.shared).await
    }

    /// Sends chosen events now, in the order given, whatever their state: for tests of webhooks
    /// that come twice, late or out of order. Unknown ids are left out.
    pub async fn deliver_in_order(&self, event_ids: &[&str]) -> Vec<Delivery> {
        let mut done = Vec::new();
        for event_id in event_ids {
            done.extend(deliver_now(&self.shared, event_id).await);
        }
        done
    }

    /// Sends one event again now, with its id and a new timestamp and signature.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for an unknown event.
    pub async fn redeliver(&self, event_id: &str) -> Result<Delivery, Error> {
        deliver_now(&self.shared, event_id)
            .await
            .ok_or_else(|| Error::NotFound {
                what: "webhook event",
                id: event_id.to_owned(),
            })
    }

    /// The webhooks that wait, in the order of their events.
    #[must_use]
    pub fn pending_webhooks(&self) -> Vec<PendingWebhook> {
        let world = lock(&self.shared);
        world
            .polar
            .outbox
            .events
            .iter()
            .filter_map(PendingWebhook::of)
            .collect()
    }

    /// Holds an event back from [`Sandbox::deliver_webhooks`], or lets it go; false when it is
    /// unknown.
    pub fn hold_webhook(&self, event_id: &str, hold: bool) -> bool {
        let mut world = lock(&self.shared);
        let found = world
            .polar
            .outbox
            .events
            .iter_mut()
            .find(|event| event.id == event_id);
        found.map(|event| event.held = hold).is_some()
    }

    /// Injects a failure.
    pub fn inject(&self, fault: Fault) {
        lock(&self.shared).faults.push(fault);
    }

    /// Takes all injected failures away that did not strike yet.
    pub fn clear_faults(&self) {
        lock(&self.shared).faults.clear();
    }

    /// Every request that either server received, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.shared).log.clone()
    }

    /// Empties the request log.
    pub fn clear_requests(&self) {
        lock(&self.shared).log.clear();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("polar_url", &self.polar_url())
            .field("openmeter_url", &self.openmeter_url())
            .finish_non_exhaustive()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Settings of a [`Sandbox`].
#[derive(Clone, Default)]
pub struct SandboxBuilder {
    polar_port: u16,
    openmeter_port: u16,
    token: Option<String>,
    clock_start: Option<OffsetDateTime>,
    running_clock: bool,
    webhook_secret: Option<String>,
    webhook_retries: Option<Vec<StdDuration>>,
    wall_clock_signatures: bool,
    automatic_webhooks: bool,
}

impl SandboxBuilder {
    /// The port of the Polar server; 0, the default, takes a free one.
    #[must_use]
    pub fn polar_port(mut self, port: u16) -> Self {
        self.polar_port = port;
        self
    }

    /// The port of the OpenMeter server; 0, the default, takes a free one.
    #[must_use]
    pub fn openmeter_port(mut self, port: u16) -> Self {
        self.openmeter_port = port;
        self
    }

    /// The Polar organization token; a new one, `polar_oat_…`, by default.
    #[must_use]
    pub fn polar_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Where the test clock starts; the machine's time, cut to whole seconds, by default.
    #[must_use]
    pub fn clock_start(mut self, start: OffsetDateTime) -> Self {
        self.clock_start = Some(start.to_offset(time::UtcOffset::UTC));
        self
    }

    /// Lets the clock run with the machine's; by default it stands still until it is moved.
    #[must_use]
    pub fn running_clock(mut self, running: bool) -> Self {
        self.running_clock = running;
        self
    }

    /// The secret of every webhook endpoint, in place of a new one for each.
    ///
    /// `whsec_` with 44 characters of padded base64 is used as its decoded bytes, as Polar does
    /// since September 2026; any other text as its UTF-8 bytes, as it did before.
    #[must_use]
    pub fn webhook_secret(mut self, secret: impl Into<String>) -> Self {
        self.webhook_secret = Some(secret.into());
        self
    }

    /// The waits between the attempts to deliver a webhook, on the test clock; there is one attempt
    /// more than there are waits. By default nine waits of 2, 4, … 512 seconds, as Polar's.
    #[must_use]
    pub fn webhook_retries(mut self, waits: impl Into<Vec<StdDuration>>) -> Self {
        self.webhook_retries = Some(waits.into());
        self
    }

    /// Stamps and signs webhooks with the machine's clock, so that a receiver that checks their age
    /// with its own clock takes them wherever the test clock stands.
    #[must_use]
    pub fn wall_clock_signatures(mut self, wall_clock: bool) -> Self {
        self.wall_clock_signatures = wall_clock;
        self
    }

    /// Delivers webhooks in the background as they become due; by default they wait for
    /// [`Sandbox::deliver_webhooks`].
    #[must_use]
    pub fn automatic_webhooks(mut self, automatic: bool) -> Self {
        self.automatic_webhooks = automatic;
        self
    }

    /// Opens both ports and starts serving; needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] when a port cannot be opened.
    pub async fn start(self) -> Result<Sandbox, Error> {
        let polar_listener = bind(self.polar_port).await?;
        let openmeter_listener = bind(self.openmeter_port).await?;
        let polar = address(&polar_listener, self.polar_port)?;
        let openmeter = address(&openmeter_listener, self.openmeter_port)?;
        let token = self.token.unwrap_or_else(|| id::token("polar_oat_"));
        let machine = OffsetDateTime::now_utc();
        let now = self
            .clock_start
            .unwrap_or_else(|| calendar::truncate_second(machine));
        let mut state = Polar::new(now, format!("http://{polar}"), token.clone());
        if let Some(waits) = self.webhook_retries {
            state.outbox.schedule = waits;
        }
        state.outbox.wall_clock = self.wall_clock_signatures;
        state.outbox.default_secret = self.webhook_secret;
        let shared = Arc::new(Mutex::new(World {
            now,
            running: self.running_clock.then(|| -> Duration { now - machine }),
            polar: state,
            openmeter: OpenMeter::new(now),
            log: Vec::new(),
            faults: Vec::new(),
        }));
        let mut tasks = vec![
            tokio::spawn(serve(polar_listener, Arc::clone(&shared), Service::Polar)),
            tokio::spawn(serve(
                openmeter_listener,
                Arc::clone(&shared),
                Service::OpenMeter,
            )),
        ];
        if self.automatic_webhooks {
            let shared = Arc::clone(&shared);
            tasks.push(tokio::spawn(async move {
                loop {
                    deliver_due(&shared).await;
                    tokio::time::sleep(DELIVERY_INTERVAL).await;
                }
            }));
        }
        Ok(Sandbox {
            shared,
            polar,
            openmeter,
            token,
            tasks,
        })
    }
}

impl fmt::Debug for SandboxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("polar_port", &self.polar_port)
            .field("openmeter_port", &self.openmeter_port)
            .field("clock_start", &self.clock_start)
            .field("running_clock", &self.running_clock)
            .finish_non_exhaustive()
    }
}

async fn bind(port: u16) -> Result<TcpListener, Error> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|source| Error::Bind { port, source })
}

fn address(listener: &TcpListener, port: u16) -> Result<SocketAddr, Error> {
    listener
        .local_addr()
        .map_err(|source| Error::Bind { port, source })
}
