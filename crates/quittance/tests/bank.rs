//! Bank files by command line and by a watched folder, as a user runs them.

#![cfg(test)]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

struct Books(PathBuf);

impl Books {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quittance"));
        command.arg("--database").arg(&self.0).args(["--log", "warn"]).args(arguments);
        command
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

fn qif(payments: std::ops::Range<u32>) -> String {
    let payment = |n: u32| format!("D03/10/2026\nT{n}.00\nPBolt Ltd\nMINV-{n}\n^\n");
    format!("!Type:Bank\n{}", payments.map(payment).collect::<String>())
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let files = files.filter(|entry| entry.file_type().unwrap().is_file());
    let mut names: Vec<String> = files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_rehearsed_taken_over_and_known() {
    let folder = TempDir::new().unwrap();
    let books = Books(folder.path().join("books.db"));
    books.run(&["company", "add", "ACME", "Acme GmbH", "--currency", "EUR", "--country", "DE"]);
    let file = folder.path().join("march.qif");
    fs::write(&file, qif(1..4)).unwrap();
    let file = file.to_str().unwrap();
    let rehearsed = books.run(&["bank", "import", "--dry-run", file]);
    assert!(rehearsed.starts_with("march.qif: 3 new lines, 0 known. (nothing was kept)"), "{rehearsed}");
    let taken = books.run(&["bank", "import", file]);
    assert!(taken.starts_with("march.qif: 3 new lines, 0 known."), "{taken}");
    let again = books.run(&["bank", "import", "--json", file]);
    assert!(again.contains("\"new_lines\": 0") && again.contains("\"known_lines\": 3"), "{again}");
    let unknown = books.output(&["bank", "import", "--account", "Nowhere", file]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("there is no bank account Nowhere"));
}

#[test]
fn two_watchers_of_one_folder_take_each_file_once() {
    let folder = TempDir::new().unwrap();
    let books = Books(folder.path().join("books.db"));
    books.run(&["company", "add", "ACME", "Acme GmbH", "--currency", "EUR", "--country", "DE"]);
    let inbox = folder.path().join("inbox");
    fs::create_dir(&inbox).unwrap();
    for n in 0..6 {
        fs::write(inbox.join(format!("day{n}.qif")), qif(n * 10..n * 10 + 15)).unwrap();
    }
    fs::write(inbox.join("letter.txt"), "Dear Sir or Madam").unwrap();
    fs::write(inbox.join("half.qif.part"), qif(90..99)).unwrap();
    let watch = ["bank", "watch", "--once", "--every", "1", inbox.to_str().unwrap()];
    let start = || books.command(&watch).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (first, second) = (start(), start());
    for watcher in [first, second] {
        let output = watcher.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let done = names(&inbox.join("done"));
    assert_eq!(done, ["day0.qif", "day1.qif", "day2.qif", "day3.qif", "day4.qif", "day5.qif"]);
    assert_eq!(names(&inbox.join("failed")), ["letter.txt", "letter.txt.error.txt"]);
    let why = fs::read_to_string(inbox.join("failed/letter.txt.error.txt")).unwrap();
    assert!(why.contains("letter.txt cannot be read"), "{why}");
    assert_eq!(names(&inbox), ["half.qif.part"], "a file that is being written stays");
    // Payments 0 to 64: the files overlap by five each.
    let all = inbox.join("all.qif");
    fs::write(&all, qif(0..65)).unwrap();
    let told = books.run(&["bank", "import", all.to_str().unwrap()]);
    assert!(told.starts_with("all.qif: 0 new lines, 65 known."), "{told}");
}
