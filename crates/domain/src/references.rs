//! Identifiers with check digits that documents carry: creditor references, IBANs and VAT ids.
//!
//! Each is read from what a person typed (spaces, dots, hyphens, small letters), kept in its electronic form, and refused
//! with the reason. A VAT id that passes has the right shape and, where the rule is public and simple, the right check
//! digit; whether it is registered only its tax office knows.

use kernel::check_digits::{luhn_sum, modulo_97};
use std::{fmt, str::FromStr};

macro_rules! checked_text {
    ($(#[$meta:meta])* $name:ident, $error:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The electronic form: capitals and digits without spaces.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

checked_text!(
    /// An RF creditor reference (ISO 11649).
    CreditorReference,
    ReferenceError
);
checked_text!(
    /// An international bank account number (ISO 13616) in the format of its country.
    Iban,
    IbanError
);
checked_text!(
    /// A VAT id with its country prefix.
    VatId,
    VatIdError
);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    #[error("`{0}` is not a creditor reference: RF, two check digits, then 1 to 21 letters and digits")]
    Shape(String),
    #[error("`{reference}` has a typing error: its check digits would be {expected:02}")]
    CheckDigits { reference: String, expected: u32 },
    #[error("`{0}` holds no letter or digit to make a creditor reference of")]
    Empty(String),
    #[error("`{number}` has {length} letters and digits; a creditor reference holds 21")]
    TooLong { number: String, length: usize },
    #[error("`{number}` cannot become a creditor reference because of `{character}`")]
    Character { number: String, character: char },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IbanError {
    #[error("`{0}` is not an IBAN: two letters, two check digits, then up to 30 letters and digits")]
    Shape(String),
    #[error("`{0}` has a typing error: its check digits do not fit")]
    CheckDigits(String),
    #[error("`{iban}` does not have the length and the format of an account in {country}")]
    Format { iban: String, country: String },
    #[error("`{0}` starts with no country that uses IBANs")]
    Country(String),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VatIdError {
    #[error("`{0}` does not start with a country whose VAT ids are known, such as DE or FR")]
    Country(String),
    #[error("`{id}` is not a VAT id of {country}, which look like {example}")]
    Shape { id: String, country: &'static str, example: String },
    #[error("`{0}` has a typing error: its check digit does not fit")]
    CheckDigit(String),
}

/// Drops what people put between the groups of a number, and writes it in capitals.
fn compact(text: &str) -> String {
    text.chars().filter(|c| !is_separator(*c)).map(|c| c.to_ascii_uppercase()).collect()
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '.' | '/' | '_')
}

/// Groups of four, as printed.
fn grouped(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

impl CreditorReference {
    /// Makes a reference of a document number: letters and digits stay, spaces and `- . / _` go.
    pub fn of_document(number: &str) -> Result<Self, ReferenceError> {
        let body = compact(number);
        if let Some(character) = body.chars().find(|c| !c.is_ascii_alphanumeric()) {
            return Err(ReferenceError::Character { number: number.to_owned(), character });
        }
        match body.len() {
            0 => Err(ReferenceError::Empty(number.to_owned())),
            1..=21 => Ok(Self(format!("RF{:02}{body}", Self::check_digits(&body)))),
            length => Err(ReferenceError::TooLong { number: number.to_owned(), length }),
        }
    }

    fn check_digits(body: &str) -> u32 {
        98 - modulo_97(&format!("{body}RF00"))
    }

    /// `RF39 8369 0060 2677 3546 848`.
    pub fn print_form(&self) -> String {
        grouped(&self.0)
    }
}

impl FromStr for CreditorReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let shape = || ReferenceError::Shape(text.to_owned());
        if !(5..=25).contains(&compact.len()) || !compact.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(shape());
        }
        let (digits, body) = compact.strip_prefix("RF").ok_or_else(shape)?.split_at(2);
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(shape());
        }
        let expected = Self::check_digits(body);
        if digits.parse() == Ok(expected) {
            Ok(Self(compact))
        } else {
            Err(ReferenceError::CheckDigits { reference: text.to_owned(), expected })
        }
    }
}

impl Iban {
    pub fn country(&self) -> &str {
        &self.0[..2]
    }

    /// `DE89 3704 0044 0532 0130 00`.
    pub fn print_form(&self) -> String {
        grouped(&self.0)
    }
}

impl FromStr for Iban {
    type Err = IbanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        match compact.parse::<iban::Iban>() {
            Ok(_) => Ok(Self(compact)),
            Err(iban::ParseIbanError::InvalidBaseIban { source: iban::ParseBaseIbanError::InvalidChecksum }) => {
                Err(IbanError::CheckDigits(text.to_owned()))
            }
            Err(iban::ParseIbanError::InvalidBaseIban { .. }) => Err(IbanError::Shape(text.to_owned())),
            Err(iban::ParseIbanError::InvalidBban(_)) => {
                Err(IbanError::Format { iban: text.to_owned(), country: compact.chars().take(2).collect() })
            }
            Err(iban::ParseIbanError::UnknownCountry(_)) => Err(IbanError::Country(text.to_owned())),
        }
    }
}

