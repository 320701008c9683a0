use http::Method;

/// One operation of an API, as plain data.
///
/// Generated code holds one `static` per operation; the runtime does everything else.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The Rust path of the operation, such as `customers.get`; errors and spans show it.
    pub name: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path template as the API describes it, such as `/v1/customers/{id}`, trailing slash
    /// included.
    pub path: &'static str,
    /// The statuses that mean success. Any other 2xx counts as success too.
    pub success: &'static [u16],
    /// Whether the client's credential goes along.
    pub auth: Auth,
    /// Whether the request may be repeated after it may have reached the server.
    pub retry: RetrySafety,
    /// The `Accept` header, such as `application/json`; no header when empty.
    pub accept: &'static str,
}

/// Whether an operation takes the client's credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// The client's credential is sent.
    Client,
    /// The operation needs none, and the client's credential is kept back, also one in a default
    /// header; a credential set on the request itself is sent.
    None,
}

/// Whether a request may be repeated when it is not known what became of the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetrySafety {
    /// Repeating has no further effect: reads, and writes that set a state.
    Safe,
    /// A write that carries a key by which the server recognizes repetitions.
    Deduplicated,
    /// A write that would take effect twice. It is repeated only when it provably did nothing:
    /// no connection came about, or a rate limiter turned it away.
    Unsafe,
}

impl RetrySafety {
    /// Returns whether repeating is harmless even if the first request took effect.
    pub fn is_repeatable(self) -> bool {
        self != Self::Unsafe
    }
}
