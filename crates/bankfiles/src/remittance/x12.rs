//! X12 820, payment order and remittance advice: BPR is the payment, RMR a document that it pays, ADX an adjustment.
//!
//! An ADX before the first RMR of an entity concerns the payment, one behind an RMR that document. Up to version 003030 a
//! positive ADX takes off; later a negative one does. Without a currency segment the dollar is meant, as the standard
//! comes from there. Counts and control numbers that do not fit are warnings.

use super::{
    Adjustment, DocumentKind, NamedReference, Partner, RemittanceAdvice, RemittanceFormat, RemittanceLine, check,
    reasons,
    segments::{self, Segment},
};
use crate::{Amount, CurrencyCode, FormatError, Reason, Warning, WarningKind};

pub(super) fn read(text: &str) -> Result<Vec<RemittanceAdvice>, FormatError> {
    let segments = segments::x12(text)?;
    let (mut advices, mut other, mut version) = (Vec::new(), None, String::new());
    let mut rest = segments.iter();
    while let Some(segment) = rest.next() {
        match segment.tag.as_str() {
            "GS" => version = segment.element(8).to_owned(),
            "ST" if segment.element(1) == "820" => {
                let mut reader = Reader::new(&version, segment);
                let end = rest.by_ref().map(|segment| reader.segment(segment)).find(|end| !matches!(end, Ok(false)));
                end.unwrap_or_else(|| Err(reader.truncated()))?;
                advices.push(reader.finish()?);
            }
            "ST" => other = Some(segment.element(1).to_owned()),
            _ => {}
        }
    }
    envelope(&segments, &mut advices);
    match (advices.is_empty(), other) {
        (false, _) => Ok(advices),
        (true, Some(other)) => {
            let reason = format!("it holds a transaction set {other}");
            Err(FormatError::nowhere(Reason::NotThisFormat("X12 820", reason)))
        }
        (true, None) => Err(FormatError::nowhere(Reason::Empty)),
    }
}

struct Reader<'s> {
    header: &'s Segment,
    advice: RemittanceAdvice,
    line: Option<RemittanceLine>,
    /// In this version a positive adjustment takes off.
    reversed: bool,
    segments: u64,
    has_payment: bool,
}

impl<'s> Reader<'s> {
    fn new(version: &str, header: &'s Segment) -> Self {
        let mut advice = RemittanceAdvice::new(RemittanceFormat::X12);
        advice.currency = Some(CurrencyCode::from(kernel::Currency::USD));
        let reversed = version.get(..6).is_some_and(|version| version <= "003030");
        Self { header, advice, line: None, reversed, segments: 1, has_payment: false }
    }

    /// Whether this was the last segment of the transaction set.
    fn segment(&mut self, segment: &Segment) -> Result<bool, FormatError> {
        self.segments += 1;
        match segment.tag.as_str() {
            "BPR" => self.payment(segment)?,
            "TRN" => self.advice.payment_reference = segment.filled(2, 1),
            "CUR" => self.currency(segment)?,
            "N1" => self.partner(segment),
            "ENT" | "LX" => self.end_line(),
            "RMR" => self.document(segment)?,
            "REF" => self.reference(segment),
            "DTM" => self.date(segment)?,
            "ADX" => self.adjustment(segment)?,
            "SE" => {
                self.end(segment);
                return Ok(true);
            }
            "ST" | "GE" | "IEA" => return Err(self.truncated()),
            _ => {}
        }
        Ok(false)
    }

    fn truncated(&self) -> FormatError {
        let set = format!("the transaction set {}", self.header.element(2));
        FormatError::at(self.header.line, "ST", Reason::Truncated(set))
    }

    fn payment(&mut self, segment: &Segment) -> Result<(), FormatError> {
        self.has_payment = true;
        let amount = segment.decimal(2, 1)?.ok_or_else(|| segment.error(2, Reason::Missing))?;
        let advice = &mut self.advice;
        advice.amount = Some(Amount::new(amount, advice.currency));
        advice.method = segment.filled(4, 1);
        advice.paid_on = segment.date(16, 1)?;
        advice.payer.bank = segment.filled(7, 1);
        advice.payer.account = segment.filled(9, 1);
        advice.payee.bank = segment.filled(13, 1);
        advice.payee.account = segment.filled(15, 1);
        Ok(())
    }

