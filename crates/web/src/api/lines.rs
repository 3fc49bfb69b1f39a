//! What quotes, orders and invoices have in common: lines, taxes, totals, whose they are; and what one would come to.

use super::{auth::Api, extract::Json, problem::ApiResult};
use crate::server::Site;
use app::{
    customers::CustomerRow,
    lines::{self, LineRow, NewDocument, TaxTotalRow},
};
use domain::taxes::TaxCategory;
use kernel::{Currency, CustomerId, LineId, Money, Percent, ProductId, Quantity, TaxCodeId, UnitPrice};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(preview))
}

/// A line as it was priced.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Line {
    id: LineId,
    /// 1 for the first.
    position: i64,
    product_id: Option<ProductId>,
    description: String,
    unit: String,
    quantity: Quantity,
    unit_price: UnitPrice,
    discount_percent: Percent,
    tax_code_id: TaxCodeId,
    tax_category: TaxCategory,
    tax_rate: Percent,
    net: Money,
    /// The order line that it bills, or the invoice line that it credits.
    source_line: Option<LineId>,
}

/// The part of a document that is taxed alike.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaxTotal {
    tax_code_id: TaxCodeId,
    category: TaxCategory,
    rate: Percent,
    base: Money,
    tax: Money,
    /// Why no tax is charged, as it stands on the document.
    exemption_reason: Option<String>,
}

/// Whose a document is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CustomerName {
    pub(super) id: CustomerId,
    pub(super) number: String,
    pub(super) name: String,
}

impl From<CustomerRow> for CustomerName {
    fn from(CustomerRow { id, number, name, .. }: CustomerRow) -> Self {
        Self { id, number, name }
    }
}

pub(super) fn lines_of(rows: Vec<LineRow>, currency: Currency) -> Vec<Line> {
    let line = |row: LineRow| Line {
        id: row.id,
        position: row.position,
        product_id: row.product_id,
        description: row.description,
        unit: row.unit,
        quantity: row.quantity,
        unit_price: row.unit_price,
        discount_percent: row.discount_percent,
        tax_code_id: row.tax_code_id,
        tax_category: row.tax_category,
        tax_rate: row.tax_rate,
        net: Money::new(row.net_minor, currency),
        source_line: row.source_line_id,
    };
    rows.into_iter().map(line).collect()
}

pub(super) fn taxes_of(rows: Vec<TaxTotalRow>, currency: Currency) -> Vec<TaxTotal> {
    let total = |row: TaxTotalRow| TaxTotal {
        tax_code_id: row.tax_code_id,
        category: row.category,
        rate: row.rate,
        base: Money::new(row.base_minor, currency),
        tax: Money::new(row.tax_minor, currency),
        exemption_reason: row.exemption_reason,
    };
    rows.into_iter().map(total).collect()
}

/// What a document would come to.
#[derive(Serialize, ToSchema)]
struct Priced {
    /// Net amounts of the lines.
    lines: Vec<Money>,
    taxes: Vec<TaxTotal>,
    net: Money,
    tax: Money,
    gross: Money,
}

/// Price a document without saving anything.
#[utoipa::path(post, path = "/documents/preview", tag = "Documents", request_body = NewDocument,
    security(("token" = ["read"])), responses((status = 200, body = Priced)))]
async fn preview(Api { app, caller }: Api, Json(new): Json<NewDocument>) -> ApiResult<Json<Priced>> {
    let priced = lines::preview(&app, &caller, &new).await?;
    let totals = &priced.totals;
    let tax = |total: &domain::lines::TaxTotal| TaxTotal {
        tax_code_id: total.code,
        category: total.category,
        rate: total.rate,
        base: total.base,
        tax: total.tax,
        exemption_reason: priced.reasons.get(&total.code).cloned(),
    };
    Ok(Json(Priced {
        lines: totals.lines.iter().map(|line| line.net).collect(),
        taxes: totals.taxes.iter().map(tax).collect(),
        net: totals.net,
        tax: totals.tax,
        gross: totals.gross,
    }))
}
