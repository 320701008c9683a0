//! The table of a run.

use std::collections::BTreeMap;
use std::fmt;

use super::arguments::Mode;
use super::run::Outcome;

/// What was counted for a document.
#[derive(Debug)]
pub struct Tally {
    name: &'static str,
    operations: usize,
    /// Operations of which at least one request was sent.
    pub called: usize,
    requests: usize,
    minimal: usize,
    accepted: usize,
    false_findings: BTreeMap<String, usize>,
    faithful: usize,
    decoded: usize,
    /// Bodies that there were.
    pub bodies: usize,
    /// Bodies that were sent.
    pub bodies_sent: usize,
    /// Answers that there were.
    pub answers: usize,
    /// Answers that were asked for.
    pub answers_read: usize,
    /// Damaged requests.
    pub controls: usize,
    /// Damaged requests that were noticed.
    pub controls_noticed: usize,
    failures: BTreeMap<String, (usize, String)>,
}

impl Tally {
    /// Starts counting for a document with a number of operations.
    pub fn new(name: &'static str, operations: usize) -> Self {
        Self {
            name,
            operations,
            called: 0,
            requests: 0,
            minimal: 0,
            accepted: 0,
            false_findings: BTreeMap::new(),
            faithful: 0,
            decoded: 0,
            bodies: 0,
            bodies_sent: 0,
            answers: 0,
            answers_read: 0,
            controls: 0,
            controls_noticed: 0,
            failures: BTreeMap::new(),
        }
    }

    /// Notes a failure; the first of each operation is told.
    pub fn fail(&mut self, operation: &str, message: &str) {
        let known = self.failures.entry(operation.to_owned());
        known
            .or_insert_with(|| (0, message.chars().take(1200).collect()))
            .0 += 1;
    }

    /// Counts a call.
    pub fn add(&mut self, operation: &str, mode: Mode, outcome: &Outcome) {
        self.requests += 1;
        self.minimal += usize::from(mode == Mode::Minimal);
        self.accepted += usize::from(outcome.sent && outcome.refusals.is_empty());
        self.faithful += usize::from(outcome.sent && outcome.lost.is_empty());
        self.decoded += usize::from(outcome.sent && outcome.undecoded.is_none());
        for reason in &outcome.false_findings {
            *self
                .false_findings
                .entry(format!("{operation}: {reason}"))
                .or_default() += 1;
        }
        let problems = outcome
            .refusals
            .iter()
            .chain(&outcome.lost)
            .chain(&outcome.undecoded);
        for problem in problems {
            self.fail(operation, &format!("{mode:?}: {problem}"));
        }
    }

    /// Whether nothing is missing.
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty()
            && self.called == self.operations
            && self.requests > self.operations
            && [self.accepted, self.faithful, self.decoded]
                .iter()
                .all(|it| *it == self.requests)
            && self.bodies_sent == self.bodies
            && self.answers_read == self.answers
            && self.controls > 0
            && self.controls_noticed == self.controls
    }
}

/// The table of all documents.
#[derive(Debug)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// The documents.
    pub tallies: Vec<Tally>,
}

impl Report {
    /// Whether nothing is missing.
    pub fn is_complete(&self) -> bool {
        !self.tallies.is_empty() && self.tallies.iter().all(Tally::is_complete)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "conformance, seed {}", self.seed)?;
        writeln!(
            f,
            "{:<13} {:>11} {:>9} {:>9} {:>9} {:>9} {:>11} {:>11} {:>9}",
            "document",
            "operations",
            "requests",
            "accepted",
            "faithful",
            "decoded",
            "bodies",
            "answers",
            "defects"
        )?;
        for it in &self.tallies {
            writeln!(
                f,
                "{:<13} {:>11} {:>9} {:>9} {:>9} {:>9} {:>11} {:>11} {:>9}",
                it.name,
                format!("{}/{}", it.called, it.operations),
                it.requests,
                it.accepted,
                it.faithful,
                it.decoded,
                format!("{}/{}", it.bodies_sent, it.bodies),
                format!("{}/{}", it.answers_read, it.answers),
                format!("{}/{}", it.controls_noticed, it.controls),
            )?;
        }
        for it in &self.tallies {
            for (reason, count) in &it.false_findings {
                writeln!(
                    f,
                    "{}: {count} requests with a false finding of the validator: {reason}",
                    it.name
                )?;
            }
            for (operation, (count, message)) in &it.failures {
                writeln!(
                    f,
                    "{} {operation}: {count} times, first: {message}",
                    it.name
                )?;
            }
        }
        f.write_str(if self.is_complete() {
            "complete"
        } else {
            "NOT complete"
        })
    }
}
