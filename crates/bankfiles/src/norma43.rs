//! Norma 43 (AEB 43): the account statements of Spanish banks. Records of 80 columns: 11 opens an account, 22 is a line,
//! 23 its texts, 24 its original currency, 33 closes the account with counts and totals, 88 closes the file.
//!
//! The account becomes its IBAN. A file may end without 33 and 88: then a warning says so. A line before its account is
//! refused.

use crate::fixed::{DateOrder::YearMonthDay, Record, records, squeezed};
use crate::{
    Amount, Balance, BankLine, BankStatement, CurrencyCode, Exchange, Format, FormatError, Reason, Warning,
    WarningKind, text,
};
use kernel::{Currency, Decimal, check_digits};

pub(crate) fn read(bytes: &[u8]) -> Result<Vec<BankStatement>, FormatError> {
    let text = text::decode(bytes);
    let mut reader = Reader::default();
    for record in records(&text) {
        reader.record(record)?;
    }
    reader.close(None)?;
    if reader.statements.is_empty() { Err(FormatError::nowhere(Reason::Empty)) } else { Ok(reader.statements) }
}

#[derive(Debug, Default)]
struct Reader {
    statements: Vec<BankStatement>,
    open: Option<BankStatement>,
    /// The texts of the line that is being read.
    texts: String,
    records: u64,
}

impl Reader {
    fn record(&mut self, record: Record<'_>) -> Result<(), FormatError> {
        match record.columns(1, 2) {
            "11" => {
                self.close(None)?;
                self.open = Some(header(record)?);
            }
            "22" => {
                self.end_of_line();
                let line = line(record, self.statement(record)?.currency)?;
                self.statement(record)?.add(line);
            }
            "23" => {
                self.line(record)?;
                self.texts.push_str(&format!("{:<38}{:<38}", record.columns(5, 42), record.columns(43, 80)));
            }
            "24" => {
                let instructed = amount(record, (8, 21), currency(record, 5)?, false)?;
                let line = self.line(record)?;
                line.payment.exchange = Some(Exchange { instructed: Some(instructed), ..Exchange::default() });
            }
            "33" => self.close(Some(record))?,
            "88" => {
                self.end_of_file(record)?;
                // Another file may follow in the same one.
                self.records = 0;
                return Ok(());
            }
            code => return Err(record.error("record code", Reason::Unexpected(code.to_owned()))),
        }
        self.records += 1;
        Ok(())
    }

    fn statement(&mut self, record: Record<'_>) -> Result<&mut BankStatement, FormatError> {
        self.open.as_mut().ok_or_else(|| out_of_place(record))
    }

    fn line(&mut self, record: Record<'_>) -> Result<&mut BankLine, FormatError> {
        self.open.as_mut().and_then(|open| open.lines.last_mut()).ok_or_else(|| out_of_place(record))
    }

    fn end_of_line(&mut self) {
        let texts = std::mem::take(&mut self.texts);
        if let Some(line) = self.open.as_mut().and_then(|open| open.lines.last_mut()) {
            line.payment.remittance = line.payment.remittance.take().or_else(|| squeezed(&texts));
        }
    }

    /// Ends the account that is open, with its record 33 or without.
    fn close(&mut self, record: Option<Record<'_>>) -> Result<(), FormatError> {
        self.end_of_line();
        match (self.open.take(), record) {
            (Some(mut statement), Some(record)) => {
                trailer(record, &mut statement)?;
                self.statements.push(statement);
            }
            (Some(mut statement), None) => {
                statement.warnings.push(Warning::nowhere(WarningKind::NoTrailer));
                self.statements.push(statement);
            }
            (None, Some(record)) => return Err(out_of_place(record)),
            (None, None) => {}
        }
        Ok(())
    }

    fn end_of_file(&mut self, record: Record<'_>) -> Result<(), FormatError> {
        self.close(None)?;
        let stated = u64::try_from(record.number(21, 26, "record count")?).unwrap_or(0);
        let Some(last) = self.statements.last_mut() else { return Err(out_of_place(record)) };
        if stated != self.records {
            let kind = WarningKind::Count { of: "the records of the file".to_owned(), stated, found: self.records };
            last.warnings.push(Warning::at(record.line, "record count", kind));
        }
        Ok(())
    }
}

fn out_of_place(record: Record<'_>) -> FormatError {
    record.error("record code", Reason::Unexpected(record.columns(1, 2).to_owned()))
}

fn header(record: Record<'_>) -> Result<BankStatement, FormatError> {
    record.at_least(50)?;
    let mut statement = BankStatement::new(Format::Norma43);
    statement.account = Some(account(record));
    statement.bank = record.filled(3, 6);
    statement.account_owner = record.filled(52, 77);
    statement.currency = currency(record, 48)?;
    let is_debit = is_debit(record, 33)?;
    let balance = amount(record, (34, 47), statement.currency, is_debit)?;
    let (first, last) = (record.date(21, YearMonthDay, "first day")?, record.date(27, YearMonthDay, "last day")?);
    statement.opening = Some(Balance { amount: balance, date: first });
    statement.extras.set_some("from", first.map(|date| date.to_string()));
    statement.extras.set_some("to", last.map(|date| date.to_string()));
    Ok(statement)
}

