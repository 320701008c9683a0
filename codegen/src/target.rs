//! The documents, and what differs between them.

use crate::ir::Type;

/// One document and where its code goes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name on the command line and in the marker of generated files.
    pub name: &'static str,
    /// The document below the folder of specifications.
    pub document: &'static str,
    /// The overlay below `codegen/overlay`.
    pub overlay: &'static str,
    /// The crate.
    pub krate: &'static str,
    /// The module below the crate's `src`, without ending.
    pub module: &'static str,
    /// The Rust path of that module.
    pub path: &'static str,
    /// The Rust path under which users reach the resources.
    pub public: &'static str,
    /// The client type of the crate, and how examples name a client.
    pub client: (&'static str, &'static str),
    /// The type that the root accessors are written for.
    pub root: &'static str,
    /// How users hold that type, for the index: `polar`, `om`, `om.v3()`.
    pub handle: &'static str,
    /// What stands before the names of features.
    pub feature_prefix: &'static str,
    /// Field names that hold secrets.
    pub secrets: &'static [&'static str],
    /// Fields that hold secrets in one schema alone: links that let in whoever has them, codes,
    /// keys, headers. By schema and field.
    pub secret_fields: &'static [(&'static str, &'static str)],
    /// Components that are decimal texts.
    pub decimals: &'static [&'static str],
    /// Bases of id types; the longest that ends or is part of a schema's name wins.
    pub ids: &'static [&'static str],
    /// Schemas and builders whose `id` is of another kind than their name says, or of none that
    /// has a type.
    pub id_owners: &'static [(&'static str, Option<&'static str>)],
    /// Field names whose id type does not follow from the name.
    pub id_fields: &'static [(&'static str, &'static str)],
    /// Unions of a text and operators that filter by an id.
    pub id_filters: &'static [&'static str],
    /// Schemas that take another name in Rust.
    pub renames: &'static [(&'static str, &'static str)],
    /// Schemas that an answer cannot be told apart from another that has all they have: the first
    /// is taken for the second.
    pub merged: &'static [(&'static str, &'static str)],
    /// Enums that the document writes out at several places and that are one concept: the name, and
    /// the names by place. Their values are put together.
    pub shared_enums: &'static [(&'static str, &'static [&'static str])],
    /// Fields that may hold any JSON, so that the hand-written side can check it: schema and field.
    pub any_json: &'static [(&'static str, &'static str)],
    /// Unions that the document writes out wherever they stand: the name, and the branches as
    /// [`Type::word`](crate::ir::Type::word) tells them.
    pub shared_unions: &'static [(&'static str, &'static [&'static str])],
    /// Fields that the document requires and real answers lack, by schema, where `*` stands for
    /// any text; a field `*` is every field but the first. They are optional in Rust: an answer
    /// must not be lost for them.
    pub lenient: &'static [(&'static str, &'static str)],
    /// Schemas that webhooks deliver and the document does not list as webhooks.
    pub webhook_schemas: &'static [&'static str],
    /// Whether an operation without credentials in the document is one without credentials; else
    /// the document leaves them to the deployment.
    pub tells_credentials: bool,
    /// Whether the server takes a repeated key of a map for either value.
    pub ors_repeated_keys: bool,
    /// Whether the content of a body decides if repeating the request is harmless.
    pub body_decides: bool,
    /// Resources whose accessor is written by hand: they take a credential of their own.
    pub handmade_accessors: &'static [&'static str],
    /// Fields of texts that hold several values, joined by commas.
    pub comma_lists: &'static [&'static str],
    /// Types whose constructor and setters are written by hand.
    pub handmade: &'static [&'static str],
    /// The type of a CloudEvents body.
    pub events_body: &'static str,
    /// The page size that streams ask for.
    pub page_size: u32,
    /// The documentation of the API.
    pub reference: &'static str,
}

