//! Bank statements as CSV or XLSX, by a declarative definition: which column holds what, and how dates and numbers are
//! written.
//!
//! `read` takes a [`Definition`]; without one it takes the shipped definition whose columns are all there, else what
//! [`propose`] finds from the file's head. Rows of several accounts or currencies become several statements. A running
//! balance gives the opening and the closing balance; a row that says it is a balance is no line.

mod balances;
mod cells;
mod definition;
mod guess;
mod words;

use crate::{
    Amount, Balance, BankLine, BankStatement, Charge, CurrencyCode, Exchange, Format, FormatError, Party, Reason,
    Status, Warning, WarningKind, amount::Marks, text::filled,
};
use cells::{Cells, RowCells};
use definition::RowKind;
pub use definition::{Column, Columns, Definition, DefinitionError, RowKinds, Sides, Sign};
pub use guess::propose;
use kernel::{Currency, Date, Decimal};
use std::collections::HashMap;

/// Whether the bytes are a table that a definition, shipped or proposed, reads as a statement.
pub(crate) fn is_statement(bytes: &[u8]) -> bool {
    chosen(bytes).is_ok()
}

/// What a table of days and numbers lacks; nothing where the bytes are no such table.
pub(crate) fn refusal(bytes: &[u8]) -> Option<FormatError> {
    chosen(bytes).err().filter(|error| error.reason == Reason::AmountUnclear)
}

pub(crate) fn read(
    bytes: &[u8],
    definition: Option<&Definition>,
    currency: Option<Currency>,
) -> Result<Vec<BankStatement>, FormatError> {
    let definition = definition.map_or_else(|| chosen(bytes), |given| Ok(given.clone()))?;
    let cells = Cells::read(bytes, definition.delimiter, definition.encoding.as_deref())?;
    let placed = Placed::find(&definition, &cells)?;
    let fallback = definition.currency.as_deref().and_then(CurrencyCode::new).or(currency.map(CurrencyCode::from));
    let mut reader = Reader {
        definition: &definition,
        placed,
        fallback,
        account: None,
        statements: Vec::new(),
        places: HashMap::new(),
        without_amount: (0, 0),
        unknown_states: Vec::new(),
        dates: DatesRead::default(),
        marks: Marks::default(),
        own_accounts: Vec::new(),
        last: 0,
        is_open: false,
    };
    reader.account = definition.account.clone().or_else(|| cells.account_before(reader.placed.first_row));
    let first_row = reader.placed.first_row;
    for row in cells.rows.into_iter().skip(first_row) {
        reader.row(&row)?;
    }
    if reader.statements.is_empty() {
        reader.statement(None, None);
    }
    if let ([(statement, _)], [own]) = (&mut reader.statements[..], &reader.own_accounts[..]) {
        statement.account.get_or_insert_with(|| own.clone());
    }
    reader.doubts();
    reader.statements.iter_mut().for_each(|(statement, running)| balances::take(statement, running));
    Ok(reader.statements.into_iter().map(|(statement, _)| statement).collect())
}

/// The shipped definition with the most columns that are all there, or a proposal; the file's head decides.
fn chosen(bytes: &[u8]) -> Result<Definition, FormatError> {
    let heads = guess::heads(bytes);
    let fits = |definition: &&Definition| heads.iter().find(|cells| Placed::find(definition, cells).is_ok());
    let shipped = definition::shipped().iter().filter_map(|definition| Some((definition, fits(&definition)?)));
    let best = shipped.max_by_key(|(definition, _)| definition.columns.all().len());
    match best {
        Some((definition, cells)) => Ok(Definition { delimiter: cells.delimiter, ..definition.clone() }),
        None => guess::proposal(&heads),
    }
}

/// Where the columns of a definition are in this file.
#[derive(Debug)]
struct Placed {
    first_row: usize,
    header: Vec<String>,
}

/// A header stands in one of the first rows; above it banks write whose account it is.
const HEADER_ROWS: usize = 40;

impl Placed {
    fn find(definition: &Definition, cells: &Cells) -> Result<Self, FormatError> {
        if !definition.header {
            return Ok(Self { first_row: 0, header: Vec::new() });
        }
        let wanted = definition.columns.all();
        let missing = |row: &RowCells| wanted.iter().filter(|column| column.index(&row.cells).is_none()).count();
        let best = cells.rows.iter().enumerate().take(HEADER_ROWS).min_by_key(|(_, row)| missing(row));
        let (at, row) = best.ok_or_else(|| FormatError::nowhere(Reason::Empty))?;
        match wanted.iter().find(|column| column.index(&row.cells).is_none()) {
            Some(column) => {
                let reason = format!("it has no column `{column}`, which the definition `{}` needs", definition.name);
                Err(FormatError::nowhere(Reason::NotThisFormat("CSV", reason)))
            }
            None => Ok(Self { first_row: at + 1, header: row.cells.clone() }),
        }
    }

