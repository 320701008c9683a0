/// Gives a request builder its options and the ways to send it.
///
/// The builder is a struct with a field `request:` [`Request<$output, $error>`](crate::Request).
/// The methods are `#[inline]`, so that a crate with hundreds of builders does not compile what
/// nobody calls.
#[macro_export]
macro_rules! request_methods {
    ($builder:ty, $output:ty, $error:ty) => {
        impl $builder {
            $crate::__request_options!();

            /// Sends the request.
            #[inline]
            pub fn send(self) -> $crate::ResponseFuture<$output, $error> {
                self.request.send()
            }

            /// Sends the request and returns the answer undecoded: status, headers and bytes.
            ///
            /// An error status is still an error.
            #[inline]
            pub fn send_raw(self) -> $crate::ResponseFuture<$crate::RawResponse, $error> {
                self.request.send_raw()
            }

            $crate::__request_blocking!($output, $error);
        }

        impl ::core::future::IntoFuture for $builder {
            type Output = ::core::result::Result<$output, $crate::Error<$error>>;
            type IntoFuture = $crate::ResponseFuture<$output, $error>;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                self.request.send()
            }
        }
    };
}

/// Gives a builder of a paged list its options and the ways to walk it.
///
/// The builder is a struct with a field `request:`
/// [`PageRequest<$item, $error>`](crate::PageRequest).
#[macro_export]
macro_rules! page_request_methods {
    ($builder:ty, $item:ty, $error:ty) => {
        impl $builder {
            $crate::__request_options!();

            /// Treats an item that does not decode as an error instead of setting it apart.
            #[inline]
            #[must_use]
            pub fn strict(mut self) -> Self {
                self.request = self.request.strict();
                self
            }

            /// Begins where a `PageToken` says, under the same filters.
            #[inline]
            #[must_use]
            pub fn resume_from(mut self, token: $crate::PageToken) -> Self {
                self.request = self.request.resume_from(token);
                self
            }

            /// Asks for the next page while the current one is worked on.
            #[inline]
            #[must_use]
            pub fn prefetch(mut self, ahead: bool) -> Self {
                self.request = self.request.prefetch(ahead);
                self
            }

            /// Sends the request for one page.
            #[inline]
            pub fn send(self) -> $crate::PageFuture<$item, $error> {
                self.request.send()
            }

            /// Sends the request for one page and returns the answer undecoded.
            ///
            /// An error status is still an error.
            #[inline]
            pub fn send_raw(self) -> $crate::ResponseFuture<$crate::RawResponse, $error> {
                self.request.send_raw()
            }

            /// Returns the items of all pages, fetched as they are asked for.
            #[inline]
            pub fn stream(self) -> $crate::Items<$item, $error> {
                self.request.stream()
            }

            /// Returns all pages, fetched as they are asked for.
            #[inline]
            pub fn pages(self) -> $crate::Pages<$item, $error> {
                self.request.pages()
            }

            $crate::__request_blocking!($crate::Page<$item>, $error);
        }

        impl ::core::future::IntoFuture for $builder {
            type Output = ::core::result::Result<$crate::Page<$item>, $crate::Error<$error>>;
            type IntoFuture = $crate::PageFuture<$item, $error>;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                self.request.send()
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __request_options {
    () => {
        /// Limits the whole call, repetitions and waiting included.
        #[inline]
        #[must_use]
        pub fn with_timeout(mut self, timeout: ::core::time::Duration) -> Self {
            self.request = self.request.with_timeout(timeout);
            self
        }

        /// Limits each attempt, from connecting to the last byte of the answer.
        #[inline]
        #[must_use]
        pub fn with_attempt_timeout(mut self, timeout: ::core::time::Duration) -> Self {
            self.request = self.request.with_attempt_timeout(timeout);
            self
        }

        /// Uses another retry policy than the client's.
        #[inline]
        #[must_use]
        pub fn with_retry(mut self, policy: $crate::RetryPolicy) -> Self {
            self.request = self.request.with_retry(policy);
            self
        }

        /// Adds a header, in place of the one that would be sent under this name.
        #[inline]
        #[must_use]
        pub fn with_header(
            mut self,
            name: impl ::core::convert::AsRef<str>,
            value: impl ::core::convert::AsRef<[u8]>,
        ) -> Self {
            self.request = self.request.with_header(name, value);
            self
        }

        /// Adds a query parameter that has no setter, such as one that is newer than this crate.
        #[inline]
        #[must_use]
        pub fn with_query(mut self, name: &str, value: &str) -> Self {
            let name = ::std::string::String::from(name);
            self.request.query_mut().push(name, value);
            self
        }

        /// Uses another credential than the client's.
        #[inline]
        #[must_use]
        pub fn with_credential(
            mut self,
            credential: impl ::core::convert::Into<$crate::Secret>,
        ) -> Self {
            self.request = self.request.with_credential(credential);
            self
        }

        /// Declares that repeating this request is harmless, so that it is retried like a read.
        #[inline]
        #[must_use]
        pub fn with_idempotent(mut self) -> Self {
            self.request = self.request.with_idempotent();
            self
        }
    };
}

#[cfg(feature = "blocking")]
#[doc(hidden)]
#[macro_export]
macro_rules! __request_blocking {
    ($output:ty, $error:ty) => {
        /// Sends the request and waits for the answer on this thread.
        ///
        /// # Errors
        /// The same as awaiting the request.
        #[inline]
        pub fn send_blocking(self) -> ::core::result::Result<$output, $crate::Error<$error>> {
            self.request.send_blocking()
        }
    };
}

#[cfg(not(feature = "blocking"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __request_blocking {
    ($output:ty, $error:ty) => {};
}
