//! What a script does from the command line besides importing: periods, credit notes, blocked payers, audit samples; and
//! refusals that name the option which leads on.

#![cfg(test)]

use serde_json::Value;
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};
use tempfile::TempDir;
use testkit::{Engine, TestDatabase, on_both_engines};

on_both_engines!(
    prepare = firm;
    a_month_is_closed_and_opened_again,
    an_invoice_is_credited_line_by_line_and_then_wholly,
    payers_are_blocked_by_a_file_and_by_hand,
    postings_are_drawn_and_judged,
    the_demo_lives_where_the_command_line_says,
    what_is_in_the_way_is_replaced_by_force,
);

struct Firm {
    database: TestDatabase,
    files: TempDir,
}

/// Two lines, 10 pumps for 20.00 and 3 hours for 50.00; and an invoice of 500.00 in one sum.
const INVOICES: &str = "number,customer_name,invoice_date,line_number,description,quantity,unit_price,amount,currency
A-17,Bolt Ltd,2026-03-02,1,Pump,10,20.00,,EUR
A-17,Bolt Ltd,2026-03-02,2,Work,3,50.00,,EUR
A-18,Bolt Ltd,2026-03-09,,Advice,,,500.00,EUR
";

async fn firm(engine: Engine) -> Option<Firm> {
    let (database, files) = (TestDatabase::empty(engine).await?, TempDir::new().unwrap());
    let firm = Firm { database, files };
    firm.run(&["company", "add", "ACME", "Acme GmbH"]);
    let invoices = firm.file("invoices.csv", INVOICES);
    firm.run(&["import", "invoices", &invoices]);
    Some(firm)
}

impl Firm {
    fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quittance"));
        command.args(["--database", &self.database.url, "--log", "warn"]).args(arguments).output().unwrap()
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(arguments)).unwrap()
    }

    /// What is said when it is refused.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    fn file(&self, name: &str, content: &str) -> String {
        fs::write(self.path(name), content).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }
}

async fn a_month_is_closed_and_opened_again(firm: Firm) {
    let months = firm.json(&["period", "list", "--json"]);
    assert_eq!(months[0]["month"], "2026-03");
    assert_eq!((months[0]["entries"].as_i64(), &months[0]["closed_at"]), (Some(2), &Value::Null));
    assert!(firm.run(&["period", "close", "2026-03"]).starts_with("2026-03 is closed."));
    assert_eq!(firm.json(&["period", "list", "--json"])[0]["closed_by"], "Quittance");
    assert!(firm.run(&["period", "list"]).contains("2026-03"));
    assert!(firm.refused(&["period", "close", "2026-03"]).contains("closed"));
    assert_eq!(firm.run(&["period", "reopen", "2026-03"]), "2026-03 is open again.\n");
    assert!(firm.refused(&["period", "reopen", "2026-03"]).contains("not closed"));
    let unread = firm.output(&["period", "close", "March"]);
    assert_eq!(unread.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unread.stderr).contains("write a month as 2026-08"));
    firm.run(&["verify"]);
}

fn add<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    [&["credit-note", "add", "A-17", "--reason", "Came back"], rest].concat()
}

async fn an_invoice_is_credited_line_by_line_and_then_wholly(firm: Firm) {
    let made = firm.json(&add(&["--line", "1=2.5", "--json"]));
    assert!(made["number"].as_str().unwrap().starts_with("CRN-"), "{made}");
    let left = |line: usize| firm.json(&["credit-note", "left", "A-17", "--json"])[line]["left"].clone();
    assert_eq!((left(0), left(1)), (Value::from("7.5"), Value::from("3")));
    assert!(firm.run(&["credit-note", "left", "A-17"]).contains("Pump"));
    assert!(firm.refused(&add(&["--line", "2=4"])).contains('4'));
    assert!(firm.refused(&add(&["--line", "9"])).contains("A-17 has 2 lines and no line 9"));
    assert!(firm.refused(&["credit-note", "add", "A-99", "--reason", "x"]).contains("There is no invoice A-99."));
    firm.run(&add(&["--line", "2"]));
    assert_eq!((left(0), left(1)), (Value::from("7.5"), Value::from("0")));
    assert!(firm.run(&add(&[])).contains(" credits A-17."));
    assert!(firm.refused(&add(&[])).contains("A-17"), "nothing is left");
    firm.run(&["verify"]);
    // A-17 is settled by its credit notes; 500.00 of A-18 are open.
    let open = firm.run(&["report", "open-items", "--format", "csv"]);
    assert!(open.contains("A-18") && !open.contains("A-17"), "{open}");
}