    /// Comes behind the payment, whose amount is in it.
    fn currency(&mut self, segment: &Segment) -> Result<(), FormatError> {
        let written = segment.element(2);
        let currency = CurrencyCode::new(written);
        self.advice.currency = Some(currency.ok_or_else(|| segment.error(2, Reason::Currency(written.to_owned())))?);
        self.advice.amount = self.advice.amount.map(|amount| Amount::new(amount.decimal, currency));
        Ok(())
    }

    fn partner(&mut self, segment: &Segment) {
        let partner: &mut Partner = match segment.element(1) {
            "PR" => &mut self.advice.payer,
            "PE" => &mut self.advice.payee,
            _ => return,
        };
        partner.name = partner.name.take().or_else(|| segment.filled(2, 1));
        partner.id = partner.id.take().or_else(|| segment.filled(4, 1));
    }

    fn document(&mut self, segment: &Segment) -> Result<(), FormatError> {
        self.end_line();
        let kind = match segment.element(1) {
            "IV" | "IK" | "BM" | "CI" | "OI" | "VI" => DocumentKind::Invoice,
            "CM" | "CR" | "VC" => DocumentKind::CreditNote,
            "DB" | "DL" => DocumentKind::DebitNote,
            "PO" => DocumentKind::PurchaseOrder,
            _ => DocumentKind::Other,
        };
        let mut line = RemittanceLine::new(segment.line, kind, segment.element(2));
        let currency = self.advice.currency;
        let amount = |element| Ok(segment.decimal(element, 1)?.map(|decimal| Amount::new(decimal, currency)));
        (line.paid, line.gross, line.discount) = (amount(4)?, amount(5)?, amount(6)?);
        if let Some(adjusted) = amount(8)? {
            line.adjustments.push(self.adjusted(segment, adjusted, 7));
        }
        self.line = Some(line);
        Ok(())
    }

    fn reference(&mut self, segment: &Segment) {
        let Some(number) = segment.filled(2, 1).or_else(|| segment.filled(3, 1)) else { return };
        let named = NamedReference { qualifier: segment.element(1).to_owned(), number };
        match &mut self.line {
            Some(line) => line.references.push(named),
            None => self.advice.references.push(named),
        }
    }

    /// 003 is the day of the invoice; another day of a document stands in for it.
    fn date(&mut self, segment: &Segment) -> Result<(), FormatError> {
        let date = segment.date(2, 1)?;
        match &mut self.line {
            Some(line) if segment.element(1) == "003" => line.issued_on = date,
            Some(line) => line.issued_on = line.issued_on.or(date),
            None if segment.element(1) == "097" => self.advice.issued_on = date,
            None => {}
        }
        Ok(())
    }

    fn adjustment(&mut self, segment: &Segment) -> Result<(), FormatError> {
        let amount = segment.decimal(1, 1)?.ok_or_else(|| segment.error(1, Reason::Missing))?;
        let mut adjustment = self.adjusted(segment, Amount::new(amount, self.advice.currency), 2);
        adjustment.reference = segment.filled(4, 1);
        match &mut self.line {
            Some(line) => line.adjustments.push(adjustment),
            None => self.advice.adjustments.push(adjustment),
        }
        Ok(())
    }

    fn adjusted(&self, segment: &Segment, amount: Amount, code: usize) -> Adjustment {
        let amount = if self.reversed { amount.negated() } else { amount };
        let code = segment.filled(code, 1);
        let reason = code.as_deref().and_then(reasons::x12);
        Adjustment { at_line: segment.line, amount: Some(amount), code, reason, reference: None }
    }

    fn end_line(&mut self) {
        self.advice.lines.extend(self.line.take());
    }

    fn end(&mut self, segment: &Segment) {
        self.end_line();
        let warnings = &mut self.advice.warnings;
        if let Ok(stated) = segment.element(1).parse::<u64>()
            && stated != self.segments
        {
            let kind = WarningKind::Count { of: "the segments".to_owned(), stated, found: self.segments };
            warnings.push(Warning::at(segment.line, segment.place(1), kind));
        }
        let (begun, ended) = (self.header.element(2), segment.element(2));
        if begun != ended {
            let kind = WarningKind::Other(format!("the transaction set begins as {begun} and ends as {ended}"));
            warnings.push(Warning::at(segment.line, segment.place(2), kind));
        }
    }

    fn finish(mut self) -> Result<RemittanceAdvice, FormatError> {
        if !self.has_payment {
            return Err(FormatError::at(self.header.line, "BPR", Reason::Missing));
        }
        check::complete(&mut self.advice);
        self.advice.id = self.header.filled(2, 1);
        Ok(self.advice)
    }
}