const POLAR: Target = Target {
    name: "polar",
    document: "polar.json",
    overlay: "polar.toml",
    krate: "polar-client",
    module: "generated",
    path: "crate::generated",
    public: "polar_client",
    client: ("Polar", "polar"),
    root: "Polar",
    handle: "polar",
    feature_prefix: "",
    secrets: &[
        "token",
        "access_token",
        "refresh_token",
        "id_token",
        "client_secret",
        "secret",
        "invitation_token",
        "customer_session_token",
        "session_token",
        "registration_access_token",
        "code_verifier",
    ],
    secret_fields: &[
        ("AuthorizationCodeTokenRequest", "code"),
        ("BenefitGrantSlackSharedChannelProperties", "invite_url"),
        ("Checkout", "payment_processor_metadata"),
        ("Checkout", "success_url"),
        ("Checkout", "url"),
        ("CheckoutPublic", "payment_processor_metadata"),
        ("CheckoutPublic", "success_url"),
        ("CheckoutPublic", "url"),
        ("CheckoutPublicConfirmed", "payment_processor_metadata"),
        ("CheckoutPublicConfirmed", "success_url"),
        ("CheckoutPublicConfirmed", "url"),
        ("CustomerSession", "customer_portal_url"),
        ("GrantedLicenseKey", "key"),
        ("LicenseKeyActivate", "key"),
        ("LicenseKeyDeactivate", "key"),
        ("LicenseKeyRead", "key"),
        ("LicenseKeyValidate", "key"),
        ("LicenseKeyWithActivations", "key"),
        ("RotatedLicenseKey", "key"),
        ("S3DownloadURL", "url"),
        ("S3FileUploadPart", "url"),
        ("ValidatedLicenseKey", "key"),
        ("WebhookEvent", "payload"),
    ],
    decimals: &[],
    ids: &[
        "Customer",
        "Product",
        "ProductPrice",
        "Subscription",
        "Order",
        "OrderItem",
        "Checkout",
        "CheckoutLink",
        "Benefit",
        "BenefitGrant",
        "Discount",
        "Meter",
        "CustomerMeter",
        "Organization",
        "LicenseKey",
        "LicenseKeyActivation",
        "CustomField",
        "File",
        "Refund",
        "Dispute",
        "Payment",
        "PaymentMethod",
        "Event",
        "EventType",
        "Member",
        "CustomerSeat",
        "WebhookEndpoint",
        "WebhookDelivery",
        "WebhookEvent",
        "Wallet",
        "MetricDashboard",
        "User",
        "CustomerSession",
    ],
    id_owners: &[
        ("BenefitLicenseKeys", Some("Benefit")),
        ("BenefitLicenseKeysPublic", Some("Benefit")),
        ("BenefitLicenseKeysSubscriber", Some("Benefit")),
        ("CheckoutDiscountFixedOnceForeverDuration", Some("Discount")),
        ("CheckoutDiscountFixedRepeatDuration", Some("Discount")),
        (
            "CheckoutDiscountPercentageOnceForeverDuration",
            Some("Discount"),
        ),
        ("CheckoutDiscountPercentageRepeatDuration", Some("Discount")),
        ("CustomerStateMeter", Some("CustomerMeter")),
        ("CustomerStateSubscriptionMeter", None),
        ("CustomerSubscriptionMeter", None),
        ("OrganizationAvatarFileRead", Some("File")),
        ("PendingSubscriptionUpdate", None),
        ("ProductMediaFileRead", Some("File")),
        ("SubscriptionMeter", None),
    ],
    id_fields: &[
        ("price_id", "ProductPriceId"),
        ("product_price_id", "ProductPriceId"),
        ("seat_id", "CustomerSeatId"),
        ("activation_id", "LicenseKeyActivationId"),
        ("endpoint_id", "WebhookEndpointId"),
        ("webhook_endpoint_id", "WebhookEndpointId"),
        ("products", "ProductId"),
        ("benefits", "BenefitId"),
    ],
    id_filters: &[],
    // The SDKs of Polar call it a checkout; the claims are those of an organization as well.
    renames: &[
        ("CheckoutProductsCreate", "CheckoutCreate"),
        ("UserInfoUser", "UserInfo"),
    ],
    merged: &[("UserInfoOrganization", "UserInfoUser")],
    shared_enums: &[
        (
            "Country",
            &[
                "AddressCountry",
                "AddressInputCountry",
                "OrganizationCountry",
                "OrganizationCreateCountry",
                "OrganizationUpdateCountry",
            ],
        ),
        (
            "TimeZone",
            &[
                "ExportMetricsTimezone",
                "GetMeterQuantitiesTimezone",
                "GetMetricsTimezone",
            ],
        ),
        (
            "GitHubRepositoryPermission",
            &[
                "BenefitGitHubRepositoryCreatePropertiesPermission",
                "BenefitGitHubRepositoryPropertiesPermission",
                "BenefitGrantGitHubRepositoryPropertiesPermission",
            ],
        ),
        (
            "OAuth2GrantType",
            &[
                "OAuth2ClientConfigurationGrantType",
                "OAuth2ClientConfigurationUpdateGrantType",
            ],
        ),
        (
            "OAuth2ResponseType",
            &[
                "OAuth2ClientConfigurationResponseType",
                "OAuth2ClientConfigurationUpdateResponseType",
            ],
        ),
        (
            "OAuth2TokenEndpointAuthMethod",
            &[
                "OAuth2ClientConfigurationTokenEndpointAuthMethod",
                "OAuth2ClientConfigurationUpdateTokenEndpointAuthMethod",
            ],
        ),
        (
            "OAuth2TokenType",
            &[
                "IntrospectTokenRequestTokenTypeHint",
                "IntrospectTokenResponseTokenType",
                "RevokeTokenRequestTokenTypeHint",
            ],
        ),
        (
            "WebhookApiVersion",
            &[
                "WebhookEndpointCreateApiVersion",
                "WebhookEndpointUpdateApiVersion",
            ],
        ),
    ],
    any_json: &[],
    shared_unions: &[
        (
            "AnyProductPrice",
            &["LegacyRecurringProductPrice", "ProductPrice"],
        ),
        ("CustomFieldValue", &["text", "integer", "boolean", "time"]),
        (
            "CustomerSessionCreate",
            &[
                "CustomerSessionCustomerIDCreate",
                "CustomerSessionCustomerExternalIDCreate",
            ],
        ),
        (
            "EventCreate",
            &["EventCreateCustomer", "EventCreateExternalCustomer"],
        ),
        ("FilterNode", &["FilterClause", "Filter"]),
        ("MetadataValue", &["text", "integer", "number", "boolean"]),
        ("MetadataValue", &["text", "integer", "boolean"]),
        (
            "SubscriptionCreate",
            &[
                "SubscriptionCreateCustomer",
                "SubscriptionCreateExternalCustomer",
            ],
        ),
        (
            "ProductPriceCreate",
            &[
                "ProductPriceFixedCreate",
                "ProductPriceCustomCreate",
                "ProductPriceSeatBasedCreate",
                "ProductPriceUnitBasedCreate",
                "ProductPriceMeteredUnitCreate",
                "ProductPriceMeteredTiersCreate",
            ],
        ),
    ],
    // An endpoint that was set up before this version does not send the version.
    lenient: &[
        ("IntrospectTokenResponse", "*"),
        ("Webhook*Payload", "api_version"),
    ],
    webhook_schemas: &[],
    tells_credentials: true,
    ors_repeated_keys: true,
    body_decides: true,
    comma_lists: &[],
    handmade_accessors: &["customer_portal"],
    handmade: &[],
    events_body: "",
    page_size: 100,
    reference: "https://polar.sh/docs/api-reference",
};

