//! The objects that the Polar server holds.

use crate::calendar::Interval;
use serde_json::{Map, Value};
use time::OffsetDateTime;

pub(crate) type Metadata = Map<String, Value>;

/// Unit and count, such as `month` and 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cadence {
    pub(crate) unit: String,
    pub(crate) count: i64,
}

impl Cadence {
    pub(crate) fn interval(&self) -> Interval {
        Interval::of(&self.unit, self.count).unwrap_or_default()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Product {
    pub(crate) id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) visibility: String,
    pub(crate) recurring: Option<Cadence>,
    pub(crate) meter_cadence: Option<Cadence>,
    pub(crate) trial: Option<Cadence>,
    pub(crate) is_archived: bool,
    pub(crate) metadata: Metadata,
    pub(crate) prices: Vec<Price>,
    pub(crate) benefits: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Price {
    pub(crate) id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) source: &'static str,
    pub(crate) product_id: String,
    pub(crate) recurring: Option<String>,
    pub(crate) currency: String,
    pub(crate) tax_behavior: Option<String>,
    pub(crate) is_archived: bool,
    pub(crate) kind: PriceKind,
}

#[derive(Clone, Debug)]
pub(crate) enum PriceKind {
    Fixed {
        amount: i64,
    },
    Custom {
        minimum: i64,
        maximum: Option<i64>,
        preset: Option<i64>,
    },
    SeatBased {
        graduated: bool,
        tiers: Vec<SeatTier>,
    },
    UnitBased {
        tiers: Value,
        minimum: Option<i64>,
        label: Value,
    },
    MeteredUnit {
        meter_id: String,
        unit_amount: String,
        cap: Option<i64>,
    },
    MeteredTiers {
        meter_id: String,
        tiers: Value,
        cap: Option<i64>,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct SeatTier {
    pub(crate) min: i64,
    pub(crate) max: Option<i64>,
    pub(crate) amount: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Benefit {
    pub(crate) id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) kind: String,
    pub(crate) description: String,
    pub(crate) visibility: String,
    pub(crate) metadata: Metadata,
    pub(crate) properties: Value,
    pub(crate) is_deleted: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Meter {
    pub(crate) id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) custom_label: Option<String>,
    pub(crate) custom_multiplier: Option<i64>,
    pub(crate) filter: Value,
    pub(crate) aggregation: Value,
    pub(crate) metadata: Metadata,
    pub(crate) archived_at: Option<OffsetDateTime>,
}

#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) kind: String,
    pub(crate) external_id: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) billing_address: Value,
    pub(crate) tax_id: Value,
    pub(crate) locale: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) deleted_at: Option<OffsetDateTime>,
}

#[derive(Clone, Debug)]
pub(crate) struct Checkout {
    pub(crate) id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) status: &'static str,
    pub(crate) client_secret: String,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) success_url: Option<String>,
    pub(crate) return_url: Option<String>,
    pub(crate) embed_origin: Option<String>,
    pub(crate) amount: i64,
    pub(crate) discount_amount: i64,
    pub(crate) currency: String,
    pub(crate) seats: Option<i64>,
    pub(crate) min_seats: Option<i64>,
    pub(crate) max_seats: Option<i64>,
    pub(crate) units: Option<i64>,
    pub(crate) min_units: Option<i64>,
    pub(crate) max_units: Option<i64>,
    pub(crate) allow_trial: bool,
    pub(crate) own_trial: Option<Cadence>,
    pub(crate) trial: Option<Cadence>,
    pub(crate) discount_id: Option<String>,
    pub(crate) allow_discount_codes: bool,
    pub(crate) require_billing_address: bool,
    pub(crate) customer_id: Option<String>,
    pub(crate) external_customer_id: Option<String>,
    pub(crate) is_business: bool,
    pub(crate) customer_name: Option<String>,
    pub(crate) customer_email: Option<String>,
    pub(crate) customer_ip: Option<String>,
    pub(crate) billing_name: Option<String>,
    pub(crate) billing_address: Value,
    pub(crate) tax_id: Option<String>,
    pub(crate) locale: String,
    pub(crate) metadata: Metadata,
    pub(crate) custom_field_data: Value,
    pub(crate) customer_metadata: Metadata,
    pub(crate) subscription_id: Option<String>,
    pub(crate) products: Vec<String>,
    /// The chosen product.
    pub(crate) product_id: String,
    /// Prices by product: those of the catalog, or those sent for this checkout alone.
    pub(crate) prices: Vec<(String, Vec<Price>)>,
}

impl Checkout {
    /// The prices of the chosen product.
    pub(crate) fn chosen_prices(&self) -> &[Price] {
        self.prices
            .iter()
            .find(|(product, _)| *product == self.product_id)
            .map_or(&[], |(_, prices)| prices.as_slice())
    }
}

