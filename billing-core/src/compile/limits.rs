//! Values beyond a provider's limits.

mod autumn;
mod creem;
pub(crate) mod currencies;
mod dodo;
mod metadata;
mod metering;
mod openmeter;
mod polar;
mod pricing;
mod razorpay;
mod stripe;

use smol_str::SmolStr;

use crate::catalog::{Catalog, Currency, Interval, Issue, IssueCode, Price};
use crate::compile::item::{Item, Source, items};
use crate::provider::Provider;

/// What one provider takes.
pub(super) struct Rules {
    provider: Provider,
    /// Whether the provider takes a currency at all.
    currency: fn(&Currency) -> bool,
    /// Decimal places between the provider's smallest unit and a currency; those of ISO 4217 when
    /// there is no answer.
    exponent: fn(&str) -> Option<u8>,
    /// Whether an amount of 0 is taken although it is below the minimum.
    free: bool,
    /// Least amount in a currency (lower-case code), in the provider's smallest unit.
    minimum: fn(&str) -> u64,
    /// Greatest amount in a currency.
    maximum: fn(&str) -> u64,
    /// Amounts in a currency must be multiples of this.
    step: fn(&str) -> u64,
    /// How often the provider can charge.
    cadence: fn(&Interval) -> Cadence,
    /// Least and greatest number of characters in a name.
    name: Option<(usize, usize)>,
    /// Greatest number of characters in a description.
    description: Option<usize>,
    /// Greatest number of characters in a lookup key.
    lookup_key: Option<usize>,
    /// Greatest number of trial days.
    trial_days: Option<u64>,
    /// What metadata can be stored.
    metadata: Option<metadata::MetadataRules>,
    /// Whether a text can be the key of an item, when keys are used at the provider.
    key: Option<KeyRule>,
}

struct KeyRule {
    valid: fn(&str) -> bool,
    expected: &'static str,
}

/// How often a provider charges.
enum Cadence {
    /// Every `min` to `max` intervals.
    Every { min: u64, max: u64 },
    /// Not at this interval.
    Never,
}

impl Cadence {
    const ANY: Self = Self::Every {
        min: 1,
        max: u64::MAX,
    };
}

fn rules(provider: Provider) -> &'static Rules {
    match provider {
        Provider::Stripe => &stripe::RULES,
        Provider::Polar => &polar::RULES,
        Provider::Razorpay => &razorpay::RULES,
        Provider::Creem => &creem::RULES,
        Provider::Dodo => &dodo::RULES,
        Provider::Autumn => &autumn::RULES,
        Provider::OpenMeter => &openmeter::RULES,
    }
}

/// A price's amount in the provider's smallest unit of its currency.
///
/// Catalogs count in the smallest unit of ISO 4217, from which providers deviate for a few
/// currencies: 500 ISK is 50000 at Stripe. `None` when the amount is no whole number of those units.
pub(crate) fn provider_amount(provider: Provider, price: &Price) -> Option<u64> {
    rules(provider).amount(price)
}

impl Rules {
    fn amount(&self, price: &Price) -> Option<u64> {
        let amount = price.amount.as_u64()?;
        let iso = price.currency.exponent();
        let Some(theirs) = (self.exponent)(price.currency.lower().as_str()).or(iso) else {
            return Some(amount);
        };
        let iso = iso.unwrap_or(theirs);
        if theirs >= iso {
            amount.checked_mul(10_u64.checked_pow(u32::from(theirs - iso))?)
        } else {
            let divisor = 10_u64.checked_pow(u32::from(iso - theirs))?;
            amount.is_multiple_of(divisor).then_some(amount / divisor)
        }
    }
}

/// Adds what a provider's API would refuse, in the order of the catalog.
pub(super) fn check(catalog: &Catalog, provider: Provider, issues: &mut Vec<Issue>) {
    let rules = rules(provider);
    let mut check = Check {
        catalog,
        rules,
        issues,
    };
    check.metering();
    for item in items(catalog) {
        check.item(&item);
    }
    match provider {
        Provider::Dodo => dodo::addons_per_product(catalog, check.issues),
        Provider::Autumn => autumn::one_currency(catalog, check.issues),
        Provider::OpenMeter => openmeter::currencies(catalog, check.issues),
        _ => {}
    }
}

struct Check<'a> {
    catalog: &'a Catalog,
    rules: &'static Rules,
    issues: &'a mut Vec<Issue>,
}

