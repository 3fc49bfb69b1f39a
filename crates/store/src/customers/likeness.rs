//! Customers that could be the one somebody is about to add. Every question runs on an index, so a hundred thousand
//! customers are asked as fast as a hundred.

use crate::db::{Result, Tx};
use domain::customers::Face;
use kernel::{CompanyId, CustomerId, Timestamp};

/// What of a customer is compared.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FaceRow {
    pub id: CustomerId,
    pub number: String,
    pub name: String,
    pub name_key: String,
    pub tax_id: Option<String>,
    pub place_key: Option<String>,
    pub archived_at: Option<Timestamp>,
}

impl FaceRow {
    pub fn face(&self) -> Face {
        Face { tax_id: self.tax_id.clone(), name_key: self.name_key.clone(), place_key: self.place_key.clone() }
    }
}

pub async fn with_tax_ids(tx: &mut Tx, company: CompanyId, tax_ids: &[String]) -> Result<Vec<FaceRow>> {
    tx.sql(
        "SELECT id, number, name, name_key, tax_id, place_key, archived_at FROM customers
         WHERE company_id = $1 AND tax_id IS NOT NULL AND tax_id IN",
    )
    .bind(company)
    .push_list(tax_ids.iter().cloned())
    .push(" ORDER BY id")
    .all()
    .await
}

pub async fn with_names(tx: &mut Tx, company: CompanyId, name_keys: &[String]) -> Result<Vec<FaceRow>> {
    tx.sql(
        "SELECT id, number, name, name_key, tax_id, place_key, archived_at FROM customers
         WHERE company_id = $1 AND name_key IN",
    )
    .bind(company)
    .push_list(name_keys.iter().cloned())
    .push(" ORDER BY id")
    .all()
    .await
}

pub async fn with_places(tx: &mut Tx, company: CompanyId, place_keys: &[String]) -> Result<Vec<FaceRow>> {
    tx.sql(
        "SELECT id, number, name, name_key, tax_id, place_key, archived_at FROM customers
         WHERE company_id = $1 AND place_key IS NOT NULL AND place_key IN",
    )
    .bind(company)
    .push_list(place_keys.iter().cloned())
    .push(" ORDER BY id")
    .all()
    .await
}

/// A name as an index holds it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct NameKey {
    pub id: CustomerId,
    pub name_key: String,
}

/// What name keys are looked for: those that begin with one of the prefixes and are of about the same length.
#[derive(Debug, Clone)]
pub struct NamesLike {
    pub prefixes: Vec<String>,
    pub shortest: i64,
    pub longest: i64,
    pub limit: i64,
}

pub async fn names_like(tx: &mut Tx, company: CompanyId, wanted: &NamesLike) -> Result<Vec<NameKey>> {
    if wanted.prefixes.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = tx.sql("WITH wanted (low, high) AS (VALUES");
    for (at, prefix) in wanted.prefixes.iter().enumerate() {
        let high = crate::db::after_prefix(prefix);
        sql =
            sql.push(if at == 0 { " (" } else { ", (" }).push_bind(prefix.clone()).push(",").push_bind(high).push(")");
    }
    // The cross join keeps SQLite from reading every customer for each prefix; all columns stand in the index by name.
    sql.push(
        ") SELECT c.id, c.name_key FROM wanted w CROSS JOIN customers c
         WHERE c.name_key >= w.low AND c.name_key < w.high AND c.company_id =",
    )
    .push_bind(company)
    .push(" AND LENGTH(c.name_key) >=")
    .push_bind(wanted.shortest)
    .push(" AND LENGTH(c.name_key) <=")
    .push_bind(wanted.longest)
    .push(" ORDER BY c.name_key, c.id LIMIT")
    .push_bind(wanted.limit)
    .all()
    .await
}

pub async fn with_ids(tx: &mut Tx, company: CompanyId, ids: &[CustomerId]) -> Result<Vec<FaceRow>> {
    tx.sql(
        "SELECT id, number, name, name_key, tax_id, place_key, archived_at FROM customers
         WHERE company_id = $1 AND id IN",
    )
    .bind(company)
    .push_list(ids.iter().copied())
    .push(" ORDER BY id")
    .all()
    .await
}
