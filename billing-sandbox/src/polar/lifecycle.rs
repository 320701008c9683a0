//! What time does: renewals, ends, trials, retries of payments, expiry of checkouts.

use super::Polar;
use super::completion::{NewOrder, item};
use super::grants::Source;
use super::model::{OrderItem, Price, Subscription};
use time::{Duration, OffsetDateTime};

/// The waits between the tries to collect an unpaid renewal; after the last the subscription ends.
const DUNNING_DAYS: &[i64] = &[2, 5, 7, 7];

enum Due {
    Period(String),
    Retry(String),
    Resume(String),
    Checkout(String),
}

impl Polar {
    /// Lets everything happen that is due until `target`, in order of time.
    pub(crate) fn settle(&mut self, target: OffsetDateTime) {
        while let Some((at, due)) = self.next_due(target) {
            self.now = self.now.max(at);
            match due {
                Due::Period(id) => self.end_period(&id),
                Due::Retry(id) => self.retry_payment(&id),
                Due::Resume(id) => self.resume(&id),
                Due::Checkout(id) => self.expire_checkout(&id),
            }
        }
        self.now = self.now.max(target);
    }

    fn next_due(&self, target: OffsetDateTime) -> Option<(OffsetDateTime, Due)> {
        let subscriptions = self
            .subscriptions
            .iter()
            .filter_map(|found| match found.status {
                "active" | "trialing" => Some((found.period_end, Due::Period(found.id.clone()))),
                "past_due" => found
                    .retry
                    .map(|(at, _)| (at, Due::Retry(found.id.clone()))),
                "paused" => found
                    .resumes_at
                    .map(|at| (at, Due::Resume(found.id.clone()))),
                _ => None,
            });
        let checkouts = self
            .checkouts
            .iter()
            .filter(|checkout| checkout.status == "open")
            .map(|checkout| (checkout.expires_at, Due::Checkout(checkout.id.clone())));
        subscriptions
            .chain(checkouts)
            .filter(|(at, _)| *at <= target)
            .min_by_key(|(at, _)| *at)
    }

    pub(crate) fn subscription(&self, id: &str) -> Option<&Subscription> {
        self.subscriptions.iter().find(|found| found.id == id)
    }

    /// Changes a subscription and stamps it as modified.
    pub(crate) fn change_subscription(&mut self, id: &str, change: impl FnOnce(&mut Subscription)) {
        let now = self.now;
        if let Some(found) = self.subscriptions.iter_mut().find(|found| found.id == id) {
            change(found);
            found.modified_at = Some(now);
        }
    }

    fn expire_checkout(&mut self, id: &str) {
        let now = self.now;
        if let Some(checkout) = self.checkouts.iter_mut().find(|checkout| checkout.id == id) {
            checkout.status = "expired";
            checkout.modified_at = Some(now);
        }
        self.emit_checkout("checkout.expired", id);
    }

    /// Ends the running period: cancels, pauses or renews, as was asked for.
    pub(crate) fn end_period(&mut self, id: &str) {
        let Some(found) = self.subscription(id) else {
            return;
        };
        if found.cancel_at_period_end {
            self.finish_canceled(id);
        } else if found.pause_at_period_end {
            self.pause(id);
        } else {
            self.renew(id);
        }
    }

    fn finish_canceled(&mut self, id: &str) {
        let now = self.now;
        self.change_subscription(id, |found| {
            found.status = "canceled";
            found.ended_at = Some(now);
            found.cancel_at_period_end = false;
        });
        self.emit_subscription("subscription.updated", id);
        self.emit_subscription("subscription.revoked", id);
        self.drop_subscription_grants(id);
    }

    fn drop_subscription_grants(&mut self, id: &str) {
        self.revoke_grants(|grant| grant.subscription_id.as_deref() == Some(id));
        if let Some(customer) = self.subscription(id).map(|found| found.customer_id.clone()) {
            self.emit_state(&customer);
        }
    }

    fn pause(&mut self, id: &str) {
        let now = self.now;
        self.change_subscription(id, |found| {
            found.status = "paused";
            found.paused_at = Some(now);
            found.pause_at_period_end = false;
        });
        self.emit_subscription("subscription.updated", id);
        self.emit_subscription("subscription.paused", id);
        self.drop_subscription_grants(id);
    }

