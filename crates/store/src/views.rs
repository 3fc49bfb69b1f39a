//! Lists as somebody narrowed and sorted them, each under a name of its owner's.

use crate::db::{Result, Tx};
use kernel::{CompanyId, Timestamp, UserId};

crate::record! {
    pub struct SavedViewRow in "saved_views" {
        pub company_id: CompanyId,
        pub user_id: UserId,
        pub list: String,
        pub name: String,
        pub query: String,
        pub saved_at: Timestamp,
    }
}

/// Somebody's views by list and name; of one list when it is named.
pub async fn of_user(tx: &mut Tx, company: CompanyId, user: UserId, list: Option<&str>) -> Result<Vec<SavedViewRow>> {
    let mut sql = tx.select::<SavedViewRow>("WHERE company_id = $1 AND user_id = $2").bind(company).bind(user);
    if let Some(list) = list {
        sql = sql.push(" AND list =").push_bind(list.to_owned());
    }
    sql.push(" ORDER BY list, name").all().await
}

/// Returns how many there were: removing twice is no error.
pub async fn remove(tx: &mut Tx, company: CompanyId, user: UserId, (list, name): (&str, &str)) -> Result<u64> {
    tx.sql("DELETE FROM saved_views WHERE company_id = $1 AND user_id = $2 AND list = $3 AND name = $4")
        .bind(company)
        .bind(user)
        .bind(list.to_owned())
        .bind(name.to_owned())
        .run()
        .await
}
