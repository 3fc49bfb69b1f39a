//! The EPC069-12 code ("GiroCode"): a SEPA credit transfer that a banking app reads from paper.
//!
//! [`epc_payload`] makes the text of version 002 in UTF-8; [`picture`] draws it with error correction M, as the
//! standard asks. What the standard does not allow is an error: an invoice is then printed without the code.

use fast_qr::{ECL, QRBuilder};
use iban::IbanLike as _;
use kernel::{Currency, Money};
use std::fmt::Write as _;

/// The bytes that fit version 13 with error correction M, the largest code that the standard allows.
const LARGEST: usize = 331;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpcPayment<'a> {
    pub beneficiary: &'a str,
    pub iban: &'a str,
    pub bic: Option<&'a str>,
    pub amount: Money,
    /// An ISO 20022 purpose of four letters, such as `GDDS`.
    pub purpose: Option<&'a str>,
    pub remittance: Remittance<'a>,
}

/// One or the other: the standard forbids both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remittance<'a> {
    /// An ISO 11649 creditor reference: `RF18539007547034`.
    Structured(&'a str),
    Text(&'a str),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EpcError {
    #[error("an EPC code is for EUR, not {0}")]
    Currency(Currency),
    #[error("an EPC code can ask for EUR 0.01 to EUR 999999999.99, not {0}")]
    Amount(Money),
    #[error("the beneficiary's name must have 1 to 70 characters on one line; it has {0}")]
    Name(usize),
    #[error("`{0}` is not an IBAN")]
    Iban(String),
    #[error("`{0}` is not a BIC")]
    Bic(String),
    #[error("`{0}` is not a purpose of up to four letters")]
    Purpose(String),
    #[error("`{0}` is not an ISO 11649 creditor reference")]
    Reference(String),
    #[error("the remittance text must have at most 140 characters on one line; it has {0}")]
    Text(usize),
    #[error("an EPC code holds 331 bytes; this one would need {0}")]
    TooLong(usize),
}

/// The text of the code. Empty elements at the end are left out.
pub fn epc_payload(payment: &EpcPayment<'_>) -> Result<String, EpcError> {
    let (structured, text) = match payment.remittance {
        Remittance::Structured(reference) => (creditor_reference(reference)?, ""),
        Remittance::Text(text) if fits(text, 0, 140) => (String::new(), text),
        Remittance::Text(text) => return Err(EpcError::Text(text.chars().count())),
    };
    if !fits(payment.beneficiary, 1, 70) {
        return Err(EpcError::Name(payment.beneficiary.chars().count()));
    }
    let bic = payment.bic.unwrap_or("");
    if !(bic.is_empty() || is_bic(bic)) {
        return Err(EpcError::Bic(bic.to_owned()));
    }
    let purpose = payment.purpose.unwrap_or("");
    if purpose.len() > 4 || !purpose.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        return Err(EpcError::Purpose(purpose.to_owned()));
    }
    let iban: iban::Iban = payment.iban.parse().map_err(|_| EpcError::Iban(payment.iban.to_owned()))?;
    let amount = amount(payment.amount)?;
    let elements = [
        "BCD",
        "002",
        "1",
        "SCT",
        bic,
        payment.beneficiary,
        iban.electronic_str(),
        &amount,
        purpose,
        &structured,
        text,
    ];
    let payload = elements.join("\n").trim_end_matches('\n').to_owned();
    if payload.len() > LARGEST { Err(EpcError::TooLong(payload.len())) } else { Ok(payload) }
}

