//! The `:61:` line: value date, entry date, sign, funds letter, amount, type, the two references and what follows.
//!
//! `RC` takes a credit back and so is a debit; `RD` takes a debit back and so is a credit; `EC` and `ED` are only
//! expected. An amount that may go on behind a letter, or that the end of the file cut, is refused and never cut short.

use super::fields::Field;
use crate::{
    Amount, BankLine, Charge, CurrencyCode, Exchange, FormatError, Reason, Status, Warning, WarningKind,
    amount::local_decimal, text::filled,
};
use kernel::Date;

/// SWIFT's length of the account owner's reference; what is longer belongs to the supplementary details.
const REFERENCE: usize = 16;

pub(super) struct Day {
    pub(super) date: Date,
    is_moved: bool,
}

impl Day {
    pub(super) fn warning(&self, field: &Field, digits: &str) -> Option<Warning> {
        let kind = WarningKind::NoSuchDay { date: digits.to_owned(), read_as: self.date };
        self.is_moved.then(|| Warning::at(field.line, field.name(), kind))
    }
}

/// `YYMMDD`. Interest is booked on 30 February by banks that count 30 days a month: the month's last day then.
pub(super) fn day(digits: &str) -> Option<Day> {
    let number = |at: usize| {
        let part = digits.get(at..at + 2).filter(|part| part.bytes().all(|b| b.is_ascii_digit()))?;
        part.parse::<i16>().ok()
    };
    let (year, month, day) = (number(0)?, number(2)?, number(4)?);
    let year = if year >= 80 { 1900 + year } else { 2000 + year };
    civil(year, month, day)
}

fn civil(year: i16, month: i16, day: i16) -> Option<Day> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    if let Some(date) = Date::new(year, month, day) {
        return Some(Day { date, is_moved: false });
    }
    let last = Date::new(year, month, 1)?.last_of_month();
    (29..=31).contains(&day).then_some(Day { date: last, is_moved: true })
}

/// `MMDD` in the year that brings it closest to the value date.
fn entry_day(digits: &str, value: Date) -> Option<Day> {
    let (month, day) = (digits.get(..2)?.parse::<i16>().ok()?, digits.get(2..4)?.parse::<i16>().ok()?);
    if i16::from(value.month()) == month {
        return civil(value.year(), month, day);
    }
    let years = [value.year(), value.year() - 1, value.year() + 1];
    let days = years.into_iter().filter_map(|year| civil(year, month, day));
    days.min_by_key(|day| (day.date.days_since(value).abs(), day.is_moved))
}

/// What is left of the line; each piece is cut from its front.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn cut(&mut self, at: usize) -> &'a str {
        let (piece, rest) = self.0.split_at_checked(at).unwrap_or((self.0, ""));
        self.0 = rest;
        piece
    }

    fn while_any(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c: char| !fits(c)).unwrap_or(self.0.len());
        self.cut(end)
    }

    fn has_digits(&self, count: usize) -> bool {
        self.0.as_bytes().get(..count).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
    }
}

