//! Customers: add, change, archive, look up; one or a thousand at once. Their people are in `customers/contacts.rs`, what
//! their page shows in `customers/page.rs`.

mod contacts;
mod page;

use super::{
    auth::Api,
    extract::{Created, IfMatch, Json, Path, Query, Versioned},
    problem::{ApiResult, Problem},
    schema::{BulkAnswer, BulkMode, Limit, Made, Page, Rows, Unread, size},
};
use crate::server::Site;
use app::{
    customers::{
        self, BalanceRow, Candidate, Creation, CustomerFilter, CustomerRow, CustomerSort, ExternalName,
        ListedCustomer as Listed, NewCustomer, NewCustomers, Owing, RowOutcome,
    },
    lists::Cursor,
};
use axum::http::StatusCode;
use domain::{
    companies::Address,
    customers::{ContactFacts, CustomerFacts},
};
use kernel::{Currency, CustomerId, Money, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(bulk))
        .routes(routes!(duplicates))
        .routes(routes!(find))
        .routes(routes!(segments))
        .routes(routes!(sort))
        .merge(page::routes())
        .routes(routes!(edit))
        .routes(routes!(archive))
        .routes(routes!(unarchive))
        .merge(contacts::routes())
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Part of the name or the number, or the beginning of the tax id.
    #[param(max_length = 200)]
    search: Option<String>,
    segment: Option<String>,
    tag: Option<String>,
    #[param(inline)]
    currency: Option<Currency>,
    #[param(inline)]
    owing: Option<Owing>,
    /// Only archived customers; else only the others.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    archived: bool,
    #[param(inline)]
    sort: Option<CustomerSort>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// What is open in one currency today.
#[derive(Serialize, ToSchema)]
struct OpenBalance {
    /// Debts less credit.
    open: Money,
    /// Debts whose due day has passed.
    overdue: Money,
    items: i64,
}

impl From<BalanceRow> for OpenBalance {
    fn from(row: BalanceRow) -> Self {
        let money = |minor| Money::new(minor, row.currency);
        Self { open: money(row.open_minor), overdue: money(row.overdue_minor), items: row.items }
    }
}

/// A customer in a list.
#[derive(Serialize, ToSchema)]
struct ListedCustomer {
    id: CustomerId,
    number: String,
    name: String,
    city: String,
    country: String,
    currency: Currency,
    segment: Option<String>,
    tags: Vec<String>,
    /// Per currency; empty when nothing is open.
    balances: Vec<OpenBalance>,
    created_at: Timestamp,
    archived_at: Option<Timestamp>,
}

impl From<Listed> for ListedCustomer {
    fn from(Listed { customer: row, balances }: Listed) -> Self {
        let Address { city, country, .. } = row.address.0;
        Self {
            id: row.id,
            number: row.number,
            name: row.name,
            city,
            country,
            currency: row.currency,
            segment: row.segment,
            tags: row.tags.0,
            balances: balances.into_iter().map(OpenBalance::from).collect(),
            created_at: row.created_at,
            archived_at: row.archived_at,
        }
    }
}

/// What another system calls a record.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExternalId {
    #[schema(min_length = 1, max_length = 100, example = "shop")]
    source: String,
    #[schema(min_length = 1, max_length = 200, example = "4711")]
    id: String,
}

/// A customer to add. What is left out is as the company has it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct CustomerToAdd {
    /// The next of the series when left out.
    number: Option<String>,
    #[schema(required = true, min_length = 1, max_length = 200, example = "Bolt Ltd")]
    name: String,
    tax_id: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    /// Of documents: `de`, `en`, `es`, `fr`.
    language: Option<String>,
    currency: Option<String>,
    address: Address,
    delivery_address: Option<Address>,
    /// The code of payment terms.
    terms: Option<String>,
    tax_code: Option<String>,
    /// The group it belongs to: number or id of a customer.
    parent: Option<String>,
    /// Who pays its invoices: number or id of a customer.
    payer: Option<String>,
    segment: Option<String>,
    tags: Vec<String>,
    contacts: Vec<ContactFacts>,
    external_ids: Vec<ExternalId>,
    /// Adds it although others look like it.
    accept_duplicates: bool,
}

