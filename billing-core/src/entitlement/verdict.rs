use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

use crate::event::{Defect, PurchasedItem, UnresolvedReason};

/// What came of an event, in words that a caller can act on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "verdict",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum Verdict {
    /// The event was taken in. What it changed, which may be nothing, is listed.
    Applied {
        /// The changes, in order.
        changes: Vec<Change>,
    },
    /// The event says nothing new.
    Ignored {
        /// The reason.
        reason: IgnoredReason,
    },
    /// Something in the event could not be made sense of. The rest was taken in; what is listed
    /// here granted nothing.
    Unresolved {
        /// What could not be made sense of.
        what: Vec<Unresolved>,
        /// What the rest changed.
        changes: Vec<Change>,
    },
}

impl Verdict {
    /// The changes that the event caused.
    pub fn changes(&self) -> &[Change] {
        match self {
            Self::Applied { changes } | Self::Unresolved { changes, .. } => changes,
            Self::Ignored { .. } => &[],
        }
    }
}

/// Why an event changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum IgnoredReason {
    /// It was handled before.
    Repeated,
    /// A later state of the same subscription or payment is known.
    Late {
        /// When that state was reported.
        #[serde(with = "rfc3339")]
        newest: OffsetDateTime,
    },
    /// It is about nothing that access depends on.
    NoSnapshot,
}

/// Something that could not be made sense of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum Unresolved {
    /// Nobody knows which customer of the application this is.
    Customer {
        /// The provider's id of the customer.
        provider_customer_id: Option<String>,
    },
    /// The event names another customer than the one that the subscription belongs to. The
    /// subscription stays with its owner.
    OtherCustomer {
        /// The owner.
        owner: String,
        /// The customer that the event names.
        named: String,
    },
    /// A product is not in the catalog.
    Product {
        /// The item.
        item: PurchasedItem,
        /// The reason.
        reason: UnresolvedReason,
    },
    /// A plan was bought as a one-time purchase.
    PlanWithoutSubscription {
        /// The plan's id.
        plan: String,
    },
    /// The body was not as documented.
    Payload {
        /// The places.
        defects: Vec<Defect>,
    },
}

/// One consequence for the customer. Features and top-ups are named by their keys and ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum Change {
    /// Access to a feature began.
    Granted {
        /// The feature's key.
        feature_key: String,
    },
    /// The allowance of a feature changed.
    Changed {
        /// The feature's key.
        feature_key: String,
    },
    /// Access to a feature ended.
    Withdrawn {
        /// The feature's key.
        feature_key: String,
    },
    /// A top-up was granted.
    TopupGranted {
        /// The top-up's id.
        topup: String,
        /// The feature's key.
        feature_key: String,
    },
    /// A top-up was paid for and waits until the customer has the feature.
    TopupWaits {
        /// The top-up's id.
        topup: String,
        /// The feature's key.
        feature_key: String,
    },
    /// A top-up was taken back.
    TopupWithdrawn {
        /// The top-up's id.
        topup: String,
        /// The feature's key.
        feature_key: String,
    },
    /// An add-on waits until the customer has one of the plans that it belongs to.
    AddonWaits {
        /// The add-on's id.
        addon: String,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applied { changes } => write!(f, "applied, {} changes", changes.len()),
            Self::Ignored { reason } => write!(f, "ignored: {reason}"),
            Self::Unresolved { what, .. } => {
                f.write_str("not resolved")?;
                for unresolved in what {
                    write!(f, "; {unresolved}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for IgnoredReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repeated => f.write_str("handled before"),
            Self::Late { newest } => write!(f, "a later state, of {newest}, is known"),
            Self::NoSnapshot => f.write_str("nothing that access depends on"),
        }
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer {
                provider_customer_id: Some(id),
            } => {
                write!(
                    f,
                    "provider customer {id} is not linked to a customer of the application"
                )
            }
            Self::Customer {
                provider_customer_id: None,
            } => f.write_str("no customer is named"),
            Self::OtherCustomer { owner, named } => {
                write!(
                    f,
                    "belongs to customer {owner}, but the event names {named}"
                )
            }
            Self::Product { item, reason } => {
                let id = item
                    .product_id
                    .as_deref()
                    .or(item.price_ids.first().map(String::as_str));
                write!(f, "product {}", id.unwrap_or("without an id"))?;
                match reason {
                    UnresolvedReason::NotInCatalog => {
                        f.write_str(" is not in the catalog: add it to `providerIds`")
                    }
                    UnresolvedReason::Ambiguous { candidates } => {
                        write!(f, " is claimed by {}", candidates.join(", "))
                    }
                }
            }
            Self::PlanWithoutSubscription { plan } => {
                write!(f, "plan {plan} was bought without a subscription")
            }
            Self::Payload { defects } => {
                f.write_str("the body is not as documented")?;
                for defect in defects {
                    write!(f, "; {defect}")?;
                }
                Ok(())
            }
        }
    }
}
