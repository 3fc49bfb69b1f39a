//! EDIFACT REMADV, remittance advice: DOC is a document that is paid, MOA its amounts, AJT an adjustment with its reason,
//! and behind UNS the amounts of the whole.
//!
//! The standard does not say whether the amount of a credit note or an adjustment carries a sign. It is taken so that the
//! line, and then the payment, adds up; a credit note whose sum does not tell takes off. Counts that do not fit are warnings.

use super::{
    Adjustment, DocumentKind, NamedReference, Partner, RemittanceAdvice, RemittanceFormat, RemittanceLine, check,
    reasons,
    segments::{self, Segment},
};
use crate::{Amount, CurrencyCode, FormatError, Reason, Warning, WarningKind};
use kernel::Decimal;

pub(super) fn read(text: &str) -> Result<Vec<RemittanceAdvice>, FormatError> {
    let segments = segments::edifact(text);
    let (mut advices, mut other, mut messages) = (Vec::new(), None, 0_u64);
    let mut rest = segments.iter();
    while let Some(segment) = rest.next() {
        match (segment.tag.as_str(), segment.element(2)) {
            ("UNH", kind) => {
                messages += 1;
                if kind != "REMADV" {
                    other = Some(kind.to_owned());
                    continue;
                }
                let mut reader = Reader::new(segment);
                let end = rest.by_ref().map(|segment| reader.segment(segment)).find(|end| !matches!(end, Ok(false)));
                end.unwrap_or_else(|| Err(reader.truncated()))?;
                advices.push(reader.finish());
            }
            ("UNZ", _) => end_of_interchange(segment, messages, &mut advices),
            _ => {}
        }
    }
    match (advices.is_empty(), other) {
        (false, _) => Ok(advices),
        (true, Some(other)) => {
            let reason = format!("it holds a message {other}");
            Err(FormatError::nowhere(Reason::NotThisFormat("REMADV", reason)))
        }
        (true, None) => Err(FormatError::nowhere(Reason::Empty)),
    }
}

/// UNZ counts messages, or groups where there are groups; then it says nothing that is not checked elsewhere.
fn end_of_interchange(segment: &Segment, messages: u64, advices: &mut [RemittanceAdvice]) {
    let stated = segment.element(1).parse::<u64>().ok().filter(|&stated| stated != messages && stated != 1);
    if let (Some(stated), Some(last)) = (stated, advices.last_mut()) {
        let kind = WarningKind::Count { of: "the messages".to_owned(), stated, found: messages };
        last.warnings.push(Warning::at(segment.line, segment.place(1), kind));
    }
}

/// What the next amounts, dates and references belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Header,
    Document,
    Adjustment,
    Summary,
}

struct Reader<'s> {
    header: &'s Segment,
    advice: RemittanceAdvice,
    part: Part,
    segments: u64,
    /// The places in the lists below of the roles and of the total that were found.
    ranks: [usize; 2],
    total_rank: usize,
}

/// Who pays and who is paid, the plainest role first.
const ROLES: [&[&str]; 2] = [&["PR", "OY", "PL", "BY", "IV", "MS"], &["PE", "BE", "PB", "SU", "SE", "MR"]];
/// Remitted, paid, due, total.
const TOTALS: [&str; 4] = ["12", "11", "9", "128"];

impl<'s> Reader<'s> {
    fn new(header: &'s Segment) -> Self {
        let advice = RemittanceAdvice::new(RemittanceFormat::Edifact);
        let last = usize::MAX;
        Self { header, advice, part: Part::Header, segments: 1, ranks: [last, last], total_rank: last }
    }

