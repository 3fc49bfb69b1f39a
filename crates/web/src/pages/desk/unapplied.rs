//! Unapplied cash: what is left of payments, how old it is and who looks after it. Using and refunding it is done on the
//! payment's own page.

use super::{PATH, may_work};
use crate::{
    error::{PageResult, sentence_of},
    figures::{amount, money},
    form::Form,
    links::link,
    page::{Page, Path, Query, render},
    session::Session,
    typed::Typed,
};
use app::{
    App, Error,
    desk::{self, Unapplied, UnappliedList},
    lists::Cursor,
    users,
};
use askama::Template;
use axum::{extract::State, response::IntoResponse as _};
use domain::users::Permission;
use kernel::{Currency, OpenItemId, UserId};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "desk/unapplied.html")]
struct UnappliedPage {
    page: Page,
    query: Asked,
    ages: Vec<Age>,
    rows: Vec<Row>,
    colleagues: Vec<(String, String)>,
    first: String,
    next: String,
    can_work: bool,
    can_refund: bool,
}

struct Age {
    href: String,
    days: String,
    money: String,
    is_current: bool,
}

struct Row {
    href: String,
    number: String,
    customer: String,
    customer_href: String,
    on: String,
    age: String,
    whole: String,
    left: String,
    currency: Currency,
    owner: String,
    owner_id: String,
    note: String,
    action: String,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// "me", "nobody" or "".
    owner: String,
    from_days: String,
    to_days: String,
    customer: String,
    after: Option<Cursor>,
}

impl Asked {
    fn pairs(&self) -> [(&'static str, &str); 4] {
        [
            ("owner", &self.owner),
            ("from_days", &self.from_days),
            ("to_days", &self.to_days),
            ("customer", &self.customer),
        ]
    }

    /// The same list with some things changed, from its first page.
    fn with(&self, changed: &[(&'static str, &str)]) -> String {
        let stays = |(name, _): &(&str, &str)| changed.iter().all(|(other, _)| other != name);
        let mut pairs: Vec<(&str, &str)> = self.pairs().into_iter().filter(stays).collect();
        pairs.extend(changed);
        link(&format!("{PATH}/unapplied"), &pairs)
    }

    fn first(&self) -> String {
        self.with(&[])
    }

    fn narrows(&self) -> bool {
        self.pairs().iter().any(|(_, text)| !text.is_empty())
    }
}

pub(super) async fn list(State(app): State<App>, session: Session, Query(query): Query<Asked>) -> PageResult {
    let asked = UnappliedList {
        customer: query.customer.parse().ok(),
        owner: if query.owner == "me" { session.caller.actor.person() } else { None },
        unowned: query.owner == "nobody",
        from_days: query.from_days.parse().ok(),
        to_days: query.to_days.parse().ok(),
        after: query.after.clone(),
        limit: None,
    };
    let found = desk::unapplied(&app, &session.caller, asked).await?;
    let ages = desk::unapplied_ages(&app, &session.caller, query.customer.parse().ok()).await?;
    let can_work = may_work(&session);
    let colleagues = if can_work { users::colleagues(&app, &session.caller).await? } else { vec![] };
    render(&UnappliedPage {
        page: session.page("Unapplied cash", "desk"),
        ages: ages.iter().map(|age| told(age, &query)).collect(),
        rows: found.rows.iter().map(|found| row(found, &session)).collect(),
        colleagues: colleagues.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        first: if query.after.is_some() { query.first() } else { String::new() },
        next: found.next.map(|next| query.with(&[("after", &next.to_string())])).unwrap_or_default(),
        can_refund: session.may(Permission::RefundMoney),
        can_work,
        query,
    })
}

fn told(age: &desk::UnappliedAge, query: &Asked) -> Age {
    let from = age.from_days.to_string();
    let days = match age.to_days {
        Some(to) => format!("{from} to {to} days"),
        None => format!("{from} days and more"),
    };
    let to = age.to_days.map(|days| days.to_string()).unwrap_or_default();
    let is_current = query.from_days == from && query.to_days == to;
    let (from, to) = if is_current { ("", "") } else { (from.as_str(), to.as_str()) };
    let money = money(age.money.minor(), age.money.currency());
    Age { href: query.with(&[("from_days", from), ("to_days", to)]), days, money, is_current }
}

fn row(found: &Unapplied, session: &Session) -> Row {
    let item = &found.item;
    let days = session.company.today.days_since(item.document_on).max(0);
    Row {
        href: format!("/payments/{}", item.document_id),
        number: item.number.clone(),
        customer: found.customer_name.clone(),
        customer_href: format!("/customers/{}", item.customer_id),
        on: item.document_on.to_string(),
        age: if days == 1 { "1 day".to_owned() } else { format!("{days} days") },
        whole: amount(-item.amount_minor, item.currency),
        left: amount(-item.open_minor, item.currency),
        currency: item.currency,
        owner: found.owner_name.clone().unwrap_or_default(),
        owner_id: found.owner_id.map(|id| id.to_string()).unwrap_or_default(),
        note: found.owner_note.clone().unwrap_or_default(),
        action: format!("{PATH}/unapplied/{}/assign", item.id),
    }
}

pub(super) async fn give(
    State(app): State<App>,
    session: Session,
    Path(item): Path<OpenItemId>,
    form: Form<Typed>,
) -> PageResult {
    let mut wrong = vec![];
    let owner: Option<UserId> = form.read(&mut wrong, "owner");
    let to = form.text("back").filter(|back| back.starts_with(PATH)).unwrap_or_else(|| format!("{PATH}/unapplied"));
    match desk::give_unapplied(&app, &session.caller, item, (owner, Some(form.get("note")))).await {
        Ok(()) if owner.is_some() => Ok(session.go(to).saying("Given to a colleague.").into_response()),
        Ok(()) => Ok(session.go(to).saying("It is nobody’s in particular now.").into_response()),
        Err(error @ (Error::Invalid(_) | Error::Refused(_) | Error::Conflict(_) | Error::Stale)) => {
            Ok(session.go(to).warning(sentence_of(&error)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
