//! How usage burns grants down: the arithmetic behind a metered entitlement's value.

use super::model::{Grant, Metered};
use time::OffsetDateTime;

/// Usage at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) at: OffsetDateTime,
    pub(crate) amount: f64,
}

/// A stretch of time in which no grant began, ended, recurred or was reset.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) from: OffsetDateTime,
    pub(crate) to: OffsetDateTime,
    pub(crate) usage: f64,
    pub(crate) overage: f64,
    pub(crate) at_start: Vec<(String, f64)>,
    pub(crate) at_end: Vec<(String, f64)>,
    pub(crate) used: Vec<(String, f64)>,
}

/// How things stand at a moment.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// What is left of every active grant.
    pub(crate) balances: Vec<(String, f64)>,
    /// Used since the last reset.
    pub(crate) usage: f64,
    /// Used and not covered by any grant.
    pub(crate) overage: f64,
    /// Taken from grants since the last reset.
    pub(crate) burned: f64,
    pub(crate) last_reset: OffsetDateTime,
    pub(crate) segments: Vec<Segment>,
}

impl Standing {
    pub(crate) fn balance(&self) -> f64 {
        total(&self.balances)
    }
}

pub(crate) fn total(balances: &[(String, f64)]) -> f64 {
    balances.iter().map(|(_, amount)| amount).sum()
}

#[derive(Clone, Copy, Debug)]
enum What {
    End(usize),
    Reset { preserve: bool },
    Recur(usize),
    Start(usize),
    Use(f64),
}

impl What {
    /// What comes first when several things happen at one moment.
    fn rank(self) -> u8 {
        match self {
            Self::End(_) => 0,
            Self::Reset { .. } => 1,
            Self::Recur(_) => 2,
            Self::Start(_) => 3,
            Self::Use(_) => 4,
        }
    }
}

struct Run<'g> {
    grants: &'g [Grant],
    /// Grants in the order in which they are used up.
    order: Vec<usize>,
    left: Vec<Option<f64>>,
    overage: f64,
    usage: f64,
    burned: f64,
    last_reset: OffsetDateTime,
    segments: Vec<Segment>,
    segment: Segment,
}

impl Run<'_> {
    fn balances(&self) -> Vec<(String, f64)> {
        self.grants
            .iter()
            .zip(&self.left)
            .filter_map(|(grant, left)| left.map(|left| (grant.id.clone(), left)))
            .collect()
    }

    /// Takes an amount from the grants in their order; what they do not cover is overage.
    fn burn(&mut self, amount: f64) {
        let mut open = amount;
        for index in &self.order {
            let (Some(grant), Some(Some(left))) =
                (self.grants.get(*index), self.left.get_mut(*index))
            else {
                continue;
            };
            let taken = left.min(open).max(0.0);
            if taken <= 0.0 {
                continue;
            }
            *left -= taken;
            open -= taken;
            self.burned += taken;
            match self.segment.used.iter_mut().find(|(id, _)| *id == grant.id) {
                Some((_, used)) => *used += taken,
                None => self.segment.used.push((grant.id.clone(), taken)),
            }
        }
        self.overage += open.max(0.0);
    }

    /// Lets grants that came later cover what was overused before.
    fn settle_overage(&mut self) {
        let open = std::mem::take(&mut self.overage);
        if open > 0.0 {
            self.burn(open);
        }
    }

    fn set(&mut self, index: usize, value: Option<f64>) {
        if let Some(left) = self.left.get_mut(index) {
            *left = value;
        }
    }

    fn cut(&mut self, at: OffsetDateTime) {
        let next = Segment {
            from: at,
            to: at,
            usage: 0.0,
            overage: 0.0,
            at_start: Vec::new(),
            at_end: Vec::new(),
            used: Vec::new(),
        };
        let mut done = std::mem::replace(&mut self.segment, next);
        done.to = at;
        done.overage = self.overage;
        done.at_end = self.balances();
        if done.to > done.from {
            self.segments.push(done);
        }
    }

    fn apply(&mut self, at: OffsetDateTime, what: What) {
        match what {
            What::End(index) => self.set(index, None),
            What::Reset { preserve } => self.reset(at, preserve),
            What::Recur(index) | What::Start(index) => {
                let amount = self.grants.get(index).map(|grant| grant.amount);
                self.set(index, amount);
                self.settle_overage();
            }
            What::Use(amount) => {
                self.usage += amount;
                self.segment.usage += amount;
                self.burn(amount);
            }
        }
        if !matches!(what, What::Use(_)) {
            self.segment.at_start = self.balances();
        }
    }

    fn reset(&mut self, at: OffsetDateTime, preserve: bool) {
        for (grant, left) in self.grants.iter().zip(&mut self.left) {
            *left = left.map(|left| left.max(grant.min_rollover).min(grant.max_rollover));
        }
        self.usage = 0.0;
        self.burned = 0.0;
        self.last_reset = at;
        if preserve {
            self.settle_overage();
        } else {
            self.overage = 0.0;
        }
    }
}

