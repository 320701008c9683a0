use billing_core::event::{
    BillingEvent, EventKind, Matching, MoneySignal, PaymentReason, Reference, RefundState,
    SubscriptionStatus, UnresolvedReason,
};
use billing_core::webhook::Webhooks;
use client_core::webhook::{KeyDerivation, Keys};
use serde_json::{Value, json};
use time::macros::datetime;

use super::support::{DAY_0, TestClock, catalog, day, polar_order, polar_subscription, shared};

/// Signs a body and receives it.
pub(crate) fn receive(body: &Value) -> BillingEvent {
    let secret = "polar_whs_0123456789abcdefghijklmnopqrstuv";
    let bytes = body.to_string();
    let keys = Keys::new(secret, KeyDerivation::Utf8).unwrap();
    let headers = keys.sign("evt_1", DAY_0, bytes.as_bytes()).to_header_map();
    let receiver = Webhooks::polar(secret).clock(TestClock::at(DAY_0));
    receiver
        .receive(&headers, bytes.as_bytes())
        .unwrap()
        .remove(0)
}

fn reference(event: &BillingEvent) -> Reference {
    event.references(&catalog(), Matching::Ids).remove(0)
}

fn plan(plan: &str, price: Option<&str>) -> Reference {
    Reference::Plan {
        plan: plan.to_owned(),
        price: price.map(str::to_owned),
    }
}

#[test]
fn a_subscription_is_read_with_all_its_times() {
    let event = receive(&polar_subscription(
        "subscription.canceled",
        &json!({"cancel_at_period_end": true, "canceled_at": "2026-11-05T10:00:00.5Z",
            "ends_at": "2026-12-01T00:00:00Z", "seats": 3, "past_due_at": "2026-11-02T01:00:00+01:00",
            "trial_end": "2026-11-03T00:00:00Z", "resumes_at": "2027-01-01T00:00:00Z"}),
    ));
    assert_eq!(event.kind, EventKind::SubscriptionCanceled);
    assert_eq!(event.provider_type, "subscription.canceled");
    assert_eq!(event.occurred_at, datetime!(2026-11-01 00:00:01 UTC));
    assert_eq!(event.customer.external_id.as_deref(), Some("user_1"));
    assert_eq!(event.customer.provider_id.as_deref(), Some("cus_1"));
    let snapshot = event.subscription.unwrap();
    assert_eq!(snapshot.status, SubscriptionStatus::Active);
    assert!(snapshot.cancel_at_period_end);
    assert_eq!(
        snapshot.canceled_at,
        Some(datetime!(2026-11-05 10:00:00.5 UTC))
    );
    assert_eq!(snapshot.ends_at, Some(day(30)));
    assert_eq!(snapshot.past_due_at, Some(day(1)));
    assert_eq!(snapshot.trial_end, Some(day(2)));
    assert_eq!(snapshot.resumes_at, Some(datetime!(2027-01-01 00:00 UTC)));
    assert_eq!(snapshot.quantity, Some(3));
}

#[test]
fn products_are_found_by_product_id_then_price_id_then_stamp() {
    let by_product = receive(&polar_subscription("subscription.active", &json!({})));
    assert_eq!(reference(&by_product), plan("pro", Some("monthly")));

    let yearly = json!({"product_id": "prod_pro_yearly", "product": null, "prices": []});
    let by_price_product = receive(&polar_subscription("subscription.active", &yearly));
    assert_eq!(reference(&by_price_product), plan("pro", Some("yearly")));

    let by_price = json!({"product_id": "prod_new", "product": {"id": "prod_new", "metadata": {}}});
    let by_price = receive(&polar_subscription("subscription.active", &by_price));
    assert_eq!(reference(&by_price), plan("pro", Some("monthly")));

    let stamped = json!({"product_id": "prod_new", "prices": [], "product":
        {"id": "prod_new", "metadata": {"catalogPlanId": "team", "catalogPriceId": "monthly"}}});
    let stamped = receive(&polar_subscription("subscription.active", &stamped));
    assert_eq!(reference(&stamped), plan("team", Some("monthly")));
}

#[test]
fn the_display_name_counts_only_when_asked() {
    let renamed = json!({"product_id": "prod_new", "prices": [],
        "product": {"id": "prod_new", "name": "Pro", "metadata": {}}});
    let event = receive(&polar_subscription("subscription.active", &renamed));
    let Reference::Unresolved { item, reason } = reference(&event) else {
        panic!("resolved")
    };
    assert_eq!(item.product_id.as_deref(), Some("prod_new"));
    assert_eq!(reason, UnresolvedReason::NotInCatalog);
    let named = event.references(&catalog(), Matching::IdsThenNames);
    assert_eq!(named, [plan("pro", None)]);
}

