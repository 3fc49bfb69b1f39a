//! The company's rules, and the picture at the top of its documents.

use super::super::{
    auth::Api,
    extract::{IfMatch, Json, Versioned},
    problem::{ApiResult, Problem},
    schema::Download,
};
use crate::server::Site;
use app::companies::{self, CompanyFacts, facts_of};
use axum::http::StatusCode;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::lines::{PriceMode, TaxRounding};
use kernel::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(show, replace)).routes(routes!(logo, set_logo, remove_logo))
}

/// What a company decides once. A change counts for later documents.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CompanySettings {
    tax_rounding: TaxRounding,
    price_mode: PriceMode,
    /// Upper ends of the overdue buckets in days, each after the one before.
    #[schema(max_items = 8)]
    aging_buckets: Vec<i64>,
    /// Differences up to this are written off when an item is settled.
    small_difference: Money,
    /// Credit notes, refunds and write-offs above this need a second person.
    approval_limit: Money,
    #[schema(minimum = 0, maximum = 3650)]
    quote_valid_days: i64,
    /// The code of the usual payment terms.
    terms: String,
    /// The code of the usual tax.
    tax_code: String,
}

/// The company's rules.
#[utoipa::path(get, path = "/company/settings", tag = "Company", security(("token" = ["read"])),
    responses((status = 200, body = CompanySettings)))]
async fn show(Api { app, caller }: Api) -> ApiResult<Versioned<CompanySettings>> {
    let row = companies::show(&app, &caller).await?;
    let (settings, currency) = (row.settings.0, row.currency);
    let shown = CompanySettings {
        tax_rounding: settings.tax_rounding,
        price_mode: settings.price_mode,
        aging_buckets: settings.aging_buckets,
        small_difference: Money::new(settings.small_difference_minor, currency),
        approval_limit: Money::new(settings.approval_limit_minor, currency),
        quote_valid_days: settings.quote_valid_days,
        terms: settings.terms_code,
        tax_code: settings.tax_code,
    };
    Ok(Versioned(row.version, shown))
}

/// Replace the company's rules.
#[utoipa::path(put, path = "/company/settings", tag = "Company", request_body = CompanySettings,
    params(("If-Match" = String, Header, description = "the ETag that was seen")),
    security(("token" = ["company.manage"])), responses((status = 204)))]
async fn replace(
    Api { app, caller }: Api,
    IfMatch(version): IfMatch,
    Json(new): Json<CompanySettings>,
) -> ApiResult<StatusCode> {
    let row = companies::show(&app, &caller).await?;
    for (field, money) in [("small_difference", new.small_difference), ("approval_limit", new.approval_limit)] {
        if money.currency() != row.currency {
            return Err(Problem::field(field, format!("the company's currency is {}", row.currency)));
        }
    }
    let facts = CompanyFacts {
        tax_rounding: new.tax_rounding.to_string(),
        price_mode: new.price_mode.to_string(),
        aging_buckets: new.aging_buckets.iter().map(i64::to_string).collect::<Vec<_>>().join(", "),
        small_difference: new.small_difference.to_decimal().to_string(),
        approval_limit: new.approval_limit.to_decimal().to_string(),
        quote_valid_days: new.quote_valid_days.to_string(),
        terms: new.terms,
        tax_code: new.tax_code,
        ..facts_of(&row)
    };
    companies::change_facts(&app, &caller, version, facts).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The logo: PNG, JPEG or SVG.
#[utoipa::path(get, path = "/company/logo", tag = "Company", security(("token" = ["read"])),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
async fn logo(Api { app, caller }: Api) -> ApiResult<Download> {
    let (kind, bytes) = companies::logo(&app, &caller).await?;
    let name = format!("logo.{}", kind.trim_start_matches("image/").trim_end_matches("+xml"));
    Ok(Download { media_type: "application/octet-stream", name, bytes })
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Logo {
    /// Base64 of a PNG, JPEG or SVG, up to 1 MiB.
    #[schema(content_encoding = "base64")]
    content: String,
}

/// Choose the picture at the top of documents.
#[utoipa::path(put, path = "/company/logo", tag = "Company", request_body = Logo,
    security(("token" = ["company.manage"])), responses((status = 204)))]
async fn set_logo(Api { app, caller }: Api, Json(new): Json<Logo>) -> ApiResult<StatusCode> {
    let picture = BASE64_STANDARD.decode(&new.content).map_err(|_| Problem::field("content", "this is not base64"))?;
    companies::set_logo(&app, &caller, Some(picture)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take the logo away.
#[utoipa::path(delete, path = "/company/logo", tag = "Company", security(("token" = ["company.manage"])),
    responses((status = 204)))]
async fn remove_logo(Api { app, caller }: Api) -> ApiResult<StatusCode> {
    companies::set_logo(&app, &caller, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
