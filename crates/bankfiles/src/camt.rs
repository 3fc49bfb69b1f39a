//! camt.052, camt.053 and camt.054 of ISO 20022, every version: read by local names, not by version.
//!
//! Never validates against a schema: banks reorder elements and write `Sts` as text, and their files are still right. One
//! statement (`Stmt`, `Rpt`, `Ntfctn`) is in memory at a time. `entry.rs` reads a line, `payment.rs` what it stands for.

mod entry;
mod payment;

mod xml;

use crate::{
    Amount, Balance, BankLine, BankStatement, Format, FormatError, NamedBalance, Reason, Status, Warning, WarningKind,
    amount::plain_decimal,
};
use kernel::Decimal;
use std::io::BufRead;
use xml::Xml;

/// Reads one statement after the other.
pub(crate) struct Reader<R: BufRead> {
    xml: Xml<R>,
    format: Format,
    is_message: bool,
    is_done: bool,
    /// There was a statement.
    any: bool,
}

/// `TxsSummry`: what the bank counted.
struct Summary {
    of: &'static str,
    line: usize,
    count: Option<u64>,
    sum: Option<Decimal>,
}

impl<R: BufRead> Reader<R> {
    pub(crate) fn new(input: R, format: Format) -> Self {
        Self { xml: Xml::new(input), format, is_message: false, is_done: false, any: false }
    }

    /// What concerns the file, once it is read.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        let text = "the bank sent a message without a statement in it";
        let warning = || Warning::nowhere(WarningKind::Other(text.to_owned()));
        (self.is_done && !self.any).then(warning).into_iter().collect()
    }

    fn read(&mut self) -> Result<Option<BankStatement>, FormatError> {
        while let Some(name) = self.xml.descend()? {
            match name.as_str() {
                "Stmt" | "Rpt" | "Ntfctn" => {
                    self.any = true;
                    let statement = statement(&mut self.xml, self.format)?;
                    self.xml.left();
                    return Ok(Some(statement));
                }
                "GrpHdr" | "AppHdr" => {
                    self.xml.skip()?;
                    self.xml.left();
                }
                name => self.is_message |= name.starts_with("BkToCstmr"),
            }
        }
        if self.is_message {
            return Ok(None);
        }
        let reason = "it has no bank-to-customer message".to_owned();
        Err(self.xml.error("Document", Reason::NotThisFormat(self.format.as_str(), reason)))
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<BankStatement, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let found = self.read().transpose();
        self.is_done = !matches!(found, Some(Ok(_)));
        self.is_message = true;
        found
    }
}

fn statement<R: BufRead>(xml: &mut Xml<R>, format: Format) -> Result<BankStatement, FormatError> {
    let mut statement = BankStatement::new(format);
    let mut summaries = Vec::new();
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "Id" => statement.id = xml.filled()?,
            "ElctrncSeqNb" => statement.number = xml.filled()?,
            "LglSeqNb" => statement.sequence = xml.filled()?,
            "CreDtTm" => statement.extras.set_some("created_at", xml.filled()?),
            "CpyDplctInd" => statement.extras.set_some("copy", xml.filled()?),
            "Acct" => account(xml, &mut statement)?,
            "Bal" => balance(xml, &mut statement)?,
            "TxsSummry" => summary(xml, &mut summaries)?,
            "Ntry" => {
                let line = entry::read(xml, statement.account.as_deref(), &mut statement.warnings)?;
                statement.add(line);
            }
            "AddtlStmtInf" | "AddtlRptInf" | "AddtlNtfctnInf" => {
                statement.extras.set_some("information", xml.filled()?);
            }
            _ => xml.skip()?,
        }
    }
    choose_balances(&mut statement);
    doubt_undated(&mut statement);
    let first_line = || statement.lines.first()?.amount?.currency;
    statement.currency = statement.currency.or_else(|| statement.balances.first()?.balance.amount.currency);
    statement.currency = statement.currency.or_else(first_line);
    summaries.iter().for_each(|summary| compare(&mut statement, summary));
    Ok(statement)
}