/// What follows the country prefix: `#` a digit, `@` a letter, `?` either, anything else itself.
const VAT_SHAPES: &[(&str, &[&str])] = &[
    ("AT", &["U########"]),
    ("BE", &["0#########", "1#########"]),
    ("BG", &["#########", "##########"]),
    ("CHE", &["#########", "#########MWST", "#########TVA", "#########IVA"]),
    ("CY", &["########@"]),
    ("CZ", &["########", "#########", "##########"]),
    ("DE", &["#########"]),
    ("DK", &["########"]),
    ("EE", &["#########"]),
    ("EL", &["#########"]),
    ("ES", &["@########", "########@", "@#######@"]),
    ("FI", &["########"]),
    ("FR", &["??#########"]),
    ("GB", &["#########", "############", "GD###", "HA###"]),
    ("HR", &["###########"]),
    ("HU", &["########"]),
    ("IE", &["#######@", "#######@@", "#@#####@"]),
    ("IT", &["###########"]),
    ("LT", &["#########", "############"]),
    ("LU", &["########"]),
    ("LV", &["###########"]),
    ("MT", &["########"]),
    ("NL", &["#########B##"]),
    ("PL", &["##########"]),
    ("PT", &["#########"]),
    ("RO", &["##", "###", "####", "#####", "######", "#######", "########", "#########", "##########"]),
    ("SE", &["############"]),
    ("SI", &["########"]),
    ("SK", &["##########"]),
    ("XI", &["#########", "############", "GD###", "HA###"]),
];

impl VatId {
    /// The prefix: an ISO 3166 code but for `EL` (Greece), `XI` (Northern Ireland) and `CHE` (Switzerland).
    pub fn prefix(&self) -> &'static str {
        VAT_SHAPES.iter().map(|shape| shape.0).find(|prefix| self.0.starts_with(prefix)).unwrap_or_default()
    }
}

impl FromStr for VatId {
    type Err = VatIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = compact(text);
        let shape = VAT_SHAPES.iter().find_map(|(prefix, shapes)| Some((prefix, shapes, id.strip_prefix(prefix)?)));
        let (&country, shapes, number) = shape.ok_or_else(|| VatIdError::Country(text.to_owned()))?;
        if !shapes.iter().any(|shape| fits(number, shape)) {
            let example = format!("{country}{}", shapes.first().copied().unwrap_or_default());
            return Err(VatIdError::Shape { id: text.to_owned(), country, example });
        }
        if check_digit_fits(country, number) { Ok(Self(id)) } else { Err(VatIdError::CheckDigit(text.to_owned())) }
    }
}

fn fits(number: &str, shape: &str) -> bool {
    let fit = |(have, want): (char, char)| match want {
        '#' => have.is_ascii_digit(),
        '@' => have.is_ascii_uppercase(),
        '?' => have.is_ascii_digit() || have.is_ascii_uppercase(),
        want => have == want,
    };
    number.chars().count() == shape.len() && number.chars().zip(shape.chars()).all(fit)
}