pub(super) fn read(
    field: &Field,
    currency: Option<CurrencyCode>,
    warnings: &mut Vec<Warning>,
) -> Result<BankLine, FormatError> {
    let broken = |reason| FormatError::at(field.line, ":61:", reason);
    let mut rest = Rest(field.first().trim());
    let digits = rest.cut(6);
    let value = day(digits).ok_or_else(|| broken(Reason::Date(digits.to_owned())))?;
    warnings.extend(value.warning(field, digits));
    let mut booked = value.date;
    if rest.has_digits(4) {
        let digits = rest.cut(4);
        let entry = entry_day(digits, value.date).ok_or_else(|| broken(Reason::Date(digits.to_owned())))?;
        warnings.extend(entry.warning(field, digits));
        booked = entry.date;
    }
    let mark = rest.while_any(|c| c.is_ascii_alphabetic() || c == ' ');
    let found = sign(mark.trim()).or_else(|| sign(&mark.trim().to_ascii_uppercase()));
    let Mark { is_debit, is_reversal, is_expected } = found.ok_or_else(|| broken(Reason::Sign(mark.to_owned())))?;
    let written = rest.0;
    let digits = rest.while_any(is_of_amount);
    let not_an_amount = |text: &str| broken(Reason::Amount(text.to_owned()));
    if let Some(letter) = mark.chars().next_back().filter(|&letter| is_one(letter, currency)) {
        return Err(not_an_amount(&format!("{letter}{digits}")));
    }
    let decimal = local_decimal(digits).ok_or_else(|| not_an_amount(digits))?;
    if let Some(length) = goes_on(digits, rest.0, currency.map_or(2, CurrencyCode::exponent)) {
        return Err(not_an_amount(&written[..digits.len() + length]));
    }
    if rest.0.is_empty() && field.is_cut(digits) {
        return Err(broken(Reason::Truncated(format!("the amount `{digits}`"))));
    }
    let mut line = BankLine {
        at_line: field.line,
        booked_on: Some(booked),
        value_on: Some(value.date),
        amount: Some(Amount::new(decimal, currency).signed(is_debit)),
        status: if is_expected { Status::Pending } else { Status::Booked },
        is_reversal,
        ..BankLine::default()
    };
    line.extras.set("status", known_mark(mark.trim()));
    references(&mut rest, field, &mut line);
    Ok(line)
}

/// The usual marks need no copy.
fn known_mark(mark: &str) -> std::borrow::Cow<'static, str> {
    match ["C", "D", "CR", "DR", "RC", "RD"].into_iter().find(|known| known.eq_ignore_ascii_case(mark)) {
        Some(known) => known.into(),
        None => mark.to_owned().into(),
    }
}

/// Which way the money goes.
struct Mark {
    is_debit: bool,
    is_reversal: bool,
    is_expected: bool,
}

/// `C`, `D`, `RC`, `RD`, and `EC`, `ED` (expected), also both; a funds letter (the currency's third) may follow.
fn sign(mark: &str) -> Option<Mark> {
    let (is_reversal, is_expected, side) = match mark.as_bytes() {
        [b'R', b'E', side, ..] | [b'E', b'R', side, ..] => (true, true, side),
        [b'R', side, ..] => (true, false, side),
        [b'E', side, ..] => (false, true, side),
        [side, ..] => (false, false, side),
        [] => return None,
    };
    let is_debit = matches!(side, b'C' | b'D').then_some(*side == b'D')?;
    Some(Mark { is_debit: is_debit != is_reversal, is_reversal, is_expected })
}

fn is_of_amount(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, ',' | '.')
}

/// A letter that looks like a one where the currency's third letter could stand.
fn is_one(letter: char, currency: Option<CurrencyCode>) -> bool {
    matches!(letter, 'I' | 'l') && !currency.is_some_and(|code| code.as_str().ends_with(letter))
}

/// How much of what stands behind the digits may be more of the amount, written with letters that look like digits; the
/// amount ends where its decimals are complete, or where a type, `//`, a blank or nothing follows.
fn goes_on(digits: &str, behind: &str, places: u32) -> Option<usize> {
    let decimals = digits.rfind([',', '.']).map(|at| digits.len() - at - 1);
    if decimals.is_some() && behind.starts_with(['N', 'F']) {
        return None;
    }
    let run = behind.find(|c| !is_of_amount(c) && !matches!(c, 'O' | 'o' | 'I' | 'l' | 'S' | 'B' | 'Z'));
    let (run, rest) = behind.split_at(run.unwrap_or(behind.len()));
    let has_mark = run.contains([',', '.']);
    let Some(decimals) = decimals else {
        let bare = behind.trim_start_matches(' ');
        let is_grouped = bare.len() < behind.len() && bare.starts_with(is_of_amount);
        let is_ended = behind.is_empty() || behind.starts_with([' ', '/']) || is_standard_type(behind);
        let is_other = type_length(behind) == 4 && !behind.starts_with(['O', 'I', 'S', 'B', 'Z']);
        let is_whole = (is_ended || is_other) && !is_grouped && !has_mark;
        return (!is_whole).then(|| behind.find([' ', 'N', 'F']).filter(|_| !is_grouped).unwrap_or(behind.len()));
    };
    let is_letters = !run.is_empty() && run.chars().all(|c| matches!(c, 'O' | 'o' | 'I' | 'l'));
    let is_mixed = run.starts_with(|c: char| c.is_ascii_alphabetic()) && run.contains(is_of_amount);
    let is_short = decimals < places as usize;
    let is_open = match () {
        () if is_letters => is_short && (rest.is_empty() || rest.starts_with("//") || is_standard_type(rest)),
        () => is_mixed && (is_short || has_mark) && is_standard_type(rest) && !is_standard_type(behind),
    };
    is_open.then_some(run.len())
}

