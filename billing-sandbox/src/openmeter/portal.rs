//! Portal tokens and the queries that they allow.

use super::body::finish;
use super::meter_query::read_common;
use super::model::PortalToken;
use super::problem::problem;
use super::{Call, OpenMeter};
use crate::calendar::rfc3339;
use crate::check::Check;
use crate::check::rules::{list, text};
use crate::http::{Outcome, Reply};
use crate::id;
use serde_json::json;
use time::Duration;

pub(crate) fn create_token(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let value = call.body()?;
    let check = Check::new();
    let body = check.at(&value, &[]).object();
    let subject = body.required("subject", text(1, usize::MAX));
    let slugs = body.optional("allowedMeterSlugs", list(1, text(1, 64)));
    finish(&check, "PortalToken")?;
    let token = PortalToken {
        token: format!("om_portal_{}", id::alphanumeric(43)),
        subject,
        expires_at: om.now + Duration::HOUR,
        slugs,
    };
    let mut reply = json!({
        "id": id::uuid(),
        "subject": token.subject,
        "expiresAt": rfc3339(token.expires_at),
        "token": token.token,
    });
    if let (Some(map), Some(slugs)) = (reply.as_object_mut(), &token.slugs) {
        map.insert("allowedMeterSlugs".into(), json!(slugs));
    }
    om.portal_tokens.push(token);
    Ok(Reply::json(200, &reply))
}

/// Listing and invalidating tokens is not there in the open-source server either.
pub(crate) fn list_tokens(_om: &mut OpenMeter, _call: &Call<'_>) -> Outcome {
    Err(problem(
        501,
        "not implemented: listing portal tokens is not supported in OpenMeter OSS",
    ))
}

pub(crate) fn invalidate_tokens(_om: &mut OpenMeter, _call: &Call<'_>) -> Outcome {
    Err(problem(
        501,
        "not implemented: invalidating portal tokens is not supported in OpenMeter OSS",
    ))
}

pub(crate) fn query(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let header = call.request.header("authorization").unwrap_or_default();
    let Some(("Bearer", secret)) = header.split_once(' ') else {
        return Err(problem(401, "missing or malformed authorization header"));
    };
    let token = om
        .portal_tokens
        .iter()
        .find(|token| token.token == secret && token.expires_at > om.now)
        .ok_or_else(|| problem(401, "invalid portal token"))?;
    let slug = call.argument(0);
    if token
        .slugs
        .as_ref()
        .is_some_and(|slugs| !slugs.iter().any(|known| known == slug))
    {
        return Err(problem(
            401,
            format!("meter {slug} is not allowed by the portal token"),
        ));
    }
    let meter = om.meter(slug).filter(|meter| meter.slug == slug);
    let meter = meter.ok_or_else(|| super::meters::not_found(slug))?;
    let mut query = read_common(call.request)?;
    query.subjects = vec![token.subject.clone()];
    om.answer_query(meter, &query, call.request)
}
