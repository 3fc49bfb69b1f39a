//! A bank's statement to our rows: one row per line, or one per payment of a batch whose payments are all told.
//!
//! What is not money (information) is left out and counted; what is not booked is kept as pending.

use super::{
    BankLineRow, BankStatementRow, DueTimes, ReceiveFile, ReceivedStatement, reading::Statements, refused,
    returned::is_return,
};
use crate::{
    context::{Work, new_id},
    error::Result,
};
use bankfiles::{
    Amount, BankLine, BankStatement, CurrencyCode, Details, Format, Status,
    references::{ReferenceKind, StructuredReference},
};
use domain::bank::{Arrival, BankRefusal, LineState, on_arrival, splits};
use kernel::{BankFileId, BankLineId, Currency, Date, Money};
use serde_json::json;
use std::collections::HashSet;
use store::{Json, companies::BankAccountRow};

/// A file on its way into the database.
pub(super) struct Taken {
    pub file: BankFileId,
    pub statements: Vec<Told>,
}

/// One statement of it.
pub(super) struct Told {
    pub row: BankStatementRow,
    pub entries: Vec<Entry>,
    pub warnings: Vec<String>,
}

/// One line of the bank: its row, or the rows of its payments.
pub(super) struct Entry {
    pub rows: Vec<BankLineRow>,
    pub fate: Fate,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    New,
    Known,
    /// These were pending, row by row, and are booked now.
    Books(Vec<BankLineId>),
    /// These said the same in less detail.
    Replaces(Vec<BankLineId>),
}

impl Taken {
    /// Lines of entries that are so.
    pub fn count(&self, is_so: impl Fn(&Entry) -> bool) -> usize {
        let entries = self.statements.iter().flat_map(|told| &told.entries);
        entries.filter(|entry| is_so(entry)).map(|entry| entry.rows.len()).sum()
    }
}

impl Told {
    pub fn new_lines(&self) -> usize {
        self.entries.iter().filter(|entry| entry.is_new()).map(|entry| entry.rows.len()).sum()
    }

    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.row.currency)
    }

    pub fn row(&self) -> BankStatementRow {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let lines = self.entries.iter().map(|entry| entry.rows.len()).sum();
        let (lines, new_lines) = (count(lines), count(self.new_lines()));
        BankStatementRow { lines, new_lines, warnings: Json(json!(self.warnings)), ..self.row.clone() }
    }

    pub fn shown(&self, account: &BankAccountRow) -> ReceivedStatement {
        let row = &self.row;
        ReceivedStatement {
            bank_account: account.id,
            account_name: account.name.clone(),
            number: row.number.clone(),
            currency: row.currency,
            opens_on: row.opens_on,
            closes_on: row.closes_on,
            opening_minor: row.opening_minor,
            closing_minor: row.closing_minor,
            lines: self.entries.iter().map(|entry| entry.rows.len()).sum(),
            new_lines: self.new_lines(),
            warnings: self.warnings.clone(),
        }
    }
}

impl Entry {
    pub fn is_new(&self) -> bool {
        matches!(self.fate, Fate::New | Fate::Replaces(_))
    }

    pub fn is_booked_now(&self) -> bool {
        matches!(self.fate, Fate::Books(_))
    }

    /// The rows that are to be inserted.
    pub fn fresh(self) -> Vec<BankLineRow> {
        if self.is_new() { self.rows } else { vec![] }
    }

    pub fn replaced(&self) -> Vec<BankLineId> {
        match &self.fate {
            Fate::Replaces(ids) => ids.clone(),
            Fate::New | Fate::Known | Fate::Books(_) => vec![],
        }
    }

    /// Pending rows and what they say now.
    pub fn booked(&self) -> impl Iterator<Item = (BankLineId, &BankLineRow)> {
        let ids: &[BankLineId] = if let Fate::Books(ids) = &self.fate { ids } else { &[] };
        ids.iter().copied().zip(&self.rows)
    }

    pub fn total(&self) -> i64 {
        self.rows.iter().map(|row| row.amount_minor).sum()
    }
}

