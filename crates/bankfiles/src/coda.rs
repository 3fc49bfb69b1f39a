//! CODA: the account statements of Belgian banks (Febelfin). Records of 128 columns: 0 opens a file, 1 a statement, 21 to
//! 23 are a line, 31 to 33 tell more about it, 4 is a free message, 8 closes the statement, 9 the file with its totals.
//!
//! A line that repeats part of another (a globalised one) becomes a detail of that one and is not counted twice.
//! The statement's account is that of record 8 where 1 and 8 differ; a warning says so. What the columns of a structured
//! communication mean is in `coda/communication.rs`.

mod communication;

use crate::fixed::{DateOrder::DayMonthYear, Record, records, squeezed};
use crate::{
    Amount, Balance, BankLine, BankStatement, CurrencyCode, Format, FormatError, Reason, Warning, WarningKind, text,
};
use communication::Communication;
use kernel::Decimal;

pub(crate) fn read(bytes: &[u8]) -> Result<Vec<BankStatement>, FormatError> {
    let text = text::decode(bytes);
    let mut reader = Reader::default();
    for record in records(&text) {
        reader.record(record)?;
    }
    reader.end_of_statement();
    if let Some(last) = reader.statements.last_mut().filter(|_| reader.in_file) {
        last.warnings.push(Warning::nowhere(WarningKind::NoTrailer));
    }
    if reader.statements.is_empty() { Err(FormatError::nowhere(Reason::Empty)) } else { Ok(reader.statements) }
}

#[derive(Debug, Default)]
struct Reader {
    statements: Vec<BankStatement>,
    header: Header,
    /// Between a record 0 and its record 9.
    in_file: bool,
    open: Option<BankStatement>,
    movement: Option<Movement>,
    /// Of this file: records 1 to 8, and the totals of its lines.
    records: u64,
    debits: Decimal,
    credits: Decimal,
}

#[derive(Debug, Default)]
struct Header {
    bank: Option<String>,
    is_duplicate: bool,
}

/// Records 21 to 33 of one line.
#[derive(Debug, Default)]
struct Movement {
    sequence: String,
    detail: String,
    line: BankLine,
    communication: Communication,
    more: String,
}

impl Reader {
    fn record(&mut self, record: Record<'_>) -> Result<(), FormatError> {
        match (record.columns(1, 1), self.in_file) {
            ("0", _) => return self.begin_file(record),
            ("9", true) => return self.end_of_file(record),
            ("1" | "2" | "3" | "4" | "8", true) => self.records += 1,
            _ => return Err(out_of_place(record)),
        }
        match (record.columns(1, 1), record.columns(2, 2)) {
            ("1", _) => {
                self.end_of_statement();
                self.open = Some(self.old_balance(record)?);
            }
            ("2", "1") => self.movement(record)?,
            ("2", "2") => second(record, self.of_line(record)?),
            ("2", "3") => third(record, self.of_line(record)?),
            ("3", "1" | "2" | "3") => information(record, self.of_line(record)?),
            ("4", _) => {
                self.end_of_movement();
                let message = record.filled(33, 112);
                self.statement(record)?.extras.set_some("message", message);
            }
            ("8", _) => self.new_balance(record)?,
            _ => return Err(out_of_place(record)),
        }
        Ok(())
    }

    fn begin_file(&mut self, record: Record<'_>) -> Result<(), FormatError> {
        self.end_of_statement();
        let version = record.columns(128, 128).trim();
        if !matches!(version, "1" | "2") {
            let reason = format!("its version is `{version}`, and the versions are 1 and 2");
            return Err(record.error("version", Reason::NotThisFormat("CODA", reason)));
        }
        self.header = Header { bank: record.filled(61, 71), is_duplicate: record.columns(17, 17) == "D" };
        (self.records, self.debits, self.credits) = (0, Decimal::ZERO, Decimal::ZERO);
        self.in_file = true;
        Ok(())
    }

    fn old_balance(&self, record: Record<'_>) -> Result<BankStatement, FormatError> {
        let mut statement = BankStatement::new(Format::Coda);
        let (account, currency) = account(record, record.columns(2, 2), 6);
        statement.account = account;
        statement.currency = currency;
        statement.bank = self.header.bank.clone();
        statement.number = record.filled(3, 5);
        statement.account_owner = record.filled(65, 90);
        let balance = amount(record, 43, currency)?;
        statement.opening = Some(Balance { amount: balance, date: record.date(59, DayMonthYear, "old balance date")? });
        if self.header.is_duplicate {
            let kind = WarningKind::Other("the bank marks this file as a duplicate".to_owned());
            statement.warnings.push(Warning::nowhere(kind));
        }
        Ok(statement)
    }

