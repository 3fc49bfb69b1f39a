//! Exports of more countries and of payment services; the expected values are read off the tables by hand.

use super::*;

fn line_texts(text: &str) -> Vec<String> {
    lines(&only(text))
}

#[test]
fn rows_that_are_balances_are_no_lines() {
    let estonian = only(
        "\"Kliendi konto\";\"Reatüüp\";\"Kuupäev\";\"Saaja/Maksja\";\"Selgitus\";\"Summa\";\"Valuuta\";\"Deebet/Kreedit\"\n\
         \"EE38\";\"10\";\"01.01.2026\";\"\";\"Algsaldo\";\"1000,00\";\"EUR\";\"K\"\n\
         \"EE38\";\"20\";\"05.01.2026\";\"Müller OÜ\";\"arve 4711\";\"1500,00\";\"EUR\";\"K\"\n\
         \"EE38\";\"20\";\"13.01.2026\";\"Telia\";\"kõned\";\"49,95\";\"EUR\";\"D\"\n\
         \"EE38\";\"82\";\"31.01.2026\";\"\";\"Käive\";\"1500,00\";\"EUR\";\"K\"\n\
         \"EE38\";\"86\";\"31.01.2026\";\"\";\"lõppsaldo\";\"2450,05\";\"EUR\";\"K\"\n",
    );
    assert_eq!(lines(&estonian), ["2026-01-05 1500.00 EUR arve 4711", "2026-01-13 -49.95 EUR kõned"]);
    assert_eq!((balances(&estonian), said(&estonian)), (["1000.00".into(), "2450.05".into()], vec![]));
    assert_eq!((estonian.account.as_deref(), parties(&estonian)[1]), (Some("EE38"), ("Telia", "")));
    let brazilian = only(
        "\"Data\",\"Histórico\",\"Número do documento\",\"Valor\"\n\"31/12/2025\",\"Saldo Anterior\",\"0\",\"1000.00\"\n\
         \"05/01/2026\",\"TED\",\"4711\",\"1500.00\"\n\"31/01/2026\",\"S A L D O\",\"0\",\"2500.00\"\n",
    );
    assert_eq!(lines(&brazilian), ["2026-01-05 1500.00 TED"]);
    assert_eq!((balances(&brazilian), said(&brazilian)), (["1000.00".into(), "2500.00".into()], vec![]));
    let dated = only(
        "Data;Data valuta;Descrizione;Importo\n31/12/2025;31/12/2025;Saldo iniziale al 31/12/2025;1.000,00\n\
         05/01/2026;06/01/2026;Bonifico saldo iniziale 4711;1.500,00\n",
    );
    assert_eq!(lines(&dated), ["2026-01-05 1500.00 Bonifico saldo iniziale 4711"]);
    assert_eq!(dated.opening.unwrap().amount.decimal.to_string(), "1000.00");
}

