//! Structured payment references in what a payer wrote: recognised by their form, believed for their check digits.
//!
//! `find` goes through free text. Creditor references (RF), Swiss QR references and the Belgian form with slashes speak for
//! themselves. Finnish references and Norwegian KIDs are short and have one check digit, which every tenth number would
//! pass: they count after their own word ("viite", "KID"), or when they are all that was written and the account is of
//! that country. Nothing here looks a reference up; whether somebody was ever asked to pay with it, others know.

use crate::BankStatement;
use kernel::check_digits::{digits, luhn_sum, modulo_97, recursive_modulo_10, weighted_from_right};

kernel::text_enum! {
    /// Whose rule a reference follows.
    pub enum ReferenceKind {
        /// ISO 11649.
        CreditorReference = "rf",
        /// 27 digits of a Swiss QR-bill.
        SwissQr = "qrr",
        /// OGM or VCS: +++090/9337/55493+++.
        Belgian = "ogm",
        Finnish = "viite",
        NorwegianKid = "kid",
    }
}

/// A reference whose check digits fit, in its electronic form: capitals and digits only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct StructuredReference {
    pub kind: ReferenceKind,
    pub text: String,
}

impl StructuredReference {
    /// Reads one reference of a known kind, as printed or as sent; nothing when it has a typing error.
    pub fn of(kind: ReferenceKind, written: &str) -> Option<Self> {
        let slashes = |c: char| kind == ReferenceKind::Belgian && matches!(c, '+' | '*' | '/' | '.');
        let dropped = |c: &char| c.is_whitespace() || slashes(*c);
        let text: String = written.chars().filter(|c| !dropped(c)).map(|c| c.to_ascii_uppercase()).collect();
        let fits = match kind {
            ReferenceKind::CreditorReference => is_creditor_reference(&text),
            ReferenceKind::SwissQr => is_swiss(&text),
            ReferenceKind::Belgian => is_belgian(&text),
            ReferenceKind::Finnish => is_finnish(&text),
            ReferenceKind::NorwegianKid => is_kid(&text),
        };
        fits.then_some(Self { kind, text })
    }
}

fn is_creditor_reference(text: &str) -> bool {
    let shape = (5..=25).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let Some(rest) = text.strip_prefix("RF").filter(|_| shape) else { return false };
    let (check, body) = rest.split_at(2);
    // 98 less a rest of 0 to 96: 00, 01 and 99 would pass the modulo and are never made.
    let made = check.parse().is_ok_and(|check: u32| (2..=98).contains(&check));
    made && modulo_97(&format!("{body}RF{check}")) == 1
}

fn is_swiss(text: &str) -> bool {
    let Some(digits) = digits(text).filter(|digits| digits.len() == 27) else { return false };
    let (check, body) = digits.split_last().unwrap_or((&0, &[]));
    body.iter().any(|&digit| digit != 0) && recursive_modulo_10(body) == *check
}

/// Ten digits and their rest modulo 97, where 97 stands for 0.
fn is_belgian(text: &str) -> bool {
    if digits(text).is_none_or(|digits| digits.len() != 12) {
        return false;
    }
    let (body, check) = text.split_at(10);
    let rest = modulo_97(body);
    check.parse() == Ok(if rest == 0 { 97 } else { rest })
}

/// Three to nineteen digits, the first of which may be zeros, and a check digit by the weights 7, 3, 1.
fn is_finnish(text: &str) -> bool {
    let significant = text.trim_start_matches('0');
    let Some(digits) = digits(significant).filter(|digits| (4..=20).contains(&digits.len())) else { return false };
    let (check, body) = digits.split_last().unwrap_or((&0, &[]));
    text.len() <= 20 && (weighted_from_right(body, &[7, 3, 1]) + u64::from(*check)).is_multiple_of(10)
}

/// 2 to 25 digits; the creditor's agreement says which of the two rules makes the last of them.
fn is_kid(text: &str) -> bool {
    (2..=25).contains(&text.len()) && (is_kid_by_luhn(text) || is_kid_by_modulo_11(text))
}

fn is_kid_by_luhn(text: &str) -> bool {
    digits(text).is_some_and(|digits| luhn_sum(&digits).is_multiple_of(10))
}

/// The check digit is `-` when it would be ten.
fn is_kid_by_modulo_11(text: &str) -> bool {
    let Some((at, check)) = text.char_indices().last() else { return false };
    let Some(body) = digits(&text[..at]) else { return false };
    match (11 - weighted_from_right(&body, &[2, 3, 4, 5, 6, 7]) % 11) % 11 {
        10 => check == '-',
        digit => check.to_digit(10).map(u64::from) == Some(digit),
    }
}

