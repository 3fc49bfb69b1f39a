//! What is done with a line; afterwards the next one of the same queue comes, with an offer to undo.

use super::{
    Asked, PATH,
    line::{KINDS, Looked, page},
    next_of,
};
use crate::{
    error::{PageError, PageResult, sentence_of},
    form::Form,
    page::{Path, Query},
    server::Site,
    session::{Go, Session},
    typed::Typed,
};
use app::{
    App, Error, FieldError, bank,
    desk::{self, Accept, Allocate, HandDifference, HandPart, PaymentOf},
};
use axum::{
    extract::{FromRequest, FromRequestParts, Request, State},
    response::{IntoResponse as _, Response},
};
use domain::cash::DifferenceKind;
use kernel::{BankDecisionId, BankLineId, Currency, OpenItemId, PaymentId, UserId};

/// A form of a line: where it stands, who sent it, what it says.
pub(super) struct Act {
    app: App,
    session: Session,
    id: BankLineId,
    query: Asked,
    form: Form<Typed>,
}

impl FromRequest<Site> for Act {
    type Rejection = PageError;

    async fn from_request(request: Request, site: &Site) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let session = <Session as FromRequestParts<Site>>::from_request_parts(&mut parts, site).await?;
        let Path(id) = Path::from_request_parts(&mut parts, site).await?;
        let Query(query) = Query::from_request_parts(&mut parts, site).await?;
        let form = Form::from_request(Request::from_parts(parts, body), site).await?;
        Ok(Self { app: site.app.clone(), session, id, query, form })
    }
}

impl Act {
    /// On to the next line, or the same page with what is wrong.
    async fn answer(self, done: app::Result<String>, undone_by: Option<&str>) -> PageResult {
        let said = match done {
            Ok(said) => said,
            Err(error) => {
                let form = self.form.failed(error)?;
                return page(&self.app, &self.session, self.id, (self.query, Looked::default(), form)).await;
            }
        };
        let next = next_of(&self.app, &self.session, &self.query, self.id).await?;
        let go = self.session.go(next).saying(said);
        let undo = undone_by.map(|way| format!("{PATH}/{}/{way}", self.id));
        Ok(undo.into_iter().fold(go, Go::undo).into_response())
    }
}

pub(super) async fn accept(act: Act) -> PageResult {
    let mut wrong = vec![];
    let decision: Option<BankDecisionId> = act.form.read(&mut wrong, "decision");
    let rank = act.form.read(&mut wrong, "rank").unwrap_or(1);
    let done = match decision {
        Some(decision) => desk::accept(&act.app, &act.session.caller, act.id, Accept { decision, rank }).await,
        None => Err(Error::refused("There is no proposal to take; look at the line again.")),
    };
    let said = done.map(|row| format!("{} posted.", kernel::Money::new(row.amount_minor, row.currency)));
    act.answer(said, Some("undo")).await
}

pub(super) async fn allocate(act: Act) -> PageResult {
    if is_looking(&act.form) {
        return page(&act.app, &act.session, act.id, (act.query, Looked::default(), act.form)).await;
    }
    let line = bank::line(&act.app, &act.session.caller, act.id).await?;
    // The items of the form are in what came in or in what the payer sent.
    let currency = act.form.text("currency").and_then(|code| code.parse().ok()).unwrap_or(line.currency);
    let done = match asked(&act.form, currency) {
        Ok((asked, ids)) => {
            let done = desk::allocate(&act.app, &act.session.caller, act.id, asked).await;
            done.map_err(|error| of_fields(error, &ids))
        }
        Err(error) => Err(error),
    };
    let said = done.map(|row| format!("{} posted.", kernel::Money::new(row.amount_minor, row.currency)));
    act.answer(said, Some("undo")).await
}

/// An item is looked for: nothing is posted by the Enter that ends a number.
fn is_looking(form: &Typed) -> bool {
    form.has("search") || form.has("look") && form.get("look") != form.get("looked")
}