/// N or F and three letters or digits, or S and the three digits of a message's type.
fn is_standard_type(text: &str) -> bool {
    match text.as_bytes() {
        [b'N' | b'F', three @ ..] => {
            three.iter().take(3).filter(|b| b.is_ascii_alphanumeric() || **b == b' ').count() == 3
        }
        [b'S', three @ ..] => three.iter().take(3).filter(|b| b.is_ascii_digit()).count() == 3,
        _ => false,
    }
}

/// Where the type ends: N, F or S and three more, by the standard; some banks begin with another letter, and some have
/// none and write NONREF at once.
fn type_length(text: &str) -> usize {
    let mut bytes = text.bytes();
    let first = bytes.next();
    match first {
        _ if text.starts_with("NONREF") => 0,
        Some(b'N' | b'F' | b'S') => 4,
        Some(b'A'..=b'Z') => {
            let is_code = bytes.by_ref().take(3).filter(|b| b.is_ascii_uppercase() || b.is_ascii_digit()).count() == 3;
            if is_code && bytes.next().is_some_and(|b| b.is_ascii_alphanumeric()) { 4 } else { 0 }
        }
        _ => 0,
    }
}

/// The type + the owner's reference + `//` + the bank's reference; then the supplementary details.
fn references(rest: &mut Rest<'_>, field: &Field, line: &mut BankLine) {
    rest.while_any(|c| c == ' ');
    line.code = filled(rest.cut(type_length(rest.0)));
    let end = rest.0.char_indices().nth(REFERENCE).map_or(rest.0.len(), |(at, _)| at);
    let end = rest.0.as_bytes().windows(2).take(end).position(|pair| pair == b"//").unwrap_or(end);
    line.reference = filled(rest.cut(end));
    let mut extra = String::new();
    match rest.0.strip_prefix("//") {
        Some(bank) => line.bank_reference = filled(bank),
        None => extra.push_str(rest.0.trim()),
    }
    let below = field.text.get(field.first().len() + 1..).unwrap_or_default();
    for more in below.split('\n').filter(|_| !below.is_empty()).map(str::trim).filter(|more| !more.is_empty()) {
        if !extra.is_empty() {
            extra.push('\n');
        }
        extra.push_str(more);
    }
    if !extra.is_empty() {
        supplementary(&extra, line);
        line.extras.set("extra_details", extra);
    }
}

/// `/OCMT/EUR11,85//CHGS/EUR0,50/`: the original amount and the bank's charges.
fn supplementary(text: &str, line: &mut BankLine) {
    let money = |name: &str| {
        let value = &text[text.find(name)? + name.len()..];
        let value = value.split('/').next()?.trim();
        let currency = CurrencyCode::new(value.get(..3)?)?;
        Some(Amount::new(local_decimal(value.get(3..)?)?, Some(currency)))
    };
    if let Some(amount) = money("/OCMT/") {
        line.payment.exchange = Some(Exchange { instructed: Some(amount), ..Exchange::default() });
    }
    if let Some(amount) = money("/CHGS/") {
        line.payment.charges.push(Charge { amount, is_included: true, kind: None });
    }
}

#[cfg(test)]
mod tests {
    use super::{super::fields::End, *};

