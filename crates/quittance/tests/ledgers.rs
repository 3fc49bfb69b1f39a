//! Real ledgers through the program as a user types it: import, report, verify; the aging of three days equals what
//! `tests/aging/aging.py` computes from the file alone, to the cent.

#![cfg(test)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// Amounts by bucket, the total last, by customer and currency.
type Aging = BTreeMap<(String, String), Vec<String>>;

const BUCKETS: [&str; 6] = ["not_due", "1_30", "31_60", "61_90", "over_90", "total"];

#[test]
fn ibm_ages_as_its_file_says() {
    ages_as_its_file_says("ibm", &["2012-06-30", "2012-12-31", "2013-06-30"]);
}

#[test]
fn highradius_ages_as_its_file_says() {
    ages_as_its_file_says("highradius", &["2018-12-31", "2019-06-30", "2019-08-31"]);
}

fn ages_as_its_file_says(name: &str, days: &[&str]) {
    let Some(shared) = testkit::shared_dir() else { return };
    if Command::new("python3").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("skipped: python3 is absent");
        return;
    }
    let ledger = shared.join(format!("data/ar/{name}.csv"));
    let folder = TempDir::new().unwrap();
    let books = Books(folder.path().join("books.db"));
    books.run(&["company", "add", "REAL", "Real Ledgers Inc", "--currency", "USD", "--country", "US"]);
    books.run(&["rate", "add", "CAD", "2018-01-01", "0.75"]);
    let import = ["import", "invoices", &ledger.display().to_string(), "--map", name, "--json"];
    assert!(books.run(&import).contains("\"saved\": true"));
    for day in days {
        let csv =
            books.run(&["report", "aged-receivables", "--as-of", day, "--format", "csv", "--with", "credits=netted"]);
        assert_eq!(by_customer(&csv), by_customer(&independent(&ledger, day)), "{name} as of {day}");
    }
    assert!(books.run(&["verify"]).contains("ok"));
    let again = books.run(&import);
    assert!(again.contains("\"created\": 0,") && again.contains("\"updated\": 0,"), "{again}");
}

struct Books(PathBuf);

impl Books {
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quittance"));
        let output = command.arg("--database").arg(&self.0).args(["--log", "warn"]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

fn independent(ledger: &Path, day: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/aging/aging.py");
    let output = Command::new("python3").arg(script).arg(ledger).arg(day).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn by_customer(csv: &str) -> Aging {
    let mut lines = csv.trim_start_matches('\u{feff}').lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |name: &str| header.iter().position(|column| *column == name).unwrap_or_else(|| panic!("{header:?}"));
    let (customer, currency, buckets) = (place("name"), place("currency"), BUCKETS.map(place));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let amounts = buckets.iter().map(|place| cells[*place].to_owned()).collect();
        ((cells[customer].to_owned(), cells[currency].to_owned()), amounts)
    };
    lines.map(row).collect()
}
