//! Open items one by one, and the ledger of one customer.

use super::{Asked, Cell, Column, Link, Report, Row, Side, Value, View, begin, document_link};
use crate::{
    context::{App, Caller},
    error::{Error, Result},
    lists::{Cursor, Page},
};
use domain::{items::ItemKind, reports::ReportRefusal};
use kernel::{Currency, Date, Money};
use std::collections::BTreeMap;
use store::reports::items::{self, CurrencySum, LedgerMovement, ListedItem, ListedTotal, Listing, Scope};

/// What was open, oldest due first, page by page.
pub(super) async fn open_items(app: &App, caller: &Caller, asked: &Asked) -> Result<Report> {
    let (mut work, parties) = begin(app, caller).await?;
    let (company, base) = (work.company_id(), work.company.currency);
    let view = View::new(&work, asked.as_of, asked.known_at);
    let scope = Scope {
        moment: view.moment,
        customers: parties.asked(asked)?,
        currency: asked.currency,
        kind: Asked::choice::<ItemKind>("kind", asked.kind.as_ref())?,
    };
    let mut listing = listing(asked, view)?;
    let totals = items::listed_totals(&mut work.tx, company, &scope, &listing).await?;
    if let Some(after) = &asked.after {
        listing.after = Some((after.get(0)?, after.get(1)?));
    }
    let size = asked.page_rows();
    listing.limit = Some(size + 1);
    let rows = items::listed(&mut work.tx, company, &scope, &listing).await?;
    let page = Page::cut(rows, size, |row| Cursor::new([row.due_on.to_string(), row.id.to_string()]));
    let mut report = Report::new("open-items", item_columns(base));
    view.said(&mut report);
    report.rows = page.rows.iter().map(|item| item_row(item, view, base)).collect();
    report.totals = totals.iter().map(|total| total_row(total, base)).collect();
    report.next = page.next;
    Ok(report)
}

fn listing(asked: &Asked, view: View) -> Result<Listing> {
    let yesterday = view.as_of.plus_days(-1);
    let due_to = match (asked.due_to, asked.overdue) {
        (Some(day), true) => Some(day.min(yesterday)),
        (None, true) => Some(yesterday),
        (due_to, false) => due_to,
    };
    let debts = if asked.overdue { Some(Side::Debts) } else { asked.side };
    if asked.overdue && asked.side == Some(Side::Credits) {
        return Err(Error::field("side", "credits are never overdue; ask for debts"));
    }
    Ok(Listing {
        due_from: asked.due_from,
        due_to,
        dated_from: asked.dated_from,
        dated_to: asked.dated_to,
        debts: debts.map(|side| side == Side::Debts),
        ..Listing::default()
    })
}

fn item_columns(base: Currency) -> Vec<Column> {
    vec![
        Column::text("customer", "Number"),
        Column::text("name", "Customer"),
        Column::text("document", "Document"),
        Column::text("kind", "Kind"),
        Column::date("document_on", "Dated"),
        Column::date("due_on", "Due"),
        Column::integer("days_overdue", "Days overdue"),
        Column::text("currency", "Currency"),
        Column::money("amount", "Amount", None),
        Column::money("open", "Open", None),
        Column::money("open_base", &format!("Open in {base}"), Some(base)),
    ]
}

fn item_row(item: &ListedItem, view: View, base: Currency) -> Row {
    let customer = || Link::Customer { id: item.customer_id };
    let document = || document_link((item.id, item.kind), item.document_id);
    let late = view.as_of.days_since(item.due_on);
    let late = (item.open_minor > 0 && late > 0).then_some(late);
    let number = match item.instalment {
        1 => item.number.clone(),
        instalment => format!("{} ({instalment})", item.number),
    };
    let cells = vec![
        Cell::from(item.customer_number.clone()).to(customer()),
        Cell::from(item.customer_name.clone()).to(customer()),
        Cell::from(number).to(document()),
        kind_text(item.kind).into(),
        item.document_on.into(),
        item.due_on.into(),
        late.into(),
        item.currency.into(),
        Money::new(item.amount_minor, item.currency).into(),
        Cell::from(Money::new(item.open_minor, item.currency)).to(document()),
        Money::new(item.open_base_minor, base).into(),
    ];
    Row { cells }
}

pub(super) const fn kind_text(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Invoice => "Invoice",
        ItemKind::CreditNote => "Credit note",
        ItemKind::DebitNote => "Debit note",
        ItemKind::Payment => "Payment",
    }
}

fn total_row(total: &ListedTotal, base: Currency) -> Row {
    let empty = || Cell::from(Value::Empty);
    let count = format!("Total of {} {}", total.items, if total.items == 1 { "item" } else { "items" });
    let mut cells = vec![empty(), count.into()];
    cells.extend((0..5).map(|_| empty()));
    cells.extend([
        total.currency.into(),
        empty(),
        Money::new(total.open_minor, total.currency).into(),
        Money::new(total.open_base_minor, base).into(),
    ]);
    Row { cells }
}

