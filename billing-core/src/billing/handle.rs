use std::collections::{BTreeSet, VecDeque};

use time::OffsetDateTime;

use super::{Billing, BillingError, DueOutcome, EventOutcome, Outcome};
use crate::entitlement::{IgnoredReason, State, Verdict, decide, expire};
use crate::event::BillingEvent;
use crate::ledger::{Account, Commit, Committed, EventId, Link, LinkKind};
use crate::provider::Provider;

/// How often a decision is made again because somebody else changed the customer meanwhile.
pub(super) const MAX_CONFLICTS: u32 = 16;

const DUE_BATCH: usize = 100;

impl Billing {
    /// Takes events in: decides what follows, keeps it in the ledger, and does it.
    ///
    /// Safe to repeat, in any order and from several processes. Effects that fail are kept and
    /// reported in [`Outcome::effects`]; they are no error.
    ///
    /// # Errors
    /// [`BillingError`]: the ledger failed. Answer the provider with a 5xx status, so that it
    /// delivers again.
    pub async fn handle(&self, events: Vec<BillingEvent>) -> Result<Outcome, BillingError> {
        let mut outcome = Outcome::default();
        let mut customers = BTreeSet::new();
        let mut queue: VecDeque<BillingEvent> = events.into();
        while let Some(event) = queue.pop_front() {
            let (verdict, customer) = self.take_in(&event).await?;
            if let Some(customer) = &customer {
                customers.insert(customer.clone());
                for parked in self.waiting_for(&event).await? {
                    if parked.id != event.id && !queue.iter().any(|next| next.id == parked.id) {
                        queue.push_back(parked);
                    }
                }
            }
            let (id, kind) = (EventId::of(&event), event.kind);
            outcome.events.push(EventOutcome {
                event: id,
                kind,
                customer,
                verdict,
            });
        }
        let now = self.parts.clock.now();
        for customer in customers {
            self.work_off(Some(&customer), now, &mut outcome.effects)
                .await?;
        }
        Ok(outcome)
    }

    /// Does what is due at `now`: ends access whose planned end or grace period has passed, and
    /// tries failed and left-over effects again. Call it regularly.
    ///
    /// # Errors
    /// [`BillingError`]: the ledger failed; what was done until then stays done.
    pub async fn run_due(&self, now: OffsetDateTime) -> Result<DueOutcome, BillingError> {
        let mut outcome = DueOutcome::default();
        loop {
            let due = self.parts.ledger.due(now, DUE_BATCH).await?;
            if due.is_empty() {
                break;
            }
            for customer in due {
                let changes = self.bring_in_line(&customer, now).await?;
                outcome.customers.push((customer, changes));
            }
        }
        self.work_off(None, now, &mut outcome.effects).await?;
        Ok(outcome)
    }

    /// Works a customer's entitlements out anew, after a change of catalog or policy.
    ///
    /// # Errors
    /// [`BillingError`]: the ledger failed.
    pub async fn refresh(&self, customer: &str) -> Result<DueOutcome, BillingError> {
        let now = self.parts.clock.now();
        let changes = self.bring_in_line(customer, now).await?;
        let mut outcome = DueOutcome::default();
        outcome.customers.push((customer.to_owned(), changes));
        self.work_off(Some(customer), now, &mut outcome.effects)
            .await?;
        Ok(outcome)
    }

    /// Records that a provider's customer is a customer of the application, and handles the events
    /// that waited for it. A link that exists already stays as it is.
    ///
    /// # Errors
    /// [`BillingError`]: the ledger failed.
    pub async fn link_customer(
        &self,
        provider: Provider,
        provider_customer_id: &str,
        customer: &str,
    ) -> Result<Outcome, BillingError> {
        let id = provider_customer_id.to_owned();
        let link = Link {
            provider,
            kind: LinkKind::Customer,
            id,
        };
        for _ in 0..MAX_CONFLICTS {
            let account = self.account(customer).await?;
            let commit = Commit {
                customer: customer.to_owned(),
                expected_version: account.version,
                state: account.state,
                event: None,
                links: vec![link.clone()],
                effects: Vec::new(),
                settled: None,
                at: self.parts.clock.now(),
            };
            if self.parts.ledger.commit(commit).await? == Committed::Kept {
                let parked = self
                    .parts
                    .ledger
                    .parked(provider, provider_customer_id)
                    .await?;
                return self.handle(parked).await;
            }
        }
        Err(BillingError::Contention {
            customer: customer.to_owned(),
        })
    }

