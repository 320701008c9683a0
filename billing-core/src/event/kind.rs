client_core::open_enum! {
    /// What happened, in names shared by all providers.
    ///
    /// A name tells people and audit trails what a provider reported. Access never follows from
    /// it: a `subscription.canceled` usually still has access until its period ends.
    pub enum EventKind {
        /// A subscription exists now.
        SubscriptionCreated = "subscription.created",
        /// A subscription began to give access, or does so again.
        SubscriptionActive = "subscription.active",
        /// Anything about a subscription changed.
        SubscriptionUpdated = "subscription.updated",
        /// A new billing period began.
        SubscriptionRenewed = "subscription.renewed",
        /// A cancellation was asked for; it may take effect later.
        SubscriptionCanceled = "subscription.canceled",
        /// A planned cancellation was taken back.
        SubscriptionUncanceled = "subscription.uncanceled",
        /// A subscription ended and was removed.
        SubscriptionDeleted = "subscription.deleted",
        /// A subscription reached its end.
        SubscriptionExpired = "subscription.expired",
        /// A subscription ran through all its periods.
        SubscriptionCompleted = "subscription.completed",
        /// A subscription was paused.
        SubscriptionPaused = "subscription.paused",
        /// A paused subscription goes on.
        SubscriptionResumed = "subscription.resumed",
        /// A payment is late.
        SubscriptionPastDue = "subscription.past_due",
        /// The provider gave up collecting a payment.
        SubscriptionUnpaid = "subscription.unpaid",
        /// A subscription waits for a payment method.
        SubscriptionOnHold = "subscription.on_hold",
        /// A subscription could not be started.
        SubscriptionFailed = "subscription.failed",
        /// The provider ended a subscription's access.
        SubscriptionRevoked = "subscription.revoked",
        /// Money arrived.
        InvoicePaid = "invoice.paid",
        /// Money went back, wholly or in part.
        InvoiceRefunded = "invoice.refunded",
        /// A charge failed.
        InvoicePaymentFailed = "invoice.payment_failed",
        /// A charge is under way.
        InvoiceProcessing = "invoice.processing",
        /// A bill was called off.
        InvoiceCanceled = "invoice.canceled",
        /// A refund did not go through.
        InvoiceRefundFailed = "invoice.refund_failed",
        /// A trial began.
        TrialStarted = "trial.started",
        /// A trial is over.
        TrialEnded = "trial.ended",
        /// A checkout was completed; a payment may still be missing.
        CheckoutCompleted = "checkout.completed",
        /// A checkout was left unfinished.
        CheckoutAbandoned = "checkout.abandoned",
        /// An abandoned checkout was finished after all.
        CheckoutRecovered = "checkout.recovered",
        /// A customer disputes a payment.
        DisputeOpened = "dispute.opened",
        /// A dispute was not answered in time.
        DisputeExpired = "dispute.expired",
        /// A dispute was accepted.
        DisputeAccepted = "dispute.accepted",
        /// A dispute was withdrawn.
        DisputeCanceled = "dispute.canceled",
        /// A dispute is being answered.
        DisputeChallenged = "dispute.challenged",
        /// A dispute was decided for the seller.
        DisputeWon = "dispute.won",
        /// A dispute was decided for the customer.
        DisputeLost = "dispute.lost",
        /// Collecting a failed payment began.
        DunningStarted = "dunning.started",
        /// A failed payment was collected.
        DunningRecovered = "dunning.recovered",
        /// Credit was added.
        CreditAdded = "credit.added",
        /// Credit was used.
        CreditDeducted = "credit.deducted",
        /// Credit expired.
        CreditExpired = "credit.expired",
        /// Unused credit moved to the next period.
        CreditRolledOver = "credit.rolled_over",
        /// Unused credit was lost.
        CreditRolloverForfeited = "credit.rollover_forfeited",
        /// Use beyond the credit was charged.
        CreditOverageCharged = "credit.overage_charged",
        /// Credit was changed by hand.
        CreditManualAdjustment = "credit.manual_adjustment",
        /// Credit is running out.
        CreditBalanceLow = "credit.balance_low",
        /// A licence key was made.
        LicenseCreated = "license.created",
        /// A summary of what a customer has was sent.
        CustomerStateChanged = "customer.state.changed",
        /// A customer's billing state was read.
        CustomerSynced = "customer.synced",
    }
}
