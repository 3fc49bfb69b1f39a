//! The form to post a line by hand, and how a clerk comes to whom it is from.
//!
//! A customer is found by name or number, also without anything open, or by one of its items. The form shows the oldest
//! items; others are looked for by their number, and what was typed meanwhile stays. Where the bank exchanged the money,
//! the form is about what came in or about what the payer sent.

use super::{Asked, line::Looked};
use crate::{
    error::PageResult,
    figures::{amount, money},
    form::Form,
    links::link,
    session::Session,
    typed::Typed,
};
use app::{
    App,
    customers::{self, CustomerFilter},
    desk::{self, HandAsked, HandItems, LineView, ProposalView},
    items::CustomersItem,
};
use domain::{cash::DifferenceKind, items::ItemKind};
use kernel::{Currency, CustomerId, Money, OpenItemId};
use std::collections::{BTreeSet, HashSet};

const MOST_CUSTOMERS: i64 = 10;
/// Items told of one customer.
const MOST_TOLD: usize = 5;

/// The form to post by hand.
pub(super) struct Hand {
    pub customer: String,
    pub customer_id: String,
    pub customer_href: String,
    /// What is to be used up, in words.
    pub money: String,
    pub total: String,
    pub decimals: u32,
    pub currency: Currency,
    /// What came in and what was sent, where that is another currency.
    pub ways: Vec<Way>,
    pub rows: Vec<ItemRow>,
    pub look: String,
    pub look_error: String,
    pub has_more: bool,
    pub has_others: bool,
    pub fee: String,
    pub rest_on_account: bool,
    /// It was asked for, so typing begins there.
    pub has_focus: bool,
}

pub(super) struct Way {
    pub words: String,
    pub href: String,
    pub is_current: bool,
}

pub(super) struct ItemRow {
    pub id: String,
    pub number: String,
    pub href: String,
    pub kind: &'static str,
    /// Whose it is, when the customer pays for another.
    pub of: String,
    pub due: String,
    pub is_overdue: bool,
    pub is_found: bool,
    pub open: String,
    pub open_plain: String,
    pub amount: String,
    pub discount: String,
    pub difference: String,
    pub difference_kind: String,
    pub error: String,
    pub discount_error: String,
    pub difference_error: String,
}

impl ItemRow {
    fn says_nothing(&self) -> bool {
        self.amount.is_empty() && self.discount.is_empty() && self.difference.is_empty()
    }
}

/// A customer that fits what was looked for, or whose items do.
pub(super) struct Found {
    pub customer: String,
    pub number: String,
    pub href: String,
    pub items: Vec<String>,
    pub note: String,
    of: (CustomerId, Option<Currency>),
}

/// The page of a line.
pub(super) struct Place<'p> {
    pub app: &'p App,
    pub session: &'p Session,
    pub query: &'p Asked,
    pub base: &'p str,
}

fn plain(money: Money) -> String {
    money.to_decimal().to_string()
}

/// What came in, and what was sent for it.
fn sums(view: &LineView) -> impl Iterator<Item = Money> {
    let line = &view.line.line;
    [Some(Money::new(line.amount_minor, line.currency)), view.sent].into_iter().flatten()
}