    /// Whether this was the last segment of the message.
    fn segment(&mut self, segment: &Segment) -> Result<bool, FormatError> {
        self.segments += 1;
        match segment.tag.as_str() {
            "BGM" => self.advice.id = segment.filled(2, 1),
            "DTM" => self.date(segment)?,
            "RFF" => self.reference(segment),
            "NAD" => self.partner(segment),
            "FII" => self.account(segment),
            "CUX" => self.currency(segment)?,
            "DOC" => self.document(segment),
            "MOA" => self.amount(segment)?,
            "AJT" => self.adjustment(segment)?,
            "UNS" => self.part = Part::Summary,
            "UNT" => {
                self.end(segment);
                return Ok(true);
            }
            "UNH" | "UNZ" | "UNE" => return Err(self.truncated()),
            _ => {}
        }
        Ok(false)
    }

    fn truncated(&self) -> FormatError {
        let message = format!("the message {}", self.header.element(1));
        FormatError::at(self.header.line, "UNH", Reason::Truncated(message))
    }

    fn line(&mut self) -> Option<&mut RemittanceLine> {
        self.advice.lines.last_mut().filter(|_| matches!(self.part, Part::Document | Part::Adjustment))
    }

    /// 137 is the day of the document; of the payment it is 138 paid, 203 to be executed, 209 value, 140 due.
    fn date(&mut self, segment: &Segment) -> Result<(), FormatError> {
        let date = segment.date(1, 2)?;
        let what = segment.element(1);
        if let Some(line) = self.line() {
            if matches!(what, "137" | "171" | "3") {
                line.issued_on = line.issued_on.or(date);
            }
            return Ok(());
        }
        match what {
            "137" => self.advice.issued_on = date,
            "138" | "203" | "209" | "140" => self.advice.paid_on = self.advice.paid_on.or(date),
            _ => {}
        }
        Ok(())
    }

    fn reference(&mut self, segment: &Segment) {
        let Some(number) = segment.filled(1, 2) else { return };
        let qualifier = segment.element(1).to_owned();
        let in_adjustment = self.part == Part::Adjustment;
        let Some(line) = self.line() else {
            if qualifier == "PQ" {
                self.advice.payment_reference = Some(number.clone());
            }
            self.advice.references.push(NamedReference { qualifier, number });
            return;
        };
        match line.adjustments.last_mut().filter(|_| in_adjustment) {
            Some(adjustment) => adjustment.reference = Some(number),
            None => line.references.push(NamedReference { qualifier, number }),
        }
    }

    fn partner(&mut self, segment: &Segment) {
        let sides = [&mut self.advice.payer, &mut self.advice.payee];
        for ((partner, roles), best) in sides.into_iter().zip(ROLES).zip(&mut self.ranks) {
            let rank = roles.iter().position(|role| *role == segment.element(1));
            let Some(rank) = rank.filter(|rank| rank < best) else { continue };
            *best = rank;
            partner.id = segment.filled(2, 1);
            partner.name = segment.joined(4).or_else(|| segment.joined(3));
        }
    }

    fn account(&mut self, segment: &Segment) {
        let partner: &mut Partner = match segment.element(1) {
            "OR" | "PB" | "OB" => &mut self.advice.payer,
            "BF" | "RB" | "BB" | "RH" => &mut self.advice.payee,
            _ => return,
        };
        partner.account = segment.filled(2, 1);
        partner.bank = segment.filled(3, 1).or_else(|| segment.filled(3, 4));
    }

    fn currency(&mut self, segment: &Segment) -> Result<(), FormatError> {
        let written = segment.component(1, 2);
        if self.advice.currency.is_none() && !written.is_empty() {
            let unknown = || segment.error(1, Reason::Currency(written.to_owned()));
            self.advice.currency = Some(CurrencyCode::new(written).ok_or_else(unknown)?);
        }
        Ok(())
    }

