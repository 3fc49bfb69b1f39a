//! What documents are made with: payment terms, tax codes, products, holiday calendars and exchange rates.
//!
//! Documents keep what they were made with, so every record here can be edited without touching an issued one. Nothing
//! is deleted: what is no longer wanted is archived.

mod calendars;
mod products;
mod rates;
mod taxes;
mod terms;

pub use calendars::{CalendarFacts, calendars, choose_calendar, create_calendar, edit_calendar};
pub use products::{
    ProductQuery, ProductSort, archive_product, create_product, create_products, edit_product, product, product_list,
    products, unarchive_product,
};
pub use rates::{NewRate, RateChanges, enter_rates, fx_rates};
pub use store::catalogue::{CalendarRow, FxRateRow, ProductRow, TaxCodeRow, TermsRow};
pub use taxes::{TaxFacts, archive_tax_code, create_tax_code, edit_tax_code, tax_codes, unarchive_tax_code};
pub use terms::{
    TermsExample, archive_terms, create_terms, edit_terms, terms, terms_example, terms_with_examples, unarchive_terms,
};

use crate::{
    changes::Difference,
    context::{Event, Work},
    error::{Error, Result},
};
use domain::products::is_code;
use kernel::{Currency, Date, FxRate};
use serde_json::Value;
use store::catalogue;
use uuid::Uuid;

/// Queues the event of a record that was added.
fn record_added(work: &mut Work, action: &'static str, (kind, id): (&'static str, Uuid), title: &str, after: Value) {
    work.record(Event {
        action,
        subject_kind: kind,
        subject_id: id,
        summary: format!("{title} was added"),
        after: Some(after),
        ..Event::default()
    });
}

/// Queues the event of a record that was changed; `false` when nothing differs.
fn record_changed(
    work: &mut Work,
    action: &'static str,
    (kind, id): (&'static str, Uuid),
    title: &str,
    (before, after): (&Value, &Value),
) -> bool {
    let Some(difference) = Difference::between(before, after) else { return false };
    work.record(Event {
        action,
        subject_kind: kind,
        subject_id: id,
        summary: format!("{} of {title} changed", difference.words()),
        before: Some(difference.before),
        after: Some(difference.after),
        ..Event::default()
    });
    true
}

/// Queues the event of a record that was archived or taken back.
fn record_archived(
    work: &mut Work,
    action: &'static str,
    (kind, id): (&'static str, Uuid),
    title: &str,
    archived: bool,
) {
    let done = if archived { "was archived" } else { "was taken back from the archive" };
    let summary = format!("{title} {done}");
    work.record(Event { action, subject_kind: kind, subject_id: id, summary, ..Event::default() });
}

fn checked_code(code: &str) -> Result<String> {
    let code = code.trim();
    if is_code(code) {
        return Ok(code.to_owned());
    }
    Err(Error::field("code", "use 1 to 40 small letters, digits and hyphens"))
}

fn checked_version(read: i64, now: i64) -> Result<()> {
    if read == now { Ok(()) } else { Err(store::Error::Stale.into()) }
}

/// Base currency for one unit of `currency` on a day, or the sentence that says which rate is missing.
pub(crate) async fn base_rate(work: &mut Work, currency: Currency, on: Date) -> Result<FxRate> {
    let base = work.company.currency;
    let missing = || format!("There is no exchange rate from {currency} to {base} on or before {on}.");
    known_rate(work, currency, on).await?.ok_or_else(|| Error::Refused(missing()))
}

/// The same where a missing rate is no error yet.
pub(crate) async fn known_rate(work: &mut Work, currency: Currency, on: Date) -> Result<Option<FxRate>> {
    let (company, base) = (work.company_id(), work.company.currency);
    if currency == base {
        return Ok(Some(FxRate::ONE));
    }
    if let Some(rate) = work.rates.get(&(currency, on)) {
        return Ok(Some(*rate));
    }
    let rate = catalogue::fx_rate(&mut work.tx, company, currency, base, on).await?;
    work.rates.extend(rate.map(|rate| ((currency, on), rate)));
    Ok(rate)
}
