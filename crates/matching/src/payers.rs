//! Who paid: by account, by name as written or abbreviated, by the number that we gave them, by what was learnt.
//!
//! Evidence only, on a scale that the score weighs; a name alone never decides.

use crate::facts::BankLine;
use crate::index::{Book, CustomerAt};
use crate::learnt::{Learnt, Owners};
use crate::text;

/// A name without its legal form, cut into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) words: Vec<String>,
    pub(crate) whole: String,
}

impl Name {
    pub(crate) fn read(name: &str) -> Self {
        let folded = text::fold(name);
        let mut words = join_single_letters(&folded);
        if !words.iter().all(|word| is_legal_form(word)) {
            words.retain(|word| !is_legal_form(word));
        }
        let whole = words.concat();
        Self { words, whole }
    }

    /// Hashed handles by which the name is found: words, beginnings, initials.
    pub(crate) fn keys(&self) -> Vec<u64> {
        let mut keys: Vec<u64> = self.words.iter().filter(|word| word.len() > 1).map(|word| text::hash(word)).collect();
        if let Some(first) = self.words.first() {
            keys.extend(
                [first.get(..3), first.get(..2)].into_iter().flatten().map(|head| text::hash(&format!("^{head}"))),
            );
            keys.extend(first.get(1..4).map(|middle| text::hash(&format!("~{middle}"))));
        }
        let whole = self.whole.get(..6).unwrap_or(&self.whole);
        keys.push(text::hash(&format!("={whole}")));
        keys.push(text::hash(&format!("#{}", self.initials())));
        if self.words.len() == 1 && self.whole.len() <= 4 {
            keys.push(text::hash(&format!("#{}", self.whole)));
        }
        keys
    }

    fn initials(&self) -> String {
        self.words.iter().filter_map(|word| word.chars().next()).collect()
    }

    /// From 0, nothing in common, to 1, the same but for the legal form.
    pub(crate) fn likeness(&self, other: &Self) -> f32 {
        if self.whole.is_empty() || other.whole.is_empty() {
            return 0.0;
        }
        if self.whole == other.whole {
            return 1.0;
        }
        let (a, b) = (self.whole.as_bytes(), other.whole.as_bytes());
        let begins = a.len().min(b.len()) >= 8 && (a.starts_with(b) || b.starts_with(a));
        let by_words = words_in_common(&self.words, &other.words);
        if text::one_slip(a, b) && a.len() >= 5 {
            return by_words.max(0.95);
        }
        let short = |name: &Self, of: &Self| name.words.len() == 1 && of.words.len() > 1 && name.whole == of.initials();
        let initials = if short(self, other) || short(other, self) { 0.55 } else { 0.0 };
        by_words.max(initials).max(if begins { 0.9 } else { 0.0 })
    }
}

/// GmbH, S.A., and the words between two partners.
fn is_legal_form(word: &str) -> bool {
    matches!(
        word,
        "AB" | "AG"
            | "AS"
            | "ASA"
            | "APS"
            | "BV"
            | "BVBA"
            | "CO"
            | "COMPANY"
            | "CORP"
            | "CORPORATION"
            | "CV"
            | "DAC"
            | "DOO"
            | "EG"
            | "EK"
            | "EV"
            | "EURL"
            | "GBR"
            | "GMBH"
            | "GESMBH"
            | "HB"
            | "INC"
            | "INCORPORATED"
            | "KFT"
            | "KG"
            | "KGAA"
            | "LDA"
            | "LIMITED"
            | "LLC"
            | "LLP"
            | "LTD"
            | "LP"
            | "LTDA"
            | "MBH"
            | "NV"
            | "OHG"
            | "OY"
            | "OYJ"
            | "PLC"
            | "PTE"
            | "PTY"
            | "PVT"
            | "SA"
            | "SAS"
            | "SARL"
            | "SASU"
            | "SCA"
            | "SE"
            | "SIA"
            | "SL"
            | "SLU"
            | "SNC"
            | "SP"
            | "SPA"
            | "SPK"
            | "SPOL"
            | "SRL"
            | "SRO"
            | "UAB"
            | "UG"
            | "ZOO"
            | "UND"
            | "AND"
            | "ET"
            | "THE"
    )
}

