//! Account statements: what is open as of a day, or every movement of a period with its running balance.
//!
//! Sums of a section are added up here, so that they cannot disagree with the lines above them.

use crate::{
    ActivityLine, ActivitySection, Age, AgeBucket, ItemKind, Language, OpenLine, OpenSection, PrintError, Statement,
    StatementForm,
    format::Format,
    letter::{Block, ColumnKind, Envelope, Letter, Sum, Table, Weight, column, fact, pair, paragraphs, same_currency},
};
use kernel::{Currency, Date, Money};

pub(crate) fn letter(statement: &Statement, language: Language) -> Result<Letter, PrintError> {
    let format = Format::new(language);
    let (currencies, title) = match &statement.form {
        StatementForm::OpenItems(sections) => {
            (sections.iter().map(|section| section.currency).collect(), "open-item-statement")
        }
        StatementForm::Activity { sections, .. } => {
            (sections.iter().map(|section| section.currency).collect::<Vec<_>>(), "activity-statement")
        }
    };
    let period = match statement.form {
        StatementForm::Activity { from, to, .. } => Some(format!("{} – {}", format.date(from), format.date(to))),
        StatementForm::OpenItems(_) => None,
    };
    let facts = vec![
        fact(&format, "statement-number", statement.number.as_ref()),
        fact(&format, "as-of", Some(format.date(statement.as_of))),
        fact(&format, "period", period),
        fact(&format, "customer-number", statement.recipient.customer_number.as_ref()),
        fact(&format, "customer-tax-id", statement.recipient.tax_id.as_ref()),
    ];
    let mut blocks: Vec<Block> = paragraphs(&statement.intro).collect();
    blocks.extend(sections(&format, statement)?);
    blocks.extend(paragraphs(&statement.notes));
    let envelope = Envelope {
        title: format.text(title),
        number: statement.number.as_deref().unwrap_or(""),
        issued_on: statement.as_of,
        seller: &statement.seller,
        recipient: &statement.recipient,
        currencies,
        facts,
    };
    Ok(Letter::new(&format, envelope, blocks))
}

fn sections(format: &Format, statement: &Statement) -> Result<Vec<Block>, PrintError> {
    let mut blocks = Vec::new();
    match &statement.form {
        StatementForm::OpenItems(sections) => {
            for section in sections {
                check_ages(statement, section.currency, &section.ageing)?;
                blocks.push(heading(format, section.currency));
                blocks.push(open_items(format, statement, section)?);
                blocks.extend(ageing(format, &section.ageing));
            }
        }
        StatementForm::Activity { from, to, sections } => {
            for section in sections {
                check_ages(statement, section.currency, &section.ageing)?;
                blocks.push(heading(format, section.currency));
                blocks.push(activity(format, statement, section, (*from, *to))?);
                blocks.extend(ageing(format, &section.ageing));
            }
        }
    }
    if blocks.is_empty() {
        blocks.push(Block::Settled { text: format.text("nothing-open") });
    }
    Ok(blocks)
}

fn heading(format: &Format, currency: Currency) -> Block {
    Block::Heading { text: format.language.with("items-in", [("currency", currency.code().into())]) }
}

fn check(statement: &Statement, currency: Currency, place: String, money: Money) -> Result<(), PrintError> {
    same_currency(statement.number.as_deref().unwrap_or("the statement's section"), currency, place, money)
}

fn check_ages(statement: &Statement, currency: Currency, ages: &[AgeBucket]) -> Result<(), PrintError> {
    ages.iter().try_for_each(|bucket| check(statement, currency, "the ageing".to_owned(), bucket.amount))
}

fn in_currency(format: &Format, key: &str, currency: Currency) -> String {
    format.language.with(key, [("currency", currency.code().into())])
}

fn open_items(format: &Format, statement: &Statement, section: &OpenSection) -> Result<Block, PrintError> {
    let mut total = Money::zero(section.currency);
    let mut overdue = total;
    for item in &section.items {
        for money in [item.original, item.open] {
            check(statement, section.currency, item.number.clone(), money)?;
        }
        total = total.plus(item.open)?;
        if days_late(item, statement.as_of) > 0 {
            overdue = overdue.plus(item.open)?;
        }
    }
    let sum = |label, amount, weight| Sum { label, amount: format.amount(amount), weight };
    let mut sums = vec![sum(in_currency(format, balance_key(total), section.currency), total, Weight::Total)];
    if !overdue.is_zero() {
        sums.push(sum(format.text("of-which-overdue"), overdue, Weight::Small));
    }
    Ok(Block::Table(Table {
        columns: vec![
            column(format.text("document"), ColumnKind::Prose),
            column(format.text("issued-on"), ColumnKind::Figure),
            column(format.text("due-on"), ColumnKind::Figure),
            column(format.text("days-late"), ColumnKind::Figure),
            column(in_currency(format, "amount-in", section.currency), ColumnKind::Figure),
            column(format.text("open"), ColumnKind::Figure),
        ],
        rows: section.items.iter().map(|item| open_row(format, statement.as_of, item)).collect(),
        sums,
    }))
}

