//! Quotes, order confirmations, invoices and credit notes.
//!
//! Lines, totals and taxes are printed as given. An invoice with something to pay gets the payment box, and in EUR
//! with an IBAN the EPC code.

use crate::{
    BankAccount, EpcPayment, Instalment, Language, Line, Prices, PrintError, Remittance, Supply, Tax, TaxCategory,
    TaxSubtotal, Trade, TradeKind, epc,
    format::Format,
    letter::{
        Block, Column, ColumnKind, Envelope, Letter, Pair, PaymentBox, Sum, Table, Weight, account, banks, column,
        fact, pair, paragraphs, same_currency,
    },
};
use kernel::{Date, Money};

pub(crate) fn letter(trade: &Trade, language: Language) -> Result<Letter, PrintError> {
    check_currencies(trade)?;
    let format = Format::new(language);
    let envelope = Envelope {
        title: format.text(title_key(trade.kind)),
        number: &trade.number,
        issued_on: trade.issued_on,
        seller: &trade.seller,
        recipient: &trade.recipient,
        currencies: vec![trade.currency],
        facts: facts(&format, trade),
    };
    let code = code(trade);
    let mut blocks: Vec<Block> = paragraphs(&trade.intro).collect();
    blocks.push(Block::Table(lines(&format, trade)?));
    blocks.extend(tax_notes(&format, trade));
    blocks.extend(instalments(&format, trade));
    blocks.extend(payment(&format, trade, code.is_some())?);
    blocks.extend(paragraphs(&trade.notes));
    Ok(Letter::new(&format, envelope, blocks).with_code(code))
}

fn title_key(kind: TradeKind) -> &'static str {
    match kind {
        TradeKind::Quote => "quote",
        TradeKind::OrderConfirmation => "order-confirmation",
        TradeKind::Invoice => "invoice",
        TradeKind::CreditNote => "credit-note",
    }
}

fn check_currencies(trade: &Trade) -> Result<(), PrintError> {
    let totals = [trade.totals.net, trade.totals.tax, trade.totals.gross, trade.totals.paid, trade.totals.payable];
    let lines = trade.lines.iter().map(|line| (format!("line {}", line.position), line.amount));
    let taxes = trade.taxes.iter().flat_map(|tax| [tax.base, tax.amount]).map(|money| ("a tax".to_owned(), money));
    let totals = totals.into_iter().map(|money| ("a total".to_owned(), money));
    let parts = trade.terms.instalments.iter().flat_map(|part| [part.amount, part.open]);
    let early = trade.terms.early_payment.iter().map(|early| early.discount);
    let terms = parts.chain(early).map(|money| ("a payment term".to_owned(), money));
    for (place, money) in lines.chain(taxes).chain(totals).chain(terms) {
        same_currency(&trade.number, trade.currency, place, money)?;
    }
    Ok(())
}

fn facts(format: &Format, trade: &Trade) -> Vec<Option<Pair>> {
    let number = match trade.kind {
        TradeKind::Quote => "quote-number",
        TradeKind::OrderConfirmation => "order-number",
        TradeKind::Invoice => "invoice-number",
        TradeKind::CreditNote => "credit-note-number",
    };
    let date = |key, date: Option<Date>| fact(format, key, date.map(|date| format.date(date)));
    let supply = match trade.dates.supply {
        Some(Supply::On(day)) => date("supplied-on", Some(day)),
        Some(Supply::Between(from, to)) => {
            fact(format, "supplied-between", Some(format!("{} – {}", format.date(from), format.date(to))))
        }
        None => None,
    };
    let (references, recipient) = (&trade.references, &trade.recipient);
    vec![
        fact(format, number, Some(&trade.number)),
        date("issued-on", Some(trade.issued_on)),
        date("due-on", trade.dates.due_on),
        date("valid-until", trade.dates.valid_until),
        supply,
        fact(format, "customer-number", recipient.customer_number.as_ref()),
        fact(format, "customer-tax-id", recipient.tax_id.as_ref()),
        fact(format, "purchase-order", references.purchase_order.as_ref()),
        fact(format, "our-order", references.order.as_ref()),
        fact(format, "our-quote", references.quote.as_ref()),
        fact(format, "corrected-invoice", references.corrected_invoice.as_ref()),
    ]
}

