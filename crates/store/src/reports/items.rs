//! Open items as of a day, as known at an instant: aged per customer and currency, or listed.
//!
//! `Moment::Now` reads the cached balances through the partial index over what is open. Any other moment sums the
//! movements that had happened and were known by then, item by item in the order of their covering index.

use crate::db::{Result, Sql, Tx};
use domain::{
    items::{ItemKind, MovementKind},
    reports::Aged,
};
use kernel::{CompanyId, Currency, CustomerId, Date, EntryId, OpenItemId, Timestamp};
use sqlx::{ColumnIndex, Decode, Row, Type};
use uuid::Uuid;

/// When the balances are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// At the end of everything that is recorded.
    Now,
    At {
        as_of: Date,
        known_at: Timestamp,
    },
}

/// Which open items are looked at.
#[derive(Debug, Clone)]
pub struct Scope {
    pub moment: Moment,
    /// One customer or a whole group; everybody when left out.
    pub customers: Option<Vec<CustomerId>>,
    pub currency: Option<Currency>,
    pub kind: Option<ItemKind>,
}

/// From which day on items are counted, bucket by bucket, and how.
#[derive(Debug, Clone)]
pub struct Cuts {
    pub as_of: Date,
    /// By the item's due day or by its document's.
    pub by_due_date: bool,
    pub in_base: bool,
    /// Whether credits count in the bucket of their day.
    pub netted: bool,
    pub days: Vec<Date>,
}

/// Sums of one customer in one currency.
#[derive(Debug)]
pub struct AgedSums {
    pub customer_id: CustomerId,
    pub currency: Currency,
    pub oldest_due: Option<Date>,
    pub total: i64,
    pub credits: i64,
    /// Debts that are not overdue.
    pub not_due: i64,
    /// For each cut the sum of everything on that day or later.
    pub since: Vec<i64>,
}

impl<'r, R: Row> sqlx::FromRow<'r, R> for AgedSums
where
    usize: ColumnIndex<R>,
    CustomerId: Decode<'r, R::Database> + Type<R::Database>,
    Currency: Decode<'r, R::Database> + Type<R::Database>,
    Option<Date>: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self {
            customer_id: row.try_get(0)?,
            currency: row.try_get(1)?,
            oldest_due: row.try_get(2)?,
            total: row.try_get(3)?,
            credits: row.try_get(4)?,
            not_due: row.try_get(5)?,
            since: (6..row.len()).map(|place| row.try_get(place)).collect::<sqlx::Result<_>>()?,
        })
    }
}

impl AgedSums {
    /// Sums since each cut become the buckets between the cuts; netted as the cuts were.
    pub fn aged(&self, netted: bool) -> Aged {
        let credits = if netted { 0 } else { self.credits };
        let ends = self.since.iter().copied().chain([self.total - credits]);
        let starts = std::iter::once(0).chain(self.since.iter().copied());
        Aged {
            buckets: ends.zip(starts).map(|(end, start)| end - start).collect(),
            credits,
            total: self.total,
            overdue: self.total - self.credits - self.not_due,
            oldest_due: self.oldest_due,
        }
    }
}

/// The whole of the aging: one row per customer and currency that has something open.
pub async fn aged(tx: &mut Tx, company: CompanyId, scope: &Scope, cuts: &Cuts) -> Result<Vec<AgedSums>> {
    super::prepare_for_sums(tx).await?;
    let amount = if cuts.in_base { "o.open_base_minor" } else { "o.open_minor" };
    let mut sql = tx
        .sql("SELECT o.customer_id, o.currency, MIN(o.due_on) FILTER (WHERE o.open_minor > 0), CAST(COALESCE(SUM(")
        .push(amount)
        .push("), 0) AS BIGINT), CAST(COALESCE(SUM(")
        .push(amount)
        .push(") FILTER (WHERE o.open_minor < 0), 0) AS BIGINT)");
    let not_due = (cuts.as_of, true, false);
    let days = cuts.days.iter().map(|day| (*day, cuts.by_due_date, cuts.netted));
    // What is not due is most often the youngest bucket too, and is added up once.
    let first_is_not_due = days.clone().next() == Some(not_due);
    for (day, by_due_date, netted) in std::iter::once(not_due).chain(days.skip(usize::from(first_is_not_due))) {
        sql = sql
            .push(", CAST(COALESCE(SUM(")
            .push(amount)
            .push(if by_due_date { ") FILTER (WHERE o.due_on >=" } else { ") FILTER (WHERE o.document_on >=" })
            .push_bind(day)
            .push(if netted { "), 0) AS BIGINT)" } else { " AND o.open_minor > 0), 0) AS BIGINT)" });
    }
    let mut sums: Vec<AgedSums> = from_open_items(sql, company, scope)
        .push(" GROUP BY o.customer_id, o.currency ORDER BY o.customer_id, o.currency")
        .all()
        .await?;
    if first_is_not_due {
        sums.iter_mut().for_each(|sum| sum.since.insert(0, sum.not_due));
    }
    Ok(sums)
}

