use client_core::Secret;

use crate::Polar;

/// What a customer may do, with the customer's own token; see
/// [the module](mod@crate::customer_portal).
pub use crate::customer_portal::CustomerPortal;

impl Polar {
    /// Returns the operations of the customer portal under a customer's or member's session token
    /// (`polar_cst_…`, `polar_mst_…`), over the same connections.
    ///
    /// A token comes from `customer_sessions().create(..)` and lives for an hour. Operations that
    /// need no credential, such as validating a license key, do not send it.
    pub fn customer_portal(&self, session_token: impl Into<Secret>) -> CustomerPortal {
        CustomerPortal::new(self.client().with_credential(session_token))
    }
}
