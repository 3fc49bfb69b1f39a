//! Exports as banks write them; the expected values are read off the tables by hand.

use super::*;

mod countries;

fn refused(text: &str) -> bool {
    read(text.as_bytes(), None, None).is_err()
}

fn balances(statement: &BankStatement) -> [String; 2] {
    [statement.opening, statement.closing].map(|balance| balance.unwrap().amount.decimal.to_string())
}

fn states(statement: &BankStatement) -> Vec<Status> {
    statement.lines.iter().map(|line| line.status).collect()
}

fn parties(statement: &BankStatement) -> Vec<(&str, &str)> {
    let parties = statement.lines.iter().map(|line| &line.payment.counterparty);
    parties.map(|p| (p.name.as_deref().unwrap_or(""), p.account.as_deref().unwrap_or(""))).collect()
}

#[test]
fn two_sides_without_a_header_are_explained_by_the_balance() {
    let both = "01/28/2026,SEND,150.00,,3412.50\n01/26/2026,ACME,,2500.00,3562.50\n01/25/2026,BELL,88.14,,1062.50\n";
    let statement = only(both);
    assert_eq!(lines(&statement), ["2026-01-28 -150.00 SEND", "2026-01-26 2500.00 ACME", "2026-01-25 -88.14 BELL"]);
    assert_eq!(balances(&statement), ["1150.64", "3412.50"]);
    // Money out alone: the other column is empty.
    let out = only("01/28/2026,SEND,150.00,,3412.50\n01/25/2026,BELL,88.14,,3562.50\n");
    assert_eq!(lines(&out), ["2026-01-28 -150.00 SEND", "2026-01-25 -88.14 BELL"]);
    // Equal amounts: the days say that the newest is first, so the money went.
    let equal = only("01/28/2026,SEND,50.00,,100.00\n01/25/2026,BELL,50.00,,150.00\n");
    assert_eq!(lines(&equal), ["2026-01-28 -50.00 SEND", "2026-01-25 -50.00 BELL"]);
    assert!(refused(&both.replace("3562.50", "3562.51")));
    assert!(refused("01/28/2026,SEND,150.00,,3412.50\n"));
}

#[test]
fn one_row_without_a_header_goes_by_its_balances() {
    let one = only("123\tEUR\t20260105\t1000,00\t2500,00\t20260106\t1500,00\tOverboeking Müller\n");
    assert_eq!(lines(&one), ["2026-01-05 1500.00 Overboeking Müller"]);
    assert_eq!(one.lines[0].value_on.unwrap().to_string(), "2026-01-06");
    assert_eq!(balances(&one), ["1000.00", "2500.00"]);
    assert_eq!(lines(&only("15/01/2026,\"+1500.00\",\"+2450.05\",\"ACME\"\n")), ["2026-01-15 1500.00 ACME"]);
    assert!(refused("05-01-2026,muller bv,EUR,1000.00,EUR,-49.95,x\n"));
    assert!(refused("05-01-2026,1000.00,1500.00,2500.00,x\n"));
}

#[test]
fn the_side_as_a_word_without_a_header() {
    let head = "\"05-01-2026\",\"NL11\",\"1.500,00\",\"Credit\",\"Müller BV\",\"2.500,00\"\n";
    let statement = only(&format!("{head}\"13-01-2026\",\"NL11\",\"49,95\",\"Debet\",\"KPN\",\"2.450,05\"\n"));
    assert_eq!(lines(&statement), ["2026-01-05 1500.00 Müller BV", "2026-01-13 -49.95 KPN"]);
    assert_eq!(balances(&statement), ["1000.00", "2450.05"]);
    assert!(refused(head));
}

