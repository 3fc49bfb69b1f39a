//! One sentence for the clerk: what is paid, how we know, who pays, and why the sums differ.
//!
//! Reads an answer, changes nothing. Amounts are written plainly, `12.50`; the page adds the currency.

use crate::differences::{Difference, Part, Short};
use crate::index::{ItemAt, share};
use crate::payers::Evidence;
use crate::references::Fit;
use crate::search::{Hypothesis, Search, Source, Suspect};
use crate::words;
use kernel::{Currency, Money};

/// In hundredths of a percent: more than this is no discount for paying early, whatever it is called.
const HIGHEST_DISCOUNT: u32 = 500;

pub(crate) fn differences(search: &Search<'_>, hypothesis: &Hypothesis) -> Vec<Difference> {
    let way = &hypothesis.way;
    let mut all: Vec<Difference> = way.parts.iter().filter_map(|part| difference(search, part)).collect();
    if way.fee != 0 {
        all.push(Difference::BankFee { minor: way.fee });
    }
    if way.exchange != 0 {
        all.push(Difference::Exchange { minor: way.exchange });
    }
    if way.unapplied != 0 {
        all.push(too_much(search, hypothesis));
    }
    all
}

/// Why one item gets less than is open; the words of the text tell a tax and a discount from any other deduction.
fn difference(search: &Search<'_>, part: &Part) -> Option<Difference> {
    let entry = &search.book.items[part.item as usize];
    let (item, minor) = (entry.id.to_string(), entry.open - part.amount);
    let reason = search.reading.reason;
    let is_discount = reason == Some(words::DISCOUNT) && minor <= share(entry.open, HIGHEST_DISCOUNT);
    Some(match part.short? {
        Short::Earned => Difference::DiscountEarned { item, minor },
        Short::Unearned => Difference::DiscountUnearned { item, minor },
        Short::Stated | Short::Unstated if reason == Some(words::WITHHELD) => {
            Difference::WithholdingTax { item, minor }
        }
        Short::Stated | Short::Unstated if is_discount => Difference::DiscountUnearned { item, minor },
        Short::Stated => {
            let reason = reason.unwrap_or("stated in the text").to_owned();
            Difference::Deduction { item, minor, reason: Some(reason) }
        }
        Short::Unstated => Difference::Deduction { item, minor, reason: reason.map(str::to_owned) },
        Short::Tax => Difference::WithholdingTax { item, minor },
        Short::Rounding => Difference::Rounding { item, minor },
        Short::Part => Difference::PartPayment { item, left_minor: minor },
    })
}

/// A cent or two too much is a rounding as a cent or two too little is.
fn too_much(search: &Search<'_>, hypothesis: &Hypothesis) -> Difference {
    let minor = hypothesis.way.unapplied;
    let largest = hypothesis.way.parts.iter().max_by_key(|part| (part.amount, std::cmp::Reverse(part.item)));
    let entry = largest.map(|part| &search.book.items[part.item as usize]);
    match entry.filter(|entry| minor <= search.book.clients[entry.customer as usize].tolerance_minor()) {
        Some(entry) => Difference::Rounding { item: entry.id.to_string(), minor: -minor },
        None => Difference::Overpayment { minor },
    }
}

pub(crate) fn sentence(search: &Search<'_>, suspect: &Suspect, hypothesis: &Hypothesis, rivals: usize) -> String {
    let items: Vec<ItemAt> = hypothesis.way.parts.iter().map(|part| part.item).collect();
    let numbers: Vec<&str> = items.iter().map(|&item| &*search.book.items[item as usize].number).collect();
    let differences = differences(search, hypothesis);
    let how = how(suspect, hypothesis, &items, fits_the_sum(&differences));
    let client = &search.book.clients[suspect.client as usize].facts;
    let mut text = format!("pays {}{how}; payer {} ({})", list(&numbers), client.name, who(&suspect.evidence));
    let currency = search.line.amount.currency();
    for difference in &differences {
        text.push_str("; ");
        text.push_str(&why(search, difference, currency));
    }
    if rivals > 0 {
        text.push_str(&format!(
            "; {rivals} other {} the same sum",
            if rivals == 1 { "choice gives" } else { "choices give" }
        ));
    }
    text
}

/// Fees, discounts and taxes are known ways for less to come; what nobody explains does not fit.
fn fits_the_sum(differences: &[Difference]) -> bool {
    use Difference::{Deduction, Overpayment, PartPayment};
    !differences.iter().any(|it| matches!(it, Deduction { .. } | Overpayment { .. } | PartPayment { .. }))
}

fn how(suspect: &Suspect, hypothesis: &Hypothesis, items: &[ItemAt], fits_the_sum: bool) -> String {
    let fit = |item: &ItemAt| suspect.named().filter(|(named, _)| named == item).map(|(_, fit)| fit).min();
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
        _ if hypothesis.is_allotted => format!("{named}, to each the amount beside it"),
        (Source::Account, 0, _) => ", all that is open or due".to_owned(),
        (_, 0, _) if !fits_the_sum => ", which nothing names".to_owned(),
        (_, 0, 1) => ", the open item that fits the amount".to_owned(),
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
        Difference::DiscountEarned { item, minor } => match terms(item) {
            terms if terms.is_empty() => format!("{} short = the agreed discount", money(*minor)),
            terms => format!("{} short = discount of {terms}", money(*minor)),
        },
        Difference::DiscountUnearned { item, minor } => match terms(item) {
            terms if terms.is_empty() => format!("{} short = a discount that nobody granted", money(*minor)),
            terms => format!("{} short = discount of {terms}, taken too late", money(*minor)),
        },
        Difference::Deduction { minor, reason: Some(reason), .. } => format!("{} short = {reason}", money(*minor)),
        Difference::Deduction { minor, .. } => format!("{} short without a reason given", money(*minor)),
        Difference::WithholdingTax { minor, .. } => format!("{} short = tax withheld", money(*minor)),
        Difference::Rounding { minor, .. } if *minor < 0 => format!("{} too much = rounding", money(-*minor)),
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
