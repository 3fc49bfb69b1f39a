//! How payers write: names shortened and misspelt, numbers mistyped, cut, without prefix, texts with and without sense.

use crate::chance::Chance;

/// The payer's name as the bank passes it on.
pub(crate) fn payer_name(name: &str, chance: &mut Chance) -> String {
    let words: Vec<&str> = name.split(' ').collect();
    let bare = words[..words.len().saturating_sub(1).max(1)].join(" ");
    match chance.between(0, 8) {
        0 => name.to_uppercase(),
        1 => bare.to_uppercase(),
        2 => bare,
        3 => slip(&name.to_uppercase(), chance),
        4 => {
            name.chars().take(usize::try_from(chance.between(12, 27)).unwrap_or(20)).collect::<String>().to_uppercase()
        }
        5 => {
            let short: Vec<String> = words.iter().map(|word| word.chars().take(4).collect()).collect();
            short.join(" ").to_uppercase()
        }
        6 => words
            .iter()
            .filter_map(|word| word.chars().next())
            .filter(|letter| letter.is_alphanumeric())
            .collect::<String>()
            .to_uppercase(),
        7 => ascii(&bare).to_uppercase(),
        _ => format!("{} {}", words[1.min(words.len() - 1)], words[0]).to_uppercase(),
    }
}

fn ascii(text: &str) -> String {
    text.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss").replace(['é', 'è'], "e")
}

/// One character left out, doubled, swapped with the next or replaced; digits stay digits.
pub(crate) fn slip(text: &str, chance: &mut Chance) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let solid: Vec<usize> = (0..letters.len()).filter(|&at| letters[at].is_alphanumeric()).collect();
    if solid.len() < 3 {
        return text.to_owned();
    }
    let at = solid[1 + chance.at(solid.len() - 1)];
    match chance.between(0, 3) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        2 => letters.swap(at, at - 1),
        _ => {
            let digit = char::from(b'0' + u8::try_from(chance.between(0, 9)).unwrap_or(0));
            letters[at] = if letters[at].is_ascii_digit() { digit } else { 'E' };
        }
    }
    letters.into_iter().collect()
}

/// Only part of a number: without prefix, the last digits, the end cut off.
pub(crate) fn shortened(number: &str, chance: &mut Chance) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let last = |count: usize| digits[digits.len().saturating_sub(count)..].to_owned();
    match chance.between(0, 4) {
        0 => digits.clone(),
        1 => last(5),
        2 => last(4),
        3 => format!("Nr. {}", last(6)),
        _ => number[..number.len() - 1].to_owned(),
    }
}

pub(crate) const LEADS: &[&str] = &[
    "",
    "",
    "Rechnung ",
    "Rg. ",
    "RE-Nr ",
    "Invoice ",
    "Inv ",
    "Facture ",
    "Fattura ",
    "Factura ",
    "Ihre Rechnung ",
    "Zahlung ",
    "Payment for ",
    "Ref. ",
    "/RFB/",
];
pub(crate) const GAPS: &[&str] = &[" ", ", ", "; ", "/", " + ", " und "];
pub(crate) const NOTHING: &[&str] = &[
    "",
    "",
    "Zahlung",
    "Sammelzahlung",
    "Payment",
    "Vielen Dank",
    "siehe Avis",
    "Avis per Mail",
    "Remittance follows",
    "Kontoausgleich",
    "Virement",
    "Bonifico",
    "SEPA",
    "Zahllauf",
    "Our payment run",
];
pub(crate) const REASONS: &[&str] = &[
    "Abzug Mindermenge",
    "Retoure",
    "Frachtkosten",
    "Preisdifferenz",
    "Werbekostenzuschuss",
    "Damaged",
    "Short delivery",
    "Price diff",
    "Bonus",
    "Late delivery",
];
pub(crate) const FOREIGN: &[(&str, &str)] = &[
    ("Finanzkasse", "Erstattung Umsatzsteuer"),
    ("Hausbank", "Zinsen Q2"),
    ("Own account", "Umbuchung"),
    ("Versicherung AG", "Schadenregulierung"),
    ("Krankenkasse", "Erstattung U1"),
    ("Card acquirer", "Card settlement"),
    ("Landesbank", "Darlehen Auszahlung"),
    ("Vermieter", "Kaution"),
    ("Stadtwerke", "Guthaben Jahresabrechnung"),
];
