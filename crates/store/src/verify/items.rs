//! Open items against their movements, and what moved them.

use super::Gap;
use crate::db::{Result, Tx};
use kernel::{CompanyId, Currency, Date};
use uuid::Uuid;

/// An item against the sum of its movements.
#[derive(Debug, sqlx::FromRow)]
pub struct ItemGap {
    pub id: Uuid,
    pub number: String,
    pub currency: Currency,
    pub amount_minor: i64,
    pub base_minor: i64,
    pub open_minor: i64,
    pub open_base_minor: i64,
    pub settled_on: Option<Date>,
    pub opened: i64,
    pub opened_base: i64,
    pub moved: i64,
    pub moved_base: i64,
    pub last_on: Option<Date>,
    pub total: i64,
}

pub async fn items(tx: &mut Tx, company: CompanyId) -> Result<i64> {
    tx.sql("SELECT COUNT(*) FROM open_items WHERE company_id = $1").bind(company).number().await
}

/// Items whose kept amount, balance or day of settlement is not what their movements say.
pub async fn item_gaps(tx: &mut Tx, company: CompanyId) -> Result<Vec<ItemGap>> {
    tx.sql(
        "SELECT i.id, i.number, i.currency, i.amount_minor, i.base_minor, i.open_minor, i.open_base_minor, i.settled_on,
             CAST(COALESCE(SUM(CASE WHEN m.kind = 'opened' THEN m.amount_minor END), 0) AS BIGINT) AS opened,
             CAST(COALESCE(SUM(CASE WHEN m.kind = 'opened' THEN m.base_minor END), 0) AS BIGINT) AS opened_base,
             CAST(COALESCE(SUM(m.amount_minor), 0) AS BIGINT) AS moved,
             CAST(COALESCE(SUM(m.base_minor), 0) AS BIGINT) AS moved_base,
             MAX(m.effective_on) AS last_on, COUNT(*) OVER () AS total
         FROM open_items i LEFT JOIN movements m ON m.company_id = i.company_id AND m.item_id = i.id
         WHERE i.company_id = $1
         GROUP BY i.company_id, i.id
         HAVING i.amount_minor <> COALESCE(SUM(CASE WHEN m.kind = 'opened' THEN m.amount_minor END), 0)
             OR i.base_minor <> COALESCE(SUM(CASE WHEN m.kind = 'opened' THEN m.base_minor END), 0)
             OR i.open_minor <> COALESCE(SUM(m.amount_minor), 0)
             OR i.open_base_minor <> COALESCE(SUM(m.base_minor), 0)
             OR i.settled_on IS DISTINCT FROM CASE WHEN i.open_minor = 0 THEN MAX(m.effective_on) END
         ORDER BY i.id LIMIT 100",
    )
    .bind(company)
    .all()
    .await
}

/// Customers whose kept balance is not what their items add up to.
pub async fn customer_gaps(tx: &mut Tx, company: CompanyId) -> Result<Vec<Gap>> {
    tx.sql(
        "SELECT c.id, c.name, NULL AS currency, COALESCE(b.base_minor, 0) AS stated, COALESCE(o.base_minor, 0) AS found,
             COUNT(*) OVER () AS total
         FROM customers c
         LEFT JOIN customer_balances b ON b.company_id = c.company_id AND b.customer_id = c.id
         LEFT JOIN (SELECT customer_id, CAST(SUM(open_base_minor) AS BIGINT) AS base_minor FROM open_items
                    WHERE company_id = $1 GROUP BY customer_id) o ON o.customer_id = c.id
         WHERE c.company_id = $1 AND COALESCE(b.base_minor, 0) <> COALESCE(o.base_minor, 0)
         ORDER BY c.id LIMIT 100",
    )
    .bind(company)
    .all()
    .await
}

/// An item whose movements leave less than nothing or more than its amount at the end of a day.
#[derive(Debug, sqlx::FromRow)]
pub struct Overdrawn {
    pub id: Uuid,
    pub number: String,
    pub currency: Currency,
    pub amount_minor: i64,
    /// The first such day.
    pub effective_on: Date,
    pub left_minor: i64,
    /// What all movements leave.
    pub now_minor: i64,
    /// Whether that is within bounds again.
    pub mended: bool,
    /// How many items are as mended as this one.
    pub total: i64,
}

