//! What was received, to look at: files with their statements, and lines by filter.

use super::{BankFileRow, BankLineRow, BankStatementRow, LineFilter, LineSummary};
use crate::{
    context::{App, Caller},
    error::{Error, Result},
    lists::{Cursor, Page, Part, page_size},
};
use domain::users::Permission;
use kernel::{BankAccountId, BankFileId, BankLineId, Currency, Date};
use serde::{Deserialize, Serialize};
use store::{
    bank,
    companies::{self, BankAccountRow},
};

/// A file with what stands in it.
#[derive(Debug, Clone)]
pub struct BankFileView {
    pub file: BankFileRow,
    pub warnings: Vec<String>,
    /// Each with its account and what does not add up.
    pub statements: Vec<(BankStatementRow, BankAccountRow, Vec<String>)>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FileFilter {
    pub after: Option<Cursor>,
    pub limit: Option<i64>,
}

/// Files, the last received first.
pub async fn files(app: &App, caller: &Caller, filter: FileFilter) -> Result<Page<BankFileRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, size) = (work.company_id(), page_size(filter.limit));
    let after = filter.after.map(|cursor| cursor.pair()).transpose()?;
    let rows = bank::files(&mut work.tx, company, after, size + 1).await?;
    Ok(Page::cut(rows, size, |row| Cursor::new([row.received_at.to_string(), row.id.to_string()])))
}

pub async fn file(app: &App, caller: &Caller, id: BankFileId) -> Result<BankFileView> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let file = bank::file(&mut work.tx, company, id).await?.ok_or(Error::NotFound("bank file"))?;
    let accounts = companies::bank_accounts(&mut work.tx, company).await?;
    let rows = bank::statements_of_file(&mut work.tx, company, id).await?;
    let with_account = |row: BankStatementRow| {
        let account = accounts.iter().find(|account| account.id == row.bank_account_id)?.clone();
        let warnings = serde_json::from_value(row.warnings.0.clone()).unwrap_or_default();
        Some((row, account, warnings))
    };
    let statements = rows.into_iter().filter_map(with_account).collect();
    let warnings = serde_json::from_value(file.warnings.0.clone()).unwrap_or_default();
    Ok(BankFileView { file, warnings, statements })
}

/// A page of lines in the order that is asked for.
pub async fn lines(app: &App, caller: &Caller, filter: LineFilter, part: &Part) -> Result<Page<LineSummary>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, sort, size) = (work.company_id(), filter.sort, part.size());
    let after = part.place(sort.as_str(), sort.order())?;
    let rows = bank::lines(&mut work.tx, company, &filter, (after.as_ref(), size + 1)).await?;
    Ok(Page::sorted(rows, size, sort.as_str(), |row| (sort.key(row), row.line.id.0)))
}

pub async fn line(app: &App, caller: &Caller, id: BankLineId) -> Result<BankLineRow> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    bank::line(&mut work.tx, company, id).await?.ok_or(Error::NotFound("bank line"))
}

/// What each account had at its bank at the end of its last statement: day and amount.
pub async fn balances(app: &App, caller: &Caller) -> Result<Vec<(BankAccountId, Date, i64, Currency)>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(bank::last_balances(&mut work.tx, company).await?)
}
