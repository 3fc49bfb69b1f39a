//! Tables by shipped, given and proposed definitions; the expected values are read off the tables by hand.

use super::*;

mod banks;

fn lines(statement: &BankStatement) -> Vec<String> {
    let line = |line: &BankLine| {
        let amount = line.amount.map(|amount| amount.to_string()).unwrap_or_default();
        format!("{} {amount} {}", line.booked_on.unwrap(), line.payment.remittance.as_deref().unwrap_or("-"))
    };
    statement.lines.iter().map(line).collect()
}

fn only(text: &str) -> BankStatement {
    let mut statements = read(text.as_bytes(), None, None).unwrap();
    assert_eq!(statements.len(), 1, "{statements:?}");
    statements.remove(0)
}

#[test]
fn a_german_table_is_understood_from_its_head() {
    let statement = only(
        "Konto;DE89 3704 0044 0532 0130 00;;;\n\nBuchungstag;Wertstellung;Verwendungszweck;Betrag;Währung\n\
         31.12.2025;02.01.2026;Rechnung 7;1.234,56;EUR\n30.12.2025;30.12.2025;Gebühr;-5,00;EUR\n;;Summe;1.229,56;\n",
    );
    assert_eq!(statement.account.as_deref(), Some("DE89370400440532013000"));
    assert_eq!(lines(&statement), ["2025-12-31 1234.56 EUR Rechnung 7", "2025-12-30 -5.00 EUR Gebühr"]);
    assert_eq!(statement.lines[0].value_on.unwrap().to_string(), "2026-01-02");
}

#[test]
fn two_columns_for_two_sides() {
    let statement =
        only("Date,Details,Paid out,Paid in,Balance\n01/31/2026,Fee,5.00,,95.00\n02/01/2026,Smith,,20.00,115.00\n");
    assert_eq!(lines(&statement), ["2026-01-31 -5.00 Fee", "2026-02-01 20.00 Smith"]);
    let balance = |balance: Option<Balance>| balance.unwrap().amount.decimal.to_string();
    assert_eq!((balance(statement.opening), balance(statement.closing)), ("100.00".into(), "115.00".into()));
    assert_eq!(statement.warnings, []);
}

#[test]
fn newest_first_and_a_balance_that_does_not_follow() {
    let head = "Datum;Betrag;Saldo\n";
    let sorted = only(&format!("{head}03.01.2026;3,00;16,00\n02.01.2026;2,00;13,00\n01.01.2026;1,00;11,00\n"));
    assert_eq!(sorted.opening.unwrap().amount.decimal.to_string(), "10.00");
    assert_eq!(sorted.closing.unwrap().amount.decimal.to_string(), "16.00");
    let broken = only(&format!("{head}01.01.2026;1,00;11,00\n02.01.2026;2,00;13,00\n03.01.2026;3,00;17,00\n"));
    let said: Vec<_> = broken.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        ["line 4, balance: the balance 17.00 does not follow from the line and the balance 13.00 before it"]
    );
}

#[test]
fn day_and_month_are_told_apart_by_the_order_of_the_rows() {
    let dates =
        |text: &str| only(text).lines.iter().map(|line| line.booked_on.unwrap().to_string()).collect::<Vec<_>>();
    assert_eq!(dates("Date,Amount\n01/04/20,5.00\n02/04/20,6.00\n"), ["2020-04-01", "2020-04-02"]);
    assert_eq!(dates("Date,Amount\n04/01/2020,5.00\n04/02/2020,6.00\n"), ["2020-04-01", "2020-04-02"]);
    assert_eq!(dates("Date,Amount\n13/04/2020,5.00\n02/05/2020,6.00\n"), ["2020-04-13", "2020-05-02"]);
    assert_eq!(dates("Datum;Betrag\n02.04.20;5,00\n"), ["2020-04-02"]);
}