impl Check<'_> {
    fn report(&mut self, code: IssueCode, path: String, message: String) {
        let message = format!("{}: {message}", self.rules.provider.display_name());
        self.issues.push(Issue::new(code, path, message));
    }

    fn item(&mut self, item: &Item<'_>) {
        let place = || item.path();
        if let Some((min, max)) = self.rules.name {
            let length = item.name.chars().count();
            if length < min || length > max {
                self.report(
                    IssueCode::NameLength,
                    format!("{}.name", place()),
                    format!("the name has {length} characters, and {min} to {max} are taken"),
                );
            }
        }
        if let (Some(max), Some(description)) = (self.rules.description, item.description) {
            let length = description.chars().count();
            if length > max {
                self.report(
                    IssueCode::DescriptionLength,
                    format!("{}.description", place()),
                    format!("the description has {length} characters, and {max} are taken"),
                );
            }
        }
        self.key(&place, item.key);
        if !self
            .rules
            .metadata
            .as_ref()
            .is_some_and(|rules| rules.with_price)
        {
            self.metadata(&place, item.metadata, metadata::item_stamps(item.kind));
        }
        for (price_id, price) in item.prices {
            self.price(item, price_id, price);
        }
        if self.rules.provider == Provider::Autumn {
            autumn::item(item, self.issues);
        }
        if let Some(entitlements) = item.entitlements() {
            self.entitlements(&place, entitlements);
        }
        if let Source::Topup(topup) = item.source {
            self.grant(&place, topup);
        }
    }

    fn key(&mut self, place: &dyn Fn() -> String, key: &str) {
        if let Some(rule) = self.rules.key.as_ref().filter(|rule| !(rule.valid)(key)) {
            self.report(
                IssueCode::KeyFormat,
                format!("{}.key", place()),
                format!("\"{key}\" is no key of {}", rule.expected),
            );
        }
    }

    fn price(&mut self, item: &Item<'_>, price_id: &SmolStr, price: &Price) {
        let place = || format!("{}.prices.{price_id}", item.path());
        self.amount(&place, price);
        self.cadence(&place, price);
        if let Some(max) = self.rules.lookup_key {
            let length = match &price.lookup_key {
                Some(own) => own.chars().count(),
                None => item.key.chars().count() + 1 + price_id.chars().count(),
            };
            if length > max {
                self.report(
                    IssueCode::LookupKeyLength,
                    format!("{}.lookupKey", place()),
                    format!("the lookup key has {length} characters, and {max} are taken"),
                );
            }
        }
        if let (Some(max), Some(days)) = (self.rules.trial_days, price.trial_days)
            && days.as_u64().is_some_and(|days| days > max)
        {
            self.report(
                IssueCode::TrialUnsupported,
                format!("{}.trialDays", place()),
                format!("a trial has {max} days at most; found {days}"),
            );
        }
        self.pricing(&place, price);
        let stamps = metadata::price_stamps(item.kind);
        if self
            .rules
            .metadata
            .as_ref()
            .is_some_and(|rules| rules.with_price)
        {
            self.metadata(&place, &item.metadata.merged(&price.metadata), stamps);
        } else {
            self.metadata(&place, &price.metadata, stamps);
        }
    }

    fn amount(&mut self, place: &dyn Fn() -> String, price: &Price) {
        let currency = price.currency.upper();
        if !(self.rules.currency)(&price.currency) {
            self.report(
                IssueCode::CurrencyUnsupported,
                format!("{}.currency", place()),
                format!("the currency {currency} is not taken"),
            );
            return;
        }
        let path = || format!("{}.amount", place());
        let Some(amount) = self.rules.amount(price) else {
            self.report(
                IssueCode::AmountNotRound,
                path(),
                format!(
                    "{} is no whole number of the units taken in {currency}",
                    price.amount
                ),
            );
            return;
        };
        let code = price.currency.lower();
        let code = code.as_str();
        let (minimum, maximum) = ((self.rules.minimum)(code), (self.rules.maximum)(code));
        if amount < minimum && !(amount == 0 && self.rules.free) {
            let or_free = if self.rules.free { "0 or " } else { "" };
            self.report(
                IssueCode::AmountBelowMinimum,
                path(),
                format!("the least amount in {currency} is {or_free}{minimum}; found {amount}"),
            );
        } else if amount > maximum {
            self.report(
                IssueCode::AmountAboveMaximum,
                path(),
                format!("the greatest amount in {currency} is {maximum}; found {amount}"),
            );
        }
        let step = (self.rules.step)(code);
        if !amount.is_multiple_of(step) {
            self.report(
                IssueCode::AmountNotRound,
                path(),
                format!("an amount in {currency} must be a multiple of {step}; found {amount}"),
            );
        }
    }

    fn cadence(&mut self, place: &dyn Fn() -> String, price: &Price) {
        let Some(interval) = &price.interval else {
            self.report(
                IssueCode::IntervalUnsupported,
                format!("{}.interval", place()),
                "a price needs an interval".into(),
            );
            return;
        };
        if *interval == Interval::OneTime {
            return;
        }
        let count = price
            .interval_count
            .and_then(crate::catalog::Number::as_u64)
            .unwrap_or(1);
        let expected = match (self.rules.cadence)(interval) {
            Cadence::Every { min, max } if (min..=max).contains(&count) => return,
            Cadence::Every { min, max: u64::MAX } => format!("every {min} or more"),
            Cadence::Every { min, max } => format!("every {min} to {max}"),
            Cadence::Never => {
                self.report(
                    IssueCode::IntervalUnsupported,
                    format!("{}.interval", place()),
                    format!("nothing is charged by the interval \"{interval}\""),
                );
                return;
            }
        };
        self.report(
            IssueCode::IntervalCountUnsupported,
            format!("{}.intervalCount", place()),
            format!("with the interval \"{interval}\" it is {expected}; found {count}"),
        );
    }
}

fn iso_currency(currency: &Currency) -> bool {
    currency.is_iso4217()
}

fn iso_exponent(_: &str) -> Option<u8> {
    None
}

fn step_of_one(_: &str) -> u64 {
    1
}

fn no_maximum(_: &str) -> u64 {
    u64::MAX
}

/// Whether a text is lower-case words of letters and digits joined by `_`, 64 characters at most.
pub(crate) fn is_snake_key(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.len() <= 64 && text.split('_').all(word)
}
