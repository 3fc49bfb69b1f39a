//! The control totals and record counts of a BAI2 file: what its trailers say against what was read.
//!
//! A total is the sum of all amounts below it as they are written: balances, totals and lines alike, without regard to
//! debit and credit. Some banks leave the total empty; then there is nothing to compare.

use super::records::Record;
use crate::{Amount, CurrencyCode, FormatError, Reason, Warning, WarningKind, amount::plain_decimal};
use kernel::Decimal;

#[derive(Debug, Default)]
pub(super) struct Control {
    account: Level,
    group: Level,
    file: Level,
    closed: bool,
}

/// Sum of the amounts, number of parts, number of records, all of them below one trailer.
#[derive(Debug, Default, Clone, Copy)]
struct Level {
    sum: i64,
    parts: u64,
    records: u64,
}

impl Control {
    pub(super) fn count(&mut self, record: &Record) {
        self.closed = false;
        for level in [&mut self.account, &mut self.group, &mut self.file] {
            level.records += record.physical;
        }
        match record.code.as_str() {
            "02" => {
                self.group = Level { records: record.physical, ..Level::default() };
                self.file.parts += 1;
            }
            "03" => {
                self.account = Level { records: record.physical, ..Level::default() };
                self.group.parts += 1;
            }
            _ => {}
        }
    }

    /// Minor units as written; a decimal point stands in some files and is undone.
    pub(super) fn amount(&mut self, record: &Record, written: &str) -> Result<i64, FormatError> {
        let minor = minor(written).ok_or_else(|| record.error("amount", Reason::Amount(written.to_owned())))?;
        for level in [&mut self.account, &mut self.group, &mut self.file] {
            level.sum = level.sum.saturating_add(minor);
        }
        Ok(minor)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// 49: total, records.
    pub(super) fn end_account(
        &mut self,
        record: &Record,
        currency: Option<CurrencyCode>,
    ) -> Result<Vec<Warning>, FormatError> {
        let level = self.account;
        let mut fields = record.fields();
        let (total, records) = (fields.next(), fields.next());
        compared(record, "the account", level, (&total, None, &records), currency)
    }

    /// 98: total, accounts, records.
    pub(super) fn end_group(
        &mut self,
        record: &Record,
        currency: Option<CurrencyCode>,
    ) -> Result<Vec<Warning>, FormatError> {
        let level = self.group;
        let mut fields = record.fields();
        let [total, parts, records] = std::array::from_fn(|_| fields.next());
        compared(record, "the group", level, (&total, Some(("accounts", &parts)), &records), currency)
    }

    /// 99: total, groups, records.
    pub(super) fn end_file(
        &mut self,
        record: &Record,
        currency: Option<CurrencyCode>,
    ) -> Result<Vec<Warning>, FormatError> {
        let level = self.file;
        let mut fields = record.fields();
        let [total, parts, records] = std::array::from_fn(|_| fields.next());
        *self = Self { closed: true, ..Self::default() };
        compared(record, "the file", level, (&total, Some(("groups", &parts)), &records), currency)
    }
}

fn minor(written: &str) -> Option<i64> {
    let decimal = plain_decimal(written)?;
    let minor = if decimal.scale() == 0 { decimal } else { decimal.checked_mul(Decimal::ONE_HUNDRED)?.normalize() };
    minor.to_string().parse().ok()
}

type Stated<'s> = (&'s str, Option<(&'s str, &'s str)>, &'s str);

fn compared(
    record: &Record,
    of: &str,
    level: Level,
    (total, parts, records): Stated<'_>,
    currency: Option<CurrencyCode>,
) -> Result<Vec<Warning>, FormatError> {
    let mut found = Vec::new();
    if !total.trim().is_empty() {
        let stated = minor(total).ok_or_else(|| record.error("control total", Reason::Amount(total.to_owned())))?;
        if stated != level.sum {
            let [stated, sum] = [stated, level.sum].map(|minor| Amount::from_minor(minor, currency));
            found.push(WarningKind::Total { of: format!("the control total of {of}"), stated, found: sum });
        }
    }
    let counts = parts.map(|(name, count)| (name, count, level.parts)).into_iter();
    for (name, count, have) in counts.chain([("records", records, level.records)]) {
        match count.trim().parse::<u64>() {
            Ok(stated) if stated != have => {
                found.push(WarningKind::Count { of: format!("the {name} of {of}"), stated, found: have });
            }
            Ok(_) => {}
            Err(_) if count.trim().is_empty() => {}
            Err(_) => return Err(record.error(name, Reason::Amount(count.to_owned()))),
        }
    }
    Ok(found.into_iter().map(|kind| Warning::at(record.line, "control total", kind)).collect())
}
