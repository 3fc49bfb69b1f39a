//! What the text names: numbers in full, mistyped, cut off, without prefix; orders; our customer number; amounts; words.
//!
//! `Reading::of` looks at the text once. `Reading::names` then says how well a mention fits one item. A number begins
//! and ends where its digits do, so INV-1 is never found in INV-10.

use crate::charges::Charges;
use crate::index::{Book, CustomerAt, Entry, ItemAt};
use crate::text::{self, Atom};
use crate::words::{self, Says};
use kernel::{Currency, check_digits::modulo_97};

/// How a mention fits an item, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    Exact,
    Digits,
    Order,
    /// The last digits only; how many.
    Ending,
    /// The end is missing.
    CutOff,
    Slip,
    /// The last digits only, and one of them wrong.
    EndingSlip,
}

/// A run in the text that may be a document's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) compact: String,
    pub(crate) digits: String,
    /// Items with exactly this number or order, open or not.
    pub(crate) exact: Vec<ItemAt>,
    /// The amount that stands behind it, in minor units of two decimals.
    pub(crate) amount: Option<i64>,
    pub(crate) is_last: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) mentions: Vec<Mention>,
    /// Amounts written in the text, in minor units of two decimals, but for the bank's charges.
    pub(crate) amounts: Vec<i64>,
    pub(crate) charges: Charges,
    pub(crate) quoted_customers: Vec<CustomerAt>,
    /// "and others", "various": the list is not complete.
    pub(crate) more_than_named: bool,
    pub(crate) says_part: bool,
    pub(crate) says_rest: bool,
    pub(crate) says_credit: bool,
    /// Words of business that is not a customer's: tax, interest, wages, loans.
    pub(crate) foreign_words: u32,
    /// Our own money that comes back, a deposit, a loan: no payment of an invoice, whoever sends it.
    pub(crate) other_business: bool,
    /// Says more than that something is paid: a word that is neither of paying nor of the lists above.
    pub(crate) says_other: bool,
    pub(crate) reason: Option<&'static str>,
    pub(crate) key: u64,
    pub(crate) is_empty: bool,
}

impl Reading {
    pub(crate) fn of(line_text: &str, structured: Option<&str>, value_day: (i16, i8, i8), book: &Book) -> Self {
        let folded = text::fold(line_text);
        let atoms = text::atoms(&folded);
        let mut reading = Self { key: text::hash(&text::compact(&folded)), ..Self::default() };
        reading.is_empty = atoms.is_empty();
        reading.words(&atoms, &folded);
        if let Some(reference) = structured {
            reading.mention(text::compact(reference), book);
        }
        let (mut at, mut named_until) = (0, None);
        while at < atoms.len() {
            let (named, stated, from) = (reading.mentions.len(), reading.amounts.len(), at);
            at = numbers_of_else(&atoms, at, &folded, book)
                .or_else(|| after_currency(&atoms, at).then(|| reading.amount(&atoms, at, &folded))?)
                .or_else(|| reading.known_number(&atoms, at, &folded, book))
                .or_else(|| reading.amount(&atoms, at, &folded))
                .or_else(|| reading.some_number(&atoms, at, (&folded, value_day), book))
                .unwrap_or(at + 1);
            if reading.mentions.len() > named {
                named_until = Some(at);
            } else if reading.amounts.len() > stated && named_until.take().is_some_and(|end| from <= end + 1) {
                // A currency may stand between.
                let amount = reading.amounts.last().copied();
                reading.mentions.last_mut().into_iter().for_each(|mention| mention.amount = amount);
            }
        }
        if let Some(last) = reading.mentions.last_mut() {
            last.is_last = true;
        }
        reading.charges = Charges::read(&atoms, &folded);
        let charges = &reading.charges.amounts;
        reading.amounts.retain(|minor| !charges.contains(minor));
        reading
    }