fn check_digit_fits(country: &str, number: &str) -> bool {
    let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
    match country {
        "AT" => (luhn_sum(&digits[..7]) + 4 + u64::from(digits[7])).is_multiple_of(10),
        "BE" => value(&digits[..8]) % 97 + value(&digits[8..]) == 97,
        "CHE" => weighted(&digits, &[5, 4, 3, 2, 7, 6, 5, 4, 1]).is_multiple_of(11),
        "DE" => german(&digits),
        "ES" => spanish(number),
        "FR" => french(number),
        "IT" => italian(&digits),
        "NL" => {
            let old = weighted(&digits[..8], &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 == u64::from(digits[8]);
            !number.ends_with("00") && (old || modulo_97(&format!("NL{number}")) == 1)
        }
        "PL" => weighted(&digits[..9], &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == u64::from(digits[9]),
        _ => true,
    }
}

fn value(digits: &[u32]) -> u64 {
    digits.iter().fold(0, |value, &digit| value * 10 + u64::from(digit))
}

fn weighted(digits: &[u32], weights: &[u64]) -> u64 {
    digits.iter().zip(weights).map(|(&digit, weight)| u64::from(digit) * weight).sum()
}

/// Seven digits, the office that gave the number, Luhn's digit.
fn italian(digits: &[u32]) -> bool {
    let office = value(&digits[7..10]);
    let exists = matches!(office, 1..=100 | 120 | 121 | 888 | 999);
    exists && value(&digits[..7]) > 0 && luhn_sum(digits).is_multiple_of(10)
}

/// ISO 7064 MOD 11,10; the first digit is never 0.
fn german(digits: &[u32]) -> bool {
    let product = digits[..8].iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        if sum == 0 { 20 % 11 } else { 2 * sum % 11 }
    });
    digits[0] != 0 && (11 - product) % 10 == digits[8]
}

/// SIREN by Luhn's rule, and the key where it is of digits; Monaco's numbers start with 000 and have no SIREN.
fn french(number: &str) -> bool {
    let (key, siren) = number.split_at(2);
    let digits: Vec<u32> = siren.chars().filter_map(|c| c.to_digit(10)).collect();
    let siren_fits = siren.starts_with("000") || luhn_sum(&digits).is_multiple_of(10);
    siren_fits && key.parse::<u64>().map_or(true, |key| key == (12 + 3 * (value(&digits) % 97)) % 97)
}

