//! What updates of a subscription do.

use super::completion::{NewOrder, item};
use super::grants::Source;
use super::model::{OrderItem, PendingUpdate, PriceKind, Product, Subscription};
use super::subscription_body::{TrialEnd, Update, read};
use super::subscriptions::{already_canceled, reply};
use super::{Call, Polar, error};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Value, json};
use time::OffsetDateTime;

pub(crate) fn update(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    let value = call.body()?;
    let update = read(&value)?;
    let found = polar
        .subscription(&id)
        .cloned()
        .ok_or_else(error::resource_not_found)?;
    apply(polar, &found, update)?;
    reply(polar, &id, 200)
}

fn apply(polar: &mut Polar, found: &Subscription, update: Update) -> Result<(), Box<Reply>> {
    match update {
        Update::Base {
            metadata,
            product_id,
            proration,
            discount_id,
            trial_end,
        } => {
            if let Some(metadata) = metadata {
                polar.change_subscription(&found.id, |found| found.metadata = metadata);
                polar.emit_subscription("subscription.updated", &found.id);
            }
            if let Some(product_id) = product_id {
                change_product(polar, found, &product_id, proration.as_deref())?;
            }
            if let Some(discount_id) = discount_id {
                change_discount(polar, found, discount_id)?;
            }
            match trial_end {
                Some(trial_end) => change_trial(polar, found, trial_end),
                None => Ok(()),
            }
        }
        Update::Seats { seats, proration } => {
            change_seats(polar, found, seats, proration.as_deref())
        }
        Update::Units { units, proration } => {
            change_units(polar, found, units, proration.as_deref())
        }
        Update::BillingPeriod(end) => change_period(polar, found, end),
        Update::Cancel {
            cancel: true,
            reason,
            comment,
        } => schedule_cancel(polar, found, reason, comment),
        Update::Cancel { cancel: false, .. } => uncancel(polar, found),
        Update::Revoke { reason, comment } => {
            if found.has_ended() {
                return Err(already_canceled());
            }
            note_reason(polar, &found.id, reason, comment);
            polar.revoke_subscription(&found.id);
            Ok(())
        }
        Update::Pause { pause, resumes_at } => schedule_pause(polar, found, pause, resumes_at),
        Update::Resume => {
            if found.status != "paused" {
                return Err(error::domain(
                    409,
                    "NotPausedSubscription",
                    "This subscription is not paused.",
                ));
            }
            polar.resume(&found.id);
            Ok(())
        }
        Update::Clear => clear_pending(polar, found),
    }
}

fn note_reason(polar: &mut Polar, id: &str, reason: Option<String>, comment: Option<String>) {
    polar.change_subscription(id, |found| {
        if reason.is_some() {
            found.reason = reason;
        }
        if comment.is_some() {
            found.comment = comment;
        }
    });
}

fn schedule_cancel(
    polar: &mut Polar,
    found: &Subscription,
    reason: Option<String>,
    comment: Option<String>,
) -> Result<(), Box<Reply>> {
    if found.has_ended() || found.cancel_at_period_end {
        return Err(already_canceled());
    }
    note_reason(polar, &found.id, reason, comment);
    let now = polar.now;
    polar.change_subscription(&found.id, |found| {
        found.cancel_at_period_end = true;
        found.canceled_at = Some(now);
        found.ends_at = Some(found.period_end);
    });
    polar.emit_subscription("subscription.updated", &found.id);
    polar.emit_subscription("subscription.canceled", &found.id);
    polar.emit_state(&found.customer_id);
    Ok(())
}

fn uncancel(polar: &mut Polar, found: &Subscription) -> Result<(), Box<Reply>> {
    if found.has_ended() {
        return Err(already_canceled());
    }
    if !found.cancel_at_period_end {
        return Err(error::domain(
            409,
            "SubscriptionNotScheduledToCancel",
            "This subscription is not scheduled to cancel.",
        ));
    }
    polar.change_subscription(&found.id, |found| {
        found.cancel_at_period_end = false;
        found.canceled_at = None;
        found.ends_at = None;
        found.reason = None;
        found.comment = None;
    });
    polar.emit_subscription("subscription.updated", &found.id);
    polar.emit_subscription("subscription.uncanceled", &found.id);
    polar.emit_state(&found.customer_id);
    Ok(())
}

