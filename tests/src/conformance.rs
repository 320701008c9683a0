//! The conformance run: every operation of both clients against a validator and answers that
//! nobody here wrote.
//!
//! Each call goes through the public API to Prism, which checks method, path, query, headers and
//! body against the API description, and from there to a server that answers with random
//! schema-valid JSON covering every enum value and union branch. `cargo run -p billing-tests --bin
//! conformance -- --seed 7` runs it with other values.

pub mod arguments;
pub mod call;
pub mod controls;
pub mod document;
pub mod exchange;
pub mod faithful;
pub mod judge;
pub mod known;
pub mod report;
pub mod run;
pub mod validator;

use document::Document;
use report::Report;
use validator::{Unavailable, Validator};

/// Runs everything with the values of a seed, and at least `samples` answers for each schema.
///
/// # Errors
/// [`Unavailable`] when the validator could not be started, or on an interrupt.
pub fn conform(seed: u64, samples: usize) -> Result<Report, Unavailable> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Unavailable::Failed(error.to_string()))?;
    // Whatever happens, the validator is dropped, which stops its servers.
    runtime.block_on(async {
        tokio::select! {
            report = all(seed, samples) => report,
            _ = tokio::signal::ctrl_c() => Err(Unavailable::Failed("interrupted".to_owned())),
        }
    })
}

async fn all(seed: u64, samples: usize) -> Result<Report, Unavailable> {
    let start = tokio::task::spawn_blocking(move || Validator::start(seed, samples));
    let validator = start
        .await
        .map_err(|error| Unavailable::Failed(error.to_string()))??;
    let polar = Document::polar(&validator).map_err(Unavailable::Failed)?;
    let v1 = Document::openmeter_v1(&validator).map_err(Unavailable::Failed)?;
    let v3 = Document::openmeter_v3(&validator).map_err(Unavailable::Failed)?;
    // Side by side: each validator works on one request at a time.
    let (polar, v1, v3) = tokio::join!(run::run(&polar), run::run(&v1), run::run(&v3));
    Ok(Report {
        seed,
        tallies: vec![polar, v1, v3],
    })
}
