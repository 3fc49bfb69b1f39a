//! The book of open items and customers, with the look-ups that make a hundred thousand lines against a million items quick.
//!
//! Keeps what is settled findable, because a payment that names a settled invoice is probably a second one. Never decides.

use crate::facts::{Customer, Discount, OpenItem};
use crate::payers::Name;
use crate::references::order_digits;
use crate::text;
use kernel::{Currency, Date, Money};
use rustc_hash::FxHashMap;

pub(crate) type ItemAt = u32;
pub(crate) type CustomerAt = u32;

/// An open item in the form that the search reads.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: Box<str>,
    pub(crate) number: Box<str>,
    pub(crate) po: Option<Box<str>>,
    pub(crate) customer: CustomerAt,
    pub(crate) issued_day: i32,
    pub(crate) due_day: i32,
    pub(crate) total: i64,
    pub(crate) open: i64,
    pub(crate) currency: Currency,
    pub(crate) discount: Option<(u32, i32)>,
}

impl Entry {
    /// What the early-payment discount is worth on what is open, rounded half up; 0 without one.
    pub(crate) fn discount_minor(&self) -> i64 {
        self.discount.map_or(0, |(basis_points, _)| share(self.open, basis_points))
    }
}

/// `basis_points` of `amount`, half away from zero.
pub(crate) fn share(amount: i64, basis_points: u32) -> i64 {
    let product = i128::from(amount) * i128::from(basis_points);
    let rounded = (product.abs() * 2 + 10_000) / 20_000;
    i64::try_from(if product < 0 { -rounded } else { rounded }).unwrap_or(0)
}

#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) facts: Customer,
    pub(crate) names: Vec<Name>,
    /// Items with something left, by due day and number.
    pub(crate) open: Vec<ItemAt>,
}

/// Lists of items under hashed keys, in one growing array: a fraction of the memory of a list per key.
#[derive(Debug, Clone, Default)]
struct Chains {
    heads: FxHashMap<u64, u32>,
    links: Vec<(u32, u32)>,
}

impl Client {
    /// A difference of so much is a rounding: a cent or two, or what was agreed.
    pub(crate) fn tolerance_minor(&self) -> i64 {
        self.facts.tolerance_minor.max(2)
    }
}

const END: u32 = u32::MAX;

impl Chains {
    fn add(&mut self, key: u64, item: ItemAt) {
        let link = u32::try_from(self.links.len()).unwrap_or(END);
        let before = self.heads.insert(key, link).unwrap_or(END);
        self.links.push((item, before));
    }

    fn get(&self, key: u64) -> impl Iterator<Item = ItemAt> + '_ {
        let mut at = self.heads.get(&key).copied().unwrap_or(END);
        std::iter::from_fn(move || {
            let (item, next) = self.links.get(usize::try_from(at).ok()?).copied()?;
            at = next;
            Some(item)
        })
    }
}

/// What customers are found by, each with those who have it in the order of the book.
type Handles<K> = FxHashMap<K, Vec<CustomerAt>>;

fn list<K: Eq + std::hash::Hash>(handles: &mut Handles<K>, key: K, at: CustomerAt) {
    let list = handles.entry(key).or_default();
    if let Err(place) = list.binary_search(&at) {
        list.insert(place, at);
    }
}

fn unlist<K: Eq + std::hash::Hash>(handles: &mut Handles<K>, key: &K, at: CustomerAt) {
    let Some(list) = handles.get_mut(key) else { return };
    list.retain(|&other| other != at);
    if list.is_empty() {
        handles.remove(key);
    }
}

/// The last who got an account or a number has it.
fn owner(handles: &Handles<Box<str>>, compact: &str) -> Option<CustomerAt> {
    handles.get(compact)?.last().copied()
}

#[derive(Debug, Clone, Default)]
pub struct Book {
    pub(crate) clients: Vec<Client>,
    pub(crate) items: Vec<Entry>,
    customer_ids: FxHashMap<Box<str>, CustomerAt>,
    customer_numbers: Handles<Box<str>>,
    ibans: Handles<Box<str>>,
    name_keys: Handles<u64>,
    item_ids: Chains,
    numbers: Chains,
    amounts: Chains,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    #[error("item {item} names customer {customer}, whom the book does not know; add the customer first")]
    NoCustomer { item: String, customer: String },
    #[error("item {0} is in the book already")]
    Twice(String),
    #[error("there is no item {0} in the book")]
    NoItem(String),
    #[error("item {item} has {open} open, which is more than its total of {total}")]
    TooMuch { item: String, open: Money, total: Money },
}

