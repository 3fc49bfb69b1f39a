//! `quittance demo`: a company with eighteen months behind it, made in seconds, served at once.
//!
//! The second start finds the file and only serves. Everything in it was done through the use cases on a clock that went
//! from day to day, so the books balance and the past can be asked what it knew.

use super::serve;
use crate::{
    cli::{Failure, Result, is_server, leave, open},
    demo, print,
};
use app::App;
use std::{net::SocketAddr, path::Path, time::Instant};
use store::Db;

#[derive(clap::Args)]
pub(crate) struct Demo {
    /// Where to listen; port 0 takes a free one
    #[arg(long, short, env = "QUITTANCE_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The same seed on the same day makes the same company
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Where the demo lives, made when it is missing [default: quittance-demo.db]. A --database that is typed says the
    /// same; its default and the environment do not count here
    #[arg(long)]
    file: Option<String>,
    /// Make the file and stop
    #[arg(long)]
    no_serve: bool,
}

/// The password of the three demo logins; the demo listens on this machine only unless it is told otherwise.
const PASSWORD: &str = "paid-in-full-2026";

pub(crate) async fn run(database: Option<&str>, demo: Demo) -> Result {
    let file = place(demo.file.as_deref(), database)?;
    if !Path::new(file).exists() {
        make_on_one_core(file, demo.seed)?;
    }
    if demo.no_serve {
        return Ok(());
    }
    let logins: Vec<(String, String, String)> =
        demo::STAFF.iter().map(|staff| (staff.email.to_owned(), PASSWORD.to_owned(), staff.who.to_owned())).collect();
    print::line(format!("\nSign in with one of these (password {PASSWORD}):"));
    for (email, _, who) in &logins {
        print::line(format!("  {email:<28} {who}"));
    }
    print::line("\nTry first:");
    print::line("  1. Sign in as the clerk, open Customers, and follow one figure down to the journal.");
    print::line(
        "  2. Match this morning's payments as the clerk: Desk, Begin; a takes what is proposed, m is by hand.",
    );
    print::line("  3. Enter a payment for a customer with several open items: Payments, New.");
    print::line("  4. Sign in as the manager: close a month under Periods, then enter something late.\n");
    let app = open(file).await?;
    serve::until_stopped(app, demo.listen, web::Config { public_url: None, setup_code: None, demo_logins: logins })
        .await
}

/// The file of the demo, said with the command's own option or with the one of all commands.
fn place<'a>(file: Option<&'a str>, database: Option<&'a str>) -> Result<&'a str> {
    let path = |address: &'a str| address.strip_prefix("sqlite:").and_then(|rest| rest.split('?').next());
    let said = database.map(|address| path(address).unwrap_or(address));
    match (file, said) {
        (_, Some(address)) if is_server(address) => {
            let why =
                "the demo is made in a SQLite file; name one with --database, or leave it out for quittance-demo.db";
            Err(Failure::Told(why.to_owned()))
        }
        (Some(file), Some(other)) if file != other => {
            Err(Failure::Told(format!("--file says {file} and --database says {other}; name the demo's file once")))
        }
        (named, said) => Ok(named.or(said).unwrap_or("quittance-demo.db")),
    }
}

/// Every statement goes to SQLite's thread and back: between two cores that way takes longer than the work it overlaps.
fn make_on_one_core(place: &str, seed: u64) -> Result {
    let work = || {
        stay_on_one_core();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| Failure::Io("the demo's runtime".to_owned(), error))?.block_on(make(place, seed))
    };
    std::thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// This thread, and those that it starts. Where the system refuses, it only takes longer.
#[cfg(target_os = "linux")]
fn stay_on_one_core() {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let Ok(allowed) = sched_getaffinity(None) else { return };
    let mut one = CpuSet::new();
    if let Some(core) = (0..CpuSet::MAX_CPU).find(|core| allowed.is_set(*core)) {
        one.set(core);
        let _ = sched_setaffinity(None, &one);
    }
}

#[cfg(not(target_os = "linux"))]
fn stay_on_one_core() {}

/// Makes the company beside the file and renames it when it is whole, so that a broken start leaves nothing behind.
async fn make(place: &str, seed: u64) -> Result {
    let begun = Instant::now();
    let draft = format!("{place}.making");
    for file in [draft.clone(), format!("{draft}-wal"), format!("{draft}-shm")] {
        drop(std::fs::remove_file(file));
    }
    let refused = |error| Failure::database("--database", &draft, error);
    let db = Db::open_draft(&draft).await.map_err(refused)?;
    db.migrate().await.map_err(refused)?;
    let app = App::new(db);
    let made = demo::make(app.db.clone(), seed, PASSWORD).await?;
    leave(app).await?;
    let on_disk = std::fs::File::open(&draft).and_then(|file| file.sync_all());
    on_disk.map_err(|error| Failure::Io(draft.clone(), error))?;
    std::fs::rename(&draft, place).map_err(|error| Failure::Io(place.to_owned(), error))?;
    print::line(format!(
        "Made {place} in {:.1} s: {} customers, {} invoices, {} payments, {} credit notes over 18 months.",
        begun.elapsed().as_secs_f64(),
        made.customers,
        made.invoices,
        made.payments,
        made.credit_notes
    ));
    Ok(())
}
