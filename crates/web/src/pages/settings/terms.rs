//! Payment terms: the list with what each would do today, and the form with its worked example.
//!
//! The form is read into `Terms` and nothing more; whether they make sense and when an invoice falls due says the use case.

use crate::{
    error::{PageError, PageResult},
    figures::{amount, read_number},
    form::Form,
    page::{Page, Path, render, render_with},
    server::Site,
    session::Session,
    typed::Typed,
};
use app::{
    App, Error, FieldError,
    catalogue::{self, TermsExample},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use domain::{
    calendar::BusinessDayRule,
    terms::{DueRule, EarlyPayment, Instalment, Terms},
    users::Permission,
};
use kernel::{Date, Percent, TermsId};

const PATH: &str = "/settings/terms";
const MOST_PARTS: usize = 24;
const MOST_STEPS: usize = 4;

pub(super) fn router() -> Router<Site> {
    Router::new()
        .route("/settings/terms", get(list).post(create))
        .route("/settings/terms/new", get(begin))
        .route("/settings/terms/example", post(worked_out))
        .route("/settings/terms/{id}", get(ask_change).post(change))
        .route("/settings/terms/{id}/archive", post(archive))
        .route("/settings/terms/{id}/unarchive", post(unarchive))
}

#[derive(Template)]
#[template(path = "settings/terms.html")]
struct ListPage {
    page: Page,
    listed: Vec<Row>,
    /// A rule that said no.
    form: Form<()>,
    may_write: bool,
}

struct Row {
    id: TermsId,
    code: String,
    called: String,
    due: String,
    early: String,
    is_usual: bool,
    archived: bool,
}

async fn list(State(app): State<App>, session: Session) -> PageResult {
    listed(&app, &session, Form::new(())).await
}

async fn listed(app: &App, session: &Session, form: Form<()>) -> PageResult {
    let usual = app::companies::show(app, &session.caller).await?.settings.0.terms_code;
    let rows = catalogue::terms_with_examples(app, &session.caller).await?;
    let listed = rows.into_iter().map(|(row, example)| Row {
        id: row.id,
        is_usual: row.code == usual,
        code: row.code,
        called: row.name,
        due: example.dues.iter().map(|due| due.due_on.to_string()).collect::<Vec<_>>().join(", "),
        early: early(&example),
        archived: row.archived_at.is_some(),
    });
    let may_write = session.may(Permission::WriteCatalogue);
    let status = form.status();
    let page = session.page("Payment terms", "settings");
    render_with(status, &ListPage { page, listed: listed.collect(), form, may_write })
}

/// `2 % until 2026-12-02`; every instalment has the same steps.
fn early(example: &TermsExample) -> String {
    let steps = example.dues.first().map(|due| due.discount_steps.as_slice()).unwrap_or_default();
    steps.iter().map(|step| format!("{} % until {}", step.percent, step.until)).collect::<Vec<_>>().join(", ")
}

#[derive(Template)]
#[template(path = "settings/terms_form.html")]
struct FormPage<'a> {
    page: Page,
    post: String,
    is_new: bool,
    archived: bool,
    form: &'a Form<Typed>,
    parts: Vec<String>,
    steps: Vec<String>,
    rules: Vec<(&'static str, &'static str)>,
    example: ExamplePart,
}

#[derive(Template)]
#[template(path = "settings/terms_example.html")]
struct ExamplePart {
    /// Why there is none; "" when there is one.
    missing: String,
    issued_on: String,
    gross: String,
    dues: Vec<ShownDue>,
}

struct ShownDue {
    amount: String,
    due_on: String,
    early: Vec<(String, String)>,
}

/// The terms that a form is about.
#[derive(Clone, Copy)]
struct Changed {
    id: TermsId,
    archived: bool,
}

