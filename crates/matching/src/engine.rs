//! The engine: a book, what was learnt, a policy; a bank line in, a decision out.
//!
//! `decide` only reads, so that the desk may ask as often as it likes. `post` settles items and learns from a confirmed or
//! automatic decision and returns what `undo` needs to take all of it back. Never reads a clock, never does I/O.

use crate::differences::{Covers, Difference, Part, Short, is_round_fee};
use crate::explain;
use crate::facts::{Advice, AdviceLine, BankLine};
use crate::features::{Describer, Features, Repeat};
use crate::index::{Book, BookError, ItemAt, day};
use crate::learnt::{Habit, Learnt, Lesson};
use crate::payers::{Acquaintance, Name, Payer};
use crate::policy::{Dial, Held, Policy};
use crate::references::{Fit, Mention, Reading, Spelling};
use crate::score::{Model, beside};
use crate::search::{Advised, Hypothesis, Pool, Search, Source, Suspect, unique};
use crate::text;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The first proposal may be posted.
    Auto,
    Propose,
    /// Nothing is likely enough to show.
    None,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    pub item: String,
    pub minor: i64,
    pub covers: Covers,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    pub customer: String,
    pub allocations: Vec<Allocation>,
    pub unapplied_minor: i64,
    pub fee_minor: i64,
    pub differences: Vec<Difference>,
    /// Share of such proposals that turn out right.
    pub probability: f32,
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    pub line: String,
    pub verdict: Verdict,
    /// Why it waits for a person.
    pub held: Option<Held>,
    /// Likeliest first.
    pub proposals: Vec<Proposal>,
    /// What the calibration says of the first proposal.
    pub weight: f32,
}

/// What was posted and learnt, to be kept with the match for an undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    pub lesson: Option<Lesson>,
    /// What was open before, by item.
    pub open_before: Vec<(String, i64)>,
}

/// One answer with its numbers, for training and for whoever asks why.
#[derive(Debug, Clone)]
pub struct Answer {
    pub features: Features,
    pub allocations: Vec<Allocation>,
    items: Vec<ItemAt>,
}

#[derive(Debug, Clone)]
pub struct Engine {
    pub book: Book,
    pub learnt: Learnt,
    pub policy: Policy,
    model: Model,
    /// Earlier lines by amount and payer: day and text.
    earlier: FxHashMap<u64, Vec<(i32, u64)>>,
}

const SHOWN: usize = 5;
const LEAST_SHOWN: f32 = 0.01;
/// So many items that nobody named are soon found by chance in another way as well.
const FEW: usize = 2;
/// In minor units: of open items below this one is soon of any sum.
const TELLING_SUM: i64 = 6_000;
/// Evidence from which on a payer is taken for a customer.
const KNOWN: f32 = 0.7;

impl Engine {
    pub fn new(book: Book, learnt: Learnt, policy: Policy) -> Self {
        Self::with_model(book, learnt, policy, Model::shipped().clone())
    }

    /// With coefficients of one's own, as the training does.
    pub fn with_model(book: Book, learnt: Learnt, policy: Policy, model: Model) -> Self {
        Self { book, learnt, policy, model, earlier: FxHashMap::default() }
    }

    pub fn decide(&self, line: &BankLine, advices: &[Advice]) -> Decision {
        let nothing = |held| Decision {
            line: line.id.clone(),
            verdict: Verdict::None,
            held: Some(held),
            proposals: Vec::new(),
            weight: -9.0,
        };
        if self.policy.dial == Dial::Off {
            return nothing(Held::TurnedOff);
        }
        let own = self.read(line);
        let payer = Payer::read(line, own.quoted_customers.clone(), &self.book, &self.learnt);
        let reading = self.with_advice(line, own, &payer, advices);
        let search = self.search(line, &reading, &payer, advices);
        let pool = search.pool();
        let described = self.describe(&search, &pool);
        let weights: Vec<f32> = described.iter().map(|features| self.model.answers.weigh(&features.0)).collect();
        let order = said_first(ranked(&weights), &pool);
        let Some(&first) = order.first() else {
            return nothing(if self.is_repeat(line, &reading) { Held::Duplicate } else { Held::NoAnswer });
        };
        let items = |at: usize| items_of(&pool.found[at]);
        let looked_at = best_beside(&order, &weights, &described[first].0, items);
        let weight = self.model.best.weigh(&looked_at);
        let probability = self.model.probability(weight);
        let mut proposals = self.proposals(&search, &pool, &order, (&weights, probability));
        let best = (&pool, &pool.found[first]);
        let held = self.held(line, &search, &proposals, (weight, best));
        if let (Some(first), Some(held)) = (proposals.first_mut(), held) {
            first.probability = first.probability.min(held.most_sure());
        }
        proposals.retain(|proposal| !self.policy.turns_off(&proposal.differences));
        let likely = proposals.first().is_some_and(|proposal| proposal.probability >= LEAST_SHOWN);
        let verdict = match held {
            None => Verdict::Auto,
            Some(_) if likely => Verdict::Propose,
            Some(_) => Verdict::None,
        };
        Decision { line: line.id.clone(), verdict, held, proposals, weight }
    }

