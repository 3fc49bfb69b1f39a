//! Invoices: draft, edit, issue, one or a thousand at once; credit notes of them are made in `credit_notes.rs`.

use super::{
    auth::Api,
    extract::{Created, IfMatch, Json, Path, Query, Versioned},
    lines::{CustomerName, Line, TaxTotal, lines_of, taxes_of},
    problem::ApiResult,
    schema::{BulkAnswer, BulkMode, Download, Limit, Made, Page, Rows, Unread, size},
};
use crate::server::Site;
use app::{
    documents,
    invoices::{self, InvoiceFilter, InvoiceSort, InvoiceState, InvoiceSummary, InvoiceView, Issued},
    lines::NewDocument,
    lists::{Cursor, Part},
};
use axum::http::StatusCode;
use domain::{invoices::InvoiceKind, lines::PriceMode, terms::Terms};
use kernel::{Currency, CustomerId, Date, FxRate, InvoiceId, Money, OpenItemId, OrderId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(bulk))
        .routes(routes!(show, edit, delete))
        .routes(routes!(issue))
        .routes(routes!(pdf))
        .routes(routes!(quittance))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    #[param(value_type = Option<uuid::Uuid>)]
    customer: Option<CustomerId>,
    #[param(inline)]
    kind: Option<InvoiceKind>,
    #[param(inline)]
    state: Option<InvoiceState>,
    /// Beginning of the number.
    number: Option<String>,
    /// Beginning of the number, or part of the customer's name.
    search: Option<String>,
    #[param(inline)]
    from: Option<Date>,
    #[param(inline)]
    to: Option<Date>,
    #[param(inline)]
    sort: Option<InvoiceSort>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// An invoice, credit note or debit note in a list.
#[derive(Serialize, ToSchema)]
struct ListedInvoice {
    id: InvoiceId,
    kind: InvoiceKind,
    /// None while it is a draft.
    number: Option<String>,
    customer: CustomerId,
    customer_name: String,
    invoiced_on: Date,
    due_on: Date,
    /// Of the first instalment that is open; a list of what is open or overdue is sorted by it.
    next_due_on: Date,
    gross: Money,
    /// What is left of it; negative for a credit note.
    open: Money,
    issued_at: Option<Timestamp>,
}

impl From<InvoiceSummary> for ListedInvoice {
    fn from(row: InvoiceSummary) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            number: row.number,
            customer: row.customer_id,
            customer_name: row.customer_name,
            invoiced_on: row.invoiced_on,
            due_on: row.due_on,
            next_due_on: row.next_due_on,
            gross: Money::new(row.gross_minor, row.currency),
            open: Money::new(row.open_minor, row.currency),
            issued_at: row.issued_at,
        }
    }
}

/// What is to be paid when, and what is left of it.
#[derive(Serialize, ToSchema)]
struct InvoiceInstalment {
    /// Its open item.
    item: OpenItemId,
    due_on: Date,
    amount: Money,
    open: Money,
}

/// A document with all that belongs to it.
#[derive(Serialize, ToSchema)]
struct Invoice {
    id: InvoiceId,
    kind: InvoiceKind,
    number: Option<String>,
    customer: CustomerName,
    order: Option<OrderId>,
    /// The invoice that this credit note corrects.
    corrects: Option<InvoiceId>,
    /// Credit notes that correct it.
    corrections: Vec<InvoiceId>,
    invoiced_on: Date,
    supplied_on: Option<Date>,
    due_on: Date,
    price_mode: PriceMode,
    terms: Terms,
    /// Base currency for one unit.
    fx_rate: FxRate,
    po_number: Option<String>,
    /// ISO 11649, for the customer's bank.
    payment_reference: Option<String>,
    reason: Option<String>,
    notes: Option<String>,
    lines: Vec<Line>,
    taxes: Vec<TaxTotal>,
    net: Money,
    tax: Money,
    gross: Money,
    instalments: Vec<InvoiceInstalment>,
    issued_at: Option<Timestamp>,
    issued_by: Option<String>,
    created_at: Timestamp,
    created_by: String,
}

/// Invoices, credit notes and debit notes, newest first unless told otherwise; `-` turns an order round.
#[utoipa::path(get, path = "/invoices", tag = "Invoices", params(ListQuery), security(("token" = ["read"])),
    responses((status = 200, body = Page<ListedInvoice>)))]
async fn list(Api { app, caller }: Api, Query(asked): Query<ListQuery>) -> ApiResult<Json<Page<ListedInvoice>>> {
    let filter = InvoiceFilter {
        customer: asked.customer,
        kind: asked.kind,
        state: asked.state,
        number: asked.number,
        search: asked.search,
        from: asked.from,
        to: asked.to,
        sort: asked.sort.unwrap_or_default(),
        after: None,
    };
    let part = Part { after: asked.after, limit: Some(size(asked.limit)) };
    Ok(Json(Page::of(invoices::list(&app, &caller, filter, &part).await?, ListedInvoice::from)))
}

/// An invoice, credit note or debit note with its lines and instalments.
#[utoipa::path(get, path = "/invoices/{id}", tag = "Invoices", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = Invoice)))]
async fn show(Api { app, caller }: Api, Path(id): Path<InvoiceId>) -> ApiResult<Versioned<Invoice>> {
    let view = invoices::show(&app, &caller, id).await?;
    Ok(Versioned(view.invoice.version, shown(view)))
}