fn schedule_pause(
    polar: &mut Polar,
    found: &Subscription,
    pause: bool,
    resumes_at: Option<OffsetDateTime>,
) -> Result<(), Box<Reply>> {
    if found.has_ended() {
        return Err(already_canceled());
    }
    if found.status != "active" || (pause && found.cancel_at_period_end) {
        return Err(error::domain(
            403,
            "PauseResumeNotAllowed",
            "Only an active subscription that is not set to cancel can be paused.",
        ));
    }
    if let Some(at) = resumes_at.filter(|at| *at <= found.period_end) {
        return Err(error::broken_rule(
            &["body", "resumes_at"],
            "Resume date must be after the current period end.",
            json!(crate::calendar::polar(at)),
        ));
    }
    polar.change_subscription(&found.id, |found| {
        found.pause_at_period_end = pause;
        found.resumes_at = resumes_at.filter(|_| pause);
    });
    polar.emit_subscription("subscription.updated", &found.id);
    Ok(())
}

fn clear_pending(polar: &mut Polar, found: &Subscription) -> Result<(), Box<Reply>> {
    if found.pending.is_none() {
        return Err(error::broken_rule(
            &["body", "pending_update"],
            "This subscription has no pending update to clear.",
            Value::Null,
        ));
    }
    polar.change_subscription(&found.id, |found| found.pending = None);
    polar.emit_subscription("subscription.updated", &found.id);
    Ok(())
}

fn must_run(found: &Subscription) -> Result<(), Box<Reply>> {
    if found.has_ended() {
        Err(already_canceled())
    } else {
        Ok(())
    }
}

fn change_product(
    polar: &mut Polar,
    found: &Subscription,
    product_id: &str,
    proration: Option<&str>,
) -> Result<(), Box<Reply>> {
    must_run(found)?;
    let refused = |msg| {
        Err(error::broken_rule(
            &["body", "product_id"],
            msg,
            json!(product_id),
        ))
    };
    let Some(product) = polar.product(product_id).cloned() else {
        return refused("Product does not exist.");
    };
    if product.is_archived {
        return refused("Product is archived.");
    }
    if product.recurring.is_none() {
        return refused("Product is not recurring.");
    }
    if product
        .prices
        .iter()
        .any(|price| matches!(price.kind, PriceKind::Custom { .. }))
    {
        return refused("Can't update to a product with custom pricing.");
    }
    if proration == Some("next_period") {
        let now = polar.now;
        polar.change_subscription(&found.id, |found| {
            found.pending = Some(PendingUpdate {
                id: id::uuid(),
                created_at: now,
                product_id: Some(product_id.to_owned()),
                seats: None,
            });
        });
        polar.emit_subscription("subscription.updated", &found.id);
        return Ok(());
    }
    let seats = seats_for(&product, found.seats);
    switch(polar, found, &product, seats, proration);
    Ok(())
}

fn seats_for(product: &Product, seats: Option<i64>) -> Option<i64> {
    let seat_based = product
        .prices
        .iter()
        .any(|price| matches!(price.kind, PriceKind::SeatBased { .. }));
    seat_based.then(|| seats.unwrap_or(1))
}

/// Moves a subscription to a product and number of seats now.
fn switch(
    polar: &mut Polar,
    found: &Subscription,
    product: &Product,
    seats: Option<i64>,
    proration: Option<&str>,
) {
    let cadence = product
        .recurring
        .clone()
        .unwrap_or_else(|| found.cadence.clone());
    let restart = cadence != found.cadence || proration == Some("reset");
    let now = polar.now;
    let prices: Vec<_> = product
        .prices
        .iter()
        .filter(|price| price.is_metered() || price.currency == found.currency)
        .cloned()
        .collect();
    let prices = if prices.is_empty() {
        product.prices.clone()
    } else {
        prices
    };
    let units = found.units.unwrap_or(1);
    let full: i64 = prices
        .iter()
        .map(|price| price.charge(seats.unwrap_or(1), units, None))
        .sum();
    let share = remaining_share(found, now);
    let trialing = found.status == "trialing";
    polar.change_subscription(&found.id, |found| {
        found.product_id = product.id.clone();
        found.prices = prices.clone();
        found.seats = seats;
        found.amount = full;
        if restart && !trialing {
            found.anchor = now;
            found.period_start = now;
            found.period_end = cadence.interval().after(now, 1);
        }
        found.cadence = cadence;
    });
    if let Some(reduced) = discounted(polar, found.discount_id.as_deref(), full, &found.currency) {
        polar.change_subscription(&found.id, |found| found.amount = reduced);
    }
    polar.emit_subscription("subscription.updated", &found.id);
    polar.grant_benefits(
        &product.id,
        &found.customer_id,
        &Source::Subscription(found.id.clone()),
    );
    polar.revoke_grants(|grant| {
        grant.subscription_id.as_deref() == Some(found.id.as_str())
            && !product.benefits.contains(&grant.benefit_id)
    });
    if !trialing {
        let fresh = if restart { full } else { scaled(full, share) };
        let lines = proration_lines(polar, found, product, fresh, scaled(found.amount, share));
        if restart || proration == Some("invoice") {
            invoice(polar, found, &product.id, lines);
        } else {
            polar.change_subscription(&found.id, |found| found.open_items.extend(lines));
        }
    }
    polar.emit_state(&found.customer_id);
}

