//! One line on the desk: what the bank said on the left, what it may pay on the right.
//!
//! Whoever may post and opens a line has it for a quarter of an hour, so that no two work on it; everybody else looks.
//! Every key has a button that does the same, and every button is a plain form.

use super::{
    Asked, PATH,
    hand::{self, Found, Hand},
    may_work, percent, tone,
};
use crate::{
    error::PageResult,
    figures::{amount, money},
    form::Form,
    links::link,
    page::{Page, Path, Query, render_with},
    session::Session,
    typed::Typed,
};
use app::{
    App, Error,
    desk::{
        self, DecisionView, DifferenceView, LineView, MatchRow, ProposalView, Returnable, SplitPart, SplitView,
        SuspicionRow,
    },
    users,
};
use askama::Template;
use axum::extract::State;
use domain::{
    bank::{Exception, LineState},
    cash::DifferenceKind,
    desk::MatchedBy,
};
use kernel::{BankLineId, Money};
use serde::Deserialize;

/// What else the address says: whose items are shown, and what is looked for.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Looked {
    pub(super) customer: String,
    /// The place of the proposal that is to be changed by hand.
    pub(super) proposal: String,
    /// Of the money and its items, where the payer sent another than came in.
    pub(super) currency: String,
    /// A customer or an item of anybody.
    pub(super) find: String,
    /// An item that the customer may pay.
    pub(super) look: String,
}

#[derive(Template)]
#[template(path = "desk/line.html")]
struct LinePage {
    page: Page,
    form: Form<Typed>,
    /// Wrong fields: name, what people call it, what is wrong.
    wrong: Vec<(String, String, String)>,
    asked: Asked,
    line: Facts,
    base: String,
    /// The queue, as it was narrowed.
    back: String,
    query: String,
    warning: String,
    reason: String,
    proposals: Vec<Shown>,
    decision: String,
    suspicions: Vec<Suspicion>,
    returnable: Vec<Payment>,
    /// Only a part of a payment can be meant.
    only_larger: bool,
    can_split: bool,
    split: Option<Split>,
    may_join: bool,
    past: Vec<Past>,
    hand: Option<Hand>,
    find: String,
    found: Vec<Found>,
    colleagues: Vec<(String, String)>,
    owner: String,
    can_work: bool,
    can_take_back: bool,
    can_undo: bool,
    /// The line by which the bank took the money back.
    came_back: String,
}

impl LinePage {
    /// What the queue is narrowed to, for a form that asks the same page.
    fn kept(&self) -> Vec<(&'static str, String)> {
        let said = self.asked.pairs().into_iter().filter(|(_, text)| !text.is_empty());
        said.map(|(name, text)| (name, text.to_owned())).collect()
    }

    fn kinds(&self) -> [(&'static str, &'static str); 4] {
        KINDS.map(|(kind, words)| (kind.as_str(), words))
    }
}

/// The line, printed.
struct Facts {
    payer: String,
    payer_account: String,
    amount: String,
    instructed: String,
    charges: String,
    value_on: String,
    booked_on: String,
    text: String,
    structured_reference: String,
    end_to_end_id: String,
    mandate_id: String,
    bank_reference: String,
    code: String,
    account: String,
    file_href: String,
    received_at: String,
    due_at: String,
    owner: String,
    note: String,
    state: &'static str,
    tone: &'static str,
    is_return: bool,
}

/// A way to post the line, printed.
struct Shown {
    rank: String,
    customer: String,
    customer_href: String,
    hand_href: String,
    sure: String,
    tone: &'static str,
    why: String,
    parts: Vec<Part>,
    differences: Vec<(String, String)>,
    unapplied: String,
    is_first: bool,
}

struct Part {
    number: String,
    href: String,
    due: String,
    open: String,
    amount: String,
    is_part: bool,
}

struct Suspicion {
    action: String,
    rule: &'static str,
    explanation: String,
    verdict: String,
    may_dismiss: bool,
    may_confirm: bool,
}

/// The line that was split and its parts.
struct Split {
    title: String,
    parts: Vec<PartOfLine>,
}

struct PartOfLine {
    href: String,
    amount: String,
    state: &'static str,
    is_this: bool,
}

struct Payment {
    id: String,
    number: String,
    href: String,
    on: String,
    amount: String,
    words: String,
    /// A part of it may have been recalled.
    is_larger: bool,
}

/// A match that stands or stood.
struct Past {
    at: String,
    by: String,
    how: &'static str,
    amount: String,
    payment_href: String,
    undone: String,
    stands: bool,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    Path(id): Path<BankLineId>,
    Query(query): Query<Asked>,
    Query(looked): Query<Looked>,
) -> PageResult {
    page(&app, &session, id, (query, looked, Form::default())).await
}

