//! Why the money is not what is open: fee, discount, deduction, tax, rounding, exchange, part payment, too much.
//!
//! `settle` takes items and the money and returns the ways in which the one can settle the other, each difference typed,
//! the likeliest first. Sums are exact: allocations + unapplied − fee − exchange difference = the money.

use crate::index::{Book, Client, ItemAt, share};
use crate::learnt::Learnt;
use crate::subsets;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covers {
    /// The item is settled with its whole open amount.
    Full,
    /// The amount is what was paid; the rest is a typed difference and the item is settled.
    Reduced,
    /// The rest stays open.
    Part,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Difference {
    BankFee { minor: i64 },
    DiscountEarned { item: String, minor: i64 },
    DiscountUnearned { item: String, minor: i64 },
    Deduction { item: String, minor: i64, reason: Option<String> },
    WithholdingTax { item: String, minor: i64 },
    Rounding { item: String, minor: i64 },
    Exchange { minor: i64 },
    Overpayment { minor: i64 },
    PartPayment { item: String, left_minor: i64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) item: ItemAt,
    pub(crate) amount: i64,
    pub(crate) covers: Covers,
    pub(crate) short: Option<Short>,
}

/// Why one item gets less than is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Short {
    Earned,
    Unearned,
    Stated,
    Unstated,
    Tax,
    Rounding,
    Part,
}

/// One way in which the money settles these items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settlement {
    pub(crate) parts: Vec<Part>,
    pub(crate) fee: i64,
    pub(crate) unapplied: i64,
    /// Allocations less the money, where the bank exchanged it.
    pub(crate) exchange: i64,
    /// How many items could as well carry the deduction.
    pub(crate) bearers: u32,
    /// How many other sets of discounts explain the same sum.
    pub(crate) discount_ways: u32,
}

/// The money and what the payer said about it.
pub(crate) struct Money<'a> {
    pub(crate) amount: i64,
    pub(crate) exchanged: bool,
    pub(crate) day: i32,
    /// Amounts that the text states.
    pub(crate) stated: &'a [i64],
    /// What the bank took, as it or the text tells.
    pub(crate) charges: Vec<i64>,
    /// The text speaks of charges, or the money came from abroad: a fee that nobody names is likely.
    pub(crate) says_charges: bool,
    pub(crate) is_from_abroad: bool,
    pub(crate) says_tax: bool,
    pub(crate) usual_fees: &'a [i64],
    pub(crate) book: &'a Book,
    pub(crate) learnt: &'a Learnt,
}

/// What a fee is that nobody names: in minor units, and as a part of what was due.
const SMALLEST_FEE: i64 = 200;
const LARGEST_FEE: i64 = 5_000;
const FEE_PART: i64 = 200;
/// From abroad, and of who pays net of fees, it may be a larger part; seen before or said without its sum a larger still.
const LIKELY_FEE_PART: i64 = 20;
const USUAL_FEE_PART: i64 = 2;
/// So many payments with a fee make a customer one who pays net of fees.
const NET_PAYER: i64 = 2;
/// In hundredths of a percent: no state has more withheld of an invoice.
const HIGHEST_TAX: u32 = 3_500;

/// A sum as banks ask it.
pub(crate) const fn is_round_fee(minor: i64) -> bool {
    minor >= SMALLEST_FEE && minor <= LARGEST_FEE && minor % 50 == 0
}

