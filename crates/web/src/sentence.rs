//! Words as they stand on a page: no line breaks inside the number of a document or a day, an e-mail address breaks
//! behind its @ if it must, and an amount in one of our own sentences is grouped like every other amount.
//!
//! What comes out is safe HTML; what went in is never changed otherwise.

use std::fmt::Write as _;

/// A sentence of ours: "Invoice INV-2026-000001 of 2386.16 EUR was issued".
pub fn said(text: &str) -> String {
    let mut html = String::with_capacity(text.len() * 2);
    let mut words = text.split_inclusive(char::is_whitespace).peekable();
    while let Some(word) = words.next() {
        let (before, core, after) = parted(word);
        let is_amount = core.contains('.') || words.peek().is_some_and(|next| is_currency(parted(next).1));
        match grouped(core).filter(|_| is_amount) {
            Some(amount) => push(&mut html, before, &amount, after),
            None => push(&mut html, before, &kept_whole(core), after),
        }
    }
    html
}

/// What somebody else wrote, or a number: nothing is grouped in it.
pub fn quoted(text: &str) -> String {
    let mut html = String::with_capacity(text.len() * 2);
    for word in text.split_inclusive(char::is_whitespace) {
        let (before, core, after) = parted(word);
        push(&mut html, before, &kept_whole(core), after);
    }
    html
}

pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&#38;"),
            '<' => safe.push_str("&#60;"),
            '>' => safe.push_str("&#62;"),
            '"' => safe.push_str("&#34;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

fn push(html: &mut String, before: &str, core: &str, after: &str) {
    html.push_str(&escaped(before));
    html.push_str(core);
    html.push_str(&escaped(after));
}

/// A word without the marks around it.
fn parted(word: &str) -> (&str, &str, &str) {
    let is_outside = |letter: char| letter.is_whitespace() || "()[]“”„\"',.;:".contains(letter);
    let from = word.find(|letter| !is_outside(letter)).unwrap_or(word.len());
    let core = word[from..].trim_end_matches(is_outside);
    (&word[..from], core, &word[from + core.len()..])
}

fn kept_whole(word: &str) -> String {
    let is_number = word.len() <= 24
        && word.contains('-')
        && word.ends_with(|letter: char| letter.is_ascii_digit())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/'));
    match word.split_once('@') {
        _ if is_number => format!("<span class=\"nowrap\">{word}</span>"),
        Some((who, place)) if !who.is_empty() && !place.is_empty() => {
            format!("{}@<wbr>{}", escaped(who), escaped(place))
        }
        _ => escaped(word),
    }
}

/// `2386.16` as `2,386.16`; None when it is not a plain number of four digits or more before the point.
fn grouped(word: &str) -> Option<String> {
    let (whole, part) = word.split_once('.').unwrap_or((word, "00"));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() < 4 || !is_digits(whole) || !is_digits(part) || !(2..=4).contains(&part.len()) {
        return None;
    }
    let mut text = String::with_capacity(word.len() + 4);
    for (index, digit) in whole.char_indices() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if word.contains('.') {
        let _ = write!(text, ".{part}");
    }
    Some(text)
}

fn is_currency(word: &str) -> bool {
    word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_day_stay_whole() {
        assert_eq!(quoted("INV-2026-006415"), "<span class=\"nowrap\">INV-2026-006415</span>");
        assert_eq!(
            quoted("Lumen Hotel AG (C-00196), due 2026-09-01."),
            "Lumen Hotel AG (<span class=\"nowrap\">C-00196</span>), due <span class=\"nowrap\">2026-09-01</span>."
        );
        assert_eq!(quoted("Maschinenbau- und Anlagen"), "Maschinenbau- und Anlagen");
        assert_eq!(quoted("1-2-3-4-5-6-7-8-9-10-11-12"), "1-2-3-4-5-6-7-8-9-10-11-12");
    }

    #[test]
    fn what_is_quoted_is_escaped_and_not_grouped() {
        assert_eq!(quoted("<b>\"1000.00 EUR\" & 'x'"), "&#60;b&#62;&#34;1000.00 EUR&#34; &#38; &#39;x&#39;");
        assert_eq!(quoted("ap@alster.example\n a@"), "ap@<wbr>alster.example\n a@");
        assert_eq!(quoted("  "), "  ");
        assert_eq!(quoted(""), "");
    }

    #[test]
    fn amounts_of_a_sentence_are_grouped() {
        assert_eq!(
            said("Invoice INV-1 of 2386.16 EUR was issued"),
            "Invoice <span class=\"nowrap\">INV-1</span> of 2,386.16 EUR was issued"
        );
        assert_eq!(said("was used (18263.76 EUR)"), "was used (18,263.76 EUR)");
        assert_eq!(said("part payment, 2497.66 stays open"), "part payment, 2,497.66 stays open");
        assert_eq!(
            said("1234567 JPY within 10000 days of 999.00 EUR"),
            "1,234,567 JPY within 10000 days of 999.00 EUR"
        );
        assert_eq!(said("account 4711000 ABCD of 2026"), "account 4711000 ABCD of 2026");
    }
}