    fn new_balance(&mut self, record: Record<'_>) -> Result<(), FormatError> {
        self.end_of_movement();
        let statement = self.statement(record)?;
        // Record 8 does not say how its account is written: a Belgian number has a blank behind its twelve digits.
        let belgian = record.columns(5, 16).bytes().all(|b| b.is_ascii_digit()) && record.columns(17, 17) == " ";
        let structure = if belgian { "0" } else { "3" };
        let (account, currency) = account(record, structure, 5);
        let currency = currency.or(statement.currency);
        let closing = amount(record, 42, currency)?;
        statement.closing = Some(Balance { amount: closing, date: record.date(58, DayMonthYear, "new balance date")? });
        if let Some(account) = account.filter(|account| statement.account.as_ref() != Some(account)) {
            let opened = statement.account.replace(account.clone()).unwrap_or_default();
            let kind = WarningKind::Other(format!("the statement opens for account {opened} and closes for {account}"));
            statement.warnings.push(Warning::at(record.line, "account", kind));
        }
        Ok(())
    }

    fn statement(&mut self, record: Record<'_>) -> Result<&mut BankStatement, FormatError> {
        self.open.as_mut().ok_or_else(|| out_of_place(record))
    }

    fn movement(&mut self, record: Record<'_>) -> Result<(), FormatError> {
        self.end_of_movement();
        record.at_least(61)?;
        let statement = self.statement(record)?;
        let mut line = BankLine {
            at_line: record.line,
            booked_on: record.date(116, DayMonthYear, "entry date")?,
            value_on: record.date(48, DayMonthYear, "value date")?,
            amount: Some(amount(record, 32, statement.currency)?),
            reference: record.filled(11, 31),
            code: record.filled(54, 61),
            ..BankLine::default()
        };
        line.booked_on = line.booked_on.or(line.value_on);
        let communication = Communication::begin(record.columns(62, 62) == "1", record.columns(63, 115));
        let (sequence, detail) = (record.columns(3, 6).to_owned(), record.columns(7, 10).to_owned());
        self.movement = Some(Movement { sequence, detail, line, communication, more: String::new() });
        Ok(())
    }

    /// The line to which a record 22 to 33 belongs: it has the same numbers.
    fn of_line(&mut self, record: Record<'_>) -> Result<&mut Movement, FormatError> {
        let sequence = record.columns(3, 6);
        self.movement.as_mut().filter(|movement| movement.sequence == sequence).ok_or_else(|| out_of_place(record))
    }

    fn end_of_movement(&mut self) {
        let (Some(movement), Some(statement)) = (self.movement.take(), self.open.as_mut()) else { return };
        let Movement { sequence, detail, mut line, communication, more } = movement;
        communication.tell(&mut line.payment);
        line.payment.additional_info = line.payment.additional_info.take().or_else(|| squeezed(&more));
        // The first digit of the transaction code: 5 to 9 repeat part of the line with the same number.
        let repeats = line.code.as_deref().is_some_and(|code| code.starts_with(['5', '6', '7', '8', '9']));
        let parent = statement.lines.last_mut().filter(|parent| parent.extras.get("sequence") == Some(&sequence));
        match parent.filter(|_| repeats || detail != "0000") {
            Some(parent) => {
                line.payment.amount = line.amount;
                parent.details.push(line.payment);
            }
            None => {
                let amount = line.amount.map_or(Decimal::ZERO, |amount| amount.decimal);
                if amount.is_sign_negative() {
                    self.debits -= amount
                } else {
                    self.credits += amount
                }
                line.extras.set("sequence", sequence);
                line.extras.set("detail", detail);
                statement.add(line);
            }
        }
    }

    fn end_of_statement(&mut self) {
        self.end_of_movement();
        self.statements.extend(self.open.take());
    }

    /// Number of records, total of debits, total of credits.
    fn end_of_file(&mut self, record: Record<'_>) -> Result<(), FormatError> {
        self.end_of_statement();
        self.in_file = false;
        record.at_least(52)?;
        let currency = self.statements.last().and_then(|last| last.currency);
        let stated = u64::try_from(record.number(17, 22, "record count")?).unwrap_or(0);
        let mut found = Vec::new();
        if stated != self.records {
            found.push(WarningKind::Count { of: "the records of the file".to_owned(), stated, found: self.records });
        }
        for (side, from, sum) in [("debits", 23, self.debits), ("credits", 38, self.credits)] {
            let stated = Decimal::new(record.number(from, from + 14, side)?, 3);
            if stated.normalize() != sum.normalize() {
                let of = format!("the total of the {side}");
                let [stated, found_sum] = [stated, sum].map(|decimal| Amount::new(decimal.normalize(), currency));
                found.push(WarningKind::Total { of, stated, found: found_sum });
            }
        }
        let warnings = found.into_iter().map(|kind| Warning::at(record.line, "record 9", kind));
        if let Some(last) = self.statements.last_mut() {
            last.warnings.extend(warnings);
        }
        Ok(())
    }
}

