//! Meters.

use polar_client::models::{
    CountAggregation, Filter, FilterClause, FilterConjunction, FilterOperator, MeterAggregation,
    MeterCreate, PropertyAggregation, PropertyAggregationFunc, UniqueAggregation,
};
use serde::Serialize;
use smol_str::SmolStr;

use super::{Refused, stored};
use crate::catalog::{Aggregation, Catalog, Meter};
use crate::compile::metadata::value_text;
use crate::compile::request::ApiRequest;
use crate::compile::stamps;

/// Name of a meter's id in stamped metadata.
pub(crate) const METER_STAMP: &str = "catalogMeterId";

/// A meter of the catalog: `POST /v1/meters/`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PolarMeter {
    /// The meter's id in the catalog.
    pub meter: SmolStr,
    /// The request; its metadata has `catalogMeterId`.
    #[serde(flatten)]
    pub request: ApiRequest<MeterCreate>,
}

pub(super) fn meters(catalog: &Catalog, refused: &Refused<'_>) -> Vec<PolarMeter> {
    let meters = catalog.meters().iter();
    meters
        .filter(|(id, _)| !refused.has(&format!("meters.{id}")))
        .filter_map(|(id, meter)| {
            Some(PolarMeter {
                meter: id.clone(),
                request: ApiRequest::without_source("POST /v1/meters/", body(id, meter)?),
            })
        })
        .collect()
}

fn body(id: &SmolStr, meter: &Meter) -> Option<MeterCreate> {
    let event_type = meter.event_type.as_ref()?.as_str();
    let named = FilterClause::new("name", FilterOperator::Eq, event_type);
    let filter = Filter::new(FilterConjunction::And, [named]);
    let mut metadata: indexmap::IndexMap<String, String> = meter
        .metadata
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value_text(value)?)))
        .collect();
    stamps::keep_only(&mut metadata, &[]);
    metadata.insert(METER_STAMP.to_owned(), id.to_string());
    let key = meter.key.as_ref().unwrap_or(id);
    let mut name = meter.name.as_ref().unwrap_or(key).to_string();
    if name.chars().count() < 3 {
        name.push_str(" meter");
    }
    Some(MeterCreate::new(name, filter, aggregation(meter)?).metadata(stored(metadata)))
}

fn aggregation(meter: &Meter) -> Option<MeterAggregation> {
    let of = |function| -> Option<MeterAggregation> {
        Some(PropertyAggregation::new(function, property(meter)?).into())
    };
    match meter.aggregation.as_ref()? {
        Aggregation::Count => Some(CountAggregation::new().into()),
        Aggregation::UniqueCount => Some(UniqueAggregation::new(property(meter)?).into()),
        Aggregation::Sum => of(PropertyAggregationFunc::Sum),
        Aggregation::Average => of(PropertyAggregationFunc::Avg),
        Aggregation::Min => of(PropertyAggregationFunc::Min),
        Aggregation::Max => of(PropertyAggregationFunc::Max),
        Aggregation::Latest | Aggregation::Other(_) => None,
    }
}

/// The path of the value in the event's metadata; a JSONPath loses its root.
fn property(meter: &Meter) -> Option<&str> {
    let property = meter.value_property.as_ref()?.as_str();
    Some(property.strip_prefix("$.").unwrap_or(property))
}
