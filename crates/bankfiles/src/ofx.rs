//! OFX 1 (SGML) and 2 (XML), also QFX and headerless files: bank and card statements; of investment statements only the
//! cash movements.
//!
//! Nesting is judged by the few aggregates that matter here: a stray, missing or misplaced closing tag of anything else
//! changes nothing. A bank's refusal (`STATUS` with an error) is a warning of the file.

mod sgml;

use crate::{
    Amount, Balance, BankLine, BankStatement, CurrencyCode, Exchange, Format, FormatError, Reason, Status, Warning,
    WarningKind,
    amount::{local_decimal, plain_decimal},
    text::filled,
    utf8::Utf8,
};
use kernel::Date;
use sgml::{Token, Tokens};
use std::io::Read;

const STATEMENTS: [&str; 3] = ["STMTRS", "CCSTMTRS", "INVSTMTRS"];
const AGGREGATES: [&str; 14] = [
    "BANKACCTFROM",
    "CCACCTFROM",
    "CCACCTINFO",
    "INVACCTFROM",
    "STMTTRN",
    "LEDGERBAL",
    "AVAILBAL",
    "PAYEE",
    "BANKACCTTO",
    "CCACCTTO",
    "CURRENCY",
    "ORIGCURRENCY",
    "STATUS",
    "BANKTRANLIST",
];

#[derive(Default)]
struct Reader {
    statements: Vec<BankStatement>,
    warnings: Vec<Warning>,
    open: Vec<&'static str>,
    statement: Option<BankStatement>,
    line: Option<BankLine>,
    /// `CURSYM` and `CURRATE` of the line.
    currency: Option<CurrencyCode>,
    rate: Option<kernel::Decimal>,
    status: [Option<String>; 3],
    /// The day of the balance that is being read; it may stand before the amount.
    as_of: Option<Date>,
    is_ofx: bool,
    /// There is a closing tag of an aggregate, and one of the file.
    closes: bool,
    is_closed: bool,
    /// There is a message of the bank in it, if only a greeting.
    is_answer: bool,
}

pub(crate) fn read(bytes: &[u8], warnings: &mut Vec<Warning>) -> Result<Vec<BankStatement>, FormatError> {
    let mut text = String::new();
    let read = Utf8::new(bytes).read_to_string(&mut text);
    read.map_err(|error| FormatError::nowhere(Reason::Io(error.to_string())))?;
    let mut reader = Reader::default();
    for token in Tokens::new(&text) {
        match token {
            Token::Open { name, value, line } => reader.open(name, &value, line)?,
            Token::Close { name } => reader.close(name)?,
        }
    }
    reader.close_line()?;
    if !reader.is_ofx {
        let reason = "there is no <OFX> in it".to_owned();
        return Err(FormatError::at(1, "OFX", Reason::NotThisFormat("OFX", reason)));
    }
    if reader.statement.is_some() {
        let line = text.lines().count();
        return Err(FormatError::at(line, "STMTRS", Reason::Truncated("a statement".to_owned())));
    }
    if reader.statements.is_empty() && !reader.is_answer {
        return Err(FormatError::nowhere(Reason::Empty));
    }
    if reader.closes && !reader.is_closed {
        let kind = WarningKind::Other("the file ends without </OFX>, so something may be missing".to_owned());
        reader.warnings.push(Warning::at(text.lines().count(), "OFX", kind));
    }
    warnings.append(&mut reader.warnings);
    Ok(reader.statements)
}

fn known(name: &str) -> Option<&'static str> {
    let names = STATEMENTS.iter().chain(&AGGREGATES);
    names.copied().find(|known| known.eq_ignore_ascii_case(name))
}

impl Reader {
    fn open(&mut self, name: &str, value: &str, line: usize) -> Result<(), FormatError> {
        self.is_ofx |= name.eq_ignore_ascii_case("OFX");
        let Some(aggregate) = known(name) else {
            return if value.is_empty() {
                self.empty(name, line);
                Ok(())
            } else {
                self.leaf(&name.to_ascii_uppercase(), value, line)
            };
        };
        if STATEMENTS.contains(&aggregate) {
            self.end_statement()?;
            let mut statement = BankStatement::new(Format::Ofx);
            statement.extras.set("kind", aggregate);
            self.statement = Some(statement);
        } else if aggregate == "STMTTRN" {
            self.close_line()?;
            self.line = Some(BankLine { at_line: line, ..BankLine::default() });
            (self.currency, self.rate) = (None, None);
        } else if aggregate == "STATUS" {
            self.status = [const { None }; 3];
        } else if matches!(aggregate, "LEDGERBAL" | "AVAILBAL") {
            self.as_of = None;
        }
        self.open.push(aggregate);
        Ok(())
    }

