//! `quittance serve`: the staff pages and the REST API until somebody stops it.

use crate::{
    cli::{Failure, Result, leave, open},
    print,
};
use app::{App, audit, receiving, secrets, users};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// Requests under way at the end have this long to finish.
const FAREWELL: Duration = Duration::from_secs(20);
/// How long an audit event may wait for its seal.
const SEALING: Duration = Duration::from_secs(5);
/// Bytes of a block that is large for the allocator.
const MEMORY_CHECK: usize = 1024 * 1024;
const DECIDING: Duration = Duration::from_secs(120);
const HOUSEKEEPING: Duration = Duration::from_secs(3600);

#[derive(clap::Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, short, env = "QUITTANCE_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The address that browsers use when a proxy with TLS stands in front, such as https://billing.example.com
    #[arg(long, env = "QUITTANCE_PUBLIC_URL")]
    public_url: Option<String>,
}

pub(crate) async fn run(database: &str, serve: Serve) -> Result {
    let app = open(database).await?;
    let config =
        web::Config { public_url: serve.public_url.clone(), setup_code: setup_code(&app).await?, demo_logins: vec![] };
    until_stopped(app, serve.listen, config).await
}

/// Serves, says where, and returns when the program is told to stop.
pub(crate) async fn until_stopped(app: App, listen: SocketAddr, config: web::Config) -> Result {
    let busy = |error| Failure::Io(format!("cannot listen on {listen}"), error);
    let listener = TcpListener::bind(listen).await.map_err(busy)?;
    let address = listener.local_addr().map_err(busy)?;
    print::line(format!("Quittance serves on http://{address}"));
    if let Some(code) = &config.setup_code {
        print::line(format!("Open http://{address}/setup to set up the first company. Setup code: {code}"));
    }
    let (stop, stopped) = tokio::sync::watch::channel(false);
    // Made on a thread that ends: what it used for it is given back, which a thread that waits for ever would keep.
    let routes = tokio::task::spawn_blocking({
        let app = app.clone();
        move || web::router(app, config)
    });
    let routes = routes.await.map_err(|error| Failure::Io("the pages cannot be set up".to_owned(), error.into()))?;
    let serving = web::serve(listener, routes, told(stopped));
    let cleaning = tokio::spawn(keep_clean(app.clone()));
    let sealing = tokio::spawn(keep_sealed(app.clone()));
    let catching_up = tokio::spawn(keep_decided(app.clone()));
    let late = async {
        wait_for_signal().await?;
        stop.send_replace(true);
        tokio::time::sleep(FAREWELL).await;
        tracing::warn!("requests that had not finished after {} seconds were broken off", FAREWELL.as_secs());
        Ok(())
    };
    let served = tokio::select! {
        served = serving => served,
        late = late => late,
    };
    cleaning.abort();
    sealing.abort();
    catching_up.abort();
    leave(app).await?;
    served.map_err(|error| Failure::Io("the server stopped".to_owned(), error))
}

async fn told(mut stopped: tokio::sync::watch::Receiver<bool>) {
    // An error means that the sender is gone, which is the end as well.
    drop(stopped.wait_for(|&stopped| stopped).await);
}

async fn wait_for_signal() -> std::io::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// What must be typed on the setup page while nobody has an account.
async fn setup_code(app: &App) -> Result<Option<String>> {
    if users::any(app).await? {
        return Ok(None);
    }
    let word = secrets::random_word()?;
    Ok(Some([&word[..4], &word[4..8], &word[8..12], &word[12..16]].join("-")))
}

async fn keep_sealed(app: App) {
    loop {
        tokio::time::sleep(SEALING).await;
        if let Err(error) = audit::seal(&app).await {
            tracing::warn!(%error, "audit events could not be sealed; the next round tries again");
        }
        // The allocator gives rested memory back when it frees a large block, which an idle program never does.
        drop(std::hint::black_box(Vec::<u8>::with_capacity(MEMORY_CHECK)));
    }
}

/// An invoice that was issued since may be what a line waits for.
async fn keep_decided(app: App) {
    let mut seen = receiving::Seen::default();
    loop {
        receiving::catch_up(&app, &mut seen).await;
        tokio::time::sleep(DECIDING).await;
    }
}

async fn keep_clean(app: App) {
    loop {
        if let Err(error) = users::end_expired_sessions(&app).await {
            tracing::warn!(%error, "sessions that are over were not cleared away");
        }
        if let Err(error) = app::idempotency::forget_old(&app).await {
            tracing::warn!(%error, "old idempotency keys were not cleared away");
        }
        tokio::time::sleep(HOUSEKEEPING).await;
    }
}