impl Book {
    /// Adds a customer, or takes over what has changed of one; its items stay.
    pub fn set_customer(&mut self, facts: Customer) {
        let at = match self.customer(&facts.id) {
            Some(at) if self.clients[at as usize].facts == facts => return,
            Some(at) => {
                self.unlist_customer(at);
                at
            }
            None => {
                let at = u32::try_from(self.clients.len()).unwrap_or(u32::MAX);
                self.customer_ids.insert(facts.id.as_str().into(), at);
                self.clients.push(Client { facts: Customer::default(), names: Vec::new(), open: Vec::new() });
                at
            }
        };
        list(&mut self.customer_numbers, number_handle(&facts), at);
        for iban in &facts.ibans {
            list(&mut self.ibans, text::compact(iban).into(), at);
        }
        let names: Vec<Name> = [&facts.name].into_iter().chain(&facts.aliases).map(|name| Name::read(name)).collect();
        for key in names.iter().flat_map(Name::keys) {
            list(&mut self.name_keys, key, at);
        }
        let client = &mut self.clients[at as usize];
        (client.facts, client.names) = (facts, names);
    }

    fn unlist_customer(&mut self, at: CustomerAt) {
        let Client { facts, names, .. } = &self.clients[at as usize];
        unlist(&mut self.customer_numbers, &number_handle(facts), at);
        for iban in &facts.ibans {
            unlist(&mut self.ibans, &text::compact(iban).into(), at);
        }
        for key in names.iter().flat_map(Name::keys) {
            unlist(&mut self.name_keys, &key, at);
        }
    }

    pub fn add_item(&mut self, item: &OpenItem) -> Result<(), BookError> {
        let unknown = || BookError::NoCustomer { item: item.id.clone(), customer: item.customer.clone() };
        let customer = *self.customer_ids.get(item.customer.as_str()).ok_or_else(unknown)?;
        if self.item(&item.id).is_some() {
            return Err(BookError::Twice(item.id.clone()));
        }
        let (open, total) = (item.open.minor(), item.total.minor());
        if open.unsigned_abs() > total.unsigned_abs() || open.signum() * total.signum() < 0 {
            return Err(BookError::TooMuch { item: item.id.clone(), open: item.open, total: item.total });
        }
        let at = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        self.items.push(Entry {
            id: item.id.as_str().into(),
            number: item.number.as_str().into(),
            po: item.po.as_deref().filter(|po| !po.is_empty()).map(Into::into),
            customer,

            issued_day: day(item.issued_on),
            due_day: day(item.due_on),
            total,
            open,
            currency: item.open.currency(),
            discount: item.discount.map(|Discount { basis_points, until }| (basis_points, day(until))),
        });
        self.item_ids.add(text::hash(&item.id), at);
        self.index_number(at);
        self.index_amount(at);
        self.list_open(at);
        Ok(())
    }

    /// Says what is left of an item after a payment, or again after an undo.
    pub fn set_open(&mut self, id: &str, open_minor: i64) -> Result<(), BookError> {
        let at = self.item(id).ok_or_else(|| BookError::NoItem(id.to_owned()))?;
        let entry = &mut self.items[at as usize];
        if open_minor.unsigned_abs() > entry.total.unsigned_abs() || open_minor.signum() * entry.total.signum() < 0 {
            let (open, total) = (Money::new(open_minor, entry.currency), Money::new(entry.total, entry.currency));
            return Err(BookError::TooMuch { item: id.to_owned(), open, total });
        }
        let before = std::mem::replace(&mut entry.open, open_minor);
        let customer = entry.customer as usize;
        if open_minor == 0 {
            self.clients[customer].open.retain(|&item| item != at);
        } else if before == 0 {
            self.list_open(at);
        }
        if open_minor != 0 && open_minor != before {
            self.index_amount(at);
        }
        Ok(())
    }

    pub fn customer_name(&self, id: &str) -> Option<&str> {
        self.customer(id).map(|at| self.clients[at as usize].facts.name.as_str())
    }

    pub fn open_minor(&self, id: &str) -> Option<i64> {
        self.item(id).map(|at| self.items[at as usize].open)
    }

    pub(crate) fn item(&self, id: &str) -> Option<ItemAt> {
        self.item_ids.get(text::hash(id)).find(|&at| &*self.items[at as usize].id == id)
    }

    pub(crate) fn customer(&self, id: &str) -> Option<CustomerAt> {
        self.customer_ids.get(id).copied()
    }