/// Entries without a day are of the statement's day, where it has only one.
fn doubt_undated(statement: &mut BankStatement) {
    let day = |balance: Option<Balance>| balance.and_then(|balance| balance.date);
    let opens = day(statement.opening);
    if opens.is_some() && opens == day(statement.closing) {
        return;
    }
    let is_undated =
        |line: &&BankLine| line.status == Status::Booked && line.booked_on.is_none() && line.value_on.is_none();
    let mut undated = statement.lines.iter().filter(is_undated);
    let Some(first) = undated.next() else { return };
    let at = first.at_line;
    let text = match undated.count() {
        0 => "the entry has neither a booking date nor a value date".to_owned(),
        more => format!("this entry and {more} more have neither a booking date nor a value date"),
    };
    statement.warnings.push(Warning::at(at, "Ntry", WarningKind::Other(text)));
}

fn account<R: BufRead>(xml: &mut Xml<R>, statement: &mut BankStatement) -> Result<(), FormatError> {
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "Id" => statement.account = payment::account_id(xml)?,
            "Ccy" => statement.currency = crate::CurrencyCode::new(xml.text()?),
            "Nm" => statement.extras.set_some("account_name", xml.filled()?),
            "Ownr" => statement.account_owner = owner(xml)?,
            "Svcr" => statement.bank = servicer(xml)?,
            _ => xml.skip()?,
        }
    }
    Ok(())
}

fn owner<R: BufRead>(xml: &mut Xml<R>) -> Result<Option<String>, FormatError> {
    payment::within(xml, "Nm")
}

fn servicer<R: BufRead>(xml: &mut Xml<R>) -> Result<Option<String>, FormatError> {
    let mut found = None;
    while let Some(name) = xml.child()? {
        if name.as_str() != "FinInstnId" {
            xml.skip()?;
            continue;
        }
        while let Some(part) = xml.child()? {
            match part.as_str() {
                "BIC" | "BICFI" => found = xml.filled()?,
                _ => xml.skip()?,
            }
        }
    }
    Ok(found)
}

fn balance<R: BufRead>(xml: &mut Xml<R>, statement: &mut BankStatement) -> Result<(), FormatError> {
    let (mut code, mut amount, mut is_debit, mut date) = (None, None, false, None);
    while let Some(name) = xml.child()? {
        match name.as_str() {
            "Tp" => {
                while let Some(part) = xml.child()? {
                    match part.as_str() {
                        // Version 1 has no element around the two.
                        "CdOrPrtry" | "Cd" | "Prtry" => code = xml.filled()?,
                        _ => xml.skip()?,
                    }
                }
            }
            "Amt" => amount = Some(payment::amount(xml, "Bal/Amt")?),
            "CdtDbtInd" => is_debit = entry::direction(xml)?,
            "Dt" => date = entry::date(xml, "Bal/Dt")?,
            _ => xml.skip()?,
        }
    }
    let amount: Amount = amount.ok_or_else(|| xml.error("Bal/Amt", Reason::Missing))?;
    let balance = Balance { amount: amount.signed(is_debit), date };
    statement.balances.push(NamedBalance { code: code.unwrap_or_default(), balance });
    Ok(())
}

/// Booked balances, and available ones where there are no others; the previous closing balance opens this statement.
fn choose_balances(statement: &mut BankStatement) {
    let first = |codes: &[&str]| {
        let of = |code: &&str| statement.balances.iter().find(|named| named.code == **code);
        codes.iter().find_map(of).map(|named| named.balance)
    };
    let (opening, closing) = (first(&["OPBD", "PRCD", "OPAV"]), first(&["CLBD", "CLAV"]));
    let available = first(&["CLAV", "ITAV"]);
    (statement.opening, statement.closing, statement.available) = (opening, closing, available);
}