/// Every statement of the file as rows.
pub(super) fn taken(
    work: &Work,
    file: &ReceiveFile,
    read: &Statements,
    (accounts, due_times): (&[BankAccountRow], &DueTimes),
) -> Result<Taken> {
    let file_id = new_id();
    let (mut statements, mut seen) = (Vec::with_capacity(accounts.len()), HashSet::new());
    let each = read.statements.iter().zip(&read.fingerprints).zip(accounts).zip(1_i64..);
    for (((statement, fingerprints), account), place) in each {
        let row = statement_row(work, (file_id, place), statement, account);
        let warnings = statement.warnings.iter().map(ToString::to_string).collect();
        let mut told = Told { row, entries: vec![], warnings };
        let mut left_out = 0_usize;
        for (line, fingerprint) in statement.lines.iter().zip(fingerprints) {
            let fingerprint = fingerprint.to_string();
            // A page that the file repeats is the same page.
            if !seen.insert((account.id, fingerprint.clone())) {
                continue;
            }
            let writer = Writer { work, file, format: read.format, told: &told.row, account, due_times };
            match writer.entry(line, &fingerprint)? {
                Some(entry) => told.entries.push(entry),
                None => left_out += 1,
            }
        }
        if left_out > 0 {
            told.warnings.push(format!("{left_out} lines are for information only and were left out"));
        }
        statements.push(told);
    }
    Ok(Taken { file: file_id, statements })
}

fn statement_row(
    work: &Work,
    (file_id, place): (BankFileId, i64),
    statement: &BankStatement,
    account: &BankAccountRow,
) -> BankStatementRow {
    let minor = |amount: Amount| in_currency(amount, account.currency).map(Money::minor);
    let days = || statement.lines.iter().filter_map(|line| line.booked_on.or(line.value_on));
    BankStatementRow {
        company_id: work.company_id(),
        id: new_id(),
        file_id,
        bank_account_id: account.id,
        place,
        number: statement.number.clone().or_else(|| statement.id.clone()),
        currency: account.currency,
        opens_on: statement.opening.and_then(|opening| opening.date).or_else(|| days().min()),
        closes_on: statement.closing.and_then(|closing| closing.date).or_else(|| days().max()),
        opening_minor: statement.opening.and_then(|opening| minor(opening.amount)),
        closing_minor: statement.closing.and_then(|closing| minor(closing.amount)),
        lines: 0,
        new_lines: 0,
        warnings: Json(json!([])),
    }
}

/// A format without currencies means the account's.
fn in_currency(amount: Amount, currency: Currency) -> Option<Money> {
    Amount::new(amount.decimal, amount.currency.or(Some(CurrencyCode::from(currency)))).money()
}

struct Writer<'a> {
    work: &'a Work,
    file: &'a ReceiveFile,
    format: Format,
    told: &'a BankStatementRow,
    account: &'a BankAccountRow,
    due_times: &'a DueTimes,
}

