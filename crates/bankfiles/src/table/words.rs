//! What banks write above their columns, in the languages of their countries. Small letters; a heading fits when it is
//! the word, or begins or ends with it as a whole word. What a column holds is then judged by its cells.

use super::guess::Field;

/// The plainest word first within a field; the fields that are surest first.
pub(super) const WORDS: [(Field, &str); 29] = [
    (Field::Nothing, "fra/til konto, na konto/z konta, account name, accountlabel, account type"),
    (
        Field::PayerAccount,
        "fra konto, from account, from account number, debit account, debit account number, debtor account, debtor \
         iban, payer account, payer iban, sender account, source account, von konto, auftraggeberkonto, iban \
         auftraggeber, compte débiteur, compte à débiter, numer rachunku nadawcy, rachunek nadawcy, z konta, z \
         rachunku, från konto, cuenta origen, cuenta de origen, cuenta ordenante, conto ordinante, conta origem, \
         conta de origem, van rekening",
    ),
    (
        Field::PayeeAccount,
        "til konto, to account, to account number, credit account, credit account number, creditor account, creditor \
         iban, payee account, payee iban, receiver account, recipient account, beneficiary account, destination \
         account, auf konto, an konto, empfängerkonto, iban empfänger, compte créditeur, compte à créditer, numer \
         rachunku odbiorcy, rachunek odbiorcy, na konto, na rachunek, till konto, cuenta destino, cuenta de destino, \
         cuenta beneficiario, conto beneficiario, conta destino, conta de destino, naar rekening",
    ),
    (
        Field::Payer,
        "payer, payer name, sender, sender name, debtor, debtor name, remitter, ordering party, auftraggeber, \
         zahler, absender, donneur d'ordre, nadawca, nazwa nadawcy, avsändare, afsender, avsender, ordenante, \
         ordinante",
    ),
    (
        Field::Payee,
        "payee, payee name, receiver, receiver name, recipient, creditor, creditor name, beneficiary, beneficiary \
         name, empfänger, begünstigter, bénéficiaire, odbiorca, nazwa odbiorcy, mottagare, modtager, mottaker, \
         beneficiario",
    ),
    (
        Field::ValueDate,
        "value date, valuta, valutadatum, wertstellung, wertstellungsdatum, wert, date de valeur, date valeur, fecha \
         valor, data valuta, rentedatum, data waluty, datum valuty, valutadag, rentedato, arvopäivä, data-valor, \
         data valor, f. valor, interest date, dateval, available on, available_on, értéknap, value dat, vaxtadags.",
    ),
    (
        Field::BookingDate,
        "booking date, posting date, posted date, settlement date, booked at, buchungstag, buchungsdatum, date \
         comptable, date de comptabilisation, dateop, fecha contable, f. contable, data contabile, boekdatum, \
         boekingsdatum, uitvoeringsdatum, bokföringsdag, bokföringsdatum, reskontradatum, bokført dato, \
         bogføringsdato, bokføringsdato, kirjauspäivä, datum zaúčtování, datum zaučtování, data księgowania, könyvelés dátuma, data \
         zaksięgowania",
    ),
    (
        Field::Date,
        "date, datetime, timestamp, booking date, transaction date, posting date, posted date, completed date, \
         buchungstag, buchungsdatum, datum, buchung, date opération, date de l'opération, date operation, date \
         comptable, fecha, fecha operación, fecha operacion, f. operación, fecha contable, data, data operazione, data contabile, \
         boekdatum, boekingsdatum, transactiedatum, bokföringsdag, bokföringsdatum, bokført dato, dato, \
         bogføringsdato, bokføringsdato, kirjauspäivä, datum zaúčtování, datum zaučtování, data księgowania, data operacji, data \
         movimento, data lançamento, päivämäärä, kuupäev, datums, könyvelés dátuma, data tranzactiei, operation \
         date, transaktionsdatum, created, created_utc, dags., tran date, txn date, creation date, datum provedení",
    ),
    (
        Field::Debit,
        "debit, debit amount, withdrawal, withdrawals, paid out, money out, outflow, soll, belastung, lastschrift, \
         débit, cargo, debe, addebiti, addebito, dare, uscite, debet, ut, wydatki, obciążenia, débito, net debit, \
         uttak, dr",
    ),
    (
        Field::Credit,
        "credit, credit amount, deposit, deposits, paid in, money in, inflow, haben, gutschrift, crédit, abono, \
         haber, accrediti, accredito, avere, entrate, kredit, inn, wpływy, uznania, crédito, net credit, innskudd, cr",
    ),
    (
        Field::Side,
        "d/c, c/d, d/k, dr/cr, cr/dr, debit/credit, credit/debit, creditdebet, credit/debet, debet/credit, \
         soll/haben, s/h, af bij, af/bij, transaction type, type, sign, sens, signo, segno, credit debit indicator, \
         side, +/-, dr / cr, cr / dr, deebet/kreedit, debets/kredīts, debetas/kreditas",
    ),
    (
        Field::Balance,
        "balance, running balance, saldo, solde, kontostand, saldo contable, saldo contabile, zůstatek, saldo na \
         trn, account balance, cash balance, saldo po operacji, egyenleg, stav, jääk, likutis, running bal, bal, \
         staða, zostatek, zustatek",
    ),
    (Field::Fee, "fee, fees, gebühr, frais, tariffa, poplatek v měně účtu"),
    (
        Field::OriginalAmount,
        "amount currency, original amount, foreign amount, exchange to amount, ursprungsbetrag, instructed amount, \
         kwota zlecenia, původní částka úhrady, originalni castka",
    ),
    (
        Field::OriginalCurrency,
        "original currency, foreign currency, exchange to, instructed currency, waluta zlecenia, původní měna \
         úhrady, originalni mena",
    ),
    (
        Field::AccountAmount,
        "amount in account currency, settlement amount, betrag in kontowährung, kwota w walucie rachunku, částka v \
         měně účtu, suma sąskaitos valiuta, importo in valuta conto, montant en devise du compte",
    ),
    (
        Field::AccountCurrency,
        "account currency, settlement currency, net currency, kontowährung, waluta rachunku, měna účtu, sąskaitos \
         valiuta, devise du compte",
    ),
    (
        Field::Amount,
        "amount, transaction amount, net amount, net, netto, betrag, umsatz, montant, importe, importo, bedrag, suma, \
         belopp, beløp, beløb, määrä, summa, částka, castka, kwota, valor, movimento, összeg, iznos, sum, \
         value, montante, total amount, objem, cad$, usd$, upphæð",
    ),
    (
        Field::Currency,
        "currency, ccy, währung, waehrung, devise, divisa, moneda, moeda, munt, valutacode, valuta, valiuta, měna, \
         mena, waluta, valuuta, valuutta, pénznem, devizanem, devizaneme, összeg devizaneme, monnaie, valūta",
    ),
    (
        Field::CounterpartyAccount,
        "counterparty account, counter account, iban zahlungsbeteiligter, tegenrekening, tegenrekeningnummer, payee \
         account number, protiúčet, protiucet, cuenta contraparte, mottagarens konto, compte contrepartie, rekening \
         tegenpartij, rekeningnummer tegenpartij, saajan tilinumero, counterparty, tegenpartij, contraparte, \
         saaja/maksja konto, číslo účtu protistrany, partner számlaszáma, consumer bank account",
    ),
    (
        Field::EitherAccount,
        "bank account, iban, account number, kontonummer/iban, kontonummer, numer rachunku, sąskaita",
    ),
    (
        Field::Account,
        "account, auftragskonto, rekening, rekeningnummer, own account, iban auftragskonto, cuenta, compte, conto, \
         konto, számlaszám, accountnum, kliendi konto, klienta konts, client account, číslo účtu, cislo uctu, \
         sąskaitos nr",
    ),
    (
        Field::CounterpartyName,
        "counterparty name, counterparty, counter party, partner name, name zahlungsbeteiligter, naam tegenpartij, \
         naam van de tegenpartij, tegenrekeninghouder, název protiúčtu, contraparte, název protistrany, nazev \
         protiuctu, saaja/maksja nimi, consumer name, partner neve",
    ),
    (
        Field::Name,
        "partner name, counterparty, counterparty name, payee, payer, payer name, payee name, name, namn, nimi, \
         beneficiary, beguenstigter/zahlungspflichtiger, begünstigter, auftraggeber, empfänger, name \
         zahlungsbeteiligter, auftraggeber/empfänger, naam, naam tegenpartij, tegenrekeninghouder, tiers, nom, \
         bénéficiaire, beneficiario, ordenante, ordinante, název protiúčtu, nadawca, odbiorca, mottaker, avsändare, \
         saaja, saaja/maksaja, gavėjas, partner, contraparte, description 2, saaja/maksja, saņēmējs/maksātājs, \
         mokėtojo arba gavėjo pavadinimas, nome, navn",
    ),
    (Field::EndToEnd, "end to end, end-to-end, end to end id, kundenreferenz, kundenreferenz (end-to-end), e2e"),
    (
        Field::Reference,
        "reference, ref, reference number, referenz, référence, referencia, riferimento, referens, viite, kid, \
         viitenumber",
    ),
    (
        Field::BankReference,
        "transaction id, id, transaction reference, bank reference, fitid, numéro d'opération, arhiveerimistunnus, \
         arhīva kods, psp reference",
    ),
    (
        Field::Status,
        "status, state, stato, statut, estado, estatus, stan, stav, tila, status transakcji, transaction status, \
         booking status, buchungsstatus",
    ),
    (
        Field::Text,
        "label, description, memo, details, transaction details, narrative, particulars, text, note, notes, payment \
         details, remittance information, original description, transaction, payment reference, verwendungszweck, \
         buchungstext, vorgang, libellé, libelle, motif, concepto, observaciones, causale, descrizione, descrizione \
         operazione, omschrijving, mededeling, mededelingen, meddelande, tekst, forklaring, viesti, selitys, popis, \
         poznámka, zpráva pro příjemce, opis, opis operacji, tytuł, descrição, histórico, beskrivelse, paaiškinimai, \
         selgitus, közlemény, descriere, detalii, narration, transaction remarks, transaction ref1, transaction \
         ref2, transaction ref3, szczegóły transakcji, informācija saņēmējam, mokėjimo paskirtis, descripción, texti, tittel, \
         rubrik, beskrivning, lançamento",
    ),
];