async fn ask(app: &App, session: &Session, changed: Option<Changed>, form: &Form<Typed>) -> PageResult {
    let heading = if changed.is_some() { "Change payment terms" } else { "New payment terms" };
    let rows = |group: &str, asked: &str, most: usize| {
        let shown = (form.rows(group) + usize::from(form.get("show") == asked)).clamp(1, most);
        (0..shown).map(|at| format!("{group}[{at}]")).collect()
    };
    let rules = BusinessDayRule::ALL.iter().map(|rule| (rule.as_str(), rule_words(*rule)));
    let page = FormPage {
        page: session.page(heading, "settings"),
        post: changed.map_or_else(|| PATH.to_owned(), |changed| format!("{PATH}/{}", changed.id)),
        is_new: changed.is_none(),
        archived: changed.is_some_and(|changed| changed.archived),
        form,
        parts: rows("instalments", "instalment", MOST_PARTS),
        steps: rows("discounts", "discount", MOST_STEPS),
        rules: rules.collect(),
        example: example(app, session, form).await?,
    };
    render_with(form.status(), &page)
}

const fn rule_words(rule: BusinessDayRule) -> &'static str {
    match rule {
        BusinessDayRule::None => "stays on that day",
        BusinessDayRule::Following => "moves to the next business day",
        BusinessDayRule::ModifiedFollowing => "moves to the next business day, but stays in its month",
        BusinessDayRule::Preceding => "moves to the business day before",
    }
}