impl Writer<'_> {
    /// `None` for what is no money.
    fn entry(&self, line: &BankLine, fingerprint: &str) -> Result<Option<Entry>> {
        let Some(amount) = line.amount.filter(|_| line.status != Status::Information) else { return Ok(None) };
        let too_large = || refused("file", &BankRefusal::TooLarge { name: self.file.name.clone(), line: line.at_line });
        let whole = in_currency(amount, self.account.currency).ok_or_else(too_large)?;
        let part = |details: &Details| Some(in_currency(details.amount?, self.account.currency)?.minor());
        let parts: Vec<Option<i64>> = line.details.iter().map(part).collect();
        let rows = if splits(whole.minor(), &parts) {
            let payments = line.details.iter().zip(parts.into_iter().flatten()).zip(1_i64..);
            payments.map(|((payment, minor), part)| self.row(line, fingerprint, part, (minor, &[payment]))).collect()
        } else {
            let payments: Vec<&Details> = std::iter::once(&line.payment).chain(&line.details).collect();
            vec![self.row(line, fingerprint, 0, (whole.minor(), &payments))]
        };
        Ok(Some(Entry { rows, fate: Fate::New }))
    }

    fn row(&self, line: &BankLine, fingerprint: &str, part: i64, of: (i64, &[&Details])) -> BankLineRow {
        let (amount_minor, payments) = of;
        let first = |pick: fn(&Details) -> &Option<String>| payments.iter().find_map(|payment| pick(payment).clone());
        let is_return = is_return(self.format, line, payments);
        let (state, exception) =
            on_arrival(Arrival { amount_minor, is_booked: line.status == Status::Booked, is_return });
        let instructed = payments.iter().find_map(|payment| self.instructed(payment, amount_minor));
        BankLineRow {
            company_id: self.work.company_id(),
            id: new_id(),
            file_id: self.told.file_id,
            statement_id: self.told.id,
            bank_account_id: self.account.id,
            fingerprint: fingerprint.to_owned(),
            part,
            place: i64::try_from(line.at_line).unwrap_or(i64::MAX),
            booked_on: line.booked_on,
            value_on: self.value_day(line),
            is_booked: line.status == Status::Booked,
            currency: self.account.currency,
            amount_minor,
            instructed_minor: instructed.map(Money::minor),
            instructed_currency: instructed.map(Money::currency),
            charges_minor: self.charges(payments),
            payer_name: first(|payment| &payment.counterparty.name).or(first(|payment| &payment.ultimate_counterparty)),
            payer_account: first(|payment| &payment.counterparty.account),
            text: text(line, payments),
            structured_reference: structured(self.account, payments),
            end_to_end_id: first(|payment| &payment.end_to_end_id).filter(|id| !is_filler(id)),
            mandate_id: first(|payment| &payment.mandate_id),
            bank_reference: line.bank_reference.clone().or(first(|payment| &payment.bank_reference)),
            code: line.code.clone(),
            return_reason: first(|payment| &payment.return_reason),
            is_return,
            state,
            exception,
            owner_id: None,
            note: None,
            due_at: exception
                .filter(|_| state == LineState::Open)
                .map(|exception| self.due_times.of_exception(exception)),
            held_by: None,
            held_until: None,
            received_at: self.work.now,
            decided_at: None,
            posted_at: None,
            version: 1,
        }
    }

    fn value_day(&self, line: &BankLine) -> Date {
        let told = line.value_on.or(line.booked_on).or(self.told.closes_on).or(self.told.opens_on);
        told.unwrap_or(self.work.today)
    }

    /// What the payer sent, where it is another amount than arrived.
    fn instructed(&self, payment: &Details, amount_minor: i64) -> Option<Money> {
        let sent = payment.exchange.as_ref()?.instructed?.money()?;
        let arrived = Money::new(amount_minor, self.account.currency);
        (sent.currency() != arrived.currency() || sent.minor() != arrived.minor()).then_some(sent)
    }

    /// What the bank took out of the amount before it arrived.
    fn charges(&self, payments: &[&Details]) -> i64 {
        let taken = payments.iter().flat_map(|payment| &payment.charges).filter(|charge| charge.is_included);
        let minor = taken.filter_map(|charge| in_currency(charge.amount, self.account.currency));
        minor
            .filter(|money| money.currency() == self.account.currency)
            .map(Money::minor)
            .filter(|minor| *minor > 0)
            .sum()
    }
}

/// Longer than any format allows for one payment.
const MOST_TEXT: usize = 4_000;

/// Everything in which a payer can name what is paid.
fn text(line: &BankLine, payments: &[&Details]) -> String {
    let mut text = String::new();
    let mut add = |part: &str| {
        let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
        if part.is_empty() || is_filler(&part) || text.contains(&part) {
            return;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&part);
    };
    for payment in payments {
        payment.remittance.iter().for_each(|part| add(part));
        payment.structured_references.iter().chain(&payment.documents).for_each(|part| add(part));
        payment.ultimate_counterparty.iter().for_each(|part| add(part));
        // Beside a text it is the bank's own: of use where it says what was kept.
        let is_of_use = |info: &&String| payment.remittance.is_none() || matching::speaks_of_charges(info);
        payment.additional_info.iter().filter(is_of_use).for_each(|part| add(part));
    }
    line.reference.iter().for_each(|part| add(part));
    let end = text.char_indices().nth(MOST_TEXT).map_or(text.len(), |(at, _)| at);
    text.truncate(end);
    text
}

/// The first reference whose check digits fit. Finnish and Norwegian ones have one digit only and count on accounts there.
fn structured(account: &BankAccountRow, payments: &[&Details]) -> Option<String> {
    let country = account.iban.as_deref().and_then(|iban| iban.get(..2)).unwrap_or_default();
    let counts = |kind: &ReferenceKind| match kind {
        ReferenceKind::Finnish => country == "FI",
        ReferenceKind::NorwegianKid => country == "NO",
        ReferenceKind::CreditorReference | ReferenceKind::SwissQr | ReferenceKind::Belgian => true,
    };
    let read = |written: &String| {
        ReferenceKind::ALL.iter().filter(|kind| counts(kind)).find_map(|kind| StructuredReference::of(*kind, written))
    };
    let found = payments.iter().flat_map(|payment| &payment.structured_references).find_map(read)?;
    Some(found.text)
}

/// Words that stand where a reference had to stand.
fn is_filler(text: &str) -> bool {
    let word: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    ["NONREF", "NOTPROVIDED", "NONE", "NOREF"].iter().any(|filler| word.eq_ignore_ascii_case(filler))
}
