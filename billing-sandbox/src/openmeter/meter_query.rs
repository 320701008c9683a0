//! Meter queries: what was used, by window and group.

use super::body::{finish, string_list, time as time_rule};
use super::event_store::{Worth, aggregate, exact};
use super::filter;
use super::meters::not_found;
use super::model::Meter;
use super::page;
use super::problem::{not_implemented, problem};
use super::{Call, OpenMeter};
use crate::calendar::{add_months, seconds};
use crate::check::Check;
use crate::check::rules::{any, one_of, string};
use crate::http::{Outcome, Reply, Request};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime, Time};

const WINDOWS: &[&str] = &["MINUTE", "HOUR", "DAY", "MONTH"];

#[derive(Clone, Debug, Default)]
pub(crate) struct MeterQuery {
    pub(crate) from: Option<OffsetDateTime>,
    pub(crate) to: Option<OffsetDateTime>,
    pub(crate) window: Option<String>,
    pub(crate) zone: Option<String>,
    pub(crate) subjects: Vec<String>,
    pub(crate) customers: Vec<String>,
    pub(crate) filters: Value,
    pub(crate) group_by: Vec<String>,
}

/// The start and end of the window that holds a moment, UTC.
fn window_of(window: &str, time: OffsetDateTime) -> (OffsetDateTime, OffsetDateTime) {
    let cut = |seconds: i64| {
        let stamp = time.unix_timestamp();
        let start =
            OffsetDateTime::from_unix_timestamp(stamp - stamp.rem_euclid(seconds)).unwrap_or(time);
        (start, start + Duration::seconds(seconds))
    };
    match window {
        "MINUTE" => cut(60),
        "HOUR" => cut(3600),
        "DAY" => cut(86_400),
        _ => {
            let date = time.date().replace_day(1).unwrap_or_else(|_| time.date());
            let start = time.replace_date(date).replace_time(Time::MIDNIGHT);
            (start, add_months(start, 1))
        }
    }
}

type GroupKey = (
    Option<OffsetDateTime>,
    Option<String>,
    Option<String>,
    Vec<Option<String>>,
);

struct Row {
    start: OffsetDateTime,
    end: OffsetDateTime,
    subject: Option<String>,
    customer: Option<String>,
    groups: Vec<(String, Option<String>)>,
    value: f64,
}

impl OpenMeter {
    fn run_query(&self, meter: &Meter, query: &MeterQuery) -> Result<Vec<Row>, Box<Reply>> {
        self.check_query(meter, query)?;
        let by_subject =
            !query.subjects.is_empty() || query.group_by.iter().any(|name| name == "subject");
        let by_customer =
            !query.customers.is_empty() || query.group_by.iter().any(|name| name == "customer_id");
        let names: Vec<&String> = query
            .group_by
            .iter()
            .filter(|name| !matches!(name.as_str(), "subject" | "customer_id"))
            .collect();
        let mut events: Vec<_> = self.events.iter().collect();
        events.sort_by_key(|event| event.time);
        let mut groups: BTreeMap<GroupKey, (Vec<Worth>, OffsetDateTime, OffsetDateTime)> =
            BTreeMap::new();
        for event in events {
            let Some(Ok(worth)) = meter.worth(event) else {
                continue;
            };
            let owner = self
                .owner(&event.subject)
                .map(|customer| customer.id.clone());
            let inside = query.from.is_none_or(|from| event.time >= from)
                && query.to.is_none_or(|to| event.time < to)
                && (query.subjects.is_empty() || query.subjects.contains(&event.subject))
                && (query.customers.is_empty()
                    || owner
                        .as_ref()
                        .is_some_and(|owner| query.customers.contains(owner)))
                && meter.passes(event, &query.filters);
            if !inside {
                continue;
            }
            let (start, end) = match &query.window {
                Some(window) => window_of(window, event.time),
                None => (
                    query.from.unwrap_or(event.time),
                    query
                        .to
                        .unwrap_or_else(|| window_of("MINUTE", event.time).1),
                ),
            };
            let key = (
                query.window.as_ref().map(|_| start),
                by_subject.then(|| event.subject.clone()),
                owner.filter(|_| by_customer),
                names.iter().map(|name| meter.group(event, name)).collect(),
            );
            let entry = groups.entry(key).or_insert((Vec::new(), start, end));
            entry.0.push(worth);
            entry.1 = entry.1.min(start);
            entry.2 = entry.2.max(end);
        }
        let rows = groups
            .into_iter()
            .filter_map(|(key, (worths, start, end))| {
                let (_, subject, customer, values) = key;
                Some(Row {
                    start: if query.window.is_none() {
                        query.from.unwrap_or_else(|| window_of("MINUTE", start).0)
                    } else {
                        start
                    },
                    end,
                    subject,
                    customer,
                    groups: names
                        .iter()
                        .map(|name| (*name).clone())
                        .zip(values)
                        .collect(),
                    value: aggregate(&meter.aggregation, &worths)?,
                })
            });
        Ok(rows.collect())
    }

