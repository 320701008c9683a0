use super::{item, money_signal, subscription as subscription_of, whole};
use crate::event::{
    MoneySignal, PaymentReason, PaymentSnapshot, RefundState, SubscriptionSnapshot,
};
use crate::webhook::view::View;

/// Reads an order.
pub(super) fn read(provider_type: &str, data: &View<'_>) -> Option<PaymentSnapshot> {
    whole(data, |data| {
        let id = data.required_text("id")?;
        let signal = money_signal(provider_type, data);
        let bought = item(data, data.object("product").as_ref(), price_ids(data));
        let is_known = bought.product_id.is_some() || !bought.price_ids.is_empty();
        let mut payment = PaymentSnapshot::new(id, signal, bought);
        if !is_known {
            payment.items.clear();
        }
        payment.status = data.text("status").map(str::to_owned);
        payment.refund = match data.free_text("status") {
            Some("pending" | "paid") => Some(RefundState::None),
            Some("partially_refunded") => Some(RefundState::InPart),
            Some("refunded") => Some(RefundState::InFull),
            _ => payment.refund,
        };
        payment.amount = data.integer("total_amount");
        payment.refunded_amount = data.integer("refunded_amount");
        payment.currency = data.text("currency").map(str::to_lowercase);
        payment.reason = data.text("billing_reason").map(PaymentReason::from);
        payment.subscription_id = data.text("subscription_id").map(str::to_owned);
        payment.checkout_id = data.text("checkout_id").map(str::to_owned);
        payment.created_at = data.time("created_at");
        Some(payment)
    })
}

/// Reads the subscription inside an order.
///
/// It comes without its product, so it counts only when the order is for the same product: else its
/// plan would look unknown.
pub(super) fn subscription(data: &View<'_>) -> Option<SubscriptionSnapshot> {
    whole(data, |data| {
        let subscription = data.object("subscription")?;
        let product = data.object("product")?;
        let same_product = subscription.text("product_id").is_some()
            && subscription.text("product_id") == product.text("id");
        let same_subscription = subscription.text("id") == data.text("subscription_id");
        if !(same_product && same_subscription) {
            return None;
        }
        subscription_of::snapshot(&subscription, Some(&product), price_ids(data))
    })
}

/// Reads the order that a refund is about. The money signal is `order.refunded`, which tells whether
/// the refund is full.
pub(super) fn of_refund(data: &View<'_>) -> Option<PaymentSnapshot> {
    whole(data, |data| {
        let order_id = data.required_text("order_id")?;
        let mut payment = PaymentSnapshot::new(
            order_id,
            MoneySignal::None,
            crate::event::PurchasedItem::default(),
        );
        payment.items.clear();
        payment.currency = data.text("currency").map(str::to_lowercase);
        payment.subscription_id = data.text("subscription_id").map(str::to_owned);
        Some(payment)
    })
}

fn price_ids(data: &View<'_>) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let items = data.objects("items");
    let listed = items
        .iter()
        .filter_map(|item| item.text("product_price_id"));
    for id in listed.chain(data.text("product_price_id")) {
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    ids
}
