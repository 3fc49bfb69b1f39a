//! The company of the token: its facts, and changing them without losing another's change.

mod banks;
mod series;
mod settings;

use super::{
    auth::Api,
    extract::{Created, IfMatch, Json, Versioned},
    problem::ApiResult,
    schema::Made,
};
use crate::server::Site;
use app::{
    companies::{self, CompanyFacts, facts_of},
    users,
};
use domain::companies::{Address, NewCompany};
use kernel::Currency;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(show, change))
        .routes(routes!(add))
        .merge(banks::routes())
        .merge(series::routes())
        .merge(settings::routes())
}

#[derive(Serialize, ToSchema)]
struct Company {
    /// Its short code.
    code: String,
    name: String,
    currency: Currency,
    /// ISO 3166-1, two letters
    country: String,
    language: String,
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    address: Address,
    tax_id: Option<String>,
    registration: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    website: Option<String>,
}

/// What to change: absent fields stay, `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CompanyChange {
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    #[schema(pattern = "^[A-Za-z]{2}$")]
    country: Option<String>,
    #[schema(max_length = 40)]
    language: Option<String>,
    #[schema(max_length = 64)]
    time_zone: Option<String>,
    address: Option<Address>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 40)]
    tax_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200)]
    registration: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 254)]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 50)]
    phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200)]
    website: Option<Option<String>>,
}

/// Tells `null` from nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The company of this token.
#[utoipa::path(get, path = "/company", tag = "Company", security(("token" = ["read"])),
    responses((status = 200, body = Company)))]
async fn show(Api { app, caller }: Api) -> ApiResult<Versioned<Company>> {
    let row = companies::show(&app, &caller).await?;
    let company = Company {
        code: row.code,
        name: row.name,
        currency: row.currency,
        country: row.country,
        language: row.language,
        time_zone: row.time_zone,
        address: row.address.0,
        tax_id: row.tax_id,
        registration: row.registration,
        email: row.email,
        phone: row.phone,
        website: row.website,
    };
    Ok(Versioned(row.version, company))
}

/// Change the company.
#[utoipa::path(patch, path = "/company", tag = "Company", request_body = CompanyChange,
    params(("If-Match" = String, Header, description = "the ETag that was seen")),
    security(("token" = ["company.manage"])), responses((status = 200, body = Company)))]
async fn change(
    Api { app, caller }: Api,
    IfMatch(version): IfMatch,
    Json(change): Json<CompanyChange>,
) -> ApiResult<Versioned<Company>> {
    let before = facts_of(&companies::show(&app, &caller).await?);
    let CompanyChange { name, country, language, time_zone, address, .. } = change;
    // An address that is not sent moves with the company to another country.
    let kept = Address { country: String::new(), ..before.address };
    let facts = CompanyFacts {
        name: name.unwrap_or(before.name),
        country: country.unwrap_or(before.country),
        language: language.unwrap_or(before.language),
        time_zone: time_zone.unwrap_or(before.time_zone),
        address: address.unwrap_or(kept),
        tax_id: change.tax_id.unwrap_or(before.tax_id),
        registration: change.registration.unwrap_or(before.registration),
        email: change.email.unwrap_or(before.email),
        phone: change.phone.unwrap_or(before.phone),
        website: change.website.unwrap_or(before.website),
        ..before
    };
    companies::change_facts(&app, &caller, version, facts).await?;
    show(Api { app, caller }).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CompanyToAdd {
    /// For the command line and the switch between companies.
    #[schema(pattern = "^[A-Za-z0-9]{1,12}$")]
    code: String,
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    currency: Currency,
    /// ISO 3166-1; decides the first tax codes.
    #[schema(pattern = "^[A-Za-z]{2}$")]
    country: String,
    #[schema(max_length = 40, example = "en")]
    language: String,
    #[schema(max_length = 64, example = "Europe/Berlin")]
    time_zone: String,
    #[serde(default)]
    address: Address,
    #[schema(max_length = 40)]
    tax_id: Option<String>,
    #[schema(max_length = 254)]
    email: Option<String>,
}

/// Set up one more company with accounts, taxes, terms and number series. The token's owner is its administrator; tokens
/// for it are made there.
#[utoipa::path(post, path = "/companies", tag = "Company", request_body = CompanyToAdd,
    security(("token" = ["company.manage"])), responses((status = 201, body = Made)))]
async fn add(Api { app, caller }: Api, Json(new): Json<CompanyToAdd>) -> ApiResult<Created<Made>> {
    let CompanyToAdd { code, name, currency, country, language, time_zone, address, tax_id, email } = new;
    let new = NewCompany { code, name, currency, country, language, time_zone, address, tax_id, email };
    Ok(Made::at("companies", users::add_company(&app, &caller, new).await?))
}
