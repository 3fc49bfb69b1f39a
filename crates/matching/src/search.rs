//! Every plausible answer for one line: the named items, the named and something more, one item, a sum of several.
//!
//! Finds and does not judge: `features` describes an answer and `score` weighs it. Bounded: few customers, few targets, few
//! answers.

use crate::differences::{Money, Settlement};
use crate::facts::BankLine;
use crate::index::{Book, CustomerAt, ItemAt, day};
use crate::learnt::Learnt;
use crate::payers::{Evidence, Payer};
use crate::references::{Fit, Reading, Spelling};
use crate::subsets::Sums;
use crate::words;
use rustc_hash::FxHashSet;

/// Where an answer came from; the score treats them differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Named,
    NamedCorrected,
    NamedAndMore,
    Single,
    Sum,
    Account,
    Advice,
}

/// A possible answer.
#[derive(Debug, Clone)]
pub(crate) struct Hypothesis {
    /// Position among `Pool::suspects`.
    pub(crate) suspect: usize,
    pub(crate) source: Source,
    pub(crate) way: Settlement,
    /// The payer says how much is for which item.
    pub(crate) is_allotted: bool,
}

/// A customer whose items were searched, with what the text names of them.
#[derive(Debug, Clone)]
pub(crate) struct Suspect {
    pub(crate) client: CustomerAt,
    pub(crate) evidence: Evidence,
    /// Open items on the day in a currency of the line, by due day.
    pub(crate) items: Vec<ItemAt>,
    /// For each mention the items that it fits, the surest first.
    pub(crate) names: Vec<Vec<(ItemAt, Fit)>>,
}

impl Suspect {
    /// The items that the text names; where a mention is an item's number, its likeness to others says nothing.
    pub(crate) fn named(&self) -> impl Iterator<Item = (ItemAt, Fit)> {
        self.names.iter().flat_map(|fits| {
            let is_sure = fits.first().is_some_and(|(_, fit)| *fit <= Fit::Order);
            fits.iter().copied().filter(move |(_, fit)| !is_sure || *fit <= Fit::Order)
        })
    }

    pub(crate) fn is_named(&self, item: ItemAt) -> bool {
        self.named().any(|(named, _)| named == item)
    }
}

pub(crate) struct Pool {
    pub(crate) suspects: Vec<Suspect>,
    pub(crate) found: Vec<Hypothesis>,
    pub(crate) amount: i64,
    seen: FxHashSet<Vec<(ItemAt, i64)>>,
}

const MOST_SUSPECTS: usize = 8;
const MOST_OTHERS: usize = 8;
const SEARCHED_DEEPLY: usize = 3;
const MOST_ANSWERS: usize = 60;

pub(crate) struct Search<'a> {
    pub(crate) book: &'a Book,
    pub(crate) learnt: &'a Learnt,
    pub(crate) line: &'a BankLine,
    pub(crate) reading: &'a Reading,
    pub(crate) payer: &'a Payer<'a>,
    pub(crate) advised: Option<Advised>,
}

/// What an advice speaks of: items of one customer, and what it pays of each.
#[derive(Debug, Clone)]
pub(crate) struct Advised {
    pub(crate) client: CustomerAt,
    pub(crate) items: Vec<ItemAt>,
    pub(crate) pieces: Vec<(ItemAt, i64)>,
}

