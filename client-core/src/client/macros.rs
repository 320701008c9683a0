/// Writes the settings that the builders of all clients share, for a type with a method
/// `map(self, impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self`.
#[macro_export]
macro_rules! client_settings {
    ($builder:ident) => {
        impl $builder {
            /// Limits a whole call, repetitions and waiting included; 60 s unless set.
            pub fn timeout(self, timeout: ::core::time::Duration) -> Self {
                self.map(|inner| inner.timeout(timeout))
            }

            /// Limits each attempt; 20 s unless set.
            pub fn attempt_timeout(self, timeout: ::core::time::Duration) -> Self {
                self.map(|inner| inner.attempt_timeout(timeout))
            }

            /// Sets the retry policy.
            pub fn retry(self, policy: $crate::RetryPolicy) -> Self {
                self.map(|inner| inner.retry(policy))
            }

            /// Adds a header to every request.
            pub fn default_header(self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
                self.map(|inner| inner.default_header(name, value))
            }

            /// Adds the application to the user agent, such as `my-app/1.2`.
            pub fn user_agent_suffix(self, product: impl AsRef<str>) -> Self {
                self.map(|inner| inner.user_agent_suffix(product))
            }

            /// Sends requests through the application's own `reqwest` client.
            #[cfg(feature = "reqwest")]
            pub fn reqwest_client(self, client: $crate::reqwest::Client) -> Self {
                self.map(|inner| inner.reqwest_client(client))
            }

            /// Sends requests through a proxy, with the default transport. Without it, the proxies
            /// of the environment (`HTTPS_PROXY` and its kind) are used.
            #[cfg(feature = "reqwest")]
            pub fn proxy(self, proxy: $crate::reqwest::Proxy) -> Self {
                self.map(|inner| inner.proxy(proxy))
            }

            /// Sends requests through a transport of one's own.
            pub fn transport(self, transport: ::std::sync::Arc<dyn $crate::Transport>) -> Self {
                self.map(|inner| inner.transport(transport))
            }

            /// Takes the time from somewhere else, for tests.
            pub fn timer(self, timer: ::std::sync::Arc<dyn $crate::Timer>) -> Self {
                self.map(|inner| inner.timer(timer))
            }
        }
    };
}
