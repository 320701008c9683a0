//! Injected failures.

use super::log::Service;
use http::Method;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Before,
    After,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    Status(u16),
    Reset,
}

/// A failure to inject into one request, for convergence tests.
///
/// By default the first request that matches fails with status 500 before it takes effect.
///
/// ```
/// use billing_sandbox::{Fault, Service};
///
/// // The second customer creation takes effect, but its answer is lost.
/// let fault = Fault::on(Service::Polar)
///     .method("POST")
///     .path("/v1/customers/")
///     .nth(2)
///     .after_effect()
///     .reset();
/// # let _ = fault;
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    pub(crate) service: Service,
    method: Option<String>,
    path: Option<String>,
    remaining: usize,
    repeats: usize,
    pub(crate) phase: Phase,
    pub(crate) failure: Failure,
}

impl Fault {
    /// A fault for requests of one server.
    #[must_use]
    pub fn on(service: Service) -> Self {
        Self {
            service,
            method: None,
            path: None,
            remaining: 1,
            repeats: 1,
            phase: Phase::Before,
            failure: Failure::Status(500),
        }
    }

    /// Only requests with this method, such as `POST`.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Only requests to this path; a template such as `/v1/customers/{id}` matches any value.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The n-th matching request from now on, counted from 1.
    #[must_use]
    pub fn nth(mut self, n: usize) -> Self {
        self.remaining = n.max(1);
        self
    }

    /// How many matching requests in a row fail, from the n-th on; 1 by default.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.repeats = times.max(1);
        self
    }

    /// Fails before the request takes effect: nothing changes.
    #[must_use]
    pub fn before_effect(mut self) -> Self {
        self.phase = Phase::Before;
        self
    }

    /// Fails after the request took effect: only its answer is lost.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        self.phase = Phase::After;
        self
    }

    /// Answers with this status and the server's usual body for it.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.failure = Failure::Status(status);
        self
    }

    /// Closes the connection without an answer.
    #[must_use]
    pub fn reset(mut self) -> Self {
        self.failure = Failure::Reset;
        self
    }

    fn matches(&self, service: Service, method: &Method, path: &str) -> bool {
        self.service == service
            && self
                .method
                .as_deref()
                .is_none_or(|wanted| method.as_str() == wanted)
            && self
                .path
                .as_deref()
                .is_none_or(|wanted| super::route::arguments(wanted, path).is_some())
    }
}

/// Counts a request against the faults and gives the one that strikes.
pub(crate) fn strike(
    faults: &mut Vec<Fault>,
    service: Service,
    method: &Method,
    path: &str,
) -> Option<Fault> {
    let mut struck = None;
    for fault in faults
        .iter_mut()
        .filter(|fault| fault.matches(service, method, path))
    {
        if fault.remaining > 1 {
            fault.remaining -= 1;
        } else if struck.is_none() && fault.repeats > 0 {
            fault.repeats -= 1;
            struck = Some(fault.clone());
        }
    }
    faults.retain(|fault| fault.repeats > 0);
    struck
}