/// The form as the use case takes it, and the items in their order.
fn asked(form: &Typed, currency: Currency) -> app::Result<(Allocate, Vec<OpenItemId>)> {
    let mut wrong = vec![];
    let mut parts = vec![];
    for (name, text) in form.of_group("amount") {
        let field = |group: &str| format!("{group}[{name}]");
        let beside = ["discount", "difference"].iter().any(|group| form.has(&field(group)));
        if text.is_empty() && !beside {
            continue;
        }
        let Ok(item) = name.parse::<OpenItemId>() else { continue };
        let gives = form.has(&field("gives"));
        let kind: Option<DifferenceKind> = form.read(&mut wrong, &field("kind"));
        let difference = form.money(&mut wrong, &field("difference"), currency);
        let amount = form.money(&mut wrong, &field("amount"), currency);
        parts.push(HandPart {
            item,
            // A credit note is typed with its minus and gives what it says; a debt's minus is a slip.
            amount: amount.map(|money| if gives { kernel::Money::new(money.minor().abs(), currency) } else { money }),
            discount: form.money(&mut wrong, &field("discount"), currency),
            difference: difference.map(|money| HandDifference { kind: kind.unwrap_or(KINDS[0].0), money }),
        });
    }
    let fee = form.money(&mut wrong, "fee", currency);
    let customer = form.read(&mut wrong, "customer");
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let customer = customer.ok_or_else(|| Error::field("customer", "say who paid"))?;
    let rest_on_account = form.has("rest_on_account");
    if parts.is_empty() && !rest_on_account {
        return Err(Error::refused("Say what is paid, or that all of it stays on account."));
    }
    let ids = parts.iter().map(|part| part.item).collect();
    Ok((Allocate { customer, parts, fee, rest_on_account }, ids))
}

/// The text of a use case is the form's only one, under another name.
fn called(error: Error, name: &str) -> Error {
    let Error::Invalid(fields) = error else { return error };
    let renamed = |wrong: FieldError| match wrong.field.split('[').next().unwrap_or_default() {
        "reason" | "note" | "parts" => FieldError { field: name.to_owned(), ..wrong },
        _ => wrong,
    };
    Error::Invalid(fields.into_iter().map(renamed).collect())
}

/// `parts[2].amount` is the field of the third item.
fn of_fields(error: Error, ids: &[OpenItemId]) -> Error {
    let Error::Invalid(fields) = error else { return error };
    let renamed = |wrong: FieldError| {
        let place = wrong.field.strip_prefix("parts[").and_then(|rest| rest.split_once(']'));
        let item = place.and_then(|(at, rest)| Some((ids.get(at.parse::<usize>().ok()?)?, rest)));
        match item {
            Some((item, rest)) => {
                let name = rest.trim_start_matches('.');
                let name = if matches!(name, "discount" | "difference") { name } else { "amount" };
                FieldError { field: format!("{name}[{item}]"), ..wrong }
            }
            None => wrong,
        }
    };
    Error::Invalid(fields.into_iter().map(renamed).collect())
}

pub(super) async fn return_of(act: Act) -> PageResult {
    let mut wrong = vec![];
    let chosen: Option<PaymentId> = act.form.read(&mut wrong, "payment");
    let payment = act.form.text("number").map(PaymentOf::Number).or(chosen.map(PaymentOf::Payment));
    let done = match payment {
        Some(payment) => {
            let is_part = act.form.has("part");
            desk::return_of(&act.app, &act.session.caller, act.id, (payment, is_part)).await
        }
        None => Err(Error::refused("Choose the payment that the bank took back, or type its number.")),
    };
    let said =
        done.map(|()| "The payment was taken back with the bank’s own day; what it paid is open again.".to_owned());
    act.answer(said, Some("undo")).await
}

