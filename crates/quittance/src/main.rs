//! The program: reads the command line, opens the database, runs one command.
//!
//! Exit codes: 0 fine, 1 failed, 2 the command line was not understood.

mod cli;
mod commands;
mod demo;
mod print;

use cli::{Cli, Command};
use std::process::ExitCode;

/// Threads free what others allocated: rows are made in one and written in another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::read();
    cli::start_log(&cli.log);
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print::failure(&failure);
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> cli::Result {
    let database = &cli.database;
    match cli.command {
        Command::Demo(demo) => commands::demo::run(cli.is_named.then_some(database.as_str()), demo).await,
        Command::Bank(bank) => commands::bank::run(database, bank).await,
        Command::Import(import) => commands::import::run(database, import).await,
        Command::Report(report) => commands::report::run(database, report).await,
        Command::Serve(serve) => commands::serve::run(database, serve).await,
        Command::Company(company) => commands::companies::run(database, company).await,
        Command::User(user) => commands::users::run(database, user).await,
        Command::Token(token) => commands::tokens::run(database, token).await,
        Command::Rate(rate) => commands::rates::run(database, rate).await,
        Command::Period(period) => commands::periods::run(database, period).await,
        Command::CreditNote(note) => commands::credit_notes::run(database, note).await,
        Command::Blocked(blocked) => commands::blocked::run(database, blocked).await,
        Command::Sample(sample) => commands::samples::run(database, sample).await,
        Command::Verify(verify) => commands::verify::run(database, verify).await,
        Command::Backup(backup) => commands::backup::run(database, backup).await,
        Command::Restore(restore) => commands::backup::restore(restore).await,
        Command::Move(asked) => commands::move_to::run(database, asked).await,
        Command::Match(asked) => commands::matching::run(asked),
        Command::Completions { shell } => {
            cli::completions(shell);
            Ok(())
        }
    }
}
