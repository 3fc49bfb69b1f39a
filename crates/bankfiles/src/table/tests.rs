//! Tables by shipped, given and proposed definitions; the expected values are read off the tables by hand.

use super::*;

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
        ("beancount-import__mint.csv", vec!["-2.45", "66.88"]),
    ] {
        let statements = read_file(name).unwrap();
        let found: Vec<_> = statements[0].lines.iter().map(|line| line.amount.unwrap().decimal.to_string()).collect();
        assert_eq!(found, amounts, "{name}");
    }
}
