//! How a checkout reads on the wire.

use super::Polar;
use super::currency::format;
use super::discounts::checkout_json as discount_json;
use super::model::{Checkout, Price, PriceKind};
use crate::calendar::polar as time_text;
use serde_json::{Map, Value, json};

/// A checkout as its page shows it.
pub(crate) struct CheckoutPage {
    pub(crate) id: String,
    pub(crate) status: &'static str,
    pub(crate) product: String,
    pub(crate) total: String,
    /// Whether it is known who buys.
    pub(crate) has_buyer: bool,
    pub(crate) success_url: String,
}

impl Polar {
    pub(crate) fn checkout_json(&self, checkout: &Checkout) -> Value {
        let product = self.product(&checkout.product_id);
        let price = checkout.chosen_prices().first();
        let recurring = product.is_some_and(|product| product.recurring.is_some());
        let net = checkout.amount - checkout.discount_amount;
        let is_free =
            price.is_some_and(|price| matches!(price.kind, PriceKind::Fixed { amount: 0 }));
        let metered = checkout.chosen_prices().iter().any(Price::is_metered);
        let pays_now = net > 0 && checkout.trial.is_none();
        let needs_setup = recurring && (net > 0 || metered);
        let address = !checkout.billing_address.is_null();
        let products: Vec<Value> = checkout
            .products
            .iter()
            .filter_map(|id| self.product(id))
            .map(|product| self.public_product_json(product))
            .collect();
        let prices: Map<String, Value> = checkout
            .prices
            .iter()
            .map(|(product, prices)| (product.clone(), self.prices_json(prices)))
            .collect();
        let trial_end = checkout
            .trial
            .as_ref()
            .map(|trial| time_text(trial.interval().after(checkout.created_at, 1)));
        let base = json!({
            "id": checkout.id,
            "created_at": time_text(checkout.created_at),
            "modified_at": checkout.modified_at.map(time_text),
            "custom_field_data": checkout.custom_field_data,
            "payment_processor": "stripe",
            "status": checkout.status,
            "client_secret": checkout.client_secret,
            "url": format!("{}/checkout/{}", self.origin, checkout.client_secret),
            "expires_at": time_text(checkout.expires_at),
            "success_url": self.success_url(checkout),
            "return_url": checkout.return_url,
            "embed_origin": checkout.embed_origin,
            "amount": checkout.amount,
            "seats": checkout.seats,
            "min_seats": checkout.min_seats,
            "max_seats": checkout.max_seats,
            "units": checkout.units,
            "min_units": checkout.min_units,
            "max_units": checkout.max_units,
            "discount_amount": checkout.discount_amount,
            "net_amount": net,
            "tax_amount": (address || net == 0).then_some(0),
            "tax_behavior": address.then_some("exclusive"),
            "total_amount": net,
            "currency": checkout.currency,
            "allow_trial": checkout.allow_trial,
            "active_trial_interval": checkout.trial.as_ref().map(|trial| &trial.unit),
            "active_trial_interval_count": checkout.trial.as_ref().map(|trial| trial.count),
            "trial_end": trial_end,
            "trial_interval": checkout.own_trial.as_ref().map(|trial| &trial.unit),
            "trial_interval_count": checkout.own_trial.as_ref().map(|trial| trial.count),
        });
        let rest = json!({
            "organization_id": self.organization.id,
            "product_id": checkout.product_id,
            "product_price_id": price.map(|price| &price.id),
            "discount_id": checkout.discount_id,
            "allow_discount_codes": checkout.allow_discount_codes,
            "require_billing_address": checkout.require_billing_address,
            "is_discount_applicable": !is_free,
            "is_free_product_price": is_free,
            "is_payment_required": pays_now,
            "is_payment_setup_required": needs_setup,
            "is_payment_form_required": pays_now || needs_setup,
            "customer_id": checkout.customer_id,
            "is_business_customer": checkout.is_business,
            "customer_name": checkout.customer_name,
            "customer_email": checkout.customer_email,
            "customer_ip_address": checkout.customer_ip,
            "customer_billing_name": checkout.billing_name,
            "customer_billing_address": checkout.billing_address,
            "customer_tax_id": checkout.tax_id,
            "locale": checkout.locale,
            "payment_method_type": null,
            "payment_processor_metadata": {"publishable_key": "pk_test_sandbox"},
            "customer_billing_address_fields": {
                "country": true, "state": false, "city": false, "postal_code": false,
                "line1": false, "line2": false,
            },
            "billing_address_fields": {
                "country": "required", "state": "disabled", "city": "disabled",
                "postal_code": "disabled", "line1": "disabled", "line2": "disabled",
            },
            "metadata": checkout.metadata,
            "external_customer_id": checkout.external_customer_id,
            "customer_external_id": checkout.external_customer_id,
            "products": products,
            "product": product.map(|product| self.public_product_json(product)),
            "product_price": price.map(|price| self.price_json(price)),
            "prices": prices,
            "discount": checkout.discount_id.as_deref().and_then(|id| self.discount(id))
                .map(discount_json),
            "subscription_id": checkout.subscription_id,
            "attached_custom_fields": [],
            "customer_metadata": checkout.customer_metadata,
            "subtotal_amount": checkout.amount,
        });
        let mut out = base;
        if let (Value::Object(map), Value::Object(rest)) = (&mut out, rest) {
            map.extend(rest);
        }
        out
    }

    fn success_url(&self, checkout: &Checkout) -> String {
        checkout.success_url.as_ref().map_or_else(
            || {
                format!(
                    "{}/checkout/{}/confirmation",
                    self.origin, checkout.client_secret
                )
            },
            |url| {
                url.replace("{CHECKOUT_ID}", &checkout.id)
                    .replace("%7BCHECKOUT_ID%7D", &checkout.id)
            },
        )
    }

    /// What the checkout page needs, by client secret.
    pub(crate) fn checkout_by_secret(&self, secret: &str) -> Option<CheckoutPage> {
        let checkout = self
            .checkouts
            .iter()
            .find(|checkout| checkout.client_secret == secret)?;
        let product = self.product(&checkout.product_id)?;
        Some(CheckoutPage {
            id: checkout.id.clone(),
            status: checkout.status,
            product: product.name.clone(),
            total: format(
                checkout.amount - checkout.discount_amount,
                &checkout.currency,
            ),
            has_buyer: checkout.customer_id.is_some() || checkout.customer_email.is_some(),
            success_url: self.success_url(checkout),
        })
    }

    pub(crate) fn emit_checkout(&mut self, kind: &'static str, id: &str) {
        let found = self.checkouts.iter().find(|checkout| checkout.id == id);
        let Some(data) = found.map(|checkout| self.checkout_json(checkout)) else {
            return;
        };
        self.emit(kind, &data);
    }
}