impl Search<'_> {
    pub(crate) fn pool(&self) -> Pool {
        let usual_fees = self.learnt.usual_fees();
        let money = Money {
            amount: self.line.amount.minor(),
            exchanged: self.line.was_exchanged(),
            day: day(self.line.value_on),
            stated: &self.reading.amounts,
            charges: self.told_charges(),
            says_charges: self.reading.charges.are_said,
            is_from_abroad: self.line.is_from_abroad(),
            says_tax: self.reading.reason == Some(words::WITHHELD),
            usual_fees: &usual_fees,
            book: self.book,
            learnt: self.learnt,
        };
        if let Some(pool) = self.plain(&money) {
            return pool;
        }
        let mut pool = Pool::of(self.suspects(&money), money.amount);
        let alone = pool.suspects.len();
        pool.suspects.extend(self.group());
        for at in 0..pool.suspects.len() {
            self.advised(at, &money, &mut pool);
            self.named(at, &money, &mut pool);
        }
        let mut deep = 0;
        for at in 0..alone {
            let suspect = &pool.suspects[at];
            let known = suspect.evidence.strength() > 0.5 || suspect.names.iter().any(|names| !names.is_empty());
            self.singles(at, &money, known, &mut pool);
            if known && deep < SEARCHED_DEEPLY {
                deep += 1;
                self.sums(at, &money, &mut pool);
            }
        }
        pool
    }

    /// What the bank took on the way, as the bank or the text says it: each charge and all of them.
    pub(crate) fn told_charges(&self) -> Vec<i64> {
        let mut told = self.reading.charges.amounts.clone();
        if told.len() > 1 {
            told.push(told.iter().sum());
        }
        told.extend(self.line.told_charges());
        told
    }

    /// Most lines name what they pay in full: then one customer is looked at and nobody else.
    fn plain(&self, money: &Money<'_>) -> Option<Pool> {
        let mut owners = self.reading.mentions.iter().flat_map(|mention| &mention.exact).map(|item| self.owner(item));
        let first = owners.next()?;
        if self.advised.is_some() || owners.any(|owner| owner != first) {
            return None;
        }
        let mut pool = Pool::of(vec![self.suspect(first).1], money.amount);
        self.named(0, money, &mut pool);
        self.is_settled_by_name(&pool).then_some(pool)
    }

    fn owner(&self, item: &ItemAt) -> CustomerAt {
        self.book.items[*item as usize].customer
    }

    /// Those who may have paid: known payers, owners of what is named, owners of an item of just this amount.
    fn suspects(&self, money: &Money<'_>) -> Vec<Suspect> {
        let owner = |item: &ItemAt| self.owner(item);
        let mut clients: Vec<CustomerAt> = self.advised.iter().map(|advised| advised.client).collect();
        clients.extend(self.reading.mentions.iter().flat_map(|mention| &mention.exact).take(40).map(owner));
        clients.extend(self.payer.candidates());
        for mention in &self.reading.mentions {
            clients.extend(self.book.numbered(&mention.digits).take(6).map(|item| owner(&item)));
        }
        let known = unique(clients.into_iter());
        let mut suspects: Vec<(f32, Suspect)> = known.iter().take(40).map(|&client| self.suspect(client)).collect();
        let by_weight = |a: &(f32, Suspect), b: &(f32, Suspect)| b.0.total_cmp(&a.0).then(a.1.client.cmp(&b.1.client));
        suspects.sort_by(by_weight);
        suspects.truncate(MOST_SUSPECTS);
        if suspects.first().is_none_or(|(weight, _)| *weight < 1.9) {
            let taken: FxHashSet<CustomerAt> = suspects.iter().map(|(_, suspect)| suspect.client).collect();
            let by_amount = self.owners_by_amount(money).into_iter().chain(self.owners_by_slip(money));
            let others = unique(by_amount.filter(|client| !taken.contains(client)));
            let mut others: Vec<(f32, Suspect)> = others.into_iter().map(|client| self.suspect(client)).collect();
            others.sort_by(by_weight);
            others.truncate(MOST_OTHERS);
            suspects.extend(others);
            suspects.sort_by(by_weight);
        }
        suspects.into_iter().map(|(_, suspect)| suspect).collect()
    }

    fn owners_by_amount(&self, money: &Money<'_>) -> Vec<CustomerAt> {
        let currency = self.line.amount.currency();
        let targets =
            std::iter::once(money.amount).chain(money.missing_sums().into_iter().map(|sum| money.amount + sum));
        let alike: Vec<ItemAt> = targets.flat_map(|minor| self.book.of_amount(minor, currency).take(60)).collect();
        if alike.len() <= 40 { alike.iter().map(|item| self.owner(item)).collect() } else { Vec::new() }
    }

    /// Owners of items whose number is one slip from a mention that no known payer's item fits.
    fn owners_by_slip(&self, money: &Money<'_>) -> Vec<CustomerAt> {
        let mut owners = Vec::new();
        for mention in self.reading.mentions.iter().filter(|mention| mention.exact.is_empty()).take(4) {
            for digits in slips(&mention.digits) {
                for item in self.book.numbered(&digits).take(4) {
                    let open = self.book.items[item as usize].open;
                    if open > 0 && open * 2 > money.amount && open < money.amount.saturating_mul(2) {
                        owners.push(self.owner(&item));
                    }
                }
            }
        }
        owners.truncate(24);
        owners
    }

    /// Those of one group whose items the text names together, as the one of them that is best known as the payer.
    fn group(&self) -> Option<Suspect> {
        let head = |client: CustomerAt| {
            let parent = self.book.clients[client as usize].facts.parent.as_deref();
            parent.and_then(|parent| self.book.customer(parent)).unwrap_or(client)
        };
        let exact = self.reading.mentions.iter().flat_map(|mention| &mention.exact).take(40);
        let owners = unique(exact.map(|item| self.owner(item)));
        let mut groups = owners.iter().map(|&owner| head(owner));
        let of_group = |group: &CustomerAt| owners.iter().filter(|&&owner| head(owner) == *group).count() > 1;
        let group = groups.find(of_group)?;
        let members =
            unique(std::iter::once(group).chain(owners.iter().copied().filter(|&owner| head(owner) == group)));
        let strength = |client: &CustomerAt| self.payer.evidence(*client).strength();
        let known = members.iter().copied().rev().max_by(|a, b| strength(a).total_cmp(&strength(b)))?;
        let items = members.iter().flat_map(|&member| self.usable(member)).collect();
        Some(self.suspect_with(known, items).1)
    }

    /// The customer's items in a currency of the line: those that were issued by its day, and later ones whose number or
    /// order it names, because they were paid in advance.
    fn usable(&self, client: CustomerAt) -> impl Iterator<Item = ItemAt> {
        let today = day(self.line.value_on);
        self.book.clients[client as usize].open.iter().copied().filter(move |item| {
            let entry = &self.book.items[*item as usize];
            let is_meant =
                entry.issued_day <= today || self.reading.mentions.iter().any(|name| name.exact.contains(item));
            is_meant && self.line.amount_in(entry.currency) == Some(self.line.amount.minor())
        })
    }

    fn suspect(&self, client: CustomerAt) -> (f32, Suspect) {
        self.suspect_with(client, self.usable(client).collect())
    }

    fn suspect_with(&self, client: CustomerAt, items: Vec<ItemAt>) -> (f32, Suspect) {
        let mut names: Vec<Vec<(ItemAt, Fit)>> = vec![Vec::new(); self.reading.mentions.len()];
        if !names.is_empty() {
            let mut spelling = Spelling::default();
            for &item in &items {
                let spelling = spelling.of(&self.book.items[item as usize]);
                for (mention, fits) in self.reading.mentions.iter().zip(&mut names) {
                    fits.extend(spelling.fit(mention).map(|fit| (item, fit)));
                }
            }
            names.iter_mut().for_each(|fits| fits.sort_by_key(|&(item, fit)| (fit, item)));
        }
        let evidence = self.payer.evidence(client);
        let worth = |names: &Vec<(ItemAt, Fit)>| match names.first() {
            Some((_, Fit::Exact | Fit::Digits | Fit::Order)) => 1.0,
            Some((_, Fit::Ending)) => 0.5,
            Some(_) => 0.3,
            None => 0.0,
        };
        let named: f32 = names.iter().map(worth).sum();
        let advised = self.advised.as_ref().is_some_and(|advised| advised.client == client);
        let weight = evidence.strength() + named.min(2.0) + if advised { 2.0 } else { 0.0 };
        (weight, Suspect { client, evidence, items, names })
    }

    fn advised(&self, at: usize, money: &Money<'_>, pool: &mut Pool) {
        if let Some(Advised { client, items, pieces }) = &self.advised
            && *client == pool.suspects[at].client
        {
            let usable: Vec<ItemAt> =
                items.iter().copied().filter(|item| pool.suspects[at].items.contains(item)).collect();
            if usable.len() == pieces.len() {
                pool.allot(at, Source::Advice, pieces, money);
            }
            pool.settle(at, Source::Advice, &usable, money);
        }
    }

    /// How much is for which item, where the text says an amount behind the number of each.
    fn pieces(&self, suspect: &Suspect, named: &[ItemAt]) -> Option<Vec<(ItemAt, i64)>> {
        let behind = |item: ItemAt| {
            let mut fits = self.reading.mentions.iter().zip(&suspect.names);
            let is_it = |fits: &[(ItemAt, Fit)]| fits.first().is_some_and(|(first, _)| *first == item);
            let stated = fits.find_map(|(mention, fits)| mention.amount.filter(|_| is_it(fits)))?;
            Some((item, stated * self.book.items[item as usize].open.signum()))
        };
        if named.len() > 1 { named.iter().map(|&item| behind(item)).collect() } else { None }
    }

    /// What the text names, as it stands; with one mention read differently; with one left out.
    fn named(&self, at: usize, money: &Money<'_>, pool: &mut Pool) {
        let suspect = &pool.suspects[at];
        let best: Vec<Option<ItemAt>> = suspect.names.iter().map(|fits| fits.first().map(|(item, _)| *item)).collect();
        let named = unique(best.iter().flatten().copied());
        if named.is_empty() {
            return;
        }
        let all_of_order = self.whole_orders(suspect, &named);
        let names = suspect.names.clone();
        pool.settle(at, Source::Named, &named, money);
        if self.is_settled_by_name(pool) {
            return;
        }
        if let Some(pieces) = self.pieces(&pool.suspects[at], &named) {
            pool.allot(at, Source::Named, &pieces, money);
        }
        if all_of_order.len() > named.len() {
            pool.settle(at, Source::Named, &all_of_order, money);
        }
        for (index, fits) in names.iter().enumerate() {
            for &(other, _) in fits.iter().skip(1).take(24) {
                let replaced = best.iter().enumerate().map(|(i, item)| if i == index { Some(other) } else { *item });
                let items = unique(replaced.flatten());
                let exact = self.total(&items) == money.amount;
                if exact || items.len() == 1 {
                    pool.settle(at, Source::NamedCorrected, &items, money);
                }
            }
        }
        if named.len() > 1 {
            for left_out in &named {
                let items: Vec<ItemAt> = named.iter().copied().filter(|item| item != left_out).collect();
                if self.total(&items) == money.amount {
                    pool.settle(at, Source::NamedCorrected, &items, money);
                }
            }
        }
    }

    /// An order can be billed in several invoices.
    fn whole_orders(&self, suspect: &Suspect, named: &[ItemAt]) -> Vec<ItemAt> {
        let by_order = suspect.names.iter().flat_map(|fits| fits.iter().filter(|(_, fit)| *fit == Fit::Order));
        unique(named.iter().copied().chain(by_order.map(|(item, _)| *item)))
    }

    fn total(&self, items: &[ItemAt]) -> i64 {
        items.iter().map(|&item| self.book.items[item as usize].open).sum()
    }

    /// Everything named in full, all of one customer, to the cent: nothing else needs to be looked for.
    fn is_settled_by_name(&self, pool: &Pool) -> bool {
        let [only] = &pool.found[..] else { return false };
        let suspect = &pool.suspects[only.suspect];
        let sure = |fits: &Vec<(ItemAt, Fit)>| matches!(fits.first(), Some((_, Fit::Exact | Fit::Digits | Fit::Order)));
        let fits = suspect.names.iter().all(sure);
        fits && only.source == Source::Named
            && only.way.parts.iter().all(|part| part.short.is_none())
            && only.way.exchange == 0
            && only.way.fee == 0
            && only.way.unapplied == 0
            && (suspect.evidence.name > 0.7 || suspect.evidence.own_iban)
    }

    /// One item for the whole amount. Of payers whom we know also with a difference.
    fn singles(&self, at: usize, money: &Money<'_>, known: bool, pool: &mut Pool) {
        let items = pool.suspects[at].items.clone();
        let (mut rough, missing) = (0, money.missing_sums());
        for item in items {
            let entry = &self.book.items[item as usize];
            let (open, net) = (entry.open, entry.open - entry.discount_minor());
            let stated = missing.iter().any(|sum| money.amount + sum == open);
            let exact = open == money.amount || net == money.amount || stated;
            let fraction = known && is_plain_fraction(money.amount, open);
            let fee = known && money.may_be_fee(open - money.amount);
            let near = known && (open - money.amount).abs() * 100 <= open.abs() * 6;
            let rest = known
                && money.amount > open
                && open > 0
                && (money.amount - open) % 1_000 == 0
                && money.amount < open * 2;
            if exact || fraction || fee || near || rest {
                let rough_only = !(exact || fraction);
                rough += usize::from(rough_only);
                if rough <= 12 || !rough_only {
                    pool.settle(at, Source::Single, &[item], money);
                }
            }
        }
        let suspect = &pool.suspects[at];
        if known && suspect.items.len() == 1 {
            let only = suspect.items.clone();
            pool.settle(at, Source::Account, &only, money);
        }
    }

    /// Several items that add up, alone or together with what is named.
    fn sums(&self, at: usize, money: &Money<'_>, pool: &mut Pool) {
        let suspect = &pool.suspects[at];
        let items = suspect.items.clone();
        let strong =
            |fits: &Vec<(ItemAt, Fit)>| fits.first().filter(|(_, fit)| *fit < Fit::Slip).map(|(item, _)| *item);
        let named = unique(suspect.names.iter().filter_map(strong));
        if items.len() > 1 {
            let targets = self.targets(money, items.len());
            if named.len() < 2 {
                self.sums_of(at, (&items, &[]), (money, &targets), pool);
            }
            if !named.is_empty() {
                let rest: Vec<ItemAt> = items.iter().copied().filter(|item| !named.contains(item)).collect();
                let last = self.last_number(&named);
                let after: Vec<ItemAt> =
                    rest.iter().copied().filter(|&item| *self.book.items[item as usize].number > *last).collect();
                if after.len() < rest.len() && !after.is_empty() {
                    self.sums_of(at, (&after, &named), (money, &targets), pool);
                }
                self.sums_of(at, (&rest, &named), (money, &targets), pool);
            }
            // Where what is named is more than the money already, the rest of the account only adds to what is missing.
            let sure = pool.suspects[at].named().filter(|(_, fit)| *fit <= Fit::Order).map(|(item, _)| item);
            if self.total(&unique(sure)) <= money.amount {
                self.account(at, &items, money, pool);
            }
        }
    }

    /// The highest number among invoices: payers list in order, so what the text had no room for comes after it.
    fn last_number(&self, named: &[ItemAt]) -> Box<str> {
        let bills = named.iter().map(|&item| &self.book.items[item as usize]).filter(|entry| entry.open > 0);
        bills.map(|entry| entry.number.clone()).max().unwrap_or_default()
    }

    /// The sums to look for: the money, and the money with what may be missing.
    fn targets(&self, money: &Money<'_>, open_items: usize) -> Vec<i64> {
        let mut targets = vec![money.amount];
        targets.extend(money.missing_sums().iter().map(|sum| money.amount + sum));
        let fees = if open_items > 120 { 0 } else { 10 };
        targets.extend(money.usual_fees.iter().take(fees).map(|fee| money.amount + fee));
        if open_items <= 60 && money.usual_fees.len() < 6 {
            targets.extend([500, 1_000, 1_500, 2_000, 2_500].map(|fee| money.amount + fee));
        }
        targets.dedup();
        targets
    }

    /// Which of `items` reach a target together with those that are `named`.
    fn sums_of(
        &self,
        at: usize,
        (items, named): (&[ItemAt], &[ItemAt]),
        (money, targets): (&Money<'_>, &[i64]),
        pool: &mut Pool,
    ) {
        let base = self.total(named);
        let source = if named.is_empty() { Source::Sum } else { Source::NamedAndMore };
        let open: Vec<i64> = items.iter().map(|&item| self.book.items[item as usize].open).collect();
        let sums = Sums::of(&open);
        let take = |choice: &[usize], pool: &mut Pool| {
            let chosen = unique(named.iter().copied().chain(choice.iter().map(|&index| items[index])));
            pool.settle(at, source, &chosen, money);
        };
        for &target in targets {
            if !named.is_empty() {
                for index in (0..items.len()).filter(|&index| open[index] == target - base).take(6) {
                    take(&[index], pool);
                }
            }
            for choice in sums.reaching(target - base) {
                take(&choice, pool);
            }
        }
        if money.exchanged {
            for choice in sums.runs_near(money.amount - base, money.amount.abs() * 6 / 1_000) {
                take(&choice, pool);
            }
        }
        let discount: Vec<i64> = items.iter().map(|&item| self.book.items[item as usize].discount_minor()).collect();
        if discount.iter().all(|minor| *minor == 0) {
            return;
        }
        let net: Vec<i64> = open.iter().zip(&discount).map(|(open, discount)| open - discount).collect();
        let net_base = base - named.iter().map(|&item| self.book.items[item as usize].discount_minor()).sum::<i64>();
        let net_sums = Sums::of(&net);
        for choice in
            net_sums.reaching(money.amount - base).into_iter().chain(net_sums.reaching(money.amount - net_base))
        {
            take(&choice, pool);
        }
        for choice in runs_between(&open, &net, money.amount - base) {
            take(&choice, pool);
        }
    }

    /// The whole account, or all of it that is due.
    fn account(&self, at: usize, items: &[ItemAt], money: &Money<'_>, pool: &mut Pool) {
        let due: Vec<ItemAt> =
            items.iter().copied().filter(|&item| self.book.items[item as usize].due_day <= money.day).collect();
        for set in [items, &due] {
            let total = self.total(set);
            if set.len() > 1 && (total - money.amount).abs() * 100 <= total.abs() * 8 {
                pool.settle(at, Source::Account, set, money);
            }
        }
    }
}