    fn cell<'r>(&self, row: &'r RowCells, column: Option<&Column>) -> &'r str {
        let index = column.and_then(|column| match column {
            Column::Number(number) => Some(number.saturating_sub(1)),
            Column::Name(_) => column.index(&self.header),
        });
        index.and_then(|index| row.cells.get(index)).map_or("", |cell| cell.trim())
    }
}

struct Reader<'d> {
    definition: &'d Definition,
    placed: Placed,
    fallback: Option<CurrencyCode>,
    /// Named above the header or by the definition.
    account: Option<String>,
    statements: Vec<(BankStatement, Vec<Running>)>,
    /// Which of them is of which account and currency.
    places: HashMap<(Option<String>, Option<CurrencyCode>), usize>,
    /// The first row with a date and no amount, and how many they are.
    without_amount: (usize, usize),
    /// Words for the status that neither say booked nor anything else.
    unknown_states: Vec<String>,
    dates: DatesRead,
    marks: Marks,
    /// The near ends of all lines, each once.
    own_accounts: Vec<String>,
    /// The statement of the last row, and whether that row was a line, which the next row may go on with.
    last: usize,
    is_open: bool,
}

/// Whether the days can be read with day and month in either place.
#[derive(Debug, Default)]
struct DatesRead {
    is_decided: bool,
    is_doubtful: bool,
}

impl DatesRead {
    fn add(&mut self, text: &str, format: &str) {
        // A point is written behind a day first everywhere.
        let other = match (format.starts_with("MM/DD"), text.contains(['/', '-'])) {
            (true, true) => "DD/MM/YYYY",
            (false, true) if format.starts_with("DD") => "MM/DD/YYYY",
            _ => return self.is_decided = true,
        };
        match cells::date(text, other) {
            None => self.is_decided = true,
            day => self.is_doubtful |= day != cells::date(text, format),
        }
    }
}

/// The balance that stands beside a line.
#[derive(Debug, Clone, Copy)]
struct Running {
    amount: Decimal,
    balance: Decimal,
    on: Option<Date>,
    at_line: usize,
}