    /// Ends a subscription at once.
    pub(crate) fn revoke_subscription(&mut self, id: &str) {
        let now = self.now;
        let was_canceled = self
            .subscription(id)
            .is_some_and(|found| found.canceled_at.is_some());
        self.change_subscription(id, |found| {
            found.status = "canceled";
            found.cancel_at_period_end = false;
            found.canceled_at = found.canceled_at.or(Some(now));
            found.ends_at = Some(now);
            found.ended_at = Some(now);
            found.retry = None;
            found.pending = None;
        });
        self.emit_subscription("subscription.updated", id);
        if !was_canceled {
            self.emit_subscription("subscription.canceled", id);
        }
        self.emit_subscription("subscription.revoked", id);
        self.drop_subscription_grants(id);
    }

    fn renew(&mut self, id: &str) {
        self.apply_pending(id);
        let Some(before) = self.subscription(id).cloned() else {
            return;
        };
        let interval = before.cadence.interval();
        let start = before.period_end;
        let index = interval.index_at(before.anchor, start);
        let end = interval.after(before.anchor, index + 1);
        let usage = self.usage_items(&before);
        self.reset_meters(&before);
        self.change_subscription(id, |found| {
            found.status = "active";
            found.period_start = start;
            found.period_end = end;
        });
        self.emit_subscription("subscription.cycled", id);
        self.emit_subscription("subscription.updated", id);
        self.cycle_grants(id);
        self.charge_period(id, usage);
    }

    /// Makes the order of the period that just began and tries to collect it.
    fn charge_period(&mut self, id: &str, usage: Vec<OrderItem>) {
        let Some(found) = self.subscription(id).cloned() else {
            return;
        };
        let period = (found.period_start, found.period_end);
        let name = self
            .product(&found.product_id)
            .map(|product| product.name.clone());
        let name = name.unwrap_or_default();
        let (seats, units) = (found.seats.unwrap_or(1), found.units.unwrap_or(1));
        let mut items: Vec<OrderItem> = found
            .prices
            .iter()
            .filter(|price| !price.is_metered())
            .map(|price| {
                let amount = price.charge(seats, units, Some(found.amount));
                item(&name, amount, Some(price), Some(period), false)
            })
            .collect();
        let base: i64 = items.iter().map(|item| item.amount).sum();
        let discount = found
            .discount_id
            .as_deref()
            .and_then(|id| self.discount(id));
        let discount = discount.filter(|discount| discount.applies_to(found.charges));
        let off = discount.map_or(0, |discount| discount.reduction(base, &found.currency));
        let discount_id = discount.map(|discount| discount.id.clone());
        items.extend(usage);
        items.extend(found.open_items.clone());
        self.change_subscription(id, |found| {
            found.open_items.clear();
            found.charges += 1;
            found.amount = base - off;
            found.discount_id = discount_id.clone();
        });
        let order = self.new_order(NewOrder {
            reason: "subscription_cycle",
            customer_id: found.customer_id.clone(),
            product_id: found.product_id.clone(),
            subscription_id: Some(id.to_owned()),
            checkout_id: None,
            discount_id,
            discount_amount: off,
            currency: found.currency.clone(),
            seats: found.seats,
            units: found.units,
            metadata: found.metadata.clone(),
            custom_field_data: found.custom_field_data.clone(),
            items,
        });
        self.emit_order("order.created", &order);
        self.collect(id, &order);
    }

    /// Tries to collect an order of a subscription.
    fn collect(&mut self, id: &str, order: &str) {
        let Some(found) = self.subscription(id).cloned() else {
            return;
        };
        let due = self
            .orders
            .iter()
            .find(|known| known.id == order)
            .map_or(0, |known| known.net());
        if due > 0 && self.declined.contains(&found.customer_id) {
            self.fall_past_due(&found, order);
            return;
        }
        self.set_paid(order);
        self.emit_order("order.updated", order);
        self.emit_order("order.paid", order);
        if found.status == "past_due" {
            self.change_subscription(id, |found| {
                found.status = "active";
                found.past_due_at = None;
                found.retry = None;
            });
            self.emit_subscription("subscription.updated", id);
            self.emit_subscription("subscription.active", id);
            let source = Source::Subscription(id.to_owned());
            self.grant_benefits(&found.product_id, &found.customer_id, &source);
        }
        self.emit_state(&found.customer_id);
    }

