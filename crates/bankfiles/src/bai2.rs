//! BAI2: the cash reports of North American banks. 01 file, 02 group (bank and day), 03 account with its balances, 16
//! line, 88 continues, 49, 98 and 99 close account, group and file with control totals and record counts.
//!
//! Amounts have no decimal point: the currency says how many decimals are meant. How records are cut out of the file, with
//! 88 joined to what it continues, is in `bai2/records.rs`; the totals are compared in `bai2/control.rs`.

mod control;
mod records;

use crate::{
    Amount, Balance, BankLine, BankStatement, CurrencyCode, Format, FormatError, NamedBalance, Reason, Status, Warning,
    WarningKind,
    fixed::{DateOrder::YearMonthDay, six_digit_date, squeezed},
    text,
};
use control::Control;
use kernel::Date;
use records::{Fields, Record};

pub(crate) fn read(bytes: &[u8]) -> Result<Vec<BankStatement>, FormatError> {
    let text = text::decode(bytes);
    let mut reader = Reader::default();
    for record in records::records(&text)? {
        reader.record(&record)?;
    }
    reader.close();
    if !reader.control.is_closed()
        && let Some(last) = reader.statements.last_mut()
    {
        last.warnings.push(Warning::nowhere(WarningKind::NoTrailer));
    }
    if reader.statements.is_empty() { Err(FormatError::nowhere(Reason::Empty)) } else { Ok(reader.statements) }
}

#[derive(Debug, Default)]
struct Reader {
    statements: Vec<BankStatement>,
    group: Option<Group>,
    open: Option<BankStatement>,
    control: Control,
}

#[derive(Debug, Clone)]
struct Group {
    day: Date,
    currency: CurrencyCode,
    /// 1 update, 2 deletion, 3 correction, 4 test.
    status: String,
}

impl Reader {
    fn record(&mut self, record: &Record) -> Result<(), FormatError> {
        self.control.count(record);
        match record.code.as_str() {
            "01" => {}
            "02" => self.group = Some(group(record)?),
            "03" => {
                self.close();
                let group = self.group.as_ref().ok_or_else(|| record.out_of_place())?;
                let statement = account(record, group, &mut self.control)?;
                self.open = Some(statement);
            }
            "16" => {
                let group = self.group.clone().ok_or_else(|| record.out_of_place())?;
                let statement = self.open.as_mut().ok_or_else(|| record.out_of_place())?;
                line(record, &group, statement, &mut self.control)?;
            }
            "49" => {
                let statement = self.open.as_mut().ok_or_else(|| record.out_of_place())?;
                let found = self.control.end_account(record, statement.currency)?;
                statement.warnings.extend(found);
                self.close();
            }
            "98" | "99" => {
                self.close();
                let currency = self.group.as_ref().map(|group| group.currency);
                let end = if record.code == "98" { Control::end_group } else { Control::end_file };
                let found = end(&mut self.control, record, currency)?;
                let last = self.statements.last_mut().ok_or_else(|| record.out_of_place())?;
                last.warnings.extend(found);
            }
            _ => return Err(record.out_of_place()),
        }
        Ok(())
    }

    fn close(&mut self) {
        self.statements.extend(self.open.take());
    }
}

fn group(record: &Record) -> Result<Group, FormatError> {
    let mut fields = record.fields();
    let [_receiver, _originator, status, day, _time, currency] = std::array::from_fn(|_| fields.next());
    let day = six_digit_date(&day, YearMonthDay).ok_or_else(|| record.error("as-of date", Reason::Date(day)))?;
    let currency = match currency.trim() {
        "" => CurrencyCode::from(kernel::Currency::USD),
        code => CurrencyCode::new(code).ok_or_else(|| record.error("currency", Reason::Currency(code.to_owned())))?,
    };
    Ok(Group { day, currency, status })
}

