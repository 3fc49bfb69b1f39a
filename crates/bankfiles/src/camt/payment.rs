//! `TxDtls`: one payment of an entry, with its parties, references, remittance text, charges and exchange.

use super::xml::Xml;
use crate::{Amount, Charge, CurrencyCode, Details, Exchange, FormatError, Party, Reason, amount::plain_decimal};
use kernel::Decimal;
use std::io::BufRead;

/// The two ends of a payment; which of them is the counterparty depends on the direction.
#[derive(Default)]
struct Ends {
    debtor: End,
    creditor: End,
}

#[derive(Default)]
struct End {
    party: Party,
    ultimate: Option<String>,
}

impl Ends {
    /// Who was paid, or who paid; never the end whose account is the statement's own, as in a payment that came back.
    fn counterparty(self, is_debit: bool, own_account: Option<&str>) -> End {
        let (far, near) = if is_debit { (self.creditor, self.debtor) } else { (self.debtor, self.creditor) };
        let is_own =
            |end: &End| own_account.zip(end.party.account.as_deref()).is_some_and(|(own, of)| is_same(own, of));
        let is_silent = far.party.name.is_none() && far.party.account.is_none();
        let is_near = if is_silent { near.party.account.is_some() } else { is_own(&far) };
        if is_near && !is_own(&near) { near } else { far }
    }
}

/// The same account, also with the blanks of the print form.
fn is_same(one: &str, other: &str) -> bool {
    one == other
        || (one.len() != other.len()
            && one.split_whitespace().flat_map(str::bytes).eq(other.split_whitespace().flat_map(str::bytes)))
}

pub(super) fn amount<R: BufRead>(xml: &mut Xml<R>, field: &str) -> Result<Amount, FormatError> {
    let currency = xml.currency;
    let text = xml.text()?;
    match plain_decimal(text) {
        Some(decimal) => Ok(Amount::new(decimal, currency)),
        None => {
            let reason = Reason::Amount(text.to_owned());
            Err(xml.error(field, reason))
        }
    }
}

/// What of the entry and its account a payment depends on.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The entry's direction, which the payment's own overrides.
    pub(super) is_debit: bool,
    pub(super) own_account: Option<&'a str>,
}

/// Reads `TxDtls`, which was entered.
pub(super) fn read<R: BufRead>(xml: &mut Xml<R>, context: Context<'_>) -> Result<Details, FormatError> {
    let (mut payment, mut ends, mut own_debit) = (Details::default(), Ends::default(), None);
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "Refs" => references(xml, &mut payment)?,
            "Amt" => payment.amount = Some(amount(xml, "TxDtls/Amt")?),
            "CdtDbtInd" => own_debit = Some(xml.text()? == "DBIT"),
            "AmtDtls" => {
                let booked = amounts(xml, &mut payment)?;
                payment.amount = payment.amount.or(booked);
            }
            "Chrgs" => charges(xml, &mut payment.charges)?,
            "RltdPties" => parties(xml, &mut ends)?,
            "RltdAgts" => agents(xml, &mut ends)?,
            "Purp" => payment.purpose = xml.filled()?,
            "RmtInf" => remittance(xml, &mut payment)?,
            "RtrInf" => returned(xml, &mut payment)?,
            "AddtlTxInf" => payment.additional_info = xml.filled()?,
            _ => xml.skip()?,
        }
    }
    let is_debit = own_debit.unwrap_or(context.is_debit);
    let end = ends.counterparty(is_debit, context.own_account);
    payment.counterparty = end.party;
    payment.ultimate_counterparty = end.ultimate;
    payment.amount = payment.amount.map(|amount| amount.signed(is_debit));
    Ok(payment)
}

fn references<R: BufRead>(xml: &mut Xml<R>, payment: &mut Details) -> Result<(), FormatError> {
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "EndToEndId" => payment.end_to_end_id = xml.filled()?,
            "InstrId" => payment.instruction_id = xml.filled()?,
            "TxId" => payment.transaction_id = xml.filled()?,
            "UETR" if payment.transaction_id.is_none() => payment.transaction_id = xml.filled()?,
            "MndtId" => payment.mandate_id = xml.filled()?,
            "ChqNb" => payment.cheque_number = xml.filled()?,
            "AcctSvcrRef" => payment.bank_reference = xml.filled()?,
            _ => xml.skip()?,
        }
    }
    Ok(())
}

