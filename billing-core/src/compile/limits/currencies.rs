//! What providers say about currencies, in lower-case codes and smallest units.

/// The value of a code in a table that is sorted by code.
pub(crate) fn find(table: &[(&str, u64)], code: &str) -> Option<u64> {
    let found = table
        .binary_search_by(|(known, _)| (*known).cmp(code))
        .ok()?;
    table.get(found).map(|(_, value)| *value)
}

/// Least amount that Stripe charges.
#[rustfmt::skip]
pub(super) const STRIPE_MINIMUM: &[(&str, u64)] = &[
    ("aed", 200), ("ars", 50), ("aud", 50), ("bgn", 100), ("brl", 50), ("cad", 50), ("chf", 50),
    ("cop", 50), ("czk", 1500), ("dkk", 250), ("eur", 50), ("gbp", 30), ("hkd", 400),
    ("huf", 17_500), ("ils", 50), ("inr", 50), ("jpy", 50), ("krw", 50), ("mxn", 1000),
    ("myr", 200), ("nok", 300), ("nzd", 50), ("php", 50), ("pln", 200), ("ron", 200),
    ("rub", 50), ("sek", 300), ("sgd", 50), ("thb", 1000), ("usd", 50), ("zar", 50),
];

/// Currencies that Stripe and Polar take without a smaller unit.
#[rustfmt::skip]
pub(crate) const ZERO_DECIMAL: &[&str] = &[
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
];

/// Every currency that Polar takes, with the least amount.
#[rustfmt::skip]
pub(super) const POLAR_MINIMUM: &[(&str, u64)] = &[
    ("aed", 200), ("all", 5000), ("amd", 20_000), ("aoa", 50_000), ("ars", 75_000), ("aud", 70),
    ("awg", 100), ("azn", 100), ("bam", 100), ("bbd", 200), ("bdt", 7000), ("bif", 2000),
    ("bmd", 100), ("bnd", 100), ("bob", 500), ("brl", 250), ("bsd", 100), ("bwp", 1000),
    ("bzd", 200), ("cad", 70), ("cdf", 200_000), ("chf", 50), ("clp", 500), ("cny", 500),
    ("cop", 200_000), ("crc", 30_000), ("cve", 5000), ("czk", 1500), ("djf", 100), ("dkk", 320),
    ("dop", 4000), ("dzd", 7000), ("egp", 3000), ("etb", 8000), ("eur", 50), ("fjd", 200),
    ("fkp", 100), ("gbp", 40), ("gel", 200), ("gip", 100), ("gmd", 4000), ("gnf", 5000),
    ("gtq", 500), ("gyd", 20_000), ("hkd", 400), ("hnl", 2000), ("htg", 7000), ("huf", 17_500),
    ("idr", 900_000), ("ils", 150), ("inr", 6000), ("isk", 7000), ("jmd", 8000), ("jpy", 80),
    ("kes", 7000), ("kgs", 5000), ("khr", 300_000), ("kmf", 500), ("krw", 800), ("kyd", 100),
    ("kzt", 30_000), ("lak", 2_000_000), ("lkr", 20_000), ("lrd", 10_000), ("lsl", 1000),
    ("mad", 500), ("mdl", 1000), ("mga", 3000), ("mkd", 5000), ("mnt", 200_000), ("mop", 500),
    ("mur", 5000), ("mvr", 800), ("mwk", 100_000), ("mxn", 900), ("myr", 200), ("mzn", 5000),
    ("nad", 1000), ("ngn", 70_000), ("nio", 2000), ("nok", 500), ("npr", 8000), ("nzd", 90),
    ("pab", 100), ("pen", 200), ("pgk", 300), ("php", 3500), ("pkr", 20_000), ("pln", 200),
    ("pyg", 4000), ("qar", 200), ("ron", 250), ("rsd", 6000), ("rwf", 1000), ("sar", 200),
    ("sbd", 400), ("scr", 800), ("sek", 500), ("sgd", 70), ("shp", 100), ("sos", 50_000),
    ("srd", 2000), ("szl", 1000), ("thb", 2000), ("tjs", 500), ("top", 200), ("try", 3000),
    ("ttd", 400), ("twd", 2000), ("tzs", 200_000), ("uah", 3000), ("ugx", 200_000), ("usd", 50),
    ("uyu", 2000), ("uzs", 700_000), ("vnd", 20_000), ("vuv", 100), ("wst", 200), ("xaf", 500),
    ("xcd", 200), ("xcg", 100), ("xof", 500), ("xpf", 100), ("yer", 20_000), ("zar", 900),
    ("zmw", 1000),
];

