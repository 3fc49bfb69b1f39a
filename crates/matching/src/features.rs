//! What speaks for and against one answer, as numbers in a fixed order that the score was trained on.
//!
//! Each number means something a clerk could be told. Adding one means training again: `quittance match train`.

use crate::differences::{Covers, Part, Short};
use crate::index::{Entry, ItemAt, day};
use crate::learnt::Habit;
use crate::payers::f32_of;
use crate::references::Fit;
use crate::search::{Hypothesis, Pool, Search, Suspect, is_plain_fraction};
use rustc_hash::FxHashSet;

/// An earlier line of the same payer with the same amount.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Repeat {
    pub(crate) days_ago: Option<i32>,
    pub(crate) same_text: bool,
}

pub(crate) struct Describer<'a> {
    pub(crate) search: &'a Search<'a>,
    pub(crate) pool: &'a Pool,
    pub(crate) repeat: Repeat,
    /// Open items of just this amount, whoever owes them.
    pub(crate) same_amount: u32,
}

/// The numbers of one answer, in the order in which they are pushed.
#[derive(Debug, Clone, Default)]
pub struct Features(pub Vec<f32>);

impl Features {
    fn push(&mut self, value: f32) {
        self.0.push(value);
    }

    fn flag(&mut self, value: bool) {
        self.push(if value { 1.0 } else { 0.0 });
    }

    fn count(&mut self, value: usize) {
        self.push(f32_of(u32::try_from(value).unwrap_or(u32::MAX)));
    }
}