impl From<CustomerToAdd> for NewCustomer {
    fn from(new: CustomerToAdd) -> Self {
        let facts = CustomerFacts {
            number: new.number,
            name: new.name,
            tax_id: new.tax_id,
            email: new.email,
            phone: new.phone,
            language: new.language,
            currency: new.currency,
            address: new.address,
            delivery_address: new.delivery_address,
            terms: new.terms,
            tax_code: new.tax_code,
            parent: new.parent,
            payer: new.payer,
            segment: new.segment,
            tags: new.tags,
        };
        let name = |ExternalId { source, id }| ExternalName { source, id, fingerprint: String::new() };
        let external_ids = new.external_ids.into_iter().map(name).collect();
        Self { facts, contacts: new.contacts, external_ids, accept_duplicates: new.accept_duplicates }
    }
}

/// Customers with what they owe today.
#[utoipa::path(get, path = "/customers", tag = "Customers", params(ListQuery), security(("token" = ["read"])),
    responses((status = 200, body = Page<ListedCustomer>)))]
async fn list(Api { app, caller }: Api, Query(asked): Query<ListQuery>) -> ApiResult<Json<Page<ListedCustomer>>> {
    let ListQuery { search, segment, tag, currency, owing, archived, sort, after, limit } = asked;
    let limit = Some(size(limit));
    let filter = CustomerFilter { search, segment, tag, currency, owing, archived, sort, after, limit };
    Ok(Json(Page::of(customers::list(&app, &caller, filter).await?, ListedCustomer::from)))
}

/// Add a customer. One that may be there already is refused (409) with who looks like it.
#[utoipa::path(post, path = "/customers", tag = "Customers", request_body = CustomerToAdd,
    security(("token" = ["customers.write"])), responses((status = 201, body = Made)))]
async fn create(Api { app, caller }: Api, Json(new): Json<CustomerToAdd>) -> ApiResult<Created<Made>> {
    match customers::create(&app, &caller, new.into()).await? {
        Creation::Created(row) => Ok(Made::numbered("customers", row.id, Some(row.number))),
        Creation::LooksLike(candidates) => Err(looks_like(&candidates)),
    }
}

fn looks_like(candidates: &[Candidate]) -> Problem {
    let each: Vec<String> =
        candidates.iter().map(|found| format!("{} {}: {}", found.number, found.name, found.reason)).collect();
    let detail = format!(
        "This customer may be there already. {} Send `accept_duplicates` to add it all the same.",
        each.join(" ")
    );
    Problem::new(StatusCode::CONFLICT, "looks-like", detail)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BulkCustomers {
    #[serde(default)]
    mode: BulkMode,
    #[schema(value_type = Vec<CustomerToAdd>, max_items = 1000)]
    customers: Vec<Unread>,
}

/// Add up to a thousand customers in one transaction. Rows may name each other as parent or payer by number.
#[utoipa::path(post, path = "/customers/bulk", tag = "Customers", request_body = BulkCustomers,
    security(("token" = ["customers.write"])), responses((status = 200, body = BulkAnswer)))]
async fn bulk(Api { app, caller }: Api, Json(sent): Json<BulkCustomers>) -> ApiResult<Json<BulkAnswer>> {
    let mut rows = Rows::<CustomerToAdd>::read("customers", &sent.customers, sent.mode)?;
    let customers = std::mem::take(&mut rows.good).into_iter().map(NewCustomer::from).collect();
    let new = NewCustomers { customers, row_by_row: sent.mode == BulkMode::RowByRow };
    let outcomes = customers::create_many(&app, &caller, new).await?.into_iter().map(|outcome| match outcome {
        RowOutcome::Created(row) => Ok((row.id.0, row.number)),
        RowOutcome::Wrong(fields) => Err(fields),
    });
    Ok(Json(rows.answer(outcomes)))
}