/// `B. V.` and `S.A.` are one word each.
fn join_single_letters(folded: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for word in folded.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let single = word.len() == 1;
        match words.last_mut() {
            Some(last) if single && open => last.push_str(word),
            _ => words.push(word.to_owned()),
        }
        open = single || (open && word.len() == 1);
    }
    words
}

fn words_in_common(ours: &[String], theirs: &[String]) -> f32 {
    let (mut sum, mut taken) = (0.0, 0_u64);
    let theirs = &theirs[..theirs.len().min(64)];
    for word in ours {
        let mut best = (0.0, 0);
        for (index, other) in theirs.iter().enumerate().filter(|(index, _)| taken & (1 << index) == 0) {
            let alike = word_likeness(word.as_bytes(), other.as_bytes());
            if alike > best.0 {
                best = (alike, index);
            }
        }
        if best.0 > 0.0 {
            taken |= 1 << best.1;
            sum += best.0;
        }
    }
    let most = u16::try_from(ours.len().max(theirs.len()).max(1)).unwrap_or(u16::MAX);
    sum / f32::from(most)
}

fn word_likeness(a: &[u8], b: &[u8]) -> f32 {
    let short = a.len().min(b.len());
    if a == b {
        1.0
    } else if short >= 3 && text::one_slip(a, b) {
        0.9
    } else if short >= 3 && (a.starts_with(b) || b.starts_with(a)) {
        0.75
    } else {
        0.0
    }
}

/// How well a payer is known as the payer of one customer; for those who guard against wrong ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Acquaintance {
    /// Confirmed payments of the customer.
    pub payments: i64,
    /// Confirmed payments from this very account.
    pub from_account: i64,
    pub has_account: bool,
    /// The account is on the customer's file.
    pub is_own_account: bool,
    /// The name is the customer's, or was confirmed for it.
    pub is_name_known: bool,
    pub is_of_group: bool,
}

/// What speaks for one customer as the payer.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Evidence {
    pub(crate) name: f32,
    /// Best likeness of any other customer.
    pub(crate) rival_name: f32,
    pub(crate) own_iban: bool,
    /// The account belongs to, or was taught for, somebody else.
    pub(crate) foreign_iban: bool,
    pub(crate) taught_iban: u32,
    pub(crate) taught_iban_others: u32,
    pub(crate) taught_name: u32,
    pub(crate) taught_name_others: u32,
    pub(crate) quoted_number: bool,
    pub(crate) parent: bool,
}

impl Evidence {
    pub(crate) fn strength(&self) -> f32 {
        let taught = |own: u32, others: u32| if own == 0 { 0.0 } else { f32_of(own) / f32_of(own + others) };
        let sure = if self.own_iban || self.quoted_number { 1.2 } else { 0.0 };
        sure + self.name
            + taught(self.taught_iban, self.taught_iban_others)
            + 0.7 * taught(self.taught_name, self.taught_name_others)
            + if self.parent { 0.4 } else { 0.0 }
            - if self.foreign_iban { 0.2 } else { 0.0 }
    }
}

pub(crate) fn f32_of(count: u32) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

/// The payer of one line, read once and then held against any customer.
pub(crate) struct Payer<'a> {
    book: &'a Book,
    pub(crate) name: Name,
    pub(crate) iban: String,
    owner: Option<CustomerAt>,
    quoted: Vec<CustomerAt>,
    alike: Vec<(CustomerAt, f32)>,
    by_iban: Owners<'a>,
    by_name: Owners<'a>,
}

