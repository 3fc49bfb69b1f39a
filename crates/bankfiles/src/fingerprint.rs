//! What makes a line the same line in another file: account, dates, amount, currency, normalised text, the bank's
//! reference, and how many equal lines came before it.
//!
//! The same file twice, files that overlap by days and an intraday report before the day's statement give each line one
//! fingerprint. A bank that uses a reference again for another line does not hide that line, because the reference is
//! only one part. Equal lines are told apart by their count within the file, so a file has to carry a day's equal lines
//! from the first one on, as statements and growing reports do.

use crate::{BankLine, BankStatement, PaymentFacts};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, fmt};

/// Equal for the same line, wherever it came from.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

/// The fingerprints of all lines of one file, statement by statement.
///
/// All statements of a file are needed at once: a day's equal lines may stand on several pages of a statement. A page
/// that the file repeats is counted once.
pub fn fingerprints(statements: &[BankStatement]) -> Vec<Vec<Fingerprint>> {
    let mut counts: HashMap<[u8; 32], u64> = HashMap::new();
    let mut pages: HashMap<[u8; 32], Vec<Fingerprint>> = HashMap::new();
    let mut all = Vec::with_capacity(statements.len());
    for statement in statements {
        let keys: Vec<_> = statement.lines.iter().map(|line| key(statement, line)).collect();
        let page = page(statement, &keys);
        let found = pages.entry(page).or_insert_with(|| {
            let numbered = keys.into_iter().map(|key| {
                let count = counts.entry(key).or_default();
                *count += 1;
                Fingerprint(Sha256::new().chain_update(key).chain_update(count.to_be_bytes()).finalize().into())
            });
            numbered.collect()
        });
        all.push(found.clone());
    }
    all
}

/// A page is itself by its name, its balances and its lines.
fn page(statement: &BankStatement, keys: &[[u8; 32]]) -> [u8; 32] {
    let mut hash = Hash::default();
    for name in [&statement.account, &statement.id, &statement.number, &statement.sequence] {
        hash.text(name.as_deref());
    }
    for balance in [statement.opening, statement.closing] {
        hash.text(balance.map(|balance| balance.amount.to_string()).as_deref());
    }
    keys.iter().for_each(|key| hash.0.update(key));
    hash.0.finalize().into()
}

fn key(statement: &BankStatement, line: &BankLine) -> [u8; 32] {
    let mut hash = Hash::default();
    hash.text(statement.account.as_deref().map(letters).as_deref());
    hash.text(line.booked_on.map(|date| date.to_string()).as_deref());
    hash.text(line.value_on.map(|date| date.to_string()).as_deref());
    let amount = line.amount.map(|amount| (amount.decimal.normalize().to_string(), amount.currency));
    hash.text(amount.as_ref().map(|(decimal, _)| decimal.as_str()));
    hash.text(amount.and_then(|(_, currency)| currency).map(|code| code.to_string()).as_deref());
    hash.text(Some(&text(line)));
    hash.text(line.bank_reference.as_deref().map(letters).as_deref());
    hash.0.finalize().into()
}

