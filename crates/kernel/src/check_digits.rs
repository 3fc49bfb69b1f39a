//! The sums behind check digits: ISO 7064 modulo 97, Luhn, weights that repeat, and the Swiss recursive modulo 10.
//!
//! Which number uses which sum, and how it is written, is for those who know the number: tax ids and creditor references
//! in `domain`, what a payer typed in `bankfiles`. Nothing here refuses; a character that is no digit has no value.

/// The values of the digits of a text; nothing when it is empty or holds anything else.
pub fn digits(text: &str) -> Option<Vec<u32>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    digits.filter(|digits| !digits.is_empty())
}

/// The number that ISO 7064 reads in letters (A is 10) and digits, modulo 97.
pub fn modulo_97(text: &str) -> u32 {
    text.chars().filter_map(|c| c.to_digit(36)).fold(0, |rest, digit| {
        let shift = if digit < 10 { 10 } else { 100 };
        (rest * shift + digit) % 97
    })
}

/// The sum that Luhn's rule wants to be a multiple of ten: every second digit from the right but one is doubled.
pub fn luhn_sum(digits: &[u32]) -> u64 {
    let doubled = |digit: u32| if digit < 5 { 2 * digit } else { 2 * digit - 9 };
    let counted = digits.iter().rev().enumerate();
    counted.map(|(index, &digit)| u64::from(if index % 2 == 1 { doubled(digit) } else { digit })).sum()
}

/// Each digit times its weight; the weights run from the last digit to the first and begin anew when they end.
pub fn weighted_from_right(digits: &[u32], weights: &[u64]) -> u64 {
    digits.iter().rev().zip(weights.iter().cycle()).map(|(&digit, weight)| u64::from(digit) * weight).sum()
}

/// The check digit of the Swiss recursive modulo 10 over the digits before it.
pub fn recursive_modulo_10(digits: &[u32]) -> u32 {
    const CARRIES: [u32; 10] = [0, 9, 4, 6, 8, 2, 7, 1, 3, 5];
    let carry = digits.iter().fold(0, |carry, digit| CARRIES[((carry + digit) % 10) as usize]);
    (10 - carry) % 10
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn published_examples() {
        // ISO 11649's RF18 539007547034; the card industry's 4111...; the Swiss guidelines' QR reference; the Finnish
        // guidelines' 1234561.
        assert_eq!(modulo_97("539007547034RF18"), 1);
        assert_eq!(luhn_sum(&digits("4111111111111111").unwrap()) % 10, 0);
        assert_eq!(recursive_modulo_10(&digits("21000000000313947143000901").unwrap()), 7);
        assert_eq!((10 - weighted_from_right(&digits("123456").unwrap(), &[7, 3, 1]) % 10) % 10, 1);
        assert_eq!((digits(""), digits("12a")), (None, None));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_shows(body in "[0-9]{2,30}", at in 0_usize..30, other in 1_u32..10) {
            let right = digits(&body).unwrap();
            let mut wrong = right.clone();
            let at = at % wrong.len();
            wrong[at] = (wrong[at] + other) % 10;
            prop_assert_ne!(recursive_modulo_10(&wrong), recursive_modulo_10(&right));
            prop_assert_ne!(luhn_sum(&wrong) % 10, luhn_sum(&right) % 10);
            let sum = |digits: &[u32], weights: &[u64], modulus: u64| weighted_from_right(digits, weights) % modulus;
            prop_assert_ne!(sum(&wrong, &[7, 3, 1], 10), sum(&right, &[7, 3, 1], 10));
            prop_assert_ne!(sum(&wrong, &[2, 3, 4, 5, 6, 7], 11), sum(&right, &[2, 3, 4, 5, 6, 7], 11));
            let text: String = wrong.iter().map(u32::to_string).collect();
            prop_assert_ne!(modulo_97(&text), modulo_97(&body));
        }
    }
}