/// What was instructed and at which rate it was booked; returns the booked amount.
pub(super) fn amounts<R: BufRead>(xml: &mut Xml<R>, payment: &mut Details) -> Result<Option<Amount>, FormatError> {
    let (mut booked, mut exchange) = (None, Exchange::default());
    while let Some(name) = xml.child()? {
        while let Some(part) = xml.child()? {
            match (name.as_str(), part.as_str()) {
                ("InstdAmt", "Amt") => exchange.instructed = Some(amount(xml, "InstdAmt")?),
                ("TxAmt", "Amt") => booked = Some(amount(xml, "TxAmt")?),
                (_, "CcyXchg") => rate(xml, &mut exchange)?,
                _ => xml.skip()?,
            }
        }
    }
    let is_other = |instructed: Amount| booked.is_none_or(|booked: Amount| booked.currency != instructed.currency);
    if exchange.rate.is_some() || exchange.instructed.is_some_and(is_other) {
        payment.exchange = Some(exchange);
    }
    Ok(booked)
}

fn rate<R: BufRead>(xml: &mut Xml<R>, exchange: &mut Exchange) -> Result<(), FormatError> {
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "SrcCcy" => exchange.from = CurrencyCode::new(xml.text()?),
            "TrgtCcy" => exchange.to = CurrencyCode::new(xml.text()?),
            "XchgRate" => exchange.rate = plain_decimal(xml.text()?),
            _ => xml.skip()?,
        }
    }
    Ok(())
}

/// One charge directly (.02) or records of charges (.03 and later).
pub(super) fn charges<R: BufRead>(xml: &mut Xml<R>, charges: &mut Vec<Charge>) -> Result<(), FormatError> {
    let (mut total, mut is_given, mut is_included, mut kind) = (None, false, false, None);
    let before = charges.len();
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "Rcrd" => self::charges(xml, charges)?,
            "Amt" | "TtlChrgsAndTaxAmt" => total = Some(amount(xml, "Chrgs")?),
            "CdtDbtInd" => is_given = xml.text()? == "CRDT",
            "ChrgInclInd" => is_included = is_true(xml.text()?),
            "Tp" => kind = xml.filled()?,
            _ => xml.skip()?,
        }
    }
    let own = total.filter(|total| charges.len() == before && total.decimal != Decimal::ZERO);
    charges.extend(own.map(|amount| Charge { amount: amount.signed(is_given), is_included, kind }));
    Ok(())
}

pub(super) fn is_true(text: &str) -> bool {
    matches!(text, "true" | "1")
}

fn parties<R: BufRead>(xml: &mut Xml<R>, ends: &mut Ends) -> Result<(), FormatError> {
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "Dbtr" => party(xml, &mut ends.debtor.party)?,
            "Cdtr" => party(xml, &mut ends.creditor.party)?,
            "DbtrAcct" => ends.debtor.party.account = account(xml)?,
            "CdtrAcct" => ends.creditor.party.account = account(xml)?,
            "UltmtDbtr" => ends.debtor.ultimate = named(xml)?,
            "UltmtCdtr" => ends.creditor.ultimate = named(xml)?,
            _ => xml.skip()?,
        }
    }
    Ok(())
}

/// `Nm` directly, within `Pty` (from .08 on), or of the bank itself within `Agt`.
fn party<R: BufRead>(xml: &mut Xml<R>, party: &mut Party) -> Result<(), FormatError> {
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "Nm" => party.name = xml.filled()?,
            "Pty" | "Agt" | "FinInstnId" => self::party(xml, party)?,
            "BIC" | "BICFI" => party.bank = xml.filled()?,
            _ => xml.skip()?,
        }
    }
    Ok(())
}

fn named<R: BufRead>(xml: &mut Xml<R>) -> Result<Option<String>, FormatError> {
    let mut found = Party::default();
    party(xml, &mut found)?;
    Ok(found.name)
}

/// The IBAN, or any other number, of an account element; blanks of the print form are left out.
pub(super) fn account<R: BufRead>(xml: &mut Xml<R>) -> Result<Option<String>, FormatError> {
    let mut found = None;
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "Id" | "Othr" if found.is_none() => found = account_id(xml)?,
            _ => xml.skip()?,
        }
    }
    Ok(found)
}

