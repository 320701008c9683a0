//! Calling every operation of a document.

use std::collections::BTreeSet;

use super::arguments::{Arguments, Mode, OperationSource, SESSION_TOKEN};
use super::call::Entry;
use super::controls;
use super::document::Document;
use super::faithful::{lost_body, lost_query};
use super::judge::{Expected, defects, violations};
use super::report::Tally;

/// What became of one call.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Whether a request went out.
    pub sent: bool,
    /// What the request broke.
    pub refusals: Vec<String>,
    /// Why findings of the validator do not count.
    pub false_findings: BTreeSet<&'static str>,
    /// What was lost between the arguments and the wire.
    pub lost: Vec<String>,
    /// Why the answer did not decode.
    pub undecoded: Option<String>,
}

/// Calls every operation: with required arguments alone, with all, and as often as there are
/// bodies to send and answers to read. Then damages requests to see that it is noticed.
pub async fn run<C: Sync>(document: &Document<C>) -> Tally {
    let mut tally = Tally::new(document.name, document.source.operations.len());
    for goal in &document.source.uncovered {
        tally.fail("arguments", goal);
    }
    for key in document.source.operations.keys() {
        if !document.calls.iter().any(|entry| entry.key == key) {
            tally.fail(key, "the client does not have it");
        }
    }
    for entry in document.calls {
        match document.source.operations.get(entry.key) {
            Some(source) => operation(document, entry, source, &mut tally).await,
            None => tally.fail(entry.name, "the document does not have it"),
        }
    }
    controls::run(document, &mut tally).await;
    tally
}

async fn operation<C: Sync>(
    document: &Document<C>,
    entry: &Entry<C>,
    source: &OperationSource,
    tally: &mut Tally,
) {
    let answers = document.answers.get(entry.key).copied().unwrap_or_default();
    let optional_body = usize::from(!source.body.is_empty() && !source.body_required);
    let rounds = answers.max(source.body.len() + optional_body).max(2);
    let mut sent = 0;
    for round in 0..rounds {
        let mode = if round == 0 {
            Mode::Minimal
        } else {
            Mode::Full
        };
        let outcome = call(document, entry, source, mode, round).await;
        sent += usize::from(outcome.sent);
        tally.add(entry.name, mode, &outcome);
    }
    if entry.csv {
        let outcome = call(document, entry, source, Mode::Csv, rounds).await;
        tally.add(entry.name, Mode::Csv, &outcome);
    }
    tally.called += usize::from(sent > 0);
    tally.bodies += source.body.len();
    tally.bodies_sent += source.body.len().min(sent.saturating_sub(optional_body));
    tally.answers += answers;
    tally.answers_read += answers.min(sent);
}

/// Makes one call and looks at what went over the wire.
pub async fn call<C: Sync>(
    document: &Document<C>,
    entry: &Entry<C>,
    source: &OperationSource,
    mode: Mode,
    round: usize,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut arguments = Arguments::new(source, mode, round);
    let request = match (entry.call)(&document.client, &mut arguments) {
        Ok(request) => request,
        Err(error) => {
            outcome.lost.push(error.to_string());
            return outcome;
        }
    };
    document.recorder.take();
    outcome.undecoded = request.await.err();
    let exchanges = document.recorder.take();
    let [exchange] = exchanges.as_slice() else {
        let why = outcome.undecoded.clone().unwrap_or_default();
        outcome
            .refusals
            .push(format!("{} requests were sent: {why}", exchanges.len()));
        return outcome;
    };
    outcome.sent = true;
    let token = if arguments.with_session() {
        SESSION_TOKEN
    } else {
        document.token
    };
    let expected = Expected {
        key: entry.key,
        token: (!entry.public).then_some(token),
        success: entry.success,
    };
    outcome.refusals = defects(exchange, &expected);
    for violation in violations(exchange.answer_header("sl-violations")) {
        match document
            .known
            .iter()
            .find(|known| known.is(entry.key, &violation))
        {
            Some(known) => {
                outcome.false_findings.insert(known.reason);
            }
            None => outcome
                .refusals
                .push(format!("{}: {}", violation.place(), violation.message)),
        }
    }
    let left_out = arguments.left_out().into_iter();
    outcome
        .lost
        .extend(left_out.map(|name| format!("{name} cannot be set")));
    outcome.lost.extend(lost_query(exchange, arguments.taken()));
    if let Some(body) = arguments.taken_body() {
        outcome.lost.extend(lost_body(exchange, body));
    }
    outcome
}
