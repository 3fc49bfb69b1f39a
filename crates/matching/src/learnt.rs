//! What confirmed payments taught: accounts, names, habits. An undo takes back exactly what its confirmation gave.
//!
//! Only counts and sums of whole numbers, so the order of lessons does not matter and the same history gives the same
//! answers. Serialisable: the program keeps it beside the company.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a customer pays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Habit {
    pub payments: i64,
    pub items: i64,
    /// Payments of more than one item.
    pub lumps: i64,
    /// Lumps that left no older item open.
    pub oldest_first: i64,
    /// Days from due to paid, summed over items, and their squares.
    pub late_days: i64,
    pub late_days_squared: i64,
    /// Items on which a discount was open to the customer, and those on which it was taken.
    pub discounts_offered: i64,
    pub discounts_taken: i64,
    pub short: i64,
    pub fees: i64,
    pub parts: i64,
    pub referenced: i64,
}

impl Habit {
    fn add(&mut self, other: &Self, sign: i64) {
        self.payments += sign * other.payments;
        self.items += sign * other.items;
        self.lumps += sign * other.lumps;
        self.oldest_first += sign * other.oldest_first;
        self.late_days += sign * other.late_days;
        self.late_days_squared += sign * other.late_days_squared;
        self.discounts_offered += sign * other.discounts_offered;
        self.discounts_taken += sign * other.discounts_taken;
        self.short += sign * other.short;
        self.fees += sign * other.fees;
        self.parts += sign * other.parts;
        self.referenced += sign * other.referenced;
    }
}

/// What one confirmed payment teaches; kept with the match so that an undo can take it back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    pub customer: String,
    pub iban: String,
    pub name: String,
    pub habit: Habit,
    /// The bank's fee that was missing, in minor units.
    pub fee_minor: Option<i64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learnt {
    ibans: BTreeMap<String, BTreeMap<String, u32>>,
    names: BTreeMap<String, BTreeMap<String, u32>>,
    habits: BTreeMap<String, Habit>,
    fees: BTreeMap<i64, u32>,
    all: Habit,
}

impl Learnt {
    pub fn teach(&mut self, lesson: &Lesson) {
        count(&mut self.ibans, &lesson.iban, &lesson.customer, true);
        count(&mut self.names, &lesson.name, &lesson.customer, true);
        self.habits.entry(lesson.customer.clone()).or_default().add(&lesson.habit, 1);
        self.all.add(&lesson.habit, 1);
        if let Some(fee) = lesson.fee_minor {
            *self.fees.entry(fee).or_default() += 1;
        }
    }

    pub fn unteach(&mut self, lesson: &Lesson) {
        count(&mut self.ibans, &lesson.iban, &lesson.customer, false);
        count(&mut self.names, &lesson.name, &lesson.customer, false);
        if let Some(habit) = self.habits.get_mut(&lesson.customer) {
            habit.add(&lesson.habit, -1);
            if *habit == Habit::default() {
                self.habits.remove(&lesson.customer);
            }
        }
        self.all.add(&lesson.habit, -1);
        if let Some(fee) = lesson.fee_minor {
            lower(&mut self.fees, &fee);
        }
    }

    pub fn habit(&self, customer: &str) -> Habit {
        self.habits.get(customer).copied().unwrap_or_default()
    }

    pub(crate) const fn everybody(&self) -> &Habit {
        &self.all
    }

    /// How often this amount was missing as a bank's fee.
    pub(crate) fn fee_seen(&self, minor: i64) -> u32 {
        self.fees.get(&minor).copied().unwrap_or(0)
    }

    /// The fees seen most often.
    pub(crate) fn usual_fees(&self) -> Vec<i64> {
        let mut fees: Vec<(u32, i64)> = self.fees.iter().map(|(fee, count)| (*count, *fee)).collect();
        fees.sort_by_key(|&(count, fee)| (std::cmp::Reverse(count), fee));
        fees.into_iter().take(12).map(|(_, fee)| fee).collect()
    }

    pub(crate) fn owners_of_iban(&self, compact: &str) -> Owners<'_> {
        Owners::of(self.ibans.get(compact))
    }

    pub(crate) fn owners_of_name(&self, whole: &str) -> Owners<'_> {
        Owners::of(self.names.get(whole))
    }
}

/// For whom an account or a name was confirmed, and how often; a payment service pays for thousands.
#[derive(Clone, Copy)]
pub(crate) struct Owners<'a> {
    counts: Option<&'a BTreeMap<String, u32>>,
    pub(crate) total: u32,
}

impl<'a> Owners<'a> {
    fn of(counts: Option<&'a BTreeMap<String, u32>>) -> Self {
        Self { counts, total: counts.map_or(0, |counts| counts.values().sum()) }
    }

    pub(crate) fn count(&self, customer: &str) -> u32 {
        self.counts.and_then(|counts| counts.get(customer)).copied().unwrap_or(0)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a str, u32)> {
        self.counts.into_iter().flatten().map(|(id, count)| (id.as_str(), *count))
    }
}

fn count(map: &mut BTreeMap<String, BTreeMap<String, u32>>, key: &str, customer: &str, up: bool) {
    if key.is_empty() {
        return;
    }
    if up {
        *map.entry(key.to_owned()).or_default().entry(customer.to_owned()).or_default() += 1;
        return;
    }
    if let Some(owners) = map.get_mut(key) {
        lower(owners, customer);
        if owners.is_empty() {
            map.remove(key);
        }
    }
}

fn lower<K: Ord + std::borrow::Borrow<Q>, Q: Ord + ?Sized>(counts: &mut BTreeMap<K, u32>, key: &Q) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}
