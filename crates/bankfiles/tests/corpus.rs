//! Every file of the shared corpus that a reader here claims, against what an independent parser made of it.
//!
//! Account, currency, balances, dates, amounts and references must agree in files of high confidence; names and texts
//! agree with white space removed. A difference stands in the table of `docs/bank-formats.md` with its reason, or fails.

#![cfg(test)]

use bankfiles::{Format, ParseOptions, Parsed};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

/// One row of the manifest.
struct Sample {
    path: String,
    format: String,
    expected: Option<String>,
    confidence: String,
}

fn samples(corpora: &Path) -> Vec<Sample> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b'\t').quoting(false).from_path(corpora.join("manifest.tsv")).unwrap();
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| Sample {
        path: row[0].trim_start_matches("shared/").to_owned(),
        format: row[1].to_owned(),
        expected: row[4].split(';').next().filter(|name| *name != "-").map(str::to_owned),
        confidence: row[5].to_owned(),
    })
    .collect()
}

/// The rows `| path | field | reason |` of the page; a `*` at the end of a path or a field stands for any rest.
struct Listed(Vec<(String, String)>);

impl Listed {
    fn read() -> Self {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bank-formats.md");
        let text = std::fs::read_to_string(page).unwrap_or_default();
        let rows = text.lines().filter_map(|line| {
            let cells: Vec<_> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
            (cells.len() == 5 && cells[1].contains('/')).then(|| (cells[1].to_owned(), cells[2].to_owned()))
        });
        Self(rows.collect())
    }

    fn covers(&self, path: &str, field: &str) -> bool {
        let fits = |pattern: &str, text: &str| {
            pattern.strip_suffix('*').map_or(pattern == text, |start| text.starts_with(start))
        };
        self.0.iter().any(|(path_pattern, field_pattern)| {
            fits(path_pattern, path) && field_pattern.split(", ").any(|pattern| fits(pattern, field))
        })
    }
}

const BALANCE: [&str; 3] = ["amount", "currency", "date"];
const LINE: [&str; 5] = ["date", "value_date", "amount", "amount_minor", "currency"];
const REFERENCES: [&str; 2] = ["reference", "end_to_end_id"];
const TEXTS: [&str; 3] = ["remittance", "counterparty_name", "counterparty_account"];

fn differences(path: &str, ours: &Value, theirs: &Value, found: &mut BTreeSet<(String, String, String)>) {
    let mut note = |field: String, ours: &Value, theirs: &Value| {
        found.insert((path.to_owned(), field, format!("{ours} is not {theirs}")));
    };
    let (ours, theirs) = (ours.as_array().unwrap(), theirs.as_array().unwrap());
    if ours.len() != theirs.len() {
        return note("statements".to_owned(), &ours.len().into(), &theirs.len().into());
    }
    for (ours, theirs) in ours.iter().zip(theirs) {
        for field in ["account", "currency"] {
            if ours[field] != theirs[field] {
                note(field.to_owned(), &ours[field], &theirs[field]);
            }
        }
        for (side, field) in ["opening", "closing"].into_iter().flat_map(|side| BALANCE.map(|field| (side, field))) {
            if !same(field, &ours[side][field], &theirs[side][field]) {
                note(format!("{side}.{field}"), &ours[side][field], &theirs[side][field]);
            }
        }
        let (our_lines, their_lines) = (ours["lines"].as_array().unwrap(), theirs["lines"].as_array().unwrap());
        if our_lines.len() != their_lines.len() {
            note("lines".to_owned(), &our_lines.len().into(), &their_lines.len().into());
            continue;
        }
        for (our_line, their_line) in our_lines.iter().zip(their_lines) {
            for field in LINE.into_iter().chain(REFERENCES).chain(TEXTS) {
                if !same(field, &our_line[field], &their_line[field]) {
                    note(format!("line.{field}"), &our_line[field], &their_line[field]);
                }
            }
        }
    }
}

fn same(field: &str, ours: &Value, theirs: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => text.split_whitespace().collect::<String>(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let (ours, theirs) = (text(ours), text(theirs));
    if field.starts_with("amount") {
        let decimal = |text: &str| text.parse::<kernel::Decimal>().ok().map(|value| value.normalize());
        return decimal(&ours) == decimal(&theirs);
    }
    ours == theirs
}

fn read(corpora: &Path, sample: &Sample) -> Result<Parsed, String> {
    let bytes = std::fs::read(corpora.join(&sample.path)).unwrap();
    bankfiles::parse(&bytes, &ParseOptions::default()).map_err(|error| error.to_string())
}

#[test]
fn the_whole_corpus_agrees() {
    let Some(shared) = testkit::shared_dir() else { return };
    let corpora = shared.join("corpora");
    let (mut found, mut files) = (BTreeSet::new(), 0);
    for sample in samples(&corpora).iter().filter(|sample| sample.format.parse::<Format>().is_ok()) {
        let Some(expected) = &sample.expected else { continue };
        let expected: Value = serde_json::from_slice(&std::fs::read(corpora.join(expected)).unwrap()).unwrap();
        files += 1;
        let mut note = |field: &str, why: String| found.insert((sample.path.clone(), field.to_owned(), why));
        match (read(&corpora, sample), &expected["result"]) {
            (Ok(parsed), _) if parsed.format.as_str() != sample.format => {
                note("format", format!("detected as {}", parsed.format));
            }
            (Ok(parsed), Value::Array(_)) => {
                let ours = serde_json::to_value(&parsed.statements).unwrap();
                differences(&sample.path, &ours, &expected["result"], &mut found);
            }
            (Ok(parsed), _) if sample.confidence == "none" => {
                note("readable", format!("{} statements, but the peer reads none", parsed.statements.len()));
            }
            (Err(error), Value::Array(_)) => drop(note("error", error)),
            _ => {}
        }
    }
    let listed = Listed::read();
    found.retain(|(path, field, _)| !listed.covers(path, field));
    for (path, field, why) in &found {
        eprintln!("{path}\t{field}\t{why}");
    }
    assert!(found.is_empty(), "{} differences in {files} files are not listed in docs/bank-formats.md", found.len());
}

#[test]
fn what_no_peer_reads_fails_with_a_reason_or_is_read_on_purpose() {
    let Some(shared) = testkit::shared_dir() else { return };
    let corpora = shared.join("corpora");
    let samples = samples(&corpora);
    let negative =
        samples.iter().filter(|sample| sample.format.parse::<Format>().is_ok() && sample.confidence == "none");
    for sample in negative {
        match read(&corpora, sample) {
            Ok(parsed) => eprintln!("{}: {} statements", sample.path, parsed.statements.len()),
            Err(error) => {
                eprintln!("{}: {error}", sample.path);
                assert!(!error.is_empty());
            }
        }
    }
}