/// Words of an amount that is not all of the line.
pub(super) const PARTS: [&str; 9] =
    ["fee", "fees", "tax", "vat", "commission", "gebühr", "gebühren", "frais", "provision"];

/// What is left of an amount behind its fee.
pub(super) const NET: &str = "net, net amount, netto, nettobetrag";

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
pub(super) const BOOKED: &str = "booked, completed, complete, settled, posted, cleared, executed, processed, \
     success, successful, succeeded, sent, paid, done, accepted, reconciled, gebucht, umsatz gebucht, verbucht, \
     abgeschlossen, ausgeführt, geboekt, verwerkt, uitgevoerd, geaccepteerd, comptabilisé, comptabilisée, exécuté, \
     exécutée, effectué, validé, terminé, contabilizzato, contabilizzata, eseguito, eseguita, completato, \
     completata, contabilizado, contabilizada, realizado, realizada, ejecutado, ejecutada, completado, concluído, \
     efetuado, bokförd, bokfört, genomförd, utförd, bokført, utført, bogført, udført, kirjattu, toteutunut, \
     suoritettu, zaúčtováno, zaúčtovaná, provedeno, zaksięgowana, zaksięgowane, rozliczona, rozliczono, wykonana, \
     zrealizowana, zrealizowane, könyvelt, teljesült";
