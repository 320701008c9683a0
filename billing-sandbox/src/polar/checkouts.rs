//! Checkout sessions.

use super::body::{address, currency_code, finish, metadata};
use super::error;
use super::model::{Cadence, Checkout, Price, Product};
use super::prices::{NewPrice, price};
use super::query::{Query, SortKey};
use super::{Call, Polar};
use crate::check::rules::{boolean, email, int, list, object, one_of, string, text, url, uuid};
use crate::check::{At, Check, Obj, Seg};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::json;
use std::net::IpAddr;
use time::Duration;

/// How the server names this branch of the body's union in the place of a fault.
const BRANCH: &str = "function-after[_validate_unit_constraints(), \
    function-after[_validate_seat_constraints(), \
    function-after[is_complete_configuration(), CheckoutProductsCreate]]]";
const STATUSES: &[&str] = &["open", "expired", "confirmed", "succeeded", "failed"];

fn ip(at: &At<'_>) -> Option<String> {
    let text = string(at)?;
    if text.parse::<IpAddr>().is_err() {
        at.fail(
            "ip_any_address",
            "value is not a valid IPv4 or IPv6 address",
            None,
        );
        return None;
    }
    Some(text)
}

fn own_prices(at: &At<'_>) -> Option<Vec<(String, Vec<NewPrice>)>> {
    object(at)?;
    let mut out = Vec::new();
    for (product, prices) in at.value.as_object().into_iter().flatten() {
        let field = at.under(Seg::Key(product.clone()), prices);
        if let Some(prices) = list(1, price)(&field) {
            out.push((product.to_ascii_lowercase(), prices));
        }
    }
    Some(out)
}

/// The prices to charge together: those of the wanted currency, or of the product's own.
fn in_currency(prices: &[Price], wanted: Option<&str>) -> Vec<Price> {
    let has = |code: &str| prices.iter().any(|price| price.currency == code);
    let code = wanted.filter(|code| has(code)).map_or_else(
        || {
            if has("usd") {
                "usd".to_owned()
            } else {
                first_currency(prices)
            }
        },
        str::to_owned,
    );
    prices
        .iter()
        .filter(|price| price.currency == code)
        .cloned()
        .collect()
}

fn first_currency(prices: &[Price]) -> String {
    prices
        .first()
        .map_or_else(|| "usd".to_owned(), |price| price.currency.clone())
}

struct Draft {
    products: Vec<String>,
    prices: Vec<(String, Vec<NewPrice>)>,
    amount: Option<i64>,
    currency: Option<String>,
    checkout: Checkout,
}

fn read(polar: &Polar, body: &Obj<'_>) -> Draft {
    let seats = int(1, 10_000);
    let units = int(1, i64::from(i32::MAX));
    let trial_unit = body.nullable("trial_interval", one_of(&["day", "week", "month", "year"]));
    let trial_count = body.nullable("trial_interval_count", int(1, 1000));
    let checkout = Checkout {
        id: id::uuid(),
        created_at: polar.now,
        modified_at: None,
        status: "open",
        client_secret: id::token("polar_c_"),
        expires_at: polar.now + Duration::DAY,
        metadata: body.optional("metadata", metadata).unwrap_or_default(),
        custom_field_data: body
            .optional("custom_field_data", object)
            .unwrap_or_default()
            .into(),
        discount_id: body.nullable("discount_id", uuid),
        allow_discount_codes: body
            .optional("allow_discount_codes", boolean)
            .unwrap_or(true),
        require_billing_address: body
            .optional("require_billing_address", boolean)
            .unwrap_or(false),
        seats: body.nullable("seats", &seats),
        min_seats: body.nullable("min_seats", &seats),
        max_seats: body.nullable("max_seats", &seats),
        units: body.nullable("units", &units),
        min_units: body.nullable("min_units", &units),
        max_units: body.nullable("max_units", &units),
        allow_trial: body.optional("allow_trial", boolean).unwrap_or(true),
        own_trial: trial_unit.map(|unit| Cadence {
            unit,
            count: trial_count.unwrap_or(1),
        }),
        trial: None,
        customer_id: body.nullable("customer_id", uuid),
        is_business: body
            .optional("is_business_customer", boolean)
            .unwrap_or(false),
        external_customer_id: body.nullable("external_customer_id", string),
        customer_name: body.nullable("customer_name", text(0, 256)),
        customer_email: body.nullable("customer_email", email),
        customer_ip: body.nullable("customer_ip_address", ip),
        billing_name: body.nullable("customer_billing_name", string),
        billing_address: body
            .nullable("customer_billing_address", address)
            .unwrap_or_default(),
        tax_id: body.nullable("customer_tax_id", string),
        customer_metadata: body
            .optional("customer_metadata", metadata)
            .unwrap_or_default(),
        subscription_id: body.nullable("subscription_id", uuid),
        success_url: body.nullable("success_url", url),
        return_url: body.nullable("return_url", url),
        embed_origin: body.nullable("embed_origin", string),
        locale: body
            .nullable("locale", string)
            .unwrap_or_else(|| "en".to_owned()),
        amount: 0,
        discount_amount: 0,
        currency: String::new(),
        products: Vec::new(),
        product_id: String::new(),
        prices: Vec::new(),
    };
    Draft {
        products: body.required("products", list(1, uuid)),
        prices: body.nullable("prices", own_prices).unwrap_or_default(),
        amount: body.nullable("amount", int(0, i64::MAX)),
        currency: body.nullable("currency", currency_code),
        checkout,
    }
}

