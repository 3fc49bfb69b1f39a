//! Signing in and out, switching company, and setting up the first one.
//!
//! The setup page exists while there is no user; it asks for the code that was printed on the terminal.

use crate::{
    error::{PageError, PageResult},
    form::Form,
    page::{Query, render, render_with},
    security::peer,
    server::Site,
    session::{Session, local_path},
};
use app::{App, FieldError, secrets, users};
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER, request::Parts},
    response::{IntoResponse as _, Redirect},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use domain::{companies::NewCompany, users::Role};
use serde::Deserialize;
use std::sync::atomic::Ordering;

pub fn router() -> Router<Site> {
    Router::new()
        .route("/sign-in", get(ask).post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/company", post(switch_company))
        .route("/setup", get(ask_setup).post(set_up))
}

#[derive(Template)]
#[template(path = "users/sign_in.html")]
struct SignInPage<'a> {
    email: &'a str,
    error: &'a str,
    next: &'a str,
    csrf: &'a str,
    demo_logins: &'a [(String, String, String)],
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Next {
    next: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SignInForm {
    email: String,
    password: String,
    next: String,
}

async fn ask(State(site): State<Site>, session: Option<Session>, jar: CookieJar, Query(to): Query<Next>) -> PageResult {
    let next = local_path(&to.next);
    if session.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    if !is_set_up(&site).await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    let (csrf, jar) = visitor(&site, jar)?;
    let demo_logins = &site.config.demo_logins;
    Ok((jar, render(&SignInPage { email: "", error: "", next, csrf: &csrf, demo_logins })?).into_response())
}

async fn sign_in(State(site): State<Site>, jar: CookieJar, parts: Parts, form: Form<SignInForm>) -> PageResult {
    let next = local_path(&form.next);
    let again = |status: StatusCode, error: &str| {
        let (csrf, jar) = visitor(&site, jar.clone())?;
        let demo_logins = &site.config.demo_logins;
        let page = SignInPage { email: &form.email, error, next, csrf: &csrf, demo_logins };
        Ok::<_, PageError>((jar, render_with(status, &page)?).into_response())
    };
    if let Err(wait) = site.sign_ins.check((peer(&parts), form.email.trim().to_lowercase())) {
        let sentence = format!("Too many tries. Wait {} seconds and try again.", wait.retry_after_s);
        let mut response = again(StatusCode::TOO_MANY_REQUESTS, &sentence)?;
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.retry_after_s));
        return Ok(response);
    }
    let typed = users::SignIn { email: form.email.clone(), password: form.password.clone() };
    match users::sign_in(&site.app, typed).await {
        Ok(signed_in) => {
            let cookie = site.cookies.make(site.cookies.session(), signed_in.token);
            let jar = jar.clone().add(cookie).add(site.cookies.gone(site.cookies.visitor()));
            Ok((jar, Redirect::to(next)).into_response())
        }
        Err(app::Error::Refused(sentence)) => again(StatusCode::UNPROCESSABLE_ENTITY, &sentence),
        Err(error) => Err(error.into()),
    }
}

async fn sign_out(State(site): State<Site>, session: Session) -> PageResult {
    users::sign_out(&site.app, &session).await?;
    let jar = CookieJar::new().add(site.cookies.gone(site.cookies.session()));
    Ok((jar, Redirect::to("/sign-in")).into_response())
}

#[derive(Debug, Deserialize)]
struct Switch {
    code: String,
}

async fn switch_company(State(app): State<App>, session: Session, form: Form<Switch>) -> PageResult {
    users::switch_company(&app, &session, &form.code).await?;
    Ok(session.go("/").into_response())
}

/// The form token of somebody who is not signed in: the same word in a cookie and in the form.
fn visitor(site: &Site, jar: CookieJar) -> PageResult<(String, CookieJar)> {
    let name = site.cookies.visitor();
    if let Some(known) = jar.get(name).map(|cookie| cookie.value().to_owned()).filter(|word| word.len() == 64) {
        return Ok((known, CookieJar::new()));
    }
    let word = secrets::random_word()?;
    Ok((word.clone(), CookieJar::new().add(site.cookies.make(name, word))))
}

async fn is_set_up(site: &Site) -> PageResult<bool> {
    if !site.set_up.load(Ordering::Relaxed) && users::any(&site.app).await? {
        site.set_up.store(true, Ordering::Relaxed);
    }
    Ok(site.set_up.load(Ordering::Relaxed))
}

#[derive(Template)]
#[template(path = "users/setup.html")]
struct SetupPage<'a> {
    csrf: &'a str,
    form: &'a Form<SetupForm>,
    currencies: Vec<(&'static str, String)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SetupForm {
    setup_code: String,
    company_code: String,
    company_name: String,
    country: String,
    currency: String,
    language: String,
    time_zone: String,
    name: String,
    email: String,
    password: String,
}

async fn ask_setup(State(site): State<Site>, jar: CookieJar) -> PageResult {
    let form = Form::new(SetupForm {
        country: "DE".to_owned(),
        currency: "EUR".to_owned(),
        language: "en".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        ..SetupForm::default()
    });
    show_setup(&site, jar, &form).await
}

async fn show_setup(site: &Site, jar: CookieJar, form: &Form<SetupForm>) -> PageResult {
    if is_set_up(site).await? {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let (csrf, jar) = visitor(site, jar)?;
    let currencies = kernel::Currency::all().map(|c| (c.code(), format!("{}, {}", c.code(), c.name()))).collect();
    Ok((jar, render_with(form.status(), &SetupPage { csrf: &csrf, form, currencies })?).into_response())
}

async fn set_up(State(site): State<Site>, jar: CookieJar, parts: Parts, form: Form<SetupForm>) -> PageResult {
    let right = site.config.setup_code.as_ref().is_some_and(|code| secrets::same(code, form.setup_code.trim()));
    let allowed = site.sign_ins.check((peer(&parts), "setup")).is_ok();
    let made = match (allowed, right) {
        (false, _) => Err(app::Error::field("setup_code", "too many tries; wait half a minute")),
        (true, false) => Err(app::Error::field("setup_code", "this is not the code on the terminal")),
        (true, true) => make(&site.app, &form).await,
    };
    match made {
        Ok(()) => Ok(Redirect::to("/sign-in").into_response()),
        Err(error) => show_setup(&site, jar, &form.failed(error)?).await,
    }
}

async fn make(app: &App, form: &SetupForm) -> app::Result<()> {
    let currency = form.currency.parse::<kernel::Currency>().map_err(|wrong| app::Error::field("currency", wrong))?;
    let company = NewCompany {
        code: form.company_code.clone(),
        name: form.company_name.clone(),
        currency,
        country: form.country.trim().to_owned(),
        language: form.language.clone(),
        time_zone: form.time_zone.trim().to_owned(),
        address: Default::default(),
        tax_id: None,
        email: None,
    };
    let (email, name, password) = (form.email.clone(), form.name.clone(), form.password.clone());
    let administrator = users::NewUser { email, name, password, role: Role::Administrator };
    users::set_up(app, company, administrator).await.map(drop).map_err(names_of_this_form)
}

/// The form has two names on it.
fn names_of_this_form(error: app::Error) -> app::Error {
    match error {
        app::Error::Invalid(fields) => app::Error::Invalid(fields.into_iter().map(renamed).collect()),
        other => other,
    }
}

fn renamed(error: FieldError) -> FieldError {
    let field = if error.field == "code" { "company_code".to_owned() } else { error.field };
    FieldError { field, message: error.message }
}