    fn words(&mut self, atoms: &[Atom<'_>], folded: &str) {
        for atom in atoms.iter().filter(|atom| !atom.is_number) {
            let mut is_of_paying = false;
            for said in words::said(atom.text) {
                is_of_paying |= !matches!(said, Says::Foreign | Says::OtherBusiness | Says::Charges | Says::Costs);
                match *said {
                    Says::Rest => self.says_rest = true,
                    Says::Part => self.says_part = true,
                    Says::More => self.more_than_named = true,
                    Says::Credit => self.says_credit = true,
                    Says::Foreign => self.foreign_words += 1,
                    Says::OtherBusiness => self.other_business = true,
                    Says::Reason(reason) if self.reason.is_none_or(|first| first == words::DEDUCTION) => {
                        self.reason = Some(reason);
                    }
                    Says::Reason(_) | Says::Customer | Says::Paying | Says::Charges | Says::Costs => {}
                }
            }
            self.says_other |= atom.text.len() >= 4 && !is_of_paying;
        }
        self.other_business |= words::says_other_business(folded);
        self.more_than_named |= folded.contains("U.A") || folded.contains("E.A.") || folded.contains("A.O.");
    }

    /// A run of atoms that is the number or the order of an item, the longest first.
    fn known_number(&mut self, atoms: &[Atom<'_>], at: usize, folded: &str, book: &Book) -> Option<usize> {
        let most = (at + 1..atoms.len()).take(6).take_while(|&next| joined(atoms, next, folded)).count();
        for count in (1..=most + 1).rev() {
            let run = &atoms[at..at + count];
            if !run.iter().any(|atom| atom.is_number) {
                continue;
            }
            let compact: String = run.iter().map(|atom| atom.text).collect();
            let spelt = |item: &ItemAt| {
                let entry = &book.items[*item as usize];
                text::compact(&entry.number) == compact
                    || entry.po.as_deref().is_some_and(|po| text::compact(po) == compact)
            };
            let exact: Vec<ItemAt> = book.numbered(&compact).take(64).filter(spelt).collect();
            // `A-1` is written as a number is, `1-2` and `A 1` may be anything.
            let written = || {
                let whole = folded.get(run[0].start..run[count - 1].end).unwrap_or(" ");
                !whole.contains(' ') && run.iter().any(|atom| !atom.is_number)
            };
            if !exact.is_empty() && (compact.len() > 3 || count == 1 || written()) {
                self.mentions.push(Mention {
                    digits: text::digits(&compact),
                    compact,
                    exact,
                    amount: None,
                    is_last: false,
                });
                return Some(at + count);
            }
        }
        None
    }

    fn mention(&mut self, compact: String, book: &Book) {
        let exact = book.numbered(&compact).take(64).collect();
        self.mentions.push(Mention { digits: text::digits(&compact), compact, exact, amount: None, is_last: false });
    }

    /// `1.234,56` and `454.10`: digits that end in a separator and two digits.
    fn amount(&mut self, atoms: &[Atom<'_>], at: usize, folded: &str) -> Option<usize> {
        let gap = |next: usize| folded.get(atoms[next - 1].end..atoms[next].start).unwrap_or("");
        let point = |next: usize| matches!(gap(next), "." | "," | "'");
        let is_glued = at > 0 && matches!(gap(at), "-" | "/" | "") && !after_currency(atoms, at);
        if !atoms[at].is_number || is_glued {
            return None;
        }
        let mut end = at;
        while end + 1 < atoms.len() && atoms[end + 1].is_number && point(end + 1) && atoms[end + 1].text.len() == 3 {
            end += 1;
        }
        let cents =
            end + 1 < atoms.len() && atoms[end + 1].is_number && point(end + 1) && atoms[end + 1].text.len() == 2;
        let goes_on = end + 2 < atoms.len() && matches!(gap(end + 2), "-" | "/" | "." | "");
        if !cents || (goes_on && atoms[end + 2].is_number) {
            return None;
        }
        let written: String = atoms[at..=end + 1].iter().map(|atom| atom.text).collect();
        self.amounts.push(written.parse().ok()?);
        Some(end + 2)
    }

    /// Digits that no item has as its number: mistyped, shortened, our customer number, or noise.
    fn some_number(
        &mut self,
        atoms: &[Atom<'_>],
        at: usize,
        place: (&str, (i16, i8, i8)),
        book: &Book,
    ) -> Option<usize> {
        let (folded, value_day) = place;
        let glued = |next: usize| {
            folded.get(atoms[next - 1].end..atoms[next].start).is_some_and(|gap| matches!(gap, "-" | "/" | ""))
        };
        let mut end = at;
        while end + 1 < atoms.len() && glued(end + 1) && (!atoms[end].is_number || atoms[end + 1].is_number) {
            end += 1;
        }
        let run = &atoms[at..=end];
        let digits: String = run.iter().filter(|atom| atom.is_number).map(|atom| atom.text).collect();
        if digits.is_empty() {
            return None;
        }
        let word_before = at.checked_sub(1).map(|before| atoms[before].text).filter(|_| run[0].is_number);
        let after_customer = word_before.is_some_and(words::is_customer);
        if let Some(client) = book.customer_numbered(&digits) {
            self.quoted_customers.push(client);
            if after_customer {
                return Some(end + 1);
            }
        }
        if digits.len() >= 3 && !after_customer && !is_day(&digits, value_day) {
            let compact = run.iter().map(|atom| atom.text).collect();
            self.mentions.push(Mention { compact, digits, exact: Vec::new(), amount: None, is_last: false });
        }
        Some(end + 1)
    }
}

/// The number and the order of an item in the form that compares; made once and read over for item after item.
#[derive(Debug, Default)]
pub(crate) struct Spelling {
    number: String,
    digits: String,
    po: String,
    /// The order's digits, where they are long enough to tell it.
    po_digits: String,
}

/// Fewer digits of an order, without its letters, say nothing.
const ORDER_DIGITS: usize = 5;

/// An order's digits where these can stand for it.
pub(crate) fn order_digits(po: &str) -> Option<String> {
    Some(text::digits(po)).filter(|digits| digits.len() >= ORDER_DIGITS)
}

impl Spelling {
    pub(crate) fn of(&mut self, entry: &Entry) -> &Self {
        text::compact_into(&entry.number, &mut self.number);
        text::digits_into(&self.number, &mut self.digits);
        text::compact_into(entry.po.as_deref().unwrap_or_default(), &mut self.po);
        text::digits_into(&self.po, &mut self.po_digits);
        if self.po_digits.len() < ORDER_DIGITS {
            self.po_digits.clear();
        }
        self
    }

    /// How `mention` fits this item; `None` when it does not.
    pub(crate) fn fit(&self, mention: &Mention) -> Option<Fit> {
        if mention.compact == self.number {
            return Some(Fit::Exact);
        }
        if !self.po.is_empty() && self.po == mention.compact {
            return Some(Fit::Order);
        }
        let (all, given) = (self.digits.as_str(), mention.digits.as_str());
        if !self.po_digits.is_empty() && self.po_digits == given {
            return Some(Fit::Order);
        }
        if given.len() >= 3 && text::significant(given) == text::significant(all) {
            return Some(Fit::Digits);
        }
        if given.len() >= 3 && all.ends_with(given) {
            return Some(Fit::Ending);
        }
        let cut = |whole: &str, part: &str| part.len() + 4 >= whole.len() && part.len() >= 4 && whole.starts_with(part);
        if (mention.is_last || all.len() - given.len().min(all.len()) == 1) && cut(all, given) {
            return Some(Fit::CutOff);
        }
        if given.len() >= 4 && text::one_slip(given.as_bytes(), all.as_bytes()) {
            return Some(Fit::Slip);
        }
        if given.len() >= 6 && !self.po.is_empty() && text::one_slip(mention.compact.as_bytes(), self.po.as_bytes()) {
            return Some(Fit::Slip);
        }
        let ending_slip = |length: usize| {
            length >= 4 && length < all.len() && text::one_slip(given.as_bytes(), &all.as_bytes()[all.len() - length..])
        };
        let near = [given.len(), given.len() + 1, given.len().saturating_sub(1)];
        near.into_iter().any(ending_slip).then_some(Fit::EndingSlip)
    }
}

/// `EUR 12,50`: digits that are money, whatever item has them as its number.
fn after_currency(atoms: &[Atom<'_>], at: usize) -> bool {
    at > 0 && atoms[at].is_number && atoms[at - 1].text.parse::<Currency>().is_ok()
}

/// Where a written day or an account ends that begins at `at`: their digits name no item.
fn numbers_of_else(atoms: &[Atom<'_>], at: usize, folded: &str, book: &Book) -> Option<usize> {
    written_day(atoms, at, folded, book).or_else(|| account(atoms, at, folded))
}

/// `10.02.2026` and `2026-02-10`, unless it is the number of an item as that is written.
fn written_day(atoms: &[Atom<'_>], at: usize, folded: &str, book: &Book) -> Option<usize> {
    let run = atoms.get(at..at + 3).filter(|run| run.iter().all(|atom| atom.is_number))?;
    let gap = |next: usize| folded.get(atoms[next - 1].end..atoms[next].start).unwrap_or("");
    let is_alone = (at == 0 || !matches!(gap(at), "-" | "/" | "." | ""))
        && (at + 3 == atoms.len() || !matches!(gap(at + 3), "-" | "/" | "."));
    let number = |atom: &Atom<'_>, length: usize, most: u32| {
        atom.text.len() <= length && atom.text.parse::<u32>().is_ok_and(|number| (1..=most).contains(&number))
    };
    let is_year =
        |atom: &Atom<'_>| atom.text.len() == 4 && (atom.text.starts_with("19") || atom.text.starts_with("20"));
    let (day, month) = (|atom: &Atom<'_>| number(atom, 2, 31), |atom: &Atom<'_>| number(atom, 2, 12));
    let is_day =
        (day(&run[0]) && month(&run[1]) && is_year(&run[2])) || (is_year(&run[0]) && month(&run[1]) && day(&run[2]));
    let is_written = is_alone && gap(at + 1) == gap(at + 2) && matches!(gap(at + 1), "." | "/" | "-");
    let written = folded.get(run[0].start..run[2].end)?;
    let is_number = || {
        let compact: String = run.iter().map(|atom| atom.text).collect();
        book.numbered(&compact).any(|item| book.items[item as usize].number.contains(written))
    };
    (is_written && is_day && !is_number()).then_some(at + 3)
}

/// An IBAN, in one piece or in groups.
fn account(atoms: &[Atom<'_>], at: usize, folded: &str) -> Option<usize> {
    const SHORTEST: usize = 15;
    const LONGEST: usize = 34;
    let check = atoms.get(at + 1).filter(|check| check.is_number && check.text.len() >= 2)?;
    if atoms[at].is_number || atoms[at].text.len() != 2 || atoms[at].end != check.start {
        return None;
    }
    let (mut compact, mut found) = (atoms[at].text.to_owned(), None);
    for next in at + 1..atoms.len() {
        if !matches!(folded.get(atoms[next - 1].end..atoms[next].start), Some("" | " ")) {
            break;
        }
        compact.push_str(atoms[next].text);
        if compact.len() > LONGEST {
            break;
        }
        let is_whole = || modulo_97(&format!("{}{}", &compact[4..], &compact[..4])) == 1;
        if compact.len() >= SHORTEST && is_whole() {
            found = Some(next + 1);
        }
    }
    found
}

/// Whether atom `next` may belong to the number before it: nothing between, or one mark, or one space.
fn joined(atoms: &[Atom<'_>], next: usize, folded: &str) -> bool {
    let gap = folded.get(atoms[next - 1].end..atoms[next].start).unwrap_or("  ");
    matches!(gap, "" | "-" | "/" | "." | "_" | " " | "#" | ":" | "+")
}

/// The day of the payment itself, as payment runs put it into the text.
fn is_day(digits: &str, (year, month, day): (i16, i8, i8)) -> bool {
    let forms = [
        format!("{day:02}{month:02}{year}"),
        format!("{year}{month:02}{day:02}"),
        format!("{day:02}{month:02}{:02}", year % 100),
        format!("{month:02}{day:02}{year}"),
        format!("{:02}{month:02}{day:02}", year % 100),
    ];
    forms.iter().any(|form| form == digits)
}
