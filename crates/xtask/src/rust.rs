//! The rules for one Rust file: where SQL, engines, the clock, chance and floats may stand, and how long things get.
//!
//! Lengths are counted on tokens: from `fn` to its closing brace, so a brace in a string or a comment cannot mislead.

use crate::tidy::{Finding, RustFile};
use crate::tokens::{Kind, Token, spells};

const LONGEST_FUNCTION: usize = 70;

/// The one place that reads the wall clock and draws random ids.
const CONTEXT: &str = "crates/app/src/context.rs";
const ENGINE_FILES: [&str; 6] = [
    "crates/store/src/db.rs",
    "crates/store/src/db/batch.rs",
    "crates/store/src/db/statement.rs",
    "crates/store/src/db/unread.rs",
    "crates/store/src/move_to.rs",
    "crates/kernel/src/sql.rs",
];
const ENGINE_WORDS: [&str; 2] = ["Sqlite", "Postgres"];

const CLOCKS: [[&str; 4]; 3] =
    [["Timestamp", ":", ":", "now"], ["Zoned", ":", ":", "now"], ["SystemTime", ":", ":", "now"]];
const CHANCES: [&[&str]; 8] = [
    &["now_v7"],
    &["new_v4"],
    &["thread_rng"],
    &["OsRng"],
    &["SysRng"],
    &["getrandom", ":", ":"],
    &["rand", ":", ":", "rng"],
    &["rand", ":", ":", "random"],
];

const STATEMENTS: [&str; 10] = [
    "SELECT ",
    "INSERT INTO ",
    "INSERT OR ",
    "UPDATE ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "ALTER TABLE ",
    "DROP TABLE ",
    "PRAGMA ",
    "WITH RECURSIVE ",
];