/// The references in free text, in their order and each once. `country` is that of the account which was paid.
pub fn find(text: &str, country: Option<&str>) -> Vec<StructuredReference> {
    let mut found = Vec::new();
    let words = words_of(text);
    let mut next = 0;
    while next < words.len() {
        let (reference, used) = at(text, &words[next..], country).unzip();
        if let Some(reference) = reference.filter(|reference| !found.contains(reference)) {
            found.push(reference);
        }
        next += used.unwrap_or(1);
    }
    found.extend(found.is_empty().then(|| all_of(text, country)).flatten());
    found
}

/// Adds to each payment of a statement the references that its text holds and the bank did not name.
pub(crate) fn recognise(statement: &mut BankStatement) {
    let country = statement.account.as_deref().and_then(|account| account.get(..2)).map(str::to_owned);
    for line in &mut statement.lines {
        for payment in std::iter::once(&mut line.payment).chain(&mut line.details) {
            let Some(text) = payment.remittance.as_deref().filter(|text| may_hold(text, country.as_deref())) else {
                continue;
            };
            let found = find(text, country.as_deref());
            if found.is_empty() {
                continue;
            }
            let named = &mut payment.structured_references;
            for found in found {
                let same = |known: &String| StructuredReference::of(found.kind, known).as_ref() == Some(&found);
                if !named.iter().any(same) {
                    named.push(found.text);
                }
            }
        }
    }
}

/// A cheap look before the search: `RF` and a digit, a word for a reference, or twelve digits with no letter between.
fn may_hold(text: &str, country: Option<&str>) -> bool {
    if matches!(country, Some("FI" | "NO")) {
        return true;
    }
    let bytes = text.as_bytes();
    let mut digits = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if byte.is_ascii_digit() {
            digits += 1;
            if digits == 12 {
                return true;
            }
        } else if byte.is_ascii_alphabetic() {
            digits = 0;
            let begins = match (byte | 0x20, bytes.get(at + 1..at + 3)) {
                (b'r', Some([second, third])) => second | 0x20 == b'f' && third.is_ascii_digit(),
                (b'k', Some([second, third])) => second | 0x20 == b'i' && third | 0x20 == b'd',
                (b'v', Some([second, third])) => second | 0x20 == b'i' && third | 0x20 == b'i',
                _ => false,
            };
            if begins {
                return true;
            }
        }
    }
    false
}

/// Letters and digits that stand together, and where.
#[derive(Debug, Clone, Copy)]
struct Word<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