impl Pool {
    fn of(suspects: Vec<Suspect>, amount: i64) -> Self {
        Self { suspects, found: Vec::new(), amount, seen: FxHashSet::default() }
    }

    fn settle(&mut self, suspect: usize, source: Source, items: &[ItemAt], money: &Money<'_>) {
        if items.is_empty() {
            return;
        }
        for way in money.settle(items) {
            self.find(Hypothesis { suspect, source, way, is_allotted: false });
        }
    }

    /// The payer's own word takes the place of another way to the same amounts.
    fn allot(&mut self, suspect: usize, source: Source, pieces: &[(ItemAt, i64)], money: &Money<'_>) {
        let Some(way) = money.allot(pieces) else { return };
        let key = amounts(&way);
        match self.found.iter_mut().find(|found| found.suspect == suspect && amounts(&found.way) == key) {
            Some(same) => (same.way, same.is_allotted) = (way, true),
            None => self.find(Hypothesis { suspect, source, way, is_allotted: true }),
        }
    }

    fn find(&mut self, found: Hypothesis) {
        if self.found.len() < MOST_ANSWERS && self.seen.insert(amounts(&found.way)) {
            self.found.push(found);
        }
    }
}

/// What each item gets, by item.
fn amounts(way: &Settlement) -> Vec<(ItemAt, i64)> {
    let mut amounts: Vec<(ItemAt, i64)> = way.parts.iter().map(|part| (part.item, part.amount)).collect();
    amounts.sort_unstable();
    amounts
}