/// Items that are out of bounds, or were at the end of an earlier day. An item that was opened on its first day and only
/// moved towards zero since cannot have been, unless it is now: only the others are followed day by day.
pub async fn overdrawn(tx: &mut Tx, company: CompanyId) -> Result<Vec<Overdrawn>> {
    tx.sql(
        "WITH suspects AS (
             SELECT i.id, i.number, i.currency, i.amount_minor, CAST(SUM(m.amount_minor) AS BIGINT) AS now_minor,
                 CASE WHEN i.amount_minor < 0 THEN i.amount_minor ELSE 0 END AS lowest,
                 CASE WHEN i.amount_minor < 0 THEN 0 ELSE i.amount_minor END AS highest
             FROM open_items i JOIN movements m ON m.company_id = i.company_id AND m.item_id = i.id
             WHERE i.company_id = $1
             GROUP BY i.company_id, i.id
             HAVING SUM(m.amount_minor) < CASE WHEN i.amount_minor < 0 THEN i.amount_minor ELSE 0 END
                 OR SUM(m.amount_minor) > CASE WHEN i.amount_minor < 0 THEN 0 ELSE i.amount_minor END
                 OR SUM(CASE WHEN m.kind = 'opened' OR m.amount_minor = 0 THEN 0
                             WHEN (m.amount_minor < 0) = (i.amount_minor < 0) THEN 1 ELSE 0 END) > 0
                 OR MIN(m.effective_on) < MAX(CASE WHEN m.kind = 'opened' THEN m.effective_on END)
         ), days AS (
             SELECT s.id, m.effective_on, SUM(m.amount_minor) OVER (PARTITION BY s.id ORDER BY m.effective_on) AS left_minor
             FROM suspects s JOIN movements m ON m.company_id = $1 AND m.item_id = s.id
         ), outside AS (
             SELECT s.id, s.number, s.currency, s.amount_minor, d.effective_on, CAST(d.left_minor AS BIGINT) AS left_minor,
                 s.now_minor, s.now_minor BETWEEN s.lowest AND s.highest AS mended,
                 ROW_NUMBER() OVER (PARTITION BY s.id ORDER BY d.effective_on, d.left_minor) AS place
             FROM suspects s JOIN days d ON d.id = s.id
             WHERE d.left_minor < s.lowest OR d.left_minor > s.highest
         )
         SELECT id, number, currency, amount_minor, effective_on, left_minor, now_minor, mended, total FROM (
             SELECT id, number, currency, amount_minor, effective_on, left_minor, now_minor, mended,
                 COUNT(*) OVER (PARTITION BY mended) AS total,
                 ROW_NUMBER() OVER (PARTITION BY mended ORDER BY id) AS listed
             FROM outside WHERE place = 1
         ) AS firsts
         WHERE listed <= 100 ORDER BY mended, id",
    )
    .bind(company)
    .all()
    .await
}

/// An allocation against its movements: what both sides gave, and what was given back.
#[derive(Debug, sqlx::FromRow)]
pub struct AllocationGap {
    pub id: Uuid,
    pub from_number: Option<String>,
    pub to_number: Option<String>,
    pub currency: Option<Currency>,
    pub from_minor: i64,
    pub to_minor: i64,
    pub discount_minor: i64,
    pub difference_minor: i64,
    pub used: i64,
    pub paid: i64,
    pub discount: i64,
    pub difference: i64,
    pub back: i64,
    pub reversed: bool,
    pub total: i64,
}

pub async fn allocations(tx: &mut Tx, company: CompanyId) -> Result<i64> {
    tx.sql(
        "SELECT (SELECT COUNT(*) FROM allocations WHERE company_id = $1)
             + (SELECT COUNT(*) FROM write_offs WHERE company_id = $1)
             + (SELECT COUNT(*) FROM refunds WHERE company_id = $1)",
    )
    .bind(company)
    .number()
    .await
}

pub async fn allocation_gaps(tx: &mut Tx, company: CompanyId) -> Result<Vec<AllocationGap>> {
    tx.sql(
        "SELECT s.id, f.number AS from_number, t.number AS to_number, t.currency, s.from_minor, s.to_minor,
             s.discount_minor, s.difference_minor, s.used, s.paid, s.discount, s.difference, s.back, s.reversed,
             COUNT(*) OVER () AS total
         FROM (
             SELECT a.id, a.from_item_id, a.to_item_id, a.from_minor, a.to_minor, a.discount_minor, a.difference_minor,
                 a.reversed_at IS NOT NULL AS reversed,
                 CAST(COALESCE(SUM(CASE WHEN m.item_id = a.from_item_id AND m.kind = 'allocated' THEN m.amount_minor END), 0)
                     AS BIGINT) AS used,
                 CAST(-COALESCE(SUM(CASE WHEN m.item_id = a.to_item_id AND m.kind = 'allocated' THEN m.amount_minor END), 0)
                     AS BIGINT) AS paid,
                 CAST(-COALESCE(SUM(CASE WHEN m.item_id = a.to_item_id AND m.kind = 'discount' THEN m.amount_minor END), 0)
                     AS BIGINT) AS discount,
                 CAST(-COALESCE(SUM(CASE WHEN m.item_id = a.to_item_id AND m.kind = 'difference' THEN m.amount_minor END), 0)
                     AS BIGINT) AS difference,
                 CAST(COALESCE(SUM(CASE WHEN m.item_id = a.to_item_id AND m.kind = 'reversed' THEN m.amount_minor END), 0)
                     AS BIGINT) AS back,
                 CAST(-COALESCE(SUM(CASE WHEN m.item_id = a.from_item_id AND m.kind = 'reversed' THEN m.amount_minor END), 0)
                     AS BIGINT) AS returned
             FROM allocations a LEFT JOIN movements m ON m.company_id = a.company_id AND m.cause_id = a.id
             WHERE a.company_id = $1
             GROUP BY a.company_id, a.id
         ) AS s
         LEFT JOIN open_items f ON f.company_id = $1 AND f.id = s.from_item_id
         LEFT JOIN open_items t ON t.company_id = $1 AND t.id = s.to_item_id
         WHERE s.used <> s.from_minor OR s.paid <> s.to_minor OR s.discount <> s.discount_minor
             OR s.difference <> s.difference_minor
             OR s.back <> CASE WHEN s.reversed THEN s.to_minor + s.discount_minor + s.difference_minor ELSE 0 END
             OR s.returned <> CASE WHEN s.reversed THEN s.from_minor ELSE 0 END
         ORDER BY s.id LIMIT 100",
    )
    .bind(company)
    .all()
    .await
}

