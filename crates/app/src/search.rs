//! The command palette: customers by name or number, documents by number.

use crate::{
    context::{App, Caller},
    error::Result,
};
use domain::{
    customers::{name_key, search_key},
    search::HitKind,
    users::Permission,
};
use std::collections::BTreeSet;
use store::search;
pub use store::search::Hit;

const MOST_OF_A_KIND: i64 = 5;

/// Up to five of each kind that begin with what was typed, in small or capital letters.
pub async fn search(app: &App, caller: &Caller, typed: &str) -> Result<Vec<Hit>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, typed) = (work.company_id(), typed.trim());
    if typed.is_empty() || typed.chars().count() > 100 {
        return Ok(Vec::new());
    }
    let prefixes = BTreeSet::from([typed.to_owned(), typed.to_uppercase()]);
    let mut hits = Vec::new();
    for kind in HitKind::ALL {
        let mut found = Vec::new();
        for prefix in &prefixes {
            found.extend(search::by_number(&mut work.tx, company, *kind, prefix, MOST_OF_A_KIND).await?);
        }
        // A whole name is folded as names are kept: “Nut AG” is found under “nut”.
        let names = BTreeSet::from([search_key(typed), name_key(typed)]);
        for name in names.iter().filter(|name| *kind == HitKind::Customer && !name.is_empty()) {
            found.extend(search::customers_by_name(&mut work.tx, company, name, MOST_OF_A_KIND).await?);
        }
        let mut seen = BTreeSet::new();
        found.retain(|hit| seen.insert(hit.id));
        found.truncate(usize::try_from(MOST_OF_A_KIND).unwrap_or(5));
        hits.append(&mut found);
    }
    Ok(hits)
}
