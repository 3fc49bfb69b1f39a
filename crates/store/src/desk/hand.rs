//! Open items to post a line on by hand, found by what is typed.

use crate::{
    db::{Result, Tx, like_text},
    items::CustomersItem,
};
use kernel::{CompanyId, Currency, CustomerId};

const OPEN: &str = "SELECT i.*, c.number AS customer_number, c.name AS customer_name, c.name_key AS customer_key
     FROM open_items i JOIN customers c ON c.company_id = i.company_id AND c.id = i.customer_id
     LEFT JOIN invoices d ON d.company_id = i.company_id AND d.id = i.document_id
     WHERE i.company_id = $1 AND i.open_minor <> 0 AND i.kind <> 'payment' AND i.currency = $2";

/// A part of the item's number or order number.
const IS_NUMBER: &str = "(lower(i.number) LIKE $4 ESCAPE '\\' OR lower(COALESCE(d.po_number, '')) LIKE $4 ESCAPE '\\')";

/// The number that was typed comes first, then the oldest due day.
const NEAREST: &str = " ORDER BY CASE WHEN lower(i.number) = $3 THEN 0 ELSE 1 END, i.due_on, i.id LIMIT $5";

/// Open debts and credit notes by a part of their number or order number, or of their customer's number or name.
pub async fn search_items(
    tx: &mut Tx,
    company: CompanyId,
    text: &str,
    currency: Currency,
    limit: i64,
) -> Result<Vec<CustomersItem>> {
    let text = text.to_lowercase();
    let like = format!("%{}%", like_text(&text));
    tx.sql(OPEN)
        // Any day, so that SQLite reads what is open and not everything that ever was.
        .push_for(" AND i.due_on > ''", "")
        .push(" AND (lower(c.number) LIKE $4 ESCAPE '\\' OR lower(c.name) LIKE $4 ESCAPE '\\' OR")
        .push(IS_NUMBER)
        .push(")")
        .push(NEAREST)
        .bind(company)
        .bind(currency)
        .bind(text)
        .bind(like)
        .bind(limit)
        .all()
        .await
}

/// Those of some customers by a part of their number or order number.
pub async fn items_of(
    tx: &mut Tx,
    company: CompanyId,
    customers: &[CustomerId],
    (text, currency): (&str, Currency),
    limit: i64,
) -> Result<Vec<CustomersItem>> {
    let text = text.to_lowercase();
    let like = format!("%{}%", like_text(&text));
    tx.sql(OPEN)
        .push(" AND")
        .push(IS_NUMBER)
        .bind(company)
        .bind(currency)
        .bind(text)
        .bind(like)
        .bind(limit)
        .push(" AND i.customer_id IN")
        .push_list(customers.iter().copied())
        .push(NEAREST)
        .all()
        .await
}

/// Those of one customer, the oldest due day first.
pub async fn oldest_of(
    tx: &mut Tx,
    company: CompanyId,
    customer: CustomerId,
    currency: Currency,
    limit: i64,
) -> Result<Vec<CustomersItem>> {
    tx.sql(OPEN)
        // The plus keeps SQLite on the index of the customer.
        .push(" AND i.customer_id = $3")
        .push_for(" ORDER BY +i.due_on, i.id LIMIT $4", " ORDER BY i.due_on, i.id LIMIT $4")
        .bind(company)
        .bind(currency)
        .bind(customer)
        .bind(limit)
        .all()
        .await
}