    /// A balance that is announced and not given; everything else may be empty.
    fn empty(&mut self, name: &str, line: usize) {
        self.is_answer |= name.to_ascii_uppercase().contains("MSGSRS");
        if let Some(statement) = self.statement.as_mut().filter(|_| name.eq_ignore_ascii_case("BALAMT")) {
            statement.warnings.push(Warning::at(line, "BALAMT", WarningKind::NoClosing));
        }
    }

    fn close(&mut self, name: &str) -> Result<(), FormatError> {
        self.is_closed |= name.eq_ignore_ascii_case("OFX");
        let Some(aggregate) = known(name) else { return Ok(()) };
        self.closes = true;
        let Some(at) = self.open.iter().rposition(|open| *open == aggregate) else { return Ok(()) };
        while self.open.len() > at {
            match self.open.pop() {
                Some("STMTTRN") => self.close_line()?,
                Some("ORIGCURRENCY") => self.original_currency(),
                Some("STATUS") => self.refusal(),
                Some(open) if STATEMENTS.contains(&open) => self.end_statement()?,
                _ => {}
            }
        }
        Ok(())
    }

    fn leaf(&mut self, name: &str, value: &str, at: usize) -> Result<(), FormatError> {
        let inner = self.open.last().copied().unwrap_or_default();
        match (inner, name) {
            ("STATUS", "CODE") => self.status[0] = filled(value),
            ("STATUS", "SEVERITY") => self.status[1] = filled(value),
            ("STATUS", "MESSAGE") => self.status[2] = filled(value),
            ("CURRENCY" | "ORIGCURRENCY", "CURSYM") => self.currency = CurrencyCode::new(value),
            ("CURRENCY" | "ORIGCURRENCY", "CURRATE") => self.rate = plain_decimal(value),
            _ => {}
        }
        if inner == "CURRENCY" && name == "CURSYM" {
            let currency = self.currency;
            if let Some(amount) = self.line.as_mut().and_then(|line| line.amount.as_mut()) {
                amount.currency = currency;
            }
        }
        let Some(statement) = &mut self.statement else { return Ok(()) };
        match (&mut self.line, inner) {
            (Some(line), "STMTTRN") if name == "TRNAMT" && is_bare_mark(value) => {
                line.amount = Some(Amount::new(kernel::Decimal::ZERO, statement.currency));
                line.status = Status::Information;
                let kind = WarningKind::Other(format!("`{value}` is no amount; the line is kept as information"));
                statement.warnings.push(Warning::at(at, "TRNAMT", kind));
                Ok(())
            }
            (Some(line), "STMTTRN") if name == "CORRECTFITID" || name == "CORRECTACTION" => {
                correction(line, name, value);
                Ok(())
            }
            (Some(line), "STMTTRN" | "PAYEE" | "BANKACCTTO" | "CCACCTTO") => {
                transaction(line, statement.currency, (inner, name), value, at)
            }
            (None, "LEDGERBAL" | "AVAILBAL") => {
                balance(statement, (inner, name), value, at, &mut self.as_of);
                Ok(())
            }
            (None, _) => {
                about_account(statement, (inner, name), value);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The amount was in another currency and is booked in the account's.
    fn original_currency(&mut self) {
        if let Some(line) = &mut self.line {
            line.payment.exchange = Some(Exchange { from: self.currency, rate: self.rate, ..Exchange::default() });
        }
    }

    fn refusal(&mut self) {
        let [code, severity, message] = &self.status;
        if severity.as_deref() == Some("ERROR") {
            let text = format!(
                "the bank answered with error {}: {}",
                code.as_deref().unwrap_or("?"),
                message.as_deref().unwrap_or("no message")
            );
            self.warnings.push(Warning::nowhere(WarningKind::Other(text)));
        }
    }

    fn close_line(&mut self) -> Result<(), FormatError> {
        let Some(line) = self.line.take() else { return Ok(()) };
        let missing = |field: &str| FormatError::at(line.at_line, field, Reason::Missing);
        if line.booked_on.is_none() {
            return Err(missing("DTPOSTED"));
        }
        if line.amount.is_none() {
            return Err(missing("TRNAMT"));
        }
        if let Some(statement) = &mut self.statement {
            if let Some(old) = line.extras.get("corrects") {
                let does = if line.status == Status::Information { "takes back" } else { "replaces" };
                let kind =
                    format!("this {does} the line with FITID {old}; if that was received, undo it or set it aside");
                statement.warnings.push(Warning::at(line.at_line, "CORRECTFITID", WarningKind::Other(kind)));
            }
            statement.add(line);
        }
        Ok(())
    }

    fn end_statement(&mut self) -> Result<(), FormatError> {
        self.close_line()?;
        self.statements.extend(self.statement.take());
        Ok(())
    }
}

/// `inside` is the aggregate and the element.
fn transaction(
    line: &mut BankLine,
    currency: Option<CurrencyCode>,
    inside: (&str, &str),
    value: &str,
    at: usize,
) -> Result<(), FormatError> {
    let payment = &mut line.payment;
    match inside {
        ("STMTTRN", "TRNTYPE") => line.code = filled(value),
        ("STMTTRN", "DTPOSTED") => line.booked_on = Some(date(value, at, "DTPOSTED")?),
        ("STMTTRN", "DTAVAIL") => line.value_on = Some(date(value, at, "DTAVAIL")?),
        ("STMTTRN", "TRNAMT") => line.amount = Some(amount(value, currency, at, "TRNAMT")?),
        ("STMTTRN", "FITID") => line.reference = filled(value),
        ("STMTTRN", "CHECKNUM") => payment.cheque_number = filled(value),
        ("STMTTRN", "REFNUM") => line.extras.set_some("refnum", filled(value)),
        ("STMTTRN", "MEMO") => payment.remittance = filled(value),
        ("STMTTRN" | "PAYEE", "NAME") => payment.counterparty.name = filled(value),
        ("BANKACCTTO" | "CCACCTTO", "ACCTID") => payment.counterparty.account = filled(value),
        ("BANKACCTTO", "BANKID") => payment.counterparty.bank = filled(value),
        _ => {}
    }
    Ok(())
}

/// A line that deletes an earlier one is no money of its own.
fn correction(line: &mut BankLine, name: &str, value: &str) {
    match name {
        "CORRECTFITID" => line.extras.set_some("corrects", filled(value)),
        _ if value.eq_ignore_ascii_case("DELETE") => line.status = Status::Information,
        _ => {}
    }
}

/// A point or a dash in place of an amount, as on a line that only shows a balance.
fn is_bare_mark(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|b| matches!(b, b'.' | b',' | b'-' | b'+'))
}

fn about_account(statement: &mut BankStatement, inside: (&str, &str), value: &str) {
    match inside {
        (_, "CURDEF") => statement.currency = CurrencyCode::new(value),
        ("BANKACCTFROM" | "CCACCTFROM" | "INVACCTFROM" | "CCACCTINFO", "ACCTID") => statement.account = filled(value),
        ("BANKACCTFROM", "BANKID") => statement.bank = filled(value),
        ("BANKACCTFROM", "ACCTTYPE") => statement.extras.set_some("account_type", filled(value)),
        _ => {}
    }
}

/// A balance that cannot be read takes no line away: it is left out with a warning.
fn balance(statement: &mut BankStatement, inside: (&str, &str), value: &str, at: usize, as_of: &mut Option<Date>) {
    let unread = |error: FormatError| {
        let kind = WarningKind::Other(format!("{}, so the balance is left out or has no date", error.reason));
        Warning { place: error.place, kind }
    };
    match inside.1 {
        "BALAMT" => match amount(value, statement.currency, at, "BALAMT") {
            Ok(amount) => *side(statement, inside.0) = Some(Balance { amount, date: *as_of }),
            Err(error) => statement.warnings.push(unread(error)),
        },
        // Zeros say that there is none.
        "DTASOF" if value.bytes().all(|b| b == b'0') => {}
        "DTASOF" => match date(value, at, "DTASOF") {
            Ok(date) => {
                *as_of = Some(date);
                if let Some(balance) = side(statement, inside.0) {
                    balance.date = Some(date);
                }
            }
            Err(error) => statement.warnings.push(unread(error)),
        },
        _ => {}
    }
}

fn side<'a>(statement: &'a mut BankStatement, aggregate: &str) -> &'a mut Option<Balance> {
    if aggregate == "LEDGERBAL" { &mut statement.closing } else { &mut statement.available }
}

