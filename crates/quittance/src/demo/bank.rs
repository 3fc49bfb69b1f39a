//! The bank's side of the demo: in the last weeks wires come in the bank's daily file, and the matching desk takes them.
//!
//! What a payer writes is sometimes a number, sometimes half of one, sometimes nothing. The engine posts what it is sure of;
//! what it leaves the clerk places after a few days. What waits on the desk of the last day comes from `scenes`.

use super::days::Due;
use app::{
    App, Caller,
    bank::{self, ReceiveFile},
    desk::{self, Allocate, HandPart, Queue},
};
use kernel::{CustomerId, Date, Money, check_digits::modulo_97};
use rand::{RngExt as _, rngs::StdRng};
use std::collections::HashMap;

/// From so many days before the end on, wires come in files.
pub(super) const FILE_DAYS: i64 = 21;
/// Lines older than this have been placed by the clerk.
const LEFT_DAYS: i64 = 3;

pub(super) const OUR_IBAN: &str = "DE89370400440532013000";

/// A wire, as the bank tells it.
pub(super) struct Wire {
    pub(super) payer: String,
    pub(super) account: String,
    /// Negative for what the bank takes back.
    pub(super) money: Money,
    pub(super) text: String,
    /// Who pays and what for, where somebody would know.
    pub(super) means: Option<(CustomerId, Vec<Due>)>,
    /// Invoices and amounts that the payer announces in a remittance advice.
    pub(super) announced: Vec<(String, Money)>,
    pub(super) is_return: bool,
}

impl Wire {
    /// The same once more by mistake, of one that names a single invoice.
    pub(super) fn repeated(&self) -> Option<Self> {
        let (_, dues) = self.means.as_ref()?;
        let names_one =
            dues.len() == 1 && dues.iter().all(|due| self.text == due.number && due.minor() == self.money.minor());
        let (payer, account, text) = (self.payer.clone(), self.account.clone(), self.text.clone());
        names_one.then_some(Self {
            payer,
            account,
            money: self.money,
            text,
            means: None,
            announced: vec![],
            is_return: false,
        })
    }
}

/// The bank and what the clerk knows of the lines on the desk.
pub(super) struct Bank {
    app: App,
    clerk: Caller,
    balance_minor: i64,
    files: u32,
    /// By account and amount.
    meant: HashMap<(String, i64), (CustomerId, Vec<Due>)>,
}

impl Bank {
    pub(super) fn new(app: App, clerk: Caller) -> Self {
        Self { app, clerk, balance_minor: 48_211_733, files: 0, meant: HashMap::new() }
    }

    /// The morning's file; answers with how many payments the engine posted.
    pub(super) async fn deliver(&mut self, day: Date, wires: Vec<Wire>) -> app::Result<usize> {
        if wires.is_empty() {
            return Ok(0);
        }
        self.files += 1;
        for (at, wire) in wires.iter().enumerate().filter(|(_, wire)| !wire.announced.is_empty()) {
            let (name, bytes) = (format!("remadv-{day}.edi"), advice(day, (self.files, at), wire).into_bytes());
            bank::receive(&self.app, &self.clerk, ReceiveFile { name, bytes, ..ReceiveFile::default() }).await?;
        }
        let bytes = self.statement(day, &wires).into_bytes();
        for wire in wires {
            if let Some(means) = wire.means {
                self.meant.insert((wire.account, wire.money.minor()), means);
            }
        }
        let name = format!("camt053-{day}.xml");
        bank::receive(&self.app, &self.clerk, ReceiveFile { name, bytes, ..ReceiveFile::default() }).await?;
        let decided = desk::decide_new(&self.app, &self.clerk, None).await?;
        Ok(usize::try_from(decided.posted).unwrap_or(0))
    }