    pub(crate) fn customer_numbered(&self, compact: &str) -> Option<CustomerAt> {
        owner(&self.customer_numbers, compact)
    }

    pub(crate) fn iban_owner(&self, compact: &str) -> Option<CustomerAt> {
        owner(&self.ibans, compact)
    }

    /// Customers with a word, a beginning or the initials of this name, those with most of them first. A word of very many
    /// names is not followed where rarer ones lead to somebody.
    pub(crate) fn named_like(&self, name: &Name) -> Vec<CustomerAt> {
        const ENOUGH: usize = 600;
        let keys = name.keys();
        let mut lists: Vec<&[CustomerAt]> =
            keys.iter().filter_map(|key| self.name_keys.get(key)).map(Vec::as_slice).collect();
        lists.sort_by_key(|list| list.len());
        let mut sum = 0;
        let within = |list: &&&[CustomerAt]| {
            let first = sum == 0;
            sum += list.len();
            first || sum <= ENOUGH
        };
        let followed: Vec<&[CustomerAt]> = lists.iter().take_while(within).copied().collect();
        let mut found: Vec<CustomerAt> =
            followed.iter().flat_map(|list| &list[..list.len().min(ENOUGH)]).copied().collect();
        found.sort_unstable();
        let votes = |same: &[CustomerAt]| (std::cmp::Reverse(same.len()), same[0]);
        let mut ranked: Vec<_> = found.chunk_by(|a, b| a == b).map(votes).collect();
        ranked.sort_unstable();
        ranked.truncate(200);
        for (votes, client) in &mut ranked {
            votes.0 += lists[followed.len()..].iter().filter(|list| list.binary_search(client).is_ok()).count();
        }
        ranked.sort_unstable();
        ranked.truncate(40);
        ranked.into_iter().map(|(_, client)| client).collect()
    }

    /// Items whose number, its digits or its order number is exactly this, open or settled.
    pub(crate) fn numbered(&self, compact: &str) -> impl Iterator<Item = ItemAt> + '_ {
        self.numbers.get(text::hash(compact))
    }

    /// Items of which exactly this is open, or is open less the discount.
    pub(crate) fn of_amount(&self, minor: i64, currency: Currency) -> impl Iterator<Item = ItemAt> + '_ {
        self.amounts.get(amount_key(minor, currency)).filter(move |&at| {
            let entry = &self.items[at as usize];
            entry.open == minor || (entry.open != 0 && entry.open - entry.discount_minor() == minor)
        })
    }

    fn index_number(&mut self, at: ItemAt) {
        let entry = &self.items[at as usize];
        let number = text::compact(&entry.number);
        let digits = text::digits(&number);
        let tail =
            number[number.rfind(|letter: char| !letter.is_ascii_digit()).map_or(0, |last| last + 1)..].to_owned();
        let po = entry.po.as_deref().map(text::compact).unwrap_or_default();
        let mut keys = vec![number.clone(), digits, tail, order_digits(&po).unwrap_or_default(), po];
        keys.retain(|key| key.len() > 2 || *key == number);
        keys.sort_unstable();
        keys.dedup();
        for key in keys.iter().filter(|key| !key.is_empty()) {
            self.numbers.add(text::hash(key), at);
        }
    }

    fn index_amount(&mut self, at: ItemAt) {
        let entry = &self.items[at as usize];
        let (open, net, currency) = (entry.open, entry.open - entry.discount_minor(), entry.currency);
        self.amounts.add(amount_key(open, currency), at);
        if net != open {
            self.amounts.add(amount_key(net, currency), at);
        }
    }

    fn list_open(&mut self, at: ItemAt) {
        let items = &self.items;
        let key = |at: ItemAt| (items[at as usize].due_day, items[at as usize].issued_day, &*items[at as usize].number);
        let entry = &items[at as usize];
        if entry.open == 0 {
            return;
        }
        let open = &mut self.clients[entry.customer as usize].open;
        let place = open.partition_point(|&other| key(other) < key(at));
        open.insert(place, at);
    }
}

fn number_handle(facts: &Customer) -> Box<str> {
    text::compact(if facts.number.is_empty() { &facts.id } else { &facts.number }).into()
}

pub(crate) fn day(date: Date) -> i32 {
    i32::try_from(date.days_from_epoch()).unwrap_or(i32::MAX)
}

fn amount_key(minor: i64, currency: Currency) -> u64 {
    let code = currency.code().bytes().fold(0_u64, |key, byte| key * 256 + u64::from(byte));
    minor.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ code ^ u64::from(minor < 0)
}
