//! The handbook: `help/*.md`, one file for each topic, rendered as pages that can be searched.
//!
//! The files are written to be read as they are, too: the first heading is the title, the first paragraph the summary,
//! and links between topics name the other file. They are our own text, so nothing in them is kept from the page.

use crate::{
    error::{PageError, PageResult},
    page::{Page, Path, Query, render},
    server::Site,
    session::Session,
};
use askama::Template;
use axum::{Router, routing::get};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use rust_embed::RustEmbed;
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "help/"]
struct Files;

/// In the order in which somebody new reads them.
const TOPICS: [&str; 16] = [
    "first-steps",
    "customers",
    "quotes-and-orders",
    "invoices-and-credit-notes",
    "payments",
    "bank-and-desk",
    "undoing",
    "open-items",
    "periods",
    "reports",
    "imports",
    "roles-and-approvals",
    "verify",
    "backup-and-move",
    "api",
    "keyboard",
];

pub fn router() -> Router<Site> {
    Router::new().route("/help", get(contents)).route("/help/{topic}", get(show))
}

struct Topic {
    name: &'static str,
    title: String,
    summary: String,
    text: String,
}

impl Topic {
    fn read(name: &'static str) -> Option<Self> {
        let file = Files::get(&format!("{name}.md"))?;
        let text = String::from_utf8_lossy(&file.data).into_owned();
        let mut paragraphs = text.split("\n\n");
        let title = paragraphs.next()?.trim_start_matches("# ").trim().to_owned();
        let summary = paragraphs.next()?.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Self { name, title, summary, text })
    }

    /// Its first paragraph that has one of the words, when it has all of them somewhere.
    fn found(&self, words: &[String]) -> Option<String> {
        let text = self.text.to_lowercase();
        if !words.iter().all(|word| text.contains(word)) {
            return None;
        }
        let has_one = |paragraph: &&str| words.iter().any(|word| paragraph.to_lowercase().contains(word));
        let body = self.text.split("\n\n").skip(1).find(|paragraph| !paragraph.starts_with('#') && has_one(paragraph));
        Some(plain(body.unwrap_or(&self.summary)))
    }
}

/// A paragraph without its marks.
fn plain(paragraph: &str) -> String {
    let mut text = String::new();
    for event in Parser::new_ext(paragraph, Options::ENABLE_TABLES) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::TableCell | TagEnd::Item) => text.push(' '),
            _ => {}
        }
    }
    text.trim().to_owned()
}

/// The text behind the title; links to other files lead to their pages.
fn body_html(text: &str) -> String {
    let mut in_title = false;
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => {
            in_title = true;
            None
        }
        Event::End(TagEnd::Heading(HeadingLevel::H1)) => {
            in_title = false;
            None
        }
        _ if in_title => None,
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let topic = dest_url.strip_suffix(".md").map(|topic| CowStr::from(format!("/help/{topic}")));
            Some(Event::Start(Tag::Link { link_type, dest_url: topic.unwrap_or(dest_url), title, id }))
        }
        event => Some(event),
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    page
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
}

#[derive(Template)]
#[template(path = "help/contents.html")]
struct ContentsPage {
    page: Page,
    query: String,
    /// Address, title and words of each topic.
    listed: Vec<(String, String, String)>,
}

async fn contents(session: Session, Query(asked): Query<Asked>) -> PageResult {
    let words: Vec<String> = asked.q.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let listed = TOPICS.into_iter().filter_map(Topic::read).filter_map(|topic| {
        let words = topic.found(&words)?;
        Some((format!("/help/{}", topic.name), topic.title, words))
    });
    render(&ContentsPage { page: session.page("Handbook", "help"), query: asked.q.clone(), listed: listed.collect() })
}

#[derive(Template)]
#[template(path = "help/topic.html")]
struct TopicPage {
    page: Page,
    body_html: String,
    /// Address and title of each topic, and whether it is this one.
    topics: Vec<(String, String, bool)>,
}

async fn show(session: Session, Path(name): Path<String>) -> PageResult {
    let topic = TOPICS.into_iter().find(|topic| *topic == name).and_then(Topic::read);
    let topic = topic.ok_or_else(|| PageError::not_found(&format!("/help/{name}")))?;
    let topics = TOPICS.into_iter().filter_map(Topic::read);
    let topics = topics.map(|other| (format!("/help/{}", other.name), other.title, other.name == topic.name)).collect();
    render(&TopicPage { page: session.page(topic.title, "help"), body_html: body_html(&topic.text), topics })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_its_place_and_begins_with_title_and_summary() {
        assert_eq!(Files::iter().count(), TOPICS.len());
        for name in TOPICS {
            let topic = Topic::read(name).unwrap();
            assert!(topic.text.starts_with("# ") && topic.summary.ends_with('.'), "{name}: {}", topic.summary);
        }
    }

    #[test]
    fn a_topic_is_a_page_without_its_title() {
        let page = body_html("# Title\n\nSee [there](periods.md) and [here](/periods) & `x`.");
        let text =
            "<p>See <a href=\"/help/periods\">there</a> and <a href=\"/periods\">here</a> &amp; <code>x</code>.</p>\n";
        assert_eq!(page, text);
    }

    #[test]
    fn all_words_are_looked_for() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let topic = Topic::read("open-items").unwrap();
        assert!(topic.found(&words("known at")).is_some());
        assert!(topic.found(&words("known elephants")).is_none());
        assert_eq!(plain("| a | **b** |\n|---|---|\n| `c` | d |"), "a b c d");
    }
}