/// Greatest amount of Polar where it is not the usual one.
#[rustfmt::skip]
pub(super) const POLAR_MAXIMUM: &[(&str, u64)] = &[
    ("ars", 140_000_000), ("cdf", 280_000_000), ("cop", 400_000_000), ("idr", 1_600_000_000),
    ("khr", 400_000_000), ("lak", 2_100_000_000), ("mnt", 350_000_000), ("mwk", 175_000_000),
    ("ngn", 155_000_000), ("tzs", 250_000_000), ("ugx", 370_000_000), ("uzs", 1_250_000_000),
];

/// Every currency that Razorpay takes, with its decimal places.
#[rustfmt::skip]
pub(super) const RAZORPAY_EXPONENT: &[(&str, u64)] = &[
    ("aed", 2), ("all", 2), ("amd", 2), ("aud", 2), ("awg", 2), ("azn", 2), ("bam", 2),
    ("bbd", 2), ("bdt", 2), ("bgn", 2), ("bhd", 3), ("bif", 0), ("bmd", 2), ("bnd", 2),
    ("bob", 2), ("brl", 2), ("bsd", 2), ("btn", 2), ("bwp", 2), ("bzd", 2), ("cad", 2),
    ("chf", 2), ("clp", 0), ("cny", 2), ("cop", 2), ("crc", 2), ("cup", 2), ("cve", 2),
    ("czk", 2), ("djf", 0), ("dkk", 2), ("dop", 2), ("dzd", 2), ("egp", 2), ("etb", 2),
    ("eur", 2), ("fjd", 2), ("gbp", 2), ("ghs", 2), ("gip", 2), ("gmd", 2), ("gnf", 0),
    ("gtq", 2), ("gyd", 2), ("hkd", 2), ("hnl", 2), ("hrk", 2), ("htg", 2), ("huf", 2),
    ("idr", 2), ("ils", 2), ("inr", 2), ("iqd", 3), ("isk", 0), ("jmd", 2), ("jod", 3),
    ("jpy", 0), ("kes", 2), ("kgs", 2), ("khr", 2), ("kmf", 0), ("krw", 0), ("kwd", 3),
    ("kyd", 2), ("kzt", 2), ("lak", 2), ("lkr", 2), ("lrd", 2), ("lsl", 2), ("mad", 2),
    ("mdl", 2), ("mga", 2), ("mkd", 2), ("mmk", 2), ("mnt", 2), ("mop", 2), ("mur", 2),
    ("mvr", 2), ("mwk", 2), ("mxn", 2), ("myr", 2), ("mzn", 2), ("nad", 2), ("ngn", 2),
    ("nio", 2), ("nok", 2), ("npr", 2), ("nzd", 2), ("omr", 3), ("pen", 2), ("pgk", 2),
    ("php", 2), ("pkr", 2), ("pln", 2), ("pyg", 0), ("qar", 2), ("ron", 2), ("rsd", 2),
    ("rub", 2), ("rwf", 0), ("sar", 2), ("scr", 2), ("sek", 2), ("sgd", 2), ("sll", 2),
    ("sos", 2), ("svc", 2), ("szl", 2), ("thb", 2), ("tnd", 3), ("try", 2), ("ttd", 2),
    ("twd", 2), ("tzs", 2), ("uah", 2), ("ugx", 0), ("usd", 2), ("uyu", 2), ("uzs", 2),
    ("vnd", 0), ("vuv", 0), ("xaf", 0), ("xcd", 2), ("xof", 0), ("xpf", 0), ("yer", 2),
    ("zar", 2), ("zmw", 2),
];

/// Least amount that Dodo Payments documents.
#[rustfmt::skip]
pub(super) const DODO_MINIMUM: &[(&str, u64)] = &[
    ("eur", 50), ("gbp", 30), ("inr", 500), ("usd", 50),
];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted_so_that_the_search_finds_every_code() {
        for table in [
            super::STRIPE_MINIMUM,
            super::POLAR_MINIMUM,
            super::POLAR_MAXIMUM,
            super::RAZORPAY_EXPONENT,
            super::DODO_MINIMUM,
        ] {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
        assert_eq!(super::find(super::POLAR_MINIMUM, "usd"), Some(50));
        assert_eq!(super::find(super::POLAR_MINIMUM, "bgn"), None);
    }
}