async fn payers_are_blocked_by_a_file_and_by_hand(firm: Firm) {
    let wrong = firm.file("wrong.csv", "name,account,reason\nMallory,,Fraud\n,,Nobody\n");
    let output = firm.output(&["blocked", "import", &wrong]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("give a name or an account"));
    assert_eq!(firm.json(&["blocked", "list", "--json"]), Value::Array(vec![]));
    let good = firm.file("good.csv", "name;account;reason\nMallory;DE89370400440532013000;Fraud\nTrudy;;Sanctions\n");
    assert_eq!(firm.run(&["blocked", "import", &good]), "The list names 2 payers.\n");
    firm.run(&["blocked", "add", "--name", "Oscar", "--reason", "Asked by the bank"]);
    let names = |search: &[&str]| {
        let list = firm.json(&[&["blocked", "list", "--json"], search].concat());
        list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), ["Mallory", "Oscar", "Trudy"]);
    assert_eq!(names(&["--search", "sanct"]), ["Trudy"]);
    let removed = firm.run(&["blocked", "remove", "DE89 3704 0044 0532 0130 00"]);
    assert_eq!(removed, "DE89 3704 0044 0532 0130 00 is no longer blocked.\n");
    assert_eq!(names(&[]), ["Oscar", "Trudy"]);
    assert_eq!(firm.run(&["blocked", "remove", "Mallory"]), "Mallory was not on the list.\n");
}

async fn postings_are_drawn_and_judged(firm: Firm) {
    let bank = firm.file("march.qif", "!Type:Bank\nD25/03/2026\nT500.00\nPBolt Ltd\nMInvoice A-18\n^\n");
    firm.run(&["bank", "import", &bank]);
    let draw = ["sample", "draw", "--from", "2026-01-01", "--to", "2100-01-01", "--json"];
    let sample = firm.json(&draw);
    assert_eq!((sample["postings"].as_i64(), sample["right"]["whole"].as_i64()), (Some(1), Some(0)), "{sample}");
    assert_eq!(sample["drawn"][0]["money"]["amount"], "500.00");
    let id = sample["drawn"][0]["id"].as_str().unwrap();
    assert_eq!(firm.run(&["sample", "check", id, "right"]), "The posting is noted as right.\n");
    assert_eq!(firm.json(&draw)["right"]["part"], 1);
    assert!(firm.run(&["sample", "draw", "--to", "2100-01-01", "--from", "2026-01-01"]).contains("1 of 1 postings"));
}

async fn what_is_in_the_way_is_replaced_by_force(firm: Firm) {
    let (backup, books) = (text(&firm.path("backup.db")), text(&firm.path("books.db")));
    firm.run(&["backup", &backup]);
    let refused = firm.refused(&["backup", &backup]);
    assert!(refused.contains("exists already; choose another name, or write over it with --force."), "{refused}");
    firm.run(&["backup", "--force", &backup]);
    firm.run(&["restore", &backup, "--to", &books]);
    let refused = firm.refused(&["restore", &backup, "--to", &books]);
    assert!(refused.contains("or replace it with --force, which keeps what it is now aside."), "{refused}");
    firm.run(&["restore", "--force", &backup, "--to", &books]);
    if firm.database.engine == Engine::Postgres {
        let refused = firm.refused(&["restore", &backup, "--to", &firm.database.url]);
        assert!(refused.contains("choose an empty one, or empty this one with --force."), "{refused}");
    }
}

fn text(path: &std::path::Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_server_that_does_not_answer_is_named_with_the_option() {
    // The port is free: it was just given and taken back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("postgres://clara:secret@127.0.0.1:{port}/books");
    let mut command = Command::new(env!("CARGO_BIN_EXE_quittance"));
    let output = command.args(["--database", &address, "company", "list"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("no PostgreSQL server answers at 127.0.0.1:{port} (")), "{said}");
    assert!(said.contains("; check --database") && !said.contains("secret"), "{said}");
}

/// What is there already is not made again, so nothing but the place is tried here.
async fn the_demo_lives_where_the_command_line_says(firm: Firm) {
    let demo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quittance"));
        command.current_dir(firm.files.path()).env("QUITTANCE_DATABASE", "postgres://nobody@localhost/books");
        let output = command.args(["demo", "--no-serve", "--log", "warn"]).args(arguments).output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let url = firm.database.url.as_str();
    if url.starts_with("postgres") {
        let (done, said) = demo(&["--database", url]);
        assert!(!done && said.contains("the demo is made in a SQLite file"), "{said}");
    } else {
        assert_eq!(demo(&["--database", url]), (true, String::new()));
        let (done, said) = demo(&["--database", url, "--file", "other.db"]);
        assert!(!done && said.contains("--file says other.db and --database says"), "{said}");
    }
    assert!(!firm.path("quittance-demo.db").exists());
    fs::write(firm.path("quittance-demo.db"), "").unwrap();
    assert_eq!(demo(&[]), (true, String::new()), "real books of the environment are no place for a demo");
}
