//! Usage events: making them, and the rules that are checked before they are sent.

use client_core::json::{Encode, Value, Writer};

/// What the checks look at.
pub(crate) struct Parts<'a> {
    id: &'a str,
    source: &'a str,
    specversion: &'a str,
    kind: &'a str,
    subject: &'a str,
    data: Option<&'a Value>,
}

/// An event of either generation of the API.
pub(crate) trait CloudEvent {
    fn parts(&self) -> Parts<'_>;
}

/// An event that breaks a rule of CloudEvents or of OpenMeter; nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("events[{index}].{field}: {problem}")]
#[non_exhaustive]
pub struct InvalidEvent {
    /// The position of the event in the batch, from 0.
    pub index: usize,
    /// The attribute.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// One event or several, sent in one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch<E>(Vec<E>);

impl<E> Batch<E> {
    /// Returns the events.
    pub fn events(&self) -> &[E] {
        &self.0
    }
}

/// Checks every event of a batch.
pub(crate) fn check<E: CloudEvent>(batch: &Batch<E>) -> Result<(), InvalidEvent> {
    batch.0.iter().enumerate().try_for_each(|(index, event)| {
        problem(&event.parts()).map_or(Ok(()), |(field, problem)| {
            Err(InvalidEvent {
                index,
                field,
                problem,
            })
        })
    })
}

impl<E: Encode> Encode for Batch<E> {
    fn encode(&self, writer: &mut Writer) {
        writer.array(&self.0);
    }
}

impl<E> From<Vec<E>> for Batch<E> {
    fn from(events: Vec<E>) -> Self {
        Self(events)
    }
}

impl<E, const N: usize> From<[E; N]> for Batch<E> {
    fn from(events: [E; N]) -> Self {
        Self(events.into())
    }
}

fn problem(event: &Parts<'_>) -> Option<(&'static str, &'static str)> {
    let texts = [
        ("id", event.id),
        ("source", event.source),
        ("type", event.kind),
        ("subject", event.subject),
    ];
    if let Some((field, _)) = texts.into_iter().find(|(_, text)| text.is_empty()) {
        return Some((field, "must not be empty"));
    }
    if event
        .source
        .contains(|c: char| c.is_whitespace() || c.is_control())
    {
        return Some(("source", "must be a URI reference, without white space"));
    }
    if event.specversion != "1.0" {
        return Some(("specversion", "must be 1.0"));
    }
    match event.data {
        None | Some(Value::Object(_) | Value::Null) => None,
        Some(_) => Some(("data", "must be a JSON object")),
    }
}

macro_rules! cloud_event {
    ($feature:literal, $event:path, $batch:ident, $name:literal) => {
        #[cfg(feature = $feature)]
        #[doc = concat!("One ", $name, " or several: made of one, a `Vec` or an array.")]
        pub type $batch = Batch<$event>;

        #[cfg(feature = $feature)]
        impl From<$event> for $batch {
            fn from(event: $event) -> Self {
                Self(vec![event])
            }
        }

        #[cfg(feature = $feature)]
        impl CloudEvent for $event {
            fn parts(&self) -> Parts<'_> {
                Parts {
                    id: &self.id,
                    source: &self.source,
                    specversion: &self.specversion,
                    kind: &self.type_,
                    subject: &self.subject,
                    data: self.data.as_ref(),
                }
            }
        }

        #[cfg(feature = $feature)]
        impl $event {
            /// Creates an event of a type for a subject: a customer's id, key or subject key.
            ///
            /// The id is a random UUID and the source this crate's name. Set both when the same
            /// usage could be reported by more than one process or run: a server that
            /// deduplicates counts a pair of source and id once.
            pub fn new(kind: impl Into<String>, subject: impl Into<String>) -> Self {
                Self {
                    id: uuid::Uuid::new_v4().to_string(),
                    source: "openmeter-client-rust".to_owned(),
                    specversion: "1.0".to_owned(),
                    type_: kind.into(),
                    datacontenttype: None,
                    dataschema: None,
                    subject: subject.into(),
                    time: None,
                    data: None,
                }
            }

            /// Sets the id, unique together with the source.
            #[must_use]
            pub fn id(mut self, id: impl Into<String>) -> Self {
                self.id = id.into();
                self
            }

            /// Sets where the event comes from, as a URI reference.
            #[must_use]
            pub fn source(mut self, source: impl Into<String>) -> Self {
                self.source = source.into();
                self
            }

            /// Sets when it happened. The server keeps whole seconds, and takes its own clock when
            /// there is none.
            #[must_use]
            pub fn time(mut self, time: time::OffsetDateTime) -> Self {
                self.time = Some(time);
                self
            }

            /// Sets the facts that meters read: a JSON object.
            #[must_use]
            pub fn data(mut self, data: impl Into<Value>) -> Self {
                self.data = Some(data.into());
                self
            }

            /// Sets the URI of the schema that the data follows.
            #[must_use]
            pub fn dataschema(mut self, uri: impl Into<String>) -> Self {
                self.dataschema = Some(uri.into());
                self
            }

            /// Checks the rules that the server has for an event: id, source, type and subject are
            /// not empty, the source has no white space, the version is 1.0 and the data an object.
            ///
            /// Requests check this by themselves.
            ///
            /// # Errors
            /// [`InvalidEvent`] with the first attribute that breaks a rule.
            pub fn check(&self) -> Result<(), InvalidEvent> {
                match problem(&self.parts()) {
                    None => Ok(()),
                    Some((field, problem)) => Err(InvalidEvent {
                        index: 0,
                        field,
                        problem,
                    }),
                }
            }
        }
    };
}

cloud_event!(
    "events",
    crate::generated::v1::models::Event,
    Events,
    "event"
);
cloud_event!(
    "v3-events",
    crate::generated::v3::models::MeteringEvent,
    MeteringEvents,
    "metering event"
);
