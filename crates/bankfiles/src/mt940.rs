//! MT940 and MT942, the SWIFT customer statements, as banks really send them: with and without envelope, several
//! statements in a file, intermediate balances, no terminator, bank headers between messages.
//!
//! A field begins where a line begins with a tag that SWIFT defines (`fields.rs`); anything else continues the field
//! before it. A statement ends where the next begins, so one statement is in memory at a time. `entry.rs` reads the
//! `:61:` line, `narrative.rs` the dialects of `:86:`.

mod entry;
mod fields;
mod narrative;

use crate::{
    Amount, Balance, BankLine, BankStatement, CurrencyCode, Format, FormatError, NamedBalance, Reason, Status, Warning,
    WarningKind, amount::local_decimal, text::filled,
};
use fields::{Field, Fields};
use kernel::{Date, Decimal};
use std::io::BufRead;

/// Reads one statement after the other.
pub(crate) struct Reader<R> {
    fields: Fields<R>,
    format: Format,
    /// The field that began the next statement.
    ahead: Option<Field>,
    is_done: bool,
    /// There was a statement.
    any: bool,
    /// The first field that stood outside of every statement.
    stray: Option<(usize, &'static str)>,
}

/// A statement under construction.
struct Draft {
    statement: BankStatement,
    /// Of the lines: the opening balance's, or that of an MT942's floor limit.
    currency: Option<CurrencyCode>,
    /// Where a `:86:` belongs now.
    is_entry_open: bool,
    is_closed: bool,
    /// The message's end was there.
    is_ended: bool,
}

impl<R: BufRead> Reader<R> {
    pub(crate) fn new(input: R, format: Format) -> Self {
        Self { fields: Fields::new(input), format, ahead: None, is_done: false, any: false, stray: None }
    }

    /// What concerns the file, once it is read.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        let text = "it stands outside of a statement (there is no :20: before it) and is left out";
        let warning = |(line, tag)| Warning::at(line, format!(":{tag}:"), WarningKind::Other(text.to_owned()));
        self.stray.map(warning).into_iter().collect()
    }

    fn read(&mut self) -> Result<Option<BankStatement>, FormatError> {
        let mut draft: Option<Draft> = None;
        while let Some(field) = self.ahead.take().map_or_else(|| self.fields.next(), |field| Ok(Some(field)))? {
            if draft.as_ref().is_some_and(|draft| draft.ends_before(&field)) {
                self.ahead = Some(field);
                break;
            }
            if draft.is_none() && !matches!(field.tag, "20" | "25" | "25P") {
                self.stray.get_or_insert((field.line, field.tag));
                continue;
            }
            draft.get_or_insert_with(|| Draft::new(self.format)).take(&field)?;
        }
        match draft {
            Some(draft) => {
                self.any = true;
                Ok(Some(draft.finish()))
            }
            None if self.any || self.stray.is_some() => Ok(None),
            None => Err(FormatError::nowhere(Reason::Empty)),
        }
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<BankStatement, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let found = self.read().transpose();
        self.is_done = !matches!(found, Some(Ok(_)));
        found
    }
}

impl Draft {
    fn new(format: Format) -> Self {
        Self {
            statement: BankStatement::new(format),
            currency: None,
            is_entry_open: false,
            is_closed: false,
            is_ended: false,
        }
    }

    /// `:20:` begins a statement; without it a new account or opening balance after a closing balance does.
    fn ends_before(&self, field: &Field) -> bool {
        match field.tag {
            "20" => self.statement.id.is_some() || !self.statement.lines.is_empty(),
            "25" | "25P" | "60F" => self.is_closed,
            _ => false,
        }
    }

    fn take(&mut self, field: &Field) -> Result<(), FormatError> {
        let statement = &mut self.statement;
        self.is_ended = field.ends_message;
        match field.tag {
            "20" => statement.id = filled(field.first()),
            "21" => statement.extras.set_some("related_reference", filled(field.first())),
            "25" | "25P" => account(statement, field),
            "28" | "28C" => {
                let (number, sequence) = field.first().split_once('/').unwrap_or((field.first(), ""));
                (statement.number, statement.sequence) = (filled(number), filled(sequence));
            }
            "34F" => {
                self.currency = self.currency.or_else(|| CurrencyCode::new(field.first().get(..3)?));
                statement.extras.set_some("floor_limit", filled(field.first()));
            }
            "60F" | "60M" | "60" => {
                let balance = self.balance(field)?;
                self.statement.opening = self.statement.opening.or(balance);
                self.currency = balance.and_then(|balance| balance.amount.currency).or(self.currency);
                self.statement.currency = self.statement.currency.or(self.currency);
            }
            "61" => {
                let line = entry::read(field, self.currency, &mut statement.warnings)?;
                statement.add(line);
                self.is_entry_open = true;
                return Ok(());
            }
            "62F" | "62M" | "62" => {
                self.statement.closing = self.balance(field)?;
                self.is_closed = true;
            }
            "64" => {
                let balance = self.balance(field)?;
                self.statement.available = self.statement.available.or(balance);
            }
            "65" => drop(self.balance(field)?),
            "86" => return self.narrative(field),
            "90C" | "90D" => self.totals(field),
            _ => return Ok(()),
        }
        self.is_entry_open = false;
        Ok(())
    }