impl Describer<'_> {
    pub(crate) fn describe(&self, hypothesis: &Hypothesis) -> Features {
        let mut features = Features::default();
        let suspect = &self.pool.suspects[hypothesis.suspect];
        self.payer(suspect, hypothesis.suspect, &mut features);
        self.references(suspect, hypothesis, &mut features);
        self.difference(hypothesis, &mut features);
        self.rivals(suspect, hypothesis, &mut features);
        self.timing(suspect, hypothesis, &mut features);
        self.line(suspect, hypothesis, &mut features);
        features
    }

    fn entry(&self, item: ItemAt) -> &Entry {
        &self.search.book.items[item as usize]
    }

    fn payer(&self, suspect: &Suspect, place: usize, features: &mut Features) {
        let evidence = &suspect.evidence;
        let part = |own: u32, others: u32| if own + others == 0 { -1.0 } else { f32_of(own) / f32_of(own + others) };
        features.push(evidence.name);
        features.push(evidence.rival_name);
        features.flag(evidence.own_iban);
        features.flag(evidence.foreign_iban);
        features.push(part(evidence.taught_iban, evidence.taught_iban_others));
        features.push(f32_of(evidence.taught_iban.min(10)));
        features.push(part(evidence.taught_name, evidence.taught_name_others));
        features.push(f32_of(evidence.taught_name.min(10)));
        features.flag(evidence.quoted_number);
        features.flag(!evidence.quoted_number && !self.search.reading.quoted_customers.is_empty());
        features.flag(evidence.parent);
        features.flag(!self.search.payer.iban.is_empty());
        features.push(evidence.strength());
        let best = self.pool.suspects.iter().enumerate().filter(|(at, _)| *at != place);
        let best = best.map(|(_, other)| other.evidence.strength()).fold(0.0, f32::max);
        features.push(evidence.strength() - best);
    }

    fn references(&self, suspect: &Suspect, hypothesis: &Hypothesis, features: &mut Features) {
        let inside = |item: ItemAt| hypothesis.way.parts.iter().any(|part| part.item == item);
        let (mut strong, mut ending, mut slip, mut ending_slip, mut missed) = (0, 0, 0, 0, 0);
        let (mut elsewhere, mut foreign, mut settled, mut alternates, mut weakest) = (0, 0, 0, 0, 20);
        for (mention, fits) in self.search.reading.mentions.iter().zip(&suspect.names) {
            let ours = fits.iter().filter(|(item, _)| inside(*item)).map(|(_, fit)| *fit).min();
            match ours {
                Some(Fit::Exact | Fit::Digits | Fit::Order) => strong += 1,
                Some(Fit::Ending) => ending += 1,
                Some(Fit::Slip | Fit::CutOff) => slip += 1,
                Some(Fit::EndingSlip) => ending_slip += 1,
                None => missed += 1,
            }
            if let Some(fit) = ours {
                weakest = weakest.min(mention.digits.len());
                alternates =
                    alternates.max(fits.iter().filter(|(item, other)| *other <= fit && !inside(*item)).count());
            }
            let better = |other: Fit| ours.is_none_or(|fit| other < fit);
            elsewhere += usize::from(
                fits.first().is_some_and(|(item, fit)| !inside(*item) && better(*fit) && *fit < Fit::CutOff),
            );
            let open = mention.exact.iter().filter(|&&item| self.entry(item).open != 0);
            foreign += usize::from(open.clone().any(|&item| self.entry(item).customer != suspect.client));
            settled += usize::from(!mention.exact.is_empty() && open.count() == 0);
        }
        let named = named_items(suspect);
        let parts = &hypothesis.way.parts;
        let unnamed = parts.iter().filter(|part| !named.contains(&part.item)).count();
        for count in
            [self.search.reading.mentions.len(), strong, ending, slip, ending_slip, missed, elsewhere, foreign, settled]
        {
            features.count(count);
        }
        for count in [alternates, weakest, parts.len(), parts.len() - unnamed, unnamed] {
            features.count(count);
        }
        let credits = parts.iter().filter(|part| part.amount < 0).count();
        features.count(credits);
        features.count(self.unnamed_before_named(&named, parts));
        features.push(self.chance(suspect.items.len(), unnamed));
    }

    /// Payers list in order, so an item that is not named belongs behind those that are.
    fn unnamed_before_named(&self, named: &FxHashSet<ItemAt>, parts: &[Part]) -> usize {
        let number = |part: &&Part| &self.entry(part.item).number;
        let last = parts.iter().filter(|part| named.contains(&part.item)).max_by_key(number);
        last.map_or(0, |last| {
            parts
                .iter()
                .filter(|part| !named.contains(&part.item) && part.amount > 0 && number(part) < number(&last))
                .count()
        })
    }

    /// How many choices of that size there are for each sum that they can have (decimal logarithm): near 0 and above, a
    /// hit can be chance.
    fn chance(&self, open: usize, chosen: usize) -> f32 {
        let (n, k) = (f32_of(narrow(open)), f32_of(narrow(chosen)));
        let mut ways = 0.0_f32;
        for step in 0..chosen.min(open) {
            let step = f32_of(narrow(step));
            ways += ((n - step) / (k - step)).log10();
        }
        ways - log_amount(self.pool.amount)
    }

    fn difference(&self, hypothesis: &Hypothesis, features: &mut Features) {
        let way = &hypothesis.way;
        let count = |kind: Short| way.parts.iter().filter(|part| part.short == Some(kind)).count();
        for kind in
            [Short::Earned, Short::Unearned, Short::Stated, Short::Unstated, Short::Tax, Short::Rounding, Short::Part]
        {
            features.count(count(kind));
        }
        features.push(log_amount(way.fee));
        // A fee that is told is as good as one that was seen many times.
        let is_told = way.fee > 0 && self.search.told_charges().contains(&way.fee);
        features.push(if is_told { 50.0 } else { f32_of(self.search.learnt.fee_seen(way.fee).min(50)) });
        features.push(log_amount(way.unapplied));
        features.flag(way.exchange != 0);
        features.push(f32_of(way.bearers.min(20)));
        features.push(f32_of(way.discount_ways.min(20)));
        let short: i64 = way.parts.iter().map(|part| self.entry(part.item).open - part.amount).sum();
        features.push(ratio(short, self.pool.amount));
        features.push(log_amount(short));
        features.push(ratio(way.unapplied, self.pool.amount));
        features.push(ratio(way.exchange, self.pool.amount));
        let odd = short.unsigned_abs() + way.unapplied.unsigned_abs();
        features.push(if odd == 0 {
            3.0
        } else if odd.is_multiple_of(1_000) {
            2.0
        } else if odd.is_multiple_of(50) {
            1.0
        } else {
            0.0
        });
        let single = match way.parts[..] {
            [part] => is_plain_fraction(part.amount, self.entry(part.item).total),
            _ => false,
        };
        features.flag(single);
        let exact = way.parts.iter().all(|part| part.covers == Covers::Full)
            && way.fee == 0
            && way.unapplied == 0
            && way.exchange == 0;
        features.flag(exact);
        let worst =
            way.parts.iter().map(|part| ratio(self.entry(part.item).open - part.amount, self.entry(part.item).open));
        features.push(worst.fold(0.0, f32::max));
    }

    /// Other answers that are as clean, and items that could stand in for a chosen one.
    fn rivals(&self, suspect: &Suspect, hypothesis: &Hypothesis, features: &mut Features) {
        let clean = |other: &&Hypothesis| other.way.fee == 0 && other.way.unapplied == 0 && other.way.exchange == 0;
        let full = |other: &&Hypothesis| clean(other) && other.way.parts.iter().all(|part| part.covers == Covers::Full);
        let same = |other: &&Hypothesis| other.suspect == hypothesis.suspect;
        features.count(self.pool.found.iter().filter(full).filter(same).count());
        features.count(self.pool.found.iter().filter(full).filter(|other| !same(other)).count());
        features.count(self.pool.found.iter().filter(same).count());
        let size = hypothesis.way.parts.len();
        features.count(
            self.pool.found.iter().filter(full).filter(same).filter(|other| other.way.parts.len() <= size).count(),
        );
        features.push(f32_of(self.same_amount.min(30)));
        features.push((f32_of(narrow(suspect.items.len())) + 1.0).log10());
        let named = named_items(suspect);
        let (mut twins, mut older_twins) = (0, 0);
        let chosen: FxHashSet<ItemAt> = hypothesis.way.parts.iter().map(|part| part.item).collect();
        for part in hypothesis.way.parts.iter().filter(|part| !named.contains(&part.item)) {
            let place = suspect.items.iter().position(|item| *item == part.item);
            let twin = |(_, item): &(usize, &ItemAt)| {
                self.entry(**item).open == self.entry(part.item).open && !chosen.contains(item)
            };
            let all: Vec<usize> = suspect.items.iter().enumerate().filter(twin).map(|(at, _)| at).collect();
            older_twins += all.iter().filter(|at| Some(**at) < place).count();
            twins += all.len();
        }
        features.count(twins);
        features.count(older_twins);
        let partly =
            hypothesis.way.parts.iter().filter(|part| self.entry(part.item).open != self.entry(part.item).total);
        features.count(partly.count());
    }

    fn timing(&self, suspect: &Suspect, hypothesis: &Hypothesis, features: &mut Features) {
        let habit = self.search.learnt.habit(&self.search.book.clients[suspect.client as usize].facts.id);
        let today = day(self.search.line.value_on);
        let entries: Vec<&Entry> = hypothesis.way.parts.iter().map(|part| self.entry(part.item)).collect();
        let bills: Vec<&&Entry> = entries.iter().filter(|entry| entry.open > 0).collect();
        let late: Vec<i32> = bills.iter().map(|entry| today - entry.due_day).collect();
        let (least, most) = (late.iter().copied().min().unwrap_or(0), late.iter().copied().max().unwrap_or(0));
        let mean = sum(&late) / f32_of(narrow(late.len().max(1)));
        let (usual, spread) = habit_days(&habit, self.search.learnt.everybody());
        features.push(mean);
        features.push(whole(least));
        features.push(whole(most));
        features.push((mean - usual) / (spread + 2.0));
        features.push(whole(most - least));
        features.push(usual);
        features.push(spread);
        features.push(whole(i32::try_from(habit.payments.min(100)).unwrap_or(100)));
        let chosen: FxHashSet<ItemAt> = hypothesis.way.parts.iter().map(|part| part.item).collect();
        let bill = |item: &&ItemAt| self.entry(**item).open > 0;
        let places: Vec<usize> = suspect
            .items
            .iter()
            .filter(bill)
            .enumerate()
            .filter(|(_, item)| chosen.contains(*item))
            .map(|(at, _)| at)
            .collect();
        let (first, last) = (places.first().copied().unwrap_or(0), places.last().copied().unwrap_or(0));
        features.count(first);
        features.count(last + 1 - first.min(last) - places.len().min(last + 1 - first.min(last)));
        features.flag(places.len() == suspect.items.iter().filter(bill).count());
        let age = bills.iter().map(|entry| today - entry.issued_day).min().unwrap_or(0);
        features.push(whole(age));
        let same_due = suspect
            .items
            .iter()
            .filter(|item| !chosen.contains(*item))
            .filter(|item| bills.iter().any(|entry| entry.due_day == self.entry(**item).due_day));
        features.count(same_due.count());
    }

    fn line(&self, suspect: &Suspect, hypothesis: &Hypothesis, features: &mut Features) {
        let habit = self.search.learnt.habit(&self.search.book.clients[suspect.client as usize].facts.id);
        let rate = |part: i64, of: i64| if of == 0 { -1.0 } else { ratio(part, of) };
        for part in [habit.lumps, habit.short, habit.fees, habit.parts, habit.referenced] {
            features.push(rate(part, habit.payments));
        }
        features.push(rate(habit.discounts_taken, habit.discounts_offered));
        features.push(rate(habit.oldest_first, habit.lumps));
        features.push(rate(habit.items, habit.payments));
        let all = self.search.learnt.everybody();
        for part in [all.short, all.fees, all.parts, all.referenced] {
            features.push(rate(part, all.payments));
        }
        features.push(rate(all.discounts_taken, all.discounts_offered));
        let reading = self.search.reading;
        features.push(f32_of(reading.foreign_words.min(4)));
        for flag in
            [reading.more_than_named, reading.says_part, reading.says_rest, reading.says_credit, reading.is_empty]
        {
            features.flag(flag);
        }
        features.flag(reading.reason.is_some());
        features.count(reading.amounts.len());
        features.flag(self.search.line.was_exchanged());
        features.push(self.repeat.days_ago.map_or(99.0, whole));
        features.flag(self.repeat.same_text);
        features.push(f32_of(hypothesis.source as u32));
        features.push(log_amount(self.pool.amount));
        features.flag(self.pool.amount % 100 == 0);
    }
}

