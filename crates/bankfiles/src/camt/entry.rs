//! `Ntry`: one line of the account, with the payments it stands for.

use super::{
    payment::{self, Context},
    xml::Xml,
};
use crate::{Amount, BankLine, Batch, Details, FormatError, PaymentFacts, Reason, Status, Warning, WarningKind};
use kernel::Date;
use std::io::BufRead;

/// What may stand before or after the direction that it depends on.
#[derive(Default)]
struct Draft<'a> {
    own_account: Option<&'a str>,
    line: BankLine,
    amount: Option<Amount>,
    is_debit: Option<bool>,
    own: Details,
    /// Most lines stand for one payment, which needs no list.
    first: Option<Details>,
    others: Vec<Details>,
    /// What all batches of the entry say they hold.
    stated: u64,
    /// A batch that holds another number of payments than it says.
    odd_batch: Option<(usize, u64, u64)>,
}

/// Reads an entry that was entered.
pub(super) fn read<R: BufRead>(
    xml: &mut Xml<R>,
    own_account: Option<&str>,
    warnings: &mut Vec<Warning>,
) -> Result<BankLine, FormatError> {
    let line = BankLine { at_line: xml.line(), ..BankLine::default() };
    let mut draft = Draft { own_account, line, ..Draft::default() };
    while let Some(name) = xml.child()? {
        field(xml, name.as_str(), &mut draft)?;
    }
    warnings.extend(draft.doubt());
    draft.finish()
}

fn field<R: BufRead>(xml: &mut Xml<R>, name: &str, draft: &mut Draft<'_>) -> Result<(), FormatError> {
    let line = &mut draft.line;
    match name {
        "NtryRef" => line.reference = xml.filled()?,
        "Amt" => draft.amount = Some(payment::amount(xml, "Ntry/Amt")?),
        "CdtDbtInd" => draft.is_debit = Some(direction(xml)?),
        "RvslInd" => line.is_reversal = payment::is_true(xml.text()?),
        "Sts" => {
            let text = xml.text()?;
            line.status = status(text);
            match text {
                "BOOK" => line.extras.set("status", "BOOK"),
                "" => {}
                other => line.extras.set("status", other.to_owned()),
            }
        }
        "BookgDt" => line.booked_on = date(xml, "BookgDt")?,
        "ValDt" => line.value_on = date(xml, "ValDt")?,
        "AcctSvcrRef" => line.bank_reference = xml.filled()?,
        "BkTxCd" => code(xml, line)?,
        "AmtDtls" => drop(payment::amounts(xml, &mut draft.own)?),
        "Chrgs" => payment::charges(xml, &mut draft.own.charges)?,
        "NtryDtls" => details(xml, draft)?,
        "TxDtls" => draft.add(payment::read(xml, draft.context())?),
        "AddtlNtryInf" => draft.own.additional_info = xml.filled()?,
        _ => xml.skip()?,
    }
    Ok(())
}

pub(super) fn direction<R: BufRead>(xml: &mut Xml<R>) -> Result<bool, FormatError> {
    match xml.text()? {
        "CRDT" => Ok(false),
        "DBIT" => Ok(true),
        other => {
            let reason = Reason::Sign(other.to_owned());
            Err(xml.error("CdtDbtInd", reason))
        }
    }
}

fn status(text: &str) -> Status {
    match text {
        "PDNG" | "FUTR" => Status::Pending,
        "INFO" => Status::Information,
        _ => Status::Booked,
    }
}

/// `Dt` or `DtTm` within the element: the first ten characters are the day.
pub(super) fn date<R: BufRead>(xml: &mut Xml<R>, field: &str) -> Result<Option<Date>, FormatError> {
    let text = xml.text()?;
    if text.is_empty() {
        return Ok(None);
    }
    match text.get(..10).and_then(|day| day.parse().ok()) {
        Some(date) => Ok(Some(date)),
        None => {
            let reason = Reason::Date(text.to_owned());
            Err(xml.error(field, reason))
        }
    }
}

