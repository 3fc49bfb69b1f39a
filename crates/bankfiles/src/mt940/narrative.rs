//! The dialects of `:86:`: numbered subfields (Germany, Austria, Poland, Hungary), slash codes (the Netherlands), SEPA
//! keys, or free text.
//!
//! The text is one field that SWIFT wraps at 65 characters, so its lines are joined without a blank before codes are
//! looked for. Free text keeps its lines.

use super::fields::Field;
use crate::{BankLine, Details, statement::is_filler, text::filled};
use std::borrow::Cow;

/// Marks the end of a subfield that was shorter than its 27 characters: a blank for a reader, nothing in an id.
const SHORT: char = '\u{1f}';
const SUBFIELD: usize = 27;

const SEPA_KEYS: &[&str] = &[
    "EREF", "KREF", "MREF", "BREF", "RREF", "CRED", "DEBT", "SVWZ", "ABWA", "ABWE", "COAM", "OAMT", "PURP", "IBAN",
    "BIC", "ANAM", "SQTP", "OCMT",
];

const SLASH_CODES: &[&str] = &[
    "TRTP", "CNTP", "IBAN", "BIC", "NAME", "REMI", "EREF", "PREF", "MARF", "CSID", "ISDT", "BENM", "ORDP", "ADDR",
    "RTRN", "PURP", "UDTR", "UCRD", "ULTD", "ULTB", "ULTC", "TRCD", "BBAN", "SVCL", "OCMT", "EXCH", "CHGS", "BUSP",
    "INIT", "IREF", "RREF", "MREF", "KREF", "TXDT", "NRTX", "ENDT", "SOMT", "CMCN", "CREF", "ACCW", "OAMT",
];

pub(super) fn read(field: &Field, line: &mut BankLine) {
    let text = &field.text;
    if let Some((code, mark, body)) = numbered(text) {
        subfields(code, mark, body, line);
    } else if let Some(codes) = slash_codes(text) {
        slashes(&codes, line);
    } else if starts_with_key(text) {
        sepa(&sepa_keys(&joined(text)).unwrap_or_default(), line);
    } else {
        add(&mut line.payment.remittance, text.trim(), "\n");
    }
}

/// `166?00...`: three digits, then a mark that is followed by two digits.
fn numbered(text: &str) -> Option<(&str, u8, &str)> {
    let text = text.trim_start();
    let code = text.get(..3).filter(|code| code.bytes().all(|b| b.is_ascii_digit()))?;
    let body = text[3..].trim_start();
    let mark = *body.as_bytes().first().filter(|mark| mark.is_ascii_punctuation())?;
    let digits = body.get(1..3)?;
    digits.bytes().all(|b| b.is_ascii_digit()).then_some((code, mark, body))
}

fn subfields(code: &str, mark: u8, body: &str, line: &mut BankLine) {
    let body = joined(body);
    line.extras.make_room(4);
    let (mut purpose, mut name) = (String::with_capacity(body.len()), String::new());
    let (mut bank, mut account, mut iban) = (None, None, None);
    for (number, value) in split(&body, mark) {
        match number {
            0 => line.extras.set_some("posting_text", filled(value)),
            10 => line.extras.set_some("prima_nota", filled(value)),
            20..=29 | 60..=63 => push(&mut purpose, value),
            30 => bank = filled(value),
            31 => account = filled(value),
            32 | 33 => push(&mut name, value),
            34 => line.extras.set_some("text_key_extension", filled(value)),
            38 => iban = filled(value),
            _ => {}
        }
    }
    line.extras.set("transaction_code", code.to_owned());
    let party = &mut line.payment.counterparty;
    party.bank = bank.or(party.bank.take());
    party.account = iban.or(account).or(party.account.take());
    party.name = readable(&name).or(party.name.take());
    match sepa_keys(&purpose) {
        Some(keys) => sepa(&keys, line),
        None => add(&mut line.payment.remittance, &readable(&purpose).unwrap_or_default(), "\n"),
    }
}

/// `?20text?21text`, in their order. A mark that two digits do not follow is text.
fn split(body: &str, mark: u8) -> impl Iterator<Item = (u8, &str)> {
    let starts = memchr::memchr_iter(mark, body.as_bytes()).filter_map(move |at| {
        let digits = body.as_bytes().get(at + 1..at + 3).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        Some((at, (digits[0] - b'0') * 10 + digits[1] - b'0'))
    });
    let mut starts = starts.peekable();
    std::iter::from_fn(move || {
        let (at, number) = starts.next()?;
        let end = starts.peek().map_or(body.len(), |(next, _)| *next);
        Some((number, &body[at + 3..end]))
    })
}

fn push(text: &mut String, piece: &str) {
    text.push_str(piece);
    if piece.chars().count() < SUBFIELD {
        text.push(SHORT);
    }
}

fn readable(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == SHORT);
    rebuilt(text, SHORT, " ")
}

fn id(text: &str) -> Option<String> {
    rebuilt(text, SHORT, "").filter(|id| !id.trim().is_empty())
}

