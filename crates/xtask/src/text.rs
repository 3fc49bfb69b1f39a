//! The rules for any text file: its length, what was left for later, and words that mean something on one machine only.

use crate::tidy::Finding;
use crate::tree::File;

const LONGEST: [(&str, usize); 5] = [("rs", 600), ("html", 600), ("js", 600), ("mjs", 600), ("css", 1200)];
const CODE: [&str; 9] = ["rs", "html", "css", "js", "mjs", "sql", "sh", "toml", "py"];

/// Marks of unfinished work, as words of their own.
const LEFT_FOR_LATER: [&str; 2] = ["TODO", "FIXME"];

/// Paths of one machine: they are wrong on every other.
const MACHINE_PATHS: [&str; 5] = ["/work/main", "/work/shared", "/root/", "/Users/", "../.library"];

/// These two speak about the words above.
const ABOUT_THE_WORDS: [&str; 2] = ["crates/xtask/src/text.rs", "docs/STYLE.md"];

pub(crate) fn check(file: &File) -> Vec<Finding> {
    let mut findings: Vec<Finding> = too_long(file).into_iter().collect();
    if ABOUT_THE_WORDS.contains(&file.path.as_str()) {
        return findings;
    }
    for (index, line) in file.text.lines().enumerate() {
        let advice = left_for_later(file, line).or_else(|| machine_path(line));
        findings.extend(advice.map(|advice| Finding::new(file, index + 1, advice)));
    }
    findings
}

fn too_long(file: &File) -> Option<Finding> {
    let (_, longest) = LONGEST.iter().find(|(kind, _)| *kind == file.kind())?;
    let lines = file.text.lines().count();
    let advice = || format!("The file has {lines} lines, {longest} is the wall: split it by thought.");
    (lines > *longest).then(|| Finding::new(file, *longest, advice()))
}

fn left_for_later(file: &File, line: &str) -> Option<String> {
    let is_code = CODE.contains(&file.kind()) || file.kind().is_empty();
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    let word = words.find(|word| is_code && LEFT_FOR_LATER.contains(word))?;
    Some(format!("`{word}` is work nobody finds: do it now or open an issue."))
}

fn machine_path(line: &str) -> Option<String> {
    let path = MACHINE_PATHS.iter().find(|path| line.contains(**path))?;
    Some(format!("`{path}` exists on one machine only: write a path from the repository's root."))
}

#[cfg(test)]
mod tests {
    use crate::tidy::fixture::findings;

    #[test]
    fn a_file_has_a_wall_by_its_kind() {
        assert!(findings("e2e/a.js", &"x\n".repeat(600)).is_empty());
        assert_eq!(findings("e2e/a.js", &"x\n".repeat(601)).len(), 1);
        assert!(findings("crates/web/static/a.css", &"x\n".repeat(1200)).is_empty());
        assert_eq!(
            findings("crates/web/static/a.css", &"x\n".repeat(1201)),
            ["1200: The file has 1201 lines, 1200 is the wall: split it by thought."]
        );
        assert!(findings("docs/a.md", &"x\n".repeat(5000)).is_empty());
    }

    #[test]
    fn work_left_for_later_is_found_in_code_and_not_in_prose() {
        assert_eq!(findings("e2e/run.sh", "# TODO: more\n").len(), 1);
        assert_eq!(findings("test", "# FIXME\n").len(), 1);
        assert!(findings("e2e/run.sh", "METODOS=TODOS\n").is_empty());
        assert!(findings("crates/print/languages/es.ftl", "all = TODO\n").is_empty());
    }

    #[test]
    fn paths_of_one_machine_are_found_everywhere() {
        assert_eq!(findings("docs/a.md", "see /work/main/docs\n").len(), 1);
        assert!(findings("docs/a.md", "see ../shared and /work/{id}\n").is_empty());
    }
}
