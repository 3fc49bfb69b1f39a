//! Which of our accounts a file is of. Banks write the IBAN, their own number, or bank code and number with a stroke
//! between them, some with the currency behind.

use kernel::Currency;

/// A number as short as this could be any account's.
const SHORTEST: usize = 6;

/// Whether `stated`, as a bank wrote it, is the account with this IBAN or number.
pub fn is_account(stated: &str, iban: Option<&str>, number: Option<&str>) -> bool {
    let bare = letters(stated);
    [bare.as_str(), without_currency(&bare)].into_iter().any(|text| {
        let same = |known: &str| !text.is_empty() && without_zeros(text) == without_zeros(&letters(known));
        iban.is_some_and(same) || number.is_some_and(same)
    }) || iban.is_some_and(|iban| is_within(stated, &letters(iban)))
}

/// The national part of an IBAN begins with the bank's code and ends with the account's number.
fn is_within(stated: &str, iban: &str) -> bool {
    let Some(national) = iban.get(4..) else { return false };
    let mut parts = stated.split(|c: char| !c.is_alphanumeric()).map(letters).filter(|part| !part.is_empty());
    let (Some(first), last) = (parts.next(), parts.next_back()) else { return false };
    let (bank, account) = last.map_or((None, first.clone()), |last| (Some(first.clone()), last));
    let account = without_zeros(without_currency(&account)).to_owned();
    let Some(before) = national.strip_suffix(account.as_str()) else { return false };
    match bank {
        Some(bank) => before.strip_prefix(bank.as_str()).is_some_and(|rest| rest.bytes().all(|b| b == b'0')),
        None => account.len() >= SHORTEST && before.len() < national.len(),
    }
}

/// A text without the blanks and signs that banks and payers move about.
pub fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

fn without_zeros(text: &str) -> &str {
    text.trim_start_matches('0')
}

/// `0123456789EUR` is `0123456789`.
fn without_currency(text: &str) -> &str {
    let Some(at) = text.len().checked_sub(3).filter(|at| text.is_char_boundary(*at)) else { return text };
    let (number, code) = text.split_at(at);
    let is_code = number.ends_with(|c: char| c.is_ascii_digit()) && code.parse::<Currency>().is_ok();
    if is_code { number } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_iban_however_it_is_written() {
        let iban = Some("DE89 3704 0044 0532 0130 00");
        for stated in ["DE89370400440532013000", "de89 3704 0044 0532 0130 00", "DE89370400440532013000EUR"] {
            assert!(is_account(stated, iban, None), "{stated}");
        }
        assert!(!is_account("DE02120300000000202051", iban, None));
    }

    #[test]
    fn bank_code_and_number_of_the_iban() {
        let iban = Some("DE89370400440532013000");
        assert!(is_account("37040044/0532013000", iban, None));
        assert!(is_account("37040044/532013000EUR", iban, None));
        assert!(is_account("0532013000", iban, None));
        assert!(!is_account("37040044/0532013001", iban, None));
        assert!(!is_account("12030000/0532013000", iban, None));
        assert!(is_account("0417164300", Some("NL91ABNA0417164300"), None));
        assert!(!is_account("3000", iban, None), "four digits are no account");
        assert!(!is_account("", iban, None));
    }

    #[test]
    fn our_own_note_of_the_number() {
        assert!(is_account("0078901234", None, Some("78901234")));
        assert!(is_account("221-1234567", None, Some("2211234567")));
        assert!(!is_account("78901235", None, Some("78901234")));
        assert!(!is_account("", None, Some("")));
    }
}
