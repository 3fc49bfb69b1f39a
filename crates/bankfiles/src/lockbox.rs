//! BAI lockbox files: the cheques that a bank took out of a post-office box. 1 and 2 open the file, 5 a batch, 6 is a
//! cheque, 4 the invoices that it pays, 7, 8 and 9 close batch, lockbox and file with counts and totals.
//!
//! Every bank moves the columns a little, so they are not here but in a [`Layout`], a small TOML file. Each lockbox becomes
//! one statement without balances; a cheque is a line on the day of its deposit.

mod layout;

use crate::{
    Amount, BankLine, BankStatement, CurrencyCode, Format, FormatError, Reason, Warning, WarningKind,
    fixed::{Record, records},
    text,
};
use kernel::{Date, Decimal};
use layout::Columns;
pub use layout::{Layout, LayoutError};

pub(crate) fn read(bytes: &[u8], layout: Option<&Layout>) -> Result<Vec<BankStatement>, FormatError> {
    let text = text::decode(bytes);
    if let Some(layout) = layout {
        return Reader::new(layout).file(&text);
    }
    // The layout that reads the file with the fewest complaints.
    let mut best: Option<Result<Vec<BankStatement>, FormatError>> = None;
    let complaints = |read: &Result<Vec<BankStatement>, FormatError>| {
        read.as_ref().map_or(usize::MAX, |statements| statements.iter().map(|statement| statement.warnings.len()).sum())
    };
    for layout in layout::shipped() {
        let read = Reader::new(layout).file(&text);
        if best.as_ref().is_none_or(|best| complaints(&read) < complaints(best)) {
            best = Some(read);
        }
    }
    best.unwrap_or_else(|| Err(FormatError::nowhere(Reason::UnknownFormat)))
}

struct Reader<'l> {
    layout: &'l Layout,
    currency: Option<CurrencyCode>,
    statements: Vec<BankStatement>,
    deposit: Option<Date>,
    /// Cheques and their total since the last record 7, and since the last 8.
    batch: Sum,
    lockbox: Sum,
    records: u64,
    closed: bool,
}

#[derive(Debug, Default, Clone, Copy)]
struct Sum {
    checks: u64,
    minor: i64,
}

impl Sum {
    fn add(&mut self, minor: i64) {
        self.checks += 1;
        self.minor = self.minor.saturating_add(minor);
    }
}

impl<'l> Reader<'l> {
    fn new(layout: &'l Layout) -> Self {
        let currency = CurrencyCode::new(&layout.currency);
        let (batch, lockbox) = (Sum::default(), Sum::default());
        Self { layout, currency, statements: Vec::new(), deposit: None, batch, lockbox, records: 0, closed: false }
    }

    fn file(mut self, text: &str) -> Result<Vec<BankStatement>, FormatError> {
        for record in records(text) {
            self.records += 1;
            self.record(record)?;
        }
        // A day without cheques is a statement without lines.
        if self.statements.is_empty() {
            self.begin(None);
        }
        if let Some(last) = self.statements.last_mut().filter(|_| !self.closed) {
            last.warnings.push(Warning::nowhere(WarningKind::NoTrailer));
        }
        if self.records == 0 { Err(FormatError::nowhere(Reason::Empty)) } else { Ok(self.statements) }
    }

    fn record(&mut self, record: Record<'_>) -> Result<(), FormatError> {
        match record.columns(1, 1) {
            "1" if self.records == 1 => {}
            "2" | "3" if !self.closed => {}
            "5" => {
                self.begin_batch(record)?;
            }
            "6" => self.check(record)?,
            "4" => self.overflow(record)?,
            "7" => {
                let sum = std::mem::take(&mut self.batch);
                self.compare(record, "the batch", sum, (self.layout.batch.checks, self.layout.batch.total))?;
            }
            "8" => {
                let sum = std::mem::take(&mut self.lockbox);
                self.compare(record, "the lockbox", sum, (self.layout.total.checks, self.layout.total.total))?;
            }
            "9" => self.end_of_file(record)?,
            code => return Err(record.error("record code", Reason::Unexpected(code.to_owned()))),
        }
        Ok(())
    }

    /// Record 5; a lockbox that goes on with its next batch stays the same statement.
    fn begin_batch(&mut self, record: Record<'_>) -> Result<(), FormatError> {
        let header = &self.layout.header;
        self.deposit = self.date(record, header.date, &self.layout.dates)?;
        let lockbox = header.lockbox.and_then(|columns| columns.of(record));
        let same = |last: &BankStatement| last.extras.get("lockbox") == lockbox.as_deref();
        if !self.statements.last().is_some_and(same) {
            self.begin(lockbox);
        }
        Ok(())
    }

    fn begin(&mut self, lockbox: Option<String>) {
        let mut statement = BankStatement::new(Format::Lockbox);
        statement.currency = self.currency;
        statement.extras.set_some("lockbox", lockbox);
        self.statements.push(statement);
    }