    /// Every answer with its numbers; for training.
    pub fn answers(&self, line: &BankLine) -> Vec<Answer> {
        let reading = self.read(line);
        let payer = Payer::read(line, reading.quoted_customers.clone(), &self.book, &self.learnt);
        let search = self.search(line, &reading, &payer, &[]);
        let pool = search.pool();
        let described = self.describe(&search, &pool);
        let answer = |(hypothesis, features): (&Hypothesis, Features)| Answer {
            features,
            allocations: allocations(&self.book, hypothesis),
            items: items_of(hypothesis),
        };
        pool.found.iter().zip(described).map(answer).collect()
    }

    fn read(&self, line: &BankLine) -> Reading {
        let on = (line.value_on.year(), line.value_on.month(), line.value_on.day());
        Reading::of(&line.text, line.structured_reference.as_deref(), on, &self.book)
    }

    /// The text with what the payer wrote elsewhere: an advice of just this sum is the rest of the remittance text, when
    /// the payer is known as the one whose items it names and no second advice could be meant.
    fn with_advice(&self, line: &BankLine, own: Reading, payer: &Payer<'_>, advices: &[Advice]) -> Reading {
        let theirs = |advice: &&Advice| {
            self.advised(advice).is_some_and(|advised| {
                let evidence = payer.evidence(advised.client);
                !evidence.foreign_iban && evidence.strength() >= KNOWN
            })
        };
        let mut meant = advices.iter().filter(|advice| advice.total == line.amount).filter(theirs);
        let (Some(advice), None) = (meant.next(), meant.next()) else { return own };
        let named: Vec<&str> = advice.lines.iter().map(|line| line.reference.as_str()).collect();
        let told = BankLine { text: format!("{} {}", line.text, named.join(" ")), ..line.clone() };
        // The same text of the bank stays the same text: a repeat is told by what the bank brought.
        Reading { key: own.key, ..self.read(&told) }
    }

