//! The nine bodies of `PATCH /v1/subscriptions/{id}`, which exclude each other.

use super::body::{literal_true, metadata};
use super::error;
use super::model::Metadata;
use super::subscriptions::REASONS;
use crate::check::rules::{boolean, datetime, int, one_of, string, uuid};
use crate::check::{At, Check, Obj};
use crate::http::Reply;
use serde_json::Value;
use time::OffsetDateTime;

const PRORATIONS: &[&str] = &["invoice", "prorate", "next_period", "reset"];

/// What is to become of a trial.
pub(crate) enum TrialEnd {
    Now,
    At(OffsetDateTime),
    Clear,
}

/// One of the bodies.
pub(crate) enum Update {
    Base {
        metadata: Option<Metadata>,
        product_id: Option<String>,
        proration: Option<String>,
        discount_id: Option<Option<String>>,
        trial_end: Option<TrialEnd>,
    },
    Seats {
        seats: i64,
        proration: Option<String>,
    },
    Units {
        units: i64,
        proration: Option<String>,
    },
    BillingPeriod(Option<OffsetDateTime>),
    Cancel {
        cancel: bool,
        reason: Option<String>,
        comment: Option<String>,
    },
    Revoke {
        reason: Option<String>,
        comment: Option<String>,
    },
    Pause {
        pause: bool,
        resumes_at: Option<OffsetDateTime>,
    },
    Resume,
    Clear,
}

fn i32_range() -> impl Fn(&At<'_>) -> Option<i64> {
    int(i64::from(i32::MIN), i64::from(i32::MAX))
}

fn proration(body: &Obj<'_>) -> Option<String> {
    body.nullable("proration_behavior", one_of(PRORATIONS))
}

fn why(body: &Obj<'_>) -> (Option<String>, Option<String>) {
    (
        body.nullable("customer_cancellation_reason", one_of(REASONS)),
        body.nullable("customer_cancellation_comment", string),
    )
}

fn base(body: &Obj<'_>) -> Update {
    body.forbid_others(&[
        "metadata",
        "product_id",
        "proration_behavior",
        "discount_id",
        "trial_end",
    ]);
    let trial_end = body
        .patch("trial_end", |at| match at.value.as_str() {
            Some("now") => Some(TrialEnd::Now),
            _ => datetime(at).map(TrialEnd::At),
        })
        .map(|given| given.unwrap_or(TrialEnd::Clear));
    Update::Base {
        metadata: body.optional("metadata", metadata),
        product_id: body.nullable("product_id", uuid),
        proration: proration(body),
        discount_id: body.patch("discount_id", uuid),
        trial_end,
    }
}

fn seats(body: &Obj<'_>) -> Update {
    body.forbid_others(&["seats", "proration_behavior"]);
    Update::Seats {
        seats: body.required("seats", i32_range()),
        proration: proration(body),
    }
}

fn units(body: &Obj<'_>) -> Update {
    body.forbid_others(&["units", "proration_behavior"]);
    Update::Units {
        units: body.required("units", i32_range()),
        proration: proration(body),
    }
}

fn billing_period(body: &Obj<'_>) -> Update {
    body.forbid_others(&["current_billing_period_end"]);
    Update::BillingPeriod(body.required("current_billing_period_end", |at| datetime(at).map(Some)))
}

fn cancel(body: &Obj<'_>) -> Update {
    body.forbid_others(&[
        "cancel_at_period_end",
        "customer_cancellation_reason",
        "customer_cancellation_comment",
    ]);
    let (reason, comment) = why(body);
    Update::Cancel {
        cancel: body.required("cancel_at_period_end", boolean),
        reason,
        comment,
    }
}

fn revoke(body: &Obj<'_>) -> Update {
    body.forbid_others(&[
        "revoke",
        "customer_cancellation_reason",
        "customer_cancellation_comment",
    ]);
    let (reason, comment) = why(body);
    body.required("revoke", literal_true);
    Update::Revoke { reason, comment }
}

fn pause(body: &Obj<'_>) -> Update {
    body.forbid_others(&["pause_at_period_end", "resumes_at"]);
    Update::Pause {
        pause: body.required("pause_at_period_end", boolean),
        resumes_at: body.nullable("resumes_at", datetime),
    }
}

fn resume(body: &Obj<'_>) -> Update {
    body.forbid_others(&["resume"]);
    body.required("resume", literal_true);
    Update::Resume
}

fn clear(body: &Obj<'_>) -> Update {
    body.forbid_others(&["pending_update"]);
    body.required("pending_update", |at| {
        if at.value.is_null() {
            return Some(());
        }
        at.fail("none_required", "Input should be None", None);
        None
    });
    Update::Clear
}

type Branch = (&'static str, fn(&Obj<'_>) -> Update);

const BRANCHES: &[Branch] = &[
    ("SubscriptionUpdateBase", base),
    ("SubscriptionUpdateSeats", seats),
    ("SubscriptionUpdateUnits", units),
    ("SubscriptionUpdateBillingPeriod", billing_period),
    ("SubscriptionCancel", cancel),
    ("SubscriptionRevoke", revoke),
    ("SubscriptionPause", pause),
    ("SubscriptionResume", resume),
    ("SubscriptionUpdateClear", clear),
];

/// Reads the body as the first branch that takes it; the faults of all are reported otherwise.
pub(crate) fn read(value: &Value) -> Result<Update, Box<Reply>> {
    let all = Check::new();
    for (name, branch) in BRANCHES {
        let check = Check::new();
        let update = branch(&check.at(value, &["body", name]).object());
        if check.is_clean() {
            return Ok(update);
        }
        for issue in check.take() {
            all.push(issue);
        }
    }
    Err(error::unprocessable("RequestValidationError", &all.take()))
}