impl<'a> Payer<'a> {
    pub(crate) fn read(line: &BankLine, quoted: Vec<CustomerAt>, book: &'a Book, learnt: &'a Learnt) -> Self {
        let name = Name::read(&line.payer_name);
        let iban = text::compact(&line.payer_iban);
        let owner = book.iban_owner(&iban).filter(|_| !iban.is_empty());
        let mut alike: Vec<(CustomerAt, f32)> = if name.whole.is_empty() { Vec::new() } else { book.named_like(&name) }
            .into_iter()
            .map(|client| (client, likeness(book, client, &name)))
            .filter(|&(_, likeness)| likeness >= 0.4)
            .collect();
        alike.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        alike.truncate(8);
        let (by_iban, by_name) = (learnt.owners_of_iban(&iban), learnt.owners_of_name(&name.whole));
        Self { book, name, iban, owner, quoted, alike, by_iban, by_name }
    }

    /// Those who may have paid, the likeliest first.
    pub(crate) fn candidates(&self) -> Vec<CustomerAt> {
        let mut found: Vec<CustomerAt> = self.owner.into_iter().chain(self.quoted.iter().copied()).collect();
        let taught = self.by_iban.iter().chain(self.by_name.iter());
        let mut taught: Vec<(CustomerAt, u32)> =
            taught.filter_map(|(id, count)| Some((self.book.customer(id)?, count))).collect();
        taught.sort_by_key(|&(client, count)| (std::cmp::Reverse(count), client));
        found.extend(taught.into_iter().take(6).map(|(client, _)| client));
        found.extend(self.alike.iter().map(|&(client, _)| client));
        let mut seen = rustc_hash::FxHashSet::default();
        found.retain(|client| seen.insert(*client));
        found
    }

    /// No account, customer number, likely name or earlier payment speaks for any customer.
    pub(crate) fn is_nobody(&self) -> bool {
        self.candidates().iter().all(|&client| self.evidence(client).strength() < 0.7)
    }

    pub(crate) fn evidence(&self, client: CustomerAt) -> Evidence {
        let id = self.book.clients[client as usize].facts.id.as_str();
        let (taught_iban, taught_name) = (self.by_iban.count(id), self.by_name.count(id));
        let found = self.alike.iter().find(|(alike, _)| *alike == client).map(|(_, likeness)| *likeness);
        let rival = self.alike.iter().find(|(alike, _)| *alike != client).map_or(0.0, |(_, likeness)| *likeness);
        let parent = self.book.clients[client as usize].facts.parent.as_deref();
        let parent = parent.and_then(|parent| self.book.customer(parent));
        let is_parent = |payer: &CustomerAt| Some(*payer) == parent;
        Evidence {
            name: found.unwrap_or_else(|| likeness(self.book, client, &self.name)),
            rival_name: rival,
            own_iban: self.owner == Some(client),
            foreign_iban: self.owner.is_some_and(|owner| owner != client),
            taught_iban,
            taught_iban_others: self.by_iban.total - taught_iban,
            taught_name,
            taught_name_others: self.by_name.total - taught_name,
            quoted_number: self.quoted.contains(&client),
            parent: self.owner.as_ref().is_some_and(is_parent)
                || self.alike.first().is_some_and(|(alike, likeness)| *likeness > 0.9 && is_parent(alike)),
        }
    }
}

fn likeness(book: &Book, client: CustomerAt, name: &Name) -> f32 {
    book.clients[client as usize].names.iter().map(|own| own.likeness(name)).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> f32 {
        Name::read(a).likeness(&Name::read(b))
    }

    #[test]
    fn names_as_banks_write_them() {
        assert!(alike("MUELLER HANDEL", "Mueller Handel GmbH & Co. KG") > 0.99);
        assert!(alike("ATLAS OPTICS S.A.", "Atlas Optics B.V.") > 0.99);
        assert!(alike("STARIRN LOGISTICS AG", "Stariron Logistics AG") > 0.9);
        assert!(alike("VAL LOGISTICS", "Valley Logistics Oy") > 0.8);
        assert!(alike("VTW CO", "Valley Textiles West Co") > 0.5);
        assert!(alike("Lake Optics AG", "Lake Medical AG") < 0.6);
        assert!(alike("Stone Holding AB", "Green Dairy Oy") < 0.1);
    }
}