    fn search<'a>(
        &'a self,
        line: &'a BankLine,
        reading: &'a Reading,
        payer: &'a Payer<'a>,
        advices: &[Advice],
    ) -> Search<'a> {
        let advised =
            advices.iter().filter(|advice| advice.total == line.amount).find_map(|advice| self.advised(advice));
        Search { book: &self.book, learnt: &self.learnt, line, reading, payer, advised }
    }

    /// The items that an advice names, when all of them are of one customer.
    fn advised(&self, advice: &Advice) -> Option<Advised> {
        let announced = advice.customer.as_deref().and_then(|id| self.book.customer(id));
        let find = |reference: &str| {
            let compact = text::compact(reference);
            let open = |item: &ItemAt| self.book.items[*item as usize].open != 0;
            let theirs =
                |item: &ItemAt| announced.is_none_or(|client| self.book.items[*item as usize].customer == client);
            self.book.numbered(&compact).filter(open).find(theirs)
        };
        let piece = |line: &AdviceLine| Some((find(&line.reference)?, line.paid.minor()));
        let pieces: Option<Vec<(ItemAt, i64)>> = advice.lines.iter().map(piece).collect();
        let pieces = pieces?;
        let items = unique(pieces.iter().map(|(item, _)| *item));
        let client = self.book.items[*items.first()? as usize].customer;
        let is_theirs = |item: &ItemAt| self.book.items[*item as usize].customer == client;
        items.iter().all(is_theirs).then_some(Advised { client, items, pieces })
    }

    fn describe(&self, search: &Search<'_>, pool: &Pool) -> Vec<Features> {
        let same_amount = self.book.of_amount(pool.amount, search.line.amount.currency()).take(30).count();
        let same_amount = u32::try_from(same_amount).unwrap_or(30);
        let describer = Describer { search, pool, repeat: self.repeat(search.line, search.reading.key), same_amount };
        pool.found.iter().map(|hypothesis| describer.describe(hypothesis)).collect()
    }

    fn proposals(&self, search: &Search<'_>, pool: &Pool, order: &[usize], sure: (&[f32], f32)) -> Vec<Proposal> {
        let (weights, probability) = sure;
        let mut shown: Vec<Vec<ItemAt>> = Vec::new();
        let mut proposals = Vec::new();
        for &at in order {
            let hypothesis = &pool.found[at];
            let mut items = items_of(hypothesis);
            items.sort_unstable();
            if shown.contains(&items) {
                continue;
            }
            let own = 1.0 / (1.0 + (-weights[at]).exp());
            let probability = if shown.is_empty() { probability } else { own.min(1.0 - probability) };
            let suspect = &pool.suspects[hypothesis.suspect];
            let rivals = if shown.is_empty() { equals(pool, hypothesis) } else { 0 };
            proposals.push(Proposal {
                customer: self.book.clients[suspect.client as usize].facts.id.clone(),
                allocations: allocations(&self.book, hypothesis),
                unapplied_minor: hypothesis.way.unapplied,
                fee_minor: hypothesis.way.fee,
                differences: explain::differences(search, hypothesis),
                probability,
                why: explain::sentence(search, suspect, hypothesis, rivals),
            });
            shown.push(items);
            if shown.len() == SHOWN {
                break;
            }
        }
        proposals
    }

    fn held(
        &self,
        line: &BankLine,
        search: &Search<'_>,
        proposals: &[Proposal],
        (weight, (pool, best)): (f32, (&Pool, &Hypothesis)),
    ) -> Option<Held> {
        if self.is_repeat(line, search.reading) {
            return Some(Held::Duplicate);
        }
        if self.names_settled(search.reading, &pool.suspects[best.suspect], best) {
            return Some(Held::Settled);
        }
        let is_strange = search.payer.is_nobody();
        if has_equal(pool, best, is_strange) || (is_strange && self.has_pair(pool, best)) {
            return Some(Held::Ambiguous);
        }
        let reading = search.reading;
        let suspect = &pool.suspects[best.suspect];
        if self.is_named_of_another(reading, suspect, best)
            || is_part_of_unnamed(reading, suspect, best)
            || is_mixed(best)
        {
            return Some(Held::Ambiguous);
        }
        let names = || !reading.mentions.is_empty() && self.names(reading, proposals);
        if reading.other_business && !names() {
            return Some(Held::OtherBusiness);
        }
        let is_reason_alone = reading.reason.is_some() && reading.amounts.is_empty();
        let says_more = reading.foreign_words > 0 || reading.says_other || reading.says_credit || is_reason_alone;
        let is_unknown = suspect.evidence.strength() < KNOWN && is_soon_met(line.amount.minor(), best);
        let is_too_little = is_unknown || (is_strange && says_more);
        if is_too_little && !names() {
            return Some(if reading.foreign_words > 0 { Held::NotACustomer } else { Held::Stranger });
        }
        let differences = proposals.first().map_or(&[][..], |proposal| &proposal.differences);
        let by_policy = self.policy.holds(self.model.error_above(weight), line.amount.minor(), differences);
        by_policy.or_else(|| self.may_be_fee(reading, best).then_some(Held::Difference))
    }

    /// Whether the text has the number of another customer's item of just this sum: a slip, or somebody else's debt.
    fn is_named_of_another(&self, reading: &Reading, suspect: &Suspect, best: &Hypothesis) -> bool {
        let is_paid = |item: ItemAt| best.way.parts.iter().any(|part| part.item == item);
        let is_theirs = |item: &ItemAt| {
            let entry = &self.book.items[*item as usize];
            entry.open == best.way.parts.iter().map(|part| part.amount).sum::<i64>() && entry.customer != suspect.client
        };
        reading.mentions.iter().zip(&suspect.names).any(|(mention, fits)| {
            let is_sure = fits.iter().any(|&(item, fit)| fit <= Fit::Order && is_paid(item));
            !is_sure && mention.exact.iter().any(is_theirs)
        })
    }

    /// Whether a deduction without a word is as round as a fee: somebody has to ask which of them it is.
    fn may_be_fee(&self, reading: &Reading, best: &Hypothesis) -> bool {
        let missing = |part: &Part| self.book.items[part.item as usize].open - part.amount;
        let is_unstated = |part: &&Part| part.short == Some(Short::Unstated);
        reading.reason.is_none() && best.way.parts.iter().filter(is_unstated).any(|part| is_round_fee(missing(part)))
    }

    /// Whether two other items come to the sum that one item of the same customer fits; nobody looks for them when the
    /// payer is unknown.
    fn has_pair(&self, pool: &Pool, best: &Hypothesis) -> bool {
        let mut met = FxHashSet::default();
        let opens = pool.suspects[best.suspect].items.iter().map(|&item| self.book.items[item as usize].open);
        let mut pairs = opens.map(|open| {
            let is_second = met.contains(&(pool.amount - open));
            met.insert(open);
            is_second
        });
        best.way.parts.len() == 1 && is_even(best) && pairs.any(|is_second| is_second)
    }

    /// Whether the text names what is settled already and nothing of what this answer pays.
    fn names_settled(&self, reading: &Reading, suspect: &Suspect, best: &Hypothesis) -> bool {
        let is_paid = |item: ItemAt| best.way.parts.iter().any(|part| part.item == item);
        let is_settled = |&item: &ItemAt| {
            let entry = &self.book.items[item as usize];
            entry.open == 0 && entry.customer == suspect.client
        };
        let settled = |mention: &Mention| !mention.exact.is_empty() && mention.exact.iter().all(is_settled);
        let named = |fits: &[(ItemAt, Fit)]| fits.iter().any(|&(item, fit)| fit <= Fit::Ending && is_paid(item));
        reading.mentions.iter().any(settled) && !suspect.names.iter().any(|fits| named(fits))
    }

    /// Whether the text names an item that the first proposal pays.
    fn names(&self, reading: &Reading, proposals: &[Proposal]) -> bool {
        let paid = proposals.first().map_or(&[][..], |proposal| &proposal.allocations);
        let mut items = paid.iter().filter_map(|part| self.book.item(&part.item));
        let mut spelling = Spelling::default();
        items.any(|item| {
            let spelling = spelling.of(&self.book.items[item as usize]);
            reading.mentions.iter().any(|mention| spelling.fit(mention).is_some())
        })
    }

    /// Whether the payer sent the same sum with the same numbers a short time before.
    fn is_repeat(&self, line: &BankLine, reading: &Reading) -> bool {
        let repeat = self.repeat(line, reading.key);
        let within = repeat.days_ago.is_some_and(|days| days <= self.policy.duplicate_days);
        within && repeat.same_text && !reading.mentions.is_empty()
    }

    fn repeat(&self, line: &BankLine, text_key: u64) -> Repeat {
        let today = day(line.value_on);
        let mut found = Repeat::default();
        for &(then, text) in self.earlier.get(&payment_key(line)).map_or(&[][..], Vec::as_slice) {
            // Of two lines the one that is decided last is the repetition, whatever their days.
            let ago = (today - then).abs();
            if ago <= 60 {
                found.days_ago = Some(found.days_ago.map_or(ago, |days| days.min(ago)));
                found.same_text |= text == text_key;
            }
        }
        found
    }

    /// Notes that this line was seen, so that a second one like it is recognised. Once for each line, after `decide`.
    pub fn remember(&mut self, line: &BankLine) {
        let key = self.read(line).key;
        self.earlier.entry(payment_key(line)).or_default().push((day(line.value_on), key));
    }

    /// Takes one `remember` of this line back, so that asking again does not take it for a repeat of itself.
    pub fn forget(&mut self, line: &BankLine) {
        let seen = (day(line.value_on), self.read(line).key);
        if let Some(list) = self.earlier.get_mut(&payment_key(line))
            && let Some(at) = list.iter().position(|before| *before == seen)
        {
            list.remove(at);
        }
    }

    /// How well the payer of this line is known as the payer of a customer.
    pub fn acquaintance(&self, line: &BankLine, customer: &str) -> Option<Acquaintance> {
        let client = self.book.customer(customer)?;
        let evidence = Payer::read(line, Vec::new(), &self.book, &self.learnt).evidence(client);
        Some(Acquaintance {
            payments: self.learnt.habit(customer).payments,
            from_account: i64::from(evidence.taught_iban),
            has_account: !text::compact(&line.payer_iban).is_empty(),
            is_own_account: evidence.own_iban,
            is_name_known: evidence.name > 0.6 || evidence.taught_name > 0,
            is_of_group: evidence.parent,
        })
    }

    /// Settles the items and learns how this customer pays.
    pub fn post(&mut self, line: &BankLine, allocations: &[Allocation], fee_minor: i64) -> Result<Posted, BookError> {
        let lesson = self.lesson(line, allocations, fee_minor);
        let mut open_before = Vec::with_capacity(allocations.len());
        for allocation in allocations {
            let before =
                self.book.open_minor(&allocation.item).ok_or_else(|| BookError::NoItem(allocation.item.clone()))?;
            let after = if allocation.covers == Covers::Part { before - allocation.minor } else { 0 };
            self.book.set_open(&allocation.item, after)?;
            open_before.push((allocation.item.clone(), before));
        }
        if let Some(lesson) = &lesson {
            self.learnt.teach(lesson);
        }
        Ok(Posted { lesson, open_before })
    }

    /// Reopens the items and forgets what the payment taught.
    pub fn undo(&mut self, posted: &Posted) -> Result<(), BookError> {
        for (item, before) in &posted.open_before {
            self.book.set_open(item, *before)?;
        }
        if let Some(lesson) = &posted.lesson {
            self.learnt.unteach(lesson);
        }
        Ok(())
    }

    fn lesson(&self, line: &BankLine, allocations: &[Allocation], fee_minor: i64) -> Option<Lesson> {
        let today = day(line.value_on);
        let items: Vec<ItemAt> = allocations.iter().filter_map(|allocation| self.book.item(&allocation.item)).collect();
        let client = self.book.items[*items.first()? as usize].customer;
        let bills: Vec<ItemAt> =
            items.iter().copied().filter(|&item| self.book.items[item as usize].total > 0).collect();
        let late = |item: &ItemAt| i64::from(today - self.book.items[*item as usize].due_day);
        let count = |found: bool| i64::from(found);
        let offered = |item: &&ItemAt| self.book.items[**item as usize].discount.is_some();
        let taken = allocations.iter().zip(&items).filter(|(allocation, item)| {
            let entry = &self.book.items[**item as usize];
            entry.discount.is_some() && (entry.open - allocation.minor - entry.discount_minor()).abs() <= 1
        });
        let open = &self.book.clients[client as usize].open;
        let bill = |item: &&ItemAt| self.book.items[**item as usize].open > 0;
        let oldest: Vec<ItemAt> = open.iter().filter(bill).take(bills.len()).copied().collect();
        let taken = i64::try_from(taken.count()).unwrap_or(0);
        let reduced = allocations.iter().filter(|allocation| allocation.covers == Covers::Reduced).count();
        let habit = Habit {
            payments: 1,
            items: i64::try_from(bills.len()).unwrap_or(0),
            lumps: count(bills.len() > 1),
            oldest_first: count(bills.len() > 1 && oldest.iter().all(|item| bills.contains(item))),
            late_days: bills.iter().map(late).sum(),
            late_days_squared: bills.iter().map(late).map(|days| days * days).sum(),
            discounts_offered: i64::try_from(bills.iter().filter(offered).count()).unwrap_or(0),
            discounts_taken: taken,
            short: count(i64::try_from(reduced).unwrap_or(0) > taken),
            fees: count(fee_minor != 0),
            parts: count(allocations.iter().any(|allocation| allocation.covers == Covers::Part)),
            referenced: count(self.read(line).mentions.iter().any(|mention| !mention.exact.is_empty())),
        };
        Some(Lesson {
            customer: self.book.clients[client as usize].facts.id.clone(),
            iban: text::compact(&line.payer_iban),
            name: Name::read(&line.payer_name).whole,
            habit,
            fee_minor: (fee_minor != 0).then_some(fee_minor),
        })
    }
}