impl Metered {
    /// The anchor that usage periods count from at a moment.
    pub(crate) fn anchor_at(&self, at: OffsetDateTime) -> OffsetDateTime {
        self.resets
            .iter()
            .filter(|reset| reset.moves_anchor && reset.at <= at)
            .map(|reset| reset.at)
            .max()
            .unwrap_or(self.usage_period.anchor)
    }

    /// The usage period that holds a moment.
    pub(crate) fn period_at(&self, at: OffsetDateTime) -> (OffsetDateTime, OffsetDateTime) {
        let (interval, anchor) = (self.usage_period.interval, self.anchor_at(at));
        let index = interval.index_at(anchor, at);
        (
            interval.after(anchor, index),
            interval.after(anchor, index + 1),
        )
    }

    /// Every reset after the start of measuring until a moment: at period ends, and on request.
    fn resets_until(&self, until: OffsetDateTime) -> Vec<(OffsetDateTime, bool)> {
        let mut all: Vec<(OffsetDateTime, bool)> = self
            .resets
            .iter()
            .filter(|reset| reset.at <= until)
            .map(|reset| (reset.at, reset.preserve_overage))
            .collect();
        let mut at = self.measure_from;
        loop {
            let (_, mut end) = self.period_at(at);
            // A reset that moves the anchor cuts the period short.
            let moved = self
                .resets
                .iter()
                .filter(|reset| reset.moves_anchor && reset.at > at && reset.at < end)
                .map(|reset| reset.at)
                .min();
            if let Some(moved) = moved {
                end = moved;
            }
            if end > until || end <= at {
                break;
            }
            if !all.iter().any(|(known, _)| *known == end) {
                all.push((end, self.preserve_overage));
            }
            at = end;
        }
        all.sort_by_key(|(at, _)| *at);
        all
    }

