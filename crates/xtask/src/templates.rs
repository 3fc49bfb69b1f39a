//! Pages obey the strict content security policy: no inline style, no inline handler, no inline script.
//!
//! Reads tags and their attributes' names; what a template engine writes between `{{`, `{%` or `{#` and its end is skipped.

use crate::tidy::Finding;
use crate::tree::File;

const FOLDERS: [&str; 2] = ["crates/web/templates/", "crates/portal/templates/"];

pub(crate) fn check(file: &File) -> Vec<Finding> {
    if file.kind() != "html" || !FOLDERS.iter().any(|folder| file.path.starts_with(folder)) {
        return Vec::new();
    }
    let text = without_template_code(&file.text);
    let mut findings = Vec::new();
    let mut rest = 0;
    while let Some(start) = text[rest..].find('<').map(|found| rest + found) {
        let tag = Tag::read(&text[start + 1..]);
        let line = text[..start].matches('\n').count() + 1;
        rest = start + 1 + tag.length;
        let body = text[rest..].split("</").next().unwrap_or_default();
        findings.extend(tag.advice(body).map(|advice| Finding::new(file, line, advice)));
    }
    findings
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
    length: usize,
}

impl Tag {
    /// Reads from behind `<` to `>`. Quotes may hold anything.
    fn read(text: &str) -> Self {
        let mut words = vec![String::new()];
        let (mut quote, mut length) = (None, text.len());
        for (at, c) in text.char_indices() {
            match (quote, c) {
                (None, '>') => {
                    length = at + 1;
                    break;
                }
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), c) if open == c => quote = None,
                (None, c) if c.is_whitespace() => words.push(String::new()),
                (_, c) => words.last_mut().into_iter().for_each(|word| word.push(c)),
            }
        }
        let mut words = words.into_iter().filter(|word| !word.is_empty());
        let name = words.next().unwrap_or_default().to_lowercase();
        let attributes = words.map(|word| match word.split_once('=') {
            Some((key, value)) => (key.to_lowercase(), value.to_owned()),
            None => (word.to_lowercase(), String::new()),
        });
        Self { name, attributes: attributes.collect(), length }
    }

    fn advice(&self, body: &str) -> Option<String> {
        if !self.name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let has = |name: &str| self.attributes.iter().any(|(key, _)| key == name);
        let is_data = self.attributes.iter().any(|(key, value)| key == "type" && value == "application/json");
        let handler = self.attributes.iter().find(|(key, _)| key.len() > 3 && key.starts_with("on"));
        if let Some((key, _)) = handler {
            return Some(format!("`{key}` is inline script: listen for it in a module under static/js."));
        }
        if has("style") || self.name == "style" {
            return Some("Inline style is refused by the page's policy: write a class in the style sheet.".to_owned());
        }
        let runs_inline = self.name == "script" && !has("src") && !is_data;
        (runs_inline && !body.trim().is_empty())
            .then(|| "Inline script is refused by the page's policy: write a module under static/js.".to_owned())
    }
}

/// Replaces template code by spaces, line breaks kept, so that lines stay.
fn without_template_code(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut end: Option<&str> = None;
    let mut skip = 0_usize;
    for (at, c) in text.char_indices() {
        let here = &text[at..];
        if skip == 0 && end.is_none() {
            let pairs = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];
            end = pairs.iter().find(|(open, _)| here.starts_with(open)).map(|(_, close)| *close);
        } else if end.is_some_and(|close| here.starts_with(close)) {
            (end, skip) = (None, 2);
        }
        let keep = (end.is_none() && skip == 0) || c == '\n';
        clean.push(if keep { c } else { ' ' });
        skip = skip.saturating_sub(1);
    }
    clean
}

#[cfg(test)]
mod tests {
    use crate::tidy::fixture::findings;

    fn lines(html: &str) -> Vec<String> {
        let found = findings("crates/web/templates/customers/list.html", html);
        found.iter().map(|finding| finding.split(':').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn inline_style_handlers_and_scripts_are_found() {
        assert_eq!(lines("<p>\n<b style=\"color: red\">x</b>"), ["2"]);
        assert_eq!(lines("<a href=\"x\"\n  onclick='go()'>x</a>"), ["1"]);
        assert_eq!(lines("<style>a {}</style>"), ["1"]);
        assert_eq!(lines("\n<script>go()</script>"), ["2"]);
        assert_eq!(lines("<script type=module>go()</script>"), ["1"]);
    }

    #[test]
    fn what_the_policy_permits_is_not_found() {
        assert!(lines("<script src=\"/static/js/a.js\" type=\"module\"></script>").is_empty());
        assert!(lines("<script type=\"application/json\">{\"a\": 1}</script>").is_empty());
        assert!(lines("<p title=\"a > style=b\">style=\"x\" onclick=y</p> 1 < 2 style=\"x\"").is_empty());
        assert!(lines("<!-- no style=x here --><option{% if on == 1 %} selected{% endif %}>").is_empty());
    }

    #[test]
    fn template_code_does_not_end_a_tag_and_is_not_read() {
        assert!(
            lines("<a href=\"{{ url(\"x\") }}\"{% if a > b %} aria-current=\"page\"{% endif %}>{# style=x #}</a>")
                .is_empty()
        );
        assert_eq!(lines("<a{% if a > b %} style=\"x\"{% endif %}>\u{e9}</a>"), ["1"]);
    }
}