/// Appends ` FROM … o WHERE …`: the open items of a scope with their balances of its moment.
fn from_open_items<'t>(sql: Sql<'t>, company: CompanyId, scope: &Scope) -> Sql<'t> {
    let mut sql = match scope.moment {
        Moment::Now => sql.push(" FROM open_items o"),
        Moment::At { as_of, known_at } => from_movements(sql, company, as_of, known_at, scope),
    };
    sql = sql.push(" WHERE o.company_id =").push_bind(company).push(" AND o.open_minor <> 0");
    if let Some(customers) = &scope.customers {
        sql = sql.push(" AND o.customer_id IN").push_list(customers.iter().copied());
    }
    if let Some(currency) = scope.currency {
        sql = sql.push(" AND o.currency =").push_bind(currency);
    }
    if let Some(kind) = scope.kind {
        sql = sql.push(" AND o.kind =").push_bind(kind);
    }
    sql
}

/// The cross join keeps SQLite from walking the items first and looking each sum up.
fn from_movements<'t>(sql: Sql<'t>, company: CompanyId, as_of: Date, known_at: Timestamp, scope: &Scope) -> Sql<'t> {
    let mut sql = sql
        .push(
            " FROM (SELECT i.company_id, i.id, i.kind, i.customer_id, i.document_id, i.number, i.instalment, i.currency,
                 i.document_on, i.due_on, i.amount_minor, m.open_minor, m.open_base_minor
             FROM (SELECT item_id, CAST(SUM(amount_minor) AS BIGINT) AS open_minor,
                     CAST(SUM(base_minor) AS BIGINT) AS open_base_minor
                 FROM movements WHERE company_id =",
        )
        .push_bind(company)
        .push(" AND effective_on <=")
        .push_bind(as_of)
        .push(" AND recorded_at <=")
        .push_bind(known_at);
    if let Some(customers) = &scope.customers {
        sql = sql
            .push(" AND item_id IN (SELECT id FROM open_items WHERE company_id =")
            .push_bind(company)
            .push(" AND customer_id IN")
            .push_list(customers.iter().copied())
            .push(")");
    }
    sql.push(
        " GROUP BY item_id HAVING SUM(amount_minor) <> 0) m CROSS JOIN open_items i
             WHERE i.company_id =",
    )
    .push_bind(company)
    .push(" AND i.id = m.item_id) o")
}

/// Which of the open items a list shows.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    pub due_from: Option<Date>,
    pub due_to: Option<Date>,
    pub dated_from: Option<Date>,
    pub dated_to: Option<Date>,
    /// Only debts, or only credits.
    pub debts: Option<bool>,
    /// Only what comes after this row.
    pub after: Option<(Date, OpenItemId)>,
    pub limit: Option<i64>,
}

/// An open item in a list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ListedItem {
    pub id: OpenItemId,
    pub kind: ItemKind,
    pub customer_id: CustomerId,
    pub customer_number: String,
    pub customer_name: String,
    pub document_id: Uuid,
    pub number: String,
    pub instalment: i64,
    pub currency: Currency,
    pub document_on: Date,
    pub due_on: Date,
    pub amount_minor: i64,
    pub open_minor: i64,
    pub open_base_minor: i64,
}

/// Open items, oldest due first.
pub async fn listed(tx: &mut Tx, company: CompanyId, scope: &Scope, listing: &Listing) -> Result<Vec<ListedItem>> {
    let sql = tx.sql(
        "SELECT l.id, l.kind, l.customer_id, c.number AS customer_number, c.name AS customer_name, l.document_id,
             l.number, l.instalment, l.currency, l.document_on, l.due_on, l.amount_minor, l.open_minor, l.open_base_minor
         FROM (SELECT o.id, o.kind, o.customer_id, o.document_id, o.number, o.instalment, o.currency, o.document_on,
                 o.due_on, o.amount_minor, o.open_minor, o.open_base_minor",
    );
    let mut sql = narrowed(from_open_items(sql, company, scope), listing);
    if let Some((due_on, id)) = listing.after {
        sql = sql.push(" AND (o.due_on, o.id) > (").push_bind(due_on).push(",").push_bind(id).push(")");
    }
    sql = sql.push(" ORDER BY o.due_on, o.id");
    if let Some(limit) = listing.limit {
        sql = sql.push(" LIMIT").push_bind(limit);
    }
    sql.push(") l JOIN customers c ON c.id = l.customer_id AND c.company_id =")
        .push_bind(company)
        .push(" ORDER BY l.due_on, l.id")
        .all()
        .await
}

/// What a whole list adds up to in one currency.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ListedTotal {
    pub currency: Currency,
    pub items: i64,
    pub open_minor: i64,
    pub open_base_minor: i64,
}

