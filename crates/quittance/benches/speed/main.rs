//! The figures of `docs/performance.md`: each subcommand makes its own company in a database of its own, measures and
//! prints one table.
//!
//!   cargo bench -p quittance --bench speed -- issue --engine postgres
//!
//! SQLite runs as the product opens it, `synchronous=FULL`. PostgreSQL is the tests' throw-away server, told to write to
//! the disk as any server does. CPU time counts the program and its database's processes; it says more than wall time on
//! a machine that does other things.

mod cpu;
mod ground;
mod import;
mod issue;
mod raw;
mod read;
mod start;
mod table;

use clap::{Parser, Subcommand};
use ground::EngineName;
use std::error::Error;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

#[derive(Parser)]
struct Bench {
    #[command(subcommand)]
    what: What,
    /// What `cargo bench` adds.
    #[arg(long, global = true, hide = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum What {
    /// Invoices per second, in bulk and one by one, against the bare rows
    Issue(issue::Issue),
    /// Aged receivables, lists and the customer page over many invoices, and how they grow
    Read(read::Read),
    /// Invoices per second from a CSV file
    Import(import::Import),
    /// First answer and idle memory of the program on a full database
    Start(start::Start),
}

#[derive(clap::Args, Clone)]
struct On {
    #[arg(long, value_enum, default_value = "sqlite")]
    engine: EngineName,
    #[arg(long, default_value_t = 1_000)]
    customers: usize,
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result {
    match Bench::parse().what {
        What::Issue(issue) => issue::run(issue).await,
        What::Read(read) => read::run(read).await,
        What::Import(import) => import::run(import).await,
        What::Start(start) => start::run(start).await,
    }
}
