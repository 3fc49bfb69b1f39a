//! What banks write above their columns, in the languages of their countries. Small letters; a heading fits when it is
//! the word, or begins or ends with it as a whole word. What a column holds is then judged by its cells.

use super::guess::Field;

/// The plainest word first within a field; the fields that are surest first.
pub(super) const WORDS: [(Field, &str); 23] = [
    (Field::Nothing, "til konto, fra konto, fra/til konto, account name, accountlabel, account type"),
    (
        Field::ValueDate,
        "value date, valuta, valutadatum, wertstellung, wertstellungsdatum, wert, date de valeur, date valeur, fecha valor, data \
         valuta, rentedatum, data waluty, datum valuty, valutadag, rentedato, arvopäivä, data-valor, data \
         valor, f. valor, interest date, dateval, available on, available_on, értéknap",
    ),
    (
        Field::BookingDate,
        "booking date, posting date, posted date, settlement date, booked at, buchungstag, buchungsdatum, date comptable, date \
         de comptabilisation, dateop, fecha contable, f. contable, data contabile, boekdatum, boekingsdatum, \
         uitvoeringsdatum, bokföringsdag, bokföringsdatum, reskontradatum, bokført dato, bogføringsdato, kirjauspäivä, \
         datum zaúčtování, datum zaučtování, data księgowania, könyvelés dátuma",
    ),
    (
        Field::Date,
        "date, datetime, timestamp, booking date, transaction date, posting date, posted date, completed date, buchungstag, \
         buchungsdatum, datum, buchung, date opération, date de l'opération, date operation, date comptable, \
         fecha, fecha operación, fecha operacion, fecha contable, data, data operazione, data contabile, \
         boekdatum, boekingsdatum, transactiedatum, bokföringsdag, bokföringsdatum, bokført dato, dato, \
         bogføringsdato, kirjauspäivä, datum zaúčtování, datum zaučtování, data księgowania, data operacji, \
         data movimento, data lançamento, päivämäärä, kuupäev, datums, könyvelés dátuma, data tranzactiei, \
         operation date, transaktionsdatum, created, created_utc",
    ),
    (
        Field::Debit,
        "debit, debit amount, withdrawal, withdrawals, paid out, money out, outflow, soll, belastung, lastschrift, débit, cargo, \
         debe, addebiti, addebito, dare, uscite, debet, ut, wydatki, obciążenia, débito",
    ),
    (
        Field::Credit,
        "credit, credit amount, deposit, deposits, paid in, money in, inflow, haben, gutschrift, crédit, abono, \
         haber, accrediti, accredito, avere, entrate, kredit, inn, wpływy, uznania, crédito",
    ),
    (
        Field::Side,
        "d/c, c/d, d/k, dr/cr, cr/dr, debit/credit, credit/debit, creditdebet, credit/debet, debet/credit, \
         soll/haben, s/h, af bij, af/bij, \
         transaction type, type, sign, sens, signo, segno, credit debit indicator, side, +/-",
    ),
    (
        Field::Balance,
        "balance, running balance, saldo, solde, kontostand, saldo contable, saldo contabile, zůstatek, saldo \
         na trn, account balance, cash balance, saldo po operacji, egyenleg, stav, jääk, likutis, running bal",
    ),
    (Field::Fee, "fee, fees, gebühr, frais"),
    (Field::OriginalAmount, "amount currency, original amount, foreign amount, exchange to amount, ursprungsbetrag"),
    (Field::OriginalCurrency, "original currency, foreign currency, exchange to"),
    (
        Field::Amount,
        "amount, transaction amount, net amount, net, netto, betrag, umsatz, montant, importe, importo, bedrag, suma, \
         belopp, beløp, beløb, määrä, summa, částka, castka, kwota, valor, movimento, összeg, iznos, sum, \
         value, montante, total amount, objem, cad$, usd$",
    ),
    (
        Field::Currency,
        "currency, ccy, währung, waehrung, devise, divisa, moneda, moeda, munt, valutacode, valuta, valiuta, měna, mena, \
         waluta, valuuta, valuutta, pénznem, devizanem, devizaneme, összeg devizaneme, monnaie",
    ),
    (
        Field::CounterpartyAccount,
        "counterparty account, counter account, iban zahlungsbeteiligter, tegenrekening, tegenrekeningnummer, \
         payee account number, protiúčet, protiucet, cuenta contraparte, mottagarens konto, compte contrepartie, rekening tegenpartij, \
         rekeningnummer tegenpartij, saajan tilinumero, counterparty, tegenpartij, contraparte",
    ),
    (Field::EitherAccount, "bank account, iban, account number, kontonummer/iban, kontonummer, numer rachunku"),
    (
        Field::Account,
        "account, auftragskonto, rekening, rekeningnummer, own account, iban auftragskonto, cuenta, compte, \
         conto, konto, számlaszám, accountnum",
    ),
    (
        Field::CounterpartyName,
        "counterparty name, counterparty, counter party, partner name, name zahlungsbeteiligter, naam tegenpartij, naam van de \
         tegenpartij, tegenrekeninghouder, název protiúčtu, contraparte",
    ),
    (
        Field::Name,
        "partner name, counterparty, counterparty name, payee, payer, payer name, payee name, name, namn, nimi, \
         beneficiary, beguenstigter/zahlungspflichtiger, begünstigter, auftraggeber, empfänger, name \
         zahlungsbeteiligter, auftraggeber/empfänger, naam, naam tegenpartij, tegenrekeninghouder, tiers, nom, bénéficiaire, \
         beneficiario, ordenante, ordinante, název protiúčtu, nadawca, odbiorca, mottaker, avsändare, saaja, \
         saaja/maksaja, gavėjas, partner, contraparte, description 2",
    ),
    (Field::EndToEnd, "end to end, end-to-end, end to end id, kundenreferenz, kundenreferenz (end-to-end), e2e"),
    (
        Field::Reference,
        "reference, ref, reference number, referenz, référence, referencia, riferimento, referens, viite, kid",
    ),
    (Field::BankReference, "transaction id, id, transaction reference, bank reference, fitid, numéro d'opération"),
    (
        Field::Status,
        "status, state, stato, statut, estado, estatus, stan, stav, tila, status transakcji, transaction status, \
         booking status, buchungsstatus",
    ),
    (
        Field::Text,
        "label, description, memo, details, transaction details, narrative, particulars, text, note, notes, \
         payment details, remittance information, original description, transaction, payment reference, \
         verwendungszweck, buchungstext, vorgang, libellé, libelle, motif, concepto, observaciones, causale, \
         descrizione, descrizione operazione, omschrijving, mededeling, mededelingen, meddelande, tekst, forklaring, \
         viesti, selitys, popis, poznámka, zpráva pro příjemce, opis, opis operacji, tytuł, descrição, \
         histórico, beskrivelse, paaiškinimai, selgitus, közlemény, descriere, detalii",
    ),
];

