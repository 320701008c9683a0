//! The answers as somebody would write them by hand: plain structs with serde's derives.

#![expect(dead_code, reason = "decoded for its cost, not for its content")]

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub(crate) type Metadata = IndexMap<String, Scalar>;

#[derive(Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Scalar {
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Orders {
    pub(crate) items: Vec<Order>,
    pub(crate) pagination: Pagination,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Pagination {
    pub(crate) total_count: u64,
    pub(crate) max_page: u64,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Customer {
    Individual(Box<CustomerIndividual>),
    Team(Box<CustomerTeam>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Discount {
    FixedRepeating(Box<DiscountFixedRepeating>),
    PercentageRepeating(Box<DiscountPercentageRepeating>),
    Fixed(Box<DiscountFixed>),
    Percentage(Box<DiscountPercentage>),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Inserted {
    pub(crate) inserted: u64,
}

/// The payload of the webhook `order.paid`.
#[derive(Debug, Deserialize)]
pub(crate) struct OrderPaid {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) timestamp: OffsetDateTime,
    pub(crate) api_version: Option<String>,
    pub(crate) data: Order,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) status: OrderStatus,
    pub(crate) paid: bool,
    pub(crate) subtotal_amount: i64,
    pub(crate) discount_amount: i64,
    pub(crate) net_amount: i64,
    pub(crate) tax_amount: i64,
    pub(crate) total_amount: i64,
    pub(crate) applied_balance_amount: i64,
    pub(crate) due_amount: i64,
    pub(crate) refunded_amount: i64,
    pub(crate) refunded_tax_amount: i64,
    pub(crate) currency: String,
    pub(crate) billing_reason: OrderBillingReason,
    pub(crate) billing_name: Option<String>,
    pub(crate) billing_address: Option<Address>,
    pub(crate) invoice_number: Option<String>,
    pub(crate) is_invoice_generated: bool,
    pub(crate) receipt_number: Option<String>,
    pub(crate) seats: Option<i64>,
    pub(crate) units: Option<i64>,
    pub(crate) customer_id: String,
    pub(crate) product_id: Option<String>,
    pub(crate) discount_id: Option<String>,
    pub(crate) subscription_id: Option<String>,
    pub(crate) checkout_id: Option<String>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) next_payment_attempt_at: Option<OffsetDateTime>,
    pub(crate) metadata: Metadata,
    pub(crate) custom_field_data: Option<IndexMap<String, Option<Scalar>>>,
    pub(crate) platform_fee_amount: i64,
    pub(crate) platform_fee_currency: Option<String>,
    pub(crate) customer: OrderCustomer,
    pub(crate) product: Option<OrderProduct>,
    pub(crate) discount: Option<Discount>,
    pub(crate) subscription: Option<OrderSubscription>,
    pub(crate) items: Vec<OrderItem>,
    pub(crate) description: String,
    pub(crate) refundable_amount: i64,
    pub(crate) refundable_tax_amount: i64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct OrderCustomer {
    pub(crate) id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) metadata: Metadata,
    pub(crate) external_id: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: bool,
    #[serde(rename = "type")]
    pub(crate) kind: CustomerType,
    pub(crate) name: Option<String>,
    pub(crate) billing_name: Option<String>,
    pub(crate) billing_address: Option<Address>,
    pub(crate) tax_id: Option<(String, String)>,
    pub(crate) locale: Option<String>,
    pub(crate) organization_id: String,
    pub(crate) default_payment_method_id: Option<String>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) deleted_at: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) first_user_event_at: Option<OffsetDateTime>,
    pub(crate) avatar_url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct OrderProduct {
    pub(crate) metadata: Metadata,
    pub(crate) id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) trial_interval: Option<TrialInterval>,
    pub(crate) trial_interval_count: Option<i64>,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) visibility: ProductVisibility,
    pub(crate) recurring_interval: Option<RecurringInterval>,
    pub(crate) recurring_interval_count: Option<i64>,
    pub(crate) meter_interval: Option<RecurringInterval>,
    pub(crate) meter_interval_count: Option<i64>,
    pub(crate) is_recurring: bool,
    pub(crate) is_archived: bool,
    pub(crate) organization_id: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct OrderSubscription {
    pub(crate) metadata: Metadata,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) recurring_interval: RecurringInterval,
    pub(crate) recurring_interval_count: i64,
    pub(crate) status: SubscriptionStatus,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) current_period_start: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) current_period_end: OffsetDateTime,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) current_meter_period_start: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) current_meter_period_end: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) trial_start: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) trial_end: Option<OffsetDateTime>,
    pub(crate) cancel_at_period_end: bool,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) canceled_at: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) started_at: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) ends_at: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) ended_at: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) past_due_at: Option<OffsetDateTime>,
    pub(crate) pause_at_period_end: bool,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) paused_at: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) resumes_at: Option<OffsetDateTime>,
    pub(crate) customer_id: String,
    pub(crate) product_id: String,
    pub(crate) discount_id: Option<String>,
    pub(crate) checkout_id: Option<String>,
    pub(crate) seats: Option<i64>,
    pub(crate) units: Option<i64>,
    pub(crate) customer_cancellation_reason: Option<CustomerCancellationReason>,
    pub(crate) customer_cancellation_comment: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct OrderItem {
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) amount: i64,
    pub(crate) tax_amount: i64,
    pub(crate) proration: bool,
    pub(crate) product_price_id: Option<String>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) start_timestamp: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) end_timestamp: Option<OffsetDateTime>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Address {
    pub(crate) line1: Option<String>,
    pub(crate) line2: Option<String>,
    pub(crate) postal_code: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) country: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CustomerIndividual {
    pub(crate) id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) metadata: Metadata,
    pub(crate) external_id: Option<String>,
    pub(crate) email: String,
    pub(crate) email_verified: bool,
    pub(crate) name: Option<String>,
    pub(crate) billing_name: Option<String>,
    pub(crate) billing_address: Option<Address>,
    pub(crate) tax_id: Option<(String, String)>,
    pub(crate) locale: Option<String>,
    pub(crate) organization_id: String,
    pub(crate) default_payment_method_id: Option<String>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) deleted_at: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) first_user_event_at: Option<OffsetDateTime>,
    pub(crate) avatar_url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CustomerTeam {
    pub(crate) id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) metadata: Metadata,
    pub(crate) external_id: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: bool,
    pub(crate) name: Option<String>,
    pub(crate) billing_name: Option<String>,
    pub(crate) billing_address: Option<Address>,
    pub(crate) tax_id: Option<(String, String)>,
    pub(crate) locale: Option<String>,
    pub(crate) organization_id: String,
    pub(crate) default_payment_method_id: Option<String>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) deleted_at: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) first_user_event_at: Option<OffsetDateTime>,
    pub(crate) avatar_url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DiscountFixed {
    pub(crate) duration: DiscountDuration,
    #[serde(rename = "type")]
    pub(crate) kind: DiscountType,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) amounts: IndexMap<String, i64>,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) id: String,
    pub(crate) metadata: Metadata,
    pub(crate) name: String,
    pub(crate) code: Option<String>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) starts_at: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) ends_at: Option<OffsetDateTime>,
    pub(crate) max_redemptions: Option<i64>,
    pub(crate) max_redemptions_per_customer: Option<i64>,
    pub(crate) redemptions_count: i64,
    pub(crate) organization_id: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DiscountFixedRepeating {
    pub(crate) duration: DiscountDuration,
    pub(crate) duration_in_months: i64,
    #[serde(rename = "type")]
    pub(crate) kind: DiscountType,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) amounts: IndexMap<String, i64>,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) id: String,
    pub(crate) metadata: Metadata,
    pub(crate) name: String,
    pub(crate) code: Option<String>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) starts_at: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) ends_at: Option<OffsetDateTime>,
    pub(crate) max_redemptions: Option<i64>,
    pub(crate) max_redemptions_per_customer: Option<i64>,
    pub(crate) redemptions_count: i64,
    pub(crate) organization_id: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DiscountPercentage {
    pub(crate) duration: DiscountDuration,
    #[serde(rename = "type")]
    pub(crate) kind: DiscountType,
    pub(crate) basis_points: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) id: String,
    pub(crate) metadata: Metadata,
    pub(crate) name: String,
    pub(crate) code: Option<String>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) starts_at: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) ends_at: Option<OffsetDateTime>,
    pub(crate) max_redemptions: Option<i64>,
    pub(crate) max_redemptions_per_customer: Option<i64>,
    pub(crate) redemptions_count: i64,
    pub(crate) organization_id: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DiscountPercentageRepeating {
    pub(crate) duration: DiscountDuration,
    pub(crate) duration_in_months: i64,
    #[serde(rename = "type")]
    pub(crate) kind: DiscountType,
    pub(crate) basis_points: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) modified_at: Option<OffsetDateTime>,
    pub(crate) id: String,
    pub(crate) metadata: Metadata,
    pub(crate) name: String,
    pub(crate) code: Option<String>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) starts_at: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) ends_at: Option<OffsetDateTime>,
    pub(crate) max_redemptions: Option<i64>,
    pub(crate) max_redemptions_per_customer: Option<i64>,
    pub(crate) redemptions_count: i64,
    pub(crate) organization_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CustomerCancellationReason {
    CustomerService,
    LowQuality,
    MissingFeatures,
    SwitchedService,
    TooComplex,
    TooExpensive,
    Unused,
    Other,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CustomerType {
    Individual,
    Team,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DiscountDuration {
    Once,
    Forever,
    Repeating,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DiscountType {
    Fixed,
    Percentage,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OrderBillingReason {
    Purchase,
    SubscriptionCreate,
    SubscriptionCycle,
    SubscriptionUpdate,
    SubscriptionMeterCycle,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OrderStatus {
    Draft,
    Pending,
    Paid,
    Refunded,
    PartiallyRefunded,
    Void,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProductVisibility {
    Draft,
    Private,
    Public,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecurringInterval {
    Day,
    Week,
    Month,
    Year,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SubscriptionStatus {
    Incomplete,
    IncompleteExpired,
    Trialing,
    Active,
    PastDue,
    Canceled,
    Unpaid,
    Paused,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TrialInterval {
    Day,
    Week,
    Month,
    Year,
    #[serde(other)]
    Unknown,
}