fn discounted(polar: &Polar, id: Option<&str>, full: i64, currency: &str) -> Option<i64> {
    let discount = polar.discount(id?)?;
    Some(full - discount.reduction(full, currency))
}

/// How much of the running period is left, from 0 to 1.
fn remaining_share(found: &Subscription, now: OffsetDateTime) -> f64 {
    let whole = (found.period_end - found.period_start).as_seconds_f64();
    let left = (found.period_end - now).as_seconds_f64();
    if whole <= 0.0 {
        0.0
    } else {
        (left / whole).clamp(0.0, 1.0)
    }
}

fn scaled(amount: i64, share: f64) -> i64 {
    (amount as f64 * share).round() as i64
}

fn proration_lines(
    polar: &Polar,
    found: &Subscription,
    product: &Product,
    charge: i64,
    credit: i64,
) -> Vec<OrderItem> {
    let period = Some((polar.now, found.period_end));
    let old = polar
        .product(&found.product_id)
        .map(|product| product.name.clone());
    let old = format!("Remaining time on {}", old.unwrap_or_default());
    vec![
        item(&product.name, charge, product.prices.first(), period, true),
        item(&old, -credit, found.prices.first(), period, true),
    ]
}

fn invoice(polar: &mut Polar, found: &Subscription, product_id: &str, items: Vec<OrderItem>) {
    let order = polar.new_order(NewOrder {
        reason: "subscription_update",
        customer_id: found.customer_id.clone(),
        product_id: product_id.to_owned(),
        subscription_id: Some(found.id.clone()),
        checkout_id: None,
        discount_id: None,
        discount_amount: 0,
        currency: found.currency.clone(),
        seats: found.seats,
        units: found.units,
        metadata: found.metadata.clone(),
        custom_field_data: found.custom_field_data.clone(),
        items,
    });
    polar.emit_order("order.created", &order);
    polar.set_paid(&order);
    polar.emit_order("order.updated", &order);
    polar.emit_order("order.paid", &order);
}

fn change_seats(
    polar: &mut Polar,
    found: &Subscription,
    seats: i64,
    proration: Option<&str>,
) -> Result<(), Box<Reply>> {
    must_run(found)?;
    let Some((min, max)) = found.prices.iter().find_map(|price| match &price.kind {
        PriceKind::SeatBased { tiers, .. } => Some((
            tiers.first().map_or(1, |tier| tier.min),
            tiers.last().and_then(|tier| tier.max),
        )),
        _ => None,
    }) else {
        return Err(error::domain(
            400,
            "NotASeatBasedSubscription",
            "This subscription does not support seat-based pricing.",
        ));
    };
    if seats < min {
        return Err(error::domain(
            400,
            "BelowMinimumSeats",
            format!("Minimum seats is {min}."),
        ));
    }
    if let Some(max) = max.filter(|max| seats > *max) {
        return Err(error::domain(
            400,
            "AboveMaximumSeats",
            format!("Maximum seats is {max}."),
        ));
    }
    if proration == Some("next_period") {
        let now = polar.now;
        polar.change_subscription(&found.id, |found| {
            found.pending = Some(PendingUpdate {
                id: id::uuid(),
                created_at: now,
                product_id: None,
                seats: Some(seats),
            });
        });
        polar.emit_subscription("subscription.updated", &found.id);
        return Ok(());
    }
    let product = polar.product(&found.product_id).cloned();
    let product = product.ok_or_else(error::resource_not_found)?;
    switch(polar, found, &product, Some(seats), proration);
    Ok(())
}

fn change_units(
    polar: &mut Polar,
    found: &Subscription,
    units: i64,
    proration: Option<&str>,
) -> Result<(), Box<Reply>> {
    must_run(found)?;
    let unit_based = found
        .prices
        .iter()
        .any(|price| matches!(price.kind, PriceKind::UnitBased { .. }));
    if !unit_based {
        return Err(error::domain(
            400,
            "NotAUnitBasedSubscription",
            "This subscription does not support unit-based pricing.",
        ));
    }
    if proration == Some("next_period") {
        return Err(error::not_implemented("unit changes at the next period"));
    }
    let product = polar.product(&found.product_id).cloned();
    let product = product.ok_or_else(error::resource_not_found)?;
    polar.change_subscription(&found.id, |found| found.units = Some(units));
    let changed = Subscription {
        units: Some(units),
        ..found.clone()
    };
    switch(polar, &changed, &product, found.seats, proration);
    Ok(())
}

