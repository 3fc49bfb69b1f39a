//! All rules over all files, and what a broken rule looks like.

use crate::tokens::Token;
use crate::tree::File;
use crate::{capabilities, crates, rust, templates, text, tokens};
use std::fmt;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    /// One sentence that says what to do.
    advice: String,
}

impl Finding {
    pub(crate) fn new(file: &File, line: usize, advice: impl Into<String>) -> Self {
        Self { path: file.path.clone(), line, advice: advice.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.advice)
    }
}

/// A Rust file and its tokens.
pub(crate) struct RustFile<'a> {
    pub(crate) file: &'a File,
    pub(crate) tokens: Vec<Token>,
}

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = files.iter().flat_map(text::check).collect();
    findings.extend(files.iter().flat_map(templates::check));
    findings.extend(crates::check(files));
    let mut sources = Vec::new();
    for file in files.iter().filter(|file| file.kind() == "rs") {
        match tokens::read(&file.text, file.is_test()) {
            Ok(tokens) => sources.push(RustFile { file, tokens }),
            Err(line) => findings.push(Finding::new(file, line, "This is not Rust: make it compile first.")),
        }
    }
    findings.extend(sources.iter().flat_map(rust::check));
    findings.extend(capabilities::check(&sources));
    findings.sort();
    findings.dedup();
    findings
}

#[cfg(test)]
pub(crate) mod fixture {
    use super::{Finding, check};
    use crate::tree::File;

    /// The findings in one file of this text, as `line: advice`.
    pub(crate) fn findings(path: &str, text: &str) -> Vec<String> {
        findings_in(&[(path, text)])
    }

    pub(crate) fn findings_in(files: &[(&str, &str)]) -> Vec<String> {
        let file = |(path, text): &(&str, &str)| File { path: (*path).to_owned(), text: (*text).to_owned() };
        let files: Vec<File> = files.iter().map(file).collect();
        check(&files).iter().map(|Finding { line, advice, .. }| format!("{line}: {advice}")).collect()
    }
}