/// Write-offs whose movements are not their amount, or not taken back when they were.
pub async fn write_off_gaps(tx: &mut Tx, company: CompanyId) -> Result<Vec<Gap>> {
    tx.sql(
        "SELECT s.id, i.number AS name, i.currency, s.stated, s.found, COUNT(*) OVER () AS total
         FROM (
             SELECT w.id, w.item_id,
                 CASE WHEN w.reversed_at IS NULL THEN w.amount_minor ELSE 0 END AS stated, w.amount_minor,
                 CAST(ABS(COALESCE(SUM(m.amount_minor), 0)) AS BIGINT) AS found,
                 CAST(ABS(COALESCE(SUM(CASE WHEN m.kind = 'written_off' THEN m.amount_minor END), 0)) AS BIGINT) AS gone
             FROM write_offs w
             LEFT JOIN movements m ON m.company_id = w.company_id AND m.cause_id = w.id AND m.item_id = w.item_id
             WHERE w.company_id = $1
             GROUP BY w.company_id, w.id
         ) AS s
         LEFT JOIN open_items i ON i.company_id = $1 AND i.id = s.item_id
         WHERE s.stated <> s.found OR s.amount_minor <> s.gone
         ORDER BY s.id LIMIT 100",
    )
    .bind(company)
    .all()
    .await
}

/// Refunds whose movements are not their amount.
pub async fn refund_gaps(tx: &mut Tx, company: CompanyId) -> Result<Vec<Gap>> {
    tx.sql(
        "SELECT s.id, s.name, s.currency, s.stated, s.found, COUNT(*) OVER () AS total
         FROM (
             SELECT r.id, r.number AS name, r.currency, r.amount_minor AS stated,
                 CAST(COALESCE(SUM(m.amount_minor), 0) AS BIGINT) AS found
             FROM refunds r LEFT JOIN movements m
                 ON m.company_id = r.company_id AND m.cause_id = r.id AND m.item_id = r.item_id AND m.kind = 'refunded'
             WHERE r.company_id = $1
             GROUP BY r.company_id, r.id
         ) AS s
         WHERE s.stated <> s.found
         ORDER BY s.id LIMIT 100",
    )
    .bind(company)
    .all()
    .await
}

/// Movements that say they come from an allocation, write-off or refund that does not exist.
pub async fn causeless(tx: &mut Tx, company: CompanyId) -> Result<Vec<Gap>> {
    tx.sql(
        "SELECT m.id, i.number AS name, i.currency, CAST(0 AS BIGINT) AS stated, m.amount_minor AS found,
             COUNT(*) OVER () AS total
         FROM movements m LEFT JOIN open_items i ON i.company_id = m.company_id AND i.id = m.item_id
         WHERE m.company_id = $1 AND (
             (m.kind IN ('allocated', 'discount', 'difference') AND NOT EXISTS
                 (SELECT 1 FROM allocations a WHERE a.company_id = m.company_id AND a.id = m.cause_id))
             OR (m.kind = 'written_off' AND NOT EXISTS
                 (SELECT 1 FROM write_offs w WHERE w.company_id = m.company_id AND w.id = m.cause_id))
             OR (m.kind = 'refunded' AND NOT EXISTS
                 (SELECT 1 FROM refunds r WHERE r.company_id = m.company_id AND r.id = m.cause_id)))
         ORDER BY m.id LIMIT 100",
    )
    .bind(company)
    .all()
    .await
}
