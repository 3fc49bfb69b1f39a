//! CFONB 120: the account statements of French banks. Records of 120 columns: 01 opens an account, 04 is a line, 05 says
//! more about the line before, 07 closes the account.
//!
//! The last digit of an amount carries the sign. A record out of its order, and a statement without its end, are refused:
//! lines would be missing and nobody would see it.

use crate::fixed::{DateOrder::DayMonthYear, Record, records, squeezed};
use crate::{
    Amount, Balance, BankLine, BankStatement, CurrencyCode, Exchange, Format, FormatError, Reason, Warning,
    WarningKind, text,
};
use kernel::{Decimal, check_digits::modulo_97};

pub(crate) fn read(bytes: &[u8]) -> Result<Vec<BankStatement>, FormatError> {
    let text = text::decode(bytes);
    let mut statements = Vec::new();
    let mut open: Option<BankStatement> = None;
    for record in records(&text).flat_map(pieces) {
        match (record.columns(1, 2), &mut open) {
            ("01", None) => open = Some(opening(record)?),
            ("04", Some(statement)) => statement.add(line(record)?),
            ("05", Some(statement)) => {
                let line = statement.lines.last_mut().ok_or_else(|| out_of_place(record))?;
                complement(record, line)?;
            }
            ("07", Some(_)) => {
                let mut statement = open.take().ok_or_else(|| out_of_place(record))?;
                close(record, &mut statement)?;
                statements.push(statement);
            }
            _ => return Err(out_of_place(record)),
        }
    }
    match (open, statements.is_empty()) {
        (Some(statement), _) => {
            let account = statement.account.unwrap_or_default();
            Err(FormatError::nowhere(Reason::Truncated(format!("the statement of account {account}"))))
        }
        (None, true) => Err(FormatError::nowhere(Reason::Empty)),
        (None, false) => Ok(statements),
    }
}

const WIDTH: usize = 120;

/// Where the shortest record has its last code.
const QUALIFIER: usize = 48;

/// The records of a line without line ends between them, numbered as if each had a line of its own; else the line itself.
fn pieces(record: Record<'_>) -> impl Iterator<Item = Record<'_>> {
    let is_record = |piece: Record<'_>| {
        matches!(piece.columns(1, 2), "01" | "04" | "05" | "07") && piece.text.trim_end().chars().count() >= QUALIFIER
    };
    let is_joined = record.text.len() > WIDTH && steps(record).all(is_record);
    let whole = (!is_joined).then_some(record);
    whole.into_iter().chain(steps(record).filter(move |_| is_joined))
}