fn lines(format: &Format, trade: &Trade) -> Result<Table, PrintError> {
    let discounts = trade.lines.iter().any(|line| line.discount.is_some_and(|discount| !discount.is_zero()));
    let taxes = trade.lines.iter().any(|line| line.tax.is_some());
    let shown = [true, true, true, true, discounts, taxes, true];
    let amount = match trade.prices {
        Prices::BeforeTax => "amount-in",
        Prices::IncludingTax => "amount-with-tax-in",
    };
    let amount = format.language.with(amount, [("currency", trade.currency.code().into())]);
    let columns: [Column; 7] = [
        column(format.text("position"), ColumnKind::Text),
        column(format.text("description"), ColumnKind::Prose),
        column(format.text("quantity"), ColumnKind::Figure),
        column(format.text("unit-price"), ColumnKind::Figure),
        column(format.text("discount"), ColumnKind::Figure),
        column(tax_name(format, trade), ColumnKind::Figure),
        column(amount, ColumnKind::Figure),
    ];
    let cells = trade.lines.iter().map(|line| chosen(line_cells(format, trade, line), shown)).collect();
    Ok(Table { columns: chosen(columns, shown), rows: cells, sums: sums(format, trade)? })
}

fn chosen<T>(all: [T; 7], shown: [bool; 7]) -> Vec<T> {
    all.into_iter().zip(shown).filter_map(|(item, shown)| shown.then_some(item)).collect()
}

fn line_cells(format: &Format, trade: &Trade, line: &Line) -> [String; 7] {
    let quantity = format.quantity(line.quantity);
    let discount = line.discount.filter(|discount| !discount.is_zero());
    [
        line.position.clone(),
        line.description.clone(),
        line.unit.as_ref().map_or_else(|| quantity.clone(), |unit| format!("{quantity}\u{a0}{unit}")),
        format.unit_price(line.unit_price, trade.currency),
        discount.map_or_else(String::new, |discount| format.percent(discount)),
        line.tax.as_ref().map_or_else(String::new, |tax| format.percent(tax.rate)),
        format.amount(line.amount),
    ]
}

/// The column head: one name when all lines agree.
fn tax_name(format: &Format, trade: &Trade) -> String {
    let mut names = trade.lines.iter().filter_map(|line| line.tax.as_ref()).map(|tax| &tax.name);
    let first = names.next().cloned().flatten();
    let agreed = names.all(|name| *name == first);
    first.filter(|_| agreed).unwrap_or_else(|| format.text("tax"))
}

fn sums(format: &Format, trade: &Trade) -> Result<Vec<Sum>, PrintError> {
    let totals = &trade.totals;
    let sum = |label: String, amount: Money, weight| Sum { label, amount: format.amount(amount), weight };
    let in_currency = |key| format.language.with(key, [("currency", trade.currency.code().into())]);
    let total = sum(in_currency("total-in"), totals.gross, Weight::Total);
    let net = |weight| sum(format.text("net-total"), totals.net, weight);
    let taxed = !trade.taxes.is_empty() || !totals.tax.is_zero();
    let mut sums = Vec::new();
    match trade.prices {
        Prices::BeforeTax => {
            if taxed {
                sums.push(net(Weight::Plain));
            }
            sums.extend(trade.taxes.iter().map(|tax| sum(tax_label(format, tax), tax.amount, Weight::Plain)));
            sums.push(total);
        }
        Prices::IncludingTax => {
            sums.push(total);
            sums.extend(trade.taxes.iter().map(|tax| {
                let label = format.language.with("contained", [("what", tax_label(format, tax).into())]);
                sum(label, tax.amount, Weight::Small)
            }));
            if taxed {
                sums.push(net(Weight::Small));
            }
        }
    }
    if !totals.paid.is_zero() {
        sums.push(sum(format.text("paid"), totals.paid.negated()?, Weight::Plain));
        sums.push(sum(in_currency("payable-in"), totals.payable, Weight::Total));
    }
    Ok(sums)
}