/// Answers by falling weight; of equals the one found first.
fn ranked(weights: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(a.cmp(&b)));
    order
}

/// What the payer says of each item, and what an advice of just this sum names, comes before everything else of the same
/// customer: it is the payer's own word.
fn said_first(mut order: Vec<usize>, pool: &Pool) -> Vec<usize> {
    let client = |at: usize| pool.suspects[pool.found[at].suspect].client;
    if let Some(&likeliest) = order.first() {
        let is_said = |at: usize| {
            let found = &pool.found[at];
            let is_theirs = client(at) == client(likeliest);
            (is_theirs && found.is_allotted, is_theirs && found.source == Source::Advice)
        };
        order.sort_by_key(|&at| std::cmp::Reverse(is_said(at)));
    }
    order
}

fn best_beside(order: &[usize], weights: &[f32], features: &[f32], items: impl Fn(usize) -> Vec<ItemAt>) -> Vec<f32> {
    let sorted = |at: usize| {
        let mut items = items(at);
        items.sort_unstable();
        items
    };
    let first = sorted(order[0]);
    let twin = order.iter().skip(1).find(|&&at| sorted(at) == first).map_or(-9.0, |&at| weights[at]);
    let by_rank: Vec<f32> = order.iter().map(|&at| weights[at]).collect();
    beside(features, &by_rank, twin)
}

