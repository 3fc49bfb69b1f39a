//! What the program may post by itself: the dial, the limits of each kind of difference, the safeguards, and who changed
//! them when. Amounts are typed in the company's currency and shares in percent; the policy keeps minor units, hundredths
//! of a percent and parts of a million.

use super::PATH;
use crate::{
    error::PageResult,
    figures::{amount, exact},
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
use kernel::{Currency, Decimal, Money};

#[derive(Template)]
#[template(path = "desk/policy.html")]
struct PolicyPage {
    page: Page,
    form: Form<Typed>,
    version: i64,
    currency: Currency,
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
    percent: String,
    account: String,
    has_account: bool,
    error: String,
}

struct Rule {
    code: &'static str,
    name: &'static str,
    is_on: bool,
    days: String,
    amount: String,
    count: String,
    has_days: bool,
    has_amount: bool,
    has_count: bool,
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
    let (policy, currency) = (&current.policy, session.company.currency);
    let typed = |name: &str, is: String| if form.has("version") { form.get(name).to_owned() } else { is };
    let page = PolicyPage {
        page: session.page("Posting policy", "desk"),
        version: current.version,
        currency,
        dials: DIALS,
        dial: typed("dial", policy.dial.to_string()),
        error_limit: typed("error_limit_ppm", share(policy.error_limit_ppm, 4)),
        duplicate_days: typed("duplicate_days", policy.duplicate_days.to_string()),
        returns: typed("returns", policy.returns.to_string()),
        differences: DifferenceKind::ALL.iter().map(|kind| difference(*kind, (policy, currency), &form)).collect(),
        rules: rules.iter().map(|view| rule(view, currency, &form)).collect(),
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

/// A share as percent: 1,000 of a million (four places) is 0.1, 150 hundredths of a percent (two places) are 1.5.
fn share(value: i64, places: u32) -> String {
    exact(Decimal::new(value, places).normalize())
}

fn difference(kind: DifferenceKind, (policy, currency): (&PostingPolicy, Currency), form: &Form<Typed>) -> Difference {
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
        most: typed("most_minor", rule.most_minor.map(|minor| amount(minor, currency)).unwrap_or_default()),
        percent: typed("most_basis_points", rule.most_basis_points.map(|points| share(points, 2)).unwrap_or_default()),
        account: typed("account", rule.account.clone().unwrap_or_default()),
        has_account: kind.has_own_account(),
        error: errors.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
    }
}

/// The limits that a rule looks at; the others have no field.
const fn uses(rule: SafeguardRule) -> (bool, bool, bool) {
    match rule {
        SafeguardRule::ChangedAccount => (false, false, true),
        SafeguardRule::ThirdParty | SafeguardRule::Overpayment => (false, true, false),
        SafeguardRule::Duplicate | SafeguardRule::RoundTrip => (true, true, false),
        SafeguardRule::Structuring => (true, true, true),
        SafeguardRule::BlockedPayer => (false, false, false),
    }
}

fn rule(view: &RuleView, currency: Currency, form: &Form<Typed>) -> Rule {
    let field = |part: &str| format!("safeguards.{}.{part}", view.rule);
    let is_typed = form.has("version");
    let typed = |part: &str, is: String| if is_typed { form.get(&field(part)).to_owned() } else { is };
    let (has_days, has_amount, has_count) = uses(view.rule);
    let of_rule = form.error(&format!("safeguards.{}", view.rule)).to_owned();
    let [days, minor, count] = ["days", "minor", "count"].map(|part| form.error(&field(part)).to_owned());
    let errors = [of_rule, days, minor, count];
    Rule {
        code: view.rule.as_str(),
        name: view.name,
        is_on: if is_typed { form.has(&field("on")) } else { view.limits.on },
        days: typed("days", view.limits.days.to_string()),
        amount: typed("minor", amount(view.limits.minor, currency)),
        count: typed("count", view.limits.count.to_string()),
        has_days,
        has_amount,
        has_count,
        hits: format!("{} ({} wait, {} confirmed)", view.hits, view.waiting, view.confirmed),
        error: errors.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
    }
}

pub(super) async fn save(State(app): State<App>, session: Session, form: Form<Typed>) -> PageResult {
    session.caller.may(Permission::WriteAccounts)?;
    let mut wrong = vec![];
    let policy = asked(&form, session.company.currency, &mut wrong);
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

fn asked(form: &Typed, currency: Currency, wrong: &mut Vec<FieldError>) -> PostingPolicy {
    let mut policy = PostingPolicy {
        dial: form.read(wrong, "dial").unwrap_or(Dial::Off),
        error_limit_ppm: percent_of(form, "error_limit_ppm", 4, wrong).unwrap_or(0),
        duplicate_days: form.read(wrong, "duplicate_days").unwrap_or(0),
        returns: form.read(wrong, "returns").unwrap_or(Dial::Off),
        ..PostingPolicy::default()
    };
    for kind in DifferenceKind::ALL {
        let field = |part: &str| format!("differences.{kind}.{part}");
        *policy.differences.of_mut(*kind) = DifferenceRule {
            dial: form.read(wrong, &field("dial")).unwrap_or(Dial::Off),
            most_minor: form.money(wrong, &field("most_minor"), currency).map(Money::minor),
            most_basis_points: percent_of(form, &field("most_basis_points"), 2, wrong),
            account: form.text(&field("account")),
        };
    }
    for rule in SafeguardRule::ALL {
        let field = |part: &str| format!("safeguards.{rule}.{part}");
        *policy.safeguards.of_mut(*rule) = Safeguard {
            on: form.has(&field("on")),
            days: form.read(wrong, &field("days")).unwrap_or(0),
            minor: form.money(wrong, &field("minor"), currency).map_or(0, Money::minor),
            count: form.read(wrong, &field("count")).unwrap_or(0),
        };
    }
    policy
}

/// A share that was typed in percent, in parts of a percent with so many decimals.
fn percent_of(form: &Typed, name: &str, places: u32, wrong: &mut Vec<FieldError>) -> Option<i64> {
    let typed: Decimal = form.decimal(wrong, name)?;
    let parts = typed.checked_mul(Decimal::from(10_i64.pow(places))).map(|parts| parts.normalize());
    let whole = parts.filter(|parts| parts.scale() == 0).and_then(|parts| parts.to_string().parse().ok());
    if whole.is_none() {
        let message = format!("use a percentage with up to {places} decimals");
        wrong.push(FieldError { field: name.to_owned(), message });
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_typed_in_percent() {
        assert_eq!([share(1_000, 4), share(150, 2), share(10_000, 2)], ["0.1", "1.5", "100"]);
        let form = Typed::default().with("a", "0.1").with("b", "1,5").with("c", "0.00001").with("d", "x");
        let mut wrong = vec![];
        let mut read = |name: &str, places| percent_of(&form, name, places, &mut wrong);
        assert_eq!([read("a", 4), read("b", 2), read("c", 4), read("d", 2)], [Some(1_000), Some(150), None, None]);
        assert_eq!(wrong.iter().map(|wrong| wrong.field.as_str()).collect::<Vec<_>>(), ["c", "d"]);
    }
}
