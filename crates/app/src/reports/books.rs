//! The trial balance and the journal.

use super::{Asked, Cell, Column, Link, Report, Row, Value, View};
use crate::{
    context::{App, Caller},
    error::Result,
    lists::{Cursor, Page},
};
use domain::{ledger::EntryKind, reports::ReportRefusal, users::Permission};
use kernel::{Currency, Date, EntryId, Money};
use std::collections::{BTreeMap, HashMap};
use store::{
    ledger::EntryRow,
    reports::books::{self, AccountSums, JournalFilter, NamedPosting},
};

kernel::text_enum! {
    /// How fine a trial balance is.
    #[derive(Default)]
    pub enum BalanceBy {
        #[default]
        Account = "account",
        Currency = "currency",
    }
}

/// Opening, debit, credit and closing of every account by posting date.
pub(super) async fn trial_balance(app: &App, caller: &Caller, asked: &Asked) -> Result<Report> {
    let mut work = app.read(caller, Permission::Read).await?;
    let view = View::new(&work, asked.as_of, asked.known_at);
    let from = asked.from.unwrap_or_else(|| domain::reports::Period::Year.start(view.as_of));
    if from > view.as_of {
        return Err(ReportRefusal::FromAfterTo { from, to: view.as_of }.into());
    }
    let by: BalanceBy = Asked::choice("by", asked.by.as_ref())?.unwrap_or_default();
    let (company, base) = (work.company_id(), work.company.currency);
    let sums = books::trial_balance(&mut work.tx, company, (from, view.as_of), asked.known_at).await?;
    let mut report = Report::new("trial-balance", balance_columns(by, base));
    report.said("From", from);
    view.said(&mut report);
    let sums = if by == BalanceBy::Account { per_account(sums, base) } else { sums };
    report.totals = vec![balance_total(by, &sums, base)];
    report.rows = sums.iter().map(|sum| balance_row(by, sum, (from, &view), base)).collect();
    Ok(report)
}

/// One row per account: the currencies are added up in base currency.
fn per_account(sums: Vec<AccountSums>, base: Currency) -> Vec<AccountSums> {
    let mut accounts: BTreeMap<String, AccountSums> = BTreeMap::new();
    for sum in sums {
        match accounts.get_mut(&sum.account) {
            None => {
                accounts.insert(sum.account.clone(), AccountSums { currency: base, ..sum });
            }
            Some(account) => {
                account.base_opening_minor += sum.base_opening_minor;
                account.base_debit_minor += sum.base_debit_minor;
                account.base_credit_minor += sum.base_credit_minor;
            }
        }
    }
    accounts.into_values().collect()
}

fn balance_columns(by: BalanceBy, base: Currency) -> Vec<Column> {
    let mut columns =
        vec![Column::text("account", "Account"), Column::text("name", "Name"), Column::text("kind", "Kind")];
    let four = ["opening", "debit", "credit", "closing"];
    let title = |word: &str| format!("{}{}", word[..1].to_uppercase(), &word[1..]);
    if by == BalanceBy::Currency {
        columns.push(Column::text("currency", "Currency"));
        columns.extend(four.map(|word| Column::money(word, &title(word), None)));
    }
    let in_base = |word: &str| format!("{} in {base}", title(word));
    columns.extend(four.map(|word| Column::money(&format!("{word}_base"), &in_base(word), Some(base))));
    columns
}

fn balance_row(by: BalanceBy, sum: &AccountSums, (from, view): (Date, &View), base: Currency) -> Row {
    let known_at = view.parameters().into_iter().filter(|(key, _)| *key == "known_at");
    let journal = |from: Option<Date>, to: Date| {
        let span = [("from", from.map_or("0001-01-01".to_owned(), |day| day.to_string())), ("to", to.to_string())];
        let account = std::iter::once(("account", sum.account.clone()));
        Link::Report { name: "journal", parameters: account.chain(span).chain(known_at.clone()).collect() }
    };
    let mut cells = vec![
        Cell::from(sum.account.clone()).to(journal(Some(from), view.as_of)),
        sum.name.as_str().into(),
        sum.kind.as_str().into(),
    ];
    let mut four = |opening: i64, debit: i64, credit: i64, currency: Currency| {
        let money = |minor| Cell::from(Money::new(minor, currency));
        cells.push(money(opening).to(journal(None, from.plus_days(-1))));
        cells.extend([debit, credit].map(|minor| money(minor).to(journal(Some(from), view.as_of))));
        cells.push(money(opening + debit - credit).to(journal(None, view.as_of)));
    };
    if by == BalanceBy::Currency {
        four(sum.opening_minor, sum.debit_minor, sum.credit_minor, sum.currency);
    }
    four(sum.base_opening_minor, sum.base_debit_minor, sum.base_credit_minor, base);
    if by == BalanceBy::Currency {
        cells.insert(3, sum.currency.into());
    }
    Row { cells }
}

