//! Unapplied cash with its age and who looks after it. It is used, refunded or written off like any other credit (`cash`).

use crate::{
    context::{App, Caller, Event},
    error::{Error, Result},
    lists::{Cursor, Page, page_size},
    users::colleague,
};
use domain::{items::ItemKind, users::Permission};
use kernel::{CustomerId, Date, Money, OpenItemId, UserId};
use serde::{Deserialize, Serialize};
pub use store::desk::unapplied::Unapplied;
use store::{
    desk::unapplied::{self, UnappliedFilter, UnappliedOwnerRow},
    items,
};

const MOST_NOTE: usize = 500;

/// Which payments a list shows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UnappliedList {
    pub customer: Option<CustomerId>,
    pub owner: Option<UserId>,
    /// Those that nobody has.
    pub unowned: bool,
    /// Those that are this many days old or older.
    pub from_days: Option<i64>,
    /// Those that are this many days old or younger.
    pub to_days: Option<i64>,
    pub after: Option<Cursor>,
    pub limit: Option<i64>,
}

/// A page of payments of which something is left, the oldest first.
pub async fn unapplied(app: &App, caller: &Caller, asked: UnappliedList) -> Result<Page<Unapplied>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, size) = (work.company_id(), page_size(asked.limit));
    let today = work.today;
    let day = |days: i64| today.plus_days(-days.clamp(0, 36_500));
    let filter = UnappliedFilter {
        customer: asked.customer,
        owner: asked.owner,
        unowned_only: asked.unowned,
        until: asked.from_days.map(day),
        since: asked.to_days.map(day),
        after: asked.after.as_ref().map(Cursor::pair::<Date, OpenItemId>).transpose()?,
    };
    let rows = unapplied::list(&mut work.tx, company, &filter, size + 1).await?;
    Ok(Page::cut(rows, size, |row| Cursor::new([row.item.document_on.to_string(), row.item.id.to_string()])))
}

/// Gives what is left of a payment to a colleague, with a note, or to nobody.
pub async fn give_unapplied(
    app: &App,
    caller: &Caller,
    item: OpenItemId,
    (owner, note): (Option<UserId>, Option<&str>),
) -> Result<()> {
    let mut work = app.work(caller, Permission::AllocateCash).await?;
    let company = work.company_id();
    let note = note.map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned);
    if note.as_ref().is_some_and(|note| note.len() > MOST_NOTE) {
        return Err(Error::field("note", format!("use up to {MOST_NOTE} characters")));
    }
    let row = items::by_id(&mut work.tx, company, item).await?.filter(|row| row.kind == ItemKind::Payment);
    let row = row.ok_or(Error::NotFound("payment"))?;
    if row.open_minor == 0 {
        return Err(Error::refused(format!("Nothing of {} is left to look after.", row.number)));
    }
    unapplied::take_from_owner(&mut work.tx, company, item).await?;
    let name = match owner {
        None => "nobody in particular".to_owned(),
        Some(owner_id) => {
            let name = colleague(&mut work, owner_id).await?;
            let (company_id, given_at, given_by) = (company, work.now, work.actor.name());
            let note = note.clone();
            work.save(&[UnappliedOwnerRow { company_id, item_id: item, owner_id, note, given_at, given_by }]);
            name
        }
    };
    let left = Money::new(-row.open_minor, row.currency);
    let said = note.map_or_else(String::new, |note| format!(": {note}"));
    work.record(Event {
        action: "unapplied.given",
        subject_kind: "payment",
        subject_id: row.document_id,
        customer: Some(row.customer_id),
        summary: format!("{left} of {} that are not applied were given to {name}{said}", row.number),
        ..Event::default()
    });
    work.commit().await
}