    fn line(text: &str) -> BankLine {
        let field = Field { line: 1, tag: "61", text: text.to_owned(), ends_message: false, ends_file: None };
        read(&field, CurrencyCode::new("EUR"), &mut Vec::new()).unwrap()
    }

    fn refused(text: &str) -> String {
        let field = Field { line: 1, tag: "61", text: text.to_owned(), ends_message: false, ends_file: None };
        read(&field, CurrencyCode::new("EUR"), &mut Vec::new()).unwrap_err().to_string()
    }

    fn date(text: &str) -> Option<Date> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_full_line_by_the_handbook() {
        let line = line("0211011102DR800,5NSTONONREF//55555\n/OCMT/USD900,//CHGS/EUR1,20/");
        assert_eq!((line.value_on, line.booked_on), (date("2002-11-01"), date("2002-11-02")));
        assert_eq!(line.amount.unwrap().to_string(), "-800.5 EUR");
        assert_eq!(line.code.as_deref(), Some("NSTO"));
        assert_eq!((line.reference.as_deref(), line.bank_reference.as_deref()), (Some("NONREF"), Some("55555")));
        assert_eq!(line.payment.exchange.clone().unwrap().instructed.unwrap().to_string(), "900 USD");
        assert_eq!(line.payment.charges[0].amount.to_string(), "1.20 EUR");
    }

    #[test]
    fn a_reversed_credit_is_a_debit() {
        for (text, amount, is_reversal) in [
            ("200101C1,NTRF", "1 EUR", false),
            ("200101D1,NTRF", "-1 EUR", false),
            ("200101RC1,NTRF", "-1 EUR", true),
            ("200101RDR1,NTRF", "1 EUR", true),
            ("200101ED1,NTRF", "-1 EUR", false),
            ("200101d1,NTRF", "-1 EUR", false),
            ("200101rc1,NTRF", "-1 EUR", true),
        ] {
            let line = line(text);
            assert_eq!((line.amount.unwrap().to_string().as_str(), line.is_reversal), (amount, is_reversal), "{text}");
        }
    }

    #[test]
    fn what_is_expected_is_pending() {
        for (text, amount, status, is_reversal) in [
            ("260105EC2000,00NTRF", "2000.00 EUR", Status::Pending, false),
            ("260105EDR5,00NTRF", "-5.00 EUR", Status::Pending, false),
            ("260105ERC5,00NTRF", "-5.00 EUR", Status::Pending, true),
            ("260105RED5,00NTRF", "5.00 EUR", Status::Pending, true),
            ("260105RC5,00NTRF", "-5.00 EUR", Status::Booked, true),
            ("260105C5,00NTRF", "5.00 EUR", Status::Booked, false),
        ] {
            let line = line(text);
            let found = (line.amount.unwrap().to_string(), line.status, line.is_reversal);
            assert_eq!(found, (amount.to_owned(), status, is_reversal), "{text}");
        }
    }

    #[test]
    fn an_amount_with_a_letter_in_it_is_refused() {
        for (text, named) in [
            ("2601050105C15O0,00NTRFNONREF", "15O0,00"),
            ("2601050105C15o0,00NTRFNONREF", "15o0,00"),
            ("2601050105C1l0,00NTRFNONREF", "1l0,00"),
            ("2601050105C1S0,00NTRFNONREF", "1S0,00"),
            ("2601050105C1S000,00NTRFNONREF", "1S000,00"),
            ("2601050105C1B00,00NTRFNONREF", "1B00,00"),
            ("2601050105C15x0,00NTRFNONREF", "15x0,00"),
            ("2601050105C12,3ONTRFNONREF", "12,3O"),
            ("2601050105C12,O0NTRFNONREF", "12,O0"),
            ("2601050105C12,l5FTRFNONREF", "12,l5"),
            ("2601050105C1,234O,50NTRFNONREF", "1,234O,50"),
            ("2601050105C12,3O//77", "12,3O"),
            ("2601050105Cl5,00NTRFNONREF", "l5,00"),
            ("2601050105CI5,00NTRFNONREF", "I5,00"),
            ("2601050105C1 500,00NTRFNONREF", "1 500,00NTRFNONREF"),
        ] {
            assert_eq!(refused(text), format!("line 1, :61:: `{named}` is not an amount"));
        }
    }