pub(crate) fn create(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &["body"]).branch(BRANCH).object();
    let draft = read(polar, &body);
    finish(&check)?;
    if draft.checkout.subscription_id.is_some() {
        return Err(error::not_implemented(
            "checkouts that upgrade a subscription",
        ));
    }
    let products = find_products(polar, &draft.products)?;
    let Some(chosen) = products.first() else {
        return Err(error::resource_not_found());
    };
    let Draft {
        prices: own,
        amount,
        currency,
        mut checkout,
        ..
    } = draft;
    checkout.products = products.iter().map(|product| product.id.clone()).collect();
    checkout.product_id = chosen.id.clone();
    checkout.prices = products
        .iter()
        .map(|product| {
            let sent = own
                .iter()
                .find(|(id, _)| *id == product.id)
                .map(|(_, prices)| prices);
            let prices = sent.map_or_else(
                || in_currency(&product.prices, currency.as_deref()),
                |prices| {
                    let fresh: Vec<Price> = prices
                        .iter()
                        .map(|price| price.clone().into_price(product, "ad_hoc", polar.now))
                        .collect();
                    in_currency(&fresh, currency.as_deref())
                },
            );
            (product.id.clone(), prices)
        })
        .collect();
    checkout.currency = first_currency(checkout.chosen_prices());
    let seat_based = checkout.chosen_prices().iter().any(is_seat_based);
    if seat_based {
        checkout.seats = checkout.seats.or(checkout.min_seats).or(Some(1));
    } else if checkout.seats.is_some() {
        return Err(error::broken_rule(
            &["body", "seats"],
            "Seats can only be set for seat-based pricing.",
            json!(checkout.seats),
        ));
    }
    let (seats, units) = (checkout.seats.unwrap_or(1), checkout.units.unwrap_or(1));
    checkout.amount = checkout
        .chosen_prices()
        .iter()
        .map(|price| price.charge(seats, units, amount))
        .sum();
    if chosen.recurring.is_some() && checkout.allow_trial {
        checkout.trial = checkout.own_trial.clone().or_else(|| chosen.trial.clone());
    }
    link_customer(polar, &mut checkout)?;
    apply_discount(polar, &mut checkout)?;
    let id = checkout.id.clone();
    polar.checkouts.push(checkout);
    polar.emit_checkout("checkout.created", &id);
    reply(polar, &id, 201)
}

fn is_seat_based(price: &Price) -> bool {
    matches!(price.kind, super::model::PriceKind::SeatBased { .. })
}