#[test]
fn a_stamp_in_metadata_that_buyers_can_write_is_no_stamp() {
    let claimed = json!({"product_id": "prod_cheap", "prices": [],
        "product": {"id": "prod_cheap", "metadata": {}},
        "metadata": {"catalogPlanId": "team"},
        "customer": {"id": "cus_1", "external_id": "user_1",
            "metadata": {"catalogPlanId": "team"}}});
    let event = receive(&polar_subscription("subscription.active", &claimed));
    assert!(matches!(reference(&event), Reference::Unresolved { .. }));
}

#[test]
fn a_product_that_two_catalog_items_claim_is_neither() {
    use billing_core::Provider;
    use billing_core::catalog::{Catalog, Currency, Feature, Plan, Price};
    let plan = |name: &str| {
        Plan::new(name)
            .provider_id(Provider::Polar, "prod_pro")
            .entitle("a", true)
            .price("monthly", Price::monthly(100, Currency::USD))
    };
    let catalog = Catalog::builder()
        .feature("a", Feature::boolean())
        .plan("one", plan("One"))
        .plan("two", plan("Two"))
        .build()
        .unwrap();
    let event = receive(&polar_subscription("subscription.active", &json!({})));
    let Reference::Unresolved { reason, .. } = event.references(&catalog, Matching::Ids).remove(0)
    else {
        panic!("resolved")
    };
    let candidates = vec!["plans.one".to_owned(), "plans.two".to_owned()];
    assert_eq!(reason, UnresolvedReason::Ambiguous { candidates });
}

#[test]
fn only_order_paid_and_order_refunded_are_money_signals() {
    let signal = |event_type: &str, changes: Value| {
        receive(&polar_order(event_type, &changes))
            .payment
            .unwrap()
            .signal
    };
    assert_eq!(signal("order.paid", json!({})), MoneySignal::Paid);
    assert_eq!(signal("order.created", json!({})), MoneySignal::None);
    assert_eq!(signal("order.updated", json!({})), MoneySignal::None);
    let full = json!({"status": "refunded", "refunded_amount": 1000});
    assert_eq!(signal("order.refunded", full), MoneySignal::RefundedInFull);
    let part = json!({"status": "partially_refunded", "refunded_amount": 100});
    assert_eq!(signal("order.refunded", part), MoneySignal::RefundedInPart);
}

#[test]
fn an_order_is_read_with_its_amounts() {
    let payment = receive(&polar_order("order.paid", &json!({"units": 2})))
        .payment
        .unwrap();
    assert_eq!(payment.id, "ord_1");
    assert_eq!(
        (payment.amount, payment.currency.as_deref()),
        (Some(1190), Some("usd"))
    );
    assert_eq!(payment.refund, Some(RefundState::None));
    assert_eq!(payment.reason, Some(PaymentReason::Purchase));
    assert_eq!(payment.items[0].quantity, Some(2));
    assert_eq!(payment.created_at, Some(day(1)));
}

#[test]
fn the_subscription_in_an_order_counts_for_the_same_product_only() {
    let subscription = |product: &str| {
        json!({"subscription_id": "sub_1", "product_id": "prod_pro",
            "product": {"id": "prod_pro", "metadata": {}},
            "subscription": {"id": "sub_1", "status": "past_due", "product_id": product,
                "current_period_end": "2026-12-01T00:00:00Z"}})
    };
    let event = receive(&polar_order("order.updated", &subscription("prod_pro")));
    assert_eq!(
        event.subscription.unwrap().status,
        SubscriptionStatus::PastDue
    );
    let event = receive(&polar_order("order.updated", &subscription("prod_other")));
    assert_eq!(event.subscription, None);
}

#[test]
fn a_snapshot_with_an_unreadable_field_is_left_out_and_the_place_is_named() {
    for (field, value) in [
        ("ends_at", json!("tomorrow")),
        ("status", json!(null)),
        ("cancel_at_period_end", json!("no")),
        ("id", json!(5)),
        ("seats", json!(-1)),
    ] {
        let event = receive(&polar_subscription(
            "subscription.updated",
            &json!({field: value}),
        ));
        assert_eq!(event.subscription, None, "{field}");
        assert_eq!(event.defects[0].path, format!("data.{field}"));
        assert_eq!(event.customer.external_id.as_deref(), Some("user_1"));
    }
    let mut timeless = polar_subscription("subscription.updated", &json!({}));
    timeless["timestamp"] = json!("soon");
    let event = receive(&timeless);
    assert_eq!(
        (event.subscription, event.defects[0].path.as_str()),
        (None, "timestamp")
    );
    let event = receive(&json!({"type": "order.paid", "timestamp": "2026-11-01T00:00:00Z"}));
    assert_eq!(event.defects[0].path, "data");
}

