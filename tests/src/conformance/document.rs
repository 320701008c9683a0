//! A document under test: its client, its operations, its arguments and answers.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use client_core::json::Value;
use client_core::reqwest::{Client as Http, redirect::Policy};
use client_core::{ReqwestTransport, RetryPolicy};
use openmeter_client::OpenMeter;
use openmeter_client::v3::V3;
use polar_client::Polar;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::arguments::Source;
use super::call::Entry;
use super::exchange::Recorder;
use super::known::{self, FalseFinding};
use super::validator::Validator;
use crate::generated::{openmeter_v1_calls, openmeter_v3_calls, polar_calls};

/// The first request to an operation makes the validator compile its schemas.
const TIMEOUT: Duration = Duration::from_secs(120);
const TOKEN: &str = "conformance_token";

/// A document under test.
#[derive(Debug)]
pub struct Document<C: 'static> {
    /// Its name.
    pub name: &'static str,
    /// Its operations.
    pub calls: &'static [Entry<C>],
    /// Findings that do not count.
    pub known: &'static [FalseFinding],
    /// The credential of the client.
    pub token: &'static str,
    /// The client.
    pub client: C,
    /// What the client sends.
    pub recorder: Arc<Recorder>,
    /// The arguments.
    pub source: Source,
    /// How many answers there are for each method and path.
    pub answers: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
struct Answers {
    roots: Vec<Root>,
}

#[derive(Deserialize)]
struct Root {
    kind: String,
    ops: Vec<String>,
    samples: Vec<Value>,
}

impl Document<Polar> {
    /// Polar.
    ///
    /// # Errors
    /// When the arguments cannot be read or the client cannot be made.
    pub fn polar(validator: &Validator) -> Result<Self, String> {
        let recorder = recorder("")?;
        let client = Polar::builder()
            .base_url("http://127.0.0.1:4010")
            .access_token(TOKEN)
            .retry(RetryPolicy::none())
            .timeout(TIMEOUT)
            .attempt_timeout(TIMEOUT)
            .transport(Arc::clone(&recorder) as _)
            .build()
            .map_err(|error| error.to_string())?;
        Self::load(
            validator,
            "polar",
            polar_calls::CALLS,
            known::POLAR,
            client,
            recorder,
        )
    }
}

impl Document<OpenMeter> {
    /// OpenMeter v1 and v2.
    ///
    /// # Errors
    /// When the arguments cannot be read or the client cannot be made.
    pub fn openmeter_v1(validator: &Validator) -> Result<Self, String> {
        let (client, recorder) = openmeter(4011, "")?;
        let calls = openmeter_v1_calls::CALLS;
        Self::load(
            validator,
            "openmeter-v1",
            calls,
            known::OPENMETER_V1,
            client,
            recorder,
        )
    }
}

impl Document<V3> {
    /// OpenMeter v3.
    ///
    /// # Errors
    /// When the arguments cannot be read or the client cannot be made.
    pub fn openmeter_v3(validator: &Validator) -> Result<Self, String> {
        let (client, recorder) = openmeter(4012, "/api/v3")?;
        let calls = openmeter_v3_calls::CALLS;
        Self::load(
            validator,
            "openmeter-v3",
            calls,
            known::OPENMETER_V3,
            client.v3(),
            recorder,
        )
    }
}

impl<C> Document<C> {
    fn load(
        validator: &Validator,
        name: &'static str,
        calls: &'static [Entry<C>],
        known: &'static [FalseFinding],
        client: C,
        recorder: Arc<Recorder>,
    ) -> Result<Self, String> {
        let source: Source = read(&validator.arguments_of(name))?;
        let samples: Answers = read(&validator.answers_of(name))?;
        let mut answers = BTreeMap::new();
        for root in samples.roots.iter().filter(|root| root.kind == "response") {
            for operation in &root.ops {
                let key = operation
                    .rsplit_once(' ')
                    .map_or(operation.as_str(), |(key, _)| key);
                let known = answers.entry(key.to_owned()).or_insert(0);
                *known = root.samples.len().max(*known);
            }
        }
        Ok(Self {
            name,
            calls,
            known,
            token: TOKEN,
            client,
            recorder,
            source,
            answers,
        })
    }
}

fn recorder(prefix: &'static str) -> Result<Arc<Recorder>, String> {
    let http = Http::builder().redirect(Policy::none()).no_proxy().build();
    let http = http.map_err(|error| error.to_string())?;
    Ok(Arc::new(Recorder::new(ReqwestTransport::new(http), prefix)))
}

fn openmeter(port: u16, prefix: &'static str) -> Result<(OpenMeter, Arc<Recorder>), String> {
    let recorder = recorder(prefix)?;
    let client = OpenMeter::builder()
        .url(format!("http://127.0.0.1:{port}"))
        .api_key(TOKEN)
        .retry(RetryPolicy::none())
        .timeout(TIMEOUT)
        .map(|builder| builder.attempt_timeout(TIMEOUT))
        .transport(Arc::clone(&recorder) as _)
        .build()
        .map_err(|error| error.to_string())?;
    Ok((client, recorder))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let failed = |error: String| format!("{}: {error}", path.display());
    let text = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))
}
