//! Taking an issued invoice back in whole or in part.

use super::PATH;
use crate::{
    error::PageResult,
    form::Form,
    page::{Page, Path, render_with},
    pages::lines::{PartForm, PartLine, parts},
    session::Session,
};
use app::{
    App,
    approvals::Outcome,
    credit_notes::{self, CreditRequest, CreditedLine},
    invoices,
};
use askama::Template;
use axum::{extract::State, response::IntoResponse as _};
use domain::users::Permission;
use kernel::InvoiceId;

#[derive(Template)]
#[template(path = "invoices/credit.html")]
struct CreditPage<'a> {
    page: Page,
    invoice_href: String,
    number: String,
    customer: String,
    parts: Vec<PartLine>,
    form: &'a Form<PartForm>,
    today: String,
}

pub(super) async fn ask(State(app): State<App>, session: Session, Path(id): Path<InvoiceId>) -> PageResult {
    session.caller.may(Permission::IssueCreditNotes)?;
    ask_with(&app, &session, id, &Form::new(PartForm::default())).await
}

async fn ask_with(app: &App, session: &Session, id: InvoiceId, form: &Form<PartForm>) -> PageResult {
    let view = invoices::show(app, &session.caller, id).await?;
    let progress = credit_notes::left(app, &session.caller, id).await?;
    let number = view.invoice.number.clone().unwrap_or_else(|| "Draft".to_owned());
    let page = CreditPage {
        page: session.page(format!("Credit {number}"), "invoices"),
        invoice_href: format!("{PATH}/{id}"),
        number,
        customer: view.customer.name,
        parts: parts(&view.lines, &progress, form),
        form,
        today: if form.on.is_empty() { session.company.today.to_string() } else { form.on.clone() },
    };
    render_with(form.status(), &page)
}

pub(super) async fn credit(
    State(app): State<App>,
    session: Session,
    Path(id): Path<InvoiceId>,
    form: Form<PartForm>,
) -> PageResult {
    session.caller.may(Permission::IssueCreditNotes)?;
    let made = match form.asked() {
        Ok((lines, on)) => {
            let lines = lines.into_iter().map(|(line, quantity)| CreditedLine { line, quantity }).collect();
            let asked = CreditRequest { invoice: id, lines: Some(lines), reason: form.reason.clone(), on };
            credit_notes::issue(&app, &session.caller, asked).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(Outcome::Done(issued)) => {
            let said = format!("{} was issued and used on what was open of the invoice.", issued.number);
            Ok(session.go(format!("{PATH}/{}", issued.id)).saying(said).into_response())
        }
        Ok(Outcome::Pending(_)) => {
            let said = "This is above the limit for one person: the credit note waits until somebody else approves it.";
            Ok(session.go(format!("{PATH}/{id}")).warning(said).into_response())
        }
        Err(error) => ask_with(&app, &session, id, &form.failed(error)?).await,
    }
}
