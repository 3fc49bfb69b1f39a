//! The only place that writes to the terminal: lines, tables, JSON, failures.
//!
//! A reader that stops reading (`| head`) ends the output, not the program.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;
use std::io::{IsTerminal as _, Write as _};

pub(crate) fn line(text: impl AsRef<str>) {
    drop(writeln!(std::io::stdout().lock(), "{}", text.as_ref()));
}

pub(crate) fn failure(failure: &crate::cli::Failure) {
    drop(writeln!(std::io::stderr().lock(), "error: {failure}"));
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        drop(writeln!(std::io::stderr().lock(), "  because: {error}"));
        cause = error.source();
    }
}

/// What is already a file's content.
pub(crate) fn bytes(bytes: &[u8]) {
    drop(std::io::stdout().lock().write_all(bytes));
}

/// Something to read while working; not part of the output.
pub(crate) fn note(text: impl AsRef<str>) {
    drop(writeln!(std::io::stderr().lock(), "{}", text.as_ref()));
}

pub(crate) fn json(value: &impl Serialize) {
    line(serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Columns for people; lines fit the terminal, or are as long as they are in a pipe.
pub(crate) fn table<const N: usize>(headers: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(headers);
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    for row in rows {
        table.add_row(row);
    }
    line(table.trim_fmt());
}

/// A report's columns; figures stand at the right.
pub(crate) fn report(titles: Vec<String>, right: &[bool], rows: Vec<Vec<String>>) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(titles);
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.add_rows(rows);
    for (column, _) in table.column_iter_mut().zip(right).filter(|(_, right)| **right) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    line(table.trim_fmt());
}
