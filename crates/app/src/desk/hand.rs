//! What a clerk says by hand becomes a plan: every difference typed, nothing more than there is, nothing left unsaid.
//!
//! Only reads, also what a clerk chooses from: the customer's oldest items, what was named already, and what fits a number
//! that was typed, of everybody whom this customer may pay for. An item without an amount gets as much as the money
//! covers; a credit note gives all that is left of it.

use super::{
    book,
    plan::{CreditPart, DebtPart, Plan},
};
use crate::{
    context::{App, Caller, Work},
    error::{Error, FieldError, Result},
};
use domain::{cash::DifferenceKind, desk::DeskRefusal, items::ItemKind, users::Permission};
use kernel::{Currency, CustomerId, Money, OpenItemId};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use store::{
    bank::BankLineRow,
    cash, desk,
    items::{self, CustomersItem, OpenItemRow},
};

const MOST_SHOWN: usize = 200;
const MOST_FOUND: i64 = 50;

/// What a line pays, as a clerk says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Allocate {
    /// Who paid.
    pub customer: CustomerId,
    /// Debts and credit notes; none puts all of it on account.
    #[serde(default)]
    pub parts: Vec<HandPart>,
    /// What the bank kept beside what arrived.
    #[serde(default)]
    pub fee: Option<Money>,
    /// What is left over stays on the customer's account; otherwise a rest is refused.
    #[serde(default)]
    pub rest_on_account: bool,
}

/// One open item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandPart {
    pub item: OpenItemId,
    /// What it gets, or what a credit note gives; as much as possible when left out.
    #[serde(default)]
    pub amount: Option<Money>,
    /// Early-payment discount, earned or not.
    #[serde(default)]
    pub discount: Option<Money>,
    /// Closed beside the money for another reason.
    #[serde(default)]
    pub difference: Option<HandDifference>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandDifference {
    /// `deduction`, `withholding_tax`, `rounding` or `exchange`.
    pub kind: DifferenceKind,
    pub money: Money,
}

/// Whose items are to be shown, in the currency of the money.
#[derive(Debug, Clone)]
pub struct HandAsked {
    pub customer: CustomerId,
    pub currency: Currency,
    /// Named already, by a proposal or by what was typed.
    pub named: Vec<OpenItemId>,
    /// Part of a document's or order number; nothing is looked for when empty.
    pub search: String,
}

/// What a clerk chooses from. An item may be in several of these.
#[derive(Debug)]
pub struct HandItems {
    /// The number that was typed first, then the oldest due day; also of those for whom the customer may pay.
    pub found: Vec<CustomersItem>,
    /// Also those that are closed by now.
    pub named: Vec<CustomersItem>,
    /// The customer's own, the oldest due day first.
    pub oldest: Vec<CustomersItem>,
    /// The customer has more than these.
    pub has_more: bool,
    /// The customer may pay for others.
    pub has_others: bool,
}

/// What may be paid by hand. Payments are used on their own pages.
pub async fn hand_items(app: &App, caller: &Caller, asked: HandAsked) -> Result<HandItems> {
    let HandAsked { customer, currency, named, search } = asked;
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let payable = cash::pays_for(&mut work.tx, company, customer).await?;
    let found = match search.trim() {
        "" => vec![],
        text => desk::hand::items_of(&mut work.tx, company, &payable, (text, currency), MOST_FOUND).await?,
    };
    let named = if named.is_empty() { vec![] } else { items::with_customers(&mut work.tx, company, &named).await? };
    let limit = i64::try_from(MOST_SHOWN + 1).unwrap_or(i64::MAX);
    let mut oldest = desk::hand::oldest_of(&mut work.tx, company, customer, currency, limit).await?;
    let has_more = oldest.len() > MOST_SHOWN;
    oldest.truncate(MOST_SHOWN);
    Ok(HandItems { found, named, oldest, has_more, has_others: payable.iter().any(|id| *id != customer) })
}