/// Who looks like these facts, the strongest sign first. Nothing is saved.
#[utoipa::path(post, path = "/customers/duplicates", tag = "Customers", request_body = CustomerFacts,
    security(("token" = ["read"])), responses((status = 200, body = Vec<Candidate>)))]
async fn duplicates(Api { app, caller }: Api, Json(facts): Json<CustomerFacts>) -> ApiResult<Json<Vec<Candidate>>> {
    Ok(Json(customers::candidates(&app, &caller, facts).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FindQuery {
    /// The other system.
    source: String,
    /// What it calls the customer.
    id: String,
}

/// The customer that another system calls by an id of its own.
#[utoipa::path(get, path = "/customers/by-external-id", tag = "Customers", params(FindQuery),
    security(("token" = ["read"])), responses((status = 200, body = Made), (status = 404)))]
async fn find(Api { app, caller }: Api, Query(asked): Query<FindQuery>) -> ApiResult<Json<Made>> {
    let row = customers::find_by_external_id(&app, &caller, &asked.source, &asked.id).await?;
    Ok(Json(Made { id: row.id.0, number: Some(row.number) }))
}

/// Every segment that a customer is in.
#[utoipa::path(get, path = "/customers/segments", tag = "Customers", security(("token" = ["read"])),
    responses((status = 200, body = Vec<String>)))]
async fn segments(Api { app, caller }: Api) -> ApiResult<Json<Vec<String>>> {
    Ok(Json(customers::segments(&app, &caller).await?))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Sorting {
    #[schema(max_items = 1000)]
    customers: Vec<CustomerId>,
    add_tags: Vec<String>,
    remove_tags: Vec<String>,
    /// An empty one takes them out of their segment.
    segment: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Sorted {
    changed: usize,
}

/// Tag many customers, or put them into a segment. Those that are there already stay as they are.
#[utoipa::path(post, path = "/customers/sort", tag = "Customers", request_body = Sorting,
    security(("token" = ["customers.write"])), responses((status = 200, body = Sorted)))]
async fn sort(Api { app, caller }: Api, Json(sorting): Json<Sorting>) -> ApiResult<Json<Sorted>> {
    let Sorting { customers, add_tags, remove_tags, segment } = sorting;
    if customers.len() > 1_000 {
        return Err(Problem::field("customers", "name up to 1000 customers at once"));
    }
    let sorting = customers::Sorting { customers, add_tags, remove_tags, segment };
    Ok(Json(Sorted { changed: customers::sort_into(&app, &caller, sorting).await? }))
}

/// Replace a customer's facts. A number that is left out stays; everything else that is left out is cleared.
#[utoipa::path(put, path = "/customers/{id}", tag = "Customers", request_body = CustomerFacts,
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "the ETag that was seen")),
    security(("token" = ["customers.write"])), responses((status = 200, body = Made)))]
async fn edit(
    Api { app, caller }: Api,
    Path(id): Path<CustomerId>,
    IfMatch(version): IfMatch,
    Json(facts): Json<CustomerFacts>,
) -> ApiResult<Versioned<Made>> {
    let CustomerRow { id, number, version, .. } = customers::update(&app, &caller, id, version, facts).await?;
    Ok(Versioned(version, Made { id: id.0, number: Some(number) }))
}

/// Put a customer away who owes nothing and is owed nothing. Doing it twice is done already.
#[utoipa::path(post, path = "/customers/{id}/archive", tag = "Customers", params(("id" = Uuid, Path)),
    security(("token" = ["customers.write"])), responses((status = 204)))]
async fn archive(Api { app, caller }: Api, Path(id): Path<CustomerId>) -> ApiResult<StatusCode> {
    customers::archive(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a customer back from the archive.
#[utoipa::path(post, path = "/customers/{id}/unarchive", tag = "Customers", params(("id" = Uuid, Path)),
    security(("token" = ["customers.write"])), responses((status = 204)))]
async fn unarchive(Api { app, caller }: Api, Path(id): Path<CustomerId>) -> ApiResult<StatusCode> {
    customers::unarchive(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