#[test]
fn the_far_end_is_the_counterparty() {
    let table = "Dato;Beskrivelse;Rentedato;Inn;Ut;Til konto;Fra konto\n\
        13.01.2026;Müller;13.01.2026;1500,00;;12345678903;98765432103\n05.01.2026;Telenor;06.01.2026;;-49,95;11112222333;12345678903\n";
    let norwegian = only(table);
    assert_eq!(parties(&norwegian), [("", "98765432103"), ("", "11112222333")]);
    assert_eq!(norwegian.account.as_deref(), Some("12345678903"));
    // Where the near end is another account in each line, the columns mean something else.
    let other = only(&table.replace("13.01.2026;1500,00;;12345678903", "13.01.2026;1500,00;;12345678999"));
    assert_eq!((parties(&other), other.account.as_deref()), (vec![("", ""), ("", "")], None));
    let polish = only(
        "Data księgowania;Nazwa nadawcy;Nazwa odbiorcy;Kwota operacji;Waluta operacji;Kwota w walucie rachunku;Waluta rachunku;\
         Numer rachunku nadawcy;Numer rachunku odbiorcy\n\
         14-01-2026;FIRMA;TAURON;-12,00;EUR;-49,95;PLN;PL10116022020000000012345678;27114020040000300201355387\n\
         05-01-2026;MÜLLER;FIRMA;1500,00;PLN;1500,00;PLN;10105000997603123456789123;PL10116022020000000012345678\n",
    );
    assert_eq!(lines(&polish), ["2026-01-14 -49.95 PLN -", "2026-01-05 1500.00 PLN -"]);
    assert_eq!(parties(&polish), [("TAURON", "27114020040000300201355387"), ("MÜLLER", "10105000997603123456789123")]);
    let danish = only(
        "Bogføringsdato;Beløb;Afsender;Modtager;Navn\n2026/01/13;-49,95;1234567890;9876543210;TDC\n\
         2026/01/05;1500,00;5555666677;1234567890;Müller ApS\n",
    );
    assert_eq!(parties(&danish), [("TDC", "9876543210"), ("Müller ApS", "5555666677")]);
    let debit_account = only(
        "Date,Debit account,Credit account,Amount\n2026-01-05,5555666677,1234567890,1500.00\n2026-01-13,1234567890,777788,-49.95\n",
    );
    assert_eq!(lines(&debit_account), ["2026-01-05 1500.00 -", "2026-01-13 -49.95 -"]);
    assert_eq!(parties(&debit_account), [("", "5555666677"), ("", "777788")]);
}

#[test]
fn the_currency_stands_behind_the_amount() {
    let austrian = "05.01.2026;Gutschrift Müller;06.01.2026;1.500,00;EUR;05.01.2026 12:00:00:000\n\
        13.01.2026;Wien Energie;13.01.2026;-49,95;EUR;13.01.2026 12:00:00:000\n";
    assert_eq!(
        line_texts(austrian),
        ["2026-01-05 1500.00 EUR Gutschrift Müller", "2026-01-13 -49.95 EUR Wien Energie"]
    );
    let dutch = "06-01-2026,muller bv,EUR,1000.00,EUR,1500.00,x\n13-01-2026,kpn,EUR,2500.00,EUR,-49.95,x\n";
    assert_eq!(line_texts(dutch), ["2026-01-06 1500.00 EUR muller bv", "2026-01-13 -49.95 EUR kpn"]);
    // That of an amount in another currency, which stands behind it or in front.
    for paid in [
        "12/15/2018,Your payment,EUR,\"1,525.00\",\"-1,000.00\"\n",
        "12/15/2018,Your payment,\"1,525.00\",USD,\"-1,000.00\"\n",
    ] {
        assert!(
            read(paid.as_bytes(), None, None).is_err() || line_texts(paid) == ["2018-12-15 1525.00 Your payment"],
            "{paid}"
        );
    }
}

#[test]
fn one_row_of_two_numbers_says_why_it_is_refused() {
    let signed = "15/01/2026,\"+1500.00\",\"ACME INV 4711\",\"+2450.05\"\n";
    assert_eq!(line_texts(signed), ["2026-01-15 1500.00 ACME INV 4711"]);
    let why = |text: &str| crate::parse(text.as_bytes(), &crate::ParseOptions::default()).unwrap_err().to_string();
    assert_eq!(
        why(&signed.replace('+', "")),
        "the table has no headings, and nothing in it says which of its numbers is the amount; an export of more days shows \
         it by the balances"
    );
    assert_eq!(why("name,city\nSmith,Leeds\n"), "this is no bank file of a format that Quittance knows");
}

#[test]
fn rows_of_two_kinds_without_a_header_are_refused() {
    let below = "13-01-2026,12-01-2026,TAURON,PLN,\"-49,95\",x\n05-01-2026,05-01-2026,MÜLLER,PLN,\"1500,00\",x\n";
    assert_eq!(line_texts(below), ["2026-01-13 -49.95 TAURON", "2026-01-05 1500.00 MÜLLER"]);
    assert!(refused(&format!("2026-01-31,01-01-2026,FIRMA,PLN,\"1000,00\",x\n{below}")));
}

