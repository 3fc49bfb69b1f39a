//! The power cut: the program is killed with SIGKILL in the middle of invoices, payments and imports, again and again.
//!
//! After each restart every request that was answered is there, every other can be sent again and is carried out once,
//! and the books prove themselves.

#![cfg(test)]

use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        mpsc::{Sender, channel},
    },
};
use tempfile::TempDir;
use testkit::{Engine, Server, TestDatabase, on_both_engines};

/// Pieces of work that are done before the kill, round by round; others are under way then.
const DONE: [usize; 4] = [3, 11, 6, 17];
const BULK: usize = 20;
const IMPORTED: usize = 40;
const TRIES: usize = 20;

on_both_engines!(
    prepare = firm;
    what_was_answered_survives_the_power_cut,
);

struct Firm {
    database: TestDatabase,
    files: TempDir,
    token: String,
    customers: Vec<String>,
    /// The import under way.
    importing: Mutex<Option<Child>>,
}

/// A request with its key: what is sent again must be the same.
#[derive(Clone)]
struct Sent {
    key: String,
    path: String,
    body: Value,
    /// Status and body, once it was answered.
    answer: Option<(u16, Value)>,
}

/// What one client did until nobody answered.
#[derive(Default)]
struct Log {
    sent: Vec<Sent>,
    /// Files, and whether the program said that they are in.
    imports: Vec<(PathBuf, bool)>,
}

async fn firm(engine: Engine) -> Option<Firm> {
    let database = TestDatabase::empty(engine).await?;
    let (files, importing) = (TempDir::new().unwrap(), Mutex::new(None));
    let mut firm = Firm { database, files, token: String::new(), customers: vec![], importing };
    firm.command(&["company", "add", "ACME", "Acme GmbH"]);
    firm.command(&["user", "add", "ada@acme.example", "Ada", "--role", "administrator"]);
    let scopes = ["read", "customers.write", "invoices.issue", "payments.record", "cash.allocate"].into_iter();
    let add = ["token", "add", "shop", "--user", "ada@acme.example"].into_iter();
    let add: Vec<&str> = add.chain(scopes.flat_map(|scope| ["--scope", scope])).collect();
    firm.token = firm.command(&add).trim().to_owned();
    let server = firm.serve();
    for name in ["Abel & Co", "Bergmann AG", "Castellan SA"] {
        let (status, made) = firm.post(server.base_url(), "customers", name, &json!({"name": name})).unwrap();
        assert_eq!(status, 201, "{made}");
        firm.customers.push(made["id"].as_str().unwrap().to_owned());
    }
    Some(firm)
}

async fn what_was_answered_survives_the_power_cut(firm: Firm) {
    let mut invoices = 0;
    for (round, done) in DONE.into_iter().enumerate() {
        let log = firm.work_until_killed(round, done);
        let server = firm.serve();
        for request in &log.sent {
            let again = firm.post(server.base_url(), &request.path, &request.key, &request.body).unwrap();
            match &request.answer {
                Some(answer) => assert_eq!(again, *answer, "{} {}", request.path, request.key),
                // Carried out now, or before the kill and not answered.
                None => assert!(again.0 < 300 || again.1["type"] == MISSING_ANSWER, "{again:?}"),
            }
            invoices += if request.path == "invoices/bulk" { BULK } else { usize::from(request.path == BILL) };
        }
        for (file, said) in &log.imports {
            let again = firm.import_again(file);
            assert!(again == (0, IMPORTED) || (!said && again == (IMPORTED, 0)), "{again:?} although it said {said}");
            invoices += IMPORTED;
        }
        drop(server);
        firm.command(&["verify"]);
    }
    let journal = ["report", "journal", "--from", "2026-01-01", "--format", "json", "--with", "kind=invoice"];
    let journal: Value = serde_json::from_str(&firm.command(&journal)).unwrap();
    let place =
        journal["columns"].as_array().unwrap().iter().position(|column| column["key"] == "description").unwrap();
    let entries: BTreeSet<String> =
        journal["rows"].as_array().unwrap().iter().map(|row| row["cells"][place]["value"].to_string()).collect();
    assert_eq!(entries.len(), invoices, "each invoice is there once");
}

const BILL: &str = "invoices?issue=true";
const MISSING_ANSWER: &str = "urn:quittance:problem:idempotency-answer-missing";