fn named_items(suspect: &Suspect) -> FxHashSet<ItemAt> {
    suspect.named().map(|(item, _)| item).collect()
}

/// Usual days between due and paid, and how much they vary; everybody's where the customer is new.
pub(crate) fn habit_days(own: &Habit, all: &Habit) -> (f32, f32) {
    let habit = if own.items >= 2 { own } else { all };
    if habit.items == 0 {
        return (0.0, 20.0);
    }
    let mean = ratio(habit.late_days, habit.items);
    let variance = ratio(habit.late_days_squared, habit.items) - mean * mean;
    (mean, variance.max(0.0).sqrt())
}

fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn whole(days: i32) -> f32 {
    f32::from(i16::try_from(days.clamp(-30_000, 30_000)).unwrap_or(0))
}

fn sum(days: &[i32]) -> f32 {
    days.iter().map(|days| whole(*days)).sum()
}

#[expect(clippy::cast_precision_loss, reason = "statistics: seven digits are plenty")]
fn ratio(part: i64, of: i64) -> f32 {
    if of == 0 { 0.0 } else { (part as f64 / of as f64) as f32 }
}

#[expect(clippy::cast_precision_loss, reason = "statistics: seven digits are plenty")]
fn log_amount(minor: i64) -> f32 {
    (minor.unsigned_abs() as f32 + 1.0).log10()
}