fn steps(record: Record<'_>) -> impl Iterator<Item = Record<'_>> {
    let (mut rest, mut line) = (record.text.trim_end(), record.line);
    std::iter::from_fn(move || {
        let end = rest.char_indices().nth(WIDTH).map_or(rest.len(), |(at, _)| at);
        let text = rest.get(..end).filter(|text| !text.is_empty())?;
        rest = &rest[end..];
        let piece = Record { line, text };
        line += 1;
        Some(piece)
    })
}

fn out_of_place(record: Record<'_>) -> FormatError {
    record.error("record code", Reason::Unexpected(record.columns(1, 2).to_owned()))
}

fn opening(record: Record<'_>) -> Result<BankStatement, FormatError> {
    let mut statement = BankStatement::new(Format::Cfonb120);
    let [bank, branch, account] = [record.columns(3, 7), record.columns(12, 16), record.columns(22, 32)];
    statement.account = text::filled(account);
    statement.bank = text::filled(bank);
    statement.extras.set_some("branch", text::filled(branch));
    statement.extras.set_some("iban", iban(bank, branch, account));
    statement.opening = Some(balance(record)?);
    statement.currency = statement.opening.and_then(|opening| opening.amount.currency);
    Ok(statement)
}

/// The IBAN of a French account from bank, branch and number; its letters count as the digits of their key on a telephone.
fn iban(bank: &str, branch: &str, account: &str) -> Option<String> {
    let digit = |c: char| match c {
        '0'..='9' => Some(c),
        'A'..='I' => char::from_digit(u32::from(c) - u32::from('A') + 1, 10),
        'J'..='R' => char::from_digit(u32::from(c) - u32::from('J') + 1, 10),
        'S'..='Z' => char::from_digit(u32::from(c) - u32::from('S') + 2, 10),
        _ => None,
    };
    let number = format!("{bank}{branch}{account}");
    let digits: Option<String> = number.chars().map(digit).collect();
    let digits = digits.filter(|digits| digits.len() == 21)?;
    let key = 97 - modulo_97(&format!("{digits}00"));
    let account = format!("{number}{key:02}");
    Some(format!("FR{:02}{account}", 98 - modulo_97(&format!("{account}FR00"))))
}

fn balance(record: Record<'_>) -> Result<Balance, FormatError> {
    record.at_least(104)?;
    Ok(Balance { amount: amount(record)?, date: Some(record.needed_date(35, DayMonthYear, "date")?) })
}

/// Currency, number of decimals and signed amount stand in the same columns of 01, 04 and 07.
fn amount(record: Record<'_>) -> Result<Amount, FormatError> {
    let currency = record.columns(17, 19);
    let code =
        CurrencyCode::new(currency).ok_or_else(|| record.error("currency", Reason::Currency(currency.to_owned())))?;
    let places = match record.columns(20, 20) {
        " " => 2,
        _ => record.number(20, 20, "decimals")?,
    };
    let written = record.columns(91, 104);
    let value = overpunched(written).ok_or_else(|| record.error("amount", Reason::Amount(written.to_owned())))?;
    Ok(Amount::new(Decimal::new(value, u32::try_from(places).unwrap_or(2)), Some(code)))
}

/// `{` and `A` to `I` end a credit with 0 to 9, `}` and `J` to `R` a debit.
fn overpunched(written: &str) -> Option<i64> {
    let written = written.trim();
    let (last_at, last) = written.char_indices().last()?;
    let (digit, is_debit) = match last {
        '0'..='9' => (u32::from(last) - u32::from('0'), false),
        '{' => (0, false),
        'A'..='I' => (u32::from(last) - u32::from('A') + 1, false),
        '}' => (0, true),
        'J'..='R' => (u32::from(last) - u32::from('J') + 1, true),
        _ => return None,
    };
    let body = &written[..last_at];
    if !body.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: i64 = format!("{body}{digit}").parse().ok()?;
    Some(if is_debit { -value } else { value })
}

fn line(record: Record<'_>) -> Result<BankLine, FormatError> {
    record.at_least(104)?;
    let entry_number = record.filled(82, 88);
    let mut line = BankLine {
        at_line: record.line,
        booked_on: Some(record.needed_date(35, DayMonthYear, "booking date")?),
        value_on: record.date(43, DayMonthYear, "value date")?,
        amount: Some(amount(record)?),
        reference: record.filled(105, 120).or(entry_number),
        code: record.filled(33, 34),
        ..BankLine::default()
    };
    line.payment.remittance = record.filled(49, 79);
    line.payment.return_reason = record.filled(41, 42);
    line.is_reversal = line.payment.return_reason.is_some();
    line.extras.set_some("bank_code", record.filled(8, 11));
    Ok(line)
}

/// What record 05 adds, by its qualifier.
fn complement(record: Record<'_>, line: &mut BankLine) -> Result<(), FormatError> {
    let (first, second, all) = (record.filled(49, 83), record.filled(84, 118), record.filled(49, 118));
    let is_credit = line.amount.is_none_or(|amount| amount.decimal >= Decimal::ZERO);
    let payment = &mut line.payment;
    match record.columns(46, 48).trim() {
        "NPY" if is_credit => payment.counterparty.name = all,
        "NBE" if !is_credit => payment.counterparty.name = all,
        "NPO" | "NBU" => payment.ultimate_counterparty = all,
        "NPY" | "NBE" => payment.counterparty.name = payment.counterparty.name.take().or(all),
        "CPY" | "CBE" => payment.counterparty.account = first,
        "LIB" | "LCC" | "LC2" | "LCS" => append(&mut payment.remittance, record.columns(49, 118)),
        "RCN" => {
            payment.end_to_end_id = first;
            payment.purpose = second;
        }
        "REF" => payment.transaction_id = first,
        "RUM" => payment.mandate_id = first,
        "IBE" if !is_credit => payment.creditor_id = first,
        "MMO" => payment.exchange = Some(original(record)?),
        "" => {}
        _ => append(&mut payment.additional_info, record.columns(49, 118)),
    }
    Ok(())
}

fn append(text: &mut Option<String>, more: &str) {
    *text = squeezed(&format!("{} {more}", text.as_deref().unwrap_or_default()));
}

/// The amount in the currency in which it was sent: currency, decimals, 14 digits.
fn original(record: Record<'_>) -> Result<Exchange, FormatError> {
    let currency = CurrencyCode::new(record.columns(49, 51));
    let Some(digits) = record.filled(53, 66) else { return Ok(Exchange::default()) };
    let value = overpunched(&digits).ok_or_else(|| record.error("original amount", Reason::Amount(digits.clone())))?;
    let places = record.columns(52, 52).parse().unwrap_or(2);
    Ok(Exchange { instructed: Some(Amount::new(Decimal::new(value, places), currency)), ..Exchange::default() })
}

fn close(record: Record<'_>, statement: &mut BankStatement) -> Result<(), FormatError> {
    let account = record.columns(22, 32).trim();
    let opened = statement.account.as_deref().unwrap_or_default();
    if account != opened {
        return Err(record.error("account", Reason::Unexpected(account.to_owned())));
    }
    let closing = balance(record)?;
    if closing.amount.currency != statement.currency {
        let kind = WarningKind::Other(format!("the account is closed in another currency: {}", closing.amount));
        statement.warnings.push(Warning::at(record.line, "currency", kind));
    }
    statement.closing = Some(closing);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digit_carries_the_sign() {
        for (written, value) in
            [("0000000001904}", -19_040), ("0000000166956E", 1_669_565), ("12A", 121), ("07{", 70), ("5", 5)]
        {
            assert_eq!(overpunched(written), Some(value), "{written}");
        }
        assert_eq!([overpunched(""), overpunched("1é"), overpunched("1-2A")], [None; 3]);
    }

    #[test]
    fn records_without_line_ends_are_read_in_steps() {
        let texts = |text: &str| {
            let found: Vec<_> = pieces(Record { line: 3, text }).map(|piece| (piece.line, piece.text.len())).collect();
            found
        };
        let record = |code: &str| format!("{code:<47}X{:<72}", "");
        let joined = format!("{}{}{}", record("01"), record("04"), record("07"));
        assert_eq!(texts(&joined), [(3, 120), (4, 120), (5, 48)]);
        assert_eq!(texts(&record("04")), [(3, 120)]);
        assert_eq!(texts(&format!("{}remark", record("04"))), [(3, 126)]);
        assert_eq!(texts(&format!("{}05", record("04"))), [(3, 122)]);
        assert_eq!(texts(&joined.replace("04", "99")), [(3, 360)]);
    }

    #[test]
    fn the_iban_of_a_french_account() {
        // The registry's example, and an account with a letter.
        assert_eq!(iban("20041", "01005", "0500013M026").as_deref(), Some("FR1420041010050500013M02606"));
        assert_eq!(iban("30006", "00001", "12345678901").as_deref(), Some("FR7630006000011234567890189"));
        assert_eq!(iban("30006", "     ", "12345678901"), None);
    }
}