fn balance_total(by: BalanceBy, sums: &[AccountSums], base: Currency) -> Row {
    let sum = |part: fn(&AccountSums) -> i64| sums.iter().map(part).sum::<i64>();
    let (opening, debit) = (sum(|s| s.base_opening_minor), sum(|s| s.base_debit_minor));
    let credit = sum(|s| s.base_credit_minor);
    let empty = if by == BalanceBy::Currency { 7 } else { 2 };
    let mut cells: Vec<Cell> = vec!["Total".into()];
    cells.extend((0..empty).map(|_| Cell::from(Value::Empty)));
    cells.extend([opening, debit, credit, opening + debit - credit].map(|minor| Money::new(minor, base).into()));
    Row { cells }
}

/// Entries with their postings, page by page; a page never cuts an entry.
pub(super) async fn journal(app: &App, caller: &Caller, asked: &Asked) -> Result<Report> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, base) = (work.company_id(), work.company.currency);
    let to = asked.to.unwrap_or(work.today);
    let from = asked.from.unwrap_or_else(|| to.first_of_month());
    if from > to {
        return Err(ReportRefusal::FromAfterTo { from, to }.into());
    }
    let size = asked.page_rows();
    let after = match &asked.after {
        Some(cursor) => Some((cursor.get::<Date>(0)?, cursor.get::<EntryId>(1)?)),
        None => None,
    };
    let filter = JournalFilter {
        from,
        to,
        known_at: asked.known_at,
        account: asked.account.clone(),
        kind: Asked::choice::<EntryKind>("kind", asked.kind.as_ref())?,
        after,
        limit: size + 1,
    };
    let entries = books::entries(&mut work.tx, company, &filter).await?;
    let page = Page::cut(entries, size, |entry| Cursor::new([entry.posted_on.to_string(), entry.id.to_string()]));
    let ids: Vec<EntryId> = page.rows.iter().map(|entry| entry.id).collect();
    let mut legs: HashMap<EntryId, Vec<NamedPosting>> = HashMap::new();
    for posting in books::postings(&mut work.tx, company, &ids).await? {
        legs.entry(posting.entry_id).or_default().push(posting);
    }
    let (debits, credits) = books::journal_totals(&mut work.tx, company, &filter).await?;
    let mut report = Report::new("journal", journal_columns(base));
    report.said("From", from);
    report.said("To", to);
    if let Some(known_at) = asked.known_at {
        report.said("As known at", known_at);
    }
    report.rows = page
        .rows
        .iter()
        .flat_map(|entry| legs.remove(&entry.id).unwrap_or_default().into_iter().map(|leg| leg_row(entry, &leg, base)))
        .collect();
    report.totals = vec![journal_total(debits, credits, base)];
    report.next = page.next;
    Ok(report)
}

fn journal_columns(base: Currency) -> Vec<Column> {
    vec![
        Column::date("posted_on", "Posted"),
        Column::date("effective_on", "Effective"),
        Column::text("kind", "Kind"),
        Column::text("description", "Description"),
        Column::text("account", "Account"),
        Column::text("name", "Name"),
        Column::text("currency", "Currency"),
        Column::money("debit", "Debit", None),
        Column::money("credit", "Credit", None),
        Column::money("debit_base", &format!("Debit in {base}"), Some(base)),
        Column::money("credit_base", &format!("Credit in {base}"), Some(base)),
    ]
}

fn leg_row(entry: &EntryRow, leg: &NamedPosting, base: Currency) -> Row {
    let money = |minor: i64, currency| (minor > 0).then(|| Money::new(minor, currency));
    let cells = vec![
        entry.posted_on.into(),
        entry.effective_on.into(),
        entry.kind.as_str().replace('_', " ").into(),
        Cell::from(entry.description.clone()).to(Link::Entry { id: entry.id }),
        leg.account.as_str().into(),
        leg.name.as_str().into(),
        leg.currency.into(),
        money(leg.amount_minor, leg.currency).into(),
        money(-leg.amount_minor, leg.currency).into(),
        money(leg.base_minor, base).into(),
        money(-leg.base_minor, base).into(),
    ];
    Row { cells }
}

fn journal_total(debits: i64, credits: i64, base: Currency) -> Row {
    let mut cells: Vec<Cell> = (0..9).map(|_| Cell::from(Value::Empty)).collect();
    cells[3] = "Total".into();
    cells.extend([debits, credits].map(|minor| Cell::from(Money::new(minor, base))));
    Row { cells }
}