impl Money<'_> {
    pub(crate) fn settle(&self, items: &[ItemAt]) -> Vec<Settlement> {
        let open: i64 = items.iter().map(|&item| self.open(item)).sum();
        let gap = self.amount - open;
        if gap == 0 {
            return vec![self.whole(items)];
        }
        let mut ways = Vec::new();
        if self.exchanged {
            self.exchanged_ways(items, open, &mut ways);
        }
        if gap > 0 {
            ways.push(Settlement { unapplied: gap, ..self.whole(items) });
            ways.extend(self.discounted(items, -gap, 0));
            return ways;
        }
        self.shortfall(items, -gap, &mut ways);
        ways
    }

    /// What the payer means for each item, item by item; the whole money must be given. Credits are used whole.
    pub(crate) fn allot(&self, pieces: &[(ItemAt, i64)]) -> Option<Settlement> {
        if pieces.iter().map(|(_, paid)| paid).sum::<i64>() != self.amount {
            return None;
        }
        let mut all = Settlement::default();
        for &(item, paid) in pieces {
            if self.open(item) < 0 && self.open(item) != paid {
                return None;
            }
            let (stated, usual_fees) = (&[], &[]);
            let own = Money { amount: paid, exchanged: false, stated, charges: Vec::new(), usual_fees, ..*self };
            let way = own.settle(&[item]).into_iter().next()?;
            all.parts.extend(way.parts);
            all.fee += way.fee;
            all.unapplied += way.unapplied;
            all.discount_ways = all.discount_ways.max(way.discount_ways);
        }
        all.bearers = u32::from(all.parts.iter().any(|part| part.short.is_some()));
        Some(all)
    }

    /// The exchange took or gave a little; beside it what the payer states, or the discounts.
    fn exchanged_ways(&self, items: &[ItemAt], open: i64, ways: &mut Vec<Settlement>) {
        let gap = self.amount - open;
        let small = |off: i64| off.abs() * 1_000 <= open.abs() * 15;
        for &fee in self.charges.iter().filter(|fee| small(gap + **fee)) {
            ways.push(Settlement { fee, exchange: -gap - fee, ..self.whole(items) });
        }
        if small(gap) {
            ways.push(Settlement { exchange: -gap, ..self.whole(items) });
        }
        let mut off = Vec::new();
        for sum in self.stated_sums().into_iter().filter(|sum| small(gap + sum)) {
            off.extend(self.deducted(items, sum, Short::Stated, 0));
        }
        let discounts: i64 = items.iter().map(|&item| self.book.items[item as usize].discount_minor()).sum();
        if discounts > 0 && small(gap + discounts) {
            off.extend(self.discounted(items, discounts, 0).into_iter().take(1));
        }
        for way in off {
            let allocated: i64 = way.parts.iter().map(|part| part.amount).sum();
            ways.push(Settlement { exchange: allocated - self.amount, ..way });
        }
    }

    fn shortfall(&self, items: &[ItemAt], short: i64, ways: &mut Vec<Settlement>) {
        ways.extend(self.discounted(items, short, 0));
        ways.extend(self.agreed(items, short));
        // A round sum's two per cent are as round as a fee: what was offered is what was taken.
        let offered = items.len() == 1 && self.book.items[items[0] as usize].discount_minor() == short;
        let stated = self.stated_sums().into_iter().find(|&sum| sum == short);
        let is_told = self.charges.contains(&short);
        if stated.is_some() && !is_told {
            ways.extend(self.deducted(items, short, Short::Stated, 0));
        }
        for sum in self.stated_sums() {
            let rest = short - sum;
            if rest > 0 && self.is_fee(items, rest) {
                ways.extend(self.deducted(items, sum, Short::Stated, rest));
            } else if rest > 0 {
                ways.extend(self.discounted_and_deducted(items, rest, sum));
            }
        }
        if self.is_fee(items, short) && (!offered || is_told || self.usual_fees.contains(&short)) {
            ways.push(Settlement { fee: short, ..self.whole(items) });
        }
        for &fee in self.charges.iter().chain(self.usual_fees).filter(|fee| **fee < short) {
            ways.extend(self.discounted(items, short - fee, fee));
        }
        if stated.is_none() && !is_told {
            let single = items.len() == 1;
            ways.extend(self.withheld(items, short));
            self.fraction(items, ways);
            let is_part = single && short * 100 > 22 * self.open(items[0]) && !self.says_tax;
            let kind = if is_part { Short::Part } else { Short::Unstated };
            ways.extend(self.deducted(items, short, kind, 0));
        }
    }

    fn open(&self, item: ItemAt) -> i64 {
        self.book.items[item as usize].open
    }

    pub(crate) fn whole(&self, items: &[ItemAt]) -> Settlement {
        let full = |&item: &ItemAt| Part { item, amount: self.open(item), covers: Covers::Full, short: None };
        Settlement { parts: items.iter().map(full).collect(), ..Settlement::default() }
    }

    /// Whether a bank may have kept so much: it or the payer says so, or it looks like a fee.
    fn is_fee(&self, items: &[ItemAt], minor: i64) -> bool {
        let due: i64 = items.iter().map(|&item| self.open(item)).sum();
        let is_part = |of: i64| minor <= due / of;
        let is_usual = self.usual_fees.contains(&minor) && is_part(USUAL_FEE_PART);
        let is_said = self.says_charges && self.charges.is_empty() && minor <= LARGEST_FEE && is_part(USUAL_FEE_PART);
        let is_likely = || {
            let is_expected = self.is_from_abroad || self.is_net_payer(items);
            is_round_fee(minor) && is_part(if is_expected { LIKELY_FEE_PART } else { FEE_PART })
        };
        self.charges.contains(&minor) || (!self.is_small(items, minor) && (is_usual || is_said || is_likely()))
    }

    fn is_net_payer(&self, items: &[ItemAt]) -> bool {
        self.client(items).is_some_and(|client| self.learnt.habit(&client.facts.id).fees >= NET_PAYER)
    }

    /// Whether it is worth asking if a fee is missing.
    pub(crate) fn may_be_fee(&self, minor: i64) -> bool {
        self.charges.contains(&minor) || self.usual_fees.contains(&minor) || is_round_fee(minor)
    }

    /// Every sum of one or more stated amounts; at most three amounts count.
    pub(crate) fn stated_sums(&self) -> Vec<i64> {
        let stated = &self.stated[..self.stated.len().min(3)];
        let mut sums: Vec<i64> = (1_usize..1 << stated.len())
            .map(|mask| stated.iter().enumerate().filter(|(bit, _)| mask & (1 << bit) != 0).map(|(_, sum)| sum).sum())
            .collect();
        sums.sort_unstable();
        sums.dedup();
        sums
    }

    /// What may be missing by the payer's or the bank's own words.
    pub(crate) fn missing_sums(&self) -> Vec<i64> {
        let mut sums = self.stated_sums();
        sums.extend(&self.charges);
        sums
    }

    /// Discounts that together are the shortfall, cent for cent or a cent off for each item.
    fn discounted(&self, items: &[ItemAt], short: i64, fee: i64) -> Vec<Settlement> {
        let offered: Vec<(usize, i64)> = items
            .iter()
            .enumerate()
            .map(|(at, &item)| (at, self.book.items[item as usize].discount_minor()))
            .filter(|(_, discount)| *discount > 0)
            .collect();
        let values: Vec<i64> = offered.iter().map(|(_, discount)| *discount).collect();
        let total: i64 = values.iter().sum();
        if values.is_empty() || short <= 0 || short > total + i64::try_from(values.len()).unwrap_or(0) {
            return Vec::new();
        }
        let slack = if values.len() < 3 { 1 } else { 2 };
        let mut choices = subsets::parts_of(&values, short, 0);
        if choices.is_empty() {
            choices = subsets::parts_of(&values, short, slack);
        }
        let all: Vec<usize> = (0..values.len()).collect();
        if (total - short).abs() <= slack.max(i64::try_from(values.len() / 2).unwrap_or(1)) && !choices.contains(&all) {
            choices.insert(0, all);
        }
        let ways = u32::try_from(choices.len()).unwrap_or(u32::MAX);
        let earned =
            |at: usize| self.book.items[items[at] as usize].discount.is_some_and(|(_, until)| self.day <= until + 3);
        choices.sort_by_key(|choice| choice.iter().filter(|&&at| !earned(offered[at].0)).count());
        let settle = |choice: &Vec<usize>| {
            let mut way = Settlement { fee, discount_ways: ways - 1, ..self.whole(items) };
            let mut missing = short;
            for &at in choice {
                let part = &mut way.parts[offered[at].0];
                part.amount -= offered[at].1;
                missing -= offered[at].1;
                part.covers = Covers::Reduced;
                part.short = Some(if earned(offered[at].0) { Short::Earned } else { Short::Unearned });
            }
            let last = offered[choice[choice.len() - 1]].0;
            way.parts[last].amount -= missing;
            way
        };
        choices.iter().take(3).map(settle).collect()
    }

    /// A stated deduction on one item beside discounts on others.
    fn discounted_and_deducted(&self, items: &[ItemAt], discount: i64, deduction: i64) -> Vec<Settlement> {
        let mut ways = self.discounted(items, discount, 0);
        for way in &mut ways {
            let bearer = (0..way.parts.len()).max_by_key(|&at| way.parts[at].amount);
            if let Some(part) = bearer.map(|at| &mut way.parts[at]) {
                part.amount -= deduction;
                part.covers = Covers::Reduced;
                part.short = Some(Short::Stated);
            }
            way.bearers = u32::try_from(way.parts.len()).unwrap_or(1);
        }
        ways.retain(|way| way.parts.iter().all(|part| part.amount * self.open(part.item).signum() > 0));
        ways
    }

    /// One item bears the whole deduction: each that is large enough is a way of its own.
    fn deducted(&self, items: &[ItemAt], short: i64, kind: Short, fee: i64) -> Vec<Settlement> {
        let limit = if items.len() == 1 { 100 } else { 30 };
        let mut able: Vec<usize> = (0..items.len()).filter(|&at| short * 100 <= limit * self.open(items[at])).collect();
        if items.len() == 1 && short >= self.open(items[0]) {
            return Vec::new();
        }
        able.sort_by_key(|&at| (std::cmp::Reverse(self.open(items[at])), at));
        let bearers = u32::try_from(able.len()).unwrap_or(u32::MAX);
        let bear = |&at: &usize| {
            let mut way = Settlement { fee, bearers, ..self.whole(items) };
            let part = &mut way.parts[at];
            part.amount -= short;
            part.covers = if kind == Short::Part { Covers::Part } else { Covers::Reduced };
            part.short =
                Some(if self.is_small(items, short) && kind == Short::Unstated { Short::Rounding } else { kind });
            way
        };
        able.iter().take(3).map(bear).collect()
    }

    fn is_small(&self, items: &[ItemAt], short: i64) -> bool {
        short <= self.client(items).map_or(0, Client::tolerance_minor)
    }

    /// A tax that the customer withholds at its own rate, or of all items at a rate that the sum shows when the text says tax.
    fn withheld(&self, items: &[ItemAt], short: i64) -> Option<Settlement> {
        let due: i64 = items.iter().map(|&item| self.open(item)).sum();
        let shown = || {
            let rate = u32::try_from((short * 20_000 + due) / (due.max(1) * 2)).ok()?;
            (self.says_tax && items.len() > 1 && rate.is_multiple_of(50) && rate <= HIGHEST_TAX).then_some(rate)
        };
        let rate = self.client(items)?.facts.withholding_basis_points;
        rate.into_iter().chain(shown()).find_map(|rate| self.at_rate(items, short, rate, Short::Tax))
    }

    /// The discount that was agreed with the customer, whatever the invoices say.
    fn agreed(&self, items: &[ItemAt], short: i64) -> Option<Settlement> {
        let rate = self.client(items)?.facts.agreed_discount_basis_points?;
        self.at_rate(items, short, rate, Short::Earned)
    }

    /// The same share of every item, to two cents.
    fn at_rate(&self, items: &[ItemAt], short: i64, rate: u32, kind: Short) -> Option<Settlement> {
        let mut way = self.whole(items);
        for part in &mut way.parts {
            part.amount -= share(part.amount, rate);
            part.covers = Covers::Reduced;
            part.short = Some(kind);
        }
        let sum: i64 = items.iter().map(|&item| share(self.open(item), rate)).sum();
        way.parts[0].amount += sum - short;
        (sum > 0 && (sum - short).abs() <= 2).then_some(way)
    }

    fn client(&self, items: &[ItemAt]) -> Option<&Client> {
        Some(&self.book.clients[self.book.items[*items.first()? as usize].customer as usize])
    }

    /// Exchanged money for half, a third or a quarter of one item: the part is exact, the exchange is not.
    fn fraction(&self, items: &[ItemAt], ways: &mut Vec<Settlement>) {
        let &[item] = items else { return };
        let open = self.open(item);
        for hundredths in [25, 30, 40, 50, 60, 70, 75, 80] {
            let part = share(open, hundredths * 100);
            let off = (self.amount - part).abs();
            if self.exchanged && off * 1_000 <= part * 6 {
                let part = Part { item, amount: part, covers: Covers::Part, short: Some(Short::Part) };
                ways.push(Settlement {
                    exchange: part.amount - self.amount,
                    parts: vec![part],
                    ..Settlement::default()
                });
            }
        }
    }
}