    #[test]
    fn amounts_as_banks_write_them() {
        for (text, amount, code) in [
            ("2601050105C1500NTRFNONREF", "1500 EUR", Some("NTRF")),
            ("2601050105C15S103NONREF", "15 EUR", Some("S103")),
            ("2601050105C15MCI0NONREF", "15 EUR", Some("MCI0")),
            ("2601050105C15", "15 EUR", None),
            ("2601050105C15 NTRFNONREF", "15 EUR", Some("NTRF")),
            ("2601050105C15//77", "15 EUR", None),
            ("2601050105D1,500.00NTRFNONREF", "-1500.00 EUR", Some("NTRF")),
            ("2601050105D1.500,00 NTRFNONREF", "-1500.00 EUR", Some("NTRF")),
            ("2601050105C12,5S940NONREF", "12.5 EUR", Some("S940")),
            ("2601050105C12,50OVERNONREF", "12.50 EUR", Some("OVER")),
            ("2601050105C12,50INT1NONREF", "12.50 EUR", Some("INT1")),
            ("2601050105C12,50Ort 7", "12.50 EUR", None),
        ] {
            let line = line(text);
            let found = (line.amount.unwrap().to_string(), line.code);
            assert_eq!(found, (amount.to_owned(), code.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn an_amount_that_the_end_of_the_file_cuts_is_refused() {
        let at_end = |text: &str, has_break| {
            let ends_file = Some(if has_break { End::Whole } else { End::Cut });
            let field = Field { line: 5, tag: "61", text: text.to_owned(), ends_message: false, ends_file };
            read(&field, None, &mut Vec::new()).map(|line| line.amount.unwrap().to_string()).map_err(|e| e.to_string())
        };
        let cut = |amount| Err(format!("line 5, :61:: the file ends in the middle of the amount `{amount}`"));
        assert_eq!(at_end("2601050105C15", false), cut("15"));
        assert_eq!(at_end("2601050105C15", true), cut("15"));
        assert_eq!(at_end("2601050105C15,", false), cut("15,"));
        assert_eq!(at_end("2601050105C15,", true), Ok("15".to_owned()));
        assert_eq!(at_end("2601050105C15,00NTRF", false), Ok("15.00".to_owned()));
    }

    #[test]
    fn the_entry_date_takes_the_nearest_year() {
        assert_eq!(line("2012310102C1,NTRF").booked_on, date("2021-01-02"));
        assert_eq!(line("2101021231C1,NTRF").booked_on, date("2020-12-31"));
        assert_eq!(line("1602300229C1,NTRF").value_on, date("2016-02-29"));
        assert_eq!(line("991231C1,NTRF").value_on, date("1999-12-31"));
    }

    #[test]
    fn types_that_swift_does_not_know_and_none() {
        for (text, code, reference, bank) in [
            ("1610301031D0,42MCI0NONREF//055001", Some("MCI0"), Some("NONREF"), Some("055001")),
            ("2009020902D20,00NONREF", None, Some("NONREF"), None),
            ("2009020902D20,00NTRFNONREF", Some("NTRF"), Some("NONREF"), None),
            ("2009020902D20,00ABCD", None, Some("ABCD"), None),
            ("2009020902D20,00Abcd12", None, Some("Abcd12"), None),
            ("2009020902D20,00//1923", None, None, Some("1923")),
        ] {
            let line = line(text);
            let found = [line.code.as_deref(), line.reference.as_deref(), line.bank_reference.as_deref()];
            assert_eq!(found, [code, reference, bank], "{text}");
        }
    }

    #[test]
    fn a_long_reference_runs_over_into_the_details() {
        let line = line("2302090209CR2,00NTRF2023-02-09-08.37.18.054696");
        assert_eq!(line.reference.as_deref(), Some("2023-02-09-08.37"));
        assert_eq!(line.extras.get("extra_details"), Some(".18.054696"));
    }
}