/// Persons end in a letter by the number modulo 23; companies in Luhn's digit or its letter.
fn spanish(number: &str) -> bool {
    const PERSON: &[u8] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    const COMPANY: &[u8] = b"JABCDEFGHI";
    let (body, control) = number.split_at(8);
    let (control, first) = (control.as_bytes()[0], body.as_bytes()[0]);
    let mut digits: Vec<u32> = body.chars().skip(1).filter_map(|c| c.to_digit(10)).collect();
    let lead = match first {
        b'0'..=b'9' => u32::from(first - b'0'),
        b'X'..=b'Z' => u32::from(first - b'X'),
        b'K' | b'L' | b'M' => 0,
        b'I' | b'O' | b'T' => return false,
        _ => {
            digits.push(0);
            let digit = (10 - luhn_sum(&digits) % 10) % 10;
            let letter = usize::try_from(digit).ok().and_then(|index| COMPANY.get(index));
            return u64::from(control.wrapping_sub(b'0')) == digit || Some(&control) == letter;
        }
    };
    digits.insert(0, lead);
    let letter = usize::try_from(value(&digits) % 23).ok().and_then(|index| PERSON.get(index));
    Some(&control) == letter
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references_of_published_examples() {
        // ISO 11649 examples: the standard's own, and the one of the European Payments Council's guidelines.
        for text in ["RF18 5390 0754 7034", "RF18000000000539007547034", "RF18539007547034"] {
            assert!(text.parse::<CreditorReference>().is_ok(), "{text}");
        }
        assert_eq!(CreditorReference::of_document("539007547034").unwrap().as_str(), "RF18539007547034");
        assert_eq!(CreditorReference::of_document("2348231").unwrap().print_form(), "RF71 2348 231");
        let altered = "RF19539007547034".parse::<CreditorReference>();
        assert!(matches!(altered, Err(ReferenceError::CheckDigits { expected: 18, .. })));
    }

    #[test]
    fn a_document_number_becomes_a_reference_or_says_why_not() {
        let of = CreditorReference::of_document;
        assert_eq!(&of("INV-2026/000123").unwrap().as_str()[4..], "INV2026000123");
        assert_eq!(of("- /"), Err(ReferenceError::Empty("- /".into())));
        assert!(matches!(of("R\u{c9}-1"), Err(ReferenceError::Character { character: '\u{c9}', .. })));
        assert!(matches!(of("1234567890123456789012"), Err(ReferenceError::TooLong { length: 22, .. })));
    }

    #[test]
    fn ibans_of_the_registry_and_wrong_ones() {
        let read = |text: &str| text.parse::<Iban>();
        for text in [
            "DE89370400440532013000",
            "FR1420041010050500013M02606",
            "ES9121000418450200051332",
            "GB29NWBK60161331926819",
        ] {
            assert_eq!(read(text).unwrap().as_str(), text);
        }
        assert_eq!(read("ch93 0076 2011 6238 5295 7").unwrap().print_form(), "CH93 0076 2011 6238 5295 7");
        assert_eq!(read("AT611904300234573201").unwrap().country(), "AT");
        assert!(matches!(read("DE88370400440532013000"), Err(IbanError::CheckDigits(_))));
        assert!(matches!(read("DE8937040044"), Err(IbanError::CheckDigits(_) | IbanError::Format { .. })));
        assert!(matches!(read("D\u{c9}89"), Err(IbanError::Shape(_))));
        assert!(matches!(read(""), Err(IbanError::Shape(_))));
    }

    #[test]
    fn vat_ids_of_published_companies() {
        let good = [
            "DE136695976",
            "DE 129.273.398",
            "ATU13585627",
            "BE0428759497",
            "BE 0403.019.261",
            "FR40303265045",
            "FR23334175221",
            "IT00743110157",
            "NL004495445B01",
            "NL123456789B13",
            "PL8567346215",
            "ESB58378431",
            "ES54362315K",
            "ESX2482300W",
            "CHE-107.787.577 IVA",
            "IE6433435F",
            "EL094259216",
            "LU15027442",
        ];
        for text in good {
            assert!(text.parse::<VatId>().is_ok(), "{text}: {:?}", text.parse::<VatId>());
        }
        let wrong = [
            "DE136695978",
            "ATU13585626",
            "BE0431150351",
            "FR84323140391",
            "IT00743110158",
            "NL123456789B12",
            "PL8567346216",
            "ESB58378432",
            "ES54362315Z",
            "CHE-107.787.578 IVA",
        ];
        for text in wrong {
            assert_eq!(text.parse::<VatId>(), Err(VatIdError::CheckDigit(text.into())), "{text}");
        }
    }

    #[test]
    fn a_vat_id_of_the_wrong_shape_shows_the_right_one() {
        let error = "DE12345678".parse::<VatId>().unwrap_err();
        assert_eq!(error.to_string(), "`DE12345678` is not a VAT id of DE, which look like DE#########");
        assert!(matches!("US123".parse::<VatId>(), Err(VatIdError::Country(_))));
        assert_eq!("CHE107787577".parse::<VatId>().unwrap().prefix(), "CHE");
    }

    /// Reference numbers judged by other programs; the folder is not part of the project.
    #[test]
    fn other_programs_agree() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora/references/reference_numbers.tsv");
        let Ok(table) = std::fs::read_to_string(path) else {
            eprintln!("skipped: {path} is absent");
            return;
        };
        let mut compared = 0;
        for row in table.lines().skip(1) {
            let [kind, value, expected, ..] = row.split('\t').collect::<Vec<_>>()[..] else { continue };
            let ours = match kind {
                "RF" => value.parse::<CreditorReference>().is_ok(),
                "IBAN" => value.parse::<Iban>().is_ok(),
                _ => continue,
            };
            assert_eq!(ours, expected == "valid", "{row}");
            compared += 1;
        }
        assert!(compared > 200, "only {compared} rows");
    }

    proptest! {
        #[test]
        fn a_made_reference_reads_back_and_one_wrong_digit_shows(
            body in "[A-Z0-9]{0,10}[0-9][A-Z0-9]{0,10}", other in "[0-9]",
        ) {
            let made = CreditorReference::of_document(&body).unwrap();
            prop_assert_eq!(made.print_form().to_lowercase().parse::<CreditorReference>().unwrap(), made.clone());
            let mut altered = made.as_str().to_owned();
            let at = 4 + body.find(|c: char| c.is_ascii_digit()).unwrap();
            altered.replace_range(at..=at, &other);
            prop_assert_eq!(altered.parse::<CreditorReference>().is_ok(), altered == made.as_str());
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}", vat in "(ES|FR|DE|AT|BE|NL|IT|PL|CHE)[A-Z0-9]{0,12}") {
            let _ = (text.parse::<CreditorReference>(), text.parse::<Iban>(), text.parse::<VatId>());
            let _ = (vat.parse::<VatId>(), CreditorReference::of_document(&text));
        }
    }
}
