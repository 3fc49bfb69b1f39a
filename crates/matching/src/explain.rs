//! One sentence for the clerk: what is paid, how we know, who pays, and why the sums differ.
//!
//! Reads an answer, changes nothing. Amounts are written plainly, `12.50`; the page adds the currency.

use crate::differences::{Difference, Short};
use crate::index::ItemAt;
use crate::payers::Evidence;
use crate::references::Fit;
use crate::search::{Hypothesis, Search, Source, Suspect};
use kernel::{Currency, Money};

pub(crate) fn differences(search: &Search<'_>, hypothesis: &Hypothesis) -> Vec<Difference> {
    let way = &hypothesis.way;
    let mut all = Vec::new();
    for part in &way.parts {
        let entry = &search.book.items[part.item as usize];
        let (item, minor) = (entry.id.to_string(), entry.open - part.amount);
        let reason = || search.reading.reason.map(str::to_owned);
        all.extend(part.short.map(|short| match short {
            Short::Earned => Difference::DiscountEarned { item, minor },
            Short::Unearned => Difference::DiscountUnearned { item, minor },
            Short::Stated => {
                Difference::Deduction { item, minor, reason: reason().or(Some("stated in the text".to_owned())) }
            }
            Short::Unstated => Difference::Deduction { item, minor, reason: reason() },
            Short::Tax => Difference::WithholdingTax { item, minor },
            Short::Rounding => Difference::Rounding { item, minor },
            Short::Part => Difference::PartPayment { item, left_minor: minor },
        }));
    }
    if way.fee != 0 {
        all.push(Difference::BankFee { minor: way.fee });
    }
    if way.exchange != 0 {
        all.push(Difference::Exchange { minor: way.exchange });
    }
    if way.unapplied != 0 {
        all.push(Difference::Overpayment { minor: way.unapplied });
    }
    all
}

pub(crate) fn sentence(search: &Search<'_>, suspect: &Suspect, hypothesis: &Hypothesis, rivals: usize) -> String {
    let items: Vec<ItemAt> = hypothesis.way.parts.iter().map(|part| part.item).collect();
    let numbers: Vec<&str> = items.iter().map(|&item| &*search.book.items[item as usize].number).collect();
    let how = how(suspect, hypothesis, &items);
    let client = &search.book.clients[suspect.client as usize].facts;
    let mut text = format!("pays {}{how}; payer {} ({})", list(&numbers), client.name, who(&suspect.evidence));
    let currency = search.line.amount.currency();
    for difference in differences(search, hypothesis) {
        text.push_str("; ");
        text.push_str(&why(search, &difference, currency));
    }
    if rivals > 0 {
        text.push_str(&format!(
            "; {rivals} other {} the same sum",
            if rivals == 1 { "choice gives" } else { "choices give" }
        ));
    }
    text
}

fn how(suspect: &Suspect, hypothesis: &Hypothesis, items: &[ItemAt]) -> String {
    let fit =
        |item: &ItemAt| suspect.names.iter().flatten().filter(|(named, _)| named == item).map(|(_, fit)| *fit).min();
    let fits: Vec<Fit> = items.iter().filter_map(fit).collect();
    let named = match fits.iter().max() {
        None => "",
        Some(Fit::Exact | Fit::Digits) => " named in the text",
        Some(Fit::Order) => " by the order number in the text",
        Some(Fit::Ending) => " by the last digits in the text",
        Some(Fit::CutOff) => " by a number cut off in the text",
        Some(Fit::Slip | Fit::EndingSlip) => " by a mistyped number in the text",
    };
    let open = items.len() - fits.len();
    match (hypothesis.source, fits.len(), open) {
        (Source::Advice, ..) => " as the remittance advice says".to_owned(),
        (_, 0, 1) => ", the open item that fits the amount".to_owned(),
        (Source::Account, 0, _) => ", all that is open or due".to_owned(),
        (_, 0, _) => ", which together fit the amount".to_owned(),
        (_, _, 0) => named.to_owned(),
        (_, _, more) => format!("{named}, {more} of them only by the sum"),
    }
}

fn who(evidence: &Evidence) -> &'static str {
    match evidence {
        evidence if evidence.own_iban => "by account",
        evidence if evidence.taught_iban > evidence.taught_iban_others => "paid from this account before",
        evidence if evidence.quoted_number => "customer number in the text",
        evidence if evidence.name > 0.98 => "by name",
        evidence if evidence.parent => "parent company",
        evidence if evidence.taught_name > evidence.taught_name_others => "paid under this name before",
        evidence if evidence.name > 0.7 => "similar name",
        evidence if evidence.name > 0.5 => "abbreviated name",
        _ => "paid by somebody else",
    }
}

fn why(search: &Search<'_>, difference: &Difference, currency: Currency) -> String {
    let money = |minor: i64| Money::new(minor, currency).to_decimal();
    let terms = |id: &str| {
        let entry = search.book.item(id).map(|at| &search.book.items[at as usize]);
        let terms = entry.and_then(|entry| Some((entry.discount?.0, entry.discount?.1 - entry.issued_day)));
        terms.map_or_else(String::new, |(points, days)| {
            format!("{}.{:02}% within {days} days", points / 100, points % 100)
        })
    };
    match difference {
        Difference::BankFee { minor } => format!("{} short = bank fee", money(*minor)),
        Difference::DiscountEarned { item, minor } => format!("{} short = discount of {}", money(*minor), terms(item)),
        Difference::DiscountUnearned { item, minor } => {
            format!("{} short = discount of {}, taken too late", money(*minor), terms(item))
        }
        Difference::Deduction { minor, reason: Some(reason), .. } => format!("{} short = {reason}", money(*minor)),
        Difference::Deduction { minor, .. } => format!("{} short without a reason given", money(*minor)),
        Difference::WithholdingTax { minor, .. } => format!("{} short = tax withheld", money(*minor)),
        Difference::Rounding { minor, .. } => format!("{} short = rounding", money(*minor)),
        Difference::Exchange { minor } if *minor > 0 => format!("{} lost in the exchange of currencies", money(*minor)),
        Difference::Exchange { minor } => format!("{} gained in the exchange of currencies", money(-*minor)),
        Difference::Overpayment { minor } => format!("{} too much, left unapplied", money(*minor)),
        Difference::PartPayment { left_minor, .. } => format!("part payment, {} stays open", money(*left_minor)),
    }
}

fn list(numbers: &[&str]) -> String {
    match numbers {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] if first.len() < 5 => format!("{} and {last}", first.join(", ")),
        [first, .., last] => format!("{} items from {first} to {last}", numbers.len()),
    }
}
