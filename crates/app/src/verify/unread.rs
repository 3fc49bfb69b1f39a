//! What a proof says that could not read its rows: which they are.

use crate::{
    context::{App, Caller},
    error::{Error, Result},
};
use domain::{
    users::Permission,
    verify::{Fault, Proof},
};
use store::db::Unread;

/// Names the rows that a proof failed on; any other error is passed on.
pub(super) async fn name(app: &App, caller: &Caller, proof: &mut Proof, error: Error) -> Result<()> {
    let Some(cause) = unreadable(&error) else { return Err(error) };
    // The engine may have given up on the snapshot in which it failed.
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let unread = store::verify::unread::rows(&mut work.tx, company, proof.kind).await?;
    if unread.is_empty() {
        let sentence = format!("The rows could not be read, and none of them by itself is at fault: {cause}.");
        proof.faults.add(Fault { table: proof.kind.as_str(), id: String::new(), number: None, sentence });
    }
    unread.into_iter().for_each(|row| proof.faults.add(fault(row)));
    Ok(())
}

fn unreadable(error: &Error) -> Option<&store::Error> {
    let Error::Broken(cause) = error else { return None };
    cause.downcast_ref::<store::Error>().filter(|cause| cause.is_unreadable())
}

fn fault(row: Unread) -> Fault {
    let Unread { table, key, name, column, cause } = row;
    let called = name.as_ref().map_or_else(String::new, |name| format!(" `{name}`"));
    let sentence = format!("A row of {}{called} cannot be read, in its {column}: {cause}.", table.replace('_', " "));
    Fault { table, id: key, number: name, sentence }
}
