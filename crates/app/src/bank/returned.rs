//! Whether a bank says with a line that a payment came back: by a flag or a reason, by the code of its format, and in
//! tables by its words.
//!
//! Words count for money out only, and as whole words. What a text may say of anything, such as a cancelled order, counts
//! in the bank's own code alone.

use bankfiles::{BankLine, Details, Format};
use domain::customers::search_key;

/// Words in a bank's transaction code that say that a payment came back: ISO 20022 sub-families and SWIFT's `NRTI`.
const CODES: [&str; 6] = ["RRTN", "UPDD", "ARET", "RPCR", "PRDD", "NRTI"];

/// What nothing but a return is called, folded as names are.
const PHRASES: [&str; 9] = [
    "rucklastschrift",
    "lastschrift ruckbelastung",
    "returned direct debit",
    "rejet prelevement",
    "rejet de prelevement",
    "prelevement impaye",
    "devolucion recibo",
    "devolucion de recibo",
    "sdd insoluto",
];

/// What banks call a return, and others other things.
const CODE_PHRASES: [&str; 8] =
    ["ruckuberweisung", "retoure", "unpaid", "reversal", "impaye", "storno", "stornering", "insoluto"];

/// Numbers mean something in their own format only: BAI2's 108 is a credit, the German 108 a debit that came back.
const fn numbers(format: Format) -> &'static [&'static str] {
    match format {
        Format::Mt940 | Format::Mt942 => &["108", "109", "159"],
        Format::Bai2 => &["557"],
        _ => &[],
    }
}

pub(super) fn is_return(format: Format, line: &BankLine, payments: &[&Details]) -> bool {
    let codes = [line.code.as_deref(), line.extras.get("transaction_code")].into_iter().flatten();
    let mut words = codes.flat_map(|code| code.split(|c: char| !c.is_ascii_alphanumeric()));
    line.is_reversal
        || payments.iter().any(|payment| payment.return_reason.is_some())
        || words.any(|word| CODES.contains(&word) || numbers(format).contains(&word))
        || line.amount.is_some_and(|amount| amount.decimal.is_sign_negative()) && is_debit_back(format, line, payments)
}

/// What says so of money that goes out, and of nothing that comes in.
fn is_debit_back(format: Format, line: &BankLine, payments: &[&Details]) -> bool {
    let code = line.code.as_deref().unwrap_or_default();
    match format {
        // Direct debits: unpaid, and paid back to the debtor.
        Format::Coda => code.get(1..5).is_some_and(|kind| ["0503", "0505"].contains(&kind)),
        // The common concept of bills that came back unpaid.
        Format::Norma43 => code.starts_with("14/"),
        Format::BankCsv => {
            let texts = payments.iter().flat_map(|payment| [&payment.remittance, &payment.additional_info]).flatten();
            says(code, &CODE_PHRASES) || says(code, &PHRASES) || texts.into_iter().any(|text| says(text, &PHRASES))
        }
        _ => false,
    }
}

fn says(text: &str, phrases: &[&str]) -> bool {
    let text = format!(" {} ", search_key(text));
    phrases.iter().any(|phrase| text.contains(&format!(" {phrase} ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bankfiles::Amount;

    fn line(minor: i64, code: &str, text: &str) -> BankLine {
        let amount = Amount::new(kernel::Decimal::new(minor, 2), None);
        let mut line = BankLine { amount: Some(amount), code: Some(code.to_owned()), ..BankLine::default() };
        line.payment.remittance = Some(text.to_owned());
        line
    }

    fn returns(format: Format, minor: i64, code: &str, text: &str) -> bool {
        let line = line(minor, code, text);
        is_return(format, &line, &[&line.payment])
    }

    #[test]
    fn a_table_says_it_in_words() {
        let codes = [
            "LASTSCHRIFT RUECKBELASTUNG",
            "RUECKLASTSCHRIFT",
            "Rücklastschrift",
            "RUECKUEBERWEISUNG",
            "RETOURE",
            "RETURNED DIRECT DEBIT",
            "UNPAID",
            "Reversal",
            "REJET PRELEVEMENT",
            "Impayé",
            "DEVOLUCIÓN RECIBO",
            "STORNO",
            "STORNERING",
            "SDD insoluto",
        ];
        for code in codes {
            assert!(returns(Format::BankCsv, -100, code, ""), "{code}");
            assert!(!returns(Format::BankCsv, 100, code, ""), "money in: {code}");
            assert!(!returns(Format::Mt940, -100, code, ""), "no table: {code}");
        }
        assert!(returns(Format::BankCsv, -100, "", "SEPA-Rücklastschrift INV-1 AC04"));
        assert!(returns(Format::BankCsv, -100, "", "Rejet de prélèvement INV-1"));
        for text in ["Storno Rechnung 4711", "Retourenlager Miete", "Rücklastschriftgebühr", "Rebate unpaid hours"] {
            assert!(!returns(Format::BankCsv, -100, "UEBERWEISUNG", text), "{text}");
        }
    }

    #[test]
    fn codes_mean_something_in_their_own_format() {
        assert!(returns(Format::Coda, -100, "10503000", "") && returns(Format::Coda, -100, "00505000", ""));
        assert!(!returns(Format::Coda, -100, "00501000", "") && !returns(Format::Coda, -100, "00150000", ""));
        assert!(returns(Format::Norma43, -100, "14/045", "") && !returns(Format::Norma43, -100, "03/014", ""));
        assert!(!returns(Format::Norma43, 100, "14/045", ""), "what we paid and what came back is no debit");
        assert!(returns(Format::Mt940, -100, "NRTI/109", "") && !returns(Format::Bai2, 100, "108", ""));
    }
}
