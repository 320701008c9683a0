use openmeter_client::{Event, Events};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{FAILED, Members, accepted};
use crate::Owner;
use crate::http::fields::Fields;
use crate::http::reply::{Refusal, Reply};
use crate::openmeter::OpenMeterOptions;

/// How many events a client may report at once.
const MOST_EVENTS: usize = 100;

/// Takes usage that a client reports. Subject and source are the bridge's, whatever the client says;
/// an id that the client chose counts among the client's own alone, so that it cannot make an event
/// of somebody else a duplicate.
pub(super) async fn ingest(
    options: &OpenMeterOptions,
    owner: Owner<'_>,
    mut fields: Fields,
) -> Result<Reply, Refusal> {
    let subject = options.subject(owner);
    let mut events = Vec::new();
    match fields.take("events") {
        Some(Value::Array(given)) => {
            if given.is_empty() {
                fields.issue("events", "Too small: expected array to have >=1 items");
            }
            if given.len() > MOST_EVENTS {
                let problem = format!("Too big: expected array to have <={MOST_EVENTS} items");
                fields.issue("events", &problem);
            }
            for (index, event) in given.into_iter().take(MOST_EVENTS).enumerate() {
                let path = format!("events.{index}");
                match event {
                    Value::Object(members) => {
                        events.extend(read(options, &subject, &mut fields, &path, members));
                    }
                    _ => fields.issue(&path, "Invalid input: expected object"),
                }
            }
        }
        Some(Value::Object(members)) => {
            events.extend(read(options, &subject, &mut fields, "events", members));
        }
        Some(_) => fields.issue("events", "Invalid input: expected object or array"),
        None => {
            let names = ["type", "data", "id", "time", "specversion"];
            let members = names
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), fields.take(name)?)))
                .collect();
            events.extend(read(options, &subject, &mut fields, "", members));
        }
    }
    fields.finish()?;
    let forbidden = |event: &&Event| !options.client_events.contains(&event.type_);
    if events.iter().any(|event| forbidden(&event)) {
        return Err(Refusal::forbidden(
            "This event cannot be reported by clients; report it from the server",
        )
        .code("EVENT_NOT_ALLOWED"));
    }
    let sent = options.client.events().ingest(Events::from(events)).await;
    sent.map_err(|error| Refusal::provider(FAILED, &error))?;
    Ok(accepted())
}

fn read(
    options: &OpenMeterOptions,
    subject: &str,
    fields: &mut Fields,
    path: &str,
    mut members: Members,
) -> Option<Event> {
    let at = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    let mut fits = true;
    let mut issue = |name: &str, problem: &str| {
        fields.issue(&at(name), problem);
        fits = false;
    };
    let kind = match members.remove("type") {
        Some(Value::String(kind)) if !kind.is_empty() => kind,
        _ => {
            issue("type", "OPENMETER_INVALID_EVENT");
            String::new()
        }
    };
    match members.remove("specversion") {
        None => {}
        Some(version) if version == "1.0" => {}
        Some(_) => issue("specversion", "Invalid input: expected \"1.0\""),
    }
    let mut event = Event::new(kind, subject).source(&options.source);
    match members.remove("data") {
        None => {}
        Some(data @ Value::Object(_)) => event = event.data(data),
        Some(_) => issue("data", "Invalid input: expected record"),
    }
    match members.remove("id") {
        None => {}
        Some(Value::String(id)) if !id.is_empty() => {
            event = event.id(format!("client:{subject}:{id}"));
        }
        Some(_) => issue("id", "Invalid input: expected string"),
    }
    if let Some(time) = members.remove("time") {
        match time
            .as_str()
            .map(|text| OffsetDateTime::parse(text, &Rfc3339))
        {
            Some(Ok(time)) => event = event.time(time),
            _ => issue("time", "Invalid ISO datetime"),
        }
    }
    fits.then_some(event)
}