const OPENMETER_SECRETS: &[&str] = &[
    "token",
    "signingSecret",
    "apiKey",
    "secretAPIKey",
    "secret_api_key",
    "api_key",
    "client_secret",
    "clientSecret",
];

const OPENMETER_V1: Target = Target {
    name: "openmeter-v1",
    document: "openmeter-v1.yaml",
    overlay: "openmeter_v1.toml",
    krate: "openmeter-client",
    module: "generated/v1",
    path: "crate::generated::v1",
    public: "openmeter_client",
    client: ("OpenMeter", "om"),
    root: "OpenMeter",
    handle: "om",
    feature_prefix: "",
    secrets: OPENMETER_SECRETS,
    secret_fields: &[
        ("CreateStripeCheckoutSessionResult", "url"),
        ("NotificationChannelWebhook", "customHeaders"),
        ("NotificationChannelWebhookCreateRequest", "customHeaders"),
        ("StripeCustomerPortalSession", "url"),
    ],
    decimals: &["Numeric"],
    ids: &[
        "Customer",
        "Feature",
        "Meter",
        "Plan",
        "Addon",
        "PlanAddon",
        "Subscription",
        "SubscriptionAddon",
        "SubscriptionItem",
        "Entitlement",
        "Grant",
        "Invoice",
        "App",
        "NotificationChannel",
        "NotificationRule",
        "NotificationEvent",
        "BillingProfile",
        "Subject",
        "PortalToken",
        "TaxCode",
        "InvoiceLine",
    ],
    id_owners: &[
        ("CustomInvoicingCustomerAppData", Some("App")),
        ("EntitlementGrantV2", Some("Grant")),
        ("InvoiceDetailedLine", None),
        ("InvoiceDiscountBase", None),
        ("InvoiceLineAmountDiscount", None),
        ("InvoiceLineUsageDiscount", None),
        ("InvoiceSimulationLine", Some("InvoiceLine")),
        ("ListPlanAddons", Some("Addon")),
        ("SandboxCustomerAppData", Some("App")),
        ("StripeCustomerAppData", Some("App")),
        ("StripeCustomerAppDataCreateOrUpdateItem", Some("App")),
        ("SubscriptionPhase", None),
        ("SubscriptionPhaseExpanded", None),
    ],
    id_fields: &[
        ("channelId", "NotificationChannelId"),
        ("ruleId", "NotificationRuleId"),
        ("eventId", "NotificationEventId"),
        ("appId", "AppId"),
    ],
    id_filters: &[],
    renames: &[
        ("CustomerId", "CustomerIdReference"),
        ("CustomerKey", "CustomerKeyReference"),
    ],
    merged: &[],
    shared_enums: &[],
    any_json: &[("Event", "data")],
    shared_unions: &[],
    lenient: &[],
    webhook_schemas: &["NotificationEventPayload"],
    tells_credentials: false,
    ors_repeated_keys: false,
    body_decides: false,
    comma_lists: &[],
    handmade_accessors: &[],
    handmade: &["Event"],
    events_body: "crate::event::Events",
    page_size: 1000,
    reference: "https://openmeter.io/docs/api",
};

