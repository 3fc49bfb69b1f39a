//! The web server: what every handler can reach, the routes, and the layers around them.
//!
//! From the outside in: log, time taken, security headers, compression, panics, time limit, then `security::guard` for pages and the
//! bearer token for the API. Nothing here knows a page.

use crate::{
    api, assets,
    error::PageError,
    once::Sent,
    pages::{self, BankHow, ImportHow},
    proofs::Proofs,
    security,
    session::Cookies,
    throttle::{Quota, Throttle},
    uploads::Uploads,
};
use app::App;
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, Uri},
    middleware::{self, Next},
    response::Response,
    routing::get,
    serve::ListenerExt as _,
};
use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};
use tokio::net::TcpListener;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    trace::{DefaultOnResponse, TraceLayer},
};

/// The largest form that a page takes.
pub(crate) const FORM_LIMIT: usize = 1024 * 1024;
/// The largest upload; a route that takes one adds `DefaultBodyLimit::max(UPLOAD_LIMIT)`.
pub(crate) const UPLOAD_LIMIT: usize = 64 * 1024 * 1024;
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// What differs between installations.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The address that browsers use, such as `https://billing.example.com`, when a proxy stands in front.
    pub public_url: Option<String>,
    /// Printed on the terminal; whoever knows it may set up the first company.
    pub setup_code: Option<String>,
    /// (e-mail, password, who) for the sign-in page of the demo.
    pub demo_logins: Vec<(String, String, String)>,
}

/// The state of the server, cheap to clone. A handler usually asks for `State<App>` alone.
#[derive(Clone)]
pub struct Site {
    pub(crate) app: App,
    pub(crate) config: Arc<Config>,
    pub(crate) cookies: Cookies,
    pub(crate) sign_ins: Arc<Throttle>,
    pub(crate) calls: Arc<Throttle>,
    /// Set once a user exists, so that this is not asked on every sign-in.
    pub(crate) set_up: Arc<AtomicBool>,
    pub(crate) uploads: Arc<Uploads<ImportHow>>,
    pub(crate) bank_uploads: Arc<Uploads<BankHow>>,
    pub(crate) proofs: Arc<Proofs>,
    pub(crate) sent: Arc<Sent>,
}

impl FromRef<Site> for App {
    fn from_ref(site: &Site) -> Self {
        site.app.clone()
    }
}

impl Site {
    fn new(app: App, config: Config) -> Self {
        let secure = config.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
        // Ten tries, then one every half minute, for one e-mail from one address; a hundred, then five a second, for all.
        let sign_ins = Throttle::new(&app, Quota::new(10, 30_000), Some(Quota::new(100, 200)));
        // Two thousand calls at once, then a thousand a second, for one token.
        let calls = Throttle::new(&app, Quota::new(2_000, 1), None);
        Self {
            app,
            config: Arc::new(config),
            cookies: Cookies { secure },
            sign_ins: Arc::new(sign_ins),
            calls: Arc::new(calls),
            set_up: Arc::default(),
            uploads: Arc::default(),
            bank_uploads: Arc::default(),
            proofs: Arc::default(),
            sent: Arc::default(),
        }
    }
}

/// Everything that is served.
pub fn router(app: App, config: Config) -> Router {
    let site = Site::new(app, config);
    let pages = pages::router()
        .fallback(async |uri: Uri| PageError::not_found(uri.path()))
        .method_not_allowed_fallback(async || PageError::method_not_allowed())
        .layer(middleware::from_fn_with_state(site.clone(), security::guard))
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(middleware::from_fn(in_time))
        .layer(CatchPanicLayer::custom(PageError::panicked));
    Router::new()
        .route("/healthz", get(healthy))
        .route("/static/{*name}", get(assets::serve))
        .nest("/api", api::router(&site))
        .merge(pages)
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(site.clone(), security::headers))
        .layer(middleware::from_fn(timed))
        .layer(
            TraceLayer::new_for_http()
                // The path alone: a query string may hold what somebody searched for.
                .make_span_with(|request: &Request| {
                    tracing::info_span!("request", method = %request.method(), path = request.uri().path())
                })
                .on_response(DefaultOnResponse::new().level(tracing::Level::INFO)),
        )
        .with_state(site)
}

/// Serves until `stop`, then finishes the requests that are under way.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays with small packets held back");
        }
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}

/// Says that the server runs and reaches its database.
async fn healthy(State(app): State<App>) -> (StatusCode, &'static str) {
    match app::companies::reachable(&app).await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            tracing::error!(%error, "the database cannot be reached");
            (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be reached")
        }
    }
}

/// Says how long the answer took to make, for a browser's developer tools and the browser journeys.
async fn timed(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let mut response = next.run(request).await;
    let took = format!("app;dur={:.1}", begun.elapsed().as_secs_f64() * 1_000.0);
    if let Ok(took) = HeaderValue::from_str(&took) {
        response.headers_mut().insert(HeaderName::from_static("server-timing"), took);
    }
    response
}

pub(crate) async fn in_time(request: Request, next: Next) -> Result<Response, PageError> {
    tokio::time::timeout(TIME_LIMIT, next.run(request)).await.map_err(|_| PageError::too_slow())
}
