//! The files of the repository that rules can read: text, written by us.
//!
//! What is built, installed, vendored or hidden is left out.

use std::fs;
use std::io;
use std::path::Path;

const KINDS: [&str; 16] =
    ["rs", "toml", "html", "css", "js", "mjs", "md", "sh", "sql", "py", "ftl", "typ", "txt", "yml", "yaml", "csv"];
const LEFT_OUT: [&str; 5] = ["target", "node_modules", "vendor", "__pycache__", "venv"];
const HIDDEN_BUT_OURS: [&str; 3] = [".cargo", ".ci", ".github"];

pub(crate) struct File {
    /// From the root of the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn kind(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or("", |(_, kind)| kind)
    }

    /// `store` for `crates/store/src/db.rs`.
    pub(crate) fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// Where a whole file is test code, judged by its place.
    pub(crate) fn is_test(&self) -> bool {
        let folder = ["/tests/", "/benches/"].iter().any(|folder| self.path.contains(folder));
        folder || self.path.ends_with("/tests.rs") || self.crate_name() == Some("testkit")
    }
}

pub(crate) fn read(root: &Path) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    read_folder(root, "", &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<File>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() && is_ours(&name) {
            read_folder(&entry.path(), &format!("{path}/"), files)?;
        } else if kind.is_file() && is_text(&name) {
            // A file that is not UTF-8 (a test's Latin-1 table) or was just removed is no source of ours.
            if let Ok(text) = fs::read_to_string(entry.path()) {
                files.push(File { path, text });
            }
        }
    }
    Ok(())
}

fn is_ours(folder: &str) -> bool {
    !LEFT_OUT.contains(&folder) && (!folder.starts_with('.') || HIDDEN_BUT_OURS.contains(&folder))
}

/// Programs such as `./test` have no ending.
fn is_text(name: &str) -> bool {
    name.rsplit_once('.').is_none_or(|(_, kind)| KINDS.contains(&kind))
}
