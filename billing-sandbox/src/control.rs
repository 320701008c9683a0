//! What people reach by browser or curl beside the two APIs: the checkout page and the clock.

use crate::calendar;
use crate::http::{Reply, Request};
use crate::polar::Refused;
use crate::world::World;
use http::Method;
use serde_json::{Value, json};
use time::Duration;

/// Answers paths that belong to the sandbox itself; `None` for those of the APIs.
pub(crate) fn dispatch(world: &mut World, request: &Request) -> Option<Reply> {
    if request.path == "/sandbox/clock" {
        return Some(clock(world, request));
    }
    let secret = request
        .path
        .strip_prefix("/checkout/")?
        .trim_end_matches("/confirmation");
    Some(checkout(world, request, secret))
}

fn refused(status: u16, reason: &str) -> Reply {
    Reply::json(status, &json!({"error": reason}))
}

/// `GET` tells the time, `POST {"advance_seconds": n}` moves the clock ahead.
fn clock(world: &mut World, request: &Request) -> Reply {
    match request.method {
        Method::GET => {}
        Method::POST => {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let Some(seconds) = body.get("advance_seconds").and_then(Value::as_u64) else {
                return refused(400, "expected a body like {\"advance_seconds\": 86400}");
            };
            let step = Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX));
            let target = world.now.saturating_add(step);
            world.move_to(target);
        }
        _ => return refused(405, "GET reads the clock, POST moves it"),
    }
    Reply::json(200, &json!({"now": calendar::polar(world.now)}))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn page(status: u16, title: &str, body: &str) -> Reply {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <body style=\"font-family: sans-serif; max-width: 30rem; margin: 4rem auto\">\
         <h1>{title}</h1>{body}</body></html>",
    );
    Reply::text(status, "text/html; charset=utf-8", html)
}

/// The page that a checkout's `url` leads to: `GET` shows it, `POST` pays and goes on to the
/// success URL.
fn checkout(world: &mut World, request: &Request, secret: &str) -> Reply {
    let Some(found) = world.polar.checkout_by_secret(secret) else {
        return page(404, "No such checkout", "");
    };
    if request.method == Method::POST {
        let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body)
            .into_owned()
            .collect();
        let email = form
            .iter()
            .find(|(name, _)| name == "email")
            .map(|(_, value)| value.as_str());
        let email = email.filter(|email| email.contains('@'));
        return match world.polar.complete(&found.id, email) {
            Ok(_) => Reply::empty(303).with("location", found.success_url),
            Err(Refused::NoEmail) => page(422, "An e-mail address is needed", ""),
            Err(_) => page(409, "This checkout is not open", ""),
        };
    }
    if found.status != "open" {
        return page(200, &format!("Checkout {}", found.status), "");
    }
    let email = if found.has_buyer {
        ""
    } else {
        "<p><label>E-mail <input type=\"email\" name=\"email\" required></label></p>"
    };
    let body = format!(
        "<p>{} for <strong>{}</strong>. This is a sandbox: nothing is charged.</p>\
         <form method=\"post\">{email}<button>Pay</button></form>",
        escape(&found.product),
        escape(&found.total),
    );
    page(200, "Checkout", &body)
}
