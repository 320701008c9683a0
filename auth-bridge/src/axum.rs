use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::routing::any;
use bytes::Bytes;
use http::Response;

use crate::AuthBridge;
use crate::http::{answer, too_large};

impl AuthBridge {
    /// Returns the endpoints as an axum router, to be nested where the auth endpoints are:
    /// `axum::Router::new().nest("/api/auth", bridge.axum_router())`.
    ///
    /// It has routes for its own paths alone, so that routes of the application can stand beside
    /// them. The base path plays no part.
    pub fn axum_router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let paths = self.parts.routes.paths();
        let router = paths.fold(Router::new(), |router, path| router.route(path, any(serve)));
        router.with_state(self.clone())
    }
}

async fn serve(State(bridge): State<AuthBridge>, request: Request) -> Response<Body> {
    let limit = bridge.body_limit();
    let (head, body) = request.into_parts();
    let answered = match to_bytes(body, limit).await {
        Ok(body) => {
            let path = head.uri.path().to_owned();
            let request = http::Request::from_parts(head, body);
            answer(&bridge.parts, &path, request).await
        }
        Err(_) => too_large(limit),
    };
    answered.map(|body: Bytes| Body::from(body))
}