    fn fall_past_due(&mut self, found: &Subscription, order: &str) {
        let tried = found.retry.map_or(0, |(_, tried)| tried);
        let Some(days) = DUNNING_DAYS.get(tried) else {
            self.next_attempt(order, None);
            self.revoke_subscription(&found.id);
            return;
        };
        let next = self.now + Duration::days(*days);
        self.next_attempt(order, Some(next));
        let now = self.now;
        let first = found.status != "past_due";
        self.change_subscription(&found.id, |found| {
            found.status = "past_due";
            found.past_due_at = found.past_due_at.or(Some(now));
            found.retry = Some((next, tried + 1));
        });
        if first {
            self.emit_subscription("subscription.updated", &found.id);
            self.emit_subscription("subscription.past_due", &found.id);
            self.drop_subscription_grants(&found.id);
        }
    }

    fn next_attempt(&mut self, order: &str, at: Option<OffsetDateTime>) {
        let now = self.now;
        if let Some(order) = self.orders.iter_mut().find(|known| known.id == order) {
            order.next_payment_attempt_at = at;
            order.modified_at = Some(now);
        }
        self.emit_order("order.updated", order);
    }

    /// Tries to collect the unpaid order of a past-due subscription again.
    pub(crate) fn retry_payment(&mut self, id: &str) {
        let order = self
            .orders
            .iter()
            .rfind(|order| {
                order.subscription_id.as_deref() == Some(id) && order.status == "pending"
            })
            .map(|order| order.id.clone());
        match order {
            Some(order) => self.collect(id, &order),
            None => self.change_subscription(id, |found| found.retry = None),
        }
    }

    /// Starts a paused subscription again: a new period begins now and is charged.
    pub(crate) fn resume(&mut self, id: &str) {
        let now = self.now;
        self.change_subscription(id, |found| {
            found.status = "active";
            found.paused_at = None;
            found.resumes_at = None;
            found.anchor = now;
            found.period_start = now;
            found.period_end = found.cadence.interval().after(now, 1);
        });
        self.emit_subscription("subscription.updated", id);
        self.emit_subscription("subscription.resumed", id);
        let Some(found) = self.subscription(id).cloned() else {
            return;
        };
        let source = Source::Subscription(id.to_owned());
        self.grant_benefits(&found.product_id, &found.customer_id, &source);
        self.charge_period(id, Vec::new());
    }

    fn usage_items(&self, found: &Subscription) -> Vec<OrderItem> {
        let period = Some((found.period_start, found.period_end));
        found
            .prices
            .iter()
            .filter(|price| price.is_metered())
            .map(|price| {
                let meter = price.meter_id().and_then(|id| self.meter(id));
                let name = meter.map_or("", |meter| meter.name.as_str());
                item(
                    name,
                    self.metered_charge(found, price),
                    Some(price),
                    period,
                    false,
                )
            })
            .filter(|line| line.amount > 0)
            .collect()
    }

    /// Counts metered usage anew; meters with credits are handled with the credits.
    fn reset_meters(&mut self, found: &Subscription) {
        let credited: Vec<String> = self
            .grants
            .iter()
            .filter(|grant| {
                grant.granted_at.is_some()
                    && grant.subscription_id.as_deref() == Some(found.id.as_str())
            })
            .filter_map(|grant| self.benefit(&grant.benefit_id))
            .filter_map(|benefit| {
                benefit
                    .properties
                    .get("meter_id")?
                    .as_str()
                    .map(str::to_owned)
            })
            .collect();
        let (now, events) = (self.now, self.events.len());
        for meter in found.prices.iter().filter_map(Price::meter_id) {
            if !credited.contains(meter) {
                let entry = self.customer_meter_mut(&found.customer_id, meter);
                entry.from_event = events;
                entry.modified_at = Some(now);
            }
        }
    }
}
