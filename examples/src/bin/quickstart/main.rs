//! The whole journey, from a catalog file to access that ends when the paid period does.
//!
//! It runs on an embedded sandbox, over real HTTP, and stops with an error when anything differs
//! from what is expected. With `POLAR_ACCESS_TOKEN` set, products, customers and checkouts are made
//! at Polar's own sandbox; with `OPENMETER_URL` (and `OPENMETER_API_KEY`), meters, entitlements and
//! usage are those of that server. Payments and moving the clock need the embedded sandbox.

mod app;
mod journey;
mod services;
mod step;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match journey::run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the journey stopped: {error}");
            ExitCode::FAILURE
        }
    }
}