    fn check_query(&self, meter: &Meter, query: &MeterQuery) -> Result<(), Box<Reply>> {
        if let (Some(from), Some(to)) = (query.from, query.to) {
            if from == to {
                return Err(problem(
                    400,
                    "validation error: from and to cannot be equal",
                ));
            }
            if from > to {
                return Err(problem(400, "validation error: from must be before to"));
            }
        }
        match query.zone.as_deref() {
            None | Some("" | "UTC" | "Etc/UTC" | "GMT" | "Etc/GMT") => {}
            Some(zone) if !zone.contains('/') => {
                return Err(problem(
                    400,
                    format!("invalid time zone: unknown time zone {zone}"),
                ));
            }
            Some(zone) => {
                return Err(not_implemented(&format!("queries in the time zone {zone}")));
            }
        }
        for name in &query.group_by {
            if name == "customer_id" && query.customers.is_empty() {
                let msg = "validation error: customer filter is required with customer_id group by";
                return Err(problem(400, msg));
            }
            let known = matches!(name.as_str(), "subject" | "customer_id")
                || meter.group_by.contains_key(name);
            if !known {
                return Err(problem(400, format!("invalid group by: {name}")));
            }
        }
        for customer in &query.customers {
            if !self.customers.iter().any(|known| known.id == *customer) {
                return Err(problem(404, format!("customer not found: {customer}")));
            }
        }
        for (name, wanted) in query.filters.as_object().into_iter().flatten() {
            if !meter.group_by.contains_key(name) {
                return Err(problem(400, format!("invalid group by filter: {name}")));
            }
            filter::check(wanted, 0)?;
        }
        Ok(())
    }

    pub(crate) fn answer_query(
        &self,
        meter: &Meter,
        query: &MeterQuery,
        request: &Request,
    ) -> Outcome {
        let rows = self.run_query(meter, query)?;
        if request
            .header("accept")
            .is_some_and(|accept| accept.trim().starts_with("text/csv"))
        {
            return Ok(csv(meter, query, &rows));
        }
        let data: Vec<Value> = rows
            .iter()
            .map(|row| {
                let groups: Map<String, Value> = row
                    .groups
                    .iter()
                    .map(|(name, value)| (name.clone(), json!(value)))
                    .collect();
                let mut map = Map::new();
                map.insert("value".into(), json!(row.value));
                map.insert("windowStart".into(), json!(seconds(row.start)));
                map.insert("windowEnd".into(), json!(seconds(row.end)));
                map.insert("subject".into(), json!(row.subject));
                map.insert("groupBy".into(), Value::Object(groups));
                if let Some(customer) = &row.customer {
                    map.insert("customerId".into(), json!(customer));
                }
                Value::Object(map)
            })
            .collect();
        let mut map = Map::new();
        super::body::put(
            &mut map,
            json!({
                "from": query.from.map(seconds),
                "to": query.to.map(seconds),
                "windowSize": query.window,
            }),
        );
        map.insert("data".into(), json!(data));
        Ok(Reply::json(200, &Value::Object(map)))
    }
}

fn csv_field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