/// Record 03: number, currency, then type, amount, count and funds for each balance or total.
fn account(record: &Record, group: &Group, control: &mut Control) -> Result<BankStatement, FormatError> {
    let mut fields = record.fields();
    let [number, currency] = std::array::from_fn(|_| fields.next());
    let mut statement = BankStatement::new(Format::Bai2);
    statement.account = text::filled(&number);
    statement.currency = Some(match currency.trim() {
        "" => group.currency,
        code => CurrencyCode::new(code).ok_or_else(|| record.error("currency", Reason::Currency(code.to_owned())))?,
    });
    statement.extras.set("as_of", group.day.to_string());
    if let "2" | "4" = group.status.trim() {
        let what = if group.status.trim() == "2" { "takes an earlier report back" } else { "is a test" };
        let kind = WarningKind::Other(format!("the bank says that this report {what}; its lines are not booked"));
        statement.warnings.push(Warning::at(record.line, "group status", kind));
    }
    while !fields.is_empty() {
        let [code, amount, _count] = std::array::from_fn(|_| fields.next());
        skip_funds(record, &mut fields)?;
        if code.trim().is_empty() || amount.trim().is_empty() {
            continue;
        }
        let minor = control.amount(record, &amount)?;
        let balance = Balance { amount: Amount::from_minor(minor, statement.currency), date: Some(group.day) };
        match code.trim() {
            "010" => statement.opening = Some(Balance { date: None, ..balance }),
            "015" => statement.closing = Some(Balance { date: None, ..balance }),
            "045" => statement.available = Some(balance),
            _ => {}
        }
        statement.balances.push(NamedBalance { code: code.trim().to_owned(), balance });
    }
    Ok(statement)
}

/// Funds type and what it brings along; the value date if it is one.
fn skip_funds(record: &Record, fields: &mut Fields<'_>) -> Result<Option<Date>, FormatError> {
    match fields.next().trim() {
        "V" | "v" => {
            let [day, _time] = std::array::from_fn(|_| fields.next());
            let date = six_digit_date(day.trim(), YearMonthDay);
            match day.trim() {
                "" => Ok(None),
                day => date.map(Some).ok_or_else(|| record.error("value date", Reason::Date(day.to_owned()))),
            }
        }
        "S" | "s" => {
            (0..3).for_each(|_| drop(fields.next()));
            Ok(None)
        }
        "D" | "d" => {
            let count = fields.next();
            let count: usize = count.trim().parse().map_err(|_| record.error("funds", Reason::Amount(count)))?;
            for _ in 0..count.saturating_mul(2) {
                if fields.is_empty() {
                    break;
                }
                fields.next();
            }
            Ok(None)
        }
        "" | "Z" | "z" | "0" | "1" | "2" => Ok(None),
        other => Err(record.error("funds type", Reason::Unexpected(other.to_owned()))),
    }
}

/// Record 16: type, amount, funds, the bank's reference, the customer's reference, text.
fn line(
    record: &Record,
    group: &Group,
    statement: &mut BankStatement,
    control: &mut Control,
) -> Result<(), FormatError> {
    let mut fields = record.fields();
    let [code, amount] = std::array::from_fn(|_| fields.next());
    let side = side(code.trim()).ok_or_else(|| record.error("type", Reason::Unexpected(code.clone())))?;
    let minor = if amount.trim().is_empty() { 0 } else { control.amount(record, &amount)? };
    let amount = Amount::from_minor(minor, statement.currency);
    let mut line = BankLine {
        at_line: record.line,
        booked_on: Some(group.day),
        value_on: skip_funds(record, &mut fields)?,
        amount: Some(amount.signed(side == Side::Debit)),
        code: Some(code.trim().to_owned()),
        ..BankLine::default()
    };
    if side == Side::Information || matches!(group.status.trim(), "2" | "4") {
        line.status = Status::Information;
    }
    line.bank_reference = text::filled(&fields.next());
    line.reference = text::filled(&fields.next());
    line.payment.remittance = squeezed(&fields.rest());
    statement.add(line);
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Credit,
    Debit,
    Information,
}

/// What the three digits of a type say of the direction.
fn side(code: &str) -> Option<Side> {
    match code.parse::<u16>().ok().filter(|_| code.len() == 3)? {
        100..400 | 720..760 | 920..960 => Some(Side::Credit),
        400..700 | 760..800 | 960..1000 => Some(Side::Debit),
        _ => Some(Side::Information),
    }
}
