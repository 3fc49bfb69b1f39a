//! Products: what lines are filled in with.

use super::{
    auth::Api,
    extract::{Created, IfMatch, Json, Path, Query, Versioned},
    problem::ApiResult,
    schema::{BulkAnswer, BulkMode, Limit, Made, Page, Rows, Unread, size},
};
use crate::server::Site;
use app::{
    catalogue::{self, ProductQuery, ProductRow, ProductSort},
    lists::Cursor,
};
use axum::http::StatusCode;
use domain::products::ProductFacts;
use kernel::{Currency, ProductId, TaxCodeId, Timestamp, UnitPrice};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(bulk))
        .routes(routes!(show, edit))
        .routes(routes!(archive))
        .routes(routes!(unarchive))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Part of SKU or name.
    search: Option<String>,
    /// Only archived ones; else only the others.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    archived: bool,
    #[param(inline)]
    sort: Option<ProductSort>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

#[derive(Serialize, ToSchema)]
struct Product {
    id: ProductId,
    sku: String,
    name: String,
    description: String,
    unit: String,
    unit_price: UnitPrice,
    currency: Currency,
    tax_code_id: Option<TaxCodeId>,
    revenue_account: Option<String>,
    archived_at: Option<Timestamp>,
}

impl From<ProductRow> for Product {
    fn from(row: ProductRow) -> Self {
        Self {
            id: row.id,
            sku: row.sku,
            name: row.name,
            description: row.description,
            unit: row.unit,
            unit_price: row.unit_price,
            currency: row.currency,
            tax_code_id: row.tax_code_id,
            revenue_account: row.revenue_account,
            archived_at: row.archived_at,
        }
    }
}

/// Products by SKU unless told otherwise; `-` turns an order round.
#[utoipa::path(get, path = "/products", tag = "Products", params(ListQuery), security(("token" = ["read"])),
    responses((status = 200, body = Page<Product>)))]
async fn list(Api { app, caller }: Api, Query(asked): Query<ListQuery>) -> ApiResult<Json<Page<Product>>> {
    let ListQuery { search, archived, sort, after, limit } = asked;
    let asked = ProductQuery { search, archived, sort: sort.unwrap_or_default(), after, limit: Some(size(limit)) };
    Ok(Json(Page::of(catalogue::product_list(&app, &caller, asked).await?, Product::from)))
}

/// A product.
#[utoipa::path(get, path = "/products/{id}", tag = "Products", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = Product)))]
async fn show(Api { app, caller }: Api, Path(id): Path<ProductId>) -> ApiResult<Versioned<Product>> {
    let row = catalogue::product(&app, &caller, id).await?;
    Ok(Versioned(row.version, row.into()))
}

/// Add a product.
#[utoipa::path(post, path = "/products", tag = "Products", request_body = ProductFacts,
    security(("token" = ["catalogue.write"])), responses((status = 201, body = Made)))]
async fn create(Api { app, caller }: Api, Json(facts): Json<ProductFacts>) -> ApiResult<Created<Made>> {
    Ok(Made::at("products", catalogue::create_product(&app, &caller, facts).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BulkProducts {
    #[serde(default)]
    mode: BulkMode,
    #[schema(value_type = Vec<ProductFacts>, min_items = 1, max_items = 1000)]
    products: Vec<Unread>,
}

/// Add up to a thousand products in one transaction. The number of a row is its SKU.
#[utoipa::path(post, path = "/products/bulk", tag = "Products", request_body = BulkProducts,
    security(("token" = ["catalogue.write"])), responses((status = 200, body = BulkAnswer)))]
async fn bulk(Api { app, caller }: Api, Json(sent): Json<BulkProducts>) -> ApiResult<Json<BulkAnswer>> {
    let rows = Rows::<ProductFacts>::read("products", &sent.products, sent.mode)?;
    let made = match rows.are_all_unread() {
        true => vec![],
        false => catalogue::create_products(&app, &caller, &rows.good, sent.mode.into()).await?,
    };
    Ok(Json(rows.answer(made.into_iter().map(|row| row.map(|(id, sku)| (id.0, sku))))))
}

/// Replace a product's facts. Lines keep what they were given.
#[utoipa::path(put, path = "/products/{id}", tag = "Products", request_body = ProductFacts,
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "the ETag that was seen")),
    security(("token" = ["catalogue.write"])), responses((status = 204)))]
async fn edit(
    Api { app, caller }: Api,
    Path(id): Path<ProductId>,
    IfMatch(version): IfMatch,
    Json(facts): Json<ProductFacts>,
) -> ApiResult<StatusCode> {
    catalogue::edit_product(&app, &caller, id, version, facts).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Put a product away. Doing it twice is done already.
#[utoipa::path(post, path = "/products/{id}/archive", tag = "Products", params(("id" = Uuid, Path)),
    security(("token" = ["catalogue.write"])), responses((status = 204)))]
async fn archive(Api { app, caller }: Api, Path(id): Path<ProductId>) -> ApiResult<StatusCode> {
    catalogue::archive_product(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a product back from the archive.
#[utoipa::path(post, path = "/products/{id}/unarchive", tag = "Products", params(("id" = Uuid, Path)),
    security(("token" = ["catalogue.write"])), responses((status = 204)))]
async fn unarchive(Api { app, caller }: Api, Path(id): Path<ProductId>) -> ApiResult<StatusCode> {
    catalogue::unarchive_product(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
