//! Named views: a list as somebody narrowed and sorted it, kept for that person alone.
//!
//! A view is the words of an address, nothing else: what it shows is asked for again each time. Saving under a name that
//! is taken replaces it. It is a bookmark and no fact of the company, so it leaves no event.

use crate::{
    context::{App, Caller, Done, Work},
    error::{Error, Result},
};
use domain::users::Permission;
use kernel::UserId;
use serde::{Deserialize, Serialize};
use store::views;
pub use store::views::SavedViewRow;

const MOST_OF_A_LIST: usize = 30;
const MOST_NAME: usize = 60;
const MOST_QUERY: usize = 2_000;

#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveView {
    /// Its address without the slash in front: `invoices`, `bank/lines`.
    #[schema(example = "invoices", pattern = "^[a-z][a-z/-]{0,59}$")]
    pub list: String,
    #[schema(min_length = 1, max_length = 60, example = "Late and large")]
    pub name: String,
    /// What follows the question mark.
    #[schema(max_length = 2000, example = "state=overdue&sort=-total")]
    pub query: String,
}

/// Somebody's views by list and name.
pub async fn list(app: &App, caller: &Caller, list: Option<&str>) -> Result<Vec<SavedViewRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let Some(user) = work.actor.person() else { return Ok(Vec::new()) };
    Ok(views::of_user(&mut work.tx, company, user, list).await?)
}

pub async fn save(app: &App, caller: &Caller, view: SaveView) -> Result<()> {
    let mut work = app.work(caller, Permission::Read).await?;
    let (company_id, user_id) = (work.company_id(), person(&work)?);
    let name = view.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > MOST_NAME {
        return Err(Error::field("name", format!("give the view a name of up to {MOST_NAME} characters")));
    }
    if !is_list(&view.list) {
        return Err(Error::field("list", format!("`{}` is no list such as invoices", view.list)));
    }
    if !is_query(&view.query) {
        return Err(Error::field("query", format!("use up to {MOST_QUERY} characters of an address")));
    }
    let kept = views::of_user(&mut work.tx, company_id, user_id, Some(&view.list)).await?;
    if kept.len() >= MOST_OF_A_LIST && kept.iter().all(|row| row.name != name) {
        return Err(Error::refused(format!("A list has up to {MOST_OF_A_LIST} views; remove one first.")));
    }
    views::remove(&mut work.tx, company_id, user_id, (&view.list, &name)).await?;
    let SaveView { list, query, .. } = view;
    let row = SavedViewRow { company_id, user_id, list, name, query, saved_at: work.now };
    work.save(&[row]);
    work.commit().await
}

/// Forgets a view. Doing it twice is done already.
pub async fn remove(app: &App, caller: &Caller, list: &str, name: &str) -> Result<Done> {
    let mut work = app.work(caller, Permission::Read).await?;
    let (company, user) = (work.company_id(), person(&work)?);
    let gone = views::remove(&mut work.tx, company, user, (list, name)).await?;
    work.commit().await?;
    Ok(if gone == 0 { Done::Already } else { Done::Now })
}

fn person(work: &Work) -> Result<UserId> {
    work.actor.person().ok_or_else(|| Error::refused("Views belong to a person; the program itself has none."))
}

/// Letters, hyphens and slashes: it is put into an address of ours and must not lead out of it.
pub fn is_list(text: &str) -> bool {
    let words = || text.split('/');
    text.len() <= 60
        && words().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
}

/// What can follow a question mark of ours.
pub fn is_query(text: &str) -> bool {
    text.len() <= MOST_QUERY && text.bytes().all(|b| b.is_ascii_graphic() && b != b'#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_stays_inside_our_own_addresses() {
        assert!(is_list("invoices") && is_list("bank/lines") && is_list("open-items"));
        for wrong in ["", "/evil.example", "bank//lines", "bank/", "https://evil.example", "Invoices", "a?b"] {
            assert!(!is_list(wrong), "{wrong}");
        }
    }
}