    fn document(&mut self, segment: &Segment) {
        self.part = Part::Document;
        let kind = match segment.element(1) {
            "380" | "325" | "326" | "384" | "386" | "389" | "393" | "82" | "130" => DocumentKind::Invoice,
            "381" | "396" | "261" | "83" | "308" => DocumentKind::CreditNote,
            "383" | "84" => DocumentKind::DebitNote,
            "105" | "220" => DocumentKind::PurchaseOrder,
            _ => DocumentKind::Other,
        };
        self.advice.lines.push(RemittanceLine::new(segment.line, kind, segment.element(2)));
    }

    fn amount(&mut self, segment: &Segment) -> Result<(), FormatError> {
        let Some(decimal) = segment.decimal(1, 2)? else { return Ok(()) };
        let currency = CurrencyCode::new(segment.component(1, 3)).or(self.advice.currency);
        let amount = Some(Amount::new(decimal, currency));
        let (what, in_adjustment) = (segment.element(1), self.part == Part::Adjustment);
        let Some(line) = self.line() else {
            let rank = TOTALS.iter().position(|known| *known == what).filter(|&rank| rank < self.total_rank);
            if let Some(rank) = rank {
                (self.total_rank, self.advice.amount) = (rank, amount);
            }
            return Ok(());
        };
        let adjustment = line.adjustments.last_mut().filter(|adjustment| in_adjustment && adjustment.amount.is_none());
        match (adjustment, what) {
            (Some(adjustment), _) => adjustment.amount = amount,
            (_, "12" | "11") => line.paid = line.paid.or(amount),
            (_, "9" | "77" | "39" | "38" | "128") => line.gross = line.gross.or(amount),
            (_, "52" | "21" | "53") => line.discount = line.discount.or(amount),
            _ => {}
        }
        Ok(())
    }

    fn adjustment(&mut self, segment: &Segment) -> Result<(), FormatError> {
        let code = segment.filled(1, 1);
        let reason = code.as_deref().and_then(reasons::edifact);
        let adjustment = Adjustment { at_line: segment.line, amount: None, code, reason, reference: None };
        let line = self.line().ok_or_else(|| segment.error(1, Reason::Unexpected("AJT".to_owned())))?;
        line.adjustments.push(adjustment);
        self.part = Part::Adjustment;
        Ok(())
    }

    fn end(&mut self, segment: &Segment) {
        let warnings = &mut self.advice.warnings;
        if let Ok(stated) = segment.element(1).parse::<u64>()
            && stated != self.segments
        {
            let kind = WarningKind::Count { of: "the segments".to_owned(), stated, found: self.segments };
            warnings.push(Warning::at(segment.line, segment.place(1), kind));
        }
        let (begun, ended) = (self.header.element(1), segment.element(2));
        if begun != ended {
            let kind = WarningKind::Other(format!("the message begins as {begun} and ends as {ended}"));
            warnings.push(Warning::at(segment.line, segment.place(2), kind));
        }
    }

    fn finish(mut self) -> RemittanceAdvice {
        self.advice.lines.iter_mut().for_each(sign_adjustments);
        sign_credit_notes(&mut self.advice);
        self.advice.payment_reference = self.advice.payment_reference.take().or_else(|| self.advice.id.clone());
        check::complete(&mut self.advice);
        self.advice
    }
}

/// Adjustments without a sign come off when that makes what is paid.
fn sign_adjustments(line: &mut RemittanceLine) {
    let (Some(gross), Some(paid)) = (line.gross, line.paid) else { return };
    let discount = line.discount.map_or(Decimal::ZERO, |discount| discount.decimal);
    let Some(owed) = gross.decimal.checked_sub(discount) else { return };
    let Some(adjusted) = check::adjustments(&line.adjustments) else { return };
    let makes = |sum: Option<Decimal>| sum == Some(paid.decimal);
    if !makes(owed.checked_add(adjusted)) && makes(owed.checked_sub(adjusted)) {
        for adjustment in &mut line.adjustments {
            adjustment.amount = adjustment.amount.map(Amount::negated);
        }
    }
}