fn csv(meter: &Meter, query: &MeterQuery, rows: &[Row]) -> Reply {
    let by_subject =
        !query.subjects.is_empty() || query.group_by.iter().any(|name| name == "subject");
    let names: Vec<&String> = query
        .group_by
        .iter()
        .filter(|name| !matches!(name.as_str(), "subject" | "customer_id"))
        .collect();
    let mut header = vec!["window_start".to_owned(), "window_end".to_owned()];
    if by_subject {
        header.push("subject".to_owned());
    }
    header.extend(names.iter().map(|name| csv_field(name)));
    header.push("value".to_owned());
    let mut lines = vec![header.join(",")];
    for row in rows {
        let mut fields = vec![seconds(row.start), seconds(row.end)];
        if by_subject {
            fields.push(csv_field(row.subject.as_deref().unwrap_or_default()));
        }
        fields.extend(
            row.groups
                .iter()
                .map(|(_, value)| csv_field(value.as_deref().unwrap_or_default())),
        );
        fields.push(format!("{:.6}", row.value));
        lines.push(fields.join(","));
    }
    Reply::text(200, "text/csv", lines.join("\n") + "\n").with(
        "content-disposition",
        format!("attachment; filename={}.csv", meter.slug),
    )
}

/// Reads the parameters that a GET query and a portal query share.
pub(crate) fn read_common(request: &Request) -> Result<MeterQuery, Box<Reply>> {
    let mut exact_filters = Map::new();
    for (name, value) in &request.query {
        let key = name
            .strip_prefix("filterGroupBy[")
            .and_then(|rest| rest.strip_suffix(']'));
        if let Some(key) = key {
            exact_filters.insert(key.to_owned(), json!(value));
        }
    }
    Ok(MeterQuery {
        from: page::time(request, "from")?,
        to: page::time(request, "to")?,
        window: page::word(request, "windowSize", WINDOWS)?.map(str::to_owned),
        zone: request.first("windowTimeZone").map(str::to_owned),
        subjects: Vec::new(),
        customers: Vec::new(),
        filters: exact(&exact_filters),
        group_by: request.all("groupBy").map(str::to_owned).collect(),
    })
}

pub(crate) fn get(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let request = call.request;
    let id = call.argument(0);
    let meter = om.meter(id).ok_or_else(|| not_found(id))?;
    let mut query = read_common(request)?;
    query.subjects = request.all("subject").map(str::to_owned).collect();
    query.customers = request.all("filterCustomerId").map(str::to_owned).collect();
    if let Some(text) = request.first("advancedMeterGroupByFilters") {
        if query
            .filters
            .as_object()
            .is_some_and(|filters| !filters.is_empty())
        {
            let msg = "advancedMeterGroupByFilters and filterGroupBy cannot be used together";
            return Err(problem(400, msg));
        }
        query.filters = serde_json::from_str(text)
            .map_err(|fault| problem(400, format!("invalid filter: {fault}")))?;
    }
    om.answer_query(meter, &query, request)
}

pub(crate) fn post(om: &mut OpenMeter, call: &Call<'_>) -> Outcome {
    let id = call.argument(0).to_owned();
    let meter = om.meter(&id).ok_or_else(|| not_found(&id))?;
    let value = if call.request.body.is_empty() {
        json!({})
    } else {
        call.body()?
    };
    let check = Check::new();
    let body = check.at(&value, &[]).object();
    let exact_filters = body.optional("filterGroupBy", |at| {
        crate::check::rules::object(at).inspect(|map| {
            let lists = map.values().all(Value::is_array);
            if !lists {
                at.fail("list_type", "value must be an array", None);
            }
        })
    });
    let advanced = body.optional("advancedMeterGroupByFilters", any);
    let query = MeterQuery {
        from: body.optional("from", time_rule),
        to: body.optional("to", time_rule),
        window: body.optional("windowSize", one_of(WINDOWS)),
        zone: body.optional("windowTimeZone", string),
        subjects: body.optional("subject", string_list).unwrap_or_default(),
        customers: body
            .optional("filterCustomerId", string_list)
            .unwrap_or_default(),
        filters: advanced
            .or_else(|| exact_filters.as_ref().map(exact))
            .unwrap_or_else(|| json!({})),
        group_by: body.optional("groupBy", string_list).unwrap_or_default(),
    };
    body.optional("clientId", crate::check::rules::text(1, 36));
    finish(&check, "MeterQueryRequest")?;
    om.answer_query(meter, &query, call.request)
}
