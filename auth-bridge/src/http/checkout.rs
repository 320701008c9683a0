use http::StatusCode;
use polar_client::models::{CheckoutCreate, CustomFieldValue};
use serde_json::{Map, Value, json};
use url::Url;

use super::fields::Fields;
use super::reply::{Refusal, Reply};
use super::{Call, Json, Purpose, metadata};
use crate::polar::PolarOptions;
use crate::{AuthUser, Session};

const FAILED: &str = "Checkout creation failed";

/// What a client asks for.
struct Wanted {
    products: Vec<String>,
    slug: Option<String>,
    reference: Option<String>,
    redirect: bool,
    body: CheckoutCreate,
}

pub(super) async fn create(call: &Call<'_>, body: Json) -> Result<Reply, Refusal> {
    let options = call.polar()?;
    let mut wanted = read(call, options, Fields::of_body(body)?)?;
    let products = match &wanted.slug {
        Some(slug) => vec![find(options, slug).await?],
        None => std::mem::take(&mut wanted.products),
    };
    wanted.body.products = products.into_iter().map(Into::into).collect();
    let session = call.session().await?;
    let user = session.as_ref().map(Session::user);
    if options.authenticated_users_only {
        let refuse = |message| Err(Refusal::new(StatusCode::UNAUTHORIZED, message));
        match user {
            None => return refuse("You must be logged in to checkout"),
            Some(user) if user.is_anonymous() => {
                return refuse("Anonymous users are not allowed to checkout");
            }
            Some(_) => {}
        }
    }
    let mut body = wanted.body;
    if let Some(user) = user {
        body = body.external_customer_id(user.id());
    }
    if let Some(reference) = wanted.reference {
        check_reference(call, user, &reference).await?;
        let mut all = body.metadata.take().unwrap_or_default();
        all.insert("referenceId".to_owned(), reference.into());
        body.metadata = Some(all);
    }
    let created = options.client.checkouts().create(body).await;
    let checkout = created.map_err(|error| Refusal::provider(FAILED, &error))?;
    let url = checkout.url.expose();
    let url = match options.theme {
        None => url.to_owned(),
        Some(theme) => {
            let mut url = Url::parse(url).map_err(|error| Refusal::provider(FAILED, &error))?;
            url.query_pairs_mut().append_pair("theme", theme.as_str());
            url.into()
        }
    };
    Ok(Reply::ok(
        json!({ "url": url, "redirect": wanted.redirect }),
    ))
}

fn read(call: &Call<'_>, options: &PolarOptions, mut fields: Fields) -> Result<Wanted, Refusal> {
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let products = fields.texts("products").unwrap_or_default();
    let slug = filled(fields.text("slug"));
    let reference = filled(fields.text("referenceId"));
    if products.is_empty() && slug.is_none() {
        fields.issue("", "Invalid input: expected products or slug");
    }
    let redirect = fields.boolean("redirect").unwrap_or(true);
    let mut body = CheckoutCreate::new(Vec::<String>::new())
        .allow_discount_codes(fields.boolean("allowDiscountCodes").unwrap_or(true));
    if let Some(own) = metadata::take(&mut fields, "metadata").filter(|own| !own.is_empty()) {
        body.metadata = Some(metadata::to_polar(own));
    }
    if let Some(answers) = fields.object("customFieldData") {
        body.custom_field_data = Some(custom_fields(&mut fields, answers));
    }
    if let Some(id) = filled(fields.text("discountId")) {
        body = body.discount_id(id);
    }
    if let Some(allow) = fields.boolean("allowTrial") {
        body = body.allow_trial(allow);
    }
    let interval = fields.one_of("trialInterval", &["day", "week", "month", "year"]);
    let count = fields.integer("trialIntervalCount", 1, 1000);
    if (interval.is_some() || count.is_some()) && !options.client_trials {
        fields.issue(
            "trialInterval",
            "Clients may not choose the length of a trial",
        );
    }
    if let Some(interval) = interval {
        body = body.trial_interval(interval);
    }
    if let Some(count) = count {
        body = body.trial_interval_count(count);
    }
    if let Some(origin) = filled(fields.text("embedOrigin")) {
        match Url::parse(&origin) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                body = body.embed_origin(origin);
            }
            _ => fields.issue("embedOrigin", "Invalid URL"),
        }
    }
    let mut place = |name: &str, default: Option<&String>| -> Option<String> {
        match filled(fields.text(name)) {
            Some(given) => match call.chosen_url(&given) {
                Some(url) => Some(url),
                None => {
                    fields.issue(
                        name,
                        "Must be a path, or a URL of this site or a trusted one",
                    );
                    None
                }
            },
            None => default.and_then(|default| call.configured_url(default)),
        }
    };
    let success = place("successUrl", options.success_url.as_ref());
    let back = place("returnUrl", options.return_url.as_ref());
    if let Some(url) = success {
        body = body.success_url(url);
    }
    if let Some(url) = back {
        body = body.return_url(url);
    }
    fields.finish()?;
    Ok(Wanted {
        products,
        slug,
        reference,
        redirect,
        body,
    })
}

fn custom_fields(
    fields: &mut Fields,
    answers: Map<String, Value>,
) -> client_core::json::Map<Option<CustomFieldValue>> {
    let mut read = client_core::json::Map::default();
    for (slug, answer) in answers {
        let value = match answer {
            Value::Null => None,
            Value::String(text) => Some(CustomFieldValue::Text(text)),
            Value::Bool(flag) => Some(CustomFieldValue::Bool(flag)),
            Value::Number(number) if number.is_i64() => number.as_i64().map(Into::into),
            Value::Number(number) => Some(CustomFieldValue::Unknown(Value::Number(number).into())),
            Value::Array(_) | Value::Object(_) => {
                let path = format!("customFieldData.{slug}");
                fields.issue(&path, "Invalid input: expected string, number or boolean");
                continue;
            }
        };
        read.insert(slug, value);
    }
    read
}

async fn find(options: &PolarOptions, slug: &str) -> Result<String, Refusal> {
    let found = options.products.find(slug).await;
    found
        .map_err(|error| Refusal::internal("product lookup", &*error))?
        .ok_or_else(|| Refusal::bad_request("Product not found"))
}

/// A purchase for somebody else needs the right to act for them.
async fn check_reference(
    call: &Call<'_>,
    user: Option<&dyn AuthUser>,
    reference: &str,
) -> Result<(), Refusal> {
    let Some(user) = user else {
        return Err(Refusal::unauthorized());
    };
    if reference == user.id() {
        return Ok(());
    }
    call.authorize(user, reference, Purpose::Act).await
}

impl Call<'_> {
    pub(super) fn polar(&self) -> Result<&PolarOptions, Refusal> {
        let configured = self.parts.polar.as_ref();
        configured.ok_or_else(|| Refusal::internal("polar", "Polar is not configured"))
    }

    /// Resolves what the application configured against its own site.
    pub(super) fn configured_url(&self, place: &str) -> Option<String> {
        if !place.starts_with('/') {
            return Some(place.to_owned());
        }
        let own = self.parts.site.own(self.head)?;
        own.join(place).ok().map(Into::into)
    }

    /// Resolves what a client chose; `None` unless it is on a site that the application knows.
    fn chosen_url(&self, place: &str) -> Option<String> {
        let url = if place.starts_with('/') {
            self.parts.site.own(self.head)?.join(place).ok()?
        } else {
            Url::parse(place).ok()?
        };
        let known = self.parts.site.knows(&url, self.head);
        known.then(|| url.into())
    }
}