    fn narrative(&mut self, field: &Field) -> Result<(), FormatError> {
        match self.statement.lines.last_mut().filter(|_| self.is_entry_open) {
            Some(line) => narrative::read(field, line),
            None => self.statement.extras.set_some("information", filled(&field.text)),
        }
        Ok(())
    }

    /// `C130930SEK1595807,61`: sign, day, currency, amount.
    fn balance(&mut self, field: &Field) -> Result<Option<Balance>, FormatError> {
        let text = field.first().trim();
        if text.is_empty() {
            return Ok(None);
        }
        let broken = |reason| FormatError::at(field.line, field.name(), reason);
        let is_debit = match text.as_bytes()[0] {
            b'C' => false,
            b'D' => true,
            _ => return Err(broken(Reason::Sign(text.to_owned()))),
        };
        let day =
            text.get(1..7).filter(|_| text.is_char_boundary(7)).ok_or_else(|| broken(Reason::Date(text.to_owned())))?;
        let date = self.day(field, day)?;
        let (code, digits) = text[7..].split_at_checked(3).unwrap_or((&text[7..], ""));
        let has_code = !code.starts_with(|c: char| c.is_ascii_digit());
        let (currency, digits) = match CurrencyCode::new(code) {
            Some(currency) => (currency, digits),
            None => {
                let known = self.currency.filter(|_| !has_code);
                (known.ok_or_else(|| broken(Reason::Currency(code.to_owned())))?, &text[7..])
            }
        };
        let decimal = local_decimal(digits).ok_or_else(|| broken(Reason::Amount(digits.to_owned())))?;
        let amount = Amount::new(decimal, Some(currency)).signed(is_debit);
        let balance = Balance { amount, date: Some(date) };
        self.statement.balances.push(NamedBalance { code: field.tag.to_owned(), balance });
        Ok(Some(balance))
    }

    fn day(&mut self, field: &Field, digits: &str) -> Result<Date, FormatError> {
        let read = entry::day(digits)
            .ok_or_else(|| FormatError::at(field.line, field.name(), Reason::Date(digits.to_owned())))?;
        self.statement.warnings.extend(read.warning(field, digits));
        Ok(read.date)
    }

    /// `:90D:3PLN12,50` of MT942: how many debits, and their sum. Compared when the statement is complete.
    fn totals(&mut self, field: &Field) {
        let name = if field.tag == "90C" { "credit_total" } else { "debit_total" };
        self.statement.extras.set_some(name, filled(field.first()));
    }

    /// What a statement that was cut lacks: MT940 its closing balance; MT942, which has none, its totals and its end.
    fn missing(&self) -> Option<WarningKind> {
        let statement = &self.statement;
        let has = |name| statement.extras.get(name).is_some();
        let is_interim = statement.format == Format::Mt942 || (has("floor_limit") && statement.opening.is_none());
        let is_whole = self.is_ended || has("credit_total") || has("debit_total");
        match (is_interim, &statement.closing) {
            (_, Some(_)) => None,
            (true, None) => (!is_whole).then_some(WarningKind::NoTrailer),
            (false, None) => Some(WarningKind::NoClosing),
        }
    }

    fn finish(self) -> BankStatement {
        let missing = self.missing();
        let mut statement = self.statement;
        statement.warnings.extend(missing.map(Warning::nowhere));
        for (name, is_debit, of) in [("credit_total", false, "credits"), ("debit_total", true, "debits")] {
            let stated = statement.extras.get(name).and_then(stated_total);
            if let Some((count, total)) = stated {
                compare(&mut statement, is_debit, of, count, total);
            }
        }
        statement
    }
}

/// SWIFT gives the account 35 characters.
fn account(statement: &mut BankStatement, field: &Field) {
    let text = field.first();
    let end = text.char_indices().nth(35).map_or(text.len(), |(at, _)| at);
    statement.account = filled(&text[..end]);
}

fn stated_total(text: &str) -> Option<(u64, Amount)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let currency = CurrencyCode::new(text.get(digits..digits + 3)?)?;
    Some((text[..digits].parse().ok()?, Amount::new(local_decimal(text.get(digits + 3..)?)?, Some(currency))))
}

