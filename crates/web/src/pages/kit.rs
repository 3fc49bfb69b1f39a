//! `/kit`: every part that pages are made of, in every state, for people who build pages.
//!
//! The texts stand in `templates/kit/gallery.html`; only the charts need numbers. Everything is fixed, so that the page
//! can be compared with a stored picture.

use crate::{
    charts::{Chart, Point, Series, Slice, sparkline, stacked_bar},
    error::PageResult,
    page::{Page, render},
    server::Site,
    session::Session,
};
use askama::Template;
use axum::{Router, routing::get};

pub fn router() -> Router<Site> {
    Router::new().route("/kit", get(show))
}

#[derive(Template)]
#[template(path = "kit/gallery.html")]
struct Gallery {
    page: Page,
    aging_html: String,
    bars_html: String,
    line_html: String,
    spark_html: String,
}

const MONTHS: [&str; 12] = ["Dec", "Jan 26", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"];
const INVOICED: [i64; 12] = [612, 730, 689, 812, 770, 843, 901, 880, 740, 912, 956, 521];
const PAID: [i64; 12] = [590, 640, 710, 705, 790, 760, 880, 864, 810, 790, 901, -60];
const OVERDUE: [i64; 12] = [90, 110, 120, 100, 150, 140, 130, 170, 165, 180, 172, 190];

async fn show(session: Session) -> PageResult {
    let labels = MONTHS.map(str::to_owned);
    let chart = |id, title, series: [Series; 2], lines: bool| {
        let chart = Chart { id, title, currency: "EUR", decimals: 2, labels: &labels, series: &series };
        if lines { chart.lines() } else { chart.bars() }
    };
    render(&Gallery {
        page: session.page("The kit", "kit"),
        aging_html: aging(),
        bars_html: chart(
            "kit-bars",
            "Invoiced and paid by month",
            [thousands("Invoiced", INVOICED), thousands("Paid", PAID)],
            false,
        ),
        line_html: chart(
            "kit-lines",
            "Receivables at month end",
            [thousands("Receivables", INVOICED), thousands("Overdue", OVERDUE)],
            true,
        ),
        spark_html: sparkline("Receivables over the last 12 months", &INVOICED),
    })
}

fn aging() -> String {
    let buckets = [
        ("Current", 389_472_645, "3,894,726.45 EUR"),
        ("1–30 days", 51_820_410, "518,204.10 EUR"),
        ("31–60 days", 22_100_099, "221,000.99 EUR"),
        ("61–90 days", 9_400_001, "94,000.01 EUR"),
        ("91–180 days", 6_000_000, "60,000.00 EUR"),
        ("Over 180 days", -2_500_500, "−25,005.00 EUR"),
    ];
    let slice = |(label, value, text): (&str, i64, &str)| Slice {
        label: label.to_owned(),
        value,
        text: text.to_owned(),
        href: "/open-items".to_owned(),
    };
    stacked_bar("kit-aging", "Aging by due date", &buckets.map(slice))
}

fn thousands(label: &str, values: [i64; 12]) -> Series {
    let points =
        values.map(|value| Point { value: value * 100_000, text: format!("{value},000.00").replace('-', "−") });
    Series { label: label.to_owned(), points: points.into() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    /// askama resolves a bare name inside a call, or in an argument, to the macro's parameter before the page's own field.
    #[test]
    fn no_page_uses_a_bare_name_that_a_kit_parameter_would_hide() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let taken = parameters(&fs::read_to_string(root.join("kit.html")).unwrap());
        assert!(taken.contains("title") && taken.contains("autofocus"), "the parameters of the kit were read");
        let mut hidden = Vec::new();
        for path in pages(&root).into_iter().filter(|path| !path.ends_with("templates/kit.html")) {
            let text = fs::read_to_string(&path).unwrap();
            let names = tags(&text).into_iter().flat_map(bare_names).filter(|name| taken.contains(name));
            hidden.extend(names.map(|name| format!("{}: write self.{name} or rename it", path.display())));
        }
        assert_eq!(hidden, Vec::<String>::new());
    }

    #[test]
    fn bare_names_are_told_from_fields_arguments_texts_and_filters() {
        let names = |tag| bare_names(tag).into_iter().collect::<Vec<_>>();
        assert_eq!(names(r#"kit::field("a title", name, error=f.error("name"), hint = hint)"#), ["f", "hint", "name"]);
        assert_eq!(names(r#"self.title|safe"#), ["self"]);
        assert_eq!(names(r#"if class == "x" && loop.first"#), ["class", "if", "loop"]);
    }

    fn pages(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { pages(&path) } else { vec![path] }).collect()
    }

    fn parameters(kit: &str) -> BTreeSet<String> {
        let heads = kit.lines().filter_map(|line| line.strip_prefix("{%- macro ")?.split_once('('));
        let names = heads.flat_map(|(_, list)| list.split(", ")).filter_map(|parameter| parameter.split_once(": "));
        names.map(|(name, _)| name.to_owned()).collect()
    }

    /// What stands between `{{` and `}}` or `{%` and `%}`, outside of the page's own macros and of the names of blocks.
    fn tags(page: &str) -> Vec<&str> {
        let mut found = Vec::new();
        let mut own = false;
        for (start, _) in page.match_indices("{{").chain(page.match_indices("{%")).collect::<BTreeSet<_>>() {
            let close = if page[start..].starts_with("{{") { "}}" } else { "%}" };
            let tag = page[start + 2..].split(close).next().unwrap_or_default().trim_matches(['-', ' ']);
            own = (own || tag.starts_with("macro ")) && !tag.starts_with("endmacro");
            if !own && !tag.starts_with("block ") {
                found.push(tag);
            }
        }
        found
    }

    fn bare_names(tag: &str) -> BTreeSet<String> {
        let code: String = tag.split('"').step_by(2).collect::<Vec<_>>().join("\"");
        let mut names = BTreeSet::new();
        let mut rest = code.as_str();
        while let Some(start) = rest.find(|letter: char| letter.is_ascii_alphabetic() || letter == '_') {
            let (before, from) = rest.split_at(start);
            let end = from.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(from.len());
            let (name, after) = from.split_at(end);
            let next = after.trim_start();
            let called = next.starts_with('(') || next.starts_with("::");
            let argument = next.starts_with('=') && !next.starts_with("==");
            let owned = before.trim_end().ends_with(['.', '|', ':']) && !before.trim_end().ends_with("||");
            if !called && !argument && !owned {
                names.insert(name.to_owned());
            }
            rest = after;
        }
        names
    }
}