#[test]
fn new_fields_statuses_and_missing_optional_fields_are_no_defects() {
    let body = json!({"type": "subscription.updated", "timestamp": "2026-11-01T00:00:00Z",
        "data": {"id": "sub_1", "status": "hibernating", "brand_new": {"a": [1]}}});
    let event = receive(&body);
    assert!(event.defects.is_empty());
    let status = event.subscription.unwrap().status;
    assert_eq!(
        status,
        SubscriptionStatus::Unknown("hibernating".to_owned())
    );
}

#[test]
fn kinds_have_the_shared_names() {
    let kind = |event_type: &str, changes: Value| {
        let body = match event_type.split_once('.').unwrap().0 {
            "order" => polar_order(event_type, &changes),
            _ => polar_subscription(event_type, &changes),
        };
        receive(&body).kind.as_str().to_owned()
    };
    for (event_type, changes, expected) in [
        ("subscription.created", json!({}), "subscription.created"),
        ("subscription.cycled", json!({}), "subscription.renewed"),
        (
            "subscription.uncanceled",
            json!({}),
            "subscription.uncanceled",
        ),
        (
            "subscription.revoked",
            json!({"status": "canceled"}),
            "subscription.revoked",
        ),
        (
            "subscription.revoked",
            json!({"status": "unpaid"}),
            "subscription.unpaid",
        ),
        (
            "subscription.past_due",
            json!({"status": "past_due"}),
            "subscription.past_due",
        ),
        ("subscription.resumed", json!({}), "subscription.resumed"),
        ("order.paid", json!({}), "invoice.paid"),
        (
            "order.created",
            json!({"status": "pending"}),
            "invoice.processing",
        ),
        (
            "order.updated",
            json!({"status": "void"}),
            "invoice.canceled",
        ),
        (
            "order.refunded",
            json!({"status": "refunded"}),
            "invoice.refunded",
        ),
    ] {
        assert_eq!(kind(event_type, changes), expected, "{event_type}");
    }
}

#[test]
fn refunds_and_disputes_are_reported_without_a_money_signal() {
    let refund = |status: &str, dispute: Value| {
        receive(
            &json!({"type": "refund.updated", "timestamp": "2026-11-01T00:00:00Z", "data":
            {"id": "ref_1", "status": status, "amount": 100, "currency": "usd",
            "order_id": "ord_1", "subscription_id": null, "customer_id": "cus_1",
            "dispute": dispute}}),
        )
    };
    let failed = refund("failed", Value::Null);
    assert_eq!(failed.kind, EventKind::InvoiceRefundFailed);
    let payment = failed.payment.unwrap();
    assert_eq!(
        (payment.id.as_str(), payment.signal),
        ("ord_1", MoneySignal::None)
    );
    assert_eq!(failed.customer.provider_id.as_deref(), Some("cus_1"));
    assert_eq!(
        refund("succeeded", json!({"status": "lost"})).kind,
        EventKind::DisputeLost
    );
    let opened = refund("pending", json!({"status": "needs_response"}));
    assert_eq!(opened.kind, EventKind::DisputeOpened);
}

#[test]
fn composed_payloads_of_every_kind_are_understood() {
    let mut seen = 0;
    for name in [
        "customer.state_changed",
        "order.created",
        "order.paid",
        "order.refunded",
        "refund.created",
        "subscription.active",
        "subscription.canceled",
        "subscription.created",
        "subscription.past_due",
        "subscription.paused",
        "subscription.revoked",
        "subscription.uncanceled",
        "subscription.updated",
    ] {
        let Some(text) = shared(&format!("fixtures/polar/{name}.json")) else {
            continue;
        };
        let event = receive(&serde_json::from_str(&text).unwrap());
        assert_eq!(event.defects, [], "{name}");
        assert_eq!(event.provider_type, name);
        if name.starts_with("subscription.") {
            assert_eq!(reference(&event), plan("pro", Some("monthly")), "{name}");
        }
        seen += 1;
    }
    assert!(seen == 0 || seen == 13);
}