/// For training: which answer weighs most and its numbers beside its rivals.
pub fn best_of(answers: &[Answer], weights: &[f32]) -> Option<(usize, Vec<f32>)> {
    let order = ranked(weights);
    let first = *order.first()?;
    Some((first, best_beside(&order, weights, &answers[first].features.0, |at| answers[at].items.clone())))
}

fn items_of(hypothesis: &Hypothesis) -> Vec<ItemAt> {
    hypothesis.way.parts.iter().map(|part| part.item).collect()
}

fn allocations(book: &Book, hypothesis: &Hypothesis) -> Vec<Allocation> {
    let parts = hypothesis.way.parts.iter();
    parts
        .map(|part| Allocation {
            item: book.items[part.item as usize].id.to_string(),
            minor: part.amount,
            covers: part.covers,
        })
        .collect()
}

/// Two answers mean a person: other items come out as even (of a stranger anybody's, of a known payer about as few), or
/// what is missing could be missing from another item.
fn has_equal(pool: &Pool, best: &Hypothesis, is_strange: bool) -> bool {
    let suspect = &pool.suspects[best.suspect];
    let unnamed = |of: &Hypothesis| of.way.parts.iter().filter(|part| !suspect.is_named(part.item)).count();
    let (open, items) = (unnamed(best), items_of(best));
    let is_guess = |part: &Part| part.short == Some(Short::Unstated) && !suspect.is_named(part.item);
    if suspect.items.len() > 1 && best.way.parts.iter().any(is_guess) {
        return true;
    }
    let as_good = |other: &Hypothesis| {
        let theirs = items_of(other);
        let is_near =
            other.suspect == best.suspect && theirs.len() <= items.len().max(FEW) && unnamed(other) <= open.max(FEW);
        is_even(other) && (is_near || is_strange) && theirs.iter().any(|item| !items.contains(item))
    };
    (1..=FEW).contains(&open) && is_even(best) && pool.found.iter().any(as_good)
}

