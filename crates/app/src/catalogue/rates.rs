//! Exchange rates by source and day. A document keeps the rate it was issued with; a corrected rate counts for later ones.

use crate::{
    context::{App, Caller, Event, Work},
    error::{Error, FieldError, Result},
};
use domain::users::Permission;
use kernel::{Currency, Date, FxRate};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use store::catalogue::{self, FxRateRow};

const MOST_SHOWN: i64 = 500;
pub const MOST_AT_ONCE: usize = 10_000;

/// `rate` units of `to` for one of `from`, from `on` until a later rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRate {
    pub from: Currency,
    pub to: Currency,
    pub on: Date,
    pub rate: FxRate,
    /// Who published it: `ECB`, `entered by hand`.
    pub source: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RateChanges {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
}

/// The newest rates.
pub async fn fx_rates(app: &App, caller: &Caller) -> Result<Vec<FxRateRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(catalogue::fx_rates(&mut work.tx, company, MOST_SHOWN).await?)
}

/// Enters rates; one that is there for its day already is replaced. The same rates again change nothing.
pub async fn enter_rates(app: &App, caller: &Caller, rates: Vec<NewRate>) -> Result<RateChanges> {
    let mut work = app.work(caller, Permission::WriteCatalogue).await?;
    check(&rates)?;
    let known = known(&mut work, &rates).await?;
    let mut changes = RateChanges::default();
    let mut added = Vec::new();
    for rate in rates {
        let before = known.get(&(rate.from, rate.to, rate.on));
        let source = rate.source.trim();
        if before.is_some_and(|row| row.rate == rate.rate && row.source == source) {
            changes.unchanged += 1;
            continue;
        }
        let row = FxRateRow {
            company_id: work.company_id(),
            from_currency: rate.from,
            to_currency: rate.to,
            on_date: rate.on,
            rate: rate.rate,
            source: source.to_owned(),
        };
        if before.is_some() {
            catalogue::update_fx_rate(&mut work.tx, &row).await?;
            changes.changed += 1;
        } else {
            changes.added += 1;
        }
        record(&mut work, before, &row);
        if before.is_none() {
            added.push(row);
        }
    }
    work.save(&added);
    work.commit().await?;
    Ok(changes)
}

fn check(rates: &[NewRate]) -> Result<()> {
    if rates.len() > MOST_AT_ONCE {
        return Err(Error::field("rates", format!("{} rates are more than {MOST_AT_ONCE} in one call", rates.len())));
    }
    let mut wrong = Vec::new();
    let mut days = BTreeMap::new();
    for (at, rate) in rates.iter().enumerate() {
        let mut refuse = |field: &str, message: String| {
            wrong.push(FieldError { field: format!("rates[{at}].{field}"), message });
        };
        if rate.from == rate.to {
            refuse("to", format!("a rate is between two currencies, not from {} to itself", rate.from));
        }
        if rate.rate <= FxRate::ZERO {
            refuse("rate", format!("a rate is more than 0, not {}", rate.rate));
        }
        if rate.source.trim().is_empty() || rate.source.chars().count() > 100 {
            refuse("source", "say where the rate is from, in up to 100 characters".to_owned());
        }
        if let Some(first) = days.insert((rate.from, rate.to, rate.on), at) {
            refuse("on", format!("rates[{first}] is for the same currencies and day"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
}

type Key = (Currency, Currency, Date);

/// What is stored for these days, in one statement per pair of currencies.
async fn known(work: &mut Work, rates: &[NewRate]) -> Result<HashMap<Key, FxRateRow>> {
    let company = work.company_id();
    let mut spans: BTreeMap<(Currency, Currency), (Date, Date)> = BTreeMap::new();
    for rate in rates {
        let span = spans.entry((rate.from, rate.to)).or_insert((rate.on, rate.on));
        *span = (span.0.min(rate.on), span.1.max(rate.on));
    }
    let mut known = HashMap::new();
    for (pair, (first, last)) in spans {
        let rows = catalogue::fx_rates_between(&mut work.tx, company, pair, first, last).await?;
        known.extend(rows.into_iter().map(|row| ((row.from_currency, row.to_currency, row.on_date), row)));
    }
    Ok(known)
}

fn record(work: &mut Work, before: Option<&FxRateRow>, row: &FxRateRow) {
    let shown = |row: &FxRateRow| json!({"from": row.from_currency, "to": row.to_currency, "on": row.on_date, "rate": row.rate, "source": row.source});
    let (from, to, on, rate) = (row.from_currency, row.to_currency, row.on_date, row.rate);
    work.record(Event {
        action: if before.is_some() { "fx_rate.changed" } else { "fx_rate.entered" },
        subject_kind: "fx_rate",
        subject_id: work.company_id().0,
        summary: format!("From {on}: 1 {from} is {rate} {to}"),
        before: before.map(shown),
        after: Some(shown(row)),
        ..Event::default()
    });
}