pub(super) fn account_id<R: BufRead>(xml: &mut Xml<R>) -> Result<Option<String>, FormatError> {
    let mut found = None;
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "IBAN" | "BBAN" | "UPIC" => found = xml.filled()?.or(found),
            "Othr" | "PrtryAcct" => {
                while let Some(part) = xml.child()? {
                    match part.as_str() {
                        "Id" => found = found.or(xml.filled()?),
                        _ => xml.skip()?,
                    }
                }
            }
            _ => xml.skip()?,
        }
    }
    Ok(found)
}

fn agents<R: BufRead>(xml: &mut Xml<R>, ends: &mut Ends) -> Result<(), FormatError> {
    while let Some(name) = xml.child()? {
        let mut agent = Party::default();
        match name.as_str() {
            "DbtrAgt" => {
                party(xml, &mut agent)?;
                ends.debtor.party.bank = agent.bank.or(ends.debtor.party.bank.take());
            }
            "CdtrAgt" => {
                party(xml, &mut agent)?;
                ends.creditor.party.bank = agent.bank.or(ends.creditor.party.bank.take());
            }
            _ => xml.skip()?,
        }
    }
    Ok(())
}

fn remittance<R: BufRead>(xml: &mut Xml<R>, payment: &mut Details) -> Result<(), FormatError> {
    let (mut free, mut structured) = (None::<String>, Vec::new());
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "Ustrd" => add_line(&mut free, xml.text()?),
            "Strd" => structured_remittance(xml, payment, &mut structured)?,
            _ => xml.skip()?,
        }
    }
    structured.iter().for_each(|text| add_line(&mut free, text));
    payment.remittance = free;
    Ok(())
}

fn add_line(text: &mut Option<String>, line: &str) {
    match text {
        _ if line.is_empty() => {}
        None => *text = Some(line.to_owned()),
        Some(text) => text.extend(["\n", line]),
    }
}

/// What is remitted of a document stands behind its number in the text, a credit note's with a minus.
fn structured_remittance<R: BufRead>(
    xml: &mut Xml<R>,
    payment: &mut Details,
    texts: &mut Vec<String>,
) -> Result<(), FormatError> {
    let (mut number, mut reference, mut remitted, mut more) = (None, None, None, Vec::new());
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "CdtrRefInf" => reference = within(xml, "Ref")?.or(reference),
            "RfrdDocInf" => {
                let found = within(xml, "Nb")?;
                payment.documents.extend(found.clone());
                number = number.or(found);
            }
            "RfrdDocAmt" => remitted = remitted_amount(xml)?.or(remitted),
            "AddtlRmtInf" => more.extend(xml.filled()?),
            _ => xml.skip()?,
        }
    }
    payment.structured_references.extend(reference.clone());
    match (number, remitted) {
        (Some(number), Some(remitted)) => {
            texts.extend(reference);
            texts.push(format!("{number} {remitted}"));
        }
        (None, Some(remitted)) => texts.extend(reference.map(|reference| format!("{reference} {remitted}"))),
        (_, None) => texts.extend(reference),
    }
    texts.extend(more);
    Ok(())
}

fn remitted_amount<R: BufRead>(xml: &mut Xml<R>) -> Result<Option<String>, FormatError> {
    let (mut remitted, mut credited) = (None, None);
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "RmtdAmt" => remitted = xml.filled()?.map(cents),
            "CdtNoteAmt" => credited = xml.filled()?.map(|amount| format!("-{}", cents(amount))),
            _ => xml.skip()?,
        }
    }
    Ok(remitted.or(credited))
}

/// With two decimals, as amounts are written in a text.
fn cents(amount: String) -> String {
    plain_decimal(&amount).map_or(amount, |amount| format!("{amount:.2}"))
}

/// The text of one direct child.
pub(super) fn within<R: BufRead>(xml: &mut Xml<R>, wanted: &str) -> Result<Option<String>, FormatError> {
    let mut found = None;
    while let Some(name) = xml.child()? {
        if name.as_str() == wanted {
            found = xml.filled()?;
        } else {
            xml.skip()?;
        }
    }
    Ok(found)
}

fn returned<R: BufRead>(xml: &mut Xml<R>, payment: &mut Details) -> Result<(), FormatError> {
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "Rsn" => payment.return_reason = xml.filled()?,
            "AddtlInf" => payment.additional_info = xml.filled()?.or(payment.additional_info.take()),
            _ => xml.skip()?,
        }
    }
    Ok(())
}
