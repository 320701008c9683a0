//! What a successful payment of a checkout does.

use super::Polar;
use super::grants::Source;
use super::model::{Cadence, Checkout, Customer, Metadata, Order, OrderItem, Price, Subscription};
use crate::id;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// Why a checkout cannot be completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Unknown,
    NotOpen(&'static str),
    NoEmail,
}

/// What a completed checkout made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) customer_id: String,
    pub(crate) order_id: String,
    pub(crate) subscription_id: Option<String>,
}

pub(crate) struct NewOrder {
    pub(crate) reason: &'static str,
    pub(crate) customer_id: String,
    pub(crate) product_id: String,
    pub(crate) subscription_id: Option<String>,
    pub(crate) checkout_id: Option<String>,
    pub(crate) discount_id: Option<String>,
    pub(crate) discount_amount: i64,
    pub(crate) currency: String,
    pub(crate) seats: Option<i64>,
    pub(crate) units: Option<i64>,
    pub(crate) metadata: Metadata,
    pub(crate) custom_field_data: Value,
    pub(crate) items: Vec<OrderItem>,
}

impl Polar {
    /// Pays an open checkout: customer, subscription, order, benefits and all their webhooks.
    pub(crate) fn complete(&mut self, id: &str, email: Option<&str>) -> Result<Made, Refused> {
        let checkout = self.checkouts.iter_mut().find(|checkout| checkout.id == id);
        let checkout = checkout.ok_or(Refused::Unknown)?;
        if checkout.status != "open" {
            return Err(Refused::NotOpen(checkout.status));
        }
        if let Some(email) = email.filter(|_| checkout.customer_email.is_none()) {
            checkout.customer_email = Some(email.to_owned());
        }
        if checkout.customer_id.is_none() && checkout.customer_email.is_none() {
            return Err(Refused::NoEmail);
        }
        checkout.status = "confirmed";
        checkout.modified_at = Some(self.now);
        let checkout = checkout.clone();
        let customer_id = self.checkout_customer(&checkout);
        if let Some(found) = self.checkouts.iter_mut().find(|found| found.id == id) {
            found.customer_id = Some(customer_id.clone());
        }
        self.emit_checkout("checkout.updated", id);
        if let Some(discount) = checkout.discount_id.as_deref() {
            for found in self
                .discounts
                .iter_mut()
                .filter(|found| found.id == discount)
            {
                found.redemptions += 1;
            }
        }
        let cadence = self
            .product(&checkout.product_id)
            .and_then(|product| product.recurring.clone());
        let subscription_id =
            cadence.map(|cadence| self.checkout_subscription(&checkout, &customer_id, cadence));
        let order_id = self.checkout_order(&checkout, &customer_id, subscription_id.as_deref());
        if let Some(found) = self.checkouts.iter_mut().find(|found| found.id == id) {
            found.status = "succeeded";
            found.modified_at = Some(self.now);
        }
        self.emit_checkout("checkout.updated", id);
        let source = match &subscription_id {
            Some(id) => Source::Subscription(id.clone()),
            None => Source::Order(order_id.clone()),
        };
        self.grant_benefits(&checkout.product_id, &customer_id, &source);
        self.emit_state(&customer_id);
        Ok(Made {
            customer_id,
            order_id,
            subscription_id,
        })
    }

    fn checkout_customer(&mut self, checkout: &Checkout) -> String {
        if let Some(id) = &checkout.customer_id {
            return id.clone();
        }
        let email = checkout.customer_email.clone().unwrap_or_default();
        let existing = self
            .customer_by_email(&email)
            .map(|customer| customer.id.clone());
        if let Some(id) = existing {
            let external = checkout.external_customer_id.clone();
            if let Some(customer) = self.customers.iter_mut().find(|customer| customer.id == id)
                && customer.external_id.is_none()
            {
                customer.external_id = external;
            }
            return id;
        }
        self.add_customer(Customer {
            id: id::uuid(),
            created_at: self.now,
            modified_at: None,
            kind: "individual".to_owned(),
            external_id: checkout.external_customer_id.clone(),
            email: checkout.customer_email.clone(),
            name: checkout.customer_name.clone(),
            billing_address: checkout.billing_address.clone(),
            tax_id: Value::Null,
            locale: Some(checkout.locale.clone()),
            metadata: checkout.customer_metadata.clone(),
            deleted_at: None,
        })
    }

    fn checkout_subscription(
        &mut self,
        checkout: &Checkout,
        customer_id: &str,
        cadence: Cadence,
    ) -> String {
        let mut subscription = new_subscription(
            self.now,
            cadence,
            checkout.trial.as_ref(),
            customer_id,
            &checkout.product_id,
            checkout.chosen_prices().to_vec(),
        );
        subscription.amount = checkout.amount - checkout.discount_amount;
        subscription.currency = checkout.currency.clone();
        subscription.discount_id = checkout.discount_id.clone();
        subscription.checkout_id = Some(checkout.id.clone());
        subscription.seats = checkout.seats;
        subscription.units = checkout.units;
        subscription.metadata = checkout.metadata.clone();
        subscription.custom_field_data = checkout.custom_field_data.clone();
        self.start_subscription(subscription)
    }

    /// Keeps a new subscription and tells the webhooks.
    pub(crate) fn start_subscription(&mut self, subscription: Subscription) -> String {
        let id = subscription.id.clone();
        for meter in subscription.prices.iter().filter_map(Price::meter_id) {
            self.customer_meter_mut(&subscription.customer_id, meter);
        }
        self.subscriptions.push(subscription);
        self.emit_subscription("subscription.created", &id);
        self.emit_subscription("subscription.active", &id);
        self.emit_subscription("subscription.updated", &id);
        id
    }

