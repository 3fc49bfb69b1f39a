//! What makes two customers look like one.
//!
//! Strong signs are equal keys: tax id, name, mail domain with postcode. The weak one is a name that is almost the same:
//! the same words in another order, or a typing error or two. Names whose digits differ are never alike ("Store 12",
//! "Store 13").

/// What of a customer is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Face {
    pub tax_id: Option<String>,
    pub name_key: String,
    pub place_key: Option<String>,
}

kernel::text_enum! {
    /// Why two customers look like one, the strongest sign first.
    pub enum Likeness {
        TaxId = "tax_id",
        Name = "name",
        Place = "place",
        AlmostName = "almost_name",
    }
}

impl Likeness {
    /// The reason for a person.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::TaxId => "It has the same tax id.",
            Self::Name => "Its name is the same apart from legal form, accents and punctuation.",
            Self::Place => "Its e-mail addresses and its postcode are the same.",
            Self::AlmostName => "Its name is almost the same.",
        }
    }
}

impl Face {
    /// The strongest sign that both are the same customer.
    pub fn likeness(&self, other: &Self) -> Option<Likeness> {
        let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        if same(&self.tax_id, &other.tax_id) {
            return Some(Likeness::TaxId);
        }
        // Two tax ids that differ are two customers, however alike their names are.
        if self.tax_id.is_some() && other.tax_id.is_some() {
            return None;
        }
        if !self.name_key.is_empty() && self.name_key == other.name_key {
            return Some(Likeness::Name);
        }
        if same(&self.place_key, &other.place_key) {
            return Some(Likeness::Place);
        }
        almost_same(&self.name_key, &other.name_key).then_some(Likeness::AlmostName)
    }

    /// Beginnings of names that could be almost this one: of its first words, as a name may have them in another order.
    pub fn name_prefixes(&self) -> Vec<String> {
        let words = self.name_key.split(' ').filter(|word| word.chars().count() >= SHORTEST_WORD);
        let mut prefixes: Vec<String> = words.take(MOST_PREFIXES).map(|word| letters(word, PREFIX_LETTERS)).collect();
        prefixes.sort();
        prefixes.dedup();
        prefixes
    }

    /// The longer beginning by which one of many is looked for.
    pub fn long_prefix(&self) -> String {
        letters(&self.name_key, LONG_PREFIX_LETTERS)
    }
}

/// The digits of a name key, in which names that are alike agree.
pub fn digits(name_key: &str) -> String {
    name_key.chars().filter(char::is_ascii_digit).collect()
}

fn letters(text: &str, count: usize) -> String {
    text.chars().take(count).collect()
}

/// How many letters a name that is almost the same may be longer or shorter.
pub const MOST_LETTERS_APART: i64 = 2;
const SHORTEST_WORD: usize = 3;
const PREFIX_LETTERS: usize = 4;
const LONG_PREFIX_LETTERS: usize = 8;
const MOST_PREFIXES: usize = 3;

/// Whether two name keys differ by the order of their words or by a typing error: one in 5 letters or more, two in 10.
pub fn almost_same(one: &str, other: &str) -> bool {
    if digits(one) != digits(other) {
        return false;
    }
    let words = |key: &str| {
        let mut words: Vec<String> = key.split(' ').map(str::to_owned).collect();
        words.sort();
        words
    };
    let shorter = one.chars().count().min(other.chars().count());
    let allowed = match shorter {
        0..=4 => 0,
        5..=9 => 1,
        _ => 2,
    };
    (allowed > 0 && distance_within(one, other, allowed)) || (one.contains(' ') && words(one) == words(other))
}

/// Whether at most `most` letters have to be put in, left out, changed or swapped with their neighbour.
fn distance_within(one: &str, other: &str, most: usize) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > most {
        return false;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut this = vec![row + 1];
        for (column, counterpart) in other.iter().enumerate() {
            let change = last[column] + usize::from(letter != counterpart);
            let mut cost = change.min(last[column + 1] + 1).min(this[column] + 1);
            let swapped = row > 0 && column > 0 && *letter == other[column - 1] && one[row - 1] == *counterpart;
            if swapped {
                cost = cost.min(before[column - 1] + 1);
            }
            this.push(cost);
        }
        if this.iter().min().is_some_and(|least| *least > most) {
            return false;
        }
        before = std::mem::replace(&mut last, this);
    }
    last.last().is_some_and(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn face(tax_id: &str, name_key: &str, place_key: &str) -> Face {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Face { tax_id: some(tax_id), name_key: name_key.to_owned(), place_key: some(place_key) }
    }

    #[test]
    fn the_strongest_sign_is_named() {
        let acme = face("DE136695976", "acme trading", "acme.example 10115");
        let like = |tax_id, name, place| acme.likeness(&face(tax_id, name, place));
        assert_eq!(like("DE136695976", "other", ""), Some(Likeness::TaxId));
        assert_eq!(like("", "acme trading", ""), Some(Likeness::Name));
        assert_eq!(like("", "berlin branch", "acme.example 10115"), Some(Likeness::Place));
        assert_eq!(like("", "trading acme", ""), Some(Likeness::AlmostName));
        assert_eq!(like("", "acme tarding", ""), Some(Likeness::AlmostName));
        assert_eq!(like("", "acme", ""), None);
        assert_eq!(like("FR23334175221", "acme trading", "acme.example 10115"), None, "another tax id, another firm");
    }

    #[test]
    fn typing_errors_by_the_length_of_the_name() {
        let almost = [("muller", "muler"), ("johnson bros", "jonhson bro"), ("acme", "acme")];
        let different = [("acme", "acma"), ("muller", "miler"), ("store 12", "store 13"), ("bau", "bauer"), ("", "")];
        assert!(almost.iter().take(2).all(|(one, other)| almost_same(one, other)));
        assert!(different.iter().all(|(one, other)| !almost_same(one, other)));
    }

    #[test]
    fn candidates_begin_like_one_of_the_first_words() {
        assert_eq!(face("", "bau muller am see", "").name_prefixes(), ["bau", "mull", "see"]);
        assert_eq!(face("", "x", "").name_prefixes(), [""; 0]);
    }

    /// The plain recursive definition (optimal string alignment), slow and obviously right.
    fn distance(one: &[char], other: &[char]) -> usize {
        let (Some(last), Some(counterpart)) = (one.last(), other.last()) else { return one.len() + other.len() };
        let (shorter, shorter_other) = (&one[..one.len() - 1], &other[..other.len() - 1]);
        let change = distance(shorter, shorter_other) + usize::from(last != counterpart);
        let mut least = change.min(distance(shorter, other) + 1).min(distance(one, shorter_other) + 1);
        if one.len() > 1 && other.len() > 1 && shorter.last() == Some(counterpart) && shorter_other.last() == Some(last)
        {
            least = least.min(distance(&one[..one.len() - 2], &other[..other.len() - 2]) + 1);
        }
        least
    }

    proptest! {
        #[test]
        fn the_bounded_distance_agrees_with_the_definition(one in "[ab ]{0,6}", other in "[ab ]{0,6}", most in 0_usize..4) {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            let true_distance = distance(&letters(&one), &letters(&other));
            prop_assert_eq!(distance_within(&one, &other, most), true_distance <= most);
        }
    }
}
