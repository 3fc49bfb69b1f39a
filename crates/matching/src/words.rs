//! What the words of a remittance text say, whatever the language and however its umlauts are written.

use rustc_hash::FxHashMap;
use std::{borrow::Cow, sync::LazyLock};

/// What one word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    Rest,
    Part,
    More,
    Credit,
    /// A customer number follows.
    Customer,
    Paying,
    Foreign,
    OtherBusiness,
    /// What a bank takes for a payment.
    Charges,
    /// The same only beside a word of banks: what freight costs is no bank's charge.
    Costs,
    /// Why less is paid.
    Reason(&'static str),
}

const REST: &str = "REST RESTZAHLUNG RESTBETRAG BALANCE REMAINDER REMAINING SOLDE SALDO RESTANT";
const PART: &str = "PART PARTIAL TEILZAHLUNG TEILBETRAG ANZAHLUNG ABSCHLAG ACOMPTE ACCONTO INSTALMENT INSTALLMENT RATE DEPOSIT \
     AKONTO";
const MORE: &str = "ETC WEITERE OTHERS DIVERSE DIV VARIOUS ANDERE AUTRES MORE MULTIPLE ALTRI";
const CREDIT: &str = "GUTSCHRIFT GUTSCHR CREDITNOTE CREDIT AVOIR CN GS CREDITNOTA ABONO";
const CUSTOMER: &str = "KD KDNR KUNDE KUNDENNR KUNDENNUMMER CUST CUSTOMER CLIENT DEBITOR KNR ACCT";
/// No more than that an invoice is paid; shorter words are not asked.
const PAYING: &str = "ABRECHNUNG ADVICE AUFTRAG AUSGLEICH AVIS AVISO BEGLEICHUNG BELEG BELEGE BESTELLUNG BETALING BETREFF \
     BEZAHLUNG BILL BILLS BONIFICO CHEQUE COMMANDE DANK DANKE DATED DATUM DOCUMENT EINZUG EURO FACTURA FACTURAS \
     FACTURE FACTURES FACTUUR FAKTURA FATTURA FATTURE FOLGT FROM FUER GEMAESS GRACIAS INVOICE INVOICES ITEMS \
     KONTOAUSZUG KUNDEN LASTSCHRIFT LAUT LIEFERUNG MERCI NOTPROVIDED NUMMER OFFENE OPEN ORDER ORDERS PAGAMENTO \
     PAGO PAID PAIEMENT PAYMENT PAYMENTS POSTEN PURCHASE RECHN RECHNUNG RECHNUNGEN RECHNUNGSNUMMER REFERENCE \
     REGLEMENT REMITTANCE SAMMELUEBERWEISUNG SAMMELZAHLUNG SEPA SIEHE STATEMENT SUPPLIER THANK THANKS \
     TRANSFERENCIA UEBERWEISUNG VENDOR VERWENDUNGSZWECK VIELEN VIREMENT WIRE YOUR ZAHLUNG ZAHLUNGEN \
     ZAHLUNGSAVIS ZAHLUNGSLAUF";
/// Business that is not a customer's, if nobody knows the payer.
const FOREIGN: &str = "TAX STEUER FINANZAMT VAT UST INTEREST ZINSEN ZINS SALARY GEHALT LOHN WAGES PAYROLL LOAN DARLEHEN KREDIT \
     DRAWDOWN INSURANCE VERSICHERUNG CLAIM SCHADEN CARD KARTEN SETTLEMENT RENT MIETE KAUTION UEBERTRAG \
     UMBUCHUNG TRANSFER OWN ACCOUNT DIVIDEND DIVIDENDE GRANT SUBSIDY FOERDERUNG CHARGEBACK RETURN SWEEP \
     CASHPOOL POOLING SOCIAL KRANKENKASSE ERSTATTUNG REFUND IMPOT INTERETS ASSURANCE SALAIRE LOYER PRET POS \
     PAYOUT STRIPE PAYPAL SUMUP";
/// What no customer writes to pay an invoice, however well it is known: our own money that comes back, deposits, loans.
const OTHER_BUSINESS: &str = "KAUTION MIETKAUTION BUERGSCHAFT DARLEHEN DARLEHN KREDITRATE LOAN DRAWDOWN TILGUNG DIVIDEND DIVIDENDE \
     DIVIDENDES RUECKGABE RUECKUEBERWEISUNG RUECKZAHLUNG RUECKERSTATTUNG ERSTATTUNG FEHLUEBERWEISUNG IRRLAEUFER \
     REFUND REIMBURSEMENT RECALL REMBOURSEMENT RIMBORSO REEMBOLSO DEVOLUCION DEVOLUCAO RESTITUZIONE \
     TERUGBOEKING TERUGBETALING TERUGSTORTING ZWROT STORNO VRATKA TILLBAKA TILBAGE TILBAKEBETALING \
     ATERBETALNING PALAUTUS GEHALT SALARY WAGES SALAIRE NOMINA";
