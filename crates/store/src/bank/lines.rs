//! Bank lines: written once, found by fingerprint, by file, by filter.

use crate::{
    db::{Result, Tx, like_text},
    sorting::{Key, Order, Place},
};
use domain::bank::{Exception, LineState};
use kernel::{BankAccountId, BankFileId, BankLineId, BankStatementId, CompanyId, Currency, Date, Timestamp, UserId};

crate::record! {
    pub struct BankLineRow in "bank_lines" {
        pub company_id: CompanyId,
        pub id: BankLineId,
        pub file_id: BankFileId,
        pub statement_id: BankStatementId,
        pub bank_account_id: BankAccountId,
        pub fingerprint: String,
        /// 0 for the whole line, 1 and on for the payments of a batch.
        pub part: i64,
        /// The line of the file.
        pub place: i64,
        pub booked_on: Option<Date>,
        pub value_on: Date,
        pub is_booked: bool,
        pub currency: Currency,
        /// Negative: money out.
        pub amount_minor: i64,
        pub instructed_minor: Option<i64>,
        pub instructed_currency: Option<Currency>,
        /// What the bank kept of it; already missing from the amount.
        pub charges_minor: i64,
        pub payer_name: Option<String>,
        pub payer_account: Option<String>,
        pub text: String,
        /// Its check digits were verified.
        pub structured_reference: Option<String>,
        pub end_to_end_id: Option<String>,
        pub mandate_id: Option<String>,
        pub bank_reference: Option<String>,
        pub code: Option<String>,
        pub return_reason: Option<String>,
        pub is_return: bool,
        pub state: LineState,
        pub exception: Option<Exception>,
        pub owner_id: Option<UserId>,
        pub note: Option<String>,
        pub due_at: Option<Timestamp>,
        pub held_by: Option<UserId>,
        pub held_until: Option<Timestamp>,
        pub received_at: Timestamp,
        pub decided_at: Option<Timestamp>,
        pub posted_at: Option<Timestamp>,
        pub version: i64,
    }
}

/// A line that is there already.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct KnownLine {
    pub id: BankLineId,
    pub fingerprint: String,
    pub part: i64,
    pub is_booked: bool,
}

pub async fn line(tx: &mut Tx, company: CompanyId, id: BankLineId) -> Result<Option<BankLineRow>> {
    tx.select::<BankLineRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

/// A line and what it was split into, or the payments of its batch.
pub async fn parts_of(tx: &mut Tx, line: &BankLineRow) -> Result<Vec<BankLineRow>> {
    tx.select::<BankLineRow>("WHERE company_id = $1 AND bank_account_id = $2 AND fingerprint = $3 ORDER BY part")
        .bind(line.company_id)
        .bind(line.bank_account_id)
        .bind(line.fingerprint.clone())
        .all()
        .await
}

/// Fingerprints asked for in one statement.
const AT_ONCE: usize = 500;

/// Which of these lines are there already.
pub async fn known(
    tx: &mut Tx,
    company: CompanyId,
    account: BankAccountId,
    fingerprints: &[String],
) -> Result<Vec<KnownLine>> {
    let mut found = Vec::new();
    for some in fingerprints.chunks(AT_ONCE) {
        let sql = tx.sql(
            "SELECT id, fingerprint, part, is_booked FROM bank_lines
             WHERE company_id = $1 AND bank_account_id = $2 AND fingerprint IN",
        );
        let sql = sql.bind(company).bind(account).push_list(some.iter().cloned());
        found.extend(sql.push(" ORDER BY fingerprint, part").all::<KnownLine>().await?);
    }
    Ok(found)
}

/// Lines of an account that were announced and are not booked yet.
pub async fn pending(tx: &mut Tx, company: CompanyId, account: BankAccountId) -> Result<Vec<BankLineRow>> {
    tx.select::<BankLineRow>(
        "WHERE company_id = $1 AND bank_account_id = $2 AND NOT is_booked AND COALESCE(exception, '') <> $3
         ORDER BY place, part, id",
    )
    .bind(company)
    .bind(account)
    .bind(Exception::Replaced)
    .all()
    .await
}

/// A booked line, and whether it came in a file of the format that was asked for.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ToldLine {
    #[sqlx(flatten)]
    pub line: BankLineRow,
    pub is_of_format: bool,
}

