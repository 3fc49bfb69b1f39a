//! Bank files, their statements and lines.
//!
//! The fingerprint of a line is unique within its account: whoever receives the same line twice, or at the same moment
//! as somebody else, finds it there. What a line says never changes once it is booked; where it stands does, guarded by
//! its version.

mod advices;
mod lines;
mod tables;

pub use advices::{AdviceRow, advice, advices, advices_unused, free_advices, known_advices, use_advices};
pub use lines::{
    BankLineRow, KnownLine, LineFilter, LineSort, LineSummary, ToldLine, book, booked_between, known, line, lines,
    lines_of_file, parts_of, pending, replace,
};
pub use tables::{BankTableRow, keep_table, tables};

use crate::db::{Result, Tx};
use kernel::{BankAccountId, BankFileId, BankStatementId, CompanyId, Currency, Date, Timestamp};
use serde_json::Value;
use sqlx::types::Json;

crate::record! {
    pub struct BankFileRow in "bank_files" {
        pub company_id: CompanyId,
        pub id: BankFileId,
        pub name: String,
        /// SHA-256 of its bytes.
        pub digest: String,
        pub format: String,
        pub bytes: i64,
        pub statements: i64,
        pub lines: i64,
        pub new_lines: i64,
        pub known_lines: i64,
        /// Sentences that concern the file as a whole.
        pub warnings: Json<Value>,
        pub received_at: Timestamp,
        pub received_by: String,
    }
}

crate::record! {
    pub struct BankStatementRow in "bank_statements" {
        pub company_id: CompanyId,
        pub id: BankStatementId,
        pub file_id: BankFileId,
        pub bank_account_id: BankAccountId,
        /// Where it stands in the file, from one.
        pub place: i64,
        pub number: Option<String>,
        pub currency: Currency,
        pub opens_on: Option<Date>,
        pub closes_on: Option<Date>,
        pub opening_minor: Option<i64>,
        pub closing_minor: Option<i64>,
        pub lines: i64,
        pub new_lines: i64,
        /// What does not add up, as sentences.
        pub warnings: Json<Value>,
    }
}

/// Waits until nobody else receives a file of this account, and keeps others waiting until the end of the transaction.
pub async fn take_account(tx: &mut Tx, company: CompanyId, account: BankAccountId) -> Result<()> {
    tx.sql("UPDATE bank_accounts SET files_received = files_received + 1 WHERE company_id = $1 AND id = $2")
        .bind(company)
        .bind(account)
        .run_one()
        .await
}

pub async fn file(tx: &mut Tx, company: CompanyId, id: BankFileId) -> Result<Option<BankFileRow>> {
    tx.select::<BankFileRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

/// One page of files, the last received first.
pub async fn files(
    tx: &mut Tx,
    company: CompanyId,
    after: Option<(Timestamp, BankFileId)>,
    limit: i64,
) -> Result<Vec<BankFileRow>> {
    let mut sql = tx.select::<BankFileRow>("WHERE company_id = $1").bind(company);
    if let Some((at, id)) = after {
        sql = sql.push(" AND (received_at, id) < (").push_bind(at).push(",").push_bind(id).push(")");
    }
    sql.push(" ORDER BY received_at DESC, id DESC LIMIT").push_bind(limit).all().await
}

/// The last file with exactly these bytes.
pub async fn file_by_digest(tx: &mut Tx, company: CompanyId, digest: &str) -> Result<Option<BankFileRow>> {
    tx.select::<BankFileRow>("WHERE company_id = $1 AND digest = $2 ORDER BY received_at DESC, id DESC LIMIT 1")
        .bind(company)
        .bind(digest.to_owned())
        .optional()
        .await
}

pub async fn statements_of_file(tx: &mut Tx, company: CompanyId, file: BankFileId) -> Result<Vec<BankStatementRow>> {
    tx.select::<BankStatementRow>("WHERE company_id = $1 AND file_id = $2 ORDER BY place, id")
        .bind(company)
        .bind(file)
        .all()
        .await
}

/// The last statement with a closing balance of each account: the day and the balance of the bank.
pub async fn last_balances(tx: &mut Tx, company: CompanyId) -> Result<Vec<(BankAccountId, Date, i64, Currency)>> {
    tx.sql(
        "SELECT s.bank_account_id, s.closes_on, s.closing_minor, s.currency FROM bank_statements s
         WHERE s.company_id = $1 AND s.closes_on IS NOT NULL AND s.closing_minor IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM bank_statements n WHERE n.company_id = s.company_id AND n.bank_account_id = s.bank_account_id
             AND n.closing_minor IS NOT NULL AND (n.closes_on, n.id) > (s.closes_on, s.id))
         ORDER BY s.bank_account_id, s.id",
    )
    .bind(company)
    .all()
    .await
}