/// Everything a person would compare, without the blanks and signs that banks move about.
fn text(line: &BankLine) -> String {
    let mut text = letters(line.reference.as_deref().unwrap_or_default());
    for payment in std::iter::once(&line.payment).chain(&line.details) {
        let PaymentFacts { end_to_end_id, remittance, counterparty, .. } = &**payment;
        for part in [end_to_end_id, &counterparty.name, &counterparty.account, remittance].into_iter().flatten() {
            text.push('|');
            text.push_str(&letters(part));
        }
    }
    text
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// Each part with its length, so that no two parts can be read as one.
#[derive(Default)]
struct Hash(Sha256);

impl Hash {
    fn text(&mut self, part: Option<&str>) {
        match part {
            Some(part) => {
                self.0.update((part.len() as u64).to_be_bytes());
                self.0.update(part);
            }
            None => self.0.update(u64::MAX.to_be_bytes()),
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Amount, CurrencyCode, Format};
    use kernel::Date;
    use proptest::prelude::*;
    use std::collections::HashSet;

    /// Few values each, so that equal lines and re-used ids are common.
    fn line() -> impl Strategy<Value = BankLine> {
        (0_i64..3, 1_i64..3, 0_u8..2, 0_u8..3).prop_map(|(day, minor, text, id)| {
            let mut line = BankLine {
                booked_on: Date::from_days(20_000 + day),
                amount: Some(Amount::from_minor(minor, CurrencyCode::new("EUR"))),
                bank_reference: (id > 0).then(|| format!("B{id}")),
                ..BankLine::default()
            };
            line.payment.remittance = Some(format!("INV-{text}"));
            line
        })
    }

    fn days() -> impl Strategy<Value = Vec<BankLine>> {
        prop::collection::vec(line(), 0..30).prop_map(|mut lines| {
            lines.sort_by_key(|line| line.booked_on);
            lines
        })
    }

    fn statement(format: Format, lines: &[BankLine]) -> BankStatement {
        let account = Some("DE02120300000000202051".to_owned());
        BankStatement { account, lines: lines.to_vec(), ..BankStatement::new(format) }
    }

    fn take(known: &mut HashSet<Fingerprint>, file: &[BankStatement]) {
        known.extend(fingerprints(file).into_iter().flatten());
    }

    fn of_days(lines: &[BankLine], from: i64, to: i64) -> Vec<BankLine> {
        let fits =
            |line: &&BankLine| (from..to).contains(&line.booked_on.map_or(0, |day| day.days_from_epoch() - 20_000));
        lines.iter().filter(fits).cloned().collect()
    }

    proptest! {
        #[test]
        fn every_line_counts_once_however_often_it_comes(lines in days(), cut in 0_usize..30) {
            let mut known = HashSet::new();
            let whole = [statement(Format::Camt053, &lines)];
            take(&mut known, &whole);
            prop_assert_eq!(known.len(), lines.len());
            take(&mut known, &whole);
            take(&mut known, &[statement(Format::Camt053, &of_days(&lines, 0, 2))]);
            take(&mut known, &[statement(Format::Camt053, &of_days(&lines, 1, 3))]);
            take(&mut known, &[statement(Format::Camt052, &lines[..cut.min(lines.len())])]);
            prop_assert_eq!(known.len(), lines.len());
        }

        #[test]
        fn intraday_and_overlap_before_the_whole(lines in days(), cut in 0_usize..30) {
            let mut known = HashSet::new();
            take(&mut known, &[statement(Format::Camt052, &lines[..cut.min(lines.len())])]);
            take(&mut known, &[statement(Format::Camt053, &of_days(&lines, 0, 2))]);
            take(&mut known, &[statement(Format::Camt053, &of_days(&lines, 1, 3))]);
            prop_assert_eq!(known.len(), lines.len());
        }

        #[test]
        fn pages_of_a_file_count_on(lines in days(), cut in 0_usize..30) {
            let cut = cut.min(lines.len());
            let page = |number: &str, lines| BankStatement { number: Some(number.to_owned()), ..statement(Format::Mt940, lines) };
            let (first, second) = (page("1", &lines[..cut]), page("2", &lines[cut..]));
            let mut known = HashSet::new();
            take(&mut known, &[first.clone(), second, first]);
            prop_assert_eq!(known.len(), lines.len());
        }
    }

    #[test]
    fn a_reused_bank_id_hides_nothing() {
        let mut lines: Vec<_> = (1..=2)
            .map(|minor| BankLine {
                amount: Some(Amount::from_minor(minor, CurrencyCode::new("EUR"))),
                bank_reference: Some("0000000000".to_owned()),
                ..BankLine::default()
            })
            .collect();
        lines.push(lines[0].clone());
        let found = fingerprints(&[statement(Format::Mt940, &lines)]);
        assert_eq!(found[0].iter().collect::<HashSet<_>>().len(), 3);
    }

    #[test]
    fn blanks_and_case_do_not_matter() {
        let of = |text: &str| {
            let mut line = BankLine::default();
            line.payment.remittance = Some(text.to_owned());
            fingerprints(&[statement(Format::Mt940, &[line])]).remove(0).remove(0)
        };
        assert_eq!(of("Rechnung INV-1"), of("RECHNUNG\nINV-1 "));
        assert_ne!(of("INV-1"), of("INV-2"));
    }
}
