//! The crates point down only: their manifests are compared with the table in `order`.
//!
//! Reads the manifests line by line, because a finding names its line. A crate's tests may use any crate that does
//! not stand on it.

use crate::order::CRATES;
use crate::tidy::Finding;
use crate::tree::File;

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let manifests = files.iter().filter_map(|file| {
        let name = file.crate_name()?;
        (file.path == format!("crates/{name}/Cargo.toml")).then_some((name, file))
    });
    manifests.flat_map(|(name, file)| check_manifest(name, file)).collect()
}

fn check_manifest(name: &str, file: &File) -> Vec<Finding> {
    let Some(allowed) = allowed(name) else {
        let advice = format!("Give the crate `{name}` its line in crates/xtask/src/order.rs: what may it use?");
        return vec![Finding::new(file, 1, advice)];
    };
    let ours = dependencies(&file.text).into_iter().filter(|dependency| self::allowed(dependency.name).is_some());
    let wrong = ours.filter(|dependency| match dependency.for_tests {
        true => reaches(dependency.name, name),
        false => !allowed.contains(&dependency.name),
    });
    let advice = |used: &str| match used {
        "testkit" => "`testkit` is for tests: move it to [dev-dependencies].".to_owned(),
        _ => format!("`{name}` may not use `{used}`: move what it needs down, or hand it in from above."),
    };
    wrong.map(|dependency| Finding::new(file, dependency.line, advice(dependency.name))).collect()
}

fn allowed(name: &str) -> Option<&'static [&'static str]> {
    CRATES.iter().find(|(known, _)| *known == name).map(|(_, allowed)| *allowed)
}

fn reaches(from: &str, to: &str) -> bool {
    from == to || allowed(from).unwrap_or_default().iter().any(|next| reaches(next, to))
}

struct Dependency<'a> {
    name: &'a str,
    line: usize,
    for_tests: bool,
}

fn dependencies(manifest: &str) -> Vec<Dependency<'_>> {
    let mut found = Vec::new();
    let mut section = "";
    for (index, text) in manifest.lines().enumerate() {
        let text = text.trim();
        let header = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        section = header.unwrap_or(section);
        let name = match header {
            // [dependencies.store]
            Some(header) => header.rsplit_once("dependencies.").map(|(_, name)| name),
            None if section.ends_with("dependencies") => package_name(text),
            None => None,
        };
        if let Some(name) = name {
            found.push(Dependency { name, line: index + 1, for_tests: section.contains("dev-dependencies") });
        }
    }
    found
}

/// `store` in `store.workspace = true`, `store = { .. }` and `db = { package = "store", .. }`.
fn package_name(text: &str) -> Option<&str> {
    let (key, value) = text.split_once('=')?;
    let renamed = value.split_once("package = \"").and_then(|(_, rest)| rest.split('"').next());
    renamed.or(key.trim().split('.').next()).filter(|name| !name.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use crate::tidy::fixture::findings;

    #[test]
    fn a_crate_uses_what_is_below_it() {
        let manifest = "[package]\nname = \"store\"\n[dependencies]\nkernel.workspace = true\nserde = \"1\"\n\
                        [dev-dependencies]\ntestkit.workspace = true\n";
        assert!(findings("crates/store/Cargo.toml", manifest).is_empty());
        for (name, used) in [("web", "store"), ("domain", "sheets")] {
            let manifest = format!("[dev-dependencies]\n{used}.workspace = true\n");
            assert!(findings(&format!("crates/{name}/Cargo.toml"), &manifest).is_empty());
        }
    }

    #[test]
    fn a_crate_that_points_up_is_found_however_it_is_written() {
        let forms = ["[dependencies]\napp.workspace = true", "[dependencies]\nx = { package = \"app\", path = \"\" }"];
        for manifest in
            forms.into_iter().chain(["\n[dependencies.app]\npath = \"\"", "[dev-dependencies]\napp = \"1\""])
        {
            let found = findings("crates/store/Cargo.toml", manifest);
            assert_eq!(found, ["2: `store` may not use `app`: move what it needs down, or hand it in from above."]);
        }
    }

    #[test]
    fn leaves_are_reached_from_app_only_and_testkit_from_tests_only() {
        let found =
            findings("crates/web/Cargo.toml", "[dependencies]\nprint.workspace = true\ntestkit.workspace = true\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[1], "3: `testkit` is for tests: move it to [dev-dependencies].");
    }

    #[test]
    fn a_new_crate_needs_a_line() {
        let found = findings("crates/parcels/Cargo.toml", "[package]\n");
        assert_eq!(found, ["1: Give the crate `parcels` its line in crates/xtask/src/order.rs: what may it use?"]);
    }
}
