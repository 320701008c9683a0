//! Validating and compiling catalogs of growing size: the time for one plan must not grow.
//!
//! Each plan has 8 entitlements and 2 prices; ten add-ons are open to every plan.
//! `cargo bench -p billing-core --bench catalog`

#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use billing_core::Provider;
use billing_core::catalog::{
    Addon, Catalog, CatalogBuilder, Currency, Entitlement, Feature, Meter, Plan, Price, Reset,
    Topup,
};
use billing_core::compile::Strict;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn catalog(plans: usize) -> CatalogBuilder {
    let mut builder = Catalog::builder().meter("calls", Meter::count("api.call"));
    for index in 0..8 {
        let feature = if index % 2 == 0 {
            Feature::metered("calls")
        } else {
            Feature::boolean()
        };
        builder = builder.feature(format!("feature{index}"), feature);
    }
    for index in 0..plans {
        let mut plan = Plan::new(format!("Plan number {index}")).key(format!("plan_{index}"));
        for feature in 0..8 {
            let entitlement = match feature % 2 {
                0 => Entitlement::metered(1_000).reset(Reset::Month),
                _ => Entitlement::boolean(true),
            };
            plan = plan.entitle(format!("feature{feature}"), entitlement);
        }
        let plan = plan
            .provider_id(Provider::Stripe, format!("prod_{index}"))
            .price("monthly", Price::monthly(2_000, Currency::USD))
            .price("yearly", Price::yearly(20_000, Currency::USD));
        builder = builder.plan(format!("plan{index}"), plan);
    }
    for index in 0..10 {
        let addon = Addon::new(format!("Add-on number {index}"))
            .entitle("feature1", true)
            .price("monthly", Price::monthly(500, Currency::USD));
        builder = builder.addon(format!("addon{index}"), addon);
    }
    let pack = Topup::of("feature0", 1_000).price("once", Price::one_time(900, Currency::USD));
    builder.topup("pack", pack)
}

fn validate_and_compile(builder: CatalogBuilder) -> usize {
    let catalog = builder.build().unwrap();
    let compile = |provider| catalog.compile(provider, Strict::No).unwrap().prices.len();
    Provider::ALL.into_iter().map(compile).sum()
}

fn benches(criterion: &mut Criterion) {
    for plans in [10, 1_000, 10_000, 100_000] {
        let builder = catalog(plans);
        let mut group = criterion.benchmark_group("catalog");
        group.throughput(Throughput::Elements(plans as u64));
        group.sample_size(10);
        group.bench_function(BenchmarkId::new("validate", plans), |bencher| {
            bencher.iter(|| black_box(&builder).validate());
        });
        group.bench_function(
            BenchmarkId::new("validate, compile to all providers", plans),
            |b| {
                b.iter_batched(
                    || builder.clone(),
                    validate_and_compile,
                    BatchSize::PerIteration,
                );
            },
        );
        let built = builder.clone().build().unwrap();
        group.bench_function(BenchmarkId::new("compile to Stripe", plans), |bencher| {
            bencher.iter(|| {
                black_box(&built)
                    .compile(Provider::Stripe, Strict::No)
                    .unwrap()
            });
        });
        let json = serde_json::to_string(&built).unwrap();
        group.bench_function(BenchmarkId::new("read JSON", plans), |bencher| {
            bencher.iter(|| Catalog::from_json(black_box(&json)).unwrap());
        });
        group.finish();
    }
}

criterion_group!(catalogs, benches);
criterion_main!(catalogs);
