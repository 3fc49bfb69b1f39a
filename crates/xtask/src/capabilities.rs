//! Within a floor the capabilities form the order declared in `order`: a file names only what stands before it.
//!
//! Looks at every path that starts with `crate::`, and at `super::` where that means the floor or the room. A name that
//! the floor's `lib.rs` re-exports counts as its module. Test code may name anything.

use crate::order::{FLOORS, FRAME, ORDER, ROOMS, WIRING};
use crate::tidy::{Finding, RustFile};
use crate::tokens::{Kind, Token, spells};
use std::collections::HashMap;

pub(crate) fn check(sources: &[RustFile<'_>]) -> Vec<Finding> {
    FLOORS.iter().flat_map(|floor| check_floor(floor, sources)).collect()
}

fn check_floor(floor: &str, sources: &[RustFile<'_>]) -> Vec<Finding> {
    let prefix = format!("crates/{floor}/src/");
    let files = || sources.iter().filter_map(|source| Some((source.file.path.strip_prefix(&prefix)?, source)));
    let lib = files().find(|(place, _)| *place == "lib.rs").map(|(_, source)| re_exports(&source.tokens));
    let lib = lib.unwrap_or_default();
    files().flat_map(|(place, source)| check_file(place, source, &lib)).collect()
}

fn check_file(place: &str, source: &RustFile<'_>, lib: &HashMap<String, String>) -> Vec<Finding> {
    let word = word_of(place);
    if WIRING.contains(&word) || source.file.is_test() {
        return Vec::new();
    }
    let Some(own) = rank(word) else {
        let advice = format!("Give `{word}` its place among the capabilities in crates/xtask/src/order.rs.");
        return vec![Finding::new(source.file, 1, advice)];
    };
    let named = named_modules(&source.tokens, is_directly_in_a_folder_of_capabilities(place));
    let later = named.into_iter().filter_map(|(line, path)| {
        let module = module_of(&path, lib);
        rank(&module).filter(|rank| *rank > own).map(|_| (line, module))
    });
    later.map(|(line, module)| Finding::new(source.file, line, advice(word, &module))).collect()
}

fn advice(word: &str, later: &str) -> String {
    format!("`{word}` comes before `{later}` and may not name it: move what both need into `{word}` or before it.")
}

/// The frame comes first, as one; then each capability in its place.
fn rank(word: &str) -> Option<usize> {
    if FRAME.contains(&word) {
        return Some(0);
    }
    ORDER.iter().position(|known| *known == word).map(|place| place + 1)
}

/// `invoices` for `invoices.rs`, `invoices/lines.rs` and `pages/invoices.rs`.
fn word_of(place: &str) -> &str {
    let mut parts = place.split('/');
    let first = parts.next().unwrap_or_default();
    let word = if ROOMS.contains(&first) { parts.next().unwrap_or_default() } else { first };
    word.trim_end_matches(".rs")
}

/// Where `super` is the crate or a room: `invoices.rs`, `pages/invoices.rs`, but not `invoices/lines.rs`.
fn is_directly_in_a_folder_of_capabilities(place: &str) -> bool {
    match place.split_once('/') {
        None => true,
        Some((room, rest)) => ROOMS.contains(&room) && !rest.contains('/'),
    }
}

fn module_of(path: &[String], lib: &HashMap<String, String>) -> String {
    let first = path.first().map_or("", String::as_str);
    let word = if ROOMS.contains(&first) { path.get(1).map_or("", String::as_str) } else { first };
    lib.get(word).cloned().unwrap_or_else(|| word.to_owned())
}

/// Every path from the crate's root, with the line of its first word.
fn named_modules(tokens: &[Token], with_super: bool) -> Vec<(usize, Vec<String>)> {
    let mut named = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let starts = token.text == "crate" || (with_super && token.text == "super");
        if starts && !token.test && spells(tokens, at + 1, &[":", ":"]) {
            paths(tokens, at + 3, &mut Vec::new(), &mut named);
        }
    }
    named
}

/// Collects `a::b`, `a::{b, c::d}` and so on; gives where it stopped.
fn paths(tokens: &[Token], at: usize, prefix: &mut Vec<String>, found: &mut Vec<(usize, Vec<String>)>) -> usize {
    let Some(token) = tokens.get(at) else { return at };
    if token.text == "{" {
        let mut next = at + 1;
        while next < token.close {
            next = paths(tokens, next, prefix, found).max(next + 1);
        }
        return token.close + 1;
    }
    if token.kind != Kind::Word {
        return at;
    }
    prefix.push(token.text.clone());
    let goes_on = spells(tokens, at + 1, &[":", ":"])
        && tokens.get(at + 3).is_some_and(|next| next.kind == Kind::Word || next.text == "{");
    let end = if goes_on {
        paths(tokens, at + 3, prefix, found)
    } else {
        found.push((token.line, prefix.clone()));
        at + 1
    };
    prefix.pop();
    // `module::Name as Other`: both names lead to the module.
    if let (false, true, Some(other)) = (prefix.is_empty(), spells(tokens, end, &["as"]), tokens.get(end + 1)) {
        found.push((token.line, prefix.iter().chain([&other.text]).cloned().collect()));
        return end + 2;
    }
    end
}

/// From `pub use invoices::{Invoice, Line as InvoiceLine};` in `lib.rs`: `Invoice` and `InvoiceLine` live in `invoices`.
fn re_exports(tokens: &[Token]) -> HashMap<String, String> {
    let mut modules = HashMap::new();
    for at in 0..tokens.len() {
        if !spells(tokens, at, &["pub", "use"]) {
            continue;
        }
        let mut found = Vec::new();
        paths(tokens, at + 2, &mut Vec::new(), &mut found);
        for (_, path) in found {
            let path: Vec<&String> = path.iter().filter(|word| *word != "self" && *word != "crate").collect();
            if let [module, .., name] = path[..] {
                modules.insert(name.clone(), module.clone());
            }
        }
    }
    modules
}

#[cfg(test)]
mod tests {
    use super::word_of;
    use crate::tidy::fixture::{findings, findings_in};

    const LATER: &str = "`customers` comes before `invoices` and may not name it: move what both need into `customers` \
                         or before it.";

    #[test]
    fn a_file_belongs_to_the_capability_of_its_name_or_folder() {
        let places = ["invoices.rs", "invoices/lines.rs", "pages/invoices.rs", "api/invoices/bulk.rs"];
        assert_eq!(places.map(word_of), ["invoices"; 4]);
    }

    #[test]
    fn a_later_capability_may_name_an_earlier_one() {
        let text = "//! x\nuse crate::customers::Customer;\nuse crate::{db::Tx, terms};\n";
        assert!(findings("crates/store/src/invoices.rs", text).is_empty());
    }

    #[test]
    fn an_earlier_capability_may_not_name_a_later_one_however_it_is_written() {
        let ways = [
            "use crate::invoices::Invoice;",
            "use crate::{db::Tx, invoices::{self, Invoice as I}};",
            "fn a(x: crate::invoices::Invoice) {}",
            "use super::invoices;",
        ];
        for way in ways {
            let found = findings("crates/domain/src/customers.rs", &format!("//! x\n{way}\n"));
            assert_eq!(found, [format!("2: {LATER}")], "{way}");
        }
    }

    #[test]
    fn pages_and_their_neighbours_follow_the_same_order() {
        let text = "//! x\nuse crate::pages::{companies, invoices::row};\nuse super::invoices::cell;\n";
        let found = findings("crates/web/src/pages/customers.rs", text);
        assert_eq!(found, [format!("2: {LATER}"), format!("3: {LATER}")]);
    }

    #[test]
    fn a_name_that_the_floor_re_exports_counts_as_its_module() {
        let lib = "//! x\npub mod invoices;\npub use invoices::{Invoice, Line as InvoiceLine};\n";
        for name in ["Invoice", "InvoiceLine"] {
            let text = format!("//! x\nuse crate::{name};\n");
            let files = [("crates/app/src/lib.rs", lib), ("crates/app/src/customers.rs", &text)];
            assert_eq!(findings_in(&files), [format!("2: {LATER}")]);
        }
    }

    #[test]
    fn tests_may_name_anything() {
        let text = "//! x\n#[cfg(test)]\nmod tests {\n    use crate::invoices::Invoice;\n}\n";
        assert!(findings("crates/domain/src/customers.rs", text).is_empty());
    }

    #[test]
    fn an_unknown_capability_needs_a_line() {
        let found = findings("crates/app/src/parcels.rs", "//! x\n");
        assert_eq!(found, ["1: Give `parcels` its place among the capabilities in crates/xtask/src/order.rs."]);
    }
}
