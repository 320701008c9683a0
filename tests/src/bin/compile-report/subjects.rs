//! What is measured, and what it may cost.

/// One crate, compiled in one way.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// The crate of the workspace that is depended on.
    pub(crate) dependency: &'static str,
    /// Its features; `None` is the default.
    pub(crate) features: Option<&'static [&'static str]>,
    /// The crate whose compilation counts: the dependency, or `app` for the application itself.
    pub(crate) counted: &'static str,
    pub(crate) release: bool,
    /// The most CPU seconds that it may take.
    pub(crate) cpu: f64,
    /// The most MiB that the compiler may use.
    pub(crate) memory: Option<u64>,
    /// Comparable crates, measured in the same way.
    pub(crate) others: &'static str,
}

/// The counted crate of an application.
pub(crate) const APP: &str = "app";

const fn library(
    name: &'static str,
    dependency: &'static str,
    features: Option<&'static [&'static str]>,
    cpu: f64,
) -> Subject {
    Subject {
        name,
        dependency,
        features,
        counted: dependency,
        release: false,
        cpu,
        memory: None,
        others: "",
    }
}

pub(crate) static SUBJECTS: &[Subject] = &[
    Subject {
        memory: Some(800),
        others: "polar-sh 20.8 (1229 MiB), dodopayments 22.6, octocrab 41.4, async-stripe 119.8",
        ..library("polar-client, everything", "polar-client", None, 8.0)
    },
    Subject {
        others: "async-stripe, customers only: 45.1",
        ..library(
            "polar-client, customers",
            "polar-client",
            Some(&["customers"]),
            1.2,
        )
    },
    library(
        "polar-client, customers + checkouts + subscriptions",
        "polar-client",
        Some(&["customers", "checkouts", "subscriptions"]),
        3.0,
    ),
    library(
        "openmeter-client, v1 + v2",
        "openmeter-client",
        Some(&["v1"]),
        5.0,
    ),
    library(
        "openmeter-client, v3",
        "openmeter-client",
        Some(&["v3"]),
        5.0,
    ),
    library(
        "openmeter-client, everything",
        "openmeter-client",
        Some(&["full"]),
        10.0,
    ),
    Subject {
        others: "serde derive: 1.6",
        counted: APP,
        ..library(
            "application of ten operations, debug",
            "polar-client",
            None,
            0.5,
        )
    },
    Subject {
        others: "serde derive: 15.0",
        counted: APP,
        release: true,
        ..library(
            "application of ten operations, release",
            "polar-client",
            None,
            2.0,
        )
    },
];