pub(super) async fn set_aside(act: Act) -> PageResult {
    let done = desk::set_aside(&act.app, &act.session.caller, act.id, act.form.get("note")).await;
    let done = done.map_err(|error| called(error, "note"));
    let said = done.map(|_| "Set aside: no customer’s payment.".to_owned());
    act.answer(said, Some("take-back")).await
}

pub(super) async fn take_back(State(app): State<App>, session: Session, Path(id): Path<BankLineId>) -> PageResult {
    let done = desk::take_back(&app, &session.caller, id).await;
    back_to(&session, id, done.map(|_| "The line is on the desk again."))
}

pub(super) async fn assign(act: Act) -> PageResult {
    let mut wrong = vec![];
    let to: Option<UserId> = act.form.read(&mut wrong, "owner");
    let question = Some(act.form.get("question"));
    let done = desk::assign(&act.app, &act.session.caller, act.id, to, question).await;
    let done = done.map_err(|error| called(error, "question"));
    let said =
        done.map(|()| if to.is_some() { "Asked." } else { "The line is nobody’s in particular now." }.to_owned());
    act.answer(said, None).await
}

/// On to the first of the parts.
pub(super) async fn split(act: Act) -> PageResult {
    let line = bank::line(&act.app, &act.session.caller, act.id).await?;
    let mut wrong = vec![];
    let sums = act.form.sums(&mut wrong, "parts", line.currency);
    let done = match wrong.is_empty() {
        true => desk::split(&act.app, &act.session.caller, act.id, &sums).await,
        false => Err(Error::Invalid(wrong)),
    };
    match done {
        Ok(parts) => {
            let first = parts.first().copied().unwrap_or(act.id);
            let said = format!("Split into {} lines; this is the first of them.", parts.len());
            let go = act.session.go(act.query.at(&format!("{PATH}/{first}"))).saying(said);
            Ok(go.undo(format!("{PATH}/{}/join", act.id)).into_response())
        }
        Err(error) => act.answer(Err(called(error, "parts")), None).await,
    }
}

/// Back to the line that was split.
pub(super) async fn join(State(app): State<App>, session: Session, Path(id): Path<BankLineId>) -> PageResult {
    let whole = desk::show(&app, &session.caller, id).await?.split.map_or(id, |split| split.line);
    let done = desk::join(&app, &session.caller, id).await;
    back_to(&session, if done.is_ok() { whole } else { id }, done.map(|_| "The line is one again."))
}

pub(super) async fn undo(
    State(app): State<App>,
    session: Session,
    Path(id): Path<BankLineId>,
    form: Form<Typed>,
) -> PageResult {
    let why = form.text("reason").unwrap_or_else(|| "Undone at the desk".to_owned());
    let done = desk::undo(&app, &session.caller, id, &why).await;
    let said = "Undone from today on: what was paid is open again, and the line waits.";
    if form.has("stay") {
        let to = format!("{PATH}/posted");
        return match done {
            Ok(_) => Ok(session.go(to).saying(said).into_response()),
            Err(error) => refused(&session, to, error),
        };
    }
    back_to(&session, id, done.map(|_| said))
}

/// Lets the line go and shows the next one.
pub(super) async fn skip(
    State(app): State<App>,
    session: Session,
    Path(id): Path<BankLineId>,
    Query(query): Query<Asked>,
) -> PageResult {
    desk::release(&app, &session.caller, id).await?;
    Ok(session.go(next_of(&app, &session, &query, id).await?).into_response())
}

fn back_to(session: &Session, id: BankLineId, done: app::Result<&str>) -> PageResult {
    let to = format!("{PATH}/{id}");
    match done {
        Ok(said) => Ok(session.go(to).saying(said).into_response()),
        Err(error) => refused(session, to, error),
    }
}

fn refused(session: &Session, to: String, error: Error) -> PageResult<Response> {
    match error {
        Error::Refused(_) | Error::Conflict(_) | Error::Stale | Error::Invalid(_) => {
            Ok(session.go(to).warning(sentence_of(&error)).into_response())
        }
        error => Err(error.into()),
    }
}