/// The groups and the interchange: their counts, and that they end. What is wrong is told with the last advice.
fn envelope(segments: &[Segment], advices: &mut [RemittanceAdvice]) {
    let Some(last) = advices.last_mut() else { return };
    let count = |tag: &str| segments.iter().filter(|segment| segment.tag == tag).count() as u64;
    for (open, close, inner, of) in [("GS", "GE", "ST", "transaction sets"), ("ISA", "IEA", "GS", "groups")] {
        let (opened, closed) = (count(open), count(close));
        let closing = segments.iter().filter(|segment| segment.tag == close);
        let stated: u64 = closing.filter_map(|segment| segment.element(1).parse::<u32>().ok()).map(u64::from).sum();
        let kind = match opened == closed {
            false => WarningKind::Other(format!("{opened} {open} segments are closed by {closed} {close}")),
            true if closed > 0 && stated != count(inner) => {
                WarningKind::Count { of: format!("the {of}"), stated, found: count(inner) }
            }
            true => continue,
        };
        last.warnings.push(Warning::nowhere(kind));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(body: &str) -> RemittanceAdvice {
        let isa = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *170508*1141*^*00501*1*1*P*:~";
        let text = format!("{isa}GS*RA*A*B*20170617*1741*1*X*005010~ST*820*7~{body}GE*1*1~IEA*1*1~");
        read(&text).unwrap().remove(0)
    }

    fn decimal(amount: Option<Amount>) -> String {
        amount.unwrap().decimal.to_string()
    }

    #[test]
    fn a_line_says_what_came_off() {
        let advice = advice("BPR*I*958*C*ACH~TRN*1*T1~RMR*IV*A-1**958*1000*20~ADX*-22*06*CM*C9~SE*6*7~");
        let line = &advice.lines[0];
        assert_eq!([decimal(line.paid), decimal(line.gross), decimal(line.discount)], ["958", "1000", "20"]);
        assert_eq!(decimal(line.adjustments[0].amount), "-22");
        assert_eq!(line.adjustments[0].reason, Some("Quantity contested"));
        assert_eq!(advice.payment_reference.as_deref(), Some("T1"));
        assert_eq!(advice.warnings, []);
    }

    #[test]
    fn what_a_line_pays_follows_from_the_rest_or_from_the_payment() {
        let computed = advice("BPR*I*958*C*ACH~RMR*IV*A-1***1000*20~ADX*-22*06~SE*5*7~");
        assert_eq!((decimal(computed.lines[0].paid), computed.warnings.len()), ("958".into(), 0));
        let before = advice("BPR*I*958*C*ACH~RMR*IV*A-1**980*1000*20~ADX*-22*06~SE*5*7~");
        assert_eq!((decimal(before.lines[0].paid), before.warnings.len()), ("958".into(), 0));
    }

    #[test]
    fn what_does_not_add_up_is_said() {
        let advice = advice("BPR*I*100*C*ACH~RMR*IV*A-1**90~SE*9*8~");
        let said: Vec<_> = advice.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "line 1, SE01 in segment 6: the segments should be 9, but there are 4",
                "line 1, SE02 in segment 6: the transaction set begins as 7 and ends as 8",
                "the payment should be 100 USD, but it is 90 USD",
            ]
        );
    }

    #[test]
    fn broken_files_name_the_place() {
        let error = |text: &str| read(text).unwrap_err().to_string();
        assert_eq!(error("ST*820*7~BPR*I*1O0~SE*3*7~"), "line 1, BPR02 in segment 2: `1O0` is not an amount");
        let truncated = "line 1, ST: the file ends in the middle of the transaction set 7";
        assert_eq!(error("ST*820*7~BPR*I*100~"), truncated);
        assert_eq!(error("ST*820*7~TRN*1*2~SE*3*7~"), "line 1, BPR: it is missing");
        assert_eq!(error("ST*850*7~SE*2*7~"), "this is no X12 820 file: it holds a transaction set 850");
    }

    #[test]
    fn adjustments_of_the_payment_are_not_of_a_line() {
        let advice = advice("BPR*I*95*C*ACH~ENT*1~ADX*-5*11~RMR*IV*A-1**100~SE*6*7~");
        assert_eq!((advice.adjustments.len(), advice.lines[0].adjustments.len(), advice.warnings.len()), (1, 0, 0));
        assert_eq!(decimal(advice.adjustments[0].amount), "-5");
    }
}