/// What the terms as typed would do today.
async fn example(app: &App, session: &Session, form: &Typed) -> PageResult<ExamplePart> {
    let none = |missing: String| ExamplePart { missing, issued_on: String::new(), gross: String::new(), dues: vec![] };
    let spec = match spec(form) {
        Ok(spec) => spec,
        Err(wrong) => return Ok(none(Error::Invalid(wrong).to_string())),
    };
    match catalogue::terms_example(app, &session.caller, &spec).await {
        Ok(example) => Ok(shown(&example)),
        Err(Error::Invalid(wrong)) => Ok(none(wrong.into_iter().map(|wrong| wrong.message).collect())),
        Err(error @ Error::Refused(_)) => Ok(none(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

fn shown(example: &TermsExample) -> ExamplePart {
    let currency = example.gross.currency();
    let money = |minor| format!("{} {currency}", amount(minor, currency));
    let dues = example.dues.iter().map(|due| ShownDue {
        amount: money(due.amount.minor()),
        due_on: with_weekday(due.due_on),
        early: (due.discount_steps.iter())
            .map(|step| (money(due.amount.minor() - step.amount.minor()), with_weekday(step.until)))
            .collect(),
    });
    ExamplePart {
        missing: String::new(),
        issued_on: with_weekday(example.issued_on),
        gross: money(example.gross.minor()),
        dues: dues.collect(),
    }
}

/// `Tuesday 2026-12-22`.
fn with_weekday(date: Date) -> String {
    format!("{} {date}", super::calendars::weekday(date.weekday()))
}

/// The form as terms, or every field that cannot be read. An empty row is none.
fn spec(form: &Typed) -> Result<Terms, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let instalments = instalments(form, &mut wrong);
    let mut discounts = Vec::new();
    for at in 0..MOST_STEPS {
        let (percent, days) = (format!("discounts[{at}].percent"), format!("discounts[{at}].within_days"));
        if !form.has(&percent) && !form.has(&days) {
            continue;
        }
        let step = (number::<Percent>(form, &mut wrong, &percent), number::<u16>(form, &mut wrong, &days));
        if let (Some(percent), Some(within_days)) = step {
            discounts.push(EarlyPayment { percent, within_days });
        }
    }
    let grace_days = if form.has("grace_days") { whole(form, &mut wrong, "grace_days") } else { 0 };
    let business_days = form.read(&mut wrong, "business_days").unwrap_or(BusinessDayRule::None);
    if wrong.is_empty() { Ok(Terms { instalments, discounts, grace_days, business_days }) } else { Err(wrong) }
}

fn instalments(form: &Typed, wrong: &mut Vec<FieldError>) -> Vec<Instalment> {
    let mut instalments = Vec::new();
    for at in 0..MOST_PARTS {
        let named = |part: &str| format!("instalments[{at}].{part}");
        let fields = ["percent", "due.days", "due.day", "due.months", "due.cutoff_day"];
        if !fields.iter().any(|part| form.has(&named(part))) {
            continue;
        }
        let percent = number::<Percent>(form, wrong, &named("percent"));
        let days = |wrong: &mut Vec<FieldError>| whole(form, wrong, &named("due.days"));
        let due = match form.get(&named("due.rule")) {
            "days_after_month_end" => DueRule::DaysAfterMonthEnd { days: days(wrong) },
            "month_end_after_days" => DueRule::MonthEndAfterDays { days: days(wrong) },
            "day_of_month" => DueRule::DayOfMonth {
                day: whole(form, wrong, &named("due.day")),
                months: whole(form, wrong, &named("due.months")),
                cutoff_day: form.read(wrong, &named("due.cutoff_day")),
            },
            _ => DueRule::NetDays { days: days(wrong) },
        };
        instalments.extend(percent.map(|percent| Instalment { percent, due }));
    }
    instalments
}

/// A number that must be there.
fn number<V>(form: &Typed, wrong: &mut Vec<FieldError>, name: &str) -> Option<V>
where
    V: std::str::FromStr<Err: std::fmt::Display>,
{
    let before = wrong.len();
    let value = read_number(wrong, name, form.get(name).trim_end_matches('%'));
    if value.is_none() && wrong.len() == before {
        wrong.push(FieldError { field: name.to_owned(), message: "give a number".to_owned() });
    }
    value
}

/// A whole number of days or months; one that cannot be read is noted and counts as 0.
fn whole<V: std::str::FromStr + Default>(form: &Typed, wrong: &mut Vec<FieldError>, name: &str) -> V {
    let text = form.get(name);
    text.parse().unwrap_or_else(|_| {
        let message = if text.is_empty() {
            "give a whole number".to_owned()
        } else {
            format!("“{text}” is no whole number that fits here")
        };
        wrong.push(FieldError { field: name.to_owned(), message });
        V::default()
    })
}

/// Saved terms as the form shows them.
fn typed(code: &str, spec: &Terms) -> Typed {
    let mut form = Typed::default().with("code", code).with("business_days", spec.business_days.as_str());
    form = form.with("grace_days", spec.grace_days.to_string());
    for (at, step) in spec.discounts.iter().enumerate() {
        form = form.with(format!("discounts[{at}].percent"), step.percent.to_string());
        form = form.with(format!("discounts[{at}].within_days"), step.within_days.to_string());
    }
    for (at, part) in spec.instalments.iter().enumerate() {
        let named = |name: &str| format!("instalments[{at}].{name}");
        let rule = match part.due {
            DueRule::NetDays { .. } => "net_days",
            DueRule::DaysAfterMonthEnd { .. } => "days_after_month_end",
            DueRule::MonthEndAfterDays { .. } => "month_end_after_days",
            DueRule::DayOfMonth { .. } => "day_of_month",
        };
        form = form.with(named("percent"), part.percent.to_string()).with(named("due.rule"), rule);
        form = match part.due {
            DueRule::NetDays { days } | DueRule::DaysAfterMonthEnd { days } | DueRule::MonthEndAfterDays { days } => {
                form.with(named("due.days"), days.to_string())
            }
            DueRule::DayOfMonth { day, months, cutoff_day } => {
                let cutoff = cutoff_day.map(|day| day.to_string()).unwrap_or_default();
                let form = form.with(named("due.day"), day.to_string()).with(named("due.months"), months.to_string());
                form.with(named("due.cutoff_day"), cutoff)
            }
        };
    }
    form
}

/// The example alone, for the script that keeps it up to date.
async fn worked_out(State(app): State<App>, session: Session, form: Form<Typed>) -> PageResult {
    render(&example(&app, &session, &tidied(&form)).await?)
}

async fn begin(State(app): State<App>, session: Session) -> PageResult {
    session.caller.may(Permission::WriteCatalogue)?;
    let form = typed("", &Terms::single(DueRule::NetDays { days: 30 }));
    ask(&app, &session, None, &Form::new(form)).await
}

async fn create(State(app): State<App>, session: Session, form: Form<Typed>) -> PageResult {
    let form = Form::new(tidied(&form));
    if form.has("show") {
        return ask(&app, &session, None, &form).await;
    }
    let code = form.get("code").to_owned();
    let done = match spec(&form) {
        Ok(spec) => catalogue::create_terms(&app, &session.caller, &code, spec).await.map(|_| ()),
        Err(wrong) => refused(&session, wrong),
    };
    match done {
        Ok(()) => Ok(saved(&session, &format!("Payment terms {code} were added."))),
        Err(error) => ask(&app, &session, None, &form.failed(error)?).await,
    }
}

/// What cannot be read is told only to those who may write.
fn refused(session: &Session, wrong: Vec<FieldError>) -> app::Result<()> {
    session.caller.may(Permission::WriteCatalogue)?;
    Err(Error::Invalid(wrong))
}

fn saved(session: &Session, sentence: &str) -> Response {
    session.go(PATH).saying(sentence).into_response()
}

/// What is saved, as the form shows it, and whether it is archived.
async fn load(app: &App, session: &Session, id: TermsId) -> PageResult<(Typed, Changed)> {
    let rows = catalogue::terms(app, &session.caller).await?;
    let row = rows.into_iter().find(|row| row.id == id);
    let row = row.ok_or_else(|| PageError::from(Error::NotFound("payment terms")))?;
    let form = typed(&row.code, &row.spec).with("version", row.version.to_string());
    Ok((form, Changed { id, archived: row.archived_at.is_some() }))
}

/// The form as it was sent, without the rows that were left empty.
fn tidied(form: &Typed) -> Typed {
    form.without_gaps("instalments", "due.rule").without_gaps("discounts", "")
}

async fn ask_change(State(app): State<App>, session: Session, Path(id): Path<TermsId>) -> PageResult {
    session.caller.may(Permission::WriteCatalogue)?;
    let (form, changed) = load(&app, &session, id).await?;
    ask(&app, &session, Some(changed), &Form::new(form)).await
}

async fn change(State(app): State<App>, session: Session, Path(id): Path<TermsId>, form: Form<Typed>) -> PageResult {
    let (before, changed) = load(&app, &session, id).await?;
    let code = before.get("code");
    let form = Form::new(tidied(&form).with("code", code));
    if form.has("show") {
        return ask(&app, &session, Some(changed), &form).await;
    }
    let version = form.get("version").parse().unwrap_or_default();
    let done = match spec(&form) {
        Ok(spec) => catalogue::edit_terms(&app, &session.caller, id, version, spec).await,
        Err(wrong) => refused(&session, wrong),
    };
    match done {
        Ok(()) => Ok(saved(&session, &format!("Payment terms {code} were saved."))),
        Err(error) => ask(&app, &session, Some(changed), &form.failed(error)?).await,
    }
}

async fn archive(State(app): State<App>, session: Session, Path(id): Path<TermsId>) -> PageResult {
    match catalogue::archive_terms(&app, &session.caller, id).await {
        Ok(()) => {
            let go = session.go(PATH).saying("The payment terms were archived.");
            Ok(go.undo(format!("{PATH}/{id}/unarchive")).into_response())
        }
        Err(error) => listed(&app, &session, Form::new(()).failed(error)?).await,
    }
}

async fn unarchive(State(app): State<App>, session: Session, Path(id): Path<TermsId>) -> PageResult {
    catalogue::unarchive_terms(&app, &session.caller, id).await?;
    Ok(saved(&session, "The payment terms are back from the archive."))
}