    fn checkout_order(
        &mut self,
        checkout: &Checkout,
        customer_id: &str,
        subscription_id: Option<&str>,
    ) -> String {
        let name = self
            .product(&checkout.product_id)
            .map(|product| product.name.clone());
        let name = name.unwrap_or_default();
        let free_now = checkout.trial.is_some() && subscription_id.is_some();
        let period = subscription_id
            .and_then(|id| self.subscriptions.iter().find(|found| found.id == id))
            .map(|found| (found.period_start, found.period_end));
        let (seats, units) = (checkout.seats.unwrap_or(1), checkout.units.unwrap_or(1));
        let items = checkout
            .chosen_prices()
            .iter()
            .filter(|price| !price.is_metered())
            .map(|price| {
                let full = price.charge(seats, units, Some(checkout.amount));
                item(
                    &name,
                    if free_now { 0 } else { full },
                    Some(price),
                    period,
                    false,
                )
            })
            .collect();
        let order = self.new_order(NewOrder {
            reason: if subscription_id.is_some() {
                "subscription_create"
            } else {
                "purchase"
            },
            customer_id: customer_id.to_owned(),
            product_id: checkout.product_id.clone(),
            subscription_id: subscription_id.map(str::to_owned),
            checkout_id: Some(checkout.id.clone()),
            discount_id: checkout.discount_id.clone(),
            discount_amount: if free_now {
                0
            } else {
                checkout.discount_amount
            },
            currency: checkout.currency.clone(),
            seats: checkout.seats,
            units: checkout.units,
            metadata: checkout.metadata.clone(),
            custom_field_data: checkout.custom_field_data.clone(),
            items,
        });
        self.set_paid(&order);
        self.emit_order("order.created", &order);
        self.emit_order("order.updated", &order);
        self.emit_order("order.paid", &order);
        order
    }

    /// Keeps a pending order; the caller tells the webhooks.
    pub(crate) fn new_order(&mut self, new: NewOrder) -> String {
        let id = id::uuid();
        let number = self.next_invoice;
        self.next_invoice += 1;
        self.orders.push(Order {
            id: id.clone(),
            created_at: self.now,
            modified_at: None,
            status: "pending",
            subtotal: new.items.iter().map(|item| item.amount).sum::<i64>().max(0),
            discount_amount: new.discount_amount,
            refunded: 0,
            currency: new.currency,
            billing_reason: new.reason,
            invoice_number: format!("{}-{number:04}", self.organization.slug.to_uppercase()),
            receipt_number: None,
            seats: new.seats,
            units: new.units,
            customer_id: new.customer_id,
            product_id: new.product_id,
            discount_id: new.discount_id,
            subscription_id: new.subscription_id,
            checkout_id: new.checkout_id,
            next_payment_attempt_at: None,
            metadata: new.metadata,
            custom_field_data: new.custom_field_data,
            items: new.items,
        });
        id
    }

    pub(crate) fn set_paid(&mut self, id: &str) {
        let now = self.now;
        if let Some(order) = self.orders.iter_mut().find(|order| order.id == id) {
            order.status = "paid";
            order.modified_at = Some(now);
            order.next_payment_attempt_at = None;
            order.receipt_number = Some(order.invoice_number.replacen("SANDBOX", "RCPT", 1));
        }
    }
}

/// An order line; one of a subscription names its period.
pub(crate) fn item(
    name: &str,
    amount: i64,
    price: Option<&Price>,
    period: Option<(OffsetDateTime, OffsetDateTime)>,
    proration: bool,
) -> OrderItem {
    let label = period.map_or_else(
        || name.to_owned(),
        |(from, to)| format!("{name} — From {} to {}", short_date(from), short_date(to)),
    );
    OrderItem {
        id: id::uuid(),
        label,
        amount,
        proration,
        price_id: price.map(|price| price.id.clone()),
        period,
    }
}

fn short_date(time: OffsetDateTime) -> String {
    let month = time.month().to_string();
    let short: String = month.chars().take(3).collect();
    format!("{short} {:02}, {}", time.day(), time.year())
}

/// A subscription that starts now, in its trial when there is one.
pub(crate) fn new_subscription(
    now: OffsetDateTime,
    cadence: Cadence,
    trial: Option<&Cadence>,
    customer_id: &str,
    product_id: &str,
    prices: Vec<Price>,
) -> Subscription {
    let trial = trial.map(|trial| (now, trial.interval().after(now, 1)));
    let anchor = trial.map_or(now, |(_, end)| end);
    let period_end = trial.map_or_else(|| cadence.interval().after(now, 1), |(_, end)| end);
    Subscription {
        id: id::uuid(),
        created_at: now,
        modified_at: None,
        status: if trial.is_some() {
            "trialing"
        } else {
            "active"
        },
        amount: 0,
        currency: "usd".to_owned(),
        cadence,
        period_start: now,
        period_end,
        anchor,
        trial,
        cancel_at_period_end: false,
        canceled_at: None,
        started_at: now,
        ends_at: None,
        ended_at: None,
        past_due_at: None,
        pause_at_period_end: false,
        paused_at: None,
        resumes_at: None,
        customer_id: customer_id.to_owned(),
        product_id: product_id.to_owned(),
        discount_id: None,
        checkout_id: None,
        seats: None,
        units: None,
        reason: None,
        comment: None,
        metadata: Metadata::new(),
        custom_field_data: json!({}),
        prices,
        pending: None,
        open_items: Vec::new(),
        charges: usize::from(trial.is_none()),
        retry: None,
    }
}
