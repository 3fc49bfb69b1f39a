//! Unapplied cash: payments of which something is left, and who looks after each of them.

use crate::{
    db::{Result, Tx},
    items::OpenItemRow,
};
use kernel::{CompanyId, CustomerId, Date, OpenItemId, Timestamp, UserId};

crate::record! {
    pub struct UnappliedOwnerRow in "unapplied_owners" {
        pub company_id: CompanyId,
        pub item_id: OpenItemId,
        pub owner_id: UserId,
        pub note: Option<String>,
        pub given_at: Timestamp,
        pub given_by: String,
    }
}

/// Which payments a list shows.
#[derive(Debug, Clone, Default)]
pub struct UnappliedFilter {
    pub customer: Option<CustomerId>,
    pub owner: Option<UserId>,
    pub unowned_only: bool,
    /// Those that came on this day or before it.
    pub until: Option<Date>,
    /// Those that came on this day or after it.
    pub since: Option<Date>,
    /// Only what comes after this row, the oldest first.
    pub after: Option<(Date, OpenItemId)>,
}

/// What is left of a payment, with whose it is and who looks after it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Unapplied {
    #[sqlx(flatten)]
    pub item: OpenItemRow,
    pub customer_number: String,
    pub customer_name: String,
    pub owner_id: Option<UserId>,
    pub owner_name: Option<String>,
    pub owner_note: Option<String>,
}

/// One page, the oldest first.
pub async fn list(tx: &mut Tx, company: CompanyId, filter: &UnappliedFilter, limit: i64) -> Result<Vec<Unapplied>> {
    let mut sql = tx
        .sql(
            "SELECT i.*, c.number AS customer_number, c.name AS customer_name, o.owner_id, u.name AS owner_name,
                 o.note AS owner_note
             FROM open_items i
             JOIN customers c ON c.company_id = i.company_id AND c.id = i.customer_id
             LEFT JOIN unapplied_owners o ON o.company_id = i.company_id AND o.item_id = i.id
             LEFT JOIN users u ON u.id = o.owner_id
             WHERE i.company_id = $1 AND i.kind = 'payment' AND i.open_minor < 0",
        )
        .bind(company);
    if let Some(customer) = filter.customer {
        sql = sql.push(" AND i.customer_id =").push_bind(customer);
    }
    if let Some(owner) = filter.owner {
        sql = sql.push(" AND o.owner_id =").push_bind(owner);
    }
    if filter.unowned_only {
        sql = sql.push(" AND o.owner_id IS NULL");
    }
    if let Some(until) = filter.until {
        sql = sql.push(" AND i.document_on <=").push_bind(until);
    }
    if let Some(since) = filter.since {
        sql = sql.push(" AND i.document_on >=").push_bind(since);
    }
    if let Some((day, id)) = filter.after {
        sql = sql.push(" AND (i.document_on, i.id) > (").push_bind(day).push(",").push_bind(id).push(")");
    }
    sql.push(" ORDER BY i.document_on, i.id LIMIT").push_bind(limit).all().await
}

/// Nobody in particular looks after it any more.
pub async fn take_from_owner(tx: &mut Tx, company: CompanyId, item: OpenItemId) -> Result<()> {
    tx.sql("DELETE FROM unapplied_owners WHERE company_id = $1 AND item_id = $2")
        .bind(company)
        .bind(item)
        .run()
        .await?;
    Ok(())
}
