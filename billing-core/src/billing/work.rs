use std::time::Duration;

use time::OffsetDateTime;

use super::handle::MAX_CONFLICTS;
use super::{Billing, BillingError, EffectReport};
use crate::effects::{BackendError, Effect, GrantBalance, Lane};
use crate::entitlement::captured;
use crate::ledger::{Claim, Commit, Committed, PendingEffect};

/// How long one process may work on a customer's effects before another may take over. Prolonged
/// with each effect; longer than any single call to a store should take.
const LEASE: Duration = Duration::from_secs(120);

const FIRST_DELAY: Duration = Duration::from_secs(5);
const LONGEST_DELAY: Duration = Duration::from_secs(3600);

/// What stands in the way of later effects of the same customer.
#[derive(Default)]
struct Blocked {
    customer: bool,
    features: Vec<String>,
    /// When the first of the obstacles may be gone.
    until: Option<OffsetDateTime>,
}

impl Blocked {
    fn stops(&self, effect: &Effect) -> bool {
        match effect.lane() {
            Lane::Audit => false,
            Lane::Customer => self.customer,
            Lane::Feature(key) => self.customer || self.features.iter().any(|known| known == key),
        }
    }

    fn add(&mut self, effect: &Effect, until: OffsetDateTime) {
        self.until = Some(self.until.map_or(until, |earlier| earlier.min(until)));
        match effect.lane() {
            Lane::Audit => {}
            Lane::Customer => self.customer = true,
            Lane::Feature(key) => self.features.push(key.to_owned()),
        }
    }
}

/// One pass over pending effects: the time that it is made for, and the clock when it began.
#[derive(Clone, Copy)]
struct Pass {
    now: OffsetDateTime,
    started: OffsetDateTime,
}

impl Pass {
    /// The time that the pass is made for, moved on by what it has taken so far.
    fn present(self, clock: OffsetDateTime) -> OffsetDateTime {
        self.now + (clock - self.started).max(time::Duration::ZERO)
    }
}

/// Whether the claim still stands after an effect.
enum Next {
    GoOn,
    TakenOver,
}

impl Billing {
    /// Does pending effects, of one customer or of all, until only those are left that have to
    /// wait.
    pub(super) async fn work_off(
        &self,
        customer: Option<&str>,
        now: OffsetDateTime,
        report: &mut EffectReport,
    ) -> Result<(), BillingError> {
        let ledger = &self.parts.ledger;
        let pass = Pass {
            now,
            started: self.parts.clock.now(),
        };
        // Effects may bring further ones, so ask again until there is nothing to do.
        while let Some(claim) = ledger.claim(customer, now, LEASE).await? {
            let mut blocked = Blocked::default();
            for pending in &claim.effects {
                if blocked.stops(&pending.effect) {
                    continue;
                }
                if pending.retry_at > now {
                    blocked.add(&pending.effect, pending.retry_at);
                    continue;
                }
                match self
                    .attempt(&claim, pending, pass, report, &mut blocked)
                    .await?
                {
                    Next::GoOn => {}
                    Next::TakenOver => return Ok(()),
                }
            }
            ledger.release(&claim, blocked.until).await?;
        }
        Ok(())
    }

    async fn attempt(
        &self,
        claim: &Claim,
        pending: &PendingEffect,
        pass: Pass,
        report: &mut EffectReport,
        blocked: &mut Blocked,
    ) -> Result<Next, BillingError> {
        let (ledger, now) = (&self.parts.ledger, pass.now);
        let held = match self.perform(&claim.customer, &pending.effect).await {
            Ok(None) => {
                let present = pass.present(self.parts.clock.now());
                ledger.settle(claim, pending.id, present + LEASE).await?
            }
            Ok(Some(balances)) => self.keep_balances(claim, pending, &balances, now).await?,
            Err(error) => {
                let mut failed = pending.clone();
                failed.attempts = failed.attempts.saturating_add(1);
                failed.retry_at = now + delay(failed.attempts, error.is_retryable());
                let message = error.to_string();
                let held = ledger
                    .postpone(claim, failed.id, failed.retry_at, &message)
                    .await?;
                failed.last_error = Some(message);
                blocked.add(&failed.effect, failed.retry_at);
                report.failed.push(failed);
                return Ok(if held { Next::GoOn } else { Next::TakenOver });
            }
        };
        if held {
            report.done += 1;
            Ok(Next::GoOn)
        } else {
            Ok(Next::TakenOver)
        }
    }

    async fn perform(
        &self,
        customer: &str,
        effect: &Effect,
    ) -> Result<Option<Vec<GrantBalance>>, BackendError> {
        let backend = &self.parts.backend;
        match effect {
            Effect::EnsureCustomer { profile } => backend.ensure_customer(profile).await?,
            Effect::PutEntitlement { entitlement } => {
                backend.put_entitlement(customer, entitlement).await?;
            }
            Effect::DeleteEntitlement { feature_key } => {
                backend.delete_entitlement(customer, feature_key).await?;
            }
            Effect::CaptureGrants { feature_key } => {
                return Ok(Some(backend.grant_balances(customer, feature_key).await?));
            }
            Effect::CreateGrant { grant } => backend.create_grant(customer, grant).await?,
            Effect::RevokeGrant { feature_key, key } => {
                backend.revoke_grant(customer, feature_key, key).await?;
            }
            Effect::Audit { entry } => backend.record_audit(entry).await?,
        }
        Ok(None)
    }

    /// Keeps what is left of top-ups together with the note that it was asked for, so that it is
    /// asked once and cannot be lost. Returns whether the claim still stands.
    async fn keep_balances(
        &self,
        claim: &Claim,
        pending: &PendingEffect,
        balances: &[GrantBalance],
        now: OffsetDateTime,
    ) -> Result<bool, BillingError> {
        let Effect::CaptureGrants { feature_key } = &pending.effect else {
            return Ok(true);
        };
        let parts = &self.parts;
        for _ in 0..MAX_CONFLICTS {
            let account = self.account(&claim.customer).await?;
            let (state, effects) = captured(
                &account.state,
                feature_key,
                balances,
                &parts.catalog,
                &parts.policy,
                now,
            );
            let commit = Commit {
                customer: claim.customer.clone(),
                expected_version: account.version,
                state,
                event: None,
                links: Vec::new(),
                effects,
                settled: Some((claim.token, pending.id)),
                at: now,
            };
            match parts.ledger.commit(commit).await? {
                Committed::Kept => return Ok(true),
                Committed::TakenOver => return Ok(false),
                Committed::Conflict | Committed::Repeated => {}
            }
        }
        Err(BillingError::Contention {
            customer: claim.customer.clone(),
        })
    }
}

/// Doubles with each attempt. A refusal needs somebody to change something, so it waits longer.
fn delay(attempts: u32, retryable: bool) -> Duration {
    let first = if retryable {
        FIRST_DELAY
    } else {
        FIRST_DELAY * 12
    };
    first
        .saturating_mul(1 << attempts.saturating_sub(1).min(16))
        .min(LONGEST_DELAY)
}
