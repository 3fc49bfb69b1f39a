//! What a payer or the bank says in the 149 columns of a CODA line: free text, or columns with a meaning of their own.
//!
//! Creditor references (100), Belgian references (101, 102) and SEPA direct debits (127) carry what identifies a payment.
//! The other kinds describe cards, cheques and fees; their columns are kept as they are for the clerk to read.

use crate::{Details, fixed::squeezed};

#[derive(Debug, Default)]
pub(super) struct Communication {
    is_structured: bool,
    /// Padded to the columns, so that a structured one keeps its places.
    text: String,
}

impl Communication {
    pub(super) fn begin(is_structured: bool, columns: &str) -> Self {
        let mut communication = Self { is_structured, text: String::new() };
        communication.add(columns, 53);
        communication
    }

    pub(super) fn add(&mut self, columns: &str, width: usize) {
        self.text.push_str(&format!("{columns:<width$}"));
    }

    fn columns(&self, from: usize, to: usize) -> String {
        self.text.chars().skip(from).take(to - from).collect()
    }

    pub(super) fn tell(&self, payment: &mut Details) {
        if !self.is_structured {
            payment.remittance = squeezed(&self.text);
            return;
        }
        let body = self.columns(3, 149);
        match self.columns(0, 3).as_str() {
            "100" => {
                payment.remittance = squeezed(&self.columns(3, 38));
                let reference = payment.remittance.clone();
                payment.structured_references.extend(reference);
            }
            "101" | "102" => {
                payment.remittance = squeezed(&self.columns(3, 15));
                let reference = payment.remittance.clone();
                payment.structured_references.extend(reference);
            }
            // A direct debit of before SEPA: its number, the day, what the creditor said.
            "107" => payment.remittance = squeezed(&body),
            "127" => {
                payment.creditor_id = squeezed(&self.columns(12, 47));
                payment.mandate_id = squeezed(&self.columns(47, 82));
                payment.remittance = squeezed(&self.columns(82, 144));
                payment.return_reason = payment.return_reason.take().or_else(|| squeezed(&self.columns(145, 149)));
            }
            _ => payment.additional_info = squeezed(&body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(is_structured: bool, parts: [&str; 3]) -> Details {
        let mut communication = Communication::begin(is_structured, parts[0]);
        communication.add(parts[1], 53);
        communication.add(parts[2], 43);
        let mut payment = Details::default();
        communication.tell(&mut payment);
        payment
    }

    #[test]
    fn free_text_runs_on() {
        let full = format!("{:<50}INV", "a");
        assert_eq!(told(false, [&full, "-1", ""]).remittance.as_deref(), Some("a INV-1"));
    }

    #[test]
    fn belgian_references_are_references() {
        let payment = told(true, ["101000003505158", "", ""]);
        assert_eq!(payment.structured_references, ["000003505158"]);
    }

    #[test]
    fn direct_debits_have_mandate_and_creditor() {
        let first = format!("127{}{:<35}MANDAT", "230306110", "BE68ZZZ0123456789");
        let payment = told(true, [&first, "E-7                          Invoice 12", ""]);
        assert_eq!(payment.creditor_id.as_deref(), Some("BE68ZZZ0123456789"));
        assert_eq!(payment.mandate_id.as_deref(), Some("MANDATE-7"));
        assert_eq!(payment.remittance.as_deref(), Some("Invoice 12"));
    }
}