/// The same in several words.
const OTHER_BUSINESS_PHRASES: [&str; 12] = [
    "SECURITY DEPOSIT",
    "DEPOT DE GARANTIE",
    "RETURN OF YOUR",
    "RETURN YOUR",
    "RETURNED PAYMENT",
    "RETURNED TRANSFER",
    "PAYMENT RETURNED",
    "RETOUR DE VOTRE",
    "RETOUR VIREMENT",
    "ACCOUNT CLOSED",
    "KONTO ERLOSCHEN",
    "COMPTE CLOS",
];
/// What a bank takes for a payment.
const CHARGES: &str = "CHARGE CHARGES CHGS CHG CHRGS FEE FEES BANKFEE BANKFEES BANKCHARGES ENTGELT ENTGELTE BANKENTGELT GEBUEHR \
     GEBUEHREN BANKGEBUEHR BANKGEBUEHREN UEBERWEISUNGSGEBUEHR UEBERWEISUNGSGEBUEHREN UEBERWEISUNGSENTGELT SPESEN \
     BANKSPESEN AUSLANDSSPESEN AUSLANDSENTGELT BANKKOSTEN BANKOMKOSTNINGER BANKAVGIFT";
const COSTS: &str = "FRAIS COMMISSION COMMISSIONS COMISION COMISIONES GASTOS COMMISSIONE COMMISSIONI SPESE KOSTEN PROVISION \
     COSTS COST DESPESAS PROWIZJA OPLATA POPLATEK";
const REASONS: [(&str, &str); 13] = [
    (
        "short delivery",
        "SHORTAGE MINDERMENGE FEHLMENGE FEHLLIEFERUNG MINDERLIEFERUNG MANQUANT MANQUANTS FALTANTE FALTANTES",
    ),
    ("quantity difference", "QTY MENGE"),
    ("price difference", "PRICE PREIS PREISDIFFERENZ PRIX PRECIO PREZZO"),
    (
        "damaged goods",
        "DAMAGE DAMAGED SCHADEN TRANSPORTSCHADEN BRUCH MANGEL MAENGEL MAENGELRUEGE AVARIE AVARIES DANADO DANADOS DANOS",
    ),
    ("returned goods", "RETURN RETOURE RETOUREN RETURNS RUECKSENDUNG"),
    ("late delivery", "LATE VERSPAETUNG LIEFERVERZUG RETARD RETRASO VERTRAGSSTRAFE PENALTY PENALITE PENALITES"),
    ("freight", "FREIGHT FRACHT FRACHTKOSTEN TRANSPORT TRANSPORTE VERSAND VERSANDKOSTEN PORT PORTO FLETE"),
    ("promotion", "PROMO PROMOTION"),
    ("advertising share", "COOP WKZ WERBEKOSTENZUSCHUSS PUBLICITE PUBLICIDAD ADVERTISING"),
    ("rebate", "REBATE BONUS RABATT REMISE RISTOURNE RAPPEL"),
    (DISCOUNT, "SKONTO DISCOUNT ESCOMPTE DESCUENTO SCONTO KORTING"),
    (DEDUCTION, "ABZUG DEDUCTION MINDERUNG KUERZUNG BELASTUNG EINBEHALT DEDUCCION"),
    (WITHHELD, "WITHHOLDING WITHHELD WHT TDS QUELLENSTEUER ABZUGSTEUER RITENUTA RETENCION IRPF RETENUE BRONBELASTING"),
];
pub(crate) const DISCOUNT: &str = "discount";
/// No more than that less is paid; any other reason says it better.
pub(crate) const DEDUCTION: &str = "deduction";
pub(crate) const WITHHELD: &str = "withholding tax";

static WORDS: LazyLock<FxHashMap<String, Vec<Says>>> = LazyLock::new(|| {
    let lists = [
        (Says::Rest, REST),
        (Says::Part, PART),
        (Says::More, MORE),
        (Says::Credit, CREDIT),
        (Says::Customer, CUSTOMER),
        (Says::Paying, PAYING),
        (Says::Foreign, FOREIGN),
        (Says::OtherBusiness, OTHER_BUSINESS),
        (Says::Charges, CHARGES),
        (Says::Costs, COSTS),
    ];
    let reasons = REASONS.map(|(reason, words)| (Says::Reason(reason), words));
    let mut known: FxHashMap<String, Vec<Says>> = FxHashMap::default();
    for (says, words) in lists.into_iter().chain(reasons) {
        for word in words.split_whitespace() {
            known.entry(plain(word).into_owned()).or_default().push(says);
        }
    }
    known
});

/// `für`, `fuer` and `fur` are one word; the accents are gone already.
fn plain(word: &str) -> Cow<'_, str> {
    if ["AE", "OE", "UE"].iter().any(|umlaut| word.contains(umlaut)) {
        word.replace("AE", "A").replace("OE", "O").replace("UE", "U").into()
    } else {
        word.into()
    }
}

/// What a folded word says; nothing for an unknown one.
pub(crate) fn said(word: &str) -> &'static [Says] {
    WORDS.get(plain(word).as_ref()).map_or(&[], Vec::as_slice)
}

pub(crate) fn is_customer(word: &str) -> bool {
    said(word).contains(&Says::Customer)
}

/// Whether a folded text says in several words that it pays no invoice.
pub(crate) fn says_other_business(folded: &str) -> bool {
    OTHER_BUSINESS_PHRASES.iter().any(|phrase| folded.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    #[test]
    fn umlauts_may_be_written_in_three_ways() {
        for text in ["Rückgabe", "RUECKGABE", "Ruckgabe"] {
            assert_eq!(said(&fold(text)), [Says::OtherBusiness], "{text}");
        }
        assert_eq!(said(&fold("Überweisung")), [Says::Paying]);
        assert_eq!(said("RETURN"), [Says::Foreign, Says::Reason("returned goods")]);
        assert_eq!(said("SCHRAUBEN"), []);
    }
}
