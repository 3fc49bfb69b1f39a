//! Account statements on paper: one PDF for one customer, an archive of PDFs for several.

use super::{
    AccountStatement, ActivityLine, ActivitySection, OpenSection, StatementForm, StatementItem, StatementRequest,
    statement,
};
use crate::{
    context::{App, Caller, Work},
    documents::{File, Letterhead, recipient, typeset},
    error::{Error, Result},
};
use domain::{
    items::{ItemKind, MovementKind},
    reports::Aged,
    users::Permission,
};
use kernel::{Currency, Money};
use print::{Age, AgeBucket, Document};
use std::{
    collections::HashMap,
    io::{Cursor, Write as _},
};
use store::{invoices, payments};
use uuid::Uuid;
use zip::{ZipWriter, write::SimpleFileOptions};

/// Customers whose statements are printed together.
pub const MOST_AT_ONCE: usize = 100;
/// Documents that are asked for together.
const MOST_DOCUMENTS: usize = 1_000;

pub async fn pdf(app: &App, caller: &Caller, request: &StatementRequest) -> Result<File> {
    let mut work = app.read(caller, Permission::Read).await?;
    let letterhead = Letterhead::load(&mut work).await?;
    printed(&mut work, &letterhead, request).await
}

/// One file for each request, together in an archive.
pub async fn pdfs(app: &App, caller: &Caller, requests: &[StatementRequest]) -> Result<File> {
    if requests.len() > MOST_AT_ONCE {
        let sentence = format!("{} statements are too many at once; ask for up to {MOST_AT_ONCE}", requests.len());
        return Err(Error::field("customer", sentence));
    }
    let mut work = app.read(caller, Permission::Read).await?;
    let letterhead = Letterhead::load(&mut work).await?;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for request in requests {
        let file = printed(&mut work, &letterhead, request).await?;
        archive.start_file(file.name, SimpleFileOptions::default()).map_err(Error::broken)?;
        archive.write_all(&file.bytes).map_err(Error::broken)?;
    }
    let bytes = archive.finish().map_err(Error::broken)?.into_inner();
    Ok(File { name: format!("statements-{}.zip", work.today), media_type: "application/zip", bytes })
}

async fn printed(work: &mut Work, letterhead: &Letterhead, request: &StatementRequest) -> Result<File> {
    let said = statement(work, request).await?;
    let references = references(work, &said).await?;
    let ages = ages(&work.company.settings.aging_buckets);
    let document = print::Statement {
        seller: letterhead.seller.clone(),
        recipient: recipient(&said.customer),
        number: None,
        as_of: said.as_of,
        intro: None,
        form: form(&said, &Shown { ages, references }),
        notes: vec![],
    };
    typeset(work, &said.customer, Document::Statement(document)).await
}

/// What the sections of a statement are printed with.
struct Shown {
    ages: Vec<Age>,
    /// The customer's own order numbers and the words that came with the money, by document.
    references: HashMap<Uuid, String>,
}

async fn references(work: &mut Work, said: &AccountStatement) -> Result<HashMap<Uuid, String>> {
    let mut documents: Vec<Uuid> = match &said.form {
        StatementForm::OpenItems(sections) => {
            sections.iter().flat_map(|s| &s.items).map(|item| item.document).collect()
        }
        StatementForm::Activity { sections, .. } => {
            sections.iter().flat_map(|section| &section.lines).map(|line| line.document).collect()
        }
    };
    documents.sort_unstable();
    documents.dedup();
    let company = work.company_id();
    let mut references = HashMap::new();
    for part in documents.chunks(MOST_DOCUMENTS) {
        references.extend(invoices::po_numbers(&mut work.tx, company, part).await?);
        references.extend(payments::references(&mut work.tx, company, part).await?);
    }
    Ok(references)
}

fn form(said: &AccountStatement, shown: &Shown) -> print::StatementForm {
    match &said.form {
        StatementForm::OpenItems(sections) => {
            print::StatementForm::OpenItems(sections.iter().map(|section| open_section(section, shown)).collect())
        }
        StatementForm::Activity { from, sections } => print::StatementForm::Activity {
            from: *from,
            to: said.as_of,
            sections: sections.iter().map(|section| activity_section(section, shown)).collect(),
        },
    }
}

/// The buckets of the company's aging, the youngest first.
fn ages(ends: &[i64]) -> Vec<Age> {
    let day = |days: i64| u32::try_from(days).unwrap_or(u32::MAX);
    let starts = std::iter::once(1).chain(ends.iter().map(|end| end + 1));
    let between = starts.zip(ends).map(|(start, end)| Age::Between(day(start), day(*end)));
    let over = ends.last().map(|end| Age::Over(day(*end)));
    std::iter::once(Age::NotDue).chain(between).chain(over).collect()
}

fn ageing(aged: &Aged, ages: &[Age], currency: Currency) -> Vec<AgeBucket> {
    let bucket = |(age, minor): (&Age, &i64)| AgeBucket { age: *age, amount: Money::new(*minor, currency) };
    let credits = AgeBucket { age: Age::UnusedCredits, amount: Money::new(aged.credits, currency) };
    ages.iter().zip(&aged.buckets).map(bucket).chain((aged.credits != 0).then_some(credits)).collect()
}

fn open_section(section: &OpenSection, shown: &Shown) -> print::OpenSection {
    let line = |item: &StatementItem| print::OpenLine {
        kind: kind(item.kind),
        number: if item.instalment > 1 {
            format!("{} ({})", item.number, item.instalment)
        } else {
            item.number.clone()
        },
        reference: shown.references.get(&item.document).cloned(),
        issued_on: item.document_on,
        due_on: item.kind.is_debt().then_some(item.due_on),
        original: item.amount,
        open: item.open,
    };
    print::OpenSection {
        currency: section.currency,
        items: section.items.iter().map(line).collect(),
        ageing: ageing(&section.aged, &shown.ages, section.currency),
    }
}

fn activity_section(section: &ActivitySection, shown: &Shown) -> print::ActivitySection {
    let line = |line: &ActivityLine| print::ActivityLine {
        on: line.on,
        kind: moved(line.what, line.kind),
        number: line.number.clone(),
        reference: shown.references.get(&line.document).cloned(),
        amount: line.amount,
    };
    print::ActivitySection {
        currency: section.currency,
        brought_forward: section.brought_forward,
        movements: section.lines.iter().map(line).collect(),
        ageing: ageing(&section.aged, &shown.ages, section.currency),
    }
}

const fn kind(kind: ItemKind) -> print::ItemKind {
    match kind {
        ItemKind::Invoice => print::ItemKind::Invoice,
        ItemKind::CreditNote => print::ItemKind::CreditNote,
        ItemKind::DebitNote => print::ItemKind::DebitNote,
        ItemKind::Payment => print::ItemKind::Payment,
    }
}

/// A movement as the customer knows it.
const fn moved(what: MovementKind, of: ItemKind) -> print::ItemKind {
    match what {
        MovementKind::Opened => kind(of),
        MovementKind::Discount => print::ItemKind::Discount,
        MovementKind::WrittenOff => print::ItemKind::WriteOff,
        MovementKind::Refunded => print::ItemKind::Refund,
        MovementKind::Allocated | MovementKind::Difference | MovementKind::Reversed => print::ItemKind::Adjustment,
    }
}
