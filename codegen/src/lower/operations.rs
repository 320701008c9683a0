use indexmap::IndexMap;

use super::{Lowering, Place, facts, unsupported};
use crate::Error;
use crate::document::{Located, Parameter, Response, Schema};
use crate::ir::{
    Accessor, Body, BodyFormat, Gate, Kind, Operation, PageStyle, PathParameter, QueryParameter,
    QueryStyle, Returns, Rule, Type, Union, Variant,
};
use crate::names::{Unique, pascal, snake};
use crate::overlay;

impl Lowering<'_> {
    /// Lowers the webhook payloads.
    pub(super) fn webhooks(&mut self) -> Result<(), Error> {
        for (event, schema) in self.document.webhook_payloads()? {
            match self.schema(&schema, &Place::new("Webhook", &event))? {
                (Type::Named(name), _) => self.api.webhooks.push((event, name)),
                _ => return Err(unsupported(&event, "webhook payload that is no object")),
            }
        }
        if !self.api.webhooks.is_empty() {
            let payloads = self.api.webhooks.clone();
            let variants = payloads
                .iter()
                .map(|(event, ty)| Variant {
                    rust: pascal(event),
                    ty: Type::Named(ty.clone()),
                    boxed: false,
                })
                .collect();
            let values = payloads
                .iter()
                .enumerate()
                .map(|(index, (event, _))| (vec![event.clone()], index))
                .collect();
            let rule = Rule::Tag {
                key: "type".to_owned(),
                values,
                absent: Vec::new(),
            };
            // `WebhookEvent` is what the API calls an event that it has stored.
            let name = self.names.claim("WebhookPayload".to_owned());
            self.define(&name, "the webhooks", Kind::Union(Union { variants, rule }));
            self.api.webhook_union = Some(name);
        }
        Ok(())
    }

    /// Lowers the operations.
    pub(super) fn operations(&mut self) -> Result<(), Error> {
        for located in self.document.operations()? {
            let id = &located.operation.operation_id;
            let overlay = self
                .overlay
                .operation
                .get(id)
                .ok_or_else(|| unsupported(id, "operation without an entry in the overlay"))?;
            let operation = self.operation(&located, overlay)?;
            self.api.operations.push(operation);
        }
        Ok(())
    }

    fn operation(
        &mut self,
        located: &Located,
        overlay: &overlay::Operation,
    ) -> Result<Operation, Error> {
        let source = &located.operation;
        let id = &source.operation_id;
        let resource = accessors(&overlay.resource);
        let feature = &self
            .overlay
            .resource
            .get(&overlay.resource)
            .ok_or_else(|| unsupported(id, format!("unknown resource {}", overlay.resource)))?
            .feature;
        let feature = format!("{}{feature}", self.target.feature_prefix);
        let stability = if source.internal || source.private {
            Some("v3-internal")
        } else if source.unstable {
            Some("v3-unstable")
        } else {
            None
        };
        let stability = stability
            .filter(|_| self.target.feature_prefix == "v3-")
            .map(str::to_owned);
        let mut unique = Unique::default();
        let path_parameters = template_names(&located.path)
            .into_iter()
            .map(|wire| PathParameter {
                rust: unique.claim(snake(&wire)),
                ty: self.path_type(&wire, &located.path),
                wire,
            })
            .collect();
        let mut query = Vec::new();
        for parameter in located
            .parameters
            .iter()
            .filter(|it| it.location == "query")
        {
            query.extend(self.query_parameter(parameter, &overlay.builder)?);
        }
        query.extend(overlay.query.iter().map(|wire| QueryParameter {
            wire: wire.clone(),
            rust: setter(wire),
            ty: Type::String,
            required: false,
            style: QueryStyle::Single,
            facts: crate::ir::Facts::default(),
            documented: false,
        }));
        let body = self.body(located, &overlay.builder)?;
        let (returns, success) = self.returns(located, &query, &overlay.builder)?;
        let security = source.security.as_deref();
        let mut scopes: Vec<String> = Vec::new();
        let mut credentials: Vec<String> = Vec::new();
        for (scheme, needed) in security.into_iter().flatten().flatten() {
            credentials.push(scheme.clone());
            for scope in needed {
                if !scopes.contains(scope) {
                    scopes.push(scope.clone());
                }
            }
        }
        let errors = located
            .responses
            .iter()
            .filter(|(status, _)| status.starts_with(['4', '5']))
            .map(|(status, response)| (status.clone(), error_name(response)))
            .collect();
        Ok(Operation {
            id: id.clone(),
            method: located.method.clone(),
            path: located.path.clone(),
            path_parameters,
            query,
            body,
            returns,
            success,
            errors,
            credentials,
            scopes,
            public: overlay.anonymous
                || self.target.tells_credentials
                    && security.is_none_or(|kinds| kinds.iter().all(IndexMap::is_empty)),
            deprecated: source.deprecated,
            gate: Gate { feature, stability },
            resource,
            name: overlay.method.clone(),
            builder: overlay.builder.clone(),
            summary: overlay.summary.clone(),
            notes: overlay.notes.clone(),
            deduplicated: overlay.idempotent,
            once: overlay.once,
        })
    }

    fn query_parameter(
        &mut self,
        parameter: &Parameter,
        builder: &str,
    ) -> Result<Vec<QueryParameter>, Error> {
        let make = |wire: &str, rust: String, ty, style, facts| QueryParameter {
            wire: wire.to_owned(),
            rust,
            ty,
            required: parameter.required,
            style,
            facts,
            documented: true,
        };
        let wire = parameter.name.as_str();
        if let Some(content) = &parameter.content {
            let schema = content.values().find_map(|media| media.schema.as_ref());
            let schema = schema.ok_or_else(|| unsupported(wire, "parameter without a schema"))?;
            let (ty, _) = self.schema(schema, &Place::new(builder, wire))?;
            let facts = facts::of(self.resolve(schema), schema);
            return Ok(vec![make(wire, setter(wire), ty, QueryStyle::Json, facts)]);
        }
        let schema = parameter
            .schema
            .as_ref()
            .ok_or_else(|| unsupported(wire, "parameter without a schema"))?;
        let resolved = self.resolve(schema).clone();
        let mut facts = facts::of(&resolved, schema);
        facts.deprecated |= parameter.deprecated;
        if parameter.style.as_deref() == Some("deepObject") {
            return self.deep_parameter(parameter, &resolved, builder, facts);
        }
        let (item, repeated) = item_of(self, &resolved);
        let item = item.unwrap_or_else(|| schema.clone());
        let (ty, _) = self.schema(&item, &Place::new(builder, wire))?;
        let ty = self.refine(ty, wire, builder, &item);
        let style = match (repeated, parameter.explode) {
            (false, _) => QueryStyle::Single,
            (true, Some(false)) => QueryStyle::Comma,
            (true, _) => QueryStyle::Repeated,
        };
        Ok(vec![make(wire, setter(wire), ty, style, facts)])
    }

    fn deep_parameter(
        &mut self,
        parameter: &Parameter,
        resolved: &Schema,
        builder: &str,
        facts: crate::ir::Facts,
    ) -> Result<Vec<QueryParameter>, Error> {
        let wire = parameter.name.as_str();
        let make = |wire: String, rust: String, ty, style, facts| QueryParameter {
            wire,
            rust,
            ty,
            required: parameter.required,
            style,
            facts,
            documented: true,
        };
        if wire == "page" {
            // Page numbers and cursors are plain parameters to a caller.
            let mut all = Vec::new();
            for (key, schema) in resolved.properties.iter().flatten() {
                let (ty, _) = self.schema(schema, &Place::new(builder, key))?;
                let rust = match key.as_str() {
                    "size" => "page_size".to_owned(),
                    "number" => "page_number".to_owned(),
                    other => snake(other),
                };
                let facts = facts::of(self.resolve(schema), schema);
                all.push(make(
                    format!("page[{key}]"),
                    rust,
                    ty,
                    QueryStyle::Single,
                    facts,
                ));
            }
            return Ok(all);
        }
        let parameter = if resolved.properties.is_some() {
            let schema = parameter.schema.clone().unwrap_or_default();
            let (ty, _) = self.schema(&schema, &Place::new(builder, wire))?;
            make(
                wire.to_owned(),
                setter(wire),
                ty,
                QueryStyle::DeepObject,
                facts,
            )
        } else {
            let of_lists = match &resolved.additional_properties {
                Some(crate::document::Additional::Of(of)) => of.kind() == Some("array"),
                _ => false,
            };
            let (ty, style) = if of_lists {
                (Type::I64, QueryStyle::DeepMapOfLists)
            } else {
                (Type::String, QueryStyle::DeepMap)
            };
            make(wire.to_owned(), setter(wire), ty, style, facts)
        };
        Ok(vec![parameter])
    }

    fn body(&mut self, located: &Located, builder: &str) -> Result<Option<Body>, Error> {
        let Some(body) = &located.operation.request_body else {
            return Ok(None);
        };
        let required = body.required;
        let id = &located.operation.operation_id;
        let (content_type, media) = body
            .content
            .first()
            .ok_or_else(|| unsupported(id, "body without content"))?;
        let schema = media
            .schema
            .as_ref()
            .ok_or_else(|| unsupported(id, "body without a schema"))?;
        let (ty, _) = self.schema(schema, &Place::new(builder, "Body"))?;
        let format = match content_type.as_str() {
            "application/json" => BodyFormat::Json,
            "application/x-www-form-urlencoded" => BodyFormat::Form,
            "application/cloudevents+json" => BodyFormat::CloudEvents,
            other => return Err(unsupported(id, format!("body of type {other}"))),
        };
        Ok(Some(Body {
            ty,
            required,
            format,
        }))
    }

    fn returns(
        &mut self,
        located: &Located,
        query: &[QueryParameter],
        builder: &str,
    ) -> Result<(Returns, Vec<u16>), Error> {
        let id = &located.operation.operation_id;
        let mut success = Vec::new();
        let mut json = None;
        let mut texts = Vec::new();
        let mut empty = false;
        let mut redirect = false;
        for (status, response) in &located.responses {
            let Ok(code) = status.parse::<u16>() else {
                continue;
            };
            if !(200..400).contains(&code) {
                continue;
            }
            success.push(code);
            redirect |= code >= 300;
            empty |= response.content.is_empty();
            for (kind, media) in &response.content {
                match (kind.as_str(), &media.schema) {
                    ("application/json", Some(schema)) if json.is_none() => {
                        json = Some(self.schema(schema, &Place::new(builder, "Response"))?.0);
                    }
                    ("application/json", None) => json = Some(Type::Value),
                    ("text/csv", _) => texts.push("text/csv"),
                    ("text/plain", _) => texts.push("text/plain"),
                    _ => {}
                }
            }
        }
        if redirect {
            return Ok((Returns::Redirect, success));
        }
        let get = located.method == "GET";
        let returns = match (json, texts.first()) {
            (Some(ty), Some(_)) => Returns::JsonOrCsv(ty),
            (None, Some(kind)) => Returns::Text(kind),
            (Some(Type::Page(item)), None) => {
                let style = self.page_style(query);
                Returns::Page(*item, style)
            }
            (Some(Type::List(item)), None) if get && !matches!(*item, Type::String) => {
                Returns::Page(*item, self.page_style(query))
            }
            (Some(ty), None) if empty => Returns::MaybeJson(ty),
            (Some(ty), None) => Returns::Json(ty),
            (None, None) if empty => Returns::Nothing,
            (None, None) => return Err(unsupported(id, "operation without an answer")),
        };
        Ok((returns, success))
    }

    fn page_style(&self, query: &[QueryParameter]) -> PageStyle {
        let has = |name: &str| query.iter().any(|parameter| parameter.wire == name);
        let number = |page: &str, size: &str, max| PageStyle::Number {
            page: page.to_owned(),
            size: size.to_owned(),
            max,
        };
        let cursor = |cursor: &str, size: &str| PageStyle::Cursor {
            cursor: cursor.to_owned(),
            size: size.to_owned(),
            max: 100,
        };
        let max = self.target.page_size;
        let limit = query.iter().find(|parameter| parameter.wire == "limit");
        if has("page[number]") {
            number("page[number]", "page[size]", max)
        } else if has("page[after]") {
            cursor("page[after]", "page[size]")
        } else if has("page") && has("pageSize") && has("limit") && has("offset") {
            PageStyle::NumberOrOffset {
                page: "page".to_owned(),
                size: "pageSize".to_owned(),
                max,
            }
        } else if has("page") && has("pageSize") {
            number("page", "pageSize", max)
        } else if has("page") && has("limit") {
            number("page", "limit", max)
        } else if has("cursor") {
            cursor("cursor", "limit")
        } else if let Some(max) = limit.and_then(|limit| limit.facts.maximum) {
            PageStyle::Cut {
                size: "limit".to_owned(),
                max,
            }
        } else {
            PageStyle::None
        }
    }
}

