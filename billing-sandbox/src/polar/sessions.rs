//! Customer sessions: short-lived credentials for the customer portal.

use super::auth::Session;
use super::body::finish;
use super::error;
use super::model::Customer;
use super::{Call, Polar};
use crate::calendar::polar as time_text;
use crate::check::Check;
use crate::check::rules::{string, url, uuid};
use crate::http::{Outcome, Reply};
use crate::id;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use time::Duration;

pub(crate) fn create(polar: &mut Polar, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let at = check.at(&value, &["body"]);
    let by_external =
        value.get("customer_id").is_none() && value.get("external_customer_id").is_some();
    let plain = at.object();
    if !plain.has("customer_id") && !plain.has("external_customer_id") {
        at.branch("CustomerSessionCustomerIDCreate")
            .object()
            .missing("customer_id");
        at.branch("CustomerSessionCustomerExternalIDCreate")
            .object()
            .missing("external_customer_id");
        finish(&check)?;
    }
    let (branch, field) = if by_external {
        (
            "CustomerSessionCustomerExternalIDCreate",
            "external_customer_id",
        )
    } else {
        ("CustomerSessionCustomerIDCreate", "customer_id")
    };
    let body = at.branch(branch).object();
    let wanted: String = if by_external {
        body.required(field, string)
    } else {
        body.required(field, uuid)
    };
    let member_id = body.nullable("member_id", uuid);
    let external_member = body.nullable("external_member_id", string);
    let return_url = body.nullable("return_url", url);
    finish(&check)?;
    let found: Option<&Customer> = if by_external {
        polar.customer_by_external(&wanted)
    } else {
        polar.customer_by_id(&wanted)
    };
    let Some(customer) = found.cloned() else {
        return Err(error::broken_rule(
            &["body", field],
            "Customer does not exist.",
            json!(wanted),
        ));
    };
    if let Some(member) = member_id {
        return Err(error::broken_rule(
            &["body", "member_id"],
            "Member does not exist for this customer.",
            json!(member),
        ));
    }
    if let Some(member) = external_member {
        return Err(error::broken_rule(
            &["body", "external_member_id"],
            "Member does not exist for this customer.",
            json!(member),
        ));
    }
    let token = id::token("polar_cst_");
    let expires_at = polar.now + Duration::HOUR;
    let email = utf8_percent_encode(
        customer.email.as_deref().unwrap_or_default(),
        NON_ALPHANUMERIC,
    );
    let reply = json!({
        "created_at": time_text(polar.now),
        "modified_at": null,
        "id": id::uuid(),
        "token": token,
        "expires_at": time_text(expires_at),
        "return_url": return_url,
        "customer_portal_url": format!(
            "{}/{}/portal?customer_session_token={token}&email={email}",
            polar.origin, polar.organization.slug,
        ),
        "customer_id": customer.id,
        "customer": polar.customer_json(&customer),
    });
    polar.sessions.push(Session {
        token,
        customer_id: customer.id,
        expires_at,
    });
    Ok(Reply::json(201, &reply))
}
