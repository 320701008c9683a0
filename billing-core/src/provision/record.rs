use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::ProvisionError;
use super::lock::{Lock, LockEntry};
use crate::provider::Provider;

type Callback =
    Arc<dyn Fn(&Lock) -> Result<(), Box<dyn std::error::Error + Send + Sync>> + Send + Sync>;

/// The lock and where it goes.
#[derive(Clone)]
pub(super) struct Recorder {
    provider: Provider,
    url: String,
    lock: Lock,
    callback: Option<Callback>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("lock", &self.lock)
            .finish_non_exhaustive()
    }
}

impl Recorder {
    pub(super) fn new(provider: Provider, url: String) -> Self {
        Self {
            provider,
            url,
            lock: Lock::default(),
            callback: None,
        }
    }

    pub(super) fn set_lock(&mut self, lock: Lock) {
        self.lock = lock;
    }

    pub(super) fn set_callback(&mut self, callback: Callback) {
        self.callback = Some(callback);
    }

    pub(super) fn provider(&self) -> Provider {
        self.provider
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn lock(&self) -> &Lock {
        &self.lock
    }

    pub(super) fn into_lock(self) -> Lock {
        self.lock
    }

    pub(super) fn entry(&self, address: &str) -> Option<&LockEntry> {
        self.lock.entry(self.provider, &self.url, address)
    }

    /// Notes an object that was made or changed by a request.
    pub(super) fn record(
        &mut self,
        address: &str,
        id: &str,
        applied: Map<String, Value>,
    ) -> Result<(), ProvisionError> {
        self.note(address, id, applied);
        self.hand_over()
    }

    /// Forgets an object that was archived, unless another one has taken its place.
    pub(super) fn forget_archived(
        &mut self,
        address: &str,
        id: &str,
    ) -> Result<(), ProvisionError> {
        if self.entry(address).is_some_and(|entry| entry.id == id) {
            let objects = self.lock.objects_mut(self.provider, &self.url);
            objects.remove(address);
        }
        self.hand_over()
    }

    /// Notes an object without a request; returns whether the lock changed.
    pub(super) fn note(&mut self, address: &str, id: &str, applied: Map<String, Value>) -> bool {
        let entry = LockEntry {
            id: id.to_owned(),
            applied,
        };
        if self.entry(address) == Some(&entry) {
            return false;
        }
        let objects = self.lock.objects_mut(self.provider, &self.url);
        objects.insert(address.to_owned(), entry);
        true
    }

    pub(super) fn hand_over(&self) -> Result<(), ProvisionError> {
        match &self.callback {
            Some(callback) => callback(&self.lock).map_err(ProvisionError::record),
            None => Ok(()),
        }
    }
}
