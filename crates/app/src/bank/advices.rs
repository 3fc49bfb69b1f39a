//! Remittance advices: kept once each, shown, and there for whoever decides what a payment pays.

use super::{AdviceRow, ReceiveFile, ReceivedAdvice, ReceivedAdvices};
use crate::{
    context::{App, Caller, Event, Work, new_id},
    error::{Error, Result},
    lists::{Cursor, Page, page_size},
};
use bankfiles::{
    Amount, CurrencyCode,
    remittance::{RemittanceAdvice, RemittanceLine},
};
use domain::{bank::AdviceLine, users::Permission};
use kernel::{AdviceId, Currency, Money};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::{Json, bank};

/// An advice with its lines read.
#[derive(Debug, Clone)]
pub struct AdviceView {
    pub row: AdviceRow,
    pub lines: Vec<AdviceLine>,
    pub warnings: Vec<String>,
}

pub(super) async fn receive(
    work: &mut Work,
    file: &ReceiveFile,
    found: &[RemittanceAdvice],
) -> Result<ReceivedAdvices> {
    let company = work.company_id();
    let mut rows = Vec::with_capacity(found.len());
    for advice in found {
        rows.push(row(work, file, advice)?);
    }
    let asked: Vec<String> = rows.iter().map(|row| row.fingerprint.clone()).collect();
    let mut known: Vec<String> =
        bank::known_advices(&mut work.tx, company, &asked).await?.into_iter().map(|(known,)| known).collect();
    let mut fresh: Vec<AdviceRow> = vec![];
    let mut advices = vec![];
    for row in rows {
        let is_new = !known.contains(&row.fingerprint);
        known.push(row.fingerprint.clone());
        let AdviceView { row, lines, warnings } = view(row);
        advices.push(ReceivedAdvice {
            id: is_new.then_some(row.id),
            number: row.number.clone(),
            payer_name: row.payer_name.clone(),
            currency: row.currency,
            total_minor: row.total_minor,
            lines,
            warnings,
        });
        fresh.extend(is_new.then_some(row));
    }
    for row in &fresh {
        work.record(told(row));
    }
    let new = fresh.len();
    work.save(&fresh);
    let format = found.first().map(|advice| advice.format.to_string()).unwrap_or_default();
    Ok(ReceivedAdvices { name: file.name.clone(), format, new, known: found.len() - new, advices })
}

fn told(row: &AdviceRow) -> Event {
    let money = Money::new(row.total_minor, row.currency);
    let payer = row.payer_name.as_deref().unwrap_or("a payer");
    Event {
        action: "remittance_advice.received",
        subject_kind: "remittance_advice",
        subject_id: row.id.0,
        summary: format!("{payer} announced {money}"),
        after: Some(json!({"total": money, "file": row.file_name})),
        ..Event::default()
    }
}

fn row(work: &Work, file: &ReceiveFile, advice: &RemittanceAdvice) -> Result<AdviceRow> {
    let stated = advice.currency.or(advice.amount.and_then(|amount| amount.currency));
    let currency = stated.and_then(CurrencyCode::known).unwrap_or(work.company.currency);
    let lines: Vec<AdviceLine> = advice.lines.iter().map(|line| line_of(line, currency)).collect();
    let paid: i64 = lines.iter().map(|line| line.paid_minor).sum();
    let content = serde_json::to_vec(advice).map_err(Error::broken)?;
    Ok(AdviceRow {
        company_id: work.company_id(),
        id: new_id(),
        fingerprint: hex::encode(Sha256::digest(&content)),
        file_name: file.name.clone(),
        format: advice.format.to_string(),
        number: advice.id.clone(),
        payer_name: advice.payer.name.clone(),
        payer_number: advice.payer.id.clone(),
        customer_id: None,
        payment_reference: advice.payment_reference.clone(),
        currency,
        total_minor: minor(advice.amount, currency).unwrap_or(paid),
        sent_on: advice.issued_on.or(advice.paid_on).unwrap_or(work.today),
        paid_on: advice.paid_on,
        lines: Json(serde_json::to_value(&lines).map_err(Error::broken)?),
        warnings: Json(json!(advice.warnings.iter().map(ToString::to_string).collect::<Vec<_>>())),
        received_at: work.now,
        received_by: work.actor.name(),
        line_id: None,
        used_at: None,
    })
}

fn line_of(line: &RemittanceLine, currency: Currency) -> AdviceLine {
    let gross = minor(line.gross, currency);
    let discount = minor(line.discount, currency).unwrap_or(0);
    let adjusted: i64 = line.adjustments.iter().filter_map(|each| minor(each.amount, currency)).sum();
    let reasons = line.adjustments.iter().filter_map(|each| each.reason.or(each.code.as_deref()));
    let reason = reasons.collect::<Vec<_>>().join(", ");
    AdviceLine {
        document: line.document.clone(),
        references: line.references.iter().map(|reference| reference.number.clone()).collect(),
        issued_on: line.issued_on,
        gross_minor: gross,
        discount_minor: discount,
        adjustment_minor: adjusted,
        paid_minor: minor(line.paid, currency).unwrap_or_else(|| gross.unwrap_or(0) - discount + adjusted),
        reason: (!reason.is_empty()).then_some(reason),
    }
}

fn minor(amount: Option<Amount>, currency: Currency) -> Option<i64> {
    let amount = amount?;
    let code = amount.currency.or(Some(CurrencyCode::from(currency)));
    Some(Amount::new(amount.decimal, code).money()?.minor())
}

fn view(row: AdviceRow) -> AdviceView {
    let lines = serde_json::from_value(row.lines.0.clone()).unwrap_or_default();
    let warnings = serde_json::from_value(row.warnings.0.clone()).unwrap_or_default();
    AdviceView { row, lines, warnings }
}

/// Advices, the last received first.
pub async fn advices(
    app: &App,
    caller: &Caller,
    after: Option<Cursor>,
    limit: Option<i64>,
) -> Result<Page<AdviceView>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, size) = (work.company_id(), page_size(limit));
    let after = after.map(|cursor| cursor.pair()).transpose()?;
    let rows = bank::advices(&mut work.tx, company, after, size + 1).await?;
    let cursor = |row: &AdviceRow| Cursor::new([row.received_at.to_string(), row.id.to_string()]);
    Ok(Page::cut(rows, size, cursor).map(view))
}

pub async fn advice(app: &App, caller: &Caller, id: AdviceId) -> Result<AdviceView> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let row = bank::advice(&mut work.tx, company, id).await?.ok_or(Error::NotFound("remittance advice"))?;
    Ok(view(row))
}