#[test]
fn what_the_bank_has_only_noted_is_not_booked() {
    let camt = "Auftragskonto;Buchungstag;Valutadatum;Buchungstext;Verwendungszweck;Glaeubiger ID;Mandatsreferenz;\
        Kundenreferenz (End-to-End);Beguenstigter/Zahlungspflichtiger;Kontonummer/IBAN;BIC (SWIFT-Code);Betrag;Waehrung;Info\n\
        DE1;08.01.26;08.01.26;GUTSCHRIFT;RE 1;;;;Smith;DE2;X;500,00;EUR;Umsatz vorgemerkt\n\
        DE1;07.01.26;07.01.26;LASTSCHRIFT;RE 2;;;;Jones;DE3;X;-49,90;EUR;Umsatz gebucht\n";
    let proposed = camt.replace("Glaeubiger ID;Mandatsreferenz;", "x;y;");
    for text in [camt, &proposed] {
        let statement = only(text);
        assert_eq!((states(&statement), said(&statement)), (vec![Status::Pending, Status::Booked], vec![]));
    }
    let italian = "Data,Operazione,Contabilizzazione,Importo\n13/01/2026,a,CONTABILIZZATO,\"1.500,00\"\n\
        14/01/2026,b,NON CONTABILIZZATO,\"-49,95\"\n";
    assert_eq!(states(&only(italian)), [Status::Booked, Status::Pending]);
    let danish = "Dato;Tekst;Beløb;Saldo;Status\n05.01.2026;a;1.500,00;2.500,00;Udført\n14.01.2026;b;-100,00;;Venter\n";
    assert_eq!(states(&only(danish)), [Status::Booked, Status::Pending]);
    assert_eq!(states(&only("Date,Memo,Amount\n2026-01-02,Cancelled,5.00\n")), [Status::Booked]);
}

#[test]
fn an_unknown_status_is_told() {
    let statement = only("Date,Memo,Amount,Status\n2026-01-02,a,5.00,Cleared\n2026-01-03,b,6.00,Zwevend\n");
    assert_eq!(states(&statement), [Status::Booked, Status::Booked]);
    assert_eq!(
        said(&statement),
        ["line 3, status: nothing is known of the status `Zwevend`; the line is read as booked"]
    );
}

#[test]
fn parts_of_a_batch_are_no_amounts() {
    let statement = only(
        "Datum;Buchungstext;Whg;Betrag Detail;Belastung CHF;Gutschrift CHF;Valuta;Saldo CHF\n\
         13.01.2026;Gutschrift;;;;1500.00;14.01.2026;2350.05\n06.01.2026;Sammelauftrag (2);;;100.00;;06.01.2026;850.05\n\
         ;Swisscom;CHF;60.00;;;;\n;Sunrise;CHF;40.00;;;;\n05.01.2026;Belastung;;;49.95;;05.01.2026;950.05\n",
    );
    assert_eq!(
        lines(&statement),
        ["2026-01-13 1500.00 Gutschrift", "2026-01-06 -100.00 Sammelauftrag (2)", "2026-01-05 -49.95 Belastung"]
    );
    assert_eq!((balances(&statement), said(&statement)), (["1000.00".into(), "2350.05".into()], vec![]));
}

#[test]
fn a_fee_beside_the_amount_counts_where_the_balances_say_so() {
    let table = "Date,Description,Amount,Fee,Currency,Balance\n2026-01-02,a,100.00,0.00,EUR,100.00\n\
        2026-01-04,b,-50.00,1.00,EUR,49.00\n";
    let statement = only(table);
    assert_eq!(lines(&statement), ["2026-01-02 100.00 EUR a", "2026-01-04 -51.00 EUR b"]);
    let charge = &statement.lines[1].payment.charges[0];
    assert_eq!((charge.amount.to_string().as_str(), charge.is_included), ("1.00 EUR", true));
    let within = only(&table.replace("49.00", "50.00"));
    assert_eq!((lines(&within)[1].as_str(), said(&within)), ("2026-01-04 -50.00 EUR b", vec![]));
    let neither = only(&table.replace("49.00", "48.00"));
    assert_eq!((lines(&neither)[1].as_str(), said(&neither).len()), ("2026-01-04 -50.00 EUR b", 1));
    let net = only("Created (UTC),Description,Amount,Fee,Net\n2026-01-05 09:12,a,120.00,3.78,116.22\n");
    assert_eq!(lines(&net), ["2026-01-05 116.22 a"]);
    let negative = only("Date,Description,Amount,Fee,Net\n2026-01-05,a,120.00,-3.78,116.22\n");
    assert_eq!(lines(&negative), ["2026-01-05 116.22 a"]);
}

#[test]
fn an_account_from_and_to_is_not_the_own() {
    let statement = only(
        "Dato;Beskrivelse;Rentedato;Inn;Ut;Til konto;Fra konto;\n13.01.2026;Müller;13.01.2026;1500,00;;1;2;\n\
         05.01.2026;Telenor;06.01.2026;;-49,95;3;1;\n",
    );
    assert_eq!(lines(&statement), ["2026-01-13 1500.00 Müller", "2026-01-05 -49.95 Telenor"]);
}

