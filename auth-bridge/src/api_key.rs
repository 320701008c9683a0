use serde_json::{Map, Value};

/// That an API key was verified successfully. What is not known stays empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiKeyVerified {
    /// The id of the key; never the key itself.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its first characters, shown to people to tell keys apart.
    pub start: Option<String>,
    /// The configuration that it was made under.
    pub config_id: Option<String>,
    /// The user or organization that it belongs to.
    pub reference_id: Option<String>,
    /// How many uses are left.
    pub remaining: Option<i64>,
    /// How many requests it has made.
    pub request_count: Option<i64>,
    /// Whether its rate is limited.
    pub rate_limit_enabled: Option<bool>,
    /// How many requests its time window allows.
    pub rate_limit_max: Option<i64>,
    /// The length of the time window, in milliseconds.
    pub rate_limit_time_window: Option<i64>,
    /// What it may do, by resource.
    pub permissions: Option<Value>,
    /// What the application stores with it. A text `openmeterSubject` names the subject of its
    /// usage.
    pub metadata: Map<String, Value>,
}

impl ApiKeyVerified {
    /// Makes the event of a key that belongs to a user or an organization.
    pub fn new(id: impl Into<String>, reference_id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            reference_id: Some(reference_id.into()),
            ..Self::default()
        }
    }

    /// Returns whose usage it is: what the metadata says, else who the key belongs to.
    pub fn subject(&self) -> Option<&str> {
        let named = self
            .metadata
            .get("openmeterSubject")
            .and_then(Value::as_str);
        named
            .or(self.reference_id.as_deref())
            .filter(|subject| !subject.is_empty())
    }

    pub(crate) fn data(&self) -> Value {
        let mut data = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                data.insert(name.to_owned(), value);
            }
        };
        put("apiKeyId", self.id.as_str().into());
        put("apiKeyName", self.name.as_deref().into());
        put("apiKeyStart", self.start.as_deref().into());
        put("apiKeyConfigId", self.config_id.as_deref().into());
        put("referenceId", self.reference_id.as_deref().into());
        put("remaining", self.remaining.into());
        put("requestCount", self.request_count.into());
        put("rateLimitEnabled", self.rate_limit_enabled.into());
        put("rateLimitMax", self.rate_limit_max.into());
        put("rateLimitTimeWindow", self.rate_limit_time_window.into());
        put(
            "permissions",
            self.permissions.clone().unwrap_or(Value::Null),
        );
        if !self.metadata.is_empty() {
            put("metadata", Value::Object(self.metadata.clone()));
        }
        Value::Object(data)
    }
}