    /// Plays everything until a moment, that moment included.
    pub(crate) fn standing(&self, usage: &[Usage], until: OffsetDateTime) -> Standing {
        let from = self.measure_from;
        let grants: Vec<Grant> = self
            .grants
            .iter()
            .filter(|grant| grant.stamps.deleted.is_none())
            .cloned()
            .collect();
        let mut moments: Vec<(OffsetDateTime, What)> = Vec::new();
        for (index, grant) in grants.iter().enumerate() {
            let start = grant.effective_at.max(from);
            let end = grant.ends_at();
            if end.is_some_and(|end| end <= start) {
                continue;
            }
            moments.push((start, What::Start(index)));
            if let Some(end) = end {
                moments.push((end, What::End(index)));
            }
            if let Some(recurrence) = &grant.recurrence {
                let mut turn = recurrence.interval.index_at(recurrence.anchor, start) + 1;
                let mut at = recurrence.interval.after(recurrence.anchor, turn);
                while at <= until && end.is_none_or(|end| at < end) {
                    moments.push((at, What::Recur(index)));
                    turn += 1;
                    at = recurrence.interval.after(recurrence.anchor, turn);
                }
            }
        }
        let resets = self.resets_until(until);
        moments.extend(
            resets
                .into_iter()
                .map(|(at, preserve)| (at, What::Reset { preserve })),
        );
        let used = usage.iter().filter(|usage| usage.at >= from);
        moments.extend(used.map(|usage| (usage.at, What::Use(usage.amount))));
        moments.retain(|(at, _)| *at <= until);
        moments.sort_by_key(|(at, what)| (*at, what.rank()));

        let mut order: Vec<usize> = (0..grants.len()).collect();
        order.sort_by_key(|index| {
            grants.get(*index).map(|grant| {
                let forever = grant.expires_at().is_none();
                (
                    grant.priority,
                    forever,
                    grant.expires_at(),
                    grant.stamps.created,
                )
            })
        });
        let mut run = Run {
            left: vec![None; grants.len()],
            grants: &grants,
            order,
            overage: 0.0,
            usage: 0.0,
            burned: 0.0,
            last_reset: from,
            segments: Vec::new(),
            segment: Segment {
                from,
                to: from,
                usage: 0.0,
                overage: 0.0,
                at_start: Vec::new(),
                at_end: Vec::new(),
                used: Vec::new(),
            },
        };
        for (at, what) in moments {
            if !matches!(what, What::Use(_)) && at > run.segment.from {
                run.cut(at);
            }
            run.apply(at, what);
        }
        run.cut(until);
        Standing {
            balances: run.balances(),
            usage: run.usage,
            overage: run.overage,
            burned: run.burned,
            last_reset: run.last_reset,
            segments: run.segments,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{ManualReset, Recurrence, Stamps};
    use super::*;
    use crate::calendar::Interval;
    use serde_json::Value;
    use time::macros::datetime;

    const START: OffsetDateTime = datetime!(2026-01-01 0:00 UTC);

    fn grant(id: &str, amount: f64, priority: i64) -> Grant {
        Grant {
            id: id.to_owned(),
            stamps: Stamps::new(START),
            amount,
            priority,
            effective_at: START,
            expiration: None,
            min_rollover: 0.0,
            max_rollover: amount,
            recurrence: None,
            voided_at: None,
            metadata: Value::Null,
            annotations: Value::Null,
        }
    }

    fn monthly(grants: Vec<Grant>) -> Metered {
        Metered {
            usage_period: Recurrence {
                text: "MONTH".into(),
                interval: Interval::of("month", 1).unwrap(),
                anchor: START,
            },
            measure_from: START,
            is_soft_limit: false,
            preserve_overage: false,
            issue: None,
            resets: Vec::new(),
            grants,
        }
    }

    fn used(day: i64, amount: f64) -> Usage {
        Usage {
            at: START + time::Duration::days(day),
            amount,
        }
    }

    fn left(standing: &Standing, id: &str) -> Option<f64> {
        standing
            .balances
            .iter()
            .find(|(known, _)| known == id)
            .map(|(_, left)| *left)
    }

    #[test]
    fn lower_priority_numbers_burn_first_and_the_rest_is_overage() {
        let metered = monthly(vec![grant("late", 50.0, 5), grant("first", 100.0, 1)]);
        let standing = metered.standing(&[used(1, 120.0)], START + time::Duration::days(2));
        assert_eq!(left(&standing, "first"), Some(0.0));
        assert_eq!(left(&standing, "late"), Some(30.0));
        let standing = metered.standing(&[used(1, 170.0)], START + time::Duration::days(2));
        assert_eq!(
            (standing.balance(), standing.overage, standing.usage),
            (0.0, 20.0, 170.0)
        );
    }

    #[test]
    fn sooner_expiry_burns_first_at_equal_priority() {
        let mut soon = grant("soon", 10.0, 1);
        soon.expiration = Some(("DAY".into(), 20));
        let metered = monthly(vec![grant("never", 10.0, 1), soon]);
        let standing = metered.standing(&[used(1, 4.0)], START + time::Duration::days(2));
        assert_eq!(left(&standing, "soon"), Some(6.0));
        let later = metered.standing(&[used(1, 4.0)], START + time::Duration::days(25));
        assert_eq!(left(&later, "soon"), None);
        assert_eq!(later.balance(), 10.0);
    }

    #[test]
    fn a_later_grant_covers_earlier_overage() {
        let mut topup = grant("topup", 1000.0, 1);
        topup.effective_at = START + time::Duration::days(3);
        let metered = monthly(vec![grant("base", 100.0, 0), topup]);
        let standing = metered.standing(&[used(1, 130.0)], START + time::Duration::days(4));
        assert_eq!((standing.balance(), standing.overage), (970.0, 0.0));
    }

    #[test]
    fn resets_roll_over_between_minimum_and_maximum() {
        let mut issue = grant("issue", 100.0, 1);
        (issue.min_rollover, issue.max_rollover) = (100.0, 100.0);
        let mut once = grant("once", 40.0, 2);
        once.max_rollover = 15.0;
        let metered = monthly(vec![issue, once]);
        let standing = metered.standing(&[used(1, 90.0)], START + time::Duration::days(40));
        assert_eq!(left(&standing, "issue"), Some(100.0));
        assert_eq!(left(&standing, "once"), Some(15.0));
        assert_eq!(standing.usage, 0.0);
        assert_eq!(standing.last_reset, datetime!(2026-02-01 0:00 UTC));
    }

    #[test]
    fn preserved_overage_is_taken_from_the_next_period() {
        let mut issue = grant("issue", 100.0, 1);
        (issue.min_rollover, issue.max_rollover) = (100.0, 100.0);
        let mut metered = monthly(vec![issue]);
        metered.preserve_overage = true;
        let standing = metered.standing(&[used(1, 130.0)], START + time::Duration::days(40));
        assert_eq!(standing.balance(), 70.0);
    }

    #[test]
    fn recurring_grants_fill_up_again() {
        let mut daily = grant("daily", 10.0, 1);
        daily.recurrence = Some(Recurrence {
            text: "DAY".into(),
            interval: Interval::of("day", 1).unwrap(),
            anchor: START,
        });
        let metered = monthly(vec![daily]);
        let usage = [used(1, 7.0), used(2, 4.0)];
        let standing = metered.standing(&usage, START + time::Duration::hours(50));
        assert_eq!(standing.balance(), 6.0);
    }

    #[test]
    fn a_manual_reset_can_move_the_anchor() {
        let mut metered = monthly(vec![grant("base", 100.0, 1)]);
        let at = START + time::Duration::days(10);
        metered.resets.push(ManualReset {
            at,
            preserve_overage: false,
            moves_anchor: true,
        });
        assert_eq!(metered.period_at(at), (at, datetime!(2026-02-11 0:00 UTC)));
        let standing = metered.standing(&[used(1, 30.0)], datetime!(2026-02-12 0:00 UTC));
        assert_eq!(standing.last_reset, datetime!(2026-02-11 0:00 UTC));
        assert_eq!(standing.balance(), 70.0);
    }

    proptest::proptest! {
        /// Within a period every unit used is either taken from a grant or overage, no grant goes
        /// below zero or above its amount, and the order of usage changes no sum.
        #[test]
        fn nothing_is_lost_or_made_up(
            amounts in proptest::collection::vec((1_u32..1000, 0_i64..4), 0..6),
            used_amounts in proptest::collection::vec((0_i64..20, 0_u32..500), 0..12),
        ) {
            let grants: Vec<Grant> = amounts
                .iter()
                .enumerate()
                .map(|(n, (amount, priority))| grant(&n.to_string(), f64::from(*amount), *priority))
                .collect();
            let metered = monthly(grants);
            let mut usage: Vec<Usage> =
                used_amounts.iter().map(|(day, amount)| used(*day, f64::from(*amount))).collect();
            let until = START + time::Duration::days(25);
            let standing = metered.standing(&usage, until);
            let total_used: f64 = usage.iter().map(|usage| usage.amount).sum();
            proptest::prop_assert_eq!(standing.usage, total_used);
            proptest::prop_assert_eq!(standing.burned + standing.overage, total_used);
            for (grant, (_, left)) in metered.grants.iter().zip(&standing.balances) {
                proptest::prop_assert!((0.0..=grant.amount).contains(left));
            }
            usage.reverse();
            proptest::prop_assert_eq!(metered.standing(&usage, until).balance(), standing.balance());
        }
    }
}