type Rule = fn(&RustFile<'_>, usize) -> Option<String>;

const RULES: [Rule; 8] = [statement, statement_call, engine, clock, chance, float, lint_silenced, unwritten_code];

pub(crate) fn check(source: &RustFile<'_>) -> Vec<Finding> {
    let each = (0..source.tokens.len()).flat_map(|at| {
        let broken = RULES.iter().filter_map(move |rule| rule(source, at));
        broken.map(move |advice| Finding::new(source.file, source.tokens[at].line, advice))
    });
    each.chain(long_functions(source)).chain(no_module_doc(source)).collect()
}

/// These prepare or describe what others write, or write it for tests.
fn is_tool(source: &RustFile<'_>) -> bool {
    matches!(source.file.crate_name(), Some("xtask" | "testkit"))
}

fn is_in_store(source: &RustFile<'_>) -> bool {
    source.file.crate_name() == Some("store")
}

fn token<'a>(source: &'a RustFile<'_>, at: usize) -> Option<&'a Token> {
    source.tokens.get(at).filter(|token| !token.test && !is_tool(source))
}

fn statement(source: &RustFile<'_>, at: usize) -> Option<String> {
    let token = token(source, at).filter(|token| token.kind == Kind::Literal && !is_in_store(source))?;
    let text = token.text.trim_start_matches(['r', '#', '"', '\\', 'n', ' ', '\n']);
    let statement = STATEMENTS.iter().find(|statement| text.starts_with(**statement))?;
    // A sentence may begin with one of these words; a table is written in small letters.
    let next = text[statement.len()..].trim_start().chars().next().unwrap_or('?');
    let looks_like_sql = !statement.starts_with("UPDATE") || next.is_lowercase();
    looks_like_sql.then(|| "SQL belongs to crates/store: move the statement there and call it.".to_owned())
}

fn statement_call(source: &RustFile<'_>, at: usize) -> Option<String> {
    token(source, at).filter(|_| !is_in_store(source))?;
    let calls = ["sql", "sql_for"].iter().any(|name| spells(&source.tokens, at, &[name, "("]));
    let is_declaration = at > 0 && source.tokens[at - 1].text == "fn";
    (calls && !is_declaration).then(|| "SQL belongs to crates/store: move the statement there and call it.".to_owned())
}

fn engine(source: &RustFile<'_>, at: usize) -> Option<String> {
    if ENGINE_FILES.contains(&source.file.path.as_str()) {
        return None;
    }
    let word = &token(source, at).filter(|token| token.kind == Kind::Word)?.text;
    let pg_type = word.strip_prefix("Pg").is_some_and(|rest| rest.starts_with(char::is_uppercase));
    let names_one = pg_type || ENGINE_WORDS.iter().any(|engine| word.starts_with(engine));
    names_one.then(|| format!("`{word}` names an engine: only crates/store/src/db.rs knows which one it talks to."))
}

fn clock(source: &RustFile<'_>, at: usize) -> Option<String> {
    token(source, at).filter(|_| source.file.path != CONTEXT)?;
    let clock = CLOCKS.iter().find(|clock| spells(&source.tokens, at, *clock))?;
    Some(format!("`{}::now` reads the wall clock: take the time as an argument; {CONTEXT} alone reads it.", clock[0]))
}

fn chance(source: &RustFile<'_>, at: usize) -> Option<String> {
    token(source, at).filter(|_| source.file.path != CONTEXT)?;
    let chance = CHANCES.iter().find(|chance| spells(&source.tokens, at, chance))?;
    Some(format!("`{}` draws by chance: take ids and secrets from {CONTEXT}.", chance.concat()))
}

fn float(source: &RustFile<'_>, at: usize) -> Option<String> {
    if !matches!(source.file.crate_name(), Some("kernel" | "domain")) {
        return None;
    }
    let token = &source.tokens[at];
    let names = token.kind == Kind::Word && (token.text == "f32" || token.text == "f64");
    let suffixed = token.kind == Kind::Literal && is_float_literal(&token.text);
    (names || suffixed).then(|| "A float loses cents: use Money, an exact decimal or an integer.".to_owned())
}

fn is_float_literal(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && !text.starts_with("0x")
        && text.ends_with(['2', '4'])
        && (text.ends_with("f32") || text.ends_with("f64"))
}

fn lint_silenced(source: &RustFile<'_>, at: usize) -> Option<String> {
    let tokens = &source.tokens;
    let opens = spells(tokens, at, &["#", "["]) || spells(tokens, at, &["#", "!", "["]);
    let open = (at..at + 3).find(|index| tokens.get(*index).is_some_and(|token| token.text == "["))?;
    let inside = tokens.get(open + 1..tokens[open].close)?;
    let silences = opens && (0..inside.len()).any(|index| spells(inside, index, &["allow", "("]));
    silences.then(|| "Mend what the lint found, or write `#[expect(lint, reason = \"..\")]`.".to_owned())
}

fn unwritten_code(source: &RustFile<'_>, at: usize) -> Option<String> {
    let name = &source.tokens[at].text;
    let is_macro = spells(&source.tokens, at + 1, &["!"]) && (name == "todo" || name == "unimplemented");
    is_macro.then(|| format!("`{name}!` panics in a clerk's face: write the code or leave the feature out."))
}

fn long_functions(source: &RustFile<'_>) -> Vec<Finding> {
    let tokens = &source.tokens;
    let functions = (0..tokens.len()).filter(|at| tokens[*at].text == "fn" && tokens[*at].kind == Kind::Word);
    let measured = functions.filter_map(|at| {
        let name = tokens.get(at + 1).filter(|next| next.kind == Kind::Word)?;
        let body = body_of(tokens, at + 2)?;
        Some((tokens[at].line, name, tokens[tokens[body].close].line - tokens[at].line + 1))
    });
    let long = measured.filter(|(_, _, lines)| *lines > LONGEST_FUNCTION);
    let advice = |name: &str, lines| format!("`{name}` has {lines} lines, {LONGEST_FUNCTION} is the wall: split it.");
    long.map(|(line, name, lines)| Finding::new(source.file, line, advice(&name.text, lines))).collect()
}

/// The brace that opens the body; none for a declaration in a trait.
fn body_of(tokens: &[Token], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let token = tokens.get(at)?;
        match (token.kind, token.text.as_str()) {
            (Kind::Open, "{") => return Some(at),
            (Kind::Open, _) => at = token.close + 1,
            (Kind::Sign, ";") | (Kind::Close, _) => return None,
            _ => at += 1,
        }
    }
}

