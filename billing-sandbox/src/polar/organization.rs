//! The one organization of a sandbox.

use super::query::{Query, SortKey};
use super::{Call, Polar, error};
use crate::calendar::polar as time_text;
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::{Value, json};
use time::OffsetDateTime;

#[derive(Clone, Debug)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) slug: String,
    created_at: OffsetDateTime,
    account_id: String,
}

impl Organization {
    pub(crate) fn new(now: OffsetDateTime) -> Self {
        Self {
            id: id::uuid(),
            name: "Sandbox".to_owned(),
            slug: "sandbox".to_owned(),
            created_at: now,
            account_id: id::uuid(),
        }
    }

    fn portal_settings() -> Value {
        json!({
            "usage": {"show": true},
            "subscription": {
                "update_seats": true, "update_units": true, "update_plan": true, "pause": true,
            },
            "customer": {"allow_email_change": true},
        })
    }

    /// The organization as its own token sees it.
    pub(crate) fn json(&self) -> Value {
        json!({
            "created_at": time_text(self.created_at),
            "modified_at": null,
            "id": self.id,
            "name": self.name,
            "slug": self.slug,
            "avatar_url": null,
            "proration_behavior": "prorate",
            "allow_customer_updates": true,
            "email": "support@example.com",
            "website": "https://example.com/",
            "socials": [],
            "status": "active",
            "details_submitted_at": time_text(self.created_at),
            "onboarding_resubmission_requested_at": null,
            "sso_enforced": false,
            "default_presentment_currency": "usd",
            "default_tax_behavior": "location",
            "feature_settings": {
                "issue_funding_enabled": false,
                "wallets_enabled": false,
                "member_model_enabled": false,
                "checkout_localization_enabled": false,
                "overview_metrics": null,
                "reset_proration_behavior_enabled": false,
                "off_session_charges_enabled": false,
                "unit_based_pricing_enabled": true,
                "meter_cycling_enabled": false,
                "slack_benefit_enabled": false,
                "preview_access_enabled": false,
                "disputes_enabled": false,
                "sso_enabled": false,
                "dispute_auto_accept_enabled": false,
                "compass_enabled": false,
                "merchant_migration_enabled": false,
                "frame_ancestors_enforced": false,
            },
            "subscription_settings": {
                "allow_multiple_subscriptions": true,
                "proration_behavior": "prorate",
                "benefit_revocation_grace_period": 0,
                "prevent_trial_abuse": false,
                "allow_customer_updates": true,
            },
            "customer_email_settings": {
                "order_confirmation": true,
                "payment_method_expiration_reminder": true,
                "subscription_cancellation": true,
                "subscription_confirmation": true,
                "subscription_cycled": true,
                "subscription_cycled_after_trial": true,
                "subscription_past_due": true,
                "subscription_paused": true,
                "subscription_resumed": true,
                "subscription_renewal_reminder": true,
                "subscription_revoked": true,
                "subscription_trial_conversion_reminder": true,
                "subscription_uncanceled": true,
                "subscription_updated": true,
            },
            "customer_portal_settings": Self::portal_settings(),
            "dispute_settings": {"auto_accept_below_amount": null},
            "embed_hosts": [],
            "country": null,
            "account_id": self.account_id,
            "payout_account_id": null,
            "capabilities": {
                "checkout_payments": true,
                "subscription_renewals": true,
                "payouts": true,
                "refunds": true,
                "api_access": true,
                "dashboard_access": true,
            },
        })
    }

    /// The organization as customers see it.
    pub(crate) fn portal_json(&self) -> Value {
        json!({
            "created_at": time_text(self.created_at),
            "modified_at": null,
            "id": self.id,
            "name": self.name,
            "slug": self.slug,
            "avatar_url": null,
            "proration_behavior": "prorate",
            "allow_customer_updates": true,
            "customer_portal_settings": Self::portal_settings(),
            "organization_features": {
                "member_model_enabled": false, "checkout_localization_enabled": false,
            },
        })
    }
}

pub(crate) fn list(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let mut query = Query::new(call.request);
    query.sorting(
        &[
            "created_at",
            "slug",
            "name",
            "next_review_threshold",
            "days_in_status",
        ],
        "created_at",
    );
    let slug = query.text("slug");
    query.finish()?;
    let found: Vec<&Organization> = Some(&polar.organization)
        .filter(|organization| slug.is_none_or(|slug| organization.slug == slug))
        .into_iter()
        .collect();
    Ok(query.page(
        found,
        |organization, _| SortKey::time(organization.created_at),
        |organization| organization.json(),
    ))
}

pub(crate) fn get(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let id = call.uuid(0, "id")?;
    if polar.organization.id == id {
        return Ok(Reply::json(200, &polar.organization.json()));
    }
    Err(error::resource_not_found())
}