pub(super) const PENDING: &str = "pending, authorized, authorised, autorizzato, autorizzata, in sospeso, vorgemerkt, \
     umsatz vorgemerkt, ausstehend, offen, en attente, pendiente, pendente, in behandeling, gereserveerd, reserved, \
     reserverad, reserveret, reservert, oczekująca, oczekujące, processing, on hold, not posted, unposted, \
     uncleared, in progress, scheduled, venter, kommende, väntar, reserverat, preliminär, avventer, varattu, \
     odottaa, nicht gebucht, noch nicht gebucht, niet geboekt, niet verwerkt, à venir, en cours, non comptabilisé, \
     non comptabilisée, non contabilizzato, non contabilizzata, da contabilizzare, in attesa, in elaborazione, en \
     curso, retenido, no contabilizado, não contabilizado, em processamento, blokada, niezaksięgowana, \
     nierozliczona, čeká, čekající, nezaúčtováno, blokace, függő, függőben, zárolt";
pub(super) const NEVER_BOOKED: &str = "reverted, declined, failed, cancelled, canceled, rejected, denied, voided, \
     refused, expired, abgelehnt, fehlgeschlagen, abgebrochen, geweigerd, geannuleerd, refusé, refusée, rejeté, \
     rejetée, annulé, annulée, rifiutato, rifiutata, annullato, annullata, rechazado, rechazada, cancelado, \
     cancelada, anulado, anulada, avvisad, avvist, afvist, annulleret, hylätty, peruttu, odrzucona, anulowana, \
     zamítnuto, zrušeno, elutasítva";

/// What stands in the place of a text where a row is the balance before or after the lines, or their sums.
pub(super) const OPENING: &str = "opening balance, balance brought forward, brought forward, balance b/f, starting \
     balance, saldo iniziale, saldo inicial, saldo anterior, solde initial, solde précédent, ancien solde, \
     anfangssaldo, alter kontostand, beginsaldo, algsaldo, sākuma atlikums, likutis pradžiai, počáteční zůstatek, \
     saldo początkowe, nyitó egyenleg, ingående saldo, inngående saldo, primosaldo, alkusaldo";
pub(super) const CLOSING: &str = "closing balance, balance carried forward, carried forward, balance c/f, ending \
     balance, saldo finale, saldo final, saldo atual, s a l d o, solde final, nouveau solde, endsaldo, neuer \
     kontostand, eindsaldo, lõppsaldo, beigu atlikums, likutis pabaigai, konečný zůstatek, saldo końcowe, záró \
     egyenleg, utgående saldo, ultimosaldo, loppusaldo";
pub(super) const TURNOVER: &str = "turnover, käive, apgrozījums, apyvarta, saldo do dia, saldo parcial";