/// The schema of one value of a parameter that may be given several times.
fn item_of(lowering: &Lowering<'_>, schema: &Schema) -> (Option<Schema>, bool) {
    if schema.kind() == Some("array") {
        return (schema.items.as_deref().cloned(), true);
    }
    let Some(branches) = schema.branches() else {
        return (None, false);
    };
    let array = branches
        .iter()
        .map(|branch| lowering.resolve(branch))
        .find(|branch| branch.kind() == Some("array"));
    match array {
        Some(array) => (array.items.as_deref().cloned(), true),
        None => (None, false),
    }
}

/// The setter of a query parameter. A parameter named like a method of every builder gets an
/// underscore.
fn setter(wire: &str) -> String {
    let name = snake(wire);
    match name.as_str() {
        "send" | "stream" | "pages" | "strict" | "prefetch" | "resume_from" => name + "_",
        _ => name,
    }
}

/// `customers.entitlements(customerIdOrKey)` as steps.
fn accessors(path: &str) -> Vec<Accessor> {
    path.split('.')
        .map(|step| match step.split_once('(') {
            Some((name, rest)) => Accessor {
                name: name.to_owned(),
                binds: Some(rest.trim_end_matches(')').to_owned()),
            },
            None => Accessor {
                name: step.to_owned(),
                binds: None,
            },
        })
        .collect()
}

fn template_names(path: &str) -> Vec<String> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn error_name(response: &Response) -> Option<String> {
    let schema = response
        .content
        .values()
        .find_map(|media| media.schema.as_ref())?;
    schema.component().map(str::to_owned)
}