impl Reader<'_> {
    fn row(&mut self, row: &RowCells) -> Result<(), FormatError> {
        let columns = &self.definition.columns;
        let cell = |column: &Option<Column>| self.placed.cell(row, column.as_ref());
        let date_text = self.placed.cell(row, Some(&columns.date));
        let amount = self.with_fee(row)?;
        // A heading, a sum or a remark has a word or nothing where a line has its date.
        let is_line = date_text.bytes().any(|b| b.is_ascii_digit());
        let kind = self.definition.rows.as_ref().and_then(|rows| rows.kind(self.placed.cell(row, Some(&rows.column))));
        let Some(amount) = amount.filter(|_| is_line) else {
            if kind.is_none() && cells::date(date_text, &self.definition.dates).is_some() {
                let (first, count) = self.without_amount;
                self.without_amount = (if count == 0 { row.line } else { first }, count + 1);
            }
            self.go_on(row);
            return Ok(());
        };
        let date = |text: &str, name: &str| {
            let read = cells::date(text, &self.definition.dates);
            read.ok_or_else(|| FormatError::at(row.line, name, Reason::Date(text.to_owned())))
        };
        let booked_on = date(date_text, &columns.date.to_string())?;
        let currency = match cell(&columns.currency) {
            "" => self.fallback,
            code => Some(
                CurrencyCode::new(code)
                    .ok_or_else(|| FormatError::at(row.line, "currency", Reason::Currency(code.to_owned())))?,
            ),
        };
        let mut line = BankLine {
            at_line: row.line,
            booked_on: Some(booked_on),
            value_on: filled(cell(&columns.value_date)).map(|text| date(&text, "value date")).transpose()?,
            amount: Some(Amount::new(amount, currency)),
            reference: filled(cell(&columns.reference)),
            bank_reference: filled(cell(&columns.bank_reference)),
            code: filled(cell(&columns.code)),
            ..BankLine::default()
        };
        let (party, own) = self.ends(row, amount.is_sign_negative());
        line.payment.counterparty = party;
        line.payment.end_to_end_id = filled(cell(&columns.end_to_end_id));
        line.payment.mandate_id = filled(cell(&columns.mandate_id));
        line.payment.creditor_id = filled(cell(&columns.creditor_id));
        line.payment.remittance = self.texts(row);
        line.payment.exchange = self.original(row);
        if let Some(fee) = self.fee(row)? {
            let amount = Amount::new(fee, currency);
            line.payment.charges.push(Charge { amount, is_included: true, kind: None });
        }
        let balance = cells::number(cell(&columns.balance), self.definition.decimal);
        let account = filled(cell(&columns.account)).or_else(|| self.account.clone());
        for column in [&columns.amount, &columns.debit, &columns.credit] {
            self.marks.add(self.placed.cell(row, column.as_ref()));
        }
        self.dates.add(date_text, &self.definition.dates);
        self.own_accounts.extend(own.filter(|own| !self.own_accounts.contains(own)));
        self.doubt_state(row, (account.clone(), currency));
        self.put(line, (account, currency), kind, balance);
        Ok(())
    }

    /// The counterparty, and the own account where the ends of the payment have columns.
    fn ends(&self, row: &RowCells, is_debit: bool) -> (Party, Option<String>) {
        let columns = &self.definition.columns;
        let cell = |column: &Option<Column>| filled(self.placed.cell(row, column.as_ref()));
        let account = |column| cell(column).map(|text| cells::iban(&text).unwrap_or(text));
        let names = || columns.name.iter().find_map(|column| filled(self.placed.cell(row, Some(column))));
        let ((far, far_account), (_, near_account)) = columns.ends(is_debit);
        let party = Party {
            name: cell(far).or_else(names),
            account: account(&columns.counterparty_account).or_else(|| account(far_account)),
            bank: cell(&columns.counterparty_bank),
        };
        (party, account(near_account))
    }

    /// A row of texts alone right below a line is more of its text.
    fn go_on(&mut self, row: &RowCells) {
        let filled = |cells: &mut dyn Iterator<Item = &str>| cells.filter(|cell| !cell.trim().is_empty()).count();
        let texts = filled(&mut self.definition.columns.text.iter().map(|column| self.placed.cell(row, Some(column))));
        let is_text = texts > 0 && texts == filled(&mut row.cells.iter().map(String::as_str));
        let more = self.texts(row).filter(|_| is_text && self.is_open && self.definition.header);
        self.is_open &= more.is_some();
        let line = self.statements.get_mut(self.last).and_then(|(statement, _)| statement.lines.last_mut());
        if let (Some(more), Some(line)) = (more, line) {
            let text = line.payment.remittance.get_or_insert_default();
            text.extend([if text.is_empty() { "" } else { " " }, &more]);
        }
    }

    /// A word for the status that is not known is told once.
    fn doubt_state(&mut self, row: &RowCells, (account, currency): (Option<String>, Option<CurrencyCode>)) {
        let Some(rows) = &self.definition.rows else { return };
        let state = self.placed.cell(row, Some(&rows.column)).to_owned();
        if !rows.is_unknown(&state) || self.unknown_states.contains(&state) {
            return;
        }
        let text = format!("nothing is known of the status `{state}`; the line is read as booked");
        let warning = Warning::at(row.line, "status", WarningKind::Other(text));
        self.statement(account, currency).0.warnings.push(warning);
        self.unknown_states.push(state);
    }

    fn put(
        &mut self,
        mut line: BankLine,
        (account, currency): (Option<String>, Option<CurrencyCode>),
        kind: Option<RowKind>,
        balance: Option<Decimal>,
    ) {
        self.is_open = !matches!(kind, Some(RowKind::Opening | RowKind::Closing | RowKind::Skipped));
        let (statement, running) = self.statement(account, currency);
        let Some(amount) = line.amount else { return };
        let stated = Balance { amount, date: line.booked_on };
        match kind {
            Some(RowKind::Opening) => statement.opening = Some(stated),
            Some(RowKind::Closing) => statement.closing = Some(stated),
            Some(RowKind::Skipped) => {}
            Some(RowKind::Pending) => {
                line.status = Status::Pending;
                statement.add(line);
            }
            Some(RowKind::Information) => {
                line.status = Status::Information;
                statement.add(line);
            }
            None => {
                let (on, at_line, amount) = (line.booked_on, line.at_line, amount.decimal);
                running.extend(balance.map(|balance| Running { amount, balance, on, at_line }));
                statement.add(line);
            }
        }
    }

    /// What the clerk should look at, in the first statement.
    fn doubts(&mut self) {
        let decimal = self.definition.decimal;
        let has_thousandths =
            |(statement, _): &(BankStatement, _)| statement.currency.is_some_and(|c| c.exponent() == 3);
        let is_proposed = self.definition.name == guess::PROPOSED;
        let is_doubted = is_proposed && !self.statements.iter().any(has_thousandths);
        let Some((statement, _)) = self.statements.first_mut() else { return };
        if let (first, count @ 1..) = self.without_amount {
            let rows =
                if count == 1 { "a row with a date has".to_owned() } else { format!("{count} rows with a date have") };
            let kind = WarningKind::Other(format!("{rows} no amount, and no line comes of it"));
            statement.warnings.push(Warning::at(first, "amount", kind));
        }
        if let Some(amount) = self.marks.doubtful().filter(|_| is_doubted) {
            let text =
                format!("nothing in the file says which mark `{amount}` has; the decimal mark is read as `{decimal}`");
            statement.warnings.push(Warning::nowhere(WarningKind::Other(text)));
        }
        if is_proposed && self.dates.is_doubtful && !self.dates.is_decided {
            let order = if self.definition.dates.starts_with("MM") { "month/day" } else { "day/month" };
            let text = format!("its dates fit day/month and month/day; they are read as {order}");
            statement.warnings.push(Warning::nowhere(WarningKind::Other(text)));
        }
    }

    fn statement(
        &mut self,
        account: Option<String>,
        currency: Option<CurrencyCode>,
    ) -> &mut (BankStatement, Vec<Running>) {
        let (own, fallback) = (self.account.clone(), self.fallback);
        let (statements, name) = (&mut self.statements, &self.definition.name);
        let at = *self.places.entry((account.clone(), currency)).or_insert_with(|| {
            let mut statement = BankStatement::new(Format::BankCsv);
            statement.account = account.or(own);
            statement.currency = currency.or(fallback);
            statement.extras.set("definition", name.clone());
            statements.push((statement, Vec::new()));
            statements.len() - 1
        });
        self.last = at;
        &mut self.statements[at]
    }

    /// What is taken beside the amount; `None` where it is nothing.
    fn fee(&self, row: &RowCells) -> Result<Option<Decimal>, FormatError> {
        let text = self.placed.cell(row, self.definition.columns.fee.as_ref());
        let fee = cells::number(text, self.definition.decimal);
        if fee.is_none() && !text.is_empty() {
            return Err(FormatError::at(row.line, "fee", Reason::Amount(text.to_owned())));
        }
        Ok(fee.filter(|fee| !fee.is_zero()))
    }

    fn with_fee(&self, row: &RowCells) -> Result<Option<Decimal>, FormatError> {
        let Some(amount) = self.amount(row)? else { return Ok(None) };
        let fee = self.fee(row)?.unwrap_or_default();
        Ok(amount.checked_sub(fee))
    }

    /// Signed from the account's side; `None` for a row without an amount, which is a heading, a sum or a remark.
    fn amount(&self, row: &RowCells) -> Result<Option<Decimal>, FormatError> {
        let columns = &self.definition.columns;
        let number = |column: &Option<Column>| {
            let text = self.placed.cell(row, column.as_ref());
            if text.is_empty() {
                return Ok(None);
            }
            let name = column.as_ref().map_or_else(String::new, ToString::to_string);
            let dated = self.placed.cell(row, Some(&columns.date)).bytes().any(|b| b.is_ascii_digit());
            match cells::number(text, self.definition.decimal) {
                None if dated => Err(FormatError::at(row.line, name, Reason::Amount(text.to_owned()))),
                found => Ok(found),
            }
        };
        let written = match (number(&columns.amount)?, number(&columns.credit)?, number(&columns.debit)?) {
            (Some(amount), _, _) => amount,
            (None, Some(credit), None) => credit.abs(),
            (None, None, Some(debit)) => -debit.abs(),
            // Both columns are filled with a zero in the one that does not count.
            (None, Some(credit), Some(debit)) => credit.abs() - debit.abs(),
            (None, None, None) => return Ok(None),
        };
        let side = filled(self.placed.cell(row, columns.side.as_ref()));
        match (&self.definition.sides, side) {
            (Some(sides), Some(side)) => {
                let is_debit = sides.is_debit(&side);
                let is_debit = is_debit.ok_or_else(|| FormatError::at(row.line, "side", Reason::Sign(side)))?;
                Ok(Some(if is_debit { -written.abs() } else { written.abs() }))
            }
            _ if self.definition.sign == Sign::Inverted => Ok(Some(-written)),
            _ => Ok(Some(written)),
        }
    }

    fn texts(&self, row: &RowCells) -> Option<String> {
        let mut texts: Vec<&str> = Vec::new();
        for column in &self.definition.columns.text {
            let text = self.placed.cell(row, Some(column));
            if !text.is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        (!texts.is_empty()).then(|| texts.join(" "))
    }

    /// The amount in the currency in which it was paid.
    fn original(&self, row: &RowCells) -> Option<Exchange> {
        let columns = &self.definition.columns;
        let amount = cells::number(self.placed.cell(row, columns.original_amount.as_ref()), self.definition.decimal)?;
        let currency = CurrencyCode::new(self.placed.cell(row, columns.original_currency.as_ref()));
        let instructed = Some(Amount::new(amount, currency)).filter(|amount| !amount.decimal.is_zero());
        Some(Exchange { instructed, ..Exchange::default() }).filter(|exchange| exchange.instructed.is_some())
    }
}

#[cfg(test)]
mod tests;