impl Place<'_> {
    /// The same page with the form of a customer.
    fn hand_href(&self, of: &[(&str, &str)]) -> String {
        let address: Vec<(&str, &str)> = self.query.pairs().into_iter().chain(of.iter().copied()).collect();
        format!("{}#hand", link(self.base, &address))
    }

    /// For whom was asked for, else for whom the likeliest proposal names; nobody when there is neither.
    pub(super) async fn hand(&self, view: &LineView, looked: &Looked, form: &Form<Typed>) -> PageResult<Option<Hand>> {
        let proposals = view.decision.as_ref().map_or(&[][..], |decision| decision.proposals.as_slice());
        let typed = form.get("customer").parse().ok();
        let asked: Option<CustomerId> = typed.or_else(|| looked.customer.parse().ok());
        let Some(customer) = asked.or_else(|| proposals.first().map(|first| first.customer)) else { return Ok(None) };
        let mut of_customer = proposals.iter().filter(|proposal| proposal.customer == customer);
        let named = of_customer.clone().find(|proposal| proposal.rank.to_string() == looked.proposal);
        // What was typed stands; before anything was, what is proposed.
        let proposal = named.or_else(|| of_customer.next()).filter(|_| !form.has("customer"));
        let said = form.text("currency").unwrap_or_else(|| looked.currency.clone());
        let said = said.parse().ok().or_else(|| proposal.map(|proposal| proposal.fee.currency()));
        let sums: Vec<Money> = sums(view).collect();
        let mut about = sums.iter().copied().find(|sum| Some(sum.currency()) == said).unwrap_or(sums[0]);
        let proposal = proposal.filter(|proposal| proposal.fee.currency() == about.currency());
        let search = form.text("look").unwrap_or_else(|| looked.look.clone());
        let mut asked = HandAsked { customer, currency: about.currency(), named: named_items(proposal, form), search };
        let caller = &self.session.caller;
        let mut items = desk::hand_items(self.app, caller, asked.clone()).await?;
        if said.is_none()
            && items.oldest.is_empty()
            && let Some(sent) = view.sent
        {
            asked.currency = sent.currency();
            let of_sent = desk::hand_items(self.app, caller, asked.clone()).await?;
            (about, items) = if of_sent.oldest.is_empty() { (about, items) } else { (sent, of_sent) };
        }
        let ways = sums.iter().filter(|_| sums.len() > 1).map(|sum| self.way(*sum, (customer, about))).collect();
        let (party, _) = customers::facts(self.app, caller, customer).await?;
        let has_found = !items.found.is_empty();
        let nonzero = |money: Money| if money.is_zero() { String::new() } else { plain(money) };
        Ok(Some(Hand {
            customer: format!("{} ({})", party.name, party.number),
            customer_id: customer.to_string(),
            customer_href: format!("/customers/{customer}"),
            money: told(about, sums[0]),
            total: plain(about),
            decimals: about.currency().exponent(),
            currency: about.currency(),
            ways,
            // What was looked for in the address may have been a name.
            look: if has_found || form.has("look") { asked.search.clone() } else { String::new() },
            look_error: match form.has("look") && !has_found {
                true => format!("Nothing that {} may pay is open in {} and fits.", party.name, about.currency()),
                false => String::new(),
            },
            has_more: items.has_more,
            has_others: items.has_others,
            rows: rows(items, (customer, proposal), (form, self.session)),
            fee: proposal.map_or_else(|| form.get("fee").to_owned(), |proposal| nonzero(proposal.fee)),
            rest_on_account: form.has("rest_on_account")
                || proposal.is_some_and(|proposal| !proposal.unapplied.is_zero()),
            has_focus: !looked.customer.is_empty() && !form.has("customer") || form.has("look"),
        }))
    }

    fn way(&self, sum: Money, (customer, about): (CustomerId, Money)) -> Way {
        let (customer, code) = (customer.to_string(), sum.currency().to_string());
        Way {
            words: format!("Items in {code}"),
            href: self.hand_href(&[("customer", &customer), ("currency", &code)]),
            is_current: sum == about,
        }
    }

    /// Customers with items that fit, and then those that fit themselves, also with nothing open.
    pub(super) async fn found(&self, view: &LineView, text: &str) -> PageResult<Vec<Found>> {
        let (caller, mut all) = (&self.session.caller, Vec::<Found>::new());
        if text.trim().is_empty() {
            return Ok(all);
        }
        for currency in sums(view).map(Money::currency) {
            for hit in desk::search_items(self.app, caller, text, currency).await? {
                let item = format!("{} ({})", hit.item.number, money(hit.item.open_minor, currency));
                let of = (hit.item.customer_id, Some(currency));
                match all.iter_mut().find(|known| known.of == of) {
                    Some(known) => known.items.push(item),
                    None => all.push(self.found_one(of, (hit.customer_name, hit.customer_number), (item, text))),
                }
            }
        }
        for found in &mut all {
            found.note = if found.items.len() > MOST_TOLD { " and more".to_owned() } else { String::new() };
            found.items.truncate(MOST_TOLD);
        }
        let filter =
            CustomerFilter { search: Some(text.to_owned()), limit: Some(MOST_CUSTOMERS), ..Default::default() };
        for listed in customers::list(self.app, caller, filter).await?.rows {
            let row = listed.customer;
            if all.iter().any(|known| known.of.0 == row.id) {
                continue;
            }
            let open: Vec<String> =
                listed.balances.iter().map(|balance| money(balance.open_minor, balance.currency)).collect();
            let note = if open.is_empty() { "nothing open".to_owned() } else { format!("open {}", open.join(", ")) };
            let found = self.found_one((row.id, None), (row.name, row.number), (String::new(), ""));
            all.push(Found { items: vec![], note, ..found });
        }
        Ok(all)
    }

    fn found_one(
        &self,
        of: (CustomerId, Option<Currency>),
        (customer, number): (String, String),
        (item, look): (String, &str),
    ) -> Found {
        let (id, code) = (of.0.to_string(), of.1.map(|code| code.to_string()).unwrap_or_default());
        let href = self.hand_href(&[("customer", &id), ("currency", &code), ("look", look)]);
        Found { customer, number, href, items: vec![item], note: String::new(), of }
    }
}