/// `PMNT/RCDT/ESCT`, and the bank's own code beside it.
fn code<R: BufRead>(xml: &mut Xml<R>, line: &mut BankLine) -> Result<(), FormatError> {
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "Domn" => line.code = domain(xml)?,
            "Prtry" => line.extras.set_some("proprietary_code", payment::within(xml, "Cd")?),
            _ => xml.skip()?,
        }
    }
    Ok(())
}

fn domain<R: BufRead>(xml: &mut Xml<R>) -> Result<Option<String>, FormatError> {
    let (mut domain, mut family, mut sub) = (None, None, None);
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "Cd" => domain = xml.filled()?,
            "Fmly" => {
                while let Some(part) = xml.child()? {
                    match part.as_str() {
                        "Cd" => family = xml.filled()?,
                        "SubFmlyCd" => sub = xml.filled()?,
                        _ => xml.skip()?,
                    }
                }
            }
            _ => xml.skip()?,
        }
    }
    let mut code: Option<String> = None;
    for part in [domain, family, sub].into_iter().flatten() {
        match &mut code {
            None => code = Some(part),
            Some(code) => code.extend(["/", &part]),
        }
    }
    Ok(code)
}

fn details<R: BufRead>(xml: &mut Xml<R>, draft: &mut Draft<'_>) -> Result<(), FormatError> {
    let (mut stated, mut found) = (None, 0);
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "Btch" => {
                let (line, batch) = (xml.line(), batch(xml)?);
                stated = batch.count.map(|count| (line, count));
                draft.line.batch = Some(Box::new(batch));
            }
            "TxDtls" => {
                draft.add(payment::read(xml, draft.context())?);
                found += 1;
            }
            _ => xml.skip()?,
        }
    }
    if let Some((line, count)) = stated {
        draft.stated = draft.stated.saturating_add(count);
        // One alone stands for all of them.
        if found > 1 && found != count {
            draft.odd_batch = draft.odd_batch.or(Some((line, count, found)));
        }
    }
    Ok(())
}

fn batch<R: BufRead>(xml: &mut Xml<R>) -> Result<Batch, FormatError> {
    let mut batch = Batch::default();
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "MsgId" => batch.message_id = xml.filled()?,
            "PmtInfId" => batch.payment_information_id = xml.filled()?,
            "NbOfTxs" => batch.count = xml.text()?.parse().ok(),
            "TtlAmt" => batch.total = Some(payment::amount(xml, "Btch/TtlAmt")?),
            _ => xml.skip()?,
        }
    }
    Ok(batch)
}

impl Draft<'_> {
    fn context(&self) -> Context<'_> {
        Context { is_debit: self.is_debit.unwrap_or_default(), own_account: self.own_account }
    }

    fn add(&mut self, payment: Details) {
        match self.first {
            None => self.first = Some(payment),
            Some(_) => self.others.push(payment),
        }
    }

    /// A batch whose payments are not as many as it says. Some banks write each payment in details of its own.
    fn doubt(&self) -> Option<Warning> {
        let all = u64::from(self.first.is_some()) + self.others.len() as u64;
        let (line, stated, found) = self.odd_batch.filter(|_| self.stated != all)?;
        let kind = WarningKind::Count { of: "the payments of the batch".to_owned(), stated, found };
        Some(Warning::at(line, "NbOfTxs", kind))
    }

    fn finish(self) -> Result<BankLine, FormatError> {
        let Self { mut line, amount, is_debit, own, first, others, .. } = self;
        let missing = |field: &str| FormatError::at(line.at_line, field, Reason::Missing);
        let amount = amount.ok_or_else(|| missing("Ntry/Amt"))?;
        let is_debit = is_debit.ok_or_else(|| missing("Ntry/CdtDbtInd"))?;
        line.amount = Some(amount.signed(is_debit));
        if others.is_empty() {
            line.payment = first.unwrap_or_default();
        } else {
            line.details = first.into_iter().chain(others).collect();
        }
        if own != Details::default() {
            let PaymentFacts { charges, exchange, additional_info, .. } = own.into_facts();
            line.payment.charges.extend(charges);
            line.payment.exchange = line.payment.exchange.take().or(exchange);
            line.payment.additional_info = line.payment.additional_info.take().or(additional_info);
        }
        line.extras.set_some("account_servicer_ref", line.bank_reference.clone());
        Ok(line)
    }
}