/// Booked lines of an account between two value days, file by file; of other formats also some days before and after.
pub async fn booked_between(
    tx: &mut Tx,
    (company, account): (CompanyId, BankAccountId),
    (from, to): (Date, Date),
    (format, others_apart): (&str, i64),
) -> Result<Vec<ToldLine>> {
    tx.sql(
        "SELECT l.*, f.format = $5 AS is_of_format FROM bank_lines l
         JOIN bank_files f ON f.company_id = l.company_id AND f.id = l.file_id
         WHERE l.company_id = $1 AND l.bank_account_id = $2 AND l.value_on BETWEEN $3 AND $4 AND l.is_booked
             AND (f.format <> $5 OR l.value_on BETWEEN $6 AND $7)
         ORDER BY l.file_id, l.place, l.part, l.id",
    )
    .bind(company)
    .bind(account)
    .bind(from.plus_days(-others_apart))
    .bind(to.plus_days(others_apart))
    .bind(format.to_owned())
    .bind(from)
    .bind(to)
    .all()
    .await
}

/// A pending line is booked and stands from now on where the row says, to be decided as a new one. What a clerk set aside
/// stays aside.
pub async fn book(tx: &mut Tx, id: BankLineId, row: &BankLineRow) -> Result<()> {
    let kept = tx.sql(
        "UPDATE bank_lines SET is_booked = TRUE, version = version + 1
         WHERE company_id = $1 AND id = $2 AND NOT is_booked AND state = $3 AND exception = $4",
    );
    let kept = kept.bind(row.company_id).bind(id).bind(LineState::SetAside).bind(Exception::NotACustomer);
    if kept.run().await? > 0 {
        return Ok(());
    }
    tx.sql(
        "UPDATE bank_lines SET is_booked = TRUE, state = $3, exception = $4, due_at = $5, decided_at = NULL,
             version = version + 1
         WHERE company_id = $1 AND id = $2 AND NOT is_booked",
    )
    .bind(row.company_id)
    .bind(id)
    .bind(row.state)
    .bind(row.exception)
    .bind(row.due_at)
    .run_one()
    .await
}

/// Sets lines aside that the bank told again in more detail, unless one of them is in the books already.
pub async fn replace(tx: &mut Tx, company: CompanyId, ids: &[BankLineId]) -> Result<u64> {
    tx.sql("UPDATE bank_lines SET version = version + 1, due_at = NULL, held_by = NULL, held_until = NULL, state =")
        .push_bind(LineState::SetAside)
        .push(", exception =")
        .push_bind(Exception::Replaced)
        .push(" WHERE company_id =")
        .push_bind(company)
        .push(" AND state <>")
        .push_bind(LineState::Posted)
        .push(" AND id IN")
        .push_list(ids.iter().copied())
        .run()
        .await
}

/// Lines of one file in its order, after a place.
pub async fn lines_of_file(
    tx: &mut Tx,
    company: CompanyId,
    file: BankFileId,
    after: Option<(i64, i64)>,
    limit: i64,
) -> Result<Vec<BankLineRow>> {
    let (place, part) = after.unwrap_or((-1, -1));
    tx.select::<BankLineRow>(
        "WHERE company_id = $1 AND file_id = $2 AND (place, part) > ($3, $4) ORDER BY place, part, id LIMIT $5",
    )
    .bind(company)
    .bind(file)
    .bind(place)
    .bind(part)
    .bind(limit)
    .all()
    .await
}

/// Which lines a list shows.
#[derive(Debug, Clone, Default)]
pub struct LineFilter {
    pub account: Option<BankAccountId>,
    pub file: Option<BankFileId>,
    pub state: Option<LineState>,
    pub exception: Option<Exception>,
    pub owner: Option<UserId>,
    /// By value day, both days included.
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub incoming_only: bool,
    /// Part of the payer's name, the text or a reference.
    pub search: Option<String>,
    pub sort: LineSort,
}