/// The IBAN of bank, office and number; the number alone where they are not the digits of a Spanish account.
fn account(record: Record<'_>) -> String {
    let (bank, number) = (record.columns(3, 10), record.columns(11, 20));
    let (Some(bank_digits), Some(number_digits)) = (check_digits::digits(bank), check_digits::digits(number)) else {
        return record.columns(3, 20).trim().to_owned();
    };
    if bank.starts_with("0000") || bank.len() + number.len() != 18 {
        return record.columns(3, 20).trim().to_owned();
    }
    let control =
        |digits: &[u32]| match 11 - check_digits::weighted_from_right(digits, &[6, 3, 7, 9, 10, 5, 8, 4, 2, 1]) % 11 {
            10 => 1,
            11 => 0,
            digit => digit,
        };
    let account = format!("{bank}{}{}{number}", control(&bank_digits), control(&number_digits));
    format!("ES{:02}{account}", 98 - check_digits::modulo_97(&format!("{account}ES00")))
}

fn currency(record: Record<'_>, from: usize) -> Result<Option<CurrencyCode>, FormatError> {
    let written = record.columns(from, from + 2);
    let number = written.parse().ok().and_then(Currency::from_number).map(CurrencyCode::from);
    let found = number.or_else(|| CurrencyCode::new(written));
    found.map(Some).ok_or_else(|| record.error("currency", Reason::Currency(written.to_owned())))
}

/// 1 is debit, 2 is credit.
fn is_debit(record: Record<'_>, column: usize) -> Result<bool, FormatError> {
    match record.columns(column, column) {
        "1" => Ok(true),
        "2" => Ok(false),
        other => Err(record.error("sign", Reason::Sign(other.to_owned()))),
    }
}

/// Amounts have two decimals whatever the currency.
fn amount(
    record: Record<'_>,
    (from, to): (usize, usize),
    currency: Option<CurrencyCode>,
    is_debit: bool,
) -> Result<Amount, FormatError> {
    let hundredths = record.number(from, to, "amount")?;
    Ok(Amount::new(Decimal::new(hundredths, 2), currency).signed(is_debit))
}

fn line(record: Record<'_>, currency: Option<CurrencyCode>) -> Result<BankLine, FormatError> {
    record.at_least(42)?;
    let is_debit = is_debit(record, 28)?;
    let mut line = BankLine {
        at_line: record.line,
        booked_on: Some(record.needed_date(11, YearMonthDay, "booking date")?),
        value_on: record.date(17, YearMonthDay, "value date")?,
        amount: Some(amount(record, (29, 42), currency, is_debit)?),
        reference: record.filled(53, 64),
        code: Some(format!("{}/{}", record.columns(23, 24), record.columns(25, 27))),
        ..BankLine::default()
    };
    line.payment.instruction_id = record.filled(65, 80);
    line.extras
        .set_some("document_number", record.filled(43, 52).filter(|number| !number.trim_matches('0').is_empty()));
    Ok(line)
}

/// Counts and totals of both sides, and the closing balance.
fn trailer(record: Record<'_>, statement: &mut BankStatement) -> Result<(), FormatError> {
    record.at_least(73)?;
    let is_unsigned = matches!(record.columns(59, 59), "0" | " ");
    let is_debit_balance = !is_unsigned && is_debit(record, 59)?;
    if is_unsigned {
        let kind = WarningKind::Other("the closing balance has no sign; it is read as a credit".to_owned());
        statement.warnings.push(Warning::at(record.line, "sign", kind));
    }
    let closing = amount(record, (60, 73), statement.currency, is_debit_balance)?;
    let date = statement.extras.get("to").and_then(|date| date.parse().ok());
    statement.closing = Some(Balance { amount: closing, date });
    for (side, is_debit, from) in [("debits", true, 21), ("credits", false, 40)] {
        let stated = u64::try_from(record.number(from, from + 4, side)?).unwrap_or(0);
        let total = amount(record, (from + 5, from + 18), statement.currency, is_debit)?;
        let of_side =
            |amount: &Amount| if is_debit { amount.decimal < Decimal::ZERO } else { amount.decimal >= Decimal::ZERO };
        let amounts: Vec<_> = statement.lines.iter().filter_map(|line| line.amount).filter(of_side).collect();
        let found = amounts.len() as u64;
        let sum = Amount::new(amounts.iter().map(|amount| amount.decimal).sum(), statement.currency);
        if stated != found {
            let kind = WarningKind::Count { of: format!("the {side}"), stated, found };
            statement.warnings.push(Warning::at(record.line, side, kind));
        }
        if total.decimal != sum.decimal {
            let kind = WarningKind::Total { of: format!("the total of the {side}"), stated: total, found: sum };
            statement.warnings.push(Warning::at(record.line, side, kind));
        }
    }
    if account(record) != statement.account.as_deref().unwrap_or_default() {
        let kind = WarningKind::Other(format!("the account is closed as {}", account(record)));
        statement.warnings.push(Warning::at(record.line, "account", kind));
    }
    Ok(())
}