/// What is to be used up: what came in, or what was sent for it.
fn told(about: Money, got: Money) -> String {
    let said = |sum: Money| money(sum.minor(), sum.currency());
    if about == got { format!("{} came in", said(got)) } else { format!("{} sent, {} came in", said(about), said(got)) }
}

/// What a proposal names, or what something was typed for.
fn named_items(proposal: Option<&ProposalView>, form: &Form<Typed>) -> Vec<OpenItemId> {
    let typed = ["amount", "discount", "difference"].into_iter().flat_map(|group| form.of_group(group));
    let typed = typed.filter(|(_, text)| !text.is_empty()).filter_map(|(id, _)| id.parse().ok());
    let proposed = proposal.into_iter().flat_map(|all| &all.parts).map(|part| part.item);
    let all: BTreeSet<OpenItemId> = typed.chain(proposed).collect();
    all.into_iter().collect()
}

/// What was found on top, then what gets something, then the oldest.
fn rows(
    items: HandItems,
    (customer, proposal): (CustomerId, Option<&ProposalView>),
    (form, session): (&Form<Typed>, &Session),
) -> Vec<ItemRow> {
    let found: HashSet<OpenItemId> = items.found.iter().map(|row| row.item.id).collect();
    let mut seen = HashSet::new();
    let all = items.found.iter().chain(&items.named).chain(&items.oldest).filter(|row| seen.insert(row.item.id));
    let row = |of: &CustomersItem| ItemRow {
        is_found: found.contains(&of.item.id),
        of: if of.item.customer_id == customer { String::new() } else { of.customer_name.clone() },
        ..item_row(of, (proposal, form), session)
    };
    // What was typed stays, also when its item was closed meanwhile.
    let is_shown = |of: &&CustomersItem| of.item.open_minor != 0 || proposal.is_none();
    let mut rows: Vec<ItemRow> = all.filter(is_shown).map(row).collect();
    rows.sort_by_key(|row| (!row.is_found, row.says_nothing()));
    rows
}

/// One item with what it gets: as it was typed, or as it is proposed.
fn item_row(of: &CustomersItem, (proposal, form): (Option<&ProposalView>, &Form<Typed>), session: &Session) -> ItemRow {
    let (item, id) = (&of.item, of.item.id.to_string());
    let typed = |name: &str| form.get(&format!("{name}[{id}]")).to_owned();
    let error = |name: &str| form.error(&format!("{name}[{id}]")).to_owned();
    let part = proposal.and_then(|all| all.parts.iter().find(|part| part.item == item.id));
    let differences = || proposal.into_iter().flat_map(|all| &all.differences).filter(|one| one.item == Some(item.id));
    let discount =
        differences().find(|one| matches!(one.kind, DifferenceKind::DiscountEarned | DifferenceKind::DiscountUnearned));
    let other = differences().find(|one| one.kind.has_own_account());
    ItemRow {
        number: item.number.clone(),
        href: format!("/open-items/{id}"),
        kind: if item.kind == ItemKind::CreditNote { "Credit note" } else { "" },
        of: String::new(),
        due: item.due_on.to_string(),
        is_overdue: item.open_minor > 0 && item.due_on < session.company.today,
        is_found: false,
        open: amount(item.open_minor, item.currency),
        open_plain: plain(Money::new(item.open_minor, item.currency)),
        amount: part.map_or_else(|| typed("amount"), |part| plain(part.amount)),
        discount: discount.map_or_else(|| typed("discount"), |one| plain(one.money)),
        difference: other.map_or_else(|| typed("difference"), |one| plain(one.money)),
        difference_kind: other.map_or_else(|| typed("kind"), |one| one.kind.to_string()),
        error: error("amount"),
        discount_error: error("discount"),
        difference_error: error("difference"),
        id,
    }
}