/// `text` with `between` in the place of each `mark`, trimmed; `None` when nothing is left.
fn rebuilt(text: &str, mark: char, between: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == mark);
    let mut plain = String::with_capacity(text.len());
    for (place, piece) in text.split(mark).enumerate() {
        if place > 0 {
            plain.push_str(between);
        }
        plain.push_str(piece);
    }
    (!plain.is_empty()).then_some(plain)
}

/// The text without its line ends.
fn joined(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\n', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len());
    text.split('\n').for_each(|piece| whole.push_str(piece));
    Cow::Owned(whole)
}

fn starts_with_key(text: &str) -> bool {
    let text = text.trim_start();
    SEPA_KEYS.iter().any(|key| text.strip_prefix(key).is_some_and(|rest| rest.starts_with(['+', ':'])))
}

/// `EREF+..SVWZ+..` and `EREF: ..`: what stands before the first key has no key.
fn sepa_keys(text: &str) -> Option<Vec<(&'static str, &str)>> {
    let mut found: Vec<(&'static str, &str)> = Vec::with_capacity(8);
    let mut open: (usize, &'static str) = (0, "");
    for at in memchr::memchr2_iter(b'+', b':', text.as_bytes()) {
        let before = &text.as_bytes()[..at];
        let Some(key) = SEPA_KEYS.iter().find(|key| before.ends_with(key.as_bytes())) else { continue };
        let start = at - key.len();
        let is_word = text[at..].starts_with('+') || start == 0 || text[..start].ends_with([' ', SHORT]);
        if is_word && start >= open.0 {
            found.push((open.1, &text[open.0..start]));
            open = (at + 1, key);
        }
    }
    found.push((open.1, &text[open.0..]));
    (found.len() > 1).then_some(found)
}

fn sepa(keys: &[(&'static str, &str)], line: &mut BankLine) {
    let mut free = String::new();
    for (key, value) in keys {
        let payment = &mut line.payment;
        match *key {
            "EREF" => payment.end_to_end_id = id(value),
            "MREF" => payment.mandate_id = id(value),
            "CRED" => payment.creditor_id = id(value),
            "KREF" => own_reference(line, value),
            "SVWZ" => match (&mut payment.remittance, readable(value)) {
                (Some(_), None) => {}
                (Some(text), Some(more)) => text.extend([" ", &more]),
                (empty, told) => *empty = told,
            },
            "ABWA" | "ABWE" => payment.ultimate_counterparty = readable(value),
            "PURP" => payment.purpose = id(value),
            "IBAN" => payment.counterparty.account = id(value).or(payment.counterparty.account.take()),
            "BIC" => payment.counterparty.bank = id(value).or(payment.counterparty.bank.take()),
            "ANAM" => payment.counterparty.name = readable(value).or(payment.counterparty.name.take()),
            "" => free.push_str(value),
            _ => {}
        }
    }
    if line.reference.as_deref().is_some_and(|own| is_filler(own) || own == "KREF+") {
        line.reference = None;
    }
    let stated = keys.iter().any(|(key, _)| *key == "SVWZ");
    if let Some(free) = readable(&free) {
        let target = if stated { &mut line.payment.additional_info } else { &mut line.payment.remittance };
        add(target, &free, "\n");
    }
}

/// `KREF+` of the narrative is the reference that `:61:` had no room for.
fn own_reference(line: &mut BankLine, value: &str) {
    let has_own = line.reference.as_deref().is_some_and(|own| !is_filler(own) && !own.starts_with("KREF"));
    if !has_own {
        line.reference = id(value).or(line.reference.take());
    }
}

/// `/CODE/value/CODE/value`: only known codes split, so a slash in a text is text.
fn slash_codes(text: &str) -> Option<Vec<(&'static str, String)>> {
    let text = joined(text.trim());
    let code_at = |at: usize| {
        let rest = text[at..].strip_prefix('/')?;
        let code = SLASH_CODES.iter().find(|code| rest.starts_with(**code) && rest[code.len()..].starts_with('/'))?;
        Some((at, *code))
    };
    code_at(0)?;
    let starts: Vec<_> = text.match_indices('/').filter_map(|(at, _)| code_at(at)).collect();
    let ends = starts.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
    let value = |((at, code), end): (&(usize, &'static str), usize)| {
        let from = (at + code.len() + 2).min(end);
        (*code, text[from..end].trim_end_matches('/').trim().to_owned())
    };
    Some(starts.iter().zip(ends).map(value).collect())
}

fn slashes(codes: &[(&'static str, String)], line: &mut BankLine) {
    for (code, value) in codes {
        let payment = &mut line.payment;
        match *code {
            "TRTP" => line.extras.set_some("posting_text", filled(value)),
            "CNTP" => counterparty(payment, value),
            "IBAN" | "BBAN" | "ACCW" => payment.counterparty.account = filled(value),
            "BIC" => payment.counterparty.bank = filled(value),
            "NAME" => payment.counterparty.name = filled(value),
            "REMI" => remittance(payment, value),
            "EREF" => payment.end_to_end_id = id(value).filter(|id| !is_filler(id)),
            "PREF" => payment.instruction_id = id(value),
            "MARF" | "MREF" => payment.mandate_id = id(value),
            "CSID" => payment.creditor_id = id(value),
            "KREF" | "IREF" => own_reference(line, value),
            "RTRN" => payment.return_reason = filled(value),
            "PURP" => payment.purpose = filled(value.trim_start_matches("CD/")),
            "UDTR" | "UCRD" | "ULTD" | "ULTB" | "ULTC" => {
                payment.ultimate_counterparty = filled(&value.replace("NAME/", ""))
            }
            _ => {}
        }
    }
}

/// `/CNTP/IBAN/BIC/NAME/CITY/`.
fn counterparty(payment: &mut Details, value: &str) {
    let mut parts = value.split('/').map(filled);
    payment.counterparty.account = parts.next().flatten();
    payment.counterparty.bank = parts.next().flatten();
    payment.counterparty.name = parts.next().flatten();
}

/// `USTD//text`, `STRD/CUR/reference`, or the text itself.
fn remittance(payment: &mut Details, value: &str) {
    if let Some(text) = value.strip_prefix("USTD//").or(value.strip_prefix("USTD/")) {
        return add(&mut payment.remittance, text.trim(), "\n");
    }
    if let Some(reference) = value.strip_prefix("STRD/") {
        let number = reference.rsplit('/').find(|part| !part.is_empty()).unwrap_or(reference);
        payment.structured_references.push(number.trim().to_owned());
    }
    add(&mut payment.remittance, value, "\n");
}

/// Several `:86:` fields may follow one line; each adds.
fn add(target: &mut Option<String>, more: &str, between: &str) {
    if more.is_empty() {
        return;
    }
    match target {
        Some(text) => {
            text.push_str(between);
            text.push_str(more);
        }
        None => *target = Some(more.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> BankLine {
        let mut line = BankLine { reference: Some("NONREF".to_owned()), ..BankLine::default() };
        read(&Field { line: 1, tag: "86", text: text.to_owned(), ends_message: false, ends_file: None }, &mut line);
        line
    }

    #[test]
    fn numbered_subfields_with_sepa_keys() {
        let line = line(
            "166?00GUTSCHRIFT?109075?20EREF+E2E-1?21KREF+K-77?22SVWZ+Rechnung INV-2026-0042\n?23 und INV-43?30DEUTDEDB\
             237?31DE93230707000621787100?32MAX MUSTERMANN?34000",
        );
        assert_eq!(line.payment.end_to_end_id.as_deref(), Some("E2E-1"));
        assert_eq!(line.reference.as_deref(), Some("K-77"));
        assert_eq!(line.payment.remittance.as_deref(), Some("Rechnung INV-2026-0042 und INV-43"));
        assert_eq!(line.payment.counterparty.account.as_deref(), Some("DE93230707000621787100"));
        assert_eq!(line.payment.counterparty.bank.as_deref(), Some("DEUTDEDB237"));
        assert_eq!(line.payment.counterparty.name.as_deref(), Some("MAX MUSTERMANN"));
    }

    #[test]
    fn a_wrap_in_the_middle_of_a_subfield_number() {
        let line = line("020?00Wyplata?20INFO 1 END?\n21INFO 2?32HUTA?38PL08106000760000777777777777");
        assert_eq!(line.payment.remittance.as_deref(), Some("INFO 1 END INFO 2"));
        assert_eq!(line.payment.counterparty.account.as_deref(), Some("PL08106000760000777777777777"));
    }

    #[test]
    fn slash_codes_of_dutch_banks() {
        let line = line(
            "/TRTP/SEPA OVERBOEKING/IBAN/NL86INGB0002445588/BIC/INGBNL2A\n/NAME/BELASTINGDIENST/REMI/factuur 12/2026/EREF\n\
             /NOTPROVIDED",
        );
        assert_eq!(line.payment.counterparty.account.as_deref(), Some("NL86INGB0002445588"));
        assert_eq!(line.payment.counterparty.name.as_deref(), Some("BELASTINGDIENST"));
        assert_eq!(line.payment.remittance.as_deref(), Some("factuur 12/2026"));
        assert_eq!(line.payment.end_to_end_id, None);
    }

    #[test]
    fn counterparty_in_one_code_and_unstructured_remittance() {
        let line = line("/EREF/EV12//CNTP/NL32INGB0000012345/INGBNL2A/J. JANSSEN///REMI/USTD//Factuur 77/");
        assert_eq!(line.payment.end_to_end_id.as_deref(), Some("EV12"));
        assert_eq!(line.payment.counterparty.name.as_deref(), Some("J. JANSSEN"));
        assert_eq!(line.payment.remittance.as_deref(), Some("Factuur 77"));
    }

    #[test]
    fn free_text_is_kept() {
        let line = line("SCHECK 12+3 SEE /NOTE/ 17:40\nzweite Zeile");
        assert_eq!(line.payment.remittance.as_deref(), Some("SCHECK 12+3 SEE /NOTE/ 17:40\nzweite Zeile"));
    }
}