fn no_module_doc(source: &RustFile<'_>) -> Option<Finding> {
    let first = source.file.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let advice = "Begin the file with `//!`: what it is, what it never does, how one call flows.";
    (!first.starts_with("//!")).then(|| Finding::new(source.file, 1, advice))
}

#[cfg(test)]
mod tests {
    use crate::tidy::fixture::findings;

    const PAGE: &str = "crates/web/src/pages/customers.rs";

    fn lines(path: &str, body: &str) -> Vec<String> {
        let found = findings(path, &format!("//! x\n{body}\n"));
        found.iter().map(|finding| finding.split(':').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn sql_stands_in_the_store_only() {
        for sql in
            ["sql(\"x\")", "\"SELECT 1\"", "r#\"INSERT INTO t\"#", "\"UPDATE t SET a = 1\"", "\"\\n  DELETE FROM t\""]
        {
            assert_eq!(lines(PAGE, &format!("fn a() {{ b({sql}) }}")), ["2"], "{sql}");
            assert!(lines("crates/store/src/customers.rs", &format!("fn a() {{ b({sql}) }}")).is_empty());
            assert!(lines(PAGE, &format!("#[test]\nfn a() {{ b({sql}) }}")).is_empty());
        }
        assert!(lines(PAGE, "/// \"SELECT 1\"\nfn a() { b(\"Select a customer\", \"UPDATE YOUR TERMS\") }").is_empty());
    }

    #[test]
    fn engines_are_named_behind_the_door_only() {
        for word in ["Sqlite", "SqlitePool", "PgPool", "PostgresRow"] {
            assert_eq!(lines("crates/store/src/customers.rs", &format!("use x::{word};")), ["2"], "{word}");
            assert!(lines("crates/store/src/db.rs", &format!("use x::{word};")).is_empty());
        }
        assert!(lines("crates/store/src/customers.rs", "use x::Pgp;").is_empty());
    }

    #[test]
    fn the_clock_and_chance_stand_in_the_context_only() {
        let calls = ["Timestamp::now()", "jiff::Zoned::now()", "SystemTime::now()", "Uuid::now_v7()", "rand::rng()"];
        for call in calls {
            assert_eq!(lines("crates/app/src/cash.rs", &format!("fn a() {{ {call} }}")), ["2"], "{call}");
            assert!(lines("crates/app/src/context.rs", &format!("fn a() {{ {call} }}")).is_empty());
        }
        assert!(lines("crates/app/src/cash.rs", "fn a() { Instant::now() }").is_empty());
    }

    #[test]
    fn kernel_and_domain_have_no_floats() {
        assert_eq!(lines("crates/domain/src/cash.rs", "fn a(x: f64) {\n1f32 }"), ["2", "3"]);
        assert!(lines("crates/domain/src/cash.rs", "fn a(x: (i64, i64)) { x.0; 0x1f32 }").is_empty());
        assert!(lines("crates/print/src/page.rs", "fn a(x: f64) {}").is_empty());
    }

    #[test]
    fn lints_are_expected_with_a_reason_and_code_is_written() {
        let bad =
            "#![allow(dead_code)]\n#[cfg_attr(x, allow(y))]\nfn a() { todo!() }\nfn b() { unimplemented!(\"x\") }";
        assert_eq!(lines(PAGE, bad), ["2", "3", "4", "5"]);
        assert!(lines(PAGE, "#[expect(dead_code, reason = \"x\")]\nfn allow(x: i64) { allow(x) }").is_empty());
    }

    #[test]
    fn seventy_lines_are_the_wall_for_a_function_also_inside_a_macro() {
        let function = |lines: usize| format!("fn a() {{{}}}", "\n".repeat(lines - 1));
        assert!(lines(PAGE, &function(70)).is_empty());
        assert_eq!(lines(PAGE, &function(71)), ["2"]);
        assert_eq!(lines(PAGE, &format!("both! {{ async {} }}", function(71))), ["2"]);
        assert!(lines(PAGE, "trait A { fn a(); }\ntype B = fn(i64) -> i64;").is_empty());
    }

    #[test]
    fn every_file_says_what_it_is() {
        assert_eq!(findings(PAGE, "fn a() {}\n").len(), 1);
        assert!(findings(PAGE, "//! Pages.\nfn a() {}\n").is_empty());
    }
}
