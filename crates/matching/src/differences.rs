//! Why the money is not what is open: fee, discount, deduction, tax, rounding, exchange, part payment, too much.
//!
//! `settle` takes items and the money and returns the ways in which the one can settle the other, each difference typed,
//! the likeliest first. Sums are exact: allocations + unapplied − fee − exchange difference = the money.

use crate::index::{Book, ItemAt, share};
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
    pub(crate) usual_fees: &'a [i64],
    pub(crate) book: &'a Book,
}

const LARGEST_FEE: i64 = 5_000;

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

    /// The exchange took or gave a little; beside it what the payer states, or the discounts.
    fn exchanged_ways(&self, items: &[ItemAt], open: i64, ways: &mut Vec<Settlement>) {
        let gap = self.amount - open;
        let small = |off: i64| off.abs() * 1_000 <= open.abs() * 15;
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
        // A round sum's two per cent are as round as a fee: what was offered is what was taken.
        let offered = items.len() == 1 && self.book.items[items[0] as usize].discount_minor() == short;
        let stated = self.stated_sums().into_iter().find(|&sum| sum == short);
        if stated.is_some() {
            ways.extend(self.deducted(items, short, Short::Stated, 0));
        }
        for sum in self.stated_sums() {
            let rest = short - sum;
            if rest > 0 && self.is_fee(rest) {
                ways.extend(self.deducted(items, sum, Short::Stated, rest));
            } else if rest > 0 {
                ways.extend(self.discounted_and_deducted(items, rest, sum));
            }
        }
        if self.is_fee(short) && (!offered || self.usual_fees.contains(&short)) {
            ways.push(Settlement { fee: short, ..self.whole(items) });
        }
        for fee in self.usual_fees.iter().copied().filter(|fee| *fee < short) {
            ways.extend(self.discounted(items, short - fee, fee));
        }
        if stated.is_none() {
            let single = items.len() == 1;
            ways.extend(self.withheld(items, short));
            self.fraction(items, ways);
            let kind = if single && short * 100 > 22 * self.open(items[0]) { Short::Part } else { Short::Unstated };
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

    pub(crate) fn is_fee(&self, minor: i64) -> bool {
        self.usual_fees.contains(&minor) || (minor <= LARGEST_FEE && minor > 0 && minor % 50 == 0)
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
        let client = items.first().map(|&item| self.book.items[item as usize].customer as usize);
        short <= client.map_or(0, |client| self.book.clients[client].facts.tolerance_minor.max(2))
    }

    /// A tax that the customer withholds at its own rate.
    fn withheld(&self, items: &[ItemAt], short: i64) -> Option<Settlement> {
        let client = self.book.items[*items.first()? as usize].customer as usize;
        let rate = self.book.clients[client].facts.withholding_basis_points?;
        let mut way = self.whole(items);
        for part in &mut way.parts {
            part.amount -= share(part.amount, rate);
            part.covers = Covers::Reduced;
            part.short = Some(Short::Tax);
        }
        let withheld: i64 = items.iter().map(|&item| share(self.open(item), rate)).sum();
        way.parts[0].amount += withheld - short;
        ((withheld - short).abs() <= 2).then_some(way)
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
