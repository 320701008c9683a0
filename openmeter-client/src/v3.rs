//! OpenMeter v3: the API that Kong Konnect serves, and that self-hosted servers serve beside v1.
//!
//! Ids are ULIDs; objects are found by key with the filters of `list`. Operations that may change
//! are behind the features `v3-unstable` and `v3-internal`.

use client_core::Client;

#[cfg(feature = "v3-events")]
pub use crate::event::MeteringEvents;
pub use crate::generated::v3::*;

/// The resources of v3; see [`OpenMeter::v3`](crate::OpenMeter::v3).
#[derive(Clone, Debug)]
pub struct V3 {
    client: Client,
}

impl V3 {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Returns the runtime below: for operations of one's own. Its root is that of v3.
    pub fn client(&self) -> &Client {
        &self.client
    }
}