fn words_of(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push(Word { text: &text[from..at], start: from, end: at });
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// The reference that begins with the first word, and how many words it takes.
fn at(text: &str, words: &[Word<'_>], country: Option<&str>) -> Option<(StructuredReference, usize)> {
    let word = words.first()?.text;
    let key = |name: &str| {
        word.len() >= name.len() && word.is_char_boundary(name.len()) && {
            word[..name.len()].eq_ignore_ascii_case(name)
        }
    };
    if key("rf") {
        return creditor_reference(text, words);
    }
    if key("viite") || key("kid") {
        let kind = if key("kid") { ReferenceKind::NorwegianKid } else { ReferenceKind::Finnish };
        return keyed(text, words, kind);
    }
    digits(word)?;
    swiss(text, words).or_else(|| belgian(text, words, country))
}

/// `RF18 5390 0754 7034`: groups of four with single spaces, or all in one.
fn creditor_reference(text: &str, words: &[Word<'_>]) -> Option<(StructuredReference, usize)> {
    let grouped = |pair: &[Word<'_>]| pair[0].text.len() == 4 && pair[1].text.len() <= 4 && gap(text, pair) == " ";
    let groups = 1 + words.windows(2).take(6).take_while(|pair| grouped(pair)).count();
    let read = |count: usize| {
        let end = words.get(count - 1)?.end;
        Some((StructuredReference::of(ReferenceKind::CreditorReference, &text[words[0].start..end])?, count))
    };
    (1..=groups).rev().find_map(read)
}

fn gap<'t>(text: &'t str, pair: &[Word<'_>]) -> &'t str {
    &text[pair[0].end..pair[1].start]
}

/// `21 00000 00003 13947 14300 09017`, or 27 digits in one.
fn swiss(text: &str, words: &[Word<'_>]) -> Option<(StructuredReference, usize)> {
    let count = grouped_as(text, words, &[27], |_| true)
        .or_else(|| grouped_as(text, words, &[2, 5, 5, 5, 5, 5], |gap| gap.chars().all(char::is_whitespace)))?;
    let end = words.get(count - 1)?.end;
    Some((StructuredReference::of(ReferenceKind::SwissQr, &text[words[0].start..end])?, count))
}

/// `+++090/9337/55493+++`, with stars, or bare; twelve digits in one only on a Belgian account.
fn belgian(text: &str, words: &[Word<'_>], country: Option<&str>) -> Option<(StructuredReference, usize)> {
    let bare = country == Some("BE") || text[..words.first()?.start].ends_with(['+', '*']);
    let count = grouped_as(text, words, &[3, 4, 5], |gap| matches!(gap, "/" | " / " | "." | " " | "-"))
        .or_else(|| grouped_as(text, words, &[12], |_| true).filter(|_| bare))?;
    let written: String = words.iter().take(count).map(|word| word.text).collect();
    Some((StructuredReference::of(ReferenceKind::Belgian, &written)?, count))
}

/// The number of groups when the words have these lengths and these gaps, and are of digits.
fn grouped_as(text: &str, words: &[Word<'_>], lengths: &[usize], gaps: impl Fn(&str) -> bool) -> Option<usize> {
    let group = words.get(..lengths.len())?;
    let fits =
        group.iter().zip(lengths).all(|(word, &length)| word.text.len() == length && digits(word.text).is_some());
    (fits && group.windows(2).all(|pair| gaps(gap(text, pair)))).then_some(lengths.len())
}

/// The number behind a word such as `Viitenumero:` or `KID`, which may be printed in groups.
fn keyed(text: &str, words: &[Word<'_>], kind: ReferenceKind) -> Option<(StructuredReference, usize)> {
    let first = words.first()?.text;
    let key_end = first.find(|c: char| c.is_ascii_digit()).unwrap_or(first.len());
    let start = if key_end < first.len() { words[0].start + key_end } else { words.get(1)?.start };
    let from = usize::from(key_end == first.len());
    let spaced = |pair: &[Word<'_>]| digits(pair[1].text).is_some() && gap(text, pair) == " ";
    let groups = 1 + words.get(from..)?.windows(2).take(8).take_while(|pair| spaced(pair)).count();
    let read = |count: usize| {
        let end = words.get(from + count - 1)?.end;
        let dash = usize::from(kind == ReferenceKind::NorwegianKid && text[end..].starts_with('-'));
        let written = text.get(start..end + dash)?;
        Some((StructuredReference::of(kind, written)?, from + count))
    };
    (1..=groups).rev().find_map(read)
}

/// The whole text as a reference of the account's country.
fn all_of(text: &str, country: Option<&str>) -> Option<StructuredReference> {
    let kind = match country? {
        "FI" => ReferenceKind::Finnish,
        "NO" => ReferenceKind::NorwegianKid,
        _ => return None,
    };
    StructuredReference::of(kind, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str, country: Option<&str>) -> Vec<String> {
        find(text, country).into_iter().map(|reference| format!("{} {}", reference.kind, reference.text)).collect()
    }

    #[test]
    fn references_in_what_people_write() {
        for (text, expected) in [
            ("Rechnung 4711 RF18 5390 0754 7034 danke", vec!["rf RF18539007547034"]),
            ("/ROC/rf18539007547034", vec!["rf RF18539007547034"]),
            ("RF18 5390 0754 7034 PAID", vec!["rf RF18539007547034"]),
            ("PERF18539007547034", vec![]),
            ("RF19539007547034", vec![]),
            ("QRR: 21 00000 00003 13947 14300 09017", vec!["qrr 210000000003139471430009017"]),
            ("210000000003139471430009017", vec!["qrr 210000000003139471430009017"]),
            ("210000000003139471430009018", vec![]),
            ("***090/9337/55493***", vec!["ogm 090933755493"]),
            ("ref 090/9337/55493, 2nd 090/9337/55493", vec!["ogm 090933755493"]),
            ("facture 090/9337/55494", vec![]),
            ("090933755493", vec![]),
            ("+++090933755493+++", vec!["ogm 090933755493"]),
            ("Viite: 12345 61 kiitos", vec!["viite 1234561"]),
            ("viitenro1234561", vec!["viite 1234561"]),
            ("KID 2345676 og KID: 123456785", vec!["kid 2345676", "kid 123456785"]),
            ("1234561", vec![]),
        ] {
            assert_eq!(found(text, None), expected, "{text}");
        }
    }

    #[test]
    fn the_account_says_what_a_bare_number_is() {
        assert_eq!(found("090933755493", Some("BE")), ["ogm 090933755493"]);
        assert_eq!(found("1234561", Some("FI")), ["viite 1234561"]);
        assert_eq!(found("2345676", Some("NO")), ["kid 2345676"]);
        assert_eq!(found("invoice 1234561", Some("FI")), [""; 0]);
    }

    #[test]
    fn a_statement_names_what_its_texts_hold() {
        let qif = b"!Type:Bank\nD1/31/2026\nT5\nMThanks, RF18 5390 0754 7034 and RF18539007547034\n^\nD1/31/2026\nT5\nMNo 7\n";
        let statements = crate::parse(qif, &crate::ParseOptions::default()).unwrap().statements;
        let named: Vec<_> = statements[0].lines.iter().map(|line| &line.payment.structured_references[..]).collect();
        assert_eq!(named, [&["RF18539007547034".to_owned()][..], &[]]);
    }

    #[test]
    fn check_digits_of_remainder_zero() {
        let of = |kind, text| StructuredReference::of(kind, text).is_some();
        assert!(of(ReferenceKind::Belgian, "000000009797"));
        assert!(!of(ReferenceKind::Belgian, "000000009700"));
        assert!(!of(ReferenceKind::SwissQr, "000000000000000000000000000"));
    }

    /// Reference numbers judged by other programs; the folder is not part of the project.
    #[test]
    fn other_programs_agree() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora/references/reference_numbers.tsv");
        let Ok(table) = std::fs::read_to_string(path) else {
            eprintln!("skipped: {path} is absent");
            return;
        };
        let mut compared = 0;
        for row in table.lines().skip(1) {
            let [kind, value, expected, ..] = row.split('\t').collect::<Vec<_>>()[..] else { continue };
            let fits = |kind| StructuredReference::of(kind, value).is_some();
            let ours = match kind {
                "RF" => fits(ReferenceKind::CreditorReference),
                "OGM" => fits(ReferenceKind::Belgian),
                "QRR" => fits(ReferenceKind::SwissQr),
                "FI-viitenumero" => fits(ReferenceKind::Finnish),
                "NO-KID-mod10" => is_kid_by_luhn(value),
                "NO-KID-mod11" => is_kid_by_modulo_11(value),
                _ => continue,
            };
            assert_eq!(ours, expected == "valid", "{row}");
            compared += 1;
        }
        assert!(compared > 300, "only {compared} rows");
    }

    /// The check digits of a body by the standards' own long arithmetic, not by the sums above.
    fn made(kind: ReferenceKind, body: &str) -> String {
        let number = |text: &str| text.bytes().fold(0_u32, |rest, b| (rest * 10 + u32::from(b - b'0')) % 97);
        match kind {
            ReferenceKind::CreditorReference => format!("RF{:02}{body}", 98 - number(&format!("{body}271500"))),
            ReferenceKind::Belgian => {
                let rest = number(&format!("{body:0>10}"));
                format!("{body:0>10}{:02}", if rest == 0 { 97 } else { rest })
            }
            _ => body.to_owned(),
        }
    }

    proptest! {
        #[test]
        fn a_made_reference_is_found_and_one_wrong_digit_is_not(
            body in "[1-9][0-9]{4,9}", at in 4_usize..9, other in 1_u8..10,
        ) {
            for kind in [ReferenceKind::CreditorReference, ReferenceKind::Belgian] {
                let right = made(kind, &body);
                prop_assert!(StructuredReference::of(kind, &right).is_some(), "{}", right);
                let mut wrong = right.clone().into_bytes();
                wrong[at] = b'0' + (wrong[at] - b'0' + other) % 10;
                let wrong = String::from_utf8(wrong).unwrap();
                prop_assert!(StructuredReference::of(kind, &wrong).is_none(), "{}", wrong);
            }
            let spoken = format!("invoice, {} thanks", made(ReferenceKind::CreditorReference, &body));
            prop_assert_eq!(find(&spoken, None).len(), 1);
        }

        #[test]
        fn of_all_check_digits_one_fits(body in "[1-9][0-9]{3,18}") {
            let fitting = |kind, body: &str| {
                let all = (0..10).map(|digit| format!("{body}{digit}"));
                all.filter(|text| StructuredReference::of(kind, text).is_some()).count()
            };
            prop_assert_eq!(fitting(ReferenceKind::Finnish, &body), 1);
            prop_assert_eq!(fitting(ReferenceKind::SwissQr, &format!("{body:0>26}")), 1);
            let kids = |fits: fn(&str) -> bool| "0123456789-".chars().filter(|c| fits(&format!("{body}{c}"))).count();
            prop_assert_eq!((kids(is_kid_by_luhn), kids(is_kid_by_modulo_11)), (1, 1));
        }

        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|RF|KID|viite|[0-9 /+*-]){0,60}") {
            for country in [None, Some("BE"), Some("FI"), Some("NO")] {
                for reference in find(&text, country) {
                    prop_assert!(StructuredReference::of(reference.kind, &reference.text).is_some());
                }
            }
        }
    }
}