#[test]
fn the_side_in_words_and_card_signs() {
    let statement = only(
        "\"Date\",\"Label\",\"Amount\",\"D/C\"\n\"12/15/2018\",\"a\",\"33.50\",\"D\"\n\"12/16/2018\",\"b\",\"-1,533.50\",\"C\"\n",
    );
    assert_eq!(lines(&statement), ["2018-12-15 -33.50 a", "2018-12-16 1533.50 b"]);
    let card = Definition::parse(
        "name = 'card'\ndates = 'MM/DD/YYYY'\nsign = 'inverted'\n[columns]\ndate = 'Date'\namount = 'Amount'\ntext = ['Label']",
    );
    let read = read(b"Date,Label,Amount\n12/15/2018,a,33.50\n12/16/2018,b,-5\n", Some(&card.unwrap()), None).unwrap();
    assert_eq!(lines(&read[0]), ["2018-12-15 -33.50 a", "2018-12-16 5 b"]);
}

#[test]
fn a_table_without_a_header_by_number() {
    let statement = only("\"12/15/2018\",\"Your payment\",\"EUR\",\"1,525.00\",\"\",\"Azure Interior\"\n");
    assert_eq!(lines(&statement), ["2018-12-15 1525.00 Azure Interior"]);
}

#[test]
fn what_is_wrong_names_the_line() {
    let error = |text: &str| read(text.as_bytes(), Some(&definition::shipped()[3]), None).unwrap_err().to_string();
    let head = "Datum;Naam / Omschrijving;Rekening;Tegenrekening;Code;Af Bij;Bedrag (EUR);MutatieSoort;Mededelingen\n";
    assert_eq!(error(&format!("{head}20260230;A;NL1;NL2;BA;Af;1,00;x;y")), "line 2, Datum: `20260230` is not a date");
    assert_eq!(
        error(&format!("{head}20260228;A;NL1;NL2;BA;Af;1.O0;x;y")),
        "line 2, Bedrag (EUR): `1.O0` is not an amount"
    );
    assert_eq!(
        error(&format!("{head}20260228;A;NL1;NL2;BA;Om;1,00;x;y")),
        "line 2, side: `Om` says neither credit nor debit"
    );
    assert_eq!(
        error("Datum;Bedrag\n"),
        "this is no CSV file: it has no column `Bedrag (EUR)`, which the definition `ING (Netherlands)` needs"
    );
}

#[test]
fn a_table_that_is_no_statement_is_refused() {
    for text in ["name;amount\nBkToCstmrStmt;1\n", "", "a,b\n1,2\n", "id,name\n1,Smith\n"] {
        assert!(read(text.as_bytes(), None, None).is_err(), "{text}");
    }
}