/// Banks count what is only expected or leave it out; what fits one of the two is right.
fn compare(statement: &mut BankStatement, is_debit: bool, of: &str, count: u64, total: Amount) {
    let side = |line: &&BankLine| line.amount.is_some_and(|amount| amount.decimal.is_sign_negative() == is_debit);
    let add = |(count, sum): (u64, Decimal), line: &BankLine| {
        Some((count + 1, sum.checked_add(line.amount.map_or(Decimal::ZERO, |amount| amount.decimal.abs()))?))
    };
    let lines = || statement.lines.iter().filter(side);
    let all = lines().try_fold((0, Decimal::ZERO), add);
    let booked = lines().filter(|line| line.status == Status::Booked).try_fold((0, Decimal::ZERO), add);
    let Some((found, sum)) = booked.filter(|_| all != Some((count, total.decimal))) else { return };
    if found != count {
        let kind = WarningKind::Count { of: of.to_owned(), stated: count, found };
        statement.warnings.push(Warning::nowhere(kind));
    }
    if sum != total.decimal {
        let found = Amount::new(sum, total.currency);
        let kind = WarningKind::Total { of: format!("the sum of the {of}"), stated: total, found };
        statement.warnings.push(Warning::nowhere(kind));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, format: Format) -> Vec<BankStatement> {
        Reader::new(text.as_bytes(), format).collect::<Result<_, _>>().unwrap()
    }

    fn warnings(text: &str, format: Format) -> Vec<String> {
        read(text, format).iter().flat_map(|statement| &statement.warnings).map(ToString::to_string).collect()
    }

    const WHOLE: &str = ":20:X\n:25:1234567\n:28C:1\n:60F:C240101EUR100,00\n:61:2401020102D10,00NTRFNONREF\n:86:a\n\
        :62F:C240102EUR90,00";
    const NO_CLOSING: &str = "there is no closing balance, so the statement cannot be checked";

    #[test]
    fn a_statement_that_was_cut_says_so() {
        assert_eq!(warnings(WHOLE, Format::Mt940), [""; 0]);
        assert_eq!(warnings(WHOLE.split(":62F").next().unwrap(), Format::Mt940), [NO_CLOSING]);
        assert_eq!(warnings(&format!("{WHOLE}\n-\n:20:Y\n"), Format::Mt940), [NO_CLOSING]);
    }

    #[test]
    fn an_interim_report_ends_with_its_totals_or_its_mark() {
        let interim = ":20:X\n:25:1234567\n:34F:EUR0,\n:13D:2401021200+0100\n:61:2401020102D10,00NTRFNONREF\n:86:a\n";
        assert_eq!(warnings(interim, Format::Mt942), ["the end of the statement is missing"]);
        assert_eq!(warnings(interim, Format::Mt940), ["the end of the statement is missing"]);
        assert_eq!(warnings(&format!("{interim}-\n"), Format::Mt942), [""; 0]);
        assert_eq!(warnings(&format!("{interim}:90D:1EUR10,00\n"), Format::Mt942), [""; 0]);
    }

    #[test]
    fn the_mark_of_the_file_s_end_belongs_to_no_field() {
        let closing = |text: &str| read(text, Format::Mt940)[0].closing.unwrap().amount.to_string();
        assert_eq!(closing(&format!("{WHOLE}\x1a")), "90.00 EUR");
        assert_eq!(closing(&format!("{WHOLE}\n\x1a")), "90.00 EUR");
    }

    #[test]
    fn home_banking_ends_its_lines_with_two_signs() {
        let text = format!("{}@@-@@", WHOLE.replace('\n', "@@"));
        assert_eq!(crate::detect(text.as_bytes()), Some(Format::Mt940));
        assert_eq!(read(&text, Format::Mt940)[0].lines[0].payment.remittance.as_deref(), Some("a"));
        assert_eq!(warnings(&text, Format::Mt940), [""; 0]);
    }

    #[test]
    fn what_is_only_expected_is_not_counted() {
        let entry = ":61:2401020102EC7,00NTRFNONREF\n:86:b\n:62F";
        let text = WHOLE.replace(":62F", entry);
        let mut statement = read(&text, Format::Mt940).remove(0);
        crate::check(&mut statement);
        assert_eq!(
            statement.lines.iter().map(|line| line.status).collect::<Vec<_>>(),
            [Status::Booked, Status::Pending]
        );
        assert!(statement.warnings.is_empty(), "{:?}", statement.warnings);
        let interim =
            ":20:X\n:25:1234567\n:34F:EUR0,\n:61:2401020102C10,00NTRFNONREF\n:61:2401020102EC7,00NTRFNONREF\n";
        for totals in [":90C:1EUR10,00", ":90C:2EUR17,00"] {
            assert_eq!(warnings(&format!("{interim}{totals}\n"), Format::Mt942), [""; 0]);
        }
        assert_eq!(
            warnings(&format!("{interim}:90C:2EUR18,00\n"), Format::Mt942),
            ["credits should be 2, but there are 1", "the sum of the credits should be 18.00 EUR, but it is 10.00 EUR",]
        );
    }
}