fn find_products(polar: &Polar, ids: &[String]) -> Result<Vec<Product>, Box<Reply>> {
    let mut products = Vec::new();
    let mut issues = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        let place = index.to_string();
        let loc = ["body", "products", &place];
        match polar.product(id) {
            None => issues.push(error::rule(&loc, "Product does not exist.", json!(id))),
            Some(product) if product.is_archived => {
                issues.push(error::rule(&loc, "Product is archived.", json!(id)));
            }
            Some(product) => products.push(product.clone()),
        }
    }
    if issues.is_empty() {
        Ok(products)
    } else {
        Err(error::broken_rules(&issues))
    }
}

fn link_customer(polar: &Polar, checkout: &mut Checkout) -> Result<(), Box<Reply>> {
    let customer = match (&checkout.customer_id, &checkout.external_customer_id) {
        (Some(id), _) => Some(polar.customer_by_id(id).ok_or_else(|| {
            error::broken_rule(
                &["body", "customer_id"],
                "Customer does not exist.",
                json!(id),
            )
        })?),
        (None, Some(external)) => polar.customer_by_external(external),
        (None, None) => None,
    };
    if let Some(customer) = customer {
        checkout.customer_id = Some(customer.id.clone());
        checkout.customer_email = customer.email.clone().or(checkout.customer_email.take());
        checkout.customer_name = customer.name.clone().or(checkout.customer_name.take());
        checkout.billing_name = checkout
            .billing_name
            .take()
            .or_else(|| customer.name.clone());
        if checkout.billing_address.is_null() {
            checkout.billing_address = customer.billing_address.clone();
        }
    }
    Ok(())
}

fn apply_discount(polar: &Polar, checkout: &mut Checkout) -> Result<(), Box<Reply>> {
    let Some(id) = &checkout.discount_id else {
        return Ok(());
    };
    let refused = |msg| Err(error::broken_rule(&["body", "discount_id"], msg, json!(id)));
    let Some(discount) = polar.discount(id) else {
        return refused("Discount does not exist.");
    };
    let running = discount.starts_at.is_none_or(|start| start <= polar.now)
        && discount.ends_at.is_none_or(|end| end > polar.now)
        && discount
            .max_redemptions
            .is_none_or(|max| discount.redemptions < max)
        && (discount.products.is_empty() || discount.products.contains(&checkout.product_id));
    if !running {
        return refused("Discount is not applicable.");
    }
    checkout.discount_amount = discount.reduction(checkout.amount, &checkout.currency);
    Ok(())
}

fn reply(polar: &Polar, id: &str, status: u16) -> Outcome {
    let checkout = polar.checkouts.iter().find(|checkout| checkout.id == id);
    let checkout = checkout.ok_or_else(error::resource_not_found)?;
    Ok(Reply::json(status, &polar.checkout_json(checkout)))
}

pub(crate) fn get(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    reply(polar, &call.uuid(0, "id")?, 200)
}

pub(crate) fn list_all(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(&["created_at", "expires_at", "status"], "-created_at");
    let organizations = query.uuids("organization_id");
    let products = query.uuids("product_id");
    let customers = query.uuids("customer_id");
    let externals = query.texts("external_customer_id");
    let statuses = query.words("status", STATUSES);
    let search = query.text("query").map(str::to_lowercase);
    query.finish()?;
    let found: Vec<&Checkout> = polar
        .checkouts
        .iter()
        .filter(|checkout| {
            let external = checkout.external_customer_id.clone().or_else(|| {
                polar
                    .customer_by_id(checkout.customer_id.as_deref()?)?
                    .external_id
                    .clone()
            });
            let email = checkout.customer_email.as_deref().map(str::to_lowercase);
            Query::passes(&organizations, &polar.organization.id)
                && Query::passes(&products, &checkout.product_id)
                && Query::passes_optional(&customers, checkout.customer_id.as_deref())
                && Query::passes_optional(&externals, external.as_deref())
                && Query::passes(&statuses, checkout.status)
                && search
                    .as_ref()
                    .is_none_or(|text| email.as_ref().is_some_and(|email| email.contains(text)))
        })
        .collect();
    Ok(query.page(
        found,
        |checkout, name| match name {
            "expires_at" => SortKey::time(checkout.expires_at),
            "status" => SortKey::text(checkout.status),
            _ => SortKey::time(checkout.created_at),
        },
        |checkout| polar.checkout_json(checkout),
    ))
}
