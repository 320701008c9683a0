//! What is compared.

use std::error::Error;
use std::hint::black_box;

use crate::canned::finish;
use crate::{by_hand, material, ours};

pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The most that the client may cost, as a multiple of the hand-written function.
    pub(crate) target: f64,
    /// Calls for a count that does not change any more.
    pub(crate) times: u32,
}

pub(crate) static CASES: &[Case] = &[
    Case {
        name: "customers.get",
        target: 1.15,
        times: 200,
    },
    Case {
        name: "events.ingest of 100",
        target: 1.15,
        times: 20,
    },
    Case {
        name: "orders.list of 100",
        target: 1.5,
        times: 5,
    },
    Case {
        name: "decoding a page of 50 kB",
        target: 1.5,
        times: 20,
    },
    Case {
        name: "webhook of 3.6 kB: verify and decode",
        target: 1.5,
        times: 100,
    },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    ByHand,
}

impl Side {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::ByHand => "by-hand",
        }
    }
}

pub(crate) fn run(name: &str, side: &str, times: &str) -> Result<(), Box<dyn Error>> {
    let times = times.parse()?;
    repeat(
        name,
        if side == Side::Client.name() {
            Side::Client
        } else {
            Side::ByHand
        },
        times,
    )
}

/// Makes one call `times` times.
pub(crate) fn repeat(name: &str, side: Side, times: u32) -> Result<(), Box<dyn Error>> {
    let each =
        |call: &mut dyn FnMut() -> Result<(), Box<dyn Error>>| (0..times).try_for_each(|_| call());
    match (name, side) {
        ("customers.get", Side::Client) => {
            let polar = ours::client(material::customer())?;
            each(&mut || {
                let customer =
                    finish(ours::get_customer(&polar, black_box(material::CUSTOMER_ID)))?;
                black_box(customer);
                Ok(())
            })
        }
        ("customers.get", Side::ByHand) => {
            let polar = by_hand::client(material::customer());
            each(&mut || {
                let customer = finish(by_hand::get_customer(
                    &polar,
                    black_box(material::CUSTOMER_ID),
                ))?;
                black_box(customer);
                Ok(())
            })
        }
        ("events.ingest of 100", Side::Client) => {
            let polar = ours::client(material::inserted())?;
            let usage = material::usage();
            each(&mut || {
                black_box(finish(ours::ingest(&polar, black_box(&usage)))?);
                Ok(())
            })
        }
        ("events.ingest of 100", Side::ByHand) => {
            let polar = by_hand::client(material::inserted());
            let usage = material::usage();
            each(&mut || {
                black_box(finish(by_hand::ingest(&polar, black_box(&usage)))?);
                Ok(())
            })
        }
        ("orders.list of 100", Side::Client) => {
            let polar = ours::client(material::orders(100))?;
            each(&mut || {
                black_box(finish(ours::list_orders(&polar, black_box("usr_20417")))?);
                Ok(())
            })
        }
        ("orders.list of 100", Side::ByHand) => {
            let polar = by_hand::client(material::orders(100));
            each(&mut || {
                black_box(finish(by_hand::list_orders(
                    &polar,
                    black_box("usr_20417"),
                ))?);
                Ok(())
            })
        }
        ("decoding a page of 50 kB", Side::Client) => {
            let page = material::page();
            each(&mut || {
                black_box(ours::decode_page(black_box(&page))?);
                Ok(())
            })
        }
        ("decoding a page of 50 kB", Side::ByHand) => {
            let page = material::page();
            each(&mut || {
                black_box(by_hand::decode_page(black_box(&page))?);
                Ok(())
            })
        }
        ("webhook of 3.6 kB: verify and decode", Side::Client) => {
            let delivery = material::delivery()?;
            let verifier = ours::verifier()?;
            each(&mut || {
                black_box(ours::verify(&verifier, black_box(&delivery))?);
                Ok(())
            })
        }
        ("webhook of 3.6 kB: verify and decode", Side::ByHand) => {
            let delivery = material::delivery()?;
            let key = by_hand::webhook_key();
            each(&mut || {
                black_box(by_hand::verify(&key, black_box(&delivery))?);
                Ok(())
            })
        }
        _ => Err(format!("no case `{name}`").into()),
    }
}
