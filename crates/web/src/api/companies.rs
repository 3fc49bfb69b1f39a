//! The company of the token: its facts, and changing them without losing another's change.

mod banks;
mod series;

use super::{
    auth::Api,
    extract::{IfMatch, Json, Versioned},
    problem::ApiResult,
};
use crate::server::Site;
use app::companies;
use kernel::Currency;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(show, change)).merge(banks::routes()).merge(series::routes())
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

#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Address {
    street: String,
    postcode: String,
    city: String,
    region: String,
    country: String,
}

/// What to change: absent fields stay, `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CompanyChange {
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    #[schema(pattern = "^[A-Za-z]{2}$")]
    country: Option<String>,
    language: Option<String>,
    time_zone: Option<String>,
    address: Option<Address>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    tax_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    registration: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
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
    let domain::companies::Address { street, postcode, city, region, country } = row.address.0;
    let address = Address { street, postcode, city, region, country };
    let company = Company {
        code: row.code,
        name: row.name,
        currency: row.currency,
        country: row.country,
        language: row.language,
        time_zone: row.time_zone,
        address,
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
    companies::update(&app, &caller, version, |company| {
        let CompanyChange { name, country, language, time_zone, address, .. } = change;
        replace(&mut company.name, name);
        replace(&mut company.country, country.map(|country| country.to_uppercase()));
        replace(&mut company.language, language);
        replace(&mut company.time_zone, time_zone);
        replace(&mut company.tax_id, change.tax_id);
        replace(&mut company.registration, change.registration);
        replace(&mut company.email, change.email);
        replace(&mut company.phone, change.phone);
        replace(&mut company.website, change.website);
        if let Some(Address { street, postcode, city, region, country }) = address {
            company.address.0 = domain::companies::Address { street, postcode, city, region, country };
        }
    })
    .await?;
    show(Api { app, caller }).await
}

fn replace<T>(field: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *field = new;
    }
}