    fn check(&mut self, record: Record<'_>) -> Result<(), FormatError> {
        let layout = &self.layout.check;
        record.at_least(layout.amount.1)?;
        let minor = record.number(layout.amount.0, layout.amount.1, "amount")?;
        let (deposit, currency) = (self.deposit, self.currency);
        let cheque_date = self.date(record, layout.date, &self.layout.cheque_dates)?;
        let Some(statement) = self.statements.last_mut() else {
            return Err(record.error("record code", Reason::Unexpected("6".to_owned())));
        };
        let number = layout.number.and_then(|columns| columns.of(record)).map(|number| unpadded(&number));
        let mut line = BankLine {
            at_line: record.line,
            booked_on: deposit.or(cheque_date),
            amount: Some(Amount::from_minor(minor, currency)),
            reference: number.clone(),
            ..BankLine::default()
        };
        line.payment.cheque_number = number;
        let party = &mut line.payment.counterparty;
        party.name = layout.remitter.and_then(|columns| columns.of(record));
        party.account = layout.account.and_then(|columns| columns.of(record));
        party.bank = layout.routing.and_then(|columns| columns.of(record));
        line.extras.set_some("payee", layout.payee.and_then(|columns| columns.of(record)));
        line.extras.set_some("cheque_date", cheque_date.map(|date| date.to_string()));
        line.extras.set_some("batch_number", layout.batch.and_then(|columns| columns.of(record)));
        line.extras.set_some("item", layout.item.and_then(|columns| columns.of(record)));
        statement.add(line);
        self.batch.add(minor);
        self.lockbox.add(minor);
        Ok(())
    }

    /// Record 4: what the cheque before it pays.
    fn overflow(&mut self, record: Record<'_>) -> Result<(), FormatError> {
        let layout = &self.layout.overflow;
        let line = self.statements.last_mut().and_then(|statement| statement.lines.last_mut());
        let line = line.ok_or_else(|| record.error("record code", Reason::Unexpected("4".to_owned())))?;
        let Some(document) = layout.document.of(record) else { return Ok(()) };
        let text = match layout.amount.and_then(|columns| columns.of(record)) {
            Some(minor) if minor.trim_start_matches('0').bytes().all(|b| b.is_ascii_digit()) => {
                let amount =
                    Decimal::from_str_exact(&minor).map(|minor| Amount::new(minor / Decimal::ONE_HUNDRED, None));
                amount.map_or_else(|_| document.clone(), |amount| format!("{document} {amount}"))
            }
            _ => document.clone(),
        };
        let remittance = &mut line.payment.remittance;
        *remittance = Some(remittance.take().map_or_else(|| text.clone(), |before| format!("{before} {text}")));
        line.payment.documents.push(document);
        Ok(())
    }

    fn end_of_file(&mut self, record: Record<'_>) -> Result<(), FormatError> {
        self.closed = true;
        let Some(columns) = self.layout.trailer.records else { return Ok(()) };
        let stated = u64::try_from(record.number(columns.0, columns.1, "record count")?).unwrap_or(0);
        let found = self.records;
        if let Some(last) = self.statements.last_mut().filter(|_| stated != found) {
            let kind = WarningKind::Count { of: "the records of the file".to_owned(), stated, found };
            last.warnings.push(Warning::at(record.line, "record count", kind));
        }
        Ok(())
    }

    fn compare(
        &mut self,
        record: Record<'_>,
        of: &str,
        sum: Sum,
        (checks, total): (Option<Columns>, Option<Columns>),
    ) -> Result<(), FormatError> {
        let number = |columns: Option<Columns>| match columns {
            Some(Columns(from, to)) if !record.columns(from, to).trim().is_empty() => {
                record.number(from, to, of).map(Some)
            }
            _ => Ok(None),
        };
        let (checks, total) = (number(checks)?, number(total)?);
        let Some(last) = self.statements.last_mut() else { return Ok(()) };
        if let Some(stated) = checks.and_then(|count| u64::try_from(count).ok()).filter(|&count| count != sum.checks) {
            let kind = WarningKind::Count { of: format!("the cheques of {of}"), stated, found: sum.checks };
            last.warnings.push(Warning::at(record.line, of, kind));
        }
        if let Some(stated) = total.filter(|&total| total != sum.minor) {
            let [stated, found] = [stated, sum.minor].map(|minor| Amount::from_minor(minor, self.currency));
            let kind = WarningKind::Total { of: format!("the total of {of}"), stated, found };
            last.warnings.push(Warning::at(record.line, of, kind));
        }
        Ok(())
    }

    fn date(&self, record: Record<'_>, columns: Option<Columns>, order: &str) -> Result<Option<Date>, FormatError> {
        let Some(Columns(from, _)) = columns else { return Ok(None) };
        record.date(from, layout::order(order), "date")
    }
}

/// A number without the zeros that fill its columns.
fn unpadded(number: &str) -> String {
    let bare = number.trim_start_matches('0');
    if bare.is_empty() { number.to_owned() } else { bare.to_owned() }
}