    async fn take_in(
        &self,
        event: &BillingEvent,
    ) -> Result<(Verdict, Option<String>), BillingError> {
        let parts = &self.parts;
        let id = EventId::of(event);
        let mut owner = None;
        for _ in 0..MAX_CONFLICTS {
            owner = self.owner_of(event).await?;
            if parts.ledger.is_processed(&id).await? {
                return Ok((
                    Verdict::Ignored {
                        reason: IgnoredReason::Repeated,
                    },
                    owner,
                ));
            }
            let now = parts.clock.now();
            let Some(customer) = &owner else {
                let decision = decide(&State::default(), event, &parts.catalog, &parts.policy, now);
                if event.subscription.is_some() || event.payment.is_some() {
                    parts.ledger.park(event).await?;
                }
                return Ok((decision.verdict, None));
            };
            let account = self.account(customer).await?;
            let decision = decide(&account.state, event, &parts.catalog, &parts.policy, now);
            let commit = Commit {
                customer: customer.clone(),
                expected_version: account.version,
                state: decision.state,
                event: Some(id.clone()),
                links: links(event, customer),
                effects: decision.effects,
                settled: None,
                at: now,
            };
            match parts.ledger.commit(commit).await? {
                Committed::Kept => return Ok((decision.verdict, owner)),
                Committed::Repeated => {
                    return Ok((
                        Verdict::Ignored {
                            reason: IgnoredReason::Repeated,
                        },
                        owner,
                    ));
                }
                Committed::Conflict | Committed::TakenOver => {}
            }
        }
        Err(BillingError::Contention {
            customer: owner.unwrap_or_default(),
        })
    }

    /// Finds whose event it is. What belongs to somebody already stays with them: ids in later
    /// events may be gone (a deleted customer has none) or be chosen by a buyer.
    async fn owner_of(&self, event: &BillingEvent) -> Result<Option<String>, BillingError> {
        for link in owned_things(event) {
            if let Some(owner) = self.parts.ledger.owner(&link).await? {
                return Ok(Some(owner));
            }
        }
        if let Some(named) = self.parts.policy.customer_key(&event.customer) {
            return Ok(Some(named.to_owned()));
        }
        match customer_link(event) {
            Some(link) => Ok(self.parts.ledger.owner(&link).await?),
            None => Ok(None),
        }
    }

    async fn waiting_for(&self, event: &BillingEvent) -> Result<Vec<BillingEvent>, BillingError> {
        match event.customer.provider_id.as_deref() {
            // With trusted reference ids, the provider's customer may pay for several of ours.
            Some(id) if event.customer.external_id.is_some() => {
                Ok(self.parts.ledger.parked(event.provider, id).await?)
            }
            _ => Ok(Vec::new()),
        }
    }

    pub(super) async fn account(&self, customer: &str) -> Result<Account, BillingError> {
        let mut account = self.parts.ledger.account(customer).await?;
        if account.version == 0 {
            account.state = State::new(customer);
        }
        Ok(account)
    }

    async fn bring_in_line(
        &self,
        customer: &str,
        now: OffsetDateTime,
    ) -> Result<Vec<crate::entitlement::Change>, BillingError> {
        for _ in 0..MAX_CONFLICTS {
            let account = self.account(customer).await?;
            let (state, effects, changes) =
                expire(&account.state, &self.parts.catalog, &self.parts.policy, now);
            let commit = Commit {
                customer: customer.to_owned(),
                expected_version: account.version,
                state,
                event: None,
                links: Vec::new(),
                effects,
                settled: None,
                at: now,
            };
            if self.parts.ledger.commit(commit).await? == Committed::Kept {
                return Ok(changes);
            }
        }
        Err(BillingError::Contention {
            customer: customer.to_owned(),
        })
    }
}

fn owned_things(event: &BillingEvent) -> Vec<Link> {
    let link = |kind, id: &str| Link {
        provider: event.provider,
        kind,
        id: id.to_owned(),
    };
    let mut things = Vec::new();
    if let Some(subscription) = &event.subscription {
        things.push(link(LinkKind::Subscription, &subscription.id));
    }
    if let Some(payment) = &event.payment {
        if let Some(id) = &payment.subscription_id {
            things.push(link(LinkKind::Subscription, id));
        }
        things.push(link(LinkKind::Payment, &payment.id));
    }
    things.dedup();
    things
}

fn customer_link(event: &BillingEvent) -> Option<Link> {
    let id = event.customer.provider_id.clone()?;
    Some(Link {
        provider: event.provider,
        kind: LinkKind::Customer,
        id,
    })
}

/// What the event shows to belong to the customer. The provider's customer counts only if the event
/// itself carries the application's id for it.
fn links(event: &BillingEvent, customer: &str) -> Vec<Link> {
    let mut links = owned_things(event);
    if event.customer.external_id.as_deref() == Some(customer) {
        links.extend(customer_link(event));
    }
    links
}