/// Longer than every heading; what is longer is a text.
const LONGEST: usize = 100;

/// A heading as the words above are written; `None` for what is none.
pub(super) fn heading(cell: &str) -> Option<String> {
    let cell = cell.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == ':');
    (!cell.is_empty() && cell.len() <= LONGEST).then(|| cell.to_lowercase())
}

/// How well a heading fits the words of a field: 3 is the word itself, 2 its beginning, 1 its end.
pub(super) fn fit(heading: &str, words: &str) -> u8 {
    let ends_word = |next: Option<char>| next.is_some_and(|c| !c.is_alphanumeric());
    let of_word = |word: &str| {
        let begins = heading.strip_prefix(word).is_some_and(|rest| ends_word(rest.chars().next()));
        let ends = heading.strip_suffix(word).is_some_and(|rest| ends_word(rest.chars().next_back()));
        match () {
            () if heading == word => 3,
            () if begins => 2,
            () => u8::from(ends),
        }
    };
    words.split(", ").map(of_word).max().unwrap_or(0)
}

fn is_account_field(field: Field) -> bool {
    matches!(field, Field::Account | Field::CounterpartyAccount | Field::EitherAccount)
}

/// Whether a word above the header names the account.
pub(super) fn is_account(word: &str) -> bool {
    let of_account = WORDS.iter().filter(|(field, _)| is_account_field(*field));
    let Some(word) = heading(word) else { return false };
    of_account.map(|(_, words)| fit(&word, words)).any(|fit| fit >= 2)
}

/// The words for debit and credit that stand in a column for the side.
pub(super) const DEBIT: &str = "d, dr, debit, debet, dbit, s, soll, af, -, debe, cargo, dare, out, débit, ut";
pub(super) const CREDIT: &str =
    "c, cr, credit, kredit, crdt, k, h, haben, bij, +, haber, abono, avere, in, crédit, inn";

/// The words for a line that is booked, for one that is not booked yet, and for one that never will be.
pub(super) const BOOKED: &str = "booked, completed, complete, posted, settled, cleared, executed, processed, success, successful, \
     succeeded, sent, paid, done, accepted, reconciled, gebucht, umsatz gebucht, verbucht, abgeschlossen, ausgeführt, \
     geboekt, verwerkt, uitgevoerd, geaccepteerd, comptabilisé, comptabilisée, exécuté, exécutée, effectué, validé, \
     contabilizzato, contabilizzata, eseguito, eseguita, completato, contabilizado, contabilizada, realizado, realizada, \
     ejecutado, ejecutada, completado, concluído, efetuado, bokförd, bokfört, genomförd, utförd, bokført, utført, bogført, \
     udført, kirjattu, toteutunut, suoritettu, zaúčtováno, zaúčtovaná, provedeno, zaksięgowana, zaksięgowane, rozliczona, \
     rozliczono, wykonana, zrealizowana, könyvelt, teljesült";
pub(super) const PENDING: &str = "pending, authorized, authorised, autorizzato, autorizzata, in sospeso, vorgemerkt, \
     umsatz vorgemerkt, ausstehend, offen, en attente, pendiente, pendente, in behandeling, gereserveerd, reserved, \
     reserverad, reserveret, reservert, oczekująca, oczekujące, processing, on hold, not posted, unposted, uncleared, in \
     progress, scheduled, venter, kommende, väntar, reserverat, preliminär, avventer, varattu, odottaa, nicht gebucht, noch \
     nicht gebucht, niet geboekt, niet verwerkt, à venir, en cours, non comptabilisé, non comptabilisée, non \
     contabilizzato, non contabilizzata, da contabilizzare, in attesa, in elaborazione, en curso, retenido, no \
     contabilizado, não contabilizado, em processamento, blokada, niezaksięgowana, nierozliczona, čeká, čekající, \
     nezaúčtováno, blokace, függő, függőben, zárolt";
pub(super) const NEVER_BOOKED: &str = "reverted, declined, failed, cancelled, canceled, rejected, denied, voided, refused, expired, \
     abgelehnt, fehlgeschlagen, abgebrochen, geweigerd, geannuleerd, refusé, refusée, rejeté, rejetée, annulé, annulée, \
     rifiutato, rifiutata, annullato, annullata, rechazado, rechazada, cancelado, cancelada, anulado, anulada, avvisad, \
     avvist, afvist, annulleret, hylätty, peruttu, odrzucona, anulowana, zamítnuto, zrušeno, elutasítva";
