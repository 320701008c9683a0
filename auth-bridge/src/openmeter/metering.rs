use std::fmt;
use std::sync::Arc;

use openmeter_client::Event;

use crate::ApiKeyVerified;

const EVENT_TYPE: &str = "better-auth.api-key.verified";

type Filter = Arc<dyn Fn(&ApiKeyVerified) -> bool + Send + Sync>;
type Build = Arc<dyn Fn(&ApiKeyVerified, Event) -> Event + Send + Sync>;

/// How verifications of API keys become usage.
///
/// Each is an event of type `better-auth.api-key.verified` for the subject that the key's metadata
/// name (`openmeterSubject`), else for the user or organization that the key belongs to.
#[derive(Clone)]
pub struct ApiKeyMetering {
    event_type: String,
    filter: Option<Filter>,
    build: Option<Build>,
}

impl ApiKeyMetering {
    /// Starts with the defaults.
    pub fn new() -> Self {
        Self {
            event_type: EVENT_TYPE.to_owned(),
            filter: None,
            build: None,
        }
    }

    /// Sets the type of the events.
    #[must_use]
    pub fn event_type(mut self, event_type: impl Into<String>) -> Self {
        self.event_type = event_type.into();
        self
    }

    /// Reports only verifications for which this holds.
    #[must_use]
    pub fn should_ingest(
        mut self,
        filter: impl Fn(&ApiKeyVerified) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.filter = Some(Arc::new(filter));
        self
    }

    /// Changes the event before it is sent.
    #[must_use]
    pub fn build_event(
        mut self,
        build: impl Fn(&ApiKeyVerified, Event) -> Event + Send + Sync + 'static,
    ) -> Self {
        self.build = Some(Arc::new(build));
        self
    }

    /// Makes the event of a verification; `None` when it is not to be reported.
    pub(crate) fn event(
        &self,
        key: &ApiKeyVerified,
        source: &str,
    ) -> Result<Option<Event>, NoSubject> {
        if self.filter.as_ref().is_some_and(|wanted| !wanted(key)) {
            return Ok(None);
        }
        let subject = key.subject().ok_or(NoSubject)?;
        let event = Event::new(&self.event_type, subject)
            .source(source)
            .data(key.data());
        Ok(Some(match &self.build {
            Some(build) => build(key, event),
            None => event,
        }))
    }
}

impl Default for ApiKeyMetering {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ApiKeyMetering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeyMetering")
            .field("event_type", &self.event_type)
            .finish_non_exhaustive()
    }
}

/// Nobody to bill.
#[derive(Debug, thiserror::Error)]
#[error(
    "the key has neither `metadata.openmeterSubject` nor a reference id, so its usage belongs to \
     nobody"
)]
pub(crate) struct NoSubject;