/// Every movement of one customer with the balance after it, per currency.
pub(super) async fn ledger(app: &App, caller: &Caller, asked: &Asked) -> Result<Report> {
    let (mut work, parties) = begin(app, caller).await?;
    let wanted = asked.customer.as_deref().ok_or_else(|| Error::field("customer", "say which customer"))?;
    let customer = parties.find("customer", wanted)?;
    let to = asked.to.unwrap_or(work.today);
    let from = asked.from.unwrap_or_else(|| to.plus_months(-12).plus_days(1));
    if from > to {
        return Err(ReportRefusal::FromAfterTo { from, to }.into());
    }
    let view = View::new(&work, Some(to), asked.known_at);
    let (company, known_at) = (work.company_id(), view.known_at);
    let wanted = |currency: Currency| asked.currency.is_none_or(|asked| asked == currency);
    let mut forward = items::brought_forward(&mut work.tx, company, customer.id, from, known_at).await?;
    let mut moved = items::movements_of_customer(&mut work.tx, company, customer.id, (from, to), known_at).await?;
    forward.retain(|sum| wanted(sum.currency));
    moved.retain(|movement| wanted(movement.currency));
    let mut report = Report::new("customer-ledger", ledger_columns());
    report.said("Customer", format!("{} {}", customer.number, customer.name));
    report.said("From", from);
    report.said("To", to);
    if view.dated {
        report.said("As known at", known_at);
    }
    fill_ledger(&mut report, (from, to), &forward, &moved);
    Ok(report)
}

fn ledger_columns() -> Vec<Column> {
    vec![
        Column::date("on", "Date"),
        Column::text("document", "Document"),
        Column::text("what", "What happened"),
        Column::date("due_on", "Due"),
        Column::text("currency", "Currency"),
        Column::money("debit", "Debit", None),
        Column::money("credit", "Credit", None),
        Column::money("balance", "Balance", None),
    ]
}

fn fill_ledger(report: &mut Report, (from, to): (Date, Date), forward: &[CurrencySum], moved: &[LedgerMovement]) {
    let mut balances: BTreeMap<Currency, i64> = forward.iter().map(|sum| (sum.currency, sum.minor)).collect();
    for movement in moved {
        balances.entry(movement.currency).or_default();
    }
    for (currency, balance) in balances {
        report.rows.push(balance_row(from, "Balance brought forward", Money::new(balance, currency), (0, 0)));
        let (mut balance, mut debits, mut credits) = (balance, 0, 0);
        for movement in moved.iter().filter(|movement| movement.currency == currency) {
            balance += movement.amount_minor;
            debits += movement.amount_minor.max(0);
            credits += (-movement.amount_minor).max(0);
            report.rows.push(movement_row(movement, balance));
        }
        report.totals.push(balance_row(to, "Balance", Money::new(balance, currency), (debits, credits)));
    }
}

fn balance_row(on: Date, text: &str, balance: Money, (debits, credits): (i64, i64)) -> Row {
    let money = |minor: i64| (minor != 0).then(|| Money::new(minor, balance.currency()));
    let empty = || Cell::from(Value::Empty);
    let cells = vec![
        on.into(),
        empty(),
        text.into(),
        empty(),
        balance.currency().into(),
        money(debits).into(),
        money(credits).into(),
        balance.into(),
    ];
    Row { cells }
}

fn movement_row(movement: &LedgerMovement, balance: i64) -> Row {
    let money = |minor: i64| (minor > 0).then(|| Money::new(minor, movement.currency));
    let entry = Link::Entry { id: movement.entry_id };
    let is_document = movement.kind == domain::items::MovementKind::Opened;
    let cells = vec![
        movement.effective_on.into(),
        Cell::from(movement.number.clone())
            .to(document_link((movement.item_id, movement.item_kind), movement.document_id)),
        movement_text(movement).into(),
        is_document.then_some(movement.due_on).into(),
        movement.currency.into(),
        Cell::from(money(movement.amount_minor)).to(entry.clone()),
        Cell::from(money(-movement.amount_minor)).to(entry),
        Money::new(balance, movement.currency).into(),
    ];
    Row { cells }
}

fn movement_text(movement: &LedgerMovement) -> &'static str {
    use domain::items::MovementKind as M;
    match movement.kind {
        M::Opened => kind_text(movement.item_kind),
        M::Allocated if movement.item_kind.is_debt() => "Paid",
        M::Allocated => "Used",
        M::Discount => "Early-payment discount",
        M::Difference => "Small difference",
        M::WrittenOff => "Written off",
        M::Refunded => "Refunded",
        M::Reversed => "Reversed",
    }
}