kernel::text_enum! {
    #[derive(Default)]
    pub enum LineSort {
        /// By value day.
        #[default]
        Newest = "-date",
        Oldest = "date",
        Payer = "payer",
        PayerDown = "-payer",
        /// By the amount in the line's own currency.
        Amount = "amount",
        AmountDown = "-amount",
    }
}

impl LineSort {
    pub fn order(self) -> Order {
        let order = match self {
            Self::Newest | Self::Oldest => Order::by_day("l.value_on", "l.id"),
            Self::Payer | Self::PayerDown => Order::by_text("COALESCE(l.payer_name, '')", "l.id"),
            Self::Amount | Self::AmountDown => Order::by_amount("l.amount_minor", "l.id"),
        };
        order.named(self.as_str())
    }

    pub fn key(self, row: &LineSummary) -> Key {
        match self {
            Self::Newest | Self::Oldest => Key::Day(row.line.value_on),
            Self::Payer | Self::PayerDown => Key::Text(row.line.payer_name.clone().unwrap_or_default()),
            Self::Amount | Self::AmountDown => Key::Amount(row.line.amount_minor),
        }
    }
}

/// A line in a list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LineSummary {
    #[sqlx(flatten)]
    pub line: BankLineRow,
    pub account_name: String,
    pub owner_name: Option<String>,
    pub holder_name: Option<String>,
}

/// One page of lines: what comes after a row.
pub async fn lines(
    tx: &mut Tx,
    company: CompanyId,
    filter: &LineFilter,
    (after, limit): (Option<&Place>, i64),
) -> Result<Vec<LineSummary>> {
    let mut sql = tx
        .sql(
            "SELECT l.*, a.name AS account_name, o.name AS owner_name, h.name AS holder_name FROM bank_lines l
             JOIN bank_accounts a ON a.company_id = l.company_id AND a.id = l.bank_account_id
             LEFT JOIN users o ON o.id = l.owner_id LEFT JOIN users h ON h.id = l.held_by
             WHERE l.company_id = $1",
        )
        .bind(company);
    if let Some(account) = filter.account {
        sql = sql.push(" AND l.bank_account_id =").push_bind(account);
    }
    if let Some(file) = filter.file {
        sql = sql.push(" AND l.file_id =").push_bind(file);
    }
    if let Some(state) = filter.state {
        sql = sql.push(" AND l.state =").push_bind(state);
    }
    if let Some(exception) = filter.exception {
        sql = sql.push(" AND l.exception =").push_bind(exception);
    }
    if let Some(owner) = filter.owner {
        sql = sql.push(" AND l.owner_id =").push_bind(owner);
    }
    if let Some(from) = filter.from {
        sql = sql.push(" AND l.value_on >=").push_bind(from);
    }
    if let Some(to) = filter.to {
        sql = sql.push(" AND l.value_on <=").push_bind(to);
    }
    if filter.incoming_only {
        sql = sql.push(" AND l.amount_minor > 0");
    }
    if let Some(search) = filter.search.as_ref().filter(|text| !text.trim().is_empty()) {
        let like = format!("%{}%", like_text(&search.to_lowercase()));
        sql = sql.push(" AND (lower(l.text) LIKE").push_bind(like.clone()).push(" ESCAPE '\\'");
        sql = sql.push(" OR lower(COALESCE(l.payer_name, '')) LIKE").push_bind(like.clone()).push(" ESCAPE '\\'");
        sql = sql.push(" OR lower(COALESCE(l.payer_account, '')) LIKE").push_bind(like.clone()).push(" ESCAPE '\\'");
        sql = sql.push(" OR lower(COALESCE(l.bank_reference, '')) LIKE").push_bind(like).push(" ESCAPE '\\')");
    }
    let is_narrow = filter.file.is_some()
        || filter.exception.is_some()
        || filter.owner.is_some()
        || filter.search.is_some()
        || filter.state.is_some_and(|state| state != LineState::Posted);
    let is_by_day = matches!(filter.sort, LineSort::Newest | LineSort::Oldest);
    filter.sort.order().among_few(is_narrow && !is_by_day).page(sql, after, limit).all().await
}