#[test]
fn the_order_that_reads_every_day() {
    let table = "Date,Description,Amount\n01/15/2026,a,1.00\n01/05/2026,b,2.00\n01/05/2026,c,3.00\n01/05/2026,d,4.00\n";
    let statement = only(table);
    assert_eq!(lines(&statement)[1], "2026-01-05 2.00 b");
    assert_eq!(said(&statement), [""; 0]);
    let one = only("Date,Description,Paid out,Paid in\n05/01/2026,a,,\"1,500.00\"\n");
    assert_eq!(said(&one), ["its dates fit day/month and month/day; they are read as month/day"]);
    assert_eq!(said(&only("Datum;Text;Betrag\n05.01.2026;a;5,00\n")), [""; 0]);
}

#[test]
fn the_day_of_booking_before_that_of_the_operation() {
    let french = only(
        "Date de comptabilisation;Libelle;Debit;Credit;Date operation;Date de valeur\n\
         13/01/2026;a;;+1500,00;12/01/2026;14/01/2026\n05/01/2026;b;-49,95;;04/01/2026;05/01/2026\n",
    );
    assert_eq!(lines(&french), ["2026-01-13 1500.00 a", "2026-01-05 -49.95 b"]);
    let polish = only("Data operacji;Data księgowania;Opis;Kwota\n2026-01-05;2026-01-06;a;1500,00\n");
    assert_eq!(lines(&polish), ["2026-01-06 1500.00 a"]);
}

#[test]
fn one_row_that_is_no_line_beside_two_that_are() {
    let below = only(
        "Buchungstag;Wert;Betrag;Soll;Haben\n02.01.2026;02.01.2026;;;500,00\n05.01.2026;06.01.2026;;-49,95;\n\
        Kontostand;31.01.2026;;1.450,05;EUR\n",
    );
    assert_eq!(lines(&below), ["2026-01-02 500.00 -", "2026-01-05 -49.95 -"]);
    let above = only(
        "Bokföringsdag;Belopp;Namn;Rubrik\nReserverat;-12,00;;x\n2026/01/13;1500,00;Müller AB;y\n2026/01/05;-49,95;Telia;z\n",
    );
    assert_eq!(lines(&above), ["2026-01-13 1500.00 y", "2026-01-05 -49.95 z"]);
    assert_eq!(parties(&above), [("Müller AB", ""), ("Telia", "")]);
}

#[test]
fn headings_of_more_banks() {
    for (text, line) in [
        (
            "IBAN;Booked At;Text;Credit/Debit Amount;Balance\nCH1;2026-01-13 00:00:00.0;a;-49.95;2450.05\n",
            "2026-01-13 -49.95 a",
        ),
        (
            "F. CONTABLE;F. VALOR;CONCEPTO;IMPORTE;SALDO\n13/01/2026;14/01/2026;a;-49,95;2.450,05\n",
            "2026-01-13 -49.95 a",
        ),
        ("dateOp;dateVal;label;amount\n2026-01-13;2026-01-14;a;-49,95\n", "2026-01-13 -49.95 a"),
        ("Uitvoeringsdatum;Valutadatum;Bedrag;Mededeling\n14/01/2026;15/01/2026;-49,95;a\n", "2026-01-14 -49.95 a"),
        ("Reskontradatum\tTransaktionsdatum\tText\tBelopp\n2026-01-13\t2026-01-12\ta\t-49,95\n", "2026-01-13 -49.95 a"),
        ("\"Transaction Date\",\"Description 1\",\"CAD$\",\"USD$\"\n1/15/2026,a,-49.95,\n", "2026-01-15 -49.95 a"),
    ] {
        assert_eq!(lines(&only(text)), [line], "{text}");
    }
}

#[test]
fn a_name_is_no_account_and_the_other_ones() {
    let dutch = only(
        "Date;Name / Description;Counterparty;Debit/credit;Amount\n20260113;KPN BV;NL91ABNA0417164300;Debit;49,95\n",
    );
    assert_eq!(parties(&dutch), [("KPN BV", "NL91ABNA0417164300")]);
    let belgian = only(
        "Rekening;Naam;Datum;Bedrag;Rekening tegenpartij;Naam tegenpartij\n1;JANSSENS;13/01/2026;-49,95;BE71 0961 2345 6769;TELENET\n",
    );
    assert_eq!(parties(&belgian), [("TELENET", "BE71096123456769")]);
}