fn summary<R: BufRead>(xml: &mut Xml<R>, summaries: &mut Vec<Summary>) -> Result<(), FormatError> {
    while let Some(name) = xml.child()? {
        let of = match name.as_str() {
            "TtlNtries" => "entries",
            "TtlCdtNtries" => "credit entries",
            "TtlDbtNtries" => "debit entries",
            _ => {
                xml.skip()?;
                continue;
            }
        };
        let mut found = Summary { of, line: xml.line(), count: None, sum: None };
        while let Some(part) = xml.child()? {
            match part.as_str() {
                "NbOfNtries" => found.count = xml.text()?.parse().ok(),
                "Sum" => found.sum = plain_decimal(xml.text()?),
                _ => xml.skip()?,
            }
        }
        summaries.push(found);
    }
    Ok(())
}

fn compare(statement: &mut BankStatement, summary: &Summary) {
    let amounts = statement.lines.iter().filter_map(|line| line.amount).map(|amount| amount.decimal);
    let side: Vec<_> = amounts
        .filter(|amount| match summary.of {
            "credit entries" => amount.is_sign_positive(),
            "debit entries" => amount.is_sign_negative(),
            _ => true,
        })
        .collect();
    let found = side.len() as u64;
    if let Some(stated) = summary.count.filter(|stated| *stated != found) {
        let kind = WarningKind::Count { of: summary.of.to_owned(), stated, found };
        statement.warnings.push(Warning::at(summary.line, "TxsSummry", kind));
    }
    let sum = side.iter().try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount.abs()));
    if let (Some(stated), Some(sum)) = (summary.sum, sum)
        && stated != sum
    {
        let amount = |decimal| Amount::new(decimal, statement.currency);
        let (stated, found) = (amount(stated), amount(sum));
        let kind = WarningKind::Total { of: format!("the sum of the {}", summary.of), stated, found };
        statement.warnings.push(Warning::at(summary.line, "TxsSummry", kind));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "<Document><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>7</Id>\
        <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>\
        <AddtlStmtInf>one\r\ntwo\rthree&#13;four</AddtlStmtInf></Stmt></BkToCstmrStmt></Document>";

    fn read(text: &str) -> Result<Vec<BankStatement>, FormatError> {
        Reader::new(text.as_bytes(), Format::Camt053).collect()
    }

    #[test]
    fn the_types_of_balances_of_version_1() {
        for tag in ["Cd", "Prtry"] {
            let kind = format!("<Tp><{tag}>CLBD</{tag}></Tp>");
            let text = MESSAGE.replace("<Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>", &kind);
            assert_eq!(read(&text).unwrap()[0].closing.unwrap().amount.to_string(), "5.00 EUR");
        }
    }

    #[test]
    fn a_message_that_was_cut_between_statements_is_refused() {
        assert_eq!(read(MESSAGE).unwrap().len(), 1);
        for end in ["</Stmt>", "</BkToCstmrStmt>", "</GrpHdr>"] {
            let cut = &MESSAGE[..MESSAGE.find(end).unwrap() + end.len()];
            assert_eq!(read(cut).unwrap_err().reason, Reason::Truncated("the message".to_owned()), "{end}");
        }
        let bare = MESSAGE.split("</GrpHdr>").nth(1).unwrap().split("</BkToCstmrStmt>").next().unwrap();
        assert_eq!(read(bare).unwrap().len(), 1);
    }

    #[test]
    fn what_is_remitted_of_a_document_stands_behind_its_number() {
        let document = |what: &str, amount: &str| format!("<Strd>{what}<RfrdDocAmt>{amount}</RfrdDocAmt></Strd>");
        let strd = [
            document("<RfrdDocInf><Nb>INV-1</Nb></RfrdDocInf>", "<RmtdAmt Ccy=\"EUR\">2500</RmtdAmt>"),
            document("<RfrdDocInf><Nb>GS-2</Nb></RfrdDocInf>", "<CdtNoteAmt Ccy=\"EUR\">600.5</CdtNoteAmt>"),
            "<Strd><RfrdDocAmt><RmtdAmt Ccy=\"EUR\">1.00</RmtdAmt></RfrdDocAmt><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf>\
             <AddtlRmtInf>thanks</AddtlRmtInf></Strd>"
                .to_owned(),
        ];
        let entry = format!(
            "<Ntry><Amt Ccy=\"EUR\">1900.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><NtryDtls><TxDtls><RmtInf>\
             {}</RmtInf></TxDtls></NtryDtls></Ntry></Stmt>",
            strd.concat()
        );
        let found = read(&MESSAGE.replace("</Stmt>", &entry)).unwrap().remove(0);
        let payment = found.lines[0].details.first().unwrap_or(&found.lines[0].payment);
        assert_eq!(payment.remittance.as_deref(), Some("INV-1 2500.00\nGS-2 -600.50\nRF18 1.00\nthanks"));
        assert_eq!(
            (&payment.documents[..], &payment.structured_references[..]),
            (&["INV-1".into(), "GS-2".into()][..], &["RF18".into()][..])
        );
    }

    #[test]
    fn line_breaks_are_those_of_xml() {
        assert_eq!(read(MESSAGE).unwrap()[0].extras.get("information"), Some("one\ntwo\nthree\rfour"));
    }

    #[test]
    fn a_message_without_a_statement_says_so() {
        let mut reader =
            Reader::new(&b"<Document><BkToCstmrStmt><GrpHdr/></BkToCstmrStmt></Document>"[..], Format::Camt053);
        assert!(reader.next().is_none());
        let said: Vec<_> = reader.warnings().iter().map(ToString::to_string).collect();
        assert_eq!(said, ["the bank sent a message without a statement in it"]);
    }

    /// The statement of an account in EUR with an opening balance of zero.
    fn with_entry(closing: &str, entry: &str) -> BankStatement {
        let balance = |code: &str, amount: &str| {
            format!(
                "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{amount}</Amt>\
                 <CdtDbtInd>CRDT</CdtDbtInd></Bal>"
            )
        };
        let account = "<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>";
        let text = format!(
            "<Document><BkToCstmrStmt><Stmt>{account}{}{}\n{entry}</Stmt></BkToCstmrStmt></Document>",
            balance("OPBD", "0.00"),
            balance("CLBD", closing)
        );
        let mut statement = read(&text).unwrap().remove(0);
        crate::check(&mut statement);
        statement
    }

    fn said(statement: &BankStatement) -> Vec<String> {
        statement.warnings.iter().map(ToString::to_string).collect()
    }

    fn entry(currency: &str, inside: &str) -> String {
        format!("<Ntry><Amt Ccy=\"{currency}\">70.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>{inside}</Ntry>")
    }

    const DAY: &str = "<BookgDt><Dt>2026-01-05</Dt></BookgDt>";

    #[test]
    fn a_booked_entry_without_a_day_is_doubted() {
        let dated = with_entry("70.00", &entry("EUR", DAY));
        assert_eq!(said(&dated), [""; 0]);
        let undated = with_entry("70.00", &entry("EUR", ""));
        assert_eq!(undated.lines.len(), 1);
        assert_eq!(said(&undated), ["line 2, Ntry: the entry has neither a booking date nor a value date"]);
        let two = with_entry("140.00", &format!("{}{0}", entry("EUR", "")));
        assert_eq!(said(&two), ["line 2, Ntry: this entry and 1 more have neither a booking date nor a value date"]);
        let pending = with_entry("0.00", &entry("EUR", "<Sts>PDNG</Sts>"));
        assert_eq!(said(&pending), [""; 0]);
    }

    #[test]
    fn a_statement_of_one_day_dates_its_entries() {
        let of = |closes: &str| {
            let balance = |code: &str, day: &str| {
                format!(
                    "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">0.00</Amt>\
                     <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
                )
            };
            let (opens, closes) = (balance("OPBD", "2026-01-05"), balance("CLBD", closes));
            let entry = entry("EUR", "");
            read(&format!("<Document><BkToCstmrStmt><Stmt>{opens}{closes}{entry}</Stmt></BkToCstmrStmt></Document>"))
        };
        assert_eq!(said(&of("2026-01-05").unwrap()[0]), [""; 0]);
        assert_eq!(said(&of("2026-01-06").unwrap()[0]).len(), 1);
    }

    #[test]
    fn currencies_are_not_added_to_each_other() {
        let one = with_entry("70.00", &entry("USD", DAY));
        assert_eq!(
            said(&one),
            [
                "line 2, amount: lines in another currency than the balances (EUR) are not added to them: 1, the first of 70.00 USD",
                "opening balance 0.00 EUR and lines of 0 EUR make 0 EUR, but the closing balance is 70.00 EUR",
            ]
        );
        let two = with_entry("70.00", &format!("{}{}{0}", entry("USD", DAY), entry("EUR", DAY)));
        assert_eq!(
            said(&two),
            [
                "line 2, amount: lines in another currency than the balances (EUR) are not added to them: 2, the first of 70.00 USD"
            ]
        );
    }

    #[test]
    fn a_batch_is_counted() {
        let of = |count: u64, payments: usize| {
            let payments = "<TxDtls><Refs/></TxDtls>".repeat(payments);
            format!("<NtryDtls><Btch><NbOfTxs>{count}</NbOfTxs></Btch>{payments}</NtryDtls>")
        };
        let said = |details: &str| said(&with_entry("70.00", &entry("EUR", &format!("{DAY}{details}"))));
        assert_eq!(said(&of(5, 2)), ["line 2, NbOfTxs: the payments of the batch should be 5, but there are 2"]);
        assert_eq!(said(&of(5, 5)), [""; 0]);
        assert_eq!(said(&of(5, 0)), [""; 0]);
        assert_eq!(said(&of(5, 1)), [""; 0]);
        assert_eq!(said(&format!("{}{}", of(2, 2), of(3, 3))), [""; 0]);
        assert_eq!(said(&format!("{}<NtryDtls><TxDtls/></NtryDtls>", of(3, 2))), [""; 0]);
    }

    #[test]
    fn the_own_account_is_never_the_counterparty() {
        let end = |role: &str, name: &str, account: &str| {
            format!(
                "<{role}><Pty><Nm>{name}</Nm></Pty></{role}><{role}Acct><Id><IBAN>{account}</IBAN></Id></{role}Acct>\
                 <Ultmt{role}><Nm>for {name}</Nm></Ultmt{role}>"
            )
        };
        let (own, printed) = ("DE89370400440532013000", "DE89 3704 0044 0532 0130 00");
        let other = "DE02120300000000202051";
        let found = |ends: &str, direction: &str| {
            let payment = format!("{DAY}<NtryDtls><TxDtls><RltdPties>{ends}</RltdPties></TxDtls></NtryDtls>");
            let entry = entry("EUR", &payment).replace("CRDT", direction);
            let payment = with_entry("0.00", &entry).lines.remove(0).payment.into_facts();
            let party = payment.counterparty;
            [party.name, party.account, payment.ultimate_counterparty].map(Option::unwrap_or_default)
        };
        let (schmidt, us) = (["Schmidt", other, "for Schmidt"], ["We", own, "for We"]);
        for own in [own, printed] {
            let back = end("Dbtr", "Schmidt", other) + &end("Cdtr", "We", own);
            assert_eq!(found(&back, "DBIT"), schmidt);
            assert_eq!(found(&back, "CRDT"), schmidt);
            let sent = end("Dbtr", "We", own) + &end("Cdtr", "Schmidt", other);
            assert_eq!([found(&sent, "DBIT"), found(&sent, "CRDT")], [schmidt, schmidt]);
        }
        // Between accounts of which none is the own, and within one: by the direction.
        assert_eq!(found(&(end("Dbtr", "A", "1") + &end("Cdtr", "B", "2")), "DBIT"), ["B", "2", "for B"]);
        assert_eq!(found(&(end("Dbtr", "A", own) + &end("Cdtr", "We", own)), "DBIT"), us);
    }
}