pub(super) async fn hand_plan(work: &mut Work, line: &BankLineRow, asked: &Allocate) -> Result<Plan> {
    let company = work.company_id();
    let named = cash::customer_names(&mut work.tx, company, &[asked.customer]).await?;
    if named.is_empty() {
        return Err(Error::field("customer", "there is no such customer"));
    }
    let ids: Vec<OpenItemId> = asked.parts.iter().map(|part| part.item).collect();
    let rows = if ids.is_empty() { Vec::new() } else { items::by_ids(&mut work.tx, company, &ids).await? };
    let rows: HashMap<OpenItemId, OpenItemRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    let first = asked.parts.iter().find_map(|part| rows.get(&part.item));
    let is_sent = first.is_some_and(|row| Some(row.currency) == line.instructed_currency);
    let (arrived, account) = book::sums(line, is_sent);
    check(arrived.currency(), asked, &rows)?;
    let fee_minor = asked.fee.map_or(0, Money::minor);
    let mut plan = Plan {
        customer: asked.customer,
        currency: arrived.currency(),
        arrived_minor: arrived.minor(),
        account,
        fee_minor,
        debts: Vec::new(),
        credits: Vec::new(),
    };
    for (part, row) in parts(asked, &rows).filter(|(_, row)| row.open_minor < 0) {
        plan.credits.push(CreditPart { item: row.id, minor: part.amount.map_or(-row.open_minor, Money::minor) });
    }
    for (part, row) in parts(asked, &rows).filter(|(_, row)| row.open_minor > 0) {
        let debt = debt(part, row, plan.rest_minor())?;
        plan.debts.push(debt);
    }
    meets(&plan, asked)?;
    Ok(plan)
}

fn parts<'p>(
    asked: &'p Allocate,
    rows: &'p HashMap<OpenItemId, OpenItemRow>,
) -> impl Iterator<Item = (&'p HandPart, &'p OpenItemRow)> {
    asked.parts.iter().filter_map(|part| Some((part, rows.get(&part.item)?)))
}

fn debt(part: &HandPart, row: &OpenItemRow, left_minor: i64) -> Result<DebtPart> {
    let discount_minor = part.discount.map_or(0, Money::minor);
    let typed = part.difference.map(|difference| (difference.kind, difference.money.minor()));
    let beside = discount_minor + typed.map_or(0, |(_, minor)| minor);
    let minor = part.amount.map_or_else(|| (row.open_minor - beside).min(left_minor), Money::minor);
    if minor <= 0 {
        let why = format!("nothing is left for {}", row.number);
        return Err(Error::field("parts", why));
    }
    let is_part = minor + beside < row.open_minor;
    Ok(DebtPart { item: row.id, minor, discount_minor, typed, is_part })
}

/// Everything that was typed, all wrong fields at once.
fn check(currency: Currency, asked: &Allocate, rows: &HashMap<OpenItemId, OpenItemRow>) -> Result<()> {
    let mut wrong = Vec::new();
    let mut seen = HashSet::new();
    let mut field = |name: String, message: String| wrong.push(FieldError { field: name, message });
    let bad = |money: Option<Money>| money.is_some_and(|money| money.currency() != currency || money.minor() < 0);
    if bad(asked.fee) {
        field("fee".to_owned(), format!("must be an amount in {currency}"));
    }
    for (at, part) in asked.parts.iter().enumerate() {
        let name = |of: &str| format!("parts[{at}].{of}");
        match rows.get(&part.item) {
            None => field(name("item"), "there is no such open item".to_owned()),
            Some(row) if !seen.insert(row.id) => field(name("item"), format!("{} is named twice", row.number)),
            Some(row) if row.kind == ItemKind::Payment => {
                field(name("item"), format!("{} is a payment; use it on the page of the customer", row.number));
            }
            Some(row) if row.open_minor == 0 => field(name("item"), format!("nothing of {} is open", row.number)),
            Some(row) if row.currency != currency => {
                let why = "put the line on account and use the payment on its own page";
                field(name("item"), format!("{} is in {}, not in {currency}; {why}", row.number, row.currency));
            }
            Some(_) => {}
        }
        let typed = part.difference.map(|difference| difference.money);
        for (of, money) in [("amount", part.amount), ("discount", part.discount), ("difference", typed)] {
            if bad(money) {
                field(name(of), format!("must be an amount in {currency}"));
            }
        }
        if part.difference.is_some_and(|difference| !difference.kind.has_own_account()) {
            field(name("difference"), "use deduction, withholding_tax, rounding or exchange".to_owned());
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
}

/// The money is used up, or the clerk said that the rest stays.
fn meets(plan: &Plan, asked: &Allocate) -> Result<()> {
    let money = |minor| Money::new(minor, plan.currency);
    let debts: i64 = plan.debts.iter().map(|debt| debt.minor).sum();
    let credits: i64 = plan.credits.iter().map(|credit| credit.minor).sum();
    if credits > debts {
        return Err(DeskRefusal::CreditsOnly { credits: money(credits), debts: money(debts) }.into());
    }
    let (rest, paid) = (plan.rest_minor(), money(plan.arrived_minor));
    if rest < 0 {
        return Err(DeskRefusal::TooMuch { parts: money(debts - credits), over: money(-rest), paid }.into());
    }
    if rest > 0 && !asked.rest_on_account {
        return Err(DeskRefusal::LeftOver { left: money(rest), paid }.into());
    }
    Ok(())
}
