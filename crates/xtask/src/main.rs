//! `cargo xtask tidy`: the architecture as a test.
//!
//! Reads every source file of the repository and prints one line per broken rule: the file, the line and what to do. It
//! changes nothing. The same check runs as a test of this crate; `docs/STYLE.md` gives the reason for each rule.

mod capabilities;
mod crates;
mod order;
mod rust;
mod templates;
mod text;
mod tidy;
mod tokens;
mod tree;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => print_findings(),
        _ => {
            eprintln!("usage: cargo xtask tidy");
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

fn print_findings() -> std::io::Result<ExitCode> {
    let findings = tidy::check(&tree::read(&repository())?);
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    match findings.len() {
        0 => writeln!(out, "tidy")?,
        count => writeln!(out, "{count} broken rules; docs/STYLE.md says why they exist")?,
    }
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_repository_is_tidy() {
        let findings = crate::tidy::check(&crate::tree::read(&crate::repository()).unwrap());
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
    }
}