fn out_of_place(record: Record<'_>) -> FormatError {
    record.error("record code", Reason::Unexpected(record.columns(1, 2).to_owned()))
}

/// Account and currency by the account structure: 0 Belgian number, 1 foreign number, 2 Belgian IBAN, 3 foreign IBAN.
fn account(record: Record<'_>, structure: &str, from: usize) -> (Option<String>, Option<CurrencyCode>) {
    let (last, currency) = match structure {
        "0" => (from + 11, from + 13),
        "2" => (from + 30, from + 34),
        _ => (from + 33, from + 34),
    };
    let account = record.columns(from, last).chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let currency = CurrencyCode::new(record.columns(currency, currency + 2));
    (text::filled(&account), currency)
}

/// A sign (0 credit, 1 debit) and twelve digits with three decimals.
fn amount(record: Record<'_>, sign: usize, currency: Option<CurrencyCode>) -> Result<Amount, FormatError> {
    let is_debit = match record.columns(sign, sign) {
        "0" => false,
        "1" => true,
        other => return Err(record.error("sign", Reason::Sign(other.to_owned()))),
    };
    let thousandths = record.number(sign + 1, sign + 15, "amount")?;
    Ok(Amount::new(Decimal::new(thousandths, 3).normalize(), currency).signed(is_debit))
}

fn second(record: Record<'_>, movement: &mut Movement) {
    movement.communication.add(record.columns(11, 63), 53);
    let payment = &mut movement.line.payment;
    payment.instruction_id = record.filled(64, 98);
    payment.counterparty.bank = record.filled(99, 109);
    let (return_type, reason) = (record.columns(113, 113).trim(), record.columns(114, 117).trim());
    let is_return = matches!(return_type, "1" | "2" | "3" | "4" | "5") && (reason.is_empty() || is_reason(reason));
    // Older versions of the format have a number of the bank in these columns.
    if is_return || (return_type.is_empty() && reason.is_empty()) {
        payment.return_reason = text::filled(reason);
        payment.purpose = record.filled(122, 125);
        movement.line.is_reversal = is_return;
    }
}

/// `AC06`: two letters and two digits, by ISO 20022.
fn is_reason(text: &str) -> bool {
    let (letters, digits) = text.as_bytes().split_at(text.len().min(2));
    letters.iter().all(u8::is_ascii_uppercase) && digits.len() == 2 && digits.iter().all(u8::is_ascii_digit)
}

fn third(record: Record<'_>, movement: &mut Movement) {
    movement.communication.add(record.columns(83, 125), 43);
    let party = &mut movement.line.payment.counterparty;
    // The account is followed by its currency, after blanks.
    let account = record.columns(11, 47);
    party.account = account.split_once("  ").map_or_else(|| text::filled(account), |(number, _)| text::filled(number));
    party.name = record.filled(48, 82);
}

/// Records 31 to 33: more about the line, in one text; a structured one (001) begins with the counterparty's name.
fn information(record: Record<'_>, movement: &mut Movement) {
    let more = match record.columns(2, 2) {
        "1" if record.columns(40, 43) == "1001" => {
            let name = &mut movement.line.payment.counterparty.name;
            *name = name.take().or_else(|| record.filled(44, 113));
            ""
        }
        "1" if record.columns(40, 40) == "1" => record.columns(44, 113),
        "1" => record.columns(41, 113),
        "2" => record.columns(11, 115),
        _ => record.columns(11, 100),
    };
    movement.more.push_str(more);
    movement.more.push(' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Return reason, purpose and whether it is taken back, by columns 113 to 125 of record 22.
    fn told(columns: &str) -> (Option<String>, Option<String>, bool) {
        let text = format!("22{}{columns}1 0", " ".repeat(110));
        let mut movement = Movement::default();
        second(Record { line: 1, text: &text }, &mut movement);
        let payment = &movement.line.payment;
        (payment.return_reason.clone(), payment.purpose.clone(), movement.line.is_reversal)
    }

    #[test]
    fn returns_and_purposes_are_believed_where_they_can_be() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(told("1AC06SALASALA"), (some("AC06"), some("SALA"), true));
        assert_eq!(told("3    SUPPSUPP"), (None, some("SUPP"), true));
        assert_eq!(told("         SALA"), (None, some("SALA"), false));
        assert_eq!(told("3206082500158"), (None, None, false));
        assert_eq!(told("6AC06    SALA"), (None, None, false));
        assert_eq!(told(" AC06    SALA"), (None, None, false));
    }
}
