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
use report::{Report, Tally};
use validator::{Unavailable, Validator};

/// Runs everything with the values of a seed, and at least `samples` answers for each schema.
///
/// # Errors
/// [`Unavailable`] when the validator could not be started.
pub fn conform(seed: u64, samples: usize) -> Result<Report, Unavailable> {
    let validator = Validator::start(seed, samples)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Unavailable::Failed(error.to_string()))?;
    let tallies = runtime.block_on(all(&validator)).map_err(Unavailable::Failed)?;
    Ok(Report { seed, tallies })
}

/// Runs the documents side by side: each validator works on one request at a time.
async fn all(validator: &Validator) -> Result<Vec<Tally>, String> {
    let polar = Document::polar(validator)?;
    let v1 = Document::openmeter_v1(validator)?;
    let v3 = Document::openmeter_v3(validator)?;
    let (polar, v1, v3) = tokio::join!(run::run(&polar), run::run(&v1), run::run(&v3));
    Ok(vec![polar, v1, v3])
}
