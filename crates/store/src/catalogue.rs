//! Payment terms, tax codes, products, calendars and exchange rates: what documents are made with.

use domain::{
    taxes::{DatedRate, TaxCategory},
    terms::Terms,
};
use kernel::{CompanyId, Currency, Date, FxRate, ProductId, TaxCodeId, TermsId, Timestamp, UnitPrice};
use sqlx::types::Json;

crate::record! {
    pub struct TermsRow in "terms" {
        pub company_id: CompanyId,
        pub id: TermsId,
        pub code: String,
        pub name: String,
        pub spec: Json<Terms>,
        pub archived_at: Option<Timestamp>,
        pub version: i64,
    }
}

crate::record! {
    pub struct TaxCodeRow in "tax_codes" {
        pub company_id: CompanyId,
        pub id: TaxCodeId,
        pub code: String,
        pub name: String,
        pub category: TaxCategory,
        pub exemption_reason: Option<String>,
        pub rates: Json<Vec<DatedRate>>,
        /// The ledger account that collects it.
        pub account: String,
        pub archived_at: Option<Timestamp>,
        pub version: i64,
    }
}

crate::record! {
    pub struct ProductRow in "products" {
        pub company_id: CompanyId,
        pub id: ProductId,
        pub sku: String,
        pub name: String,
        pub description: String,
        pub unit: String,
        pub unit_price: UnitPrice,
        pub currency: Currency,
        pub tax_code_id: Option<TaxCodeId>,
        pub revenue_account: Option<String>,
        pub archived_at: Option<Timestamp>,
        pub version: i64,
    }
}

crate::record! {
    pub struct FxRateRow in "fx_rates" {
        pub company_id: CompanyId,
        pub from_currency: Currency,
        pub to_currency: Currency,
        pub on_date: Date,
        pub rate: FxRate,
        pub source: String,
    }
}