/// Credit notes take off unless the sum needs them as they are.
fn sign_credit_notes(advice: &mut RemittanceAdvice) {
    let total = advice.amount.map(|total| total.decimal);
    if total.is_some() && check::paid(&advice.lines) == total {
        return;
    }
    let notes = advice.lines.iter_mut().filter(|line| line.kind == DocumentKind::CreditNote);
    for line in notes {
        let amounts = [&mut line.paid, &mut line.gross];
        for amount in amounts {
            *amount = amount.map(|amount| Amount::new(-amount.decimal.abs(), amount.currency));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(body: &str) -> RemittanceAdvice {
        read(&format!("UNB+UNOC:3+A+B+260101:0900+1'UNH+1+REMADV:D:96A:UN'{body}UNZ+1+1'")).unwrap().remove(0)
    }

    fn paid(advice: &RemittanceAdvice) -> Vec<String> {
        advice.lines.iter().map(|line| line.paid.unwrap().decimal.to_string()).collect()
    }

    const HEAD: &str = "BGM+481+Z-7'DTM+137:20260102:102'DTM+138:20260105:102'RFF+PQ:PAY9'\
        NAD+PR+4000001::9++Payer GmbH'NAD+PE+4000002::9++Payee SA'CUX+2:EUR:11'";

    #[test]
    fn a_payment_with_deduction_and_credit_note() {
        let body = "DOC+380+INV1'MOA+9:100'MOA+52:2'MOA+12:88'AJT+4'MOA+165:10'RFF+AAU:D1'\
            DOC+381+CN1'MOA+9:20'MOA+12:20'UNS+S'MOA+12:68'UNT+21+1'";
        let advice = advice(&format!("{HEAD}{body}"));
        assert_eq!(advice.warnings, []);
        assert_eq!(paid(&advice), ["88", "-20"]);
        let adjustment = &advice.lines[0].adjustments[0];
        assert_eq!(adjustment.amount.unwrap().decimal.to_string(), "-10");
        assert_eq!((adjustment.reason, adjustment.reference.as_deref()), (Some("Short delivery"), Some("D1")));
        assert_eq!(advice.payment_reference.as_deref(), Some("PAY9"));
        assert_eq!(advice.payer.name.as_deref(), Some("Payer GmbH"));
        assert_eq!(advice.paid_on.unwrap().to_string(), "2026-01-05");
    }

    #[test]
    fn a_credit_note_with_its_own_sign_stays() {
        let body = "DOC+380+INV1'MOA+12:88'DOC+381+CN1'MOA+12:-20'UNS+S'MOA+12:68'UNT+15+1'";
        let advice = advice(&format!("{HEAD}{body}"));
        assert_eq!((paid(&advice), advice.warnings), (vec!["88".to_owned(), "-20".to_owned()], vec![]));
    }

    #[test]
    fn wrong_counts_and_sums_are_said() {
        let advice = advice(&format!("{HEAD}DOC+380+INV1'MOA+12:10'UNS+S'MOA+12:11'UNT+3+2'"));
        let said: Vec<_> = advice.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "line 1, UNT01 in segment 14: the segments should be 3, but there are 13",
                "line 1, UNT02 in segment 14: the message begins as 1 and ends as 2",
                "the payment should be 11 EUR, but it is 10 EUR",
            ]
        );
    }

    #[test]
    fn broken_files_name_the_place() {
        let error = |text: &str| read(text).unwrap_err().to_string();
        let amount = "line 3, MOA01 in segment 3: `x` is not an amount";
        assert_eq!(error("UNH+1+REMADV:D'\nDOC+380+1'\nMOA+12:x'\nUNT+4+1'"), amount);
        assert_eq!(error("UNH+1+REMADV:D'BGM+481'"), "line 1, UNH: the file ends in the middle of the message 1");
        assert_eq!(error("UNH+1+INVOIC:D'UNT+2+1'"), "this is no REMADV file: it holds a message INVOIC");
    }
}
