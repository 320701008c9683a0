//! Meters and features.

use indexmap::IndexMap;
use std::collections::{HashMap, HashSet};

use openmeter_client::client_core::json::Map;
use openmeter_client::models::{FeatureCreateInputs, MeterAggregation, MeterCreate};
use smol_str::SmolStr;

use super::is_snake_key;
use crate::catalog::{Aggregation, Catalog, FeatureType, Metadata, Meter};
use crate::compile::metadata::value_text;
use crate::compile::request::ApiRequest;
use crate::compile::stamps;

/// Name of a meter's id in stamped metadata.
pub(crate) const METER_STAMP: &str = "catalogMeterId";
/// Name of a feature's id in stamped metadata.
pub(crate) const FEATURE_STAMP: &str = "catalogFeatureId";

pub(super) fn meters(catalog: &Catalog) -> Vec<ApiRequest<MeterCreate>> {
    catalog
        .meters()
        .iter()
        .filter_map(|(id, meter)| {
            let body = body(id, meter)?;
            Some(ApiRequest::without_source("POST /api/v1/meters", body))
        })
        .collect()
}

fn body(id: &SmolStr, meter: &Meter) -> Option<MeterCreate> {
    let key = meter.key.as_ref().unwrap_or(id);
    let event_type = meter.event_type.as_ref().filter(|text| !text.is_empty())?;
    let aggregation = match meter.aggregation.as_ref()? {
        Aggregation::Sum => MeterAggregation::Sum,
        Aggregation::Count => MeterAggregation::Count,
        Aggregation::UniqueCount => MeterAggregation::UniqueCount,
        Aggregation::Latest => MeterAggregation::Latest,
        Aggregation::Average => MeterAggregation::Avg,
        Aggregation::Min => MeterAggregation::Min,
        Aggregation::Max => MeterAggregation::Max,
        Aggregation::Other(_) => return None,
    };
    if !is_snake_key(key) {
        return None;
    }
    let counts = aggregation == MeterAggregation::Count;
    let mut body = MeterCreate::new(key.as_str(), aggregation, event_type.as_str());
    if !counts {
        body.value_property = Some(json_path(meter.value_property.as_ref()?));
    }
    body.name = meter.name.as_ref().map(ToString::to_string);
    body.description = meter.description.as_ref().map(ToString::to_string);
    Some(body.metadata(stamped(&meter.metadata, METER_STAMP, id)))
}

/// The JSONPath of a property of the event's data; a JSONPath is taken as it is.
fn json_path(property: &str) -> String {
    if property.starts_with('$') {
        return property.to_owned();
    }
    let plain = property
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    if plain {
        format!("$.{property}")
    } else {
        format!(
            "$['{}']",
            property.replace('\\', r"\\").replace('\'', r"\'")
        )
    }
}

pub(super) fn features(
    catalog: &Catalog,
    meters: &[ApiRequest<MeterCreate>],
) -> Vec<ApiRequest<FeatureCreateInputs>> {
    let measuring: HashSet<&str> = meters
        .iter()
        .filter(|meter| measures(&meter.body.aggregation))
        .map(|meter| meter.body.slug.as_str())
        .collect();
    catalog
        .list_features()
        .filter(|view| is_snake_key(view.key))
        .map(|view| {
            let name = view.name.unwrap_or(view.key).as_str();
            let mut body = FeatureCreateInputs::new(view.key.as_str(), name);
            if view.item.feature_type == FeatureType::Metered {
                body.meter_slug = view
                    .item
                    .meter
                    .as_ref()
                    .and_then(|id| catalog.meters().get_key_value(id))
                    .map(|(id, meter)| meter.key.as_ref().unwrap_or(id).as_str())
                    .filter(|slug| measuring.contains(slug))
                    .map(ToOwned::to_owned);
            }
            let metadata = stamped(&view.item.metadata, FEATURE_STAMP, view.id);
            ApiRequest::without_source("POST /api/v1/features", body.metadata(metadata))
        })
        .collect()
}

/// Whether a feature can be measured by a meter of this aggregation.
fn measures(aggregation: &MeterAggregation) -> bool {
    matches!(
        aggregation,
        MeterAggregation::Sum
            | MeterAggregation::Count
            | MeterAggregation::UniqueCount
            | MeterAggregation::Latest
    )
}

/// The features that exist at OpenMeter, by their ids in the catalog.
pub(super) struct Known(HashMap<String, bool>);

impl Known {
    pub(super) fn new(features: &[ApiRequest<FeatureCreateInputs>]) -> Self {
        let metered = |body: &FeatureCreateInputs| (body.key.clone(), body.meter_slug.is_some());
        Self(
            features
                .iter()
                .map(|feature| metered(&feature.body))
                .collect(),
        )
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(super) fn is_metered(&self, key: &str) -> bool {
        self.0.get(key).copied().unwrap_or(false)
    }
}

/// Own metadata as text, with the id of the catalog's item.
pub(crate) fn stamped(own: &Metadata, stamp: &str, id: &str) -> Map<String> {
    let mut metadata: IndexMap<String, String> = own
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value_text(value)?)))
        .collect();
    stamps::keep_only(&mut metadata, &[]);
    metadata.insert(stamp.to_owned(), id.to_owned());
    metadata.into_iter().collect()
}