    /// The clerk places what has been on the desk for some days; answers with how many payments that made.
    pub(super) async fn tidy_up(&mut self, day: Date) -> app::Result<usize> {
        let waiting = desk::queue(&self.app, &self.clerk, Queue { limit: Some(200), ..Queue::default() }).await?;
        let mut placed = 0;
        for line in waiting.rows {
            let line = line.line;
            let key = (line.payer_account.clone().unwrap_or_default(), line.amount_minor);
            if line.value_on > day.plus_days(-LEFT_DAYS) {
                continue;
            }
            let Some((customer, dues)) = self.meant.remove(&key) else { continue };
            let part =
                |due: &Due| HandPart { item: due.item, amount: None, discount: due.discount(), difference: None };
            let asked = Allocate { customer, parts: dues.iter().map(part).collect(), fee: None, rest_on_account: true };
            match desk::allocate(&self.app, &self.clerk, line.id, asked).await {
                Ok(_) => placed += 1,
                // Something else paid it meanwhile; the line stays for whoever looks at the demo.
                Err(app::Error::Refused(_) | app::Error::Invalid(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(placed)
    }

    /// A camt.053 statement of one day.
    fn statement(&mut self, day: Date, wires: &[Wire]) -> String {
        let opening = self.balance_minor;
        self.balance_minor += wires.iter().map(|wire| wire.money.minor()).sum::<i64>();
        let mut entries = String::new();
        for (at, wire) in wires.iter().enumerate() {
            entry(&mut entries, day, (self.files, at), wire);
        }
        let (number, closing) = (self.files, self.balance_minor);
        let opening = balance("OPBD", opening, day);
        let closing = balance("CLBD", closing, day);
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>NT{number:06}</MsgId><CreDtTm>{day}T05:12:00Z</CreDtTm></GrpHdr>
<Stmt><Id>NT{number:06}-1</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{day}T05:12:00Z</CreDtTm>
<Acct><Id><IBAN>{OUR_IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>
{opening}{closing}{entries}</Stmt></BkToCstmrStmt></Document>
"#
        )
    }
}

fn balance(code: &str, minor: i64, day: Date) -> String {
    let amount = amount(minor);
    format!(
        r#"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>
"#
    )
}

fn entry(xml: &mut String, day: Date, (file, at): (u32, usize), wire: &Wire) {
    let amount = amount(wire.money.minor().abs());
    let (payer, text, account) = (escaped(&wire.payer), escaped(&wire.text), &wire.account);
    let (sign, family) = if wire.is_return { ("DBIT", "UPDD") } else { ("CRDT", "ESCT") };
    let domain = if wire.is_return { "RDDT" } else { "RCDT" };
    xml.push_str(&format!(
        r#"<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>NT{file:06}{at:04}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{domain}</Cd><SubFmlyCd>{family}</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy="EUR">{amount}</Amt><RltdPties><Dbtr><Pty><Nm>{payer}</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>{account}</IBAN></Id></DbtrAcct></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
"#
    ));
}

/// What the payer says a payment is for, as an EDIFACT message.
fn advice(day: Date, (file, at): (u32, usize), wire: &Wire) -> String {
    let (name, date) = (released(&wire.payer), day.to_string().replace('-', ""));
    let mut segments = vec![
        "UNH+1+REMADV:D:05A:UN".to_owned(),
        format!("BGM+481+AV-{file:04}{at:02}"),
        format!("DTM+137:{date}:102"),
        format!("NAD+PR+++{name}"),
        "CUX+2:EUR:11".to_owned(),
    ];
    for (number, money) in &wire.announced {
        segments.extend([format!("DOC+380+{number}"), format!("MOA+12:{}", amount(money.minor()))]);
    }
    segments.extend(["UNS+S".to_owned(), format!("MOA+12:{}", amount(wire.money.minor()))]);
    let count = segments.len() + 1;
    segments.push(format!("UNT+{count}+1"));
    segments.iter().map(|segment| format!("{segment}'")).collect()
}

/// What separates in EDIFACT stands for itself behind a question mark.
fn released(text: &str) -> String {
    text.chars().flat_map(|c| "?'+:".contains(c).then_some('?').into_iter().chain([c])).collect()
}

/// Cents with a point.
fn amount(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// A German account number of the customer at this place, its check digits right.
pub(super) fn account(place: usize) -> String {
    let number = format!("20030000{:010}", 4_711_000 + place * 37);
    let check = 98 - modulo_97(&format!("{number}DE00"));
    format!("DE{check:02}{number}")
}

/// What the payer writes for these items: mostly their numbers, sometimes less.
pub(super) fn words(dues: &[Due], named: &str, chance: &mut StdRng) -> String {
    let first = dues.first().map_or("", |due| due.number.as_str());
    let digits = first.rsplit('-').next().unwrap_or_default();
    match chance.random_range(0..100) {
        0..62 => named.to_owned(),
        62..74 => format!("Rechnung {}", digits.trim_start_matches('0')),
        74..80 => format!("RE {}", first.replace('-', "")),
        80..86 => mistyped(first),
        86..93 => "Zahlung laut Aufstellung".to_owned(),
        _ => String::new(),
    }
}

/// The last two digits the wrong way round.
pub(super) fn mistyped(number: &str) -> String {
    let mut typed: Vec<char> = number.chars().collect();
    if let Some(last) = typed.len().checked_sub(2) {
        typed.swap(last, last + 1);
    }
    typed.into_iter().collect()
}