fn said(statement: &BankStatement) -> Vec<String> {
    statement.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_dutch_table_with_the_side_in_letters() {
    let head = "Rekeningnummer;Transactiedatum;Valutacode;CreditDebet;Bedrag;Tegenrekeningnummer;Tegenrekeninghouder\n";
    let statement =
        only(&format!("{head}NL1;21-06-2019;EUR;D;827,75;NL2;Jansen\nNL1;22-06-2019;EUR;C;5,00;NL3;Smit\n"));
    assert_eq!(lines(&statement), ["2019-06-21 -827.75 EUR -", "2019-06-22 5.00 EUR -"]);
    assert_eq!(statement.account.as_deref(), Some("NL1"));
    let party = &statement.lines[1].payment.counterparty;
    assert_eq!((party.account.as_deref(), party.name.as_deref()), (Some("NL3"), Some("Smit")));
}

#[test]
fn a_side_is_known_by_its_cells_where_no_amount_has_a_sign() {
    let statement = only("Date,Memo,Amount,Kierunek\n2024-01-02,a,7.80,D\n2024-01-03,b,9.81,C\n");
    assert_eq!(lines(&statement), ["2024-01-02 -7.80 a", "2024-01-03 9.81 b"]);
    let signed = only("Date,Memo,Amount,Kierunek\n2024-01-02,a,-7.80,C\n2024-01-03,b,9.81,C\n");
    assert_eq!(lines(&signed), ["2024-01-02 -7.80 a", "2024-01-03 9.81 b"]);
}

#[test]
fn one_mark_with_three_digits_behind_it_is_doubted() {
    let points = only("Date,Description,Amount,Currency\n2024-01-02,a,29.000,CHF\n2024-01-03,b,58.450,CHF\n");
    assert_eq!(lines(&points), ["2024-01-02 29.000 CHF a", "2024-01-03 58.450 CHF b"]);
    assert_eq!(said(&points), ["nothing in the file says which mark `29.000` has; the decimal mark is read as `.`"]);
    let dinars = only("Datum;Text;Betrag;Währung\n02.01.2024;a;29.000;TND\n");
    assert_eq!((lines(&dinars), said(&dinars)), (vec!["2024-01-02 29.000 TND a".to_owned()], vec![]));
    let other = only("Date,Description,Amount\n2024-01-02,a,\"29,000\"\n2024-01-03,b,58.45\n");
    assert_eq!((lines(&other)[0].as_str(), said(&other)), ("2024-01-02 29000 a", vec![]));
}

#[test]
fn balances_are_no_movements() {
    let refused = |text: &str| propose(text.as_bytes()).is_err();
    assert!(refused(
        "Datum;Boeksaldo;Valutair saldo\n2020-05-30;13,20;13,20\n2020-05-29;13,20;13,20\n2020-05-28;15,20;15,20\n"
    ));
    assert!(refused("2020-05-30;13,20;13,20\n2020-05-29;15,20;13,20\n"));
    let down = only("2020-05-30;a;113,20;13,20\n2020-05-29;b;100,00;-5,00\n");
    assert_eq!(lines(&down), ["2020-05-30 13.20 a", "2020-05-29 -5.00 b"]);
    let up = only("2020-05-29;b;5,00;100,00\n2020-05-30;a;13,20;113,20\n");
    assert_eq!(lines(&up), ["2020-05-29 5.00 b", "2020-05-30 13.20 a"]);
    assert_eq!(up.closing.unwrap().amount.decimal.to_string(), "113.20");
    let signed = only("2020-05-29;b;-5,00;1,10\n2020-05-30;a;13,20;1,20\n");
    assert_eq!(lines(&signed), ["2020-05-29 -5.00 b", "2020-05-30 13.20 a"]);
}

#[test]
fn an_empty_column_is_not_believed() {
    let text = "Date,Memo,Net,Insurance Amount\n2024-01-02,a,-20.00,\n2024-01-03,b,5.00,\n";
    assert_eq!(lines(&only(text)), ["2024-01-02 -20.00 a", "2024-01-03 5.00 b"]);
    assert!(propose(text.replace("Net", "Thing").as_bytes()).is_err());
    assert_eq!(only("Date,Memo,Amount\n").lines, []);
}

#[test]
fn a_row_with_a_date_and_without_an_amount_is_told() {
    let two = only("Date;Text;Amount\n01.02.2024;a;-7,80\n02.02.2024;b;\n03.02.2024;c\n;sum;-7,80\n");
    assert_eq!(lines(&two), ["2024-02-01 -7.80 a"]);
    assert_eq!(said(&two), ["line 3, amount: 2 rows with a date have no amount, and no line comes of it"]);
}

#[test]
fn a_second_column_of_dates_says_nothing_of_numbers() {
    let statement = only("28.06.2013;Zinsen;01.07.2013;0,58;EUR\n29.06.2013;Entgelt;01.07.2013;-0,15;EUR\n");
    assert_eq!(lines(&statement), ["2013-06-28 0.58 EUR Zinsen", "2013-06-29 -0.15 EUR Entgelt"]);
}

#[test]
fn a_constant_account_is_the_own_one() {
    let accounts = |text: &str| {
        let statement = only(text);
        let other = statement.lines.iter().filter_map(|line| line.payment.counterparty.account.clone());
        (statement.account.clone(), other.collect::<Vec<_>>())
    };
    let own = "Kontonummer;Text;Datum;Betrag\n123;a;31.12.2013;5,00\n123;b;30.12.2013;-6,00\n";
    assert_eq!(accounts(own), (Some("123".to_owned()), vec![]));
    let other = own.replacen("123", "124", 1);
    assert_eq!(accounts(&other), (None, vec!["124".to_owned(), "123".to_owned()]));
}

#[test]
fn a_table_with_an_unknown_account_in_one_line_is_one_statement() {
    let statement = only("Date,Label,Amount,Bank Account\n2024-01-02,a,5.00,123\n2024-01-03,b,6.00,\n");
    assert_eq!(statement.lines[0].payment.counterparty.account.as_deref(), Some("123"));
}

#[test]
fn what_is_not_booked_yet_is_pending() {
    let text = "Date,Memo,Amount,State,Balance\n2024-01-02,a,5.00,COMPLETED,105.00\n2024-01-03,b,6.00,PENDING,\n\
        2024-01-04,c,7.00,REVERTED,\n2024-01-05,d,8.00,COMPLETED,113.00\n";
    let statement = only(text);
    let states: Vec<_> = statement.lines.iter().map(|line| line.status).collect();
    assert_eq!(states, [Status::Booked, Status::Pending, Status::Information, Status::Booked]);
    assert_eq!(statement.closing.unwrap().amount.decimal.to_string(), "113.00");
    assert_eq!(said(&statement), [""; 0]);
}

/// The shared tables; the folder is not part of the project.
#[test]
fn tables_of_other_projects() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora/bankcsv/");
    let read_file =
        |name: &str| std::fs::read(format!("{folder}{name}")).ok().map(|bytes| read(&bytes, None, None).unwrap());
    let Some(swedbank) = read_file("ofxstatement-lithuanian-1.2.0__swedbank.csv") else {
        eprintln!("skipped: {folder} is absent");
        return;
    };
    assert_eq!(swedbank.len(), 2);
    assert_eq!(swedbank[0].opening.unwrap().amount.to_string(), "2123.82 LTL");
    assert_eq!(swedbank[0].closing.unwrap().amount.to_string(), "3917.30 LTL");
    assert_eq!(swedbank[0].lines.len(), 5);
    let wise = read_file("ofxstatement_transferwise-1.2.0__sample-statement.csv").unwrap();
    assert_eq!(wise[0].lines[0].amount.unwrap().to_string(), "-357.38 USD");
    for (name, amounts) in [
        ("bank-statement-import__balance.csv", vec!["-33.50", "1533.50"]),
        ("bank-statement-import__debit_credit.csv", vec!["-33.50", "1533.50"]),
        ("bank-statement-import__empty_statement_en.csv", vec![]),
        ("bank-statement-import__original_currency.csv", vec!["1525.00"]),
        ("bank-statement-import__original_currency_no_header.csv", vec!["1525.00"]),
        ("bank-statement-import__sample_statement_en.xlsx", vec!["-33.5", "1525"]),
        (
            "bank-statement-import__meta_data_separated_credit_debit.xlsx",
            vec!["-50.00", "-100.00", "-80.68", "1300.00"],
        ),
        ("bank-statement-import__sample_statement_en_empty_values.xlsx", vec!["-579.68", "-544.00", "-1084"]),
        ("beancount-import__mint.csv", vec!["-2.45", "66.88"]),
    ] {
        let statements = read_file(name).unwrap();
        let found: Vec<_> = statements[0].lines.iter().map(|line| line.amount.unwrap().decimal.to_string()).collect();
        assert_eq!(found, amounts, "{name}");
    }
}