fn days_late(item: &OpenLine, as_of: Date) -> i64 {
    item.due_on.map_or(0, |due_on| as_of.days_since(due_on).max(0))
}

fn open_row(format: &Format, as_of: Date, item: &OpenLine) -> Vec<String> {
    let late = days_late(item, as_of);
    vec![
        document_name(format, (item.kind, &item.number), item.reference.as_deref()),
        format.date(item.issued_on),
        item.due_on.map_or_else(String::new, |date| format.date(date)),
        if late > 0 { late.to_string() } else { String::new() },
        format.amount(item.original),
        format.amount(item.open),
    ]
}

fn document_name(format: &Format, (kind, number): (ItemKind, &str), reference: Option<&str>) -> String {
    let kind = format.text(kind_key(kind));
    with_reference(if number.is_empty() { kind } else { format!("{kind} {number}") }, reference)
}

/// The customer's reference stands below: beside it, a long one would leave the document no room.
pub(crate) fn with_reference(name: String, reference: Option<&str>) -> String {
    match reference {
        Some(reference) if !reference.is_empty() => format!("{name}\n{reference}"),
        _ => name,
    }
}

pub(crate) fn kind_key(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Invoice => "invoice",
        ItemKind::CreditNote => "credit-note",
        ItemKind::DebitNote => "debit-note",
        ItemKind::Payment => "payment",
        ItemKind::Refund => "refund",
        ItemKind::Discount => "discount-taken",
        ItemKind::WriteOff => "write-off",
        ItemKind::Adjustment => "adjustment",
    }
}

fn balance_key(balance: Money) -> &'static str {
    if balance.minor() < 0 { "balance-in-favour-in" } else { "balance-in" }
}

fn activity(
    format: &Format,
    statement: &Statement,
    section: &ActivitySection,
    (from, to): (Date, Date),
) -> Result<Block, PrintError> {
    check(statement, section.currency, "the balance brought forward".to_owned(), section.brought_forward)?;
    let mut balance = section.brought_forward;
    let mut rows = vec![vec![
        format.date(from),
        format.text("brought-forward"),
        String::new(),
        String::new(),
        format.amount(balance),
    ]];
    for line in &section.movements {
        check(statement, section.currency, line.number.clone(), line.amount)?;
        balance = balance.plus(line.amount)?;
        rows.push(activity_row(format, line, balance)?);
    }
    let date = ("date", format.long_date(to).into());
    let label = in_currency(format, balance_key(balance), section.currency);
    let label = format.language.with("balance-on", [("balance", label.into()), date]);
    Ok(Block::Table(Table {
        columns: vec![
            column(format.text("date"), ColumnKind::Text),
            column(format.text("document"), ColumnKind::Prose),
            column(format.text("charges"), ColumnKind::Figure),
            column(format.text("credits"), ColumnKind::Figure),
            column(in_currency(format, "balance-in", section.currency), ColumnKind::Figure),
        ],
        rows,
        sums: vec![Sum { label, amount: format.amount(balance), weight: Weight::Total }],
    }))
}

fn activity_row(format: &Format, line: &ActivityLine, balance: Money) -> Result<Vec<String>, PrintError> {
    let (charge, credit) = if line.amount.minor() < 0 {
        (String::new(), format.amount(line.amount.negated()?))
    } else {
        (format.amount(line.amount), String::new())
    };
    Ok(vec![
        format.date(line.on),
        document_name(format, (line.kind, &line.number), line.reference.as_deref()),
        charge,
        credit,
        format.amount(balance),
    ])
}

fn ageing(format: &Format, buckets: &[AgeBucket]) -> Option<Block> {
    let label = |age| match age {
        Age::NotDue => format.text("not-due"),
        Age::UnusedCredits => format.text("unused-credits"),
        Age::Between(from, to) => {
            format.language.with("days-between", [("from", from.to_string().into()), ("to", to.to_string().into())])
        }
        Age::Over(days) => format.language.with("days-over", [("days", days.to_string().into())]),
    };
    let cells: Vec<_> = buckets.iter().map(|bucket| pair(label(bucket.age), format.amount(bucket.amount))).collect();
    (!cells.is_empty()).then(|| Block::Strip { title: format.text("ageing"), cells })
}
