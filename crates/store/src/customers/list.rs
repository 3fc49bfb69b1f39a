//! Lists of customers, filtered, sorted and paged by key, and the balances of one page.

use super::CustomerRow;
use crate::{
    db::{Result, Sql, Tx, after_prefix, like_text},
    sorting::{Key, Order, Place},
};
use kernel::{CompanyId, Currency, CustomerId, Date};

#[derive(Debug, Clone, Default)]
pub struct ListFilter {
    /// Part of a name key.
    pub name_part: Option<String>,
    /// Part of a number, as typed or in capitals, or the beginning of a tax id.
    pub code_part: Option<String>,
    pub segment: Option<String>,
    pub tag: Option<String>,
    pub currency: Option<Currency>,
    pub archived: bool,
    pub owes: Option<Owes>,
    pub sort: CustomerSort,
    /// Only what comes after this row.
    pub after: Option<Place>,
}

/// Only customers with open items, or with debts that are overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owes {
    Anything,
    Overdue { today: Date },
}

kernel::text_enum! {
    #[derive(Default)]
    pub enum CustomerSort {
        #[default]
        Name = "name",
        NameDown = "-name",
        Number = "number",
        NumberDown = "-number",
        /// By the balance in base currency; only customers that have one.
        Smallest = "balance",
        Largest = "-balance",
    }
}

impl CustomerSort {
    pub fn order(self) -> Order {
        let order = match self {
            Self::Name | Self::NameDown => Order::by_text("c.name_key", "c.id"),
            Self::Number | Self::NumberDown => Order::by_text("c.number", "c.id"),
            Self::Smallest | Self::Largest => Order::by_amount("b.base_minor", "b.customer_id"),
        };
        order.named(self.as_str())
    }

    pub fn key(self, row: &ListedRow) -> Key {
        match self {
            Self::Name | Self::NameDown => Key::Text(row.customer.name_key.clone()),
            Self::Number | Self::NumberDown => Key::Text(row.customer.number.clone()),
            Self::Smallest | Self::Largest => Key::Amount(row.balance_base_minor),
        }
    }
}

/// A listed customer with its open balance in base currency (0 unless the list is sorted by it).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ListedRow {
    #[sqlx(flatten)]
    pub customer: CustomerRow,
    pub balance_base_minor: i64,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct BalanceRow {
    pub customer_id: CustomerId,
    pub currency: Currency,
    /// Debts less credit.
    pub open_minor: i64,
    pub open_base_minor: i64,
    /// Debts whose due day has passed.
    pub overdue_minor: i64,
    pub items: i64,
}

pub async fn page(tx: &mut Tx, company: CompanyId, filter: &ListFilter, limit: i64) -> Result<Vec<ListedRow>> {
    let start = match filter.sort {
        CustomerSort::Smallest | CustomerSort::Largest => start_by_balance(tx, company),
        _ => start(tx, company),
    };
    filter.sort.order().page(filtered(start, company, filter), filter.after.as_ref(), limit).all().await
}

fn start(tx: &mut Tx, company: CompanyId) -> Sql<'_> {
    let sql = tx.sql("SELECT c.*, CAST(0 AS BIGINT) AS balance_base_minor FROM customers c WHERE c.company_id = $1");
    sql.bind(company)
}

fn start_by_balance(tx: &mut Tx, company: CompanyId) -> Sql<'_> {
    tx.sql(
        "SELECT c.*, b.base_minor AS balance_base_minor FROM customer_balances b CROSS JOIN customers c
         WHERE b.company_id = $1 AND b.base_minor <> 0 AND c.company_id = $1 AND c.id = b.customer_id",
    )
    .bind(company)
}

