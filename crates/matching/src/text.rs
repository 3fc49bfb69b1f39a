//! Words, digits and names as they compare: upper case, no accents, no punctuation.
//!
//! Knows nothing of items or customers. `atoms` cuts a text into runs of letters and of digits, which is where a number
//! may begin and end: INV-1 is not in INV-10.

use rustc_hash::FxHasher;
use std::hash::{Hash as _, Hasher as _};
use unicode_normalization::UnicodeNormalization as _;

/// A run of letters or of digits and where it stands (byte offsets in the folded text).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Atom<'a> {
    pub(crate) text: &'a str,
    pub(crate) is_number: bool,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Upper case without accents; what is no ASCII letter or digit afterwards separates.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_uppercase();
    }
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd() {
        match letter {
            'ß' => folded.push_str("SS"),
            'æ' | 'Æ' => folded.push_str("AE"),
            'ø' | 'Ø' => folded.push('O'),
            'ł' | 'Ł' => folded.push('L'),
            'ı' => folded.push('I'),
            _ if letter.is_ascii() => folded.push(letter.to_ascii_uppercase()),
            _ if unicode_normalization::char::is_combining_mark(letter) => {}
            _ => folded.push(' '),
        }
    }
    folded
}

/// The letters and digits of a folded text and nothing between them.
pub(crate) fn compact(text: &str) -> String {
    let mut compact = String::with_capacity(text.len());
    compact_into(text, &mut compact);
    compact
}

/// The same into a string that is used again and again.
pub(crate) fn compact_into(text: &str, compact: &mut String) {
    compact.clear();
    let mut take = |text: &str| {
        compact
            .extend(text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| char::from(byte.to_ascii_uppercase())));
    };
    if text.is_ascii() { take(text) } else { take(&fold(text)) }
}

pub(crate) fn digits(text: &str) -> String {
    text.bytes().filter(u8::is_ascii_digit).map(char::from).collect()
}

pub(crate) fn digits_into(text: &str, digits: &mut String) {
    digits.clear();
    digits.extend(text.bytes().filter(u8::is_ascii_digit).map(char::from));
}

/// Without leading zeros, which people drop and systems add.
pub(crate) fn significant(digits: &str) -> &str {
    digits.trim_start_matches('0')
}

pub(crate) fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}

pub(crate) fn atoms(folded: &str) -> Vec<Atom<'_>> {
    let bytes = folded.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let is_number = bytes[at].is_ascii_digit();
        let same = |byte: &u8| byte.is_ascii_alphanumeric() && byte.is_ascii_digit() == is_number;
        let end = at + bytes[at..].iter().take_while(|byte| same(byte)).count();
        found.push(Atom { text: &folded[at..end], is_number, start: at, end });
        at = end;
    }
    found
}

/// Whether one slip of the fingers makes `a` from `b`: a character more, less, other, or two swapped.
pub(crate) fn one_slip(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 || a == b {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    if short.len() < long.len() {
        return short[same..] == long[same + 1..];
    }
    let rest = |from: usize| short[same + from..] == long[same + from..];
    let swapped = same + 1 < short.len() && short[same] == long[same + 1] && short[same + 1] == long[same] && rest(2);
    rest(1) || swapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_what_banks_fold() {
        assert_eq!(fold("Müller & Søn"), "MULLER & SON");
        assert_eq!(compact("Łódź-Straße 7"), "LODZSTRASSE7");
    }

    #[test]
    fn atoms_end_where_numbers_end() {
        let cut: Vec<String> = atoms("INV-10 RE7x").iter().map(|atom| atom.text.to_owned()).collect();
        assert_eq!(cut, ["INV", "10", "RE", "7", "x"]);
    }

    #[test]
    fn a_slip_is_one_change() {
        let slip = |a: &str, b: &str| one_slip(a.as_bytes(), b.as_bytes());
        assert!(slip("28226", "82226") && slip("2529", "25329") && slip("77893", "77890"));
        assert!(!slip("12345", "12345") && !slip("12345", "54321") && !slip("123", "12345"));
    }
}
