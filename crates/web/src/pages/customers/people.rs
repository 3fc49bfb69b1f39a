//! The people at a customer: adding, changing and removing a contact; and what other systems call the customer.

use super::PATH;
use crate::{
    error::{PageError, PageResult, sentence_of},
    form::Form,
    page::{Page, Path, render_with},
    server::Site,
    session::Session,
};
use app::{App, Error, customers};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::{
    customers::{ContactFacts, ContactRole},
    users::Permission,
};
use kernel::{ContactId, CustomerId};
use serde::Deserialize;

pub(super) fn router() -> Router<Site> {
    Router::new()
        .route("/customers/{id}/contacts", post(add))
        .route("/customers/{id}/contacts/new", get(begin))
        .route("/customers/{id}/contacts/{contact}", get(ask_change).post(change))
        .route("/customers/{id}/contacts/{contact}/remove", post(remove))
        .route("/customers/{id}/external-ids", post(add_name))
        .route("/customers/{id}/external-ids/remove", post(remove_name))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ContactForm {
    name: String,
    role: String,
    email: String,
    phone: String,
}

#[derive(Template)]
#[template(path = "customers/contact.html")]
struct ContactPage<'a> {
    page: Page,
    post: String,
    back: String,
    customer: String,
    form: &'a Form<ContactForm>,
    roles: &'static [ContactRole],
}

async fn ask(
    app: &App,
    session: &Session,
    id: CustomerId,
    contact: Option<ContactId>,
    form: &Form<ContactForm>,
) -> PageResult {
    let (customer, _) = customers::facts(app, &session.caller, id).await?;
    let back = format!("{PATH}/{id}");
    let page = ContactPage {
        page: session.page(if contact.is_some() { "Change contact" } else { "New contact" }, "customers"),
        post: contact.map_or_else(|| format!("{back}/contacts"), |contact| format!("{back}/contacts/{contact}")),
        back,
        customer: customer.name,
        form,
        roles: ContactRole::ALL,
    };
    render_with(form.status(), &page)
}

fn facts(form: &ContactForm) -> ContactFacts {
    let some = |text: &String| Some(text.clone());
    ContactFacts { name: form.name.clone(), role: some(&form.role), email: some(&form.email), phone: some(&form.phone) }
}

async fn begin(State(app): State<App>, session: Session, Path(id): Path<CustomerId>) -> PageResult {
    session.caller.may(Permission::WriteCustomers)?;
    ask(&app, &session, id, None, &Form::default()).await
}

async fn add(
    State(app): State<App>,
    session: Session,
    Path(id): Path<CustomerId>,
    form: Form<ContactForm>,
) -> PageResult {
    match customers::add_contact(&app, &session.caller, id, facts(&form)).await {
        Ok(_) => {
            let said = format!("{} was added to the contacts.", form.name.trim());
            Ok(session.go(format!("{PATH}/{id}")).saying(said).into_response())
        }
        Err(error) => ask(&app, &session, id, None, &form.failed(error)?).await,
    }
}

async fn ask_change(
    State(app): State<App>,
    session: Session,
    Path((id, contact)): Path<(CustomerId, ContactId)>,
) -> PageResult {
    session.caller.may(Permission::WriteCustomers)?;
    let shown = customers::show(&app, &session.caller, id).await?;
    let row = shown.contacts.into_iter().find(|row| row.id == contact);
    let row = row.ok_or_else(|| PageError::from(Error::NotFound("contact")))?;
    let form = ContactForm {
        name: row.name,
        role: row.role.to_string(),
        email: row.email.unwrap_or_default(),
        phone: row.phone.unwrap_or_default(),
    };
    ask(&app, &session, id, Some(contact), &Form::new(form)).await
}

async fn change(
    State(app): State<App>,
    session: Session,
    Path((id, contact)): Path<(CustomerId, ContactId)>,
    form: Form<ContactForm>,
) -> PageResult {
    match customers::change_contact(&app, &session.caller, contact, facts(&form)).await {
        Ok(()) => Ok(session.go(format!("{PATH}/{id}")).saying("The contact was saved.").into_response()),
        Err(error) => ask(&app, &session, id, Some(contact), &form.failed(error)?).await,
    }
}

async fn remove(
    State(app): State<App>,
    session: Session,
    Path((id, contact)): Path<(CustomerId, ContactId)>,
) -> PageResult {
    customers::remove_contact(&app, &session.caller, contact).await?;
    Ok(session.go(format!("{PATH}/{id}")).saying("The contact was removed.").into_response())
}

/// A name in another system.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NameForm {
    source: String,
    name: String,
}

async fn add_name(
    State(app): State<App>,
    session: Session,
    Path(id): Path<CustomerId>,
    form: Form<NameForm>,
) -> PageResult {
    let go = session.go(format!("{PATH}/{id}"));
    Ok(match customers::add_external_id(&app, &session.caller, id, &form.source, &form.name).await {
        Ok(_) => go.saying(format!("The customer is called {} in {}.", form.name.trim(), form.source.trim())),
        Err(error @ Error::Invalid(_)) => go.warning(sentence_of(&error)),
        Err(error) => return Err(error.into()),
    }
    .into_response())
}

async fn remove_name(
    State(app): State<App>,
    session: Session,
    Path(id): Path<CustomerId>,
    form: Form<NameForm>,
) -> PageResult {
    customers::remove_external_id(&app, &session.caller, id, &form.source, &form.name).await?;
    let said = format!("{} {} is no longer this customer.", form.source, form.name);
    Ok(session.go(format!("{PATH}/{id}")).saying(said).into_response())
}