/// Takes the line where that is possible, and shows it either way.
async fn view(app: &App, session: &Session, id: BankLineId) -> PageResult<(LineView, String)> {
    if may_work(session) {
        match desk::claim(app, &session.caller, id).await {
            Ok(view) => return Ok((view, String::new())),
            Err(Error::Refused(why)) => return Ok((desk::show(app, &session.caller, id).await?, why)),
            Err(Error::Stale | Error::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok((desk::show(app, &session.caller, id).await?, String::new()))
}

pub(super) async fn page(
    app: &App,
    session: &Session,
    id: BankLineId,
    (query, looked, form): (Asked, Looked, Form<Typed>),
) -> PageResult {
    let (view, refused) = view(app, session, id).await?;
    let line = &view.line.line;
    let is_open = line.state == LineState::Open;
    let can_work = may_work(session) && is_open && line.is_booked && refused.is_empty();
    // That a line is posted or set aside shows anyway.
    let warning = if is_open { refused } else { String::new() };
    let base = format!("{PATH}/{id}");
    let proposals = view.decision.as_ref().map_or(&[][..], |decision| decision.proposals.as_slice());
    let at = hand::Place { app, session, query: &query, base: &base };
    let hand = if can_work && line.amount_minor > 0 { at.hand(&view, &looked, &form).await? } else { None };
    let colleagues = if can_work { users::colleagues(app, &session.caller).await? } else { vec![] };
    let page = LinePage {
        wrong: wrong(&form, hand.as_ref()),
        line: facts(&view),
        reason: view.decision.as_ref().map(|decision| decision.reason.clone()).unwrap_or_default(),
        decision: view.decision.as_ref().map(|decision: &DecisionView| decision.id.to_string()).unwrap_or_default(),
        proposals: if is_open { proposals.iter().map(|found| shown(found, &query, &base)).collect() } else { vec![] },
        suspicions: view.suspicions.iter().map(suspicion).collect(),
        returnable: view.returnable.iter().map(|found| payment(found, line)).collect(),
        past: view.matches.iter().map(past).collect(),
        found: if can_work { at.found(&view, &looked.find).await? } else { vec![] },
        hand,
        colleagues: colleagues.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        owner: line.owner_id.map(|id| id.to_string()).unwrap_or_default(),
        can_work,
        can_take_back: may_work(session)
            && line.state == LineState::SetAside
            && line.exception != Some(Exception::Replaced),
        can_undo: may_work(session) && line.state == LineState::Posted && view.came_back.is_none(),
        only_larger: !view.returnable.is_empty()
            && view.returnable.iter().all(|found| found.arrived_minor > -line.amount_minor),
        can_split: line.part == 0,
        may_join: may_work(session),
        split: view.split.as_ref().map(|split| in_parts(split, id)),
        came_back: view.came_back.map(|line| format!("{PATH}/{line}")).unwrap_or_default(),
        page: session.page(title(&view), "desk"),
        back: query.at(PATH),
        query: query.at(""),
        find: looked.find,
        asked: query,
        base,
        warning,
        form,
    };
    render_with(page.form.status(), &page)
}

fn in_parts(split: &SplitView, shown: BankLineId) -> Split {
    let part = |part: &SplitPart| PartOfLine {
        href: format!("{PATH}/{}", part.line),
        amount: money(part.money.minor(), part.money.currency()),
        state: match part.state {
            LineState::Open => "waits",
            LineState::Posted => "posted",
            LineState::SetAside => "set aside",
        },
        is_this: part.line == shown,
    };
    let whole = money(split.money.minor(), split.money.currency());
    Split { title: format!("{whole} in {} parts", split.parts.len()), parts: split.parts.iter().map(part).collect() }
}

fn title(view: &LineView) -> String {
    let line = &view.line.line;
    let payer = line.payer_name.as_deref().unwrap_or("No name");
    format!("{payer}, {}", money(line.amount_minor, line.currency))
}

fn facts(view: &LineView) -> Facts {
    let line = &view.line.line;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (state, tone) = match line.state {
        LineState::Posted => ("Posted", "ok"),
        LineState::SetAside => (line.exception.map_or("Set aside", Exception::label), "neutral"),
        LineState::Open => (line.exception.map_or("New", Exception::label), tone(line.exception)),
    };
    Facts {
        payer: text(&line.payer_name),
        payer_account: text(&line.payer_account),
        amount: money(line.amount_minor, line.currency),
        instructed: line
            .instructed_minor
            .zip(line.instructed_currency)
            .map(|(minor, code)| money(minor, code))
            .unwrap_or_default(),
        charges: if line.charges_minor == 0 { String::new() } else { money(line.charges_minor, line.currency) },
        value_on: line.value_on.to_string(),
        booked_on: line.booked_on.map(|on| on.to_string()).unwrap_or_default(),
        text: line.text.clone(),
        structured_reference: text(&line.structured_reference),
        end_to_end_id: text(&line.end_to_end_id),
        mandate_id: text(&line.mandate_id),
        bank_reference: text(&line.bank_reference),
        code: text(&line.code),
        account: view.line.account_name.clone(),
        file_href: format!("/bank/files/{}", line.file_id),
        received_at: line.received_at.to_string(),
        due_at: line.due_at.map(|at| at.to_string()).unwrap_or_default(),
        owner: text(&view.line.owner_name),
        note: text(&line.note),
        state,
        tone,
        is_return: line.amount_minor < 0,
    }
}

fn shown(proposal: &ProposalView, query: &Asked, base: &str) -> Shown {
    let part = |part: &desk::PartView| Part {
        number: part.number.clone(),
        href: format!("/open-items/{}", part.item),
        due: part.due_on.to_string(),
        open: amount(part.open.minor(), part.open.currency()),
        amount: amount(part.amount.minor(), part.amount.currency()),
        is_part: part.is_part,
    };
    let said = |money_: Money| money(money_.minor(), money_.currency());
    let words = |difference: &DifferenceView| {
        let reason = difference.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let label = difference.kind.label();
        (format!("{}{}{reason}", label[..1].to_uppercase(), &label[1..]), said(difference.money))
    };
    let mut address: Vec<(&str, &str)> = query.pairs().into_iter().collect();
    let (customer, rank) = (proposal.customer.to_string(), proposal.rank.to_string());
    address.push(("customer", &customer));
    address.push(("proposal", &rank));
    Shown {
        rank: proposal.rank.to_string(),
        customer: proposal.customer_name.clone(),
        customer_href: format!("/customers/{}", proposal.customer),
        hand_href: format!("{}#hand", link(base, &address)),
        sure: percent(proposal.promised_ppm),
        tone: if proposal.promised_ppm >= 990_000 {
            "ok"
        } else if proposal.promised_ppm >= 800_000 {
            "info"
        } else {
            "neutral"
        },
        why: proposal.why.clone(),
        parts: proposal.parts.iter().map(part).collect(),
        differences: proposal.differences.iter().map(words).collect(),
        unapplied: if proposal.unapplied.minor() == 0 { String::new() } else { said(proposal.unapplied) },
        is_first: proposal.rank == 1,
    }
}

fn suspicion(row: &SuspicionRow) -> Suspicion {
    let verdict = match row.is_confirmed {
        None => "Waits",
        Some(true) => "Confirmed",
        Some(false) => "Dismissed",
    };
    let by = row.decided_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    Suspicion {
        action: format!("{PATH}/cases/{}", row.id),
        rule: row.rule.label(),
        explanation: row.explanation.clone(),
        verdict: format!("{verdict}{by}"),
        may_dismiss: row.is_confirmed != Some(false),
        may_confirm: row.is_confirmed != Some(true),
    }
}

fn payment(found: &Returnable, line: &app::bank::BankLineRow) -> Payment {
    let words = [&found.payer_name, &found.reference].into_iter().flatten().cloned();
    let over = -line.amount_minor - found.arrived_minor;
    let apart = match over {
        0 => None,
        1.. => Some(format!("{} more was taken: a fee of the bank", money(over, line.currency))),
        _ => Some(format!("{} less was taken: a part of it", money(-over, line.currency))),
    };
    let words = words.chain(apart);
    Payment {
        id: found.id.to_string(),
        number: found.number.clone(),
        href: format!("/payments/{}", found.id),
        on: found.received_on.to_string(),
        amount: money(found.arrived_minor, line.currency),
        words: words.collect::<Vec<_>>().join(" · "),
        is_larger: over < 0,
    }
}

fn past(row: &MatchRow) -> Past {
    Past {
        at: row.posted_at.to_string(),
        by: row.posted_by.clone(),
        how: how(row.how),
        amount: money(row.amount_minor, row.currency),
        payment_href: format!("/payments/{}", row.payment_id),
        undone: match (&row.undone_by, &row.undo_reason) {
            (Some(by), Some(why)) => format!("undone by {by}: {why}"),
            (Some(by), None) => format!("undone by {by}"),
            _ => String::new(),
        },
        stands: row.undone_at.is_none(),
    }
}

pub(super) const fn how(how: MatchedBy) -> &'static str {
    match how {
        MatchedBy::Engine => "By itself",
        MatchedBy::Proposal => "Proposal taken",
        MatchedBy::Clerk => "By hand",
        MatchedBy::Return => "Taken back by the bank",
    }
}

/// What is wrong with what was typed, with the numbers of the items instead of their ids.
fn wrong(form: &Form<Typed>, hand: Option<&Hand>) -> Vec<(String, String, String)> {
    let rows = || hand.into_iter().flat_map(|hand| &hand.rows);
    let called = |field: &str| {
        let (group, id) = field.strip_suffix(']').and_then(|rest| rest.split_once('[')).unwrap_or((field, ""));
        let row = rows().find(|row| row.id == id);
        let label = crate::form::label(group);
        row.map_or_else(|| label.clone(), |row| format!("{label} of {}", row.number))
    };
    let told = |error: &app::FieldError| (error.field.clone(), called(&error.field), error.message.clone());
    form.errors().iter().map(told).collect()
}

/// Differences that a clerk can name beside a discount.
pub(super) const KINDS: [(DifferenceKind, &str); 4] = [
    (DifferenceKind::Deduction, "Deduction"),
    (DifferenceKind::WithholdingTax, "Withholding tax"),
    (DifferenceKind::Rounding, "Rounding"),
    (DifferenceKind::Exchange, "Exchange"),
];
