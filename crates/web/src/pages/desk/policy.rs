//! What the program may post by itself: the dial, the limits of each kind of difference, the safeguards, and who changed
//! them when.

use super::PATH;
use crate::{
    error::PageResult,
    form::Form,
    page::{Page, render_with},
    session::Session,
    typed::Typed,
};
use app::{
    App, Error, FieldError,
    desk::{self, PolicyVersion, RuleView},
    ledger,
};
use askama::Template;
use axum::{extract::State, response::IntoResponse as _};
use domain::{
    cash::DifferenceKind,
    desk::{
        Dial, DifferenceRule, PostingPolicy,
        safeguards::{Safeguard, SafeguardRule},
    },
    users::Permission,
};

#[derive(Template)]
#[template(path = "desk/policy.html")]
struct PolicyPage {
    page: Page,
    form: Form<Typed>,
    version: i64,
    dials: [(&'static str, &'static str); 3],
    dial: String,
    error_limit: String,
    duplicate_days: String,
    returns: String,
    differences: Vec<Difference>,
    rules: Vec<Rule>,
    accounts: Vec<(String, String)>,
    versions: Vec<(String, String, String)>,
    may_change: bool,
}

/// One kind of difference, as typed or as it is.
struct Difference {
    code: &'static str,
    name: String,
    dial: String,
    most: String,
    basis_points: String,
    account: String,
    has_account: bool,
    error: String,
}

struct Rule {
    code: &'static str,
    name: &'static str,
    is_on: bool,
    days: String,
    minor: String,
    count: String,
    hits: String,
    error: String,
}

const DIALS: [(&str, &str); 3] = [("off", "Off"), ("suggest", "Suggest"), ("auto", "Post by itself")];

pub(super) async fn show(State(app): State<App>, session: Session) -> PageResult {
    page(&app, &session, Form::default()).await
}

async fn page(app: &App, session: &Session, form: Form<Typed>) -> PageResult {
    let versions = desk::policies(app, &session.caller).await?;
    let rules = desk::rules(app, &session.caller).await?;
    let accounts = ledger::accounts(app, &session.caller).await?;
    let current = versions.first().ok_or(Error::NotFound("policy"))?;
    let policy = &current.policy;
    let typed = |name: &str, is: String| if form.has("version") { form.get(name).to_owned() } else { is };
    let page = PolicyPage {
        page: session.page("Posting policy", "desk"),
        version: current.version,
        dials: DIALS,
        dial: typed("dial", policy.dial.to_string()),
        error_limit: typed("error_limit_ppm", policy.error_limit_ppm.to_string()),
        duplicate_days: typed("duplicate_days", policy.duplicate_days.to_string()),
        returns: typed("returns", policy.returns.to_string()),
        differences: DifferenceKind::ALL.iter().map(|kind| difference(*kind, policy, &form)).collect(),
        rules: rules.iter().map(|view| rule(view, &form)).collect(),
        accounts: accounts
            .into_iter()
            .filter(|account| account.archived_at.is_none())
            .map(|account| (account.code.clone(), format!("{} {}", account.code, account.name)))
            .collect(),
        versions: versions.iter().map(told).collect(),
        may_change: session.may(Permission::WriteAccounts),
        form,
    };
    render_with(page.form.status(), &page)
}

fn told(version: &PolicyVersion) -> (String, String, String) {
    let at = version.recorded_at.map(|at| at.to_string()).unwrap_or_default();
    let by = version.recorded_by.clone().unwrap_or_else(|| "as every company begins".to_owned());
    (version.version.to_string(), at, by)
}

fn number(value: Option<i64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn difference(kind: DifferenceKind, policy: &PostingPolicy, form: &Form<Typed>) -> Difference {
    let rule = policy.differences.of(kind);
    let typed = |part: &str, is: String| {
        if form.has("version") { form.get(&format!("differences.{kind}.{part}")).to_owned() } else { is }
    };
    let error = |part: &str| form.error(&format!("differences.{kind}.{part}")).to_owned();
    let errors = ["dial", "most_minor", "most_basis_points", "account"].map(error);
    let label = kind.label();
    Difference {
        code: kind.as_str(),
        name: format!("{}{}", label[..1].to_uppercase(), &label[1..]),
        dial: typed("dial", rule.dial.to_string()),
        most: typed("most_minor", number(rule.most_minor)),
        basis_points: typed("most_basis_points", number(rule.most_basis_points)),
        account: typed("account", rule.account.clone().unwrap_or_default()),
        has_account: kind.has_own_account(),
        error: errors.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
    }
}

fn rule(view: &RuleView, form: &Form<Typed>) -> Rule {
    let field = |part: &str| format!("safeguards.{}.{part}", view.rule);
    let is_typed = form.has("version");
    let typed = |part: &str, is: i64| if is_typed { form.get(&field(part)).to_owned() } else { is.to_string() };
    let of_rule = form.error(&format!("safeguards.{}", view.rule)).to_owned();
    let [days, minor, count] = ["days", "minor", "count"].map(|part| form.error(&field(part)).to_owned());
    let errors = [of_rule, days, minor, count];
    Rule {
        code: view.rule.as_str(),
        name: view.name,
        is_on: if is_typed { form.has(&field("on")) } else { view.limits.on },
        days: typed("days", view.limits.days),
        minor: typed("minor", view.limits.minor),
        count: typed("count", view.limits.count),
        hits: format!("{} ({} wait, {} confirmed)", view.hits, view.waiting, view.confirmed),
        error: errors.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
    }
}

pub(super) async fn save(State(app): State<App>, session: Session, form: Form<Typed>) -> PageResult {
    session.caller.may(Permission::WriteAccounts)?;
    let mut wrong = vec![];
    let policy = asked(&form, &mut wrong);
    let after = form.read(&mut wrong, "version").unwrap_or_default();
    let done = if wrong.is_empty() {
        desk::save_policy(&app, &session.caller, after, policy).await
    } else {
        Err(Error::Invalid(wrong))
    };
    match done {
        Ok(saved) => {
            let said = format!("Version {} of the posting policy is in force.", saved.version);
            Ok(session.go(format!("{PATH}/policy")).saying(said).into_response())
        }
        Err(error) => page(&app, &session, form.failed(error)?).await,
    }
}

fn asked(form: &Typed, wrong: &mut Vec<FieldError>) -> PostingPolicy {
    let mut policy = PostingPolicy {
        dial: form.read(wrong, "dial").unwrap_or(Dial::Off),
        error_limit_ppm: form.read(wrong, "error_limit_ppm").unwrap_or(0),
        duplicate_days: form.read(wrong, "duplicate_days").unwrap_or(0),
        returns: form.read(wrong, "returns").unwrap_or(Dial::Off),
        ..PostingPolicy::default()
    };
    for kind in DifferenceKind::ALL {
        let field = |part: &str| format!("differences.{kind}.{part}");
        *policy.differences.of_mut(*kind) = DifferenceRule {
            dial: form.read(wrong, &field("dial")).unwrap_or(Dial::Off),
            most_minor: form.read(wrong, &field("most_minor")),
            most_basis_points: form.read(wrong, &field("most_basis_points")),
            account: form.text(&field("account")),
        };
    }
    for rule in SafeguardRule::ALL {
        let field = |part: &str| format!("safeguards.{rule}.{part}");
        *policy.safeguards.of_mut(*rule) = Safeguard {
            on: form.has(&field("on")),
            days: form.read(wrong, &field("days")).unwrap_or(0),
            minor: form.read(wrong, &field("minor")).unwrap_or(0),
            count: form.read(wrong, &field("count")).unwrap_or(0),
        };
    }
    policy
}