const OPENMETER_V3: Target = Target {
    name: "openmeter-v3",
    document: "openmeter-v3.yaml",
    overlay: "openmeter_v3.toml",
    krate: "openmeter-client",
    module: "generated/v3",
    path: "crate::generated::v3",
    public: "openmeter_client::v3",
    client: ("OpenMeter", "om"),
    root: "V3",
    handle: "om.v3()",
    feature_prefix: "v3-",
    secrets: OPENMETER_SECRETS,
    secret_fields: &[
        ("BillingAppStripeCreateCheckoutSessionResult", "url"),
        ("BillingAppStripeCreateCustomerPortalSessionResult", "url"),
    ],
    decimals: &["Numeric"],
    ids: &[
        "Customer",
        "Feature",
        "Meter",
        "Plan",
        "Addon",
        "PlanAddon",
        "Subscription",
        "SubscriptionAddon",
        "CreditGrant",
        "Invoice",
        "App",
        "BillingProfile",
        "TaxCode",
        "Currency",
        "CostBasis",
        "Charge",
        "Price",
    ],
    id_owners: &[
        ("BillingCreditGrantInvoiceReference", Some("Invoice")),
        ("BillingCreditGrantInvoiceReferenceLine", None),
        ("BillingInvoiceDetailedLine", None),
        ("BillingInvoiceLineAmountDiscount", None),
        ("BillingInvoiceLineUsageDiscount", None),
        ("BillingInvoiceStandardLine", None),
        ("BillingSubscriptionItem", None),
        ("BillingSubscriptionPhase", None),
        ("BillingSubscriptionPlanReference", Some("Plan")),
        ("BillingSubscriptionReferencePhase", None),
        ("BillingSubscriptionReferencePhaseItem", None),
        ("FeatureMeterReference", Some("Meter")),
        ("UpdateInvoiceStandardLine", None),
    ],
    id_fields: &[],
    id_filters: &["ULIDFieldFilter"],
    renames: &[],
    merged: &[],
    shared_enums: &[],
    any_json: &[("MeteringEvent", "data")],
    shared_unions: &[],
    lenient: &[],
    webhook_schemas: &[],
    tells_credentials: false,
    ors_repeated_keys: false,
    body_decides: false,
    comma_lists: &["oeq", "ocontains"],
    handmade_accessors: &[],
    handmade: &["MeteringEvent"],
    events_body: "crate::event::MeteringEvents",
    page_size: 100,
    reference: "https://openmeter.io/docs/api",
};

impl Target {
    /// The Rust name of a schema.
    pub fn type_name(&self, schema: &str) -> String {
        match self.renames.iter().find(|(known, _)| *known == schema) {
            Some((_, rust)) => (*rust).to_owned(),
            None => crate::names::type_name(schema),
        }
    }

    /// The name that unions of these branches share.
    pub fn shared_union(&self, branches: &[Type]) -> Option<&'static str> {
        let (name, _) = self.shared_unions.iter().find(|(_, words)| {
            branches.len() == words.len()
                && branches.iter().map(Type::word).eq(words.iter().copied())
        })?;
        Some(name)
    }

    /// Whether real answers lack a field that the document requires.
    pub fn is_lenient(&self, schema: &str, wire: &str, is_first: bool) -> bool {
        let fits = |pattern: &str| match pattern.split_once('*') {
            Some((start, end)) => schema.starts_with(start) && schema.ends_with(end),
            None => pattern == schema,
        };
        self.lenient
            .iter()
            .any(|(pattern, field)| fits(pattern) && (*field == wire || *field == "*" && !is_first))
    }

    /// The name of the shared enum that stands at a place.
    pub fn shared_enum(&self, place: &str) -> Option<&'static str> {
        let (name, _) = self
            .shared_enums
            .iter()
            .find(|(_, places)| places.contains(&place))?;
        Some(name)
    }
}

/// All documents.
pub const TARGETS: [Target; 3] = [POLAR, OPENMETER_V1, OPENMETER_V3];