fn filtered<'t>(mut sql: Sql<'t>, company: CompanyId, filter: &ListFilter) -> Sql<'t> {
    sql = sql.push(if filter.archived { " AND c.archived_at IS NOT NULL" } else { " AND c.archived_at IS NULL" });
    if let Some(segment) = &filter.segment {
        sql = sql.push(" AND c.segment =").push_bind(segment.clone());
    }
    if let Some(tag) = &filter.tag {
        // Tags are letters, digits, spaces and hyphens, so nothing in them is a wildcard or escaped in JSON.
        sql = sql.push(" AND CAST(c.tags AS TEXT) LIKE").push_bind(format!("%\"{tag}\"%"));
    }
    if let Some(currency) = filter.currency {
        sql = sql.push(" AND c.currency =").push_bind(currency);
    }
    sql = match filter.owes {
        None => sql,
        Some(Owes::Anything) => sql.push(
            " AND EXISTS (SELECT 1 FROM open_items o
                 WHERE o.company_id = c.company_id AND o.customer_id = c.id AND o.open_minor <> 0)",
        ),
        // The COALESCE hides the index by due day, by which SQLite would read every open item for each customer.
        Some(Owes::Overdue { today }) => sql
            .push(
                " AND EXISTS (SELECT 1 FROM open_items o
                 WHERE o.company_id = c.company_id AND o.customer_id = c.id AND o.open_minor <> 0
                   AND o.open_minor > 0 AND COALESCE(o.due_on, o.due_on) <",
            )
            .push_bind(today)
            .push(")"),
    };
    searched(sql, company, filter)
}

/// Each part is looked for in an index that holds it, not in the rows.
fn searched<'t>(mut sql: Sql<'t>, company: CompanyId, filter: &ListFilter) -> Sql<'t> {
    if filter.name_part.is_none() && filter.code_part.is_none() {
        return sql;
    }
    // A name key is letters, digits and spaces, so nothing in it is a wildcard; no name holds a control character.
    let name = filter.name_part.as_ref().map_or_else(|| "\u{1}".to_owned(), |name| format!("%{name}%"));
    sql = sql.push(" AND c.id IN (SELECT id FROM customers WHERE company_id =").push_bind(company);
    sql = sql.push(" AND name_key LIKE").push_bind(name);
    if let Some(code) = &filter.code_part {
        let tax_id = code.replace(' ', "").to_uppercase();
        sql = sql
            .push(" UNION SELECT id FROM customers WHERE company_id =")
            .push_bind(company)
            .push(" AND (number LIKE")
            .push_bind(format!("%{}%", like_text(code)))
            .push(" ESCAPE '\\' OR number LIKE")
            .push_bind(format!("%{}%", like_text(&code.to_uppercase())))
            .push(" ESCAPE '\\') UNION SELECT id FROM customers WHERE tax_id IS NOT NULL AND company_id =")
            .push_bind(company)
            .push(" AND tax_id >=")
            .push_bind(tax_id.clone())
            .push(" AND tax_id <")
            .push_bind(after_prefix(&tax_id));
    }
    sql.push(")")
}

/// Open balances of some customers, per currency.
pub async fn balances(
    tx: &mut Tx,
    company: CompanyId,
    customers: &[CustomerId],
    today: Date,
) -> Result<Vec<BalanceRow>> {
    tx.sql(
        "SELECT customer_id, currency, CAST(COALESCE(SUM(open_minor), 0) AS BIGINT) AS open_minor,
             CAST(COALESCE(SUM(open_base_minor), 0) AS BIGINT) AS open_base_minor,
             CAST(COALESCE(SUM(CASE WHEN open_minor > 0 AND due_on < $2 THEN open_minor ELSE 0 END), 0) AS BIGINT)
                 AS overdue_minor,
             COUNT(*) AS items
         FROM open_items WHERE company_id = $1 AND open_minor <> 0 AND customer_id IN",
    )
    .bind(company)
    .bind(today)
    .push_list(customers.iter().copied())
    .push(" GROUP BY customer_id, currency ORDER BY customer_id, currency")
    .all()
    .await
}

/// Every segment that a customer is in.
pub async fn segments(tx: &mut Tx, company: CompanyId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = tx
        .sql("SELECT DISTINCT segment FROM customers WHERE company_id = $1 AND segment IS NOT NULL ORDER BY segment")
        .bind(company)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(segment,)| segment).collect())
}
