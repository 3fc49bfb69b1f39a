//! Invoices, credit notes and debit notes: what issuing one posts and leaves open, and how much of one can be credited.
//!
//! An issued document never changes. A credit note carries positive amounts like its invoice; its open item is negative.

use crate::{ledger::Posting, lines::Totals};
use kernel::{Currency, FxRate, Money, MoneyError, Quantity, allocate, text_enum};
use std::collections::BTreeMap;

text_enum! {
    pub enum InvoiceKind {
        Invoice = "invoice",
        CreditNote = "credit_note",
        DebitNote = "debit_note",
    }
}

impl InvoiceKind {
    /// 1 when the customer owes the document, -1 when it is to their credit.
    pub const fn sign(self) -> i64 {
        match self {
            Self::Invoice | Self::DebitNote => 1,
            Self::CreditNote => -1,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvoiceRefusal {
    #[error("{0} is issued and can no longer be changed; correct it with a credit note")]
    Issued(String),
    #[error("a document needs at least one line")]
    NoLines,
    #[error("the total of {0} is negative; issue a credit note instead")]
    NegativeTotal(Money),
    #[error("{number} is a draft; issue it before crediting it")]
    NotIssued { number: String },
    #[error("{asked} cannot be credited, {left} is left of what was invoiced")]
    TooMuchCredited { asked: Quantity, left: Quantity },
    #[error("nothing of {0} is left to credit")]
    NothingLeft(String),
    #[error("this draft bills an order; delete it and bill the order anew to change quantities, prices or taxes")]
    LinesOfAnOrder,
    #[error("a {0} has no quittance; it is no debt that somebody could settle")]
    NoDebt(&'static str),
    #[error("{open} of {number} is open; its quittance can be printed when it is settled in full")]
    NotSettled { number: String, open: Money },
    #[error("{amount} of {number} was written off; a quittance says that a debt was settled, not given up")]
    WrittenOff { number: String, amount: Money },
}

/// Whether the receipt of full settlement may be printed; the number of the document that it is for.
pub fn may_acquit(
    kind: InvoiceKind,
    number: Option<&str>,
    open: Money,
    written_off: Money,
) -> Result<&str, InvoiceRefusal> {
    let number = number.ok_or(InvoiceRefusal::NoDebt("draft"))?;
    if kind == InvoiceKind::CreditNote {
        return Err(InvoiceRefusal::NoDebt("credit note"));
    }
    if !open.is_zero() {
        return Err(InvoiceRefusal::NotSettled { number: number.to_owned(), open });
    }
    if !written_off.is_zero() {
        return Err(InvoiceRefusal::WrittenOff { number: number.to_owned(), amount: written_off });
    }
    Ok(number)
}

/// The document's amounts in base currency; net and tax add up to gross.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BaseTotals {
    pub net_minor: i64,
    pub tax_minor: i64,
    pub gross_minor: i64,
}

/// Gross and tax are converted and rounded; net is the rest.
pub fn base_totals(totals: &Totals, rate: FxRate, base: Currency) -> Result<BaseTotals, MoneyError> {
    let gross_minor = totals.gross.converted(rate, base)?.minor();
    let tax_minor = totals.tax.converted(rate, base)?.minor();
    Ok(BaseTotals { net_minor: gross_minor - tax_minor, tax_minor, gross_minor })
}

/// What a document posts: its gross on receivables, its nets and taxes by account.
pub struct IssueAmounts<'a> {
    pub kind: InvoiceKind,
    pub gross: Money,
    pub base: BaseTotals,
    pub receivables: &'a str,
    /// Revenue account and net of each line.
    pub revenue: Vec<(&'a str, i64)>,
    /// Tax account and tax of each rate.
    pub tax: Vec<(&'a str, i64)>,
}

/// The legs of issuing: Dr receivables, Cr revenue, Cr tax; the other way round for a credit note.
pub fn issue_postings(amounts: &IssueAmounts<'_>) -> Vec<Posting> {
    let (sign, currency) = (amounts.kind.sign(), amounts.gross.currency());
    let leg = |account: &str, minor: i64, base_minor: i64| Posting {
        account: account.to_owned(),
        money: Money::new(minor * sign, currency),
        base_minor: base_minor * sign,
    };
    let mut legs = vec![leg(amounts.receivables, amounts.gross.minor(), amounts.base.gross_minor)];
    for (parts, base_total) in [(&amounts.revenue, amounts.base.net_minor), (&amounts.tax, amounts.base.tax_minor)] {
        let mut by_account: BTreeMap<&str, i64> = BTreeMap::new();
        for (account, minor) in parts {
            *by_account.entry(account).or_default() += minor;
        }
        let minors: Vec<i64> = by_account.values().copied().collect();
        let shares = base_shares(&minors, base_total);
        legs.extend(by_account.iter().zip(shares).map(|((account, minor), base)| leg(account, -minor, -base)));
    }
    legs
}

/// A total in base currency shared over amounts: of one sign by largest remainder; of mixed signs in proportion, with the
/// rest on the largest.
pub fn base_shares(amounts: &[i64], base_total: i64) -> Vec<i64> {
    let total: i64 = amounts.iter().sum();
    if total == base_total {
        return amounts.to_vec();
    }
    if amounts.iter().all(|&amount| amount >= 0) {
        return allocate(base_total, amounts);
    }
    let exact = |amount: i64| crate::items::base_share(amount, total, base_total);
    let mut shares: Vec<i64> = amounts.iter().map(|&amount| exact(amount)).collect();
    let rest = base_total - shares.iter().sum::<i64>();
    let largest = (0..amounts.len()).max_by_key(|&index| amounts[index].abs());
    if let Some(largest) = largest {
        shares[largest] += rest;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ledger::imbalance,
        lines::{LineInput, PriceMode, TaxRounding, price},
        taxes::{AppliedTax, TaxCategory},
    };
    use kernel::TaxCodeId;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn line(quantity: &str, price: &str, rate: &str) -> LineInput {
        let rate: kernel::Percent = rate.parse().unwrap();
        let category = if rate.is_zero() { TaxCategory::ZeroRated } else { TaxCategory::Standard };
        LineInput {
            product: None,
            description: "Work".into(),
            quantity: quantity.parse().unwrap(),
            unit: "h".into(),
            unit_price: price.parse().unwrap(),
            discount_percent: None,
            tax: AppliedTax {
                code: TaxCodeId(Uuid::from_u128(u128::from(rate.scaled().unsigned_abs()))),
                category,
                rate,
            },
        }
    }

    fn legs(kind: InvoiceKind, lines: &[LineInput], currency: Currency, rate: &str) -> (Totals, Vec<Posting>) {
        let totals = price(lines, currency, PriceMode::TaxExclusive, TaxRounding::PerDocument).unwrap();
        let base = base_totals(&totals, rate.parse().unwrap(), Currency::EUR).unwrap();
        let account = |n: usize| if n.is_multiple_of(2) { "4000" } else { "4100" };
        let postings = issue_postings(&IssueAmounts {
            kind,
            gross: totals.gross,
            base,
            receivables: "1100",
            revenue: totals.lines.iter().enumerate().map(|(n, line)| (account(n), line.net.minor())).collect(),
            tax: totals.taxes.iter().map(|tax| ("2200", tax.tax.minor())).collect(),
        });
        (totals, postings)
    }

    #[test]
    fn an_invoice_debits_receivables() {
        // 2 h at 100.00 and 1 h at 50.00, 19 %: net 250.00, tax 47.50, gross 297.50.
        let (_, legs) =
            legs(InvoiceKind::Invoice, &[line("2", "100", "19"), line("1", "50", "19")], Currency::EUR, "1");
        let amounts: Vec<(&str, i64)> = legs.iter().map(|p| (p.account.as_str(), p.money.minor())).collect();
        assert_eq!(amounts, [("1100", 29_750), ("4000", -20_000), ("4100", -5_000), ("2200", -4_750)]);
    }

    #[test]
    fn a_credit_note_is_the_mirror() {
        let lines = [line("1", "100", "19")];
        let (_, invoice) = legs(InvoiceKind::Invoice, &lines, Currency::USD, "0.9");
        let (_, credit) = legs(InvoiceKind::CreditNote, &lines, Currency::USD, "0.9");
        assert_eq!(crate::ledger::reversed(&invoice), credit);
        // 119.00 USD at 0.9 is 107.10 EUR, tax 19.00 is 17.10, net the rest.
        assert_eq!(invoice.iter().map(|p| p.base_minor).collect::<Vec<_>>(), [10_710, -9_000, -1_710]);
    }

    proptest! {
        #[test]
        fn issuing_always_balances(
            lines in prop::collection::vec((-500_i64..5_000, 0_i64..9_999_999, prop::sample::select(vec!["19", "7", "0"])), 1..8),
            rate in 1_i64..5_000_000_000,
        ) {
            let lines: Vec<LineInput> = lines
                .into_iter()
                .map(|(quantity, price, tax)| line(&format!("{quantity}"), &kernel::Decimal::new(price, 3).to_string(), tax))
                .collect();
            let rate = FxRate::from_scaled(rate).to_string();
            let (totals, postings) = legs(InvoiceKind::Invoice, &lines, Currency::USD, &rate);
            prop_assert_eq!(imbalance(&postings), None);
            prop_assert_eq!(postings[0].money, totals.gross);
        }
    }
}