/// The code as an SVG picture, one path, without the quiet zone; `None` when the text does not fit any code.
pub(crate) fn picture(payload: &str) -> Option<String> {
    let code = QRBuilder::new(payload).ecl(ECL::M).build().ok()?;
    let mut path = String::new();
    for row in 0..code.size {
        for column in 0..code.size {
            let dark = |at: usize| code[row][at].value();
            if dark(column) && (column == 0 || !dark(column - 1)) {
                let width = (column..code.size).take_while(|&at| dark(at)).count();
                write!(path, "M{column} {row}h{width}v1h-{width}z").ok()?;
            }
        }
    }
    let size = code.size;
    Some(format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{path}"/></svg>"#))
}

pub(crate) fn is_creditor_reference(text: &str) -> bool {
    creditor_reference(text).is_ok()
}

/// Without spaces, when its check digits are right (ISO 7064 mod 97-10).
fn creditor_reference(text: &str) -> Result<String, EpcError> {
    let wrong = || EpcError::Reference(text.to_owned());
    let compact: String = text.chars().filter(|c| *c != ' ').collect();
    let shape = compact.starts_with("RF")
        && (5..=25).contains(&compact.len())
        && compact.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && compact.bytes().skip(2).take(2).all(|b| b.is_ascii_digit());
    if !shape {
        return Err(wrong());
    }
    let turned = compact[4..].chars().chain(compact[..4].chars());
    let remainder = turned.filter_map(|c| c.to_digit(36)).fold(0, |rest, value| {
        let shift = if value < 10 { 10 } else { 100 };
        (rest * shift + value) % 97
    });
    if remainder == 1 { Ok(compact) } else { Err(wrong()) }
}

fn amount(money: Money) -> Result<String, EpcError> {
    if money.currency() != Currency::EUR {
        return Err(EpcError::Currency(money.currency()));
    }
    if !(1..=99_999_999_999).contains(&money.minor()) {
        return Err(EpcError::Amount(money));
    }
    Ok(format!("EUR{}", money.to_decimal().normalize()))
}

fn fits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn is_bic(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes.len(), 8 | 11)
        && bytes[..6].iter().all(u8::is_ascii_uppercase)
        && bytes[6..].iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn euros(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    fn payment<'a>(amount: &str, remittance: Remittance<'a>) -> EpcPayment<'a> {
        EpcPayment {
            beneficiary: "Red Cross of Belgium",
            iban: "BE72 0000 0000 1616",
            bic: Some("BPOTBEB1"),
            amount: euros(amount),
            purpose: Some("CHAR"),
            remittance,
        }
    }

    #[test]
    fn eleven_elements_in_their_order() {
        let payload = epc_payload(&payment("1", Remittance::Text("Urgency fund"))).unwrap();
        let expected = "BCD\n002\n1\nSCT\nBPOTBEB1\nRed Cross of Belgium\nBE72000000001616\nEUR1\nCHAR\n\nUrgency fund";
        assert_eq!(payload, expected);
        let payload = epc_payload(&payment("1234.5", Remittance::Structured("RF18 5390 0754 7034"))).unwrap();
        assert!(payload.ends_with("\nEUR1234.5\nCHAR\nRF18539007547034"), "{payload}");
    }

    #[test]
    fn refuses_what_the_standard_does() {
        let refused = |payment: EpcPayment<'_>| epc_payload(&payment).unwrap_err();
        let base = payment("1", Remittance::Text(""));
        let yen: Currency = "JPY".parse().unwrap();
        assert_eq!(refused(EpcPayment { amount: Money::new(1, yen), ..base }), EpcError::Currency(yen));
        for amount in ["0", "-1", "1000000000"].map(euros) {
            assert_eq!(refused(EpcPayment { amount, ..base }), EpcError::Amount(amount));
        }
        assert!(epc_payload(&EpcPayment { amount: euros("999999999.99"), ..base }).is_ok());
        assert_eq!(refused(EpcPayment { beneficiary: "", ..base }), EpcError::Name(0));
        assert_eq!(refused(EpcPayment { beneficiary: &"é".repeat(71), ..base }), EpcError::Name(71));
        assert_eq!(refused(EpcPayment { beneficiary: "a\nb", ..base }), EpcError::Name(3));
        assert_eq!(refused(EpcPayment { iban: "BE72000000001617", ..base }), EpcError::Iban("BE72000000001617".into()));
        assert_eq!(refused(EpcPayment { bic: Some("BPOT"), ..base }), EpcError::Bic("BPOT".into()));
        assert_eq!(refused(EpcPayment { purpose: Some("goods"), ..base }), EpcError::Purpose("goods".into()));
        let text = "x".repeat(141);
        assert_eq!(refused(EpcPayment { remittance: Remittance::Text(&text), ..base }), EpcError::Text(141));
        for reference in ["RF19539007547034", "RF18", "539007547034", "rf18539007547034", "RFA8539007547034"] {
            let remittance = Remittance::Structured(reference);
            assert_eq!(refused(EpcPayment { remittance, ..base }), EpcError::Reference(reference.into()));
        }
        let (name, text) = ("é".repeat(70), "é".repeat(140));
        let wide = EpcPayment { beneficiary: &name, remittance: Remittance::Text(&text), ..base };
        assert!(matches!(refused(wide), EpcError::TooLong(472)), "{:?}", refused(wide));
    }

    #[test]
    fn the_picture_has_the_size_that_the_standard_s_table_gives() {
        let size = |payload: &str| {
            let picture = picture(payload).unwrap();
            picture.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse::<usize>().unwrap()
        };
        // ISO 18004, byte mode, level M: 97 bytes need version 6 (106), 331 bytes exactly fill version 13.
        assert_eq!(size(&"x".repeat(97)), 17 + 4 * 6);
        assert_eq!(size(&"x".repeat(331)), 17 + 4 * 13);
        assert_eq!(size(&"x".repeat(332)), 17 + 4 * 14);
    }

    #[test]
    fn the_same_payloads_as_other_programs() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora/epcqr");
        let Ok(cases) = std::fs::read_to_string(format!("{folder}/cases.json")) else {
            println!("skipped: {folder} is not there");
            return;
        };
        let cases: Vec<serde_json::Value> = serde_json::from_str(&cases).unwrap();
        let in_utf8: Vec<_> = cases.iter().filter(|case| case["encoding"] == 1).collect();
        assert_eq!(in_utf8.len(), 3);
        for case in in_utf8 {
            let args = &case["args"];
            let amount = args["amount"].as_str().map_or_else(|| args["amount"].to_string(), str::to_owned);
            let payment = EpcPayment {
                beneficiary: args["name"].as_str().unwrap(),
                iban: args["iban"].as_str().unwrap(),
                bic: None,
                amount: euros(&amount),
                purpose: args["purpose"].as_str(),
                remittance: match (args["reference"].as_str(), args["text"].as_str()) {
                    (Some(reference), _) => Remittance::Structured(reference),
                    (None, text) => Remittance::Text(text.unwrap_or("")),
                },
            };
            let file = case["payload"].as_str().unwrap();
            let expected = std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
            assert_eq!(epc_payload(&payment).unwrap(), expected, "{file}");
        }
    }

    proptest! {
        #[test]
        fn amounts_read_back_as_the_same_cents(minor in 1_i64..=99_999_999_999) {
            let amount = Money::new(minor, Currency::EUR);
            let payload = epc_payload(&EpcPayment { amount, ..payment("1", Remittance::Text("t")) }).unwrap();
            let amount = payload.lines().nth(7).unwrap().strip_prefix("EUR").unwrap();
            prop_assert_eq!(euros(amount).minor(), minor);
            prop_assert!(payload.len() <= 331);
        }
    }
}
