//! The program from its start: the first answer, and what it holds in memory when nobody asks.

use crate::{
    On, Result,
    ground::{Api, Ground},
    table::{line, milliseconds, title},
};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};
use testkit::Server;

#[derive(clap::Args)]
pub(crate) struct Start {
    #[command(flatten)]
    on: On,
    #[arg(long, default_value_t = 100_000)]
    invoices: usize,
}

const SETTLED: Duration = Duration::from_secs(8);

pub(crate) async fn run(start: Start) -> Result {
    let mut ground = Ground::make(&start.on).await?;
    ground.fill(start.invoices, "2026-08-31").await?;
    app::audit::seal(&ground.app).await?;
    // Somebody has an account, so the first page is the one to sign in.
    drop(Api::open(&ground).await?);
    ground.app.db.close().await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_quittance"));
    let file = ground.database.path().map_or_else(|| ground.database.url.clone(), |path| path.display().to_string());
    command.args(["--database", &file, "--log", "warn", "serve", "--listen", "127.0.0.1:0"]);
    let began = Instant::now();
    let server = Server::start(command)?;
    get(server.base_url(), "/sign-in")?;
    title(&format!("{:?}: the program on {} invoices", start.on.engine, start.invoices));
    line("from its start to the first page", milliseconds(began.elapsed()));
    tokio::time::sleep(SETTLED).await;
    line("memory while nobody asks", format!("{} MB", resident(server.pid())? / 1_024));
    Ok(())
}

fn get(base: &str, path: &str) -> Result {
    let host = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(answer.into()) }
}

/// Kilobytes.
fn resident(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