fn tax_label(format: &Format, subtotal: &TaxSubtotal) -> String {
    let tax = &subtotal.tax;
    let (word, base) = (("tax", tax_word(format, tax).into()), ("base", format.amount(subtotal.base).into()));
    match tax.category {
        TaxCategory::Standard => {
            format.language.with("tax-on", [word, ("rate", format.percent(tax.rate).into()), base])
        }
        _ => format.language.with("no-tax-on", [word, base]),
    }
}

fn tax_word(format: &Format, tax: &Tax) -> String {
    tax.name.clone().unwrap_or_else(|| format.text(category_key(tax.category).unwrap_or("tax")))
}

fn category_key(category: TaxCategory) -> Option<&'static str> {
    match category {
        TaxCategory::Standard => None,
        TaxCategory::ZeroRated => Some("zero-rated"),
        TaxCategory::Exempt => Some("exempt"),
        TaxCategory::ReverseCharge => Some("reverse-charge"),
        TaxCategory::IntraCommunity => Some("intra-community"),
        TaxCategory::Export => Some("export"),
        TaxCategory::OutOfScope => Some("out-of-scope"),
    }
}

/// The words that the law asks for where no tax is charged, and the seller's own reason.
fn tax_notes(format: &Format, trade: &Trade) -> Vec<Block> {
    let mut notes = Vec::new();
    for subtotal in &trade.taxes {
        let law = match subtotal.tax.category {
            TaxCategory::ReverseCharge => Some(format.text("reverse-charge-note")),
            TaxCategory::IntraCommunity => Some(format.text("intra-community-note")),
            TaxCategory::Export => Some(format.text("export-note")),
            _ => None,
        };
        let text = match (law, &subtotal.exemption_reason) {
            (Some(law), Some(reason)) => format!("{law} {reason}"),
            (Some(law), None) => law,
            (None, Some(reason)) => {
                let label = ("label", tax_word(format, &subtotal.tax).into());
                format.language.with("labelled", [label, ("text", reason.as_str().into())])
            }
            (None, None) => continue,
        };
        let note = Block::Paragraph { text };
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

fn instalments(format: &Format, trade: &Trade) -> Vec<Block> {
    let instalments = &trade.terms.instalments;
    if instalments.is_empty() {
        return Vec::new();
    }
    let open = instalments.iter().any(|part| part.open != part.amount);
    let amount = format.language.with("amount-in", [("currency", trade.currency.code().into())]);
    let mut columns =
        vec![column(format.text("instalment"), ColumnKind::Prose), column(format.text("due-on"), ColumnKind::Figure)];
    columns.push(column(amount, ColumnKind::Figure));
    if open {
        columns.push(column(format.text("open"), ColumnKind::Figure));
    }
    let row = |(index, part): (usize, &Instalment)| {
        let mut row = vec![(index + 1).to_string(), format.date(part.due_on), format.amount(part.amount)];
        row.extend(open.then(|| format.amount(part.open)));
        row
    };
    let rows = instalments.iter().enumerate().map(row).collect();
    vec![Block::Heading { text: format.text("instalments") }, Block::Table(Table { columns, rows, sums: Vec::new() })]
}

/// What is asked for now: the first instalment that is open, or all that is payable.
fn request(trade: &Trade) -> Option<(Money, Option<Date>)> {
    if trade.kind != TradeKind::Invoice || trade.totals.payable.minor() <= 0 {
        return None;
    }
    let next = trade.terms.instalments.iter().find(|part| part.open.minor() > 0);
    Some(next.map_or((trade.totals.payable, trade.dates.due_on), |part| (part.open, Some(part.due_on))))
}

fn payment(format: &Format, trade: &Trade, has_code: bool) -> Result<Vec<Block>, PrintError> {
    let sentences = sentences(format, trade)?;
    let bank = banks(&trade.seller, &[trade.currency]).into_iter().next();
    if let Some((amount, due_on)) = request(trade) {
        let caption = has_code.then(|| format.text("scan-to-pay"));
        let code_description = format.text("code-description");
        let request = request_sentence(format, amount, due_on);
        let details = payment_details(format, trade, bank);
        return Ok(vec![Block::Payment(PaymentBox { request, sentences, details, caption, code_description })]);
    }
    let valid = trade.dates.valid_until.filter(|_| trade.kind == TradeKind::Quote);
    let valid = valid.map(|date| format.language.with("valid-sentence", [("date", format.long_date(date).into())]));
    let texts = sentences.into_iter().chain(valid);
    let mut blocks: Vec<Block> = texts.map(|text| Block::Paragraph { text }).collect();
    let paid = trade.kind == TradeKind::Invoice && trade.totals.payable.is_zero() && trade.totals.paid.minor() > 0;
    blocks.extend(paid.then(|| Block::Settled { text: format.text("paid-in-full") }));
    Ok(blocks)
}

fn request_sentence(format: &Format, amount: Money, due_on: Option<Date>) -> String {
    let amount = ("amount", format.money(amount).into());
    match due_on {
        Some(date) => format.language.with("please-pay-by", [amount, ("date", format.long_date(date).into())]),
        None => format.language.with("please-pay", [amount]),
    }
}

fn sentences(format: &Format, trade: &Trade) -> Result<Vec<String>, PrintError> {
    let mut sentences: Vec<String> = trade.terms.text.iter().cloned().collect();
    for early in &trade.terms.early_payment {
        let (percent, discount) = (format.percent(early.percent), format.money(early.discount));
        let (percent, discount) = (("percent", percent.into()), ("discount", discount.into()));
        let until = ("date", format.long_date(early.until).into());
        let rest = ("rest", format.money(trade.totals.payable.minus(early.discount)?).into());
        let key = if request(trade).is_some() { "early-payment" } else { "early-payment-offer" };
        sentences.push(format.language.with(key, [percent, discount, until, rest]));
    }
    Ok(sentences)
}

fn payment_reference(trade: &Trade) -> &str {
    trade.references.payment.as_deref().unwrap_or(&trade.number)
}

fn payment_details(format: &Format, trade: &Trade, bank: Option<&BankAccount>) -> Vec<Pair> {
    let mut details = Vec::new();
    if let Some(bank) = bank {
        details.extend([pair(format.text("account-holder"), &trade.seller.name), account(format, &bank.number)]);
        details.extend(fact(format, "bic", bank.bic.as_ref()));
        details.push(pair(format.text("bank"), &bank.bank));
    }
    details.push(pair(format.text("payment-reference"), payment_reference(trade)));
    details
}

/// The EPC code, where currency, account and amount allow it.
fn code(trade: &Trade) -> Option<String> {
    let (amount, _) = request(trade)?;
    let bank = banks(&trade.seller, &[trade.currency]).into_iter().next()?;
    let name: String = trade.seller.name.chars().take(70).collect();
    let reference = payment_reference(trade);
    let remittance = if epc::is_creditor_reference(reference) {
        Remittance::Structured(reference)
    } else {
        Remittance::Text(reference)
    };
    let (bic, iban) = (bank.bic.as_deref(), bank.number.as_str());
    let payment = EpcPayment { beneficiary: &name, iban, bic, amount, purpose: None, remittance };
    epc::picture(&epc::epc_payload(&payment).ok()?)
}
