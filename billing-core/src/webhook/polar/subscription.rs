use super::{item, whole};
use crate::event::{SubscriptionSnapshot, SubscriptionStatus};
use crate::webhook::view::View;

/// Reads a subscription that is the event's own object.
pub(super) fn read(data: &View<'_>) -> Option<SubscriptionSnapshot> {
    whole(data, |data| {
        let mut price_ids: Vec<String> = data
            .objects("prices")
            .iter()
            .filter_map(|price| price.text("id").map(str::to_owned))
            .collect();
        if let Some(id) = data.text("price_id")
            && !price_ids.iter().any(|known| known == id)
        {
            price_ids.push(id.to_owned());
        }
        snapshot(data, data.object("product").as_ref(), price_ids)
    })
}

/// Reads the subscription fields; `product` is the product object that belongs to it.
pub(super) fn snapshot(
    data: &View<'_>,
    product: Option<&View<'_>>,
    price_ids: Vec<String>,
) -> Option<SubscriptionSnapshot> {
    let id = data.required_text("id")?;
    let status = SubscriptionStatus::from(data.required_text("status")?);
    let item = item(data, product, price_ids);
    let quantity = item.quantity;
    let mut snapshot = SubscriptionSnapshot::new(id, status, item);
    snapshot.quantity = quantity;
    snapshot.started_at = data.time("started_at").or_else(|| data.time("created_at"));
    snapshot.modified_at = data.time("modified_at");
    snapshot.current_period_start = data.time("current_period_start");
    snapshot.current_period_end = data.time("current_period_end");
    snapshot.cancel_at_period_end = data.flag("cancel_at_period_end").unwrap_or(false);
    snapshot.canceled_at = data.time("canceled_at");
    snapshot.ends_at = data.time("ends_at");
    snapshot.ended_at = data.time("ended_at");
    snapshot.trial_start = data.time("trial_start");
    snapshot.trial_end = data.time("trial_end");
    snapshot.past_due_at = data.time("past_due_at");
    snapshot.pause_at_period_end = data.flag("pause_at_period_end").unwrap_or(false);
    snapshot.paused_at = data.time("paused_at");
    snapshot.resumes_at = data.time("resumes_at");
    Some(snapshot)
}