fn shown(view: InvoiceView) -> Invoice {
    let row = view.invoice;
    let currency: Currency = row.currency;
    let money = |minor| Money::new(minor, currency);
    let instalment = |item: &invoices::OpenItemRow| InvoiceInstalment {
        item: item.id,
        due_on: item.due_on,
        amount: money(item.amount_minor),
        open: money(item.open_minor),
    };
    Invoice {
        id: row.id,
        kind: row.kind,
        number: row.number,
        customer: view.customer.into(),
        order: row.order_id,
        corrects: row.corrects_id,
        corrections: view.corrections.iter().map(|correction| correction.id).collect(),
        invoiced_on: row.invoiced_on,
        supplied_on: row.supplied_on,
        due_on: row.due_on,
        price_mode: row.price_mode,
        terms: row.terms.0,
        fx_rate: row.fx_rate,
        po_number: row.po_number,
        payment_reference: row.payment_reference,
        reason: row.reason,
        notes: row.notes,
        lines: lines_of(view.lines, currency),
        taxes: taxes_of(view.taxes, currency),
        net: money(row.net_minor),
        tax: money(row.tax_minor),
        gross: money(row.gross_minor),
        instalments: view.items.iter().map(instalment).collect(),
        issued_at: row.issued_at,
        issued_by: row.issued_by,
        created_at: row.created_at,
        created_by: row.created_by,
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CreateQuery {
    /// Issues it at once; else it is a draft.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    issue: bool,
}

/// Save a draft, or issue at once.
#[utoipa::path(post, path = "/invoices", tag = "Invoices", request_body = NewDocument, params(CreateQuery),
    security(("token" = ["invoices.issue"])), responses((status = 201, body = Made)))]
async fn create(
    Api { app, caller }: Api,
    Query(asked): Query<CreateQuery>,
    Json(new): Json<NewDocument>,
) -> ApiResult<Created<Made>> {
    if !asked.issue {
        return Ok(Made::at("invoices", invoices::draft(&app, &caller, &new).await?));
    }
    let issued = invoices::issue_many(&app, &caller, std::slice::from_ref(&new)).await?.pop();
    let Issued { id, number } = issued.ok_or(app::Error::NotFound("invoice"))?;
    Ok(Made::numbered("invoices", id, Some(number)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BulkInvoices {
    #[serde(default)]
    mode: BulkMode,
    #[schema(value_type = Vec<NewDocument>, min_items = 1, max_items = 1000)]
    documents: Vec<Unread>,
}

/// Issue up to a thousand invoices in one transaction.
#[utoipa::path(post, path = "/invoices/bulk", tag = "Invoices", request_body = BulkInvoices,
    security(("token" = ["invoices.issue"])), responses((status = 200, body = BulkAnswer)))]
async fn bulk(Api { app, caller }: Api, Json(sent): Json<BulkInvoices>) -> ApiResult<Json<BulkAnswer>> {
    let rows = Rows::<NewDocument>::read("documents", &sent.documents, sent.mode)?;
    let outcomes = match (sent.mode, rows.good.is_empty()) {
        (BulkMode::RowByRow, true) if !sent.documents.is_empty() => vec![],
        (BulkMode::RowByRow, _) => invoices::issue_each(&app, &caller, &rows.good).await?,
        (BulkMode::AllOrNothing, _) => {
            invoices::issue_many(&app, &caller, &rows.good).await?.into_iter().map(Ok).collect()
        }
    };
    let outcomes = outcomes.into_iter().map(|row| row.map(|issued| (issued.id.0, issued.number)));
    Ok(Json(rows.answer(outcomes)))
}

/// Replace a draft's content.
#[utoipa::path(put, path = "/invoices/{id}", tag = "Invoices", request_body = NewDocument,
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "the ETag that was seen")),
    security(("token" = ["invoices.issue"])), responses((status = 204)))]
async fn edit(
    Api { app, caller }: Api,
    Path(id): Path<InvoiceId>,
    IfMatch(version): IfMatch,
    Json(new): Json<NewDocument>,
) -> ApiResult<StatusCode> {
    invoices::edit_draft(&app, &caller, id, version, &new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a draft away. What it billed of an order can be billed again.
#[utoipa::path(delete, path = "/invoices/{id}", tag = "Invoices",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "the ETag that was seen")),
    security(("token" = ["invoices.issue"])), responses((status = 204)))]
async fn delete(
    Api { app, caller }: Api,
    Path(id): Path<InvoiceId>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    invoices::delete_draft(&app, &caller, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Issue a draft: it gets its number, its journal entry and its open items, and never changes again.
#[utoipa::path(post, path = "/invoices/{id}/issue", tag = "Invoices", params(("id" = Uuid, Path)),
    security(("token" = ["invoices.issue"])), responses((status = 200, body = Issued)))]
async fn issue(Api { app, caller }: Api, Path(id): Path<InvoiceId>) -> ApiResult<Json<Issued>> {
    Ok(Json(invoices::issue(&app, &caller, id).await?))
}

/// The invoice or credit note on paper (PDF/A).
#[utoipa::path(get, path = "/invoices/{id}/pdf", tag = "Invoices", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = Vec<u8>, content_type = "application/pdf")))]
async fn pdf(Api { app, caller }: Api, Path(id): Path<InvoiceId>) -> ApiResult<Download> {
    Ok(documents::invoice(&app, &caller, id).await?.into())
}

/// The quittance on paper (PDF/A): the receipt of full settlement. Refused while something is open.
#[utoipa::path(get, path = "/invoices/{id}/quittance", tag = "Invoices", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = Vec<u8>, content_type = "application/pdf")))]
async fn quittance(Api { app, caller }: Api, Path(id): Path<InvoiceId>) -> ApiResult<Download> {
    Ok(documents::quittance(&app, &caller, id).await?.into())
}
