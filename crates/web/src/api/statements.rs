//! Account statements: what a customer is told about their account.

use super::{
    auth::Api,
    extract::{Json, Path, Query},
    lines::CustomerName,
    problem::ApiResult,
};
use crate::server::Site;
use app::statements::{
    self, ActivityLine, ActivitySection, OpenSection, StatementForm, StatementItem, StatementRequest,
};
use domain::{
    items::{ItemKind, MovementKind},
    reports::Aged,
};
use kernel::{Currency, CustomerId, Date, Money, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(show))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatementQuery {
    /// Today when left out; the last day of an activity statement.
    #[param(inline)]
    as_of: Option<Date>,
    /// Now when left out.
    #[param(inline)]
    known_at: Option<Timestamp>,
    /// The first day of an activity statement; without it the statement lists open items.
    #[param(inline)]
    from: Option<Date>,
    #[param(inline)]
    currency: Option<Currency>,
}

/// Debts by age, and the customer's credit.
#[derive(Serialize, ToSchema)]
struct Aging {
    /// One amount for each of the statement's buckets.
    buckets: Vec<Money>,
    /// Zero or negative.
    credits: Money,
    total: Money,
    overdue: Money,
    oldest_due: Option<Date>,
}

impl Aging {
    fn of(aged: &Aged, currency: Currency) -> Self {
        let money = |minor: &i64| Money::new(*minor, currency);
        Self {
            buckets: aged.buckets.iter().map(money).collect(),
            credits: money(&aged.credits),
            total: money(&aged.total),
            overdue: money(&aged.overdue),
            oldest_due: aged.oldest_due,
        }
    }
}

/// Something that is open.
#[derive(Serialize, ToSchema)]
struct StatementOpenItem {
    kind: ItemKind,
    document: Uuid,
    number: String,
    instalment: i64,
    document_on: Date,
    due_on: Date,
    /// Negative for credit notes and payments.
    amount: Money,
    open: Money,
    /// Absent when nothing of it is overdue.
    days_overdue: Option<i64>,
}

impl From<StatementItem> for StatementOpenItem {
    fn from(item: StatementItem) -> Self {
        let StatementItem { kind, document, number, instalment, document_on, due_on, amount, open, days_overdue } =
            item;
        Self { kind, document, number, instalment, document_on, due_on, amount, open, days_overdue }
    }
}

/// What is open in one currency, oldest due first.
#[derive(Serialize, ToSchema)]
struct StatementOpen {
    currency: Currency,
    items: Vec<StatementOpenItem>,
    total: Money,
    aging: Aging,
}

impl From<OpenSection> for StatementOpen {
    fn from(section: OpenSection) -> Self {
        Self {
            currency: section.currency,
            items: section.items.into_iter().map(StatementOpenItem::from).collect(),
            total: section.total,
            aging: Aging::of(&section.aged, section.currency),
        }
    }
}

/// What changed the balance: positive when the customer owes more.
#[derive(Serialize, ToSchema)]
struct StatementLine {
    on: Date,
    document: Uuid,
    kind: ItemKind,
    what: MovementKind,
    number: String,
    amount: Money,
    balance: Money,
}

impl From<ActivityLine> for StatementLine {
    fn from(ActivityLine { on, document, kind, what, number, amount, balance }: ActivityLine) -> Self {
        Self { on, document, kind, what, number, amount, balance }
    }
}

/// What happened in one currency.
#[derive(Serialize, ToSchema)]
struct StatementActivity {
    currency: Currency,
    brought_forward: Money,
    lines: Vec<StatementLine>,
    closing: Money,
    /// Of the last day.
    aging: Aging,
}

impl From<ActivitySection> for StatementActivity {
    fn from(section: ActivitySection) -> Self {
        Self {
            currency: section.currency,
            brought_forward: section.brought_forward,
            lines: section.lines.into_iter().map(StatementLine::from).collect(),
            closing: section.closing,
            aging: Aging::of(&section.aged, section.currency),
        }
    }
}

/// One of the two forms, with a section per currency.
#[derive(Serialize, ToSchema)]
struct AccountStatement {
    customer: CustomerName,
    as_of: Date,
    /// The first day of an activity statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Date>,
    /// Titles of the buckets of every aging.
    buckets: Vec<String>,
    /// What is open, without `from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<Vec<StatementOpen>>,
    /// What happened, with `from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    activity: Option<Vec<StatementActivity>>,
}

/// What a customer owes on a day, or what changed it from day to day.
#[utoipa::path(get, path = "/customers/{id}/statement", tag = "Customers", params(("id" = Uuid, Path), StatementQuery),
    security(("token" = ["read"])), responses((status = 200, body = AccountStatement)))]
async fn show(
    Api { app, caller }: Api,
    Path(customer): Path<CustomerId>,
    Query(asked): Query<StatementQuery>,
) -> ApiResult<Json<AccountStatement>> {
    let StatementQuery { as_of, known_at, from, currency } = asked;
    let request = StatementRequest { customer, as_of, known_at, from, currency };
    let statement = statements::show(&app, &caller, &request).await?;
    let (from, open, activity) = match statement.form {
        StatementForm::OpenItems(sections) => (None, Some(sections), None),
        StatementForm::Activity { from, sections } => (Some(from), None, Some(sections)),
    };
    Ok(Json(AccountStatement {
        customer: statement.customer.into(),
        as_of: statement.as_of,
        from,
        buckets: statement.buckets,
        open: open.map(|sections| sections.into_iter().map(StatementOpen::from).collect()),
        activity: activity.map(|sections| sections.into_iter().map(StatementActivity::from).collect()),
    }))
}