/// A part of an item that nobody named, when the text speaks of a part: a deposit for what is not billed yet.
fn is_part_of_unnamed(reading: &Reading, suspect: &Suspect, best: &Hypothesis) -> bool {
    let is_unnamed_part = |part: &Part| part.short == Some(Short::Part) && !suspect.is_named(part.item);
    reading.says_part && best.way.parts.iter().any(is_unnamed_part)
}

/// Discounts on some and a deduction on another: which of them bears it is anybody's guess.
fn is_mixed(best: &Hypothesis) -> bool {
    let has =
        |kinds: &[Short]| best.way.parts.iter().any(|part| part.short.is_some_and(|short| kinds.contains(&short)));
    has(&[Short::Earned, Short::Unearned]) && has(&[Short::Stated, Short::Unstated])
}

/// Where only the sum speaks: a small or a round one is soon met by chance, and nobody is late with a discount unknown.
fn is_soon_met(amount: i64, best: &Hypothesis) -> bool {
    amount < TELLING_SUM || amount % 1_000 == 0 || best.way.parts.iter().any(|part| part.short == Some(Short::Unearned))
}

fn is_even(of: &Hypothesis) -> bool {
    of.way.fee == 0
        && of.way.unapplied == 0
        && of.way.exchange == 0
        && of.way.parts.iter().all(|part| part.short.is_none())
}

/// Other answers that come out as even as this one.
fn equals(pool: &Pool, hypothesis: &Hypothesis) -> usize {
    if is_even(hypothesis) { pool.found.iter().filter(|other| is_even(other)).count() - 1 } else { 0 }
}

fn payment_key(line: &BankLine) -> u64 {
    let iban = text::compact(&line.payer_iban);
    let payer = if iban.is_empty() { Name::read(&line.payer_name).whole } else { iban };
    text::hash(&format!("{} {} {payer}", line.amount.minor(), line.amount.currency()))
}
