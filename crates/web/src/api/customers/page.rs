//! One customer: facts, people, relatives, what is open, how it pays, and what happened.

use super::{
    super::{
        audit::Event,
        auth::Api,
        extract::{Json, Path, Query, Versioned},
        lines::CustomerName,
        problem::ApiResult,
        schema::{Page, Paging},
    },
    ExternalId,
};
use crate::server::Site;
use app::customers::{self, Balance, ContactRow, CustomerPage, PaymentHabit, Turnover};
use domain::customers::{ContactRole, CustomerFacts};
use kernel::{ContactId, CustomerId, Money, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(timeline))
}

/// Somebody at the customer.
#[derive(Serialize, ToSchema)]
struct Contact {
    id: ContactId,
    name: String,
    role: ContactRole,
    email: Option<String>,
    phone: Option<String>,
}

impl From<ContactRow> for Contact {
    fn from(ContactRow { id, name, role, email, phone, .. }: ContactRow) -> Self {
        Self { id, name, role, email, phone }
    }
}

/// What is open in one currency today.
#[derive(Serialize, ToSchema)]
struct CustomerBalance {
    /// Debts less credit.
    open: Money,
    overdue: Money,
    /// Received and not used.
    unapplied: Money,
    /// Credit notes not used yet.
    credit: Money,
    /// Debts by age: first what is not overdue, then one amount for each of `aging_buckets` and one for older.
    buckets: Vec<Money>,
}

impl From<Balance> for CustomerBalance {
    fn from(balance: Balance) -> Self {
        let money = |minor: &i64| Money::new(*minor, balance.currency);
        Self {
            open: money(&balance.open_minor),
            overdue: money(&balance.overdue_minor),
            unapplied: money(&balance.unapplied_minor),
            credit: money(&balance.credit_minor),
            buckets: balance.buckets.iter().map(money).collect(),
        }
    }
}

/// What was invoiced in one currency less what was credited, and what was paid.
#[derive(Serialize, ToSchema)]
struct CustomerTurnover {
    invoices: i64,
    credit_notes: i64,
    total: Money,
    last_year: Money,
    paid: Money,
}

impl From<Turnover> for CustomerTurnover {
    fn from(row: Turnover) -> Self {
        let money = |minor| Money::new(minor, row.currency);
        Self {
            invoices: row.invoices,
            credit_notes: row.credit_notes,
            total: money(row.total_minor),
            last_year: money(row.last_year_minor),
            paid: money(row.paid_minor),
        }
    }
}

/// A customer with what it owes and how it pays.
#[derive(Serialize, ToSchema)]
struct Customer {
    id: CustomerId,
    facts: CustomerFacts,
    contacts: Vec<Contact>,
    external_ids: Vec<ExternalId>,
    parent: Option<CustomerName>,
    children: Vec<CustomerName>,
    payer: Option<CustomerName>,
    pays_for: Vec<CustomerName>,
    balances: Vec<CustomerBalance>,
    /// How many items are open.
    open_items: i64,
    aging_buckets: Vec<i64>,
    turnover: Vec<CustomerTurnover>,
    /// Of debts settled in the last twelve months.
    habit: Option<PaymentHabit>,
    created_at: Timestamp,
    archived_at: Option<Timestamp>,
}

/// A customer with what it owes and how it pays.
#[utoipa::path(get, path = "/customers/{id}", tag = "Customers", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = Customer)))]
async fn show(Api { app, caller }: Api, Path(id): Path<CustomerId>) -> ApiResult<Versioned<Customer>> {
    let CustomerPage { customer: row, facts, contacts, external_ids, group, figures, .. } =
        customers::show(&app, &caller, id).await?;
    let names = |rows: Vec<customers::CustomerRow>| rows.into_iter().map(CustomerName::from).collect();
    let customer = Customer {
        id,
        facts,
        contacts: contacts.into_iter().map(Contact::from).collect(),
        external_ids: external_ids
            .into_iter()
            .map(|row| ExternalId { source: row.source, id: row.external_id })
            .collect(),
        parent: group.parent.map(CustomerName::from),
        children: names(group.children),
        payer: group.payer.map(CustomerName::from),
        pays_for: names(group.pays_for),
        balances: figures.balances.into_iter().map(CustomerBalance::from).collect(),
        open_items: figures.open_items,
        aging_buckets: figures.aging_buckets,
        turnover: figures.turnover.into_iter().map(CustomerTurnover::from).collect(),
        habit: figures.habit,
        created_at: row.created_at,
        archived_at: row.archived_at,
    };
    Ok(Versioned(row.version, customer))
}

/// What happened to a customer and its documents, newest first.
#[utoipa::path(get, path = "/customers/{id}/timeline", tag = "Customers", params(("id" = Uuid, Path), Paging),
    security(("token" = ["read"])), responses((status = 200, body = Page<Event>)))]
async fn timeline(
    Api { app, caller }: Api,
    Path(id): Path<CustomerId>,
    Query(paging): Query<Paging>,
) -> ApiResult<Json<Page<Event>>> {
    let limit = paging.limit();
    let events = customers::timeline(&app, &caller, id, paging.after, limit).await?;
    Ok(Json(Page::of(events, Event::from)))
}