/// Runs whose gross is at least, and whose net is at most the money: some of their discounts were taken.
fn runs_between(open: &[i64], net: &[i64], target: i64) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    for from in 0..open.len().min(60) {
        let (mut gross, mut least) = (0, 0);
        for to in from..open.len().min(from + 14) {
            gross += open[to];
            least += net[to];
            if to > from && gross > target && least < target && found.len() < 6 {
                found.push((from..=to).collect());
            }
        }
    }
    found
}

/// Everything that is one digit more, less or other, or two digits swapped.
fn slips(digits: &str) -> Vec<String> {
    let bytes = digits.as_bytes();
    if bytes.len() < 4 || bytes.len() > 14 {
        return Vec::new();
    }
    let mut all: Vec<Vec<u8>> = Vec::new();
    for at in 0..=bytes.len() {
        let (head, tail) = bytes.split_at(at);
        for digit in b'0'..=b'9' {
            all.push([head, &[digit], tail].concat());
            if let Some((_, rest)) = tail.split_first() {
                all.push([head, &[digit], rest].concat());
            }
        }
        match tail {
            [first, second, rest @ ..] => {
                all.push([head, &[*second, *first], rest].concat());
                all.push([head, &[*second], rest].concat());
            }
            [_] => all.push(head.to_vec()),
            [] => {}
        }
    }
    all.into_iter().filter_map(|digits| String::from_utf8(digits).ok()).collect()
}

/// A half, a third, 30 %: what people pay on account.
pub(crate) fn is_plain_fraction(part: i64, whole: i64) -> bool {
    let close = |thousandths: i64| (part * 1_000 - whole * thousandths).abs() <= 1_000;
    part > 0
        && part < whole
        && ((1..20).any(|twentieth| close(twentieth * 50))
            || (part * 3 - whole).abs() <= 3
            || (part * 3 - whole * 2).abs() <= 3)
}

pub(crate) fn unique(items: impl Iterator<Item = ItemAt>) -> Vec<ItemAt> {
    let mut seen = FxHashSet::default();
    items.filter(|item| seen.insert(*item)).collect()
}