fn amount(value: &str, currency: Option<CurrencyCode>, at: usize, field: &str) -> Result<Amount, FormatError> {
    let decimal = local_decimal(value).ok_or_else(|| FormatError::at(at, field, Reason::Amount(value.to_owned())))?;
    Ok(Amount::new(decimal, currency))
}

/// `20051029101003.123[-5:EST]`: the first eight digits are the day where the bank is.
fn date(value: &str, at: usize, field: &str) -> Result<Date, FormatError> {
    let number =
        |from: usize, to: usize| value.get(from..to).filter(|p| p.bytes().all(|b| b.is_ascii_digit()))?.parse().ok();
    let found = (|| {
        let (year, month, day): (i16, i16, i16) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
    })();
    found.ok_or_else(|| FormatError::at(at, field, Reason::Date(value.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>7</BANKACCTFROM>";
    const LINE: &str = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20240102<TRNAMT>-5.00<FITID>1</STMTTRN>";
    const END: &str = "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>";

    /// The statement, its warnings, and those of the file.
    fn only(text: &str) -> (BankStatement, Vec<String>) {
        let mut of_file = Vec::new();
        let statement = read(text.as_bytes(), &mut of_file).unwrap().remove(0);
        let all = statement.warnings.iter().chain(&of_file).map(ToString::to_string).collect();
        (statement, all)
    }

    fn with_balance(balance: &str) -> (BankStatement, Vec<String>) {
        only(&format!("{HEAD}{LINE}<LEDGERBAL>{balance}</LEDGERBAL>{END}"))
    }

    #[test]
    fn a_line_that_corrects_another_says_so() {
        let with = |action: &str| {
            let line = LINE.replace("<FITID>1", &format!("<FITID>2<CORRECTFITID>1<CORRECTACTION>{action}"));
            only(&format!("{HEAD}{LINE}{line}{END}"))
        };
        let (replaced, warnings) = with("REPLACE");
        assert_eq!(replaced.lines[1].status, Status::Booked);
        assert!(warnings[0].contains("this replaces the line with FITID 1"), "{warnings:?}");
        let (deleted, warnings) = with("DELETE");
        assert_eq!((deleted.lines[0].status, deleted.lines[1].status), (Status::Booked, Status::Information));
        assert!(warnings[0].contains("this takes back the line with FITID 1"), "{warnings:?}");
    }

    #[test]
    fn a_balance_that_cannot_be_read_takes_no_line_away() {
        let (statement, warnings) = with_balance("<BALAMT>10.00<DTASOF>00000000");
        assert_eq!((statement.lines.len(), statement.closing.unwrap().date), (1, None));
        assert_eq!(warnings, [""; 0]);
        let (statement, warnings) = with_balance("<BALAMT>R$ 5.326,43<DTASOF>20240131");
        assert_eq!((statement.lines.len(), statement.closing), (1, None));
        assert_eq!(
            warnings,
            ["line 1, BALAMT: `R$ 5.326,43` is not an amount, so the balance is left out or has no date"]
        );
        let (statement, warnings) = with_balance("<BALAMT>10.00<DTASOF>20240231");
        assert_eq!(statement.closing.unwrap().amount.to_string(), "10.00 EUR");
        assert_eq!(warnings, ["line 1, DTASOF: `20240231` is not a date, so the balance is left out or has no date"]);
    }

    #[test]
    fn the_day_of_a_balance_may_stand_first() {
        let (statement, _) = with_balance("<DTASOF>20240131<BALAMT>10.00");
        assert_eq!(statement.closing.unwrap().date.unwrap().to_string(), "2024-01-31");
    }

    #[test]
    fn a_point_is_no_amount() {
        let (statement, warnings) = only(&format!("{HEAD}{}{END}", LINE.replace("-5.00", ".")));
        assert_eq!(statement.lines[0].amount.unwrap().to_string(), "0 EUR");
        assert_eq!(statement.lines[0].status, Status::Information);
        assert_eq!(warnings, ["line 1, TRNAMT: `.` is no amount; the line is kept as information"]);
    }

    #[test]
    fn a_file_that_was_cut_behind_a_statement_says_so() {
        let (_, warnings) = only(&format!("{HEAD}{LINE}</STMTRS></STMTTRNRS>"));
        assert_eq!(warnings, ["line 1, OFX: the file ends without </OFX>, so something may be missing"]);
    }
}
