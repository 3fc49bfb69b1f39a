//! The quittance: the receipt that a debt is settled in full, by which payments, and since when.

use crate::{
    Language, PaymentMethod, PrintError, Quittance, Settlement,
    format::Format,
    letter::{Block, ColumnKind, Envelope, Letter, Sum, Table, Weight, column, fact, paragraphs, same_currency},
    statement::{kind_key, with_reference},
};

pub(crate) fn letter(quittance: &Quittance, language: Language) -> Result<Letter, PrintError> {
    check_currencies(quittance)?;
    let format = Format::new(language);
    let envelope = Envelope {
        title: format.text("quittance"),
        number: &quittance.number,
        issued_on: quittance.issued_on,
        seller: &quittance.seller,
        recipient: &quittance.recipient,
        currencies: vec![quittance.currency],
        facts: vec![
            fact(&format, "quittance-number", Some(&quittance.number)),
            fact(&format, "issued-on", Some(format.date(quittance.issued_on))),
            fact(&format, "settled-on", Some(format.date(quittance.settled_on))),
            fact(&format, "customer-number", quittance.recipient.customer_number.as_ref()),
            fact(&format, "customer-tax-id", quittance.recipient.tax_id.as_ref()),
        ],
    };
    let settled_on = format.long_date(quittance.settled_on);
    let total = format.money(quittance.total);
    let confirmed = format.language.with(
        "settled-sentence",
        [("count", quittance.invoices.len().into()), ("amount", total.into()), ("date", settled_on.as_str().into())],
    );
    let stamp = format.language.with("settled-in-full-on", [("date", settled_on.as_str().into())]);
    let mut blocks = vec![
        Block::Paragraph { text: confirmed },
        Block::Heading { text: format.text("settled-invoices") },
        invoices(&format, quittance),
        Block::Heading { text: format.text("settled-by") },
        settlements(&format, quittance),
        Block::Settled { text: stamp },
    ];
    blocks.extend(paragraphs(&quittance.notes));
    Ok(Letter::new(&format, envelope, blocks))
}

fn check_currencies(quittance: &Quittance) -> Result<(), PrintError> {
    let invoices = quittance.invoices.iter().map(|invoice| (invoice.number.clone(), invoice.amount));
    let settlements = quittance.settlements.iter().map(|settlement| (settlement.reference.clone(), settlement.amount));
    let total = std::iter::once(("the total".to_owned(), quittance.total));
    for (place, money) in invoices.chain(settlements).chain(total) {
        same_currency(&quittance.number, quittance.currency, place, money)?;
    }
    Ok(())
}

fn amount_head(format: &Format, quittance: &Quittance) -> String {
    format.language.with("amount-in", [("currency", quittance.currency.code().into())])
}

fn total(format: &Format, quittance: &Quittance) -> Vec<Sum> {
    let label = format.language.with("total-in", [("currency", quittance.currency.code().into())]);
    vec![Sum { label, amount: format.amount(quittance.total), weight: Weight::Total }]
}

fn invoices(format: &Format, quittance: &Quittance) -> Block {
    let rows = quittance.invoices.iter().map(|invoice| {
        vec![
            with_reference(invoice.number.clone(), invoice.reference.as_deref()),
            format.date(invoice.issued_on),
            format.date(invoice.settled_on),
            format.amount(invoice.amount),
        ]
    });
    Block::Table(Table {
        columns: vec![
            column(format.text("invoice"), ColumnKind::Prose),
            column(format.text("issued-on"), ColumnKind::Figure),
            column(format.text("settled-on"), ColumnKind::Figure),
            column(amount_head(format, quittance), ColumnKind::Figure),
        ],
        rows: rows.collect(),
        sums: total(format, quittance),
    })
}

fn settlements(format: &Format, quittance: &Quittance) -> Block {
    let rows = quittance.settlements.iter().map(|settlement| {
        vec![
            format.date(settlement.on),
            how(format, settlement),
            settlement.reference.clone(),
            format.amount(settlement.amount),
        ]
    });
    Block::Table(Table {
        columns: vec![
            column(format.text("date"), ColumnKind::Text),
            column(format.text("settled-with"), ColumnKind::Prose),
            column(format.text("reference"), ColumnKind::Text),
            column(amount_head(format, quittance), ColumnKind::Figure),
        ],
        rows: rows.collect(),
        sums: total(format, quittance),
    })
}

fn how(format: &Format, settlement: &Settlement) -> String {
    let kind = format.text(kind_key(settlement.kind));
    let Some(method) = settlement.method else { return kind };
    format!("{kind}, {}", format.text(method_key(method)))
}

fn method_key(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::BankTransfer => "bank-transfer",
        PaymentMethod::DirectDebit => "direct-debit",
        PaymentMethod::Card => "card",
        PaymentMethod::Cheque => "cheque",
        PaymentMethod::Cash => "cash",
        PaymentMethod::Other => "other-method",
    }
}
