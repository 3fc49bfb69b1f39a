//! What a bank kept of the money, as the text says it: `less bank charges EUR 12.50`, `Entgelt 12,50`, `/CHGS/EUR12,50/`.
//!
//! Only what stands beside a word of charges counts. What freight costs is no charge of a bank.

use crate::text::{self, Atom};
use crate::words::{self, Says};
use kernel::Currency;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Charges {
    /// The text speaks of a bank's charges.
    pub(crate) are_said: bool,
    /// How much they are, in minor units of two decimals.
    pub(crate) amounts: Vec<i64>,
}

/// So many words may stand between the charges and their sum.
const NEAR: usize = 5;
/// A whole number is a sum of charges up to here, and a number of something else above.
const MOST_WHOLE: i64 = 99;

impl Charges {
    pub(crate) fn read(atoms: &[Atom<'_>], folded: &str) -> Self {
        let mut charges = Self::default();
        for at in (0..atoms.len()).filter(|&at| is_charge(atoms, at)) {
            charges.are_said = true;
            let ahead = (at + 1..atoms.len().min(at + 1 + NEAR)).take_while(|&next| !is_reason(&atoms[next]));
            let after = ahead.clone().find(|&next| atoms[next].is_number);
            let names_money = |atom: &Atom<'_>| is_of_banks(atom.text) || atom.text.parse::<Currency>().is_ok();
            let before = || (0..at).rev().find(|&place| !names_money(&atoms[place]));
            let sum = match after {
                Some(next) => sum_from(atoms, next, folded).map(|(minor, _)| minor),
                None => before().filter(|&last| atoms[last].is_number).and_then(|last| sum_to(atoms, last, folded)),
            };
            charges.amounts.extend(sum.filter(|minor| *minor > 0 && !charges.amounts.contains(minor)));
        }
        charges
    }
}

/// Whether a text speaks of what banks keep.
pub fn speaks_of_charges(text: &str) -> bool {
    let folded = text::fold(text);
    Charges::read(&text::atoms(&folded), &folded).are_said
}

fn is_charge(atoms: &[Atom<'_>], at: usize) -> bool {
    let says = |what: Says| words::said(atoms[at].text).contains(&what);
    let beside = || atoms[at.saturating_sub(2)..atoms.len().min(at + 3)].iter();
    let is_of_goods = || atoms[at.saturating_sub(1)..atoms.len().min(at + 3)].iter().any(is_freight);
    !atoms[at].is_number
        && (says(Says::Charges) || (says(Says::Costs) && beside().any(|atom| is_of_banks(atom.text))))
        && !is_of_goods()
}

fn is_of_banks(word: &str) -> bool {
    const BANKS: [&str; 8] = ["BANK", "BANC", "BANQ", "SWIFT", "WIRE", "TRANSF", "VIREMENT", "CORRESP"];
    BANKS.iter().any(|head| word.starts_with(head))
}

fn is_freight(atom: &Atom<'_>) -> bool {
    words::said(atom.text).contains(&Says::Reason("freight"))
}

fn is_reason(atom: &Atom<'_>) -> bool {
    words::said(atom.text).iter().any(|said| matches!(said, Says::Reason(_)))
}

/// `1.234,56`, `12.5`, `12,` and `12` as minor units, and the atom after it.
fn sum_from(atoms: &[Atom<'_>], at: usize, folded: &str) -> Option<(i64, usize)> {
    let gap = |next: usize| folded.get(atoms[next - 1].end..atoms[next].start).unwrap_or("");
    let point = |next: usize| next < atoms.len() && atoms[next].is_number && matches!(gap(next), "." | "," | "'");
    let mut end = at;
    while point(end + 1) && atoms[end + 1].text.len() == 3 {
        end += 1;
    }
    let whole: String = atoms[at..=end].iter().map(|atom| atom.text).collect();
    let whole: i64 = whole.parse().ok()?;
    if point(end + 1) && atoms[end + 1].text.len() <= 2 {
        let cents: i64 = atoms[end + 1].text.parse().ok()?;
        let tens = if atoms[end + 1].text.len() == 1 { 10 } else { 1 };
        return whole.checked_mul(100)?.checked_add(cents * tens).map(|minor| (minor, end + 2));
    }
    let goes_on = end + 1 < atoms.len() && matches!(gap(end + 1), "-" | "/") && atoms[end + 1].is_number;
    let is_percent = folded[atoms[end].end..].trim_start().starts_with('%');
    (end == at && whole <= MOST_WHOLE && !goes_on && !is_percent).then_some((whole * 100, end + 1))
}

/// The sum of which the atom `last` is the end.
fn sum_to(atoms: &[Atom<'_>], last: usize, folded: &str) -> Option<i64> {
    let starts = (last.saturating_sub(3)..=last).filter(|&at| atoms[at].is_number);
    let mut ends = starts.filter_map(|at| sum_from(atoms, at, folded).filter(|(_, next)| *next == last + 1));
    // A whole number before the word may be anything: only cents make it a sum.
    ends.next().filter(|_| last > 0 && atoms[last - 1].is_number).map(|(minor, _)| minor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{atoms, fold};

    fn read(text: &str) -> Charges {
        let folded = fold(text);
        Charges::read(&atoms(&folded), &folded)
    }

    #[test]
    fn what_stands_beside_a_word_of_charges_is_what_the_bank_kept() {
        for (text, minor) in [
            ("INV-1041 less bank charges EUR 12.50", 1_250),
            ("charges 12.50 INV-1041", 1_250),
            ("RE 1041 abzgl. Entgelt 12,50", 1_250),
            ("INV-1041 /CHGS/EUR12,5/", 1_250),
            ("/OCMT/EUR1190,00/CHGS/EUR12,50/INV-1041", 1_250),
            ("INV-1041 /OUR/ CHGS EUR 65,00", 6_500),
            ("Facture 1041 frais bancaires 15,00", 1_500),
            ("factura 1041 gastos bancarios de 8,00 EUR", 800),
            ("Bankspesen in Höhe von EUR 12", 1_200),
            ("INV-1041 EUR 12.50 bank charges deducted", 1_250),
        ] {
            assert_eq!(read(text), Charges { are_said: true, amounts: vec![minor] }, "{text}");
        }
        assert_eq!(read("INV-1041 net of bank fees"), Charges { are_said: true, amounts: Vec::new() });
    }

    #[test]
    fn what_freight_costs_or_a_number_is_no_charge() {
        for text in ["INV-1041 freight charges 40.00", "frais de port 12,50", "Kosten 12,50", "Frachtkosten 40,00"] {
            assert_eq!(read(text), Charges::default(), "{text}");
        }
        assert_eq!(read("INV-1041 less fees, Retoure 50.00").amounts, Vec::<i64>::new());
        assert_eq!(read("INV-1041 1190.00 less bank charges").amounts, Vec::<i64>::new());
        assert_eq!(read("1041 charges").amounts, Vec::<i64>::new());
        assert_eq!(read("charges INV-1041").amounts, Vec::<i64>::new());
    }
}
