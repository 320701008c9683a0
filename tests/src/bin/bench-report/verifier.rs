//! Verifying webhooks beside Polar's own JavaScript library.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

use crate::cases::{Side, repeat};
use crate::material;

const CASE: &str = "webhook of 3.6 kB: verify and decode";

pub(crate) fn report() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("measure/verifier");
    if !folder.join("node_modules/@polar-sh/sdk").exists() {
        println!(
            "Left out: the comparison with Polar's JavaScript library. Run `npm ci` in {} first.",
            folder.display()
        );
        return Ok(());
    }
    let delivery = material::delivery()?;
    let header = |name: &str| -> Result<String, Box<dyn Error>> {
        Ok(delivery
            .headers
            .get(name)
            .ok_or("a header is missing")?
            .to_str()?
            .to_owned())
    };
    let output = Command::new("node")
        .arg("verify.mjs")
        .current_dir(&folder)
        .env("WEBHOOK_SECRET", material::SECRET)
        .env("WEBHOOK_ID", header("webhook-id")?)
        .env("WEBHOOK_TIMESTAMP", header("webhook-timestamp")?)
        .env("WEBHOOK_SIGNATURE", header("webhook-signature")?)
        .env("WEBHOOK_BODY", std::str::from_utf8(&delivery.body)?)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let theirs: f64 = String::from_utf8_lossy(&output.stdout).trim().parse()?;
    let ours = per_second()?;
    let ratio = ours / theirs;
    let mark = if ratio >= 10.0 { "met" } else { "MISSED" };
    println!("| webhooks verified and decoded | events per CPU second |");
    println!("|---|---|");
    println!("| polar-client | {ours:.0} |");
    println!("| @polar-sh/sdk | {theirs:.0} |");
    println!("| ratio (target: at least 10) | {ratio:.0} {mark} |");
    Ok(())
}

fn per_second() -> Result<f64, Box<dyn Error>> {
    repeat(CASE, Side::Client, 2_000)?;
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let before = cpu_seconds()?;
        repeat(CASE, Side::Client, 20_000)?;
        best = best.min((cpu_seconds()? - before) / 20_000.0);
    }
    Ok(1.0 / best)
}

fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let (user, system) = (usage.user_time(), usage.system_time());
    let micros = user.tv_usec() + system.tv_usec();
    Ok((user.tv_sec() + system.tv_sec()) as f64 + micros as f64 / 1e6)
}