pub async fn listed_totals(
    tx: &mut Tx,
    company: CompanyId,
    scope: &Scope,
    listing: &Listing,
) -> Result<Vec<ListedTotal>> {
    super::prepare_for_sums(tx).await?;
    let sql = tx.sql(
        "SELECT o.currency, COUNT(*) AS items, CAST(COALESCE(SUM(o.open_minor), 0) AS BIGINT) AS open_minor,
             CAST(COALESCE(SUM(o.open_base_minor), 0) AS BIGINT) AS open_base_minor",
    );
    narrowed(from_open_items(sql, company, scope), listing).push(" GROUP BY o.currency ORDER BY o.currency").all().await
}

fn narrowed<'t>(mut sql: Sql<'t>, listing: &Listing) -> Sql<'t> {
    let days = [
        (" AND o.due_on >=", listing.due_from),
        (" AND o.due_on <=", listing.due_to),
        (" AND o.document_on >=", listing.dated_from),
        (" AND o.document_on <=", listing.dated_to),
    ];
    for (condition, day) in days {
        if let Some(day) = day {
            sql = sql.push(condition).push_bind(day);
        }
    }
    match listing.debts {
        None => sql,
        Some(true) => sql.push(" AND o.open_minor > 0"),
        Some(false) => sql.push(" AND o.open_minor < 0"),
    }
}

/// A movement with what it moved.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LedgerMovement {
    pub item_id: OpenItemId,
    pub item_kind: ItemKind,
    pub document_id: Uuid,
    pub number: String,
    pub due_on: Date,
    pub currency: Currency,
    pub kind: MovementKind,
    pub effective_on: Date,
    pub recorded_at: Timestamp,
    pub amount_minor: i64,
    pub base_minor: i64,
    pub entry_id: EntryId,
    pub cause_id: Option<Uuid>,
}

/// A customer's movements of a period, in the order in which they took effect.
pub async fn movements_of_customer(
    tx: &mut Tx,
    company: CompanyId,
    customer: CustomerId,
    (from, to): (Date, Date),
    known_at: Timestamp,
) -> Result<Vec<LedgerMovement>> {
    tx.sql(
        "SELECT i.id AS item_id, i.kind AS item_kind, i.document_id, i.number, i.due_on, i.currency, m.kind,
             m.effective_on, m.recorded_at, m.amount_minor, m.base_minor, m.entry_id, m.cause_id
         FROM open_items i JOIN movements m ON m.company_id = i.company_id AND m.item_id = i.id
         WHERE i.company_id = $1 AND i.customer_id = $2 AND m.effective_on >= $3 AND m.effective_on <= $4
             AND m.recorded_at <= $5
         ORDER BY m.effective_on, m.recorded_at, m.id",
    )
    .bind(company)
    .bind(customer)
    .bind(from)
    .bind(to)
    .bind(known_at)
    .all()
    .await
}

/// A sum in one currency.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CurrencySum {
    pub currency: Currency,
    pub minor: i64,
    pub base_minor: i64,
}

/// What a customer's movements before `from` add up to, currency by currency.
pub async fn brought_forward(
    tx: &mut Tx,
    company: CompanyId,
    customer: CustomerId,
    from: Date,
    known_at: Timestamp,
) -> Result<Vec<CurrencySum>> {
    tx.sql(
        "SELECT i.currency, CAST(COALESCE(SUM(m.amount_minor), 0) AS BIGINT) AS minor,
             CAST(COALESCE(SUM(m.base_minor), 0) AS BIGINT) AS base_minor
         FROM open_items i JOIN movements m ON m.company_id = i.company_id AND m.item_id = i.id
         WHERE i.company_id = $1 AND i.customer_id = $2 AND m.effective_on < $3 AND m.recorded_at <= $4
         GROUP BY i.currency ORDER BY i.currency",
    )
    .bind(company)
    .bind(customer)
    .bind(from)
    .bind(known_at)
    .all()
    .await
}