#[derive(Clone, Debug)]
pub(crate) struct PendingUpdate {
    pub(crate) id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) product_id: Option<String>,
    pub(crate) seats: Option<i64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) status: &'static str,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) cadence: Cadence,
    pub(crate) period_start: OffsetDateTime,
    pub(crate) period_end: OffsetDateTime,
    pub(crate) anchor: OffsetDateTime,
    pub(crate) trial: Option<(OffsetDateTime, OffsetDateTime)>,
    pub(crate) cancel_at_period_end: bool,
    pub(crate) canceled_at: Option<OffsetDateTime>,
    pub(crate) started_at: OffsetDateTime,
    pub(crate) ends_at: Option<OffsetDateTime>,
    pub(crate) ended_at: Option<OffsetDateTime>,
    pub(crate) past_due_at: Option<OffsetDateTime>,
    pub(crate) pause_at_period_end: bool,
    pub(crate) paused_at: Option<OffsetDateTime>,
    pub(crate) resumes_at: Option<OffsetDateTime>,
    pub(crate) customer_id: String,
    pub(crate) product_id: String,
    pub(crate) discount_id: Option<String>,
    pub(crate) checkout_id: Option<String>,
    pub(crate) seats: Option<i64>,
    pub(crate) units: Option<i64>,
    pub(crate) reason: Option<String>,
    pub(crate) comment: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) custom_field_data: Value,
    pub(crate) prices: Vec<Price>,
    pub(crate) pending: Option<PendingUpdate>,
    /// Prorations that the next order will charge.
    pub(crate) open_items: Vec<OrderItem>,
    /// How many charges there were, for discounts that end.
    pub(crate) charges: usize,
    /// When the next payment of an unpaid renewal is tried, and how many were.
    pub(crate) retry: Option<(OffsetDateTime, usize)>,
}

impl Subscription {
    /// Whether it gives access: what a customer's state lists.
    pub(crate) fn is_active(&self) -> bool {
        matches!(self.status, "active" | "trialing")
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.status, "canceled" | "unpaid" | "incomplete_expired")
    }
}

#[derive(Clone, Debug)]
pub(crate) struct OrderItem {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) amount: i64,
    pub(crate) proration: bool,
    pub(crate) price_id: Option<String>,
    pub(crate) period: Option<(OffsetDateTime, OffsetDateTime)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) status: &'static str,
    pub(crate) subtotal: i64,
    pub(crate) discount_amount: i64,
    pub(crate) refunded: i64,
    pub(crate) currency: String,
    pub(crate) billing_reason: &'static str,
    pub(crate) invoice_number: String,
    pub(crate) receipt_number: Option<String>,
    pub(crate) seats: Option<i64>,
    pub(crate) units: Option<i64>,
    pub(crate) customer_id: String,
    pub(crate) product_id: String,
    pub(crate) discount_id: Option<String>,
    pub(crate) subscription_id: Option<String>,
    pub(crate) checkout_id: Option<String>,
    pub(crate) next_payment_attempt_at: Option<OffsetDateTime>,
    pub(crate) metadata: Metadata,
    pub(crate) custom_field_data: Value,
    pub(crate) items: Vec<OrderItem>,
}

impl Order {
    pub(crate) fn net(&self) -> i64 {
        self.subtotal - self.discount_amount
    }

    pub(crate) fn is_paid(&self) -> bool {
        matches!(self.status, "paid" | "refunded" | "partially_refunded")
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) order_id: String,
    pub(crate) subscription_id: Option<String>,
    pub(crate) customer_id: String,
    pub(crate) reason: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) metadata: Metadata,
    pub(crate) revoke_benefits: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Discount {
    pub(crate) id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) name: String,
    pub(crate) code: Option<String>,
    pub(crate) duration: String,
    pub(crate) months: Option<i64>,
    pub(crate) kind: DiscountKind,
    pub(crate) starts_at: Option<OffsetDateTime>,
    pub(crate) ends_at: Option<OffsetDateTime>,
    pub(crate) max_redemptions: Option<i64>,
    pub(crate) max_per_customer: Option<i64>,
    pub(crate) redemptions: i64,
    pub(crate) products: Vec<String>,
    pub(crate) metadata: Metadata,
}

#[derive(Clone, Debug)]
pub(crate) enum DiscountKind {
    Percentage(i64),
    Fixed(Vec<(String, i64)>),
}

#[derive(Clone, Debug)]
pub(crate) struct BenefitGrant {
    pub(crate) id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) granted_at: Option<OffsetDateTime>,
    pub(crate) revoked_at: Option<OffsetDateTime>,
    pub(crate) subscription_id: Option<String>,
    pub(crate) order_id: Option<String>,
    pub(crate) customer_id: String,
    pub(crate) benefit_id: String,
    pub(crate) properties: Value,
    /// Units credited by this grant so far in the running period.
    pub(crate) credited: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct CustomerMeter {
    pub(crate) id: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) customer_id: String,
    pub(crate) meter_id: String,
    pub(crate) credited: i64,
    /// The number of events that were there when the counting started anew.
    pub(crate) from_event: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct UserEvent {
    pub(crate) id: String,
    pub(crate) timestamp: OffsetDateTime,
    pub(crate) name: String,
    pub(crate) customer_id: Option<String>,
    pub(crate) external_customer_id: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) parent_id: Option<String>,
    pub(crate) metadata: Map<String, Value>,
}
