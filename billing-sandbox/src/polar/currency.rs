//! The currencies that Polar takes, with their smallest and largest charge.

/// Code, smallest charge, largest charge (0: no limit of its own); minor units.
#[rustfmt::skip]
const CURRENCIES: &[(&str, i64, i64)] = &[
    ("aed", 200, 0),
    ("all", 5_000, 0),
    ("amd", 20_000, 0),
    ("aoa", 50_000, 0),
    ("ars", 75_000, 140_000_000),
    ("aud", 70, 0),
    ("awg", 100, 0),
    ("azn", 100, 0),
    ("bam", 100, 0),
    ("bbd", 200, 0),
    ("bdt", 7_000, 0),
    ("bif", 2_000, 0),
    ("bmd", 100, 0),
    ("bnd", 100, 0),
    ("bob", 500, 0),
    ("brl", 250, 0),
    ("bsd", 100, 0),
    ("bwp", 1_000, 0),
    ("bzd", 200, 0),
    ("cad", 70, 0),
    ("cdf", 200_000, 280_000_000),
    ("chf", 50, 0),
    ("clp", 500, 0),
    ("cny", 500, 0),
    ("cop", 200_000, 400_000_000),
    ("crc", 30_000, 0),
    ("cve", 5_000, 0),
    ("czk", 1_500, 0),
    ("djf", 100, 0),
    ("dkk", 320, 0),
    ("dop", 4_000, 0),
    ("dzd", 7_000, 0),
    ("egp", 3_000, 0),
    ("etb", 8_000, 0),
    ("eur", 50, 0),
    ("fjd", 200, 0),
    ("fkp", 100, 0),
    ("gbp", 40, 0),
    ("gel", 200, 0),
    ("gip", 100, 0),
    ("gmd", 4_000, 0),
    ("gnf", 5_000, 0),
    ("gtq", 500, 0),
    ("gyd", 20_000, 0),
    ("hkd", 400, 0),
    ("hnl", 2_000, 0),
    ("htg", 7_000, 0),
    ("huf", 17_500, 0),
    ("idr", 900_000, 1_600_000_000),
    ("ils", 150, 0),
    ("inr", 6_000, 0),
    ("isk", 7_000, 0),
    ("jmd", 8_000, 0),
    ("jpy", 80, 0),
    ("kes", 7_000, 0),
    ("kgs", 5_000, 0),
    ("khr", 300_000, 400_000_000),
    ("kmf", 500, 0),
    ("krw", 800, 0),
    ("kyd", 100, 0),
    ("kzt", 30_000, 0),
    ("lak", 2_000_000, 2_100_000_000),
    ("lkr", 20_000, 0),
    ("lrd", 10_000, 0),
    ("lsl", 1_000, 0),
    ("mad", 500, 0),
    ("mdl", 1_000, 0),
    ("mga", 3_000, 0),
    ("mkd", 5_000, 0),
    ("mnt", 200_000, 350_000_000),
    ("mop", 500, 0),
    ("mur", 5_000, 0),
    ("mvr", 800, 0),
    ("mwk", 100_000, 175_000_000),
    ("mxn", 900, 0),
    ("myr", 200, 0),
    ("mzn", 5_000, 0),
    ("nad", 1_000, 0),
    ("ngn", 70_000, 155_000_000),
    ("nio", 2_000, 0),
    ("nok", 500, 0),
    ("npr", 8_000, 0),
    ("nzd", 90, 0),
    ("pab", 100, 0),
    ("pen", 200, 0),
    ("pgk", 300, 0),
    ("php", 3_500, 0),
    ("pkr", 20_000, 0),
    ("pln", 200, 0),
    ("pyg", 4_000, 0),
    ("qar", 200, 0),
    ("ron", 250, 0),
    ("rsd", 6_000, 0),
    ("rwf", 1_000, 0),
    ("sar", 200, 0),
    ("sbd", 400, 0),
    ("scr", 800, 0),
    ("sek", 500, 0),
    ("sgd", 70, 0),
    ("shp", 100, 0),
    ("sos", 50_000, 0),
    ("srd", 2_000, 0),
    ("szl", 1_000, 0),
    ("thb", 2_000, 0),
    ("tjs", 500, 0),
    ("top", 200, 0),
    ("try", 3_000, 0),
    ("ttd", 400, 0),
    ("twd", 2_000, 0),
    ("tzs", 200_000, 250_000_000),
    ("uah", 3_000, 0),
    ("ugx", 200_000, 370_000_000),
    ("usd", 50, 0),
    ("uyu", 2_000, 0),
    ("uzs", 700_000, 1_250_000_000),
    ("vnd", 20_000, 0),
    ("vuv", 100, 0),
    ("wst", 200, 0),
    ("xaf", 500, 0),
    ("xcd", 200, 0),
    ("xcg", 100, 0),
    ("xof", 500, 0),
    ("xpf", 100, 0),
    ("yer", 20_000, 0),
    ("zar", 900, 0),
    ("zmw", 1_000, 0),
];

const ZERO_DECIMAL: &[&str] = &[
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
];

/// All codes, in the order of the API.
pub(crate) fn codes() -> Vec<&'static str> {
    CURRENCIES.iter().map(|(code, _, _)| *code).collect()
}

/// The smallest amount above zero that can be charged, in minor units.
pub(crate) fn minimum(code: &str) -> i64 {
    CURRENCIES
        .iter()
        .find(|(known, _, _)| *known == code)
        .map_or(50, |(_, minimum, _)| *minimum)
}

/// The largest amount that can be charged, in minor units, where the currency has a limit.
pub(crate) fn maximum(code: &str) -> Option<i64> {
    CURRENCIES
        .iter()
        .find(|(known, _, _)| *known == code)
        .map(|(_, _, maximum)| *maximum)
        .filter(|maximum| *maximum > 0)
}

/// An amount as people write it, `$0.50` or `JPY 80`.
pub(crate) fn format(amount: i64, code: &str) -> String {
    let symbol = match code {
        "usd" => "$".to_owned(),
        "eur" => "\u{20ac}".to_owned(),
        "gbp" => "\u{a3}".to_owned(),
        _ => format!("{} ", code.to_uppercase()),
    };
    if ZERO_DECIMAL.contains(&code) {
        format!("{symbol}{amount}")
    } else {
        format!("{symbol}{}.{:02}", amount / 100, amount % 100)
    }
}