#[test]
fn lakhs_are_grouped_by_two() {
    let statement = only(
        "Date,Narration,Value Dat,Debit Amount,Credit Amount,Closing Balance\n\
         05/01/26,UPI,06/01/26,0.00,\"1,50,000.00\",\"12,50,000.00\"\n13/01/26,AIRTEL,13/01/26,49.95,0.00,\"12,49,950.05\"\n",
    );
    assert_eq!(lines(&statement), ["2026-01-05 150000.00 UPI", "2026-01-13 -49.95 AIRTEL"]);
    assert_eq!((balances(&statement), said(&statement)), (["1100000.00".into(), "1249950.05".into()], vec![]));
}

#[test]
fn a_text_goes_on_in_the_row_below() {
    let statement = only(
        "Transaction date,Value date,Description,Withdrawals (SGD),Deposits (SGD)\n13/01/2026,13/01/2026,GIRO,49.95,\n\
         ,,SINGTEL,,\n,,MOBILE,,\n05/01/2026,06/01/2026,FAST PAYMENT,,\"1,500.00\"\n,,MULLER PTE LTD 4711,,\nEnd of report,,,,\n",
    );
    assert_eq!(
        lines(&statement),
        ["2026-01-13 -49.95 GIRO SINGTEL MOBILE", "2026-01-05 1500.00 FAST PAYMENT MULLER PTE LTD 4711"]
    );
}

#[test]
fn what_a_payment_service_settled() {
    let adyen = only(
        "Psp Reference,Creation Date,Type,Gross Currency,Gross Debit (GC),Gross Credit (GC),Net Currency,Net Debit (NC),Net Credit (NC)\n\
         8515,2026-01-05 10:00:00,Settled,USD,,1620.00,EUR,,1500.00\n8517,2026-01-13 10:00:00,Refunded,USD,55.00,,EUR,49.95,\n",
    );
    assert_eq!(lines(&adyen), ["2026-01-05 1500.00 EUR -", "2026-01-13 -49.95 EUR -"]);
    let mollie = only(
        "Date,Currency,Amount,Status,ID,Description,\"Consumer name\",\"Consumer bank account\",\"Settlement currency\",\"Settlement amount\"\n\
         2026-01-05 10:00:00,USD,1620.00,paid,tr_1,\"Order 4711\",\"J. Müller\",NL91ABNA0417164300,EUR,1500.00\n",
    );
    assert_eq!(lines(&mollie), ["2026-01-05 1500.00 EUR Order 4711"]);
    assert_eq!(parties(&mollie), [("J. Müller", "NL91ABNA0417164300")]);
    let stripe = only(
        "created_utc,available_on,currency,gross,fee,net,description,customer_facing_amount\n\
         2026-01-05 10:00:00,2026-01-07,eur,120.00,3.78,116.22,Order 4711,120.00\n",
    );
    assert_eq!(lines(&stripe), ["2026-01-05 116.22 EUR Order 4711"]);
    assert!(refused(
        "ID,Direction,Created on,Source fee amount,Source fee currency,Source amount (after fees),Target amount (after fees)\n\
         1,IN,2026-01-05 10:00:00,0.45,EUR,1500.00,1500.00\n"
    ));
    let qonto =
        only("Settlement date,VAT amount,Total amount (incl. VAT),Currency\n05-01-2026 10:00:00,8.33,-49.95,EUR\n");
    assert_eq!(lines(&qonto), ["2026-01-05 -49.95 EUR -"]);
    let paypal = only(
        "\"Data\",\"Nome\",\"Tipo\",\"Stato\",\"Valuta\",\"Lordo\",\"Tariffa\",\"Netto\"\n\
         \"05/01/2026\",\"Müller SRL\",\"Pagamento\",\"Completata\",\"EUR\",\"1.553,93\",\"-53,93\",\"1.500,00\"\n\
         \"13/01/2026\",\"TIM\",\"Pagamento\",\"In sospeso\",\"EUR\",\"-49,95\",\"0,00\",\"-49,95\"\n",
    );
    assert_eq!(lines(&paypal), ["2026-01-05 1500.00 EUR -", "2026-01-13 -49.95 EUR -"]);
    assert_eq!((states(&paypal), said(&paypal)), (vec![Status::Booked, Status::Pending], vec![]));
}