fn change_discount(
    polar: &mut Polar,
    found: &Subscription,
    discount_id: Option<String>,
) -> Result<(), Box<Reply>> {
    must_run(found)?;
    if let Some(id) = &discount_id
        && polar.discount(id).is_none()
    {
        return Err(error::broken_rule(
            &["body", "discount_id"],
            "Discount does not exist.",
            json!(id),
        ));
    }
    let Some(running) = polar.subscription(&found.id).cloned() else {
        return Ok(());
    };
    let (seats, units) = (running.seats.unwrap_or(1), running.units.unwrap_or(1));
    let full: i64 = running
        .prices
        .iter()
        .map(|price| price.charge(seats, units, None))
        .sum();
    let amount = discounted(polar, discount_id.as_deref(), full, &running.currency);
    polar.change_subscription(&found.id, |found| {
        found.discount_id = discount_id;
        found.amount = amount.unwrap_or(full);
        found.charges = 0;
    });
    polar.emit_subscription("subscription.updated", &found.id);
    Ok(())
}

fn change_trial(polar: &mut Polar, found: &Subscription, end: TrialEnd) -> Result<(), Box<Reply>> {
    must_run(found)?;
    let now = polar.now;
    match end {
        TrialEnd::At(at) if at <= found.period_end => Err(error::broken_rule(
            &["body", "trial_end"],
            "Trial end must be after the current period end.",
            json!(crate::calendar::polar(at).replace('Z', "+00:00")),
        )),
        TrialEnd::At(at) => {
            polar.change_subscription(&found.id, |found| {
                found.status = "trialing";
                found.trial = Some((found.trial.map_or(now, |trial| trial.0), at));
                found.period_end = at;
                found.anchor = at;
            });
            polar.emit_subscription("subscription.updated", &found.id);
            polar.emit_state(&found.customer_id);
            Ok(())
        }
        TrialEnd::Now | TrialEnd::Clear if found.status != "trialing" => Err(error::broken_rule(
            &["body", "trial_end"],
            "The subscription is not currently trialing.",
            json!("now"),
        )),
        TrialEnd::Now | TrialEnd::Clear => {
            polar.change_subscription(&found.id, |found| {
                found.trial = found.trial.map(|trial| (trial.0, now));
                found.period_end = now;
                found.anchor = now;
            });
            polar.end_period(&found.id);
            Ok(())
        }
    }
}

fn change_period(
    polar: &mut Polar,
    found: &Subscription,
    end: Option<OffsetDateTime>,
) -> Result<(), Box<Reply>> {
    must_run(found)?;
    let Some(end) = end.filter(|end| *end > polar.now) else {
        return Err(error::broken_rule(
            &["body", "current_billing_period_end"],
            "Current billing period end must be in the future.",
            Value::Null,
        ));
    };
    polar.change_subscription(&found.id, |found| {
        found.period_end = end;
        found.anchor = end;
        found.ends_at = found.ends_at.map(|_| end);
    });
    polar.emit_subscription("subscription.updated", &found.id);
    polar.emit_state(&found.customer_id);
    Ok(())
}

impl Polar {
    /// Applies what was put off to the end of the period.
    pub(crate) fn apply_pending(&mut self, id: &str) {
        let Some(found) = self.subscription(id).cloned() else {
            return;
        };
        let Some(pending) = found.pending.clone() else {
            return;
        };
        let product_id = pending
            .product_id
            .unwrap_or_else(|| found.product_id.clone());
        let Some(product) = self.product(&product_id).cloned() else {
            return;
        };
        let seats = pending.seats.or_else(|| seats_for(&product, found.seats));
        let cadence = product.recurring.clone();
        let now = self.now;
        self.change_subscription(id, |found| {
            found.pending = None;
            found.product_id = product.id.clone();
            found.prices = product.prices.clone();
            found.seats = seats;
            if let Some(cadence) = cadence.filter(|cadence| *cadence != found.cadence) {
                found.cadence = cadence;
                found.anchor = now;
            }
        });
        self.grant_benefits(
            &product.id,
            &found.customer_id,
            &Source::Subscription(id.to_owned()),
        );
        self.revoke_grants(|grant| {
            grant.subscription_id.as_deref() == Some(id)
                && !product.benefits.contains(&grant.benefit_id)
        });
    }
}
