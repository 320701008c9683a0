//! Every operation of both clients is accepted by a validator of the API descriptions, and every
//! answer decodes. See [`billing_tests::conformance`].

use billing_tests::conformance::conform;
use billing_tests::conformance::validator::Unavailable;

/// Needs bash, node, npm, python3 and the provided validator; says so when it is left out.
/// `CONFORMANCE_SEED` chooses other values, and `BILLING_CONFORMANCE=off` leaves it out.
#[test]
fn every_operation_is_accepted_and_every_answer_decodes() {
    if std::env::var_os("BILLING_CONFORMANCE").is_some_and(|value| value == "off") {
        eprintln!("left out: BILLING_CONFORMANCE is off");
        return;
    }
    let seed = std::env::var("CONFORMANCE_SEED").map_or(1, |seed| seed.parse().unwrap());
    match conform(seed, 5) {
        Ok(report) => {
            println!("{report}");
            assert!(report.is_complete(), "{report}");
        }
        Err(Unavailable::LeftOut(reason)) => eprintln!("left out: {reason}"),
        Err(Unavailable::Failed(reason)) => panic!("{reason}"),
    }
}