impl Firm {
    fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quittance"));
        let file = self.database.path().map(|path| path.display().to_string());
        command.args(["--log", "warn", "--database", &file.unwrap_or_else(|| self.database.url.clone())]);
        command
    }

    /// Runs a command to its good end; what it asks on standard input is a password.
    fn command(&self, arguments: &[&str]) -> String {
        let mut command = self.program();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Most commands read nothing and may be gone already.
        drop(child.stdin.take().unwrap().write_all(b"long enough 2026\n"));
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn serve(&self) -> Server {
        let mut command = self.program();
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        Server::start(command).unwrap()
    }

    /// None when nobody answered, or the answer broke off in the middle.
    fn post(&self, base: &str, path: &str, key: &str, body: &Value) -> Option<(u16, Value)> {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let request = ureq::Agent::new_with_config(config)
            .post(format!("{base}/api/v1/{path}"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("idempotency-key", key);
        let mut response = request.send_json(body).ok()?;
        let status = response.status().as_u16();
        Some((status, response.body_mut().read_json().ok()?))
    }

    /// Three clients work until `done` pieces of their work are done; then everything is killed.
    fn work_until_killed(&self, round: usize, done: usize) -> Log {
        let mut server = self.serve();
        let base = server.base_url().to_owned();
        let (tell, told) = channel();
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..3)
                .map(|client| {
                    let (base, tell) = (&base, tell.clone());
                    scope.spawn(move || self.work(base, round, client, &tell))
                })
                .collect();
            drop(tell);
            for _ in 0..done {
                told.recv().expect("somebody works until the kill");
            }
            server.kill().unwrap();
            if let Some(import) = self.importing.lock().unwrap().as_mut() {
                import.kill().unwrap();
            }
            drop(told);
            let logs = clients.into_iter().map(|client| client.join().unwrap());
            logs.reduce(|mut all, log| {
                all.sent.extend(log.sent);
                all.imports.extend(log.imports);
                all
            })
            .unwrap()
        })
    }

    /// One client does one kind of work over and over, until nobody answers or listens.
    fn work(&self, base: &str, round: usize, client: usize, tell: &Sender<()>) -> Log {
        let mut log = Log::default();
        for n in 0.. {
            let customer = &self.customers[n % self.customers.len()];
            let key = format!("{round}-{client}-{n}");
            let done = match client {
                0 => {
                    let documents = vec![invoice(customer); BULK];
                    self.send(base, &mut log, ("invoices/bulk", &key), json!({"documents": documents})).is_some()
                }
                1 => self.bill_and_collect(base, &mut log, &key, customer).is_some(),
                _ => self.import(&mut log, &key),
            };
            if !done || tell.send(()).is_err() {
                break;
            }
        }
        log
    }

    fn send(&self, base: &str, log: &mut Log, (path, key): (&str, &str), body: Value) -> Option<Value> {
        // Whoever lost against another clerk asks again, under the same key.
        let tries = (0..TRIES).map(|_| self.post(base, path, key, &body));
        let answer =
            tries.take_while(|answer| answer.is_some()).flatten().find(|(status, _)| !matches!(status, 409 | 503));
        if let Some((status, body)) = &answer {
            assert!(*status < 300, "{path} {status} {body}");
        }
        log.sent.push(Sent { key: key.to_owned(), path: path.to_owned(), body, answer: answer.clone() });
        answer.map(|(_, body)| body)
    }

    /// An invoice, and the payment that settles it.
    fn bill_and_collect(&self, base: &str, log: &mut Log, key: &str, customer: &str) -> Option<()> {
        let issued = self.send(base, log, (BILL, &format!("{key}-bill")), invoice(customer))?;
        let shown = ureq::get(format!("{base}/api/v1/invoices/{}", issued["id"].as_str().unwrap()))
            .header("authorization", format!("Bearer {}", self.token));
        let shown: Value = shown.call().ok()?.body_mut().read_json().ok()?;
        let payment = json!({
            "customer": customer, "method": "wire", "received_on": shown["invoiced_on"], "money": shown["gross"],
            "allocations": [{"to": shown["instalments"][0]["item"]}],
        });
        self.send(base, log, ("payments", &format!("{key}-money")), payment).map(drop)
    }

    /// Another process imports a file; false when it was killed.
    fn import(&self, log: &mut Log, key: &str) -> bool {
        let file = self.files.path().join(format!("{key}.csv"));
        let mut csv = String::from("number,customer_name,invoice_date,due_date,currency,amount\n");
        for n in 0..IMPORTED {
            csv.push_str(&format!("OLD-{key}-{n},Old customer {n},2026-01-15,2026-02-14,EUR,{}.50\n", n + 1));
        }
        std::fs::write(&file, csv).unwrap();
        let mut command = self.program();
        command.args(["import", "invoices"]).arg(&file).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut output = child.stdout.take().unwrap();
        *self.importing.lock().unwrap() = Some(child);
        output.read_to_end(&mut Vec::new()).unwrap();
        let ended = self.importing.lock().unwrap().take().unwrap().wait().unwrap();
        log.imports.push((file, ended.success()));
        // Without a code it was killed.
        ended.code().is_some()
    }

    /// How many rows were new and how many were known.
    fn import_again(&self, file: &std::path::Path) -> (usize, usize) {
        let told = self.command(&["import", "invoices", &file.display().to_string(), "--json"]);
        let told: Value = serde_json::from_str(&told).unwrap();
        let count = |key: &str| usize::try_from(told[key].as_u64().unwrap()).unwrap();
        (count("created"), count("unchanged"))
    }
}

fn invoice(customer: &str) -> Value {
    let line = json!({"description": "Pump head", "quantity": "2", "unit_price": "19.99"});
    json!({"customer": customer, "lines": [line]})
}
