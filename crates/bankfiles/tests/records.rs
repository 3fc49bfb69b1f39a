//! Small files of the formats of records, written by hand from the standards: read right, doubted where their totals do not
//! fit, refused with line and reason where they are broken.

#![cfg(test)]

use bankfiles::{BankStatement, ParseOptions, parse};

fn read(text: &str) -> Vec<BankStatement> {
    parse(text.as_bytes(), &ParseOptions::default()).unwrap().statements
}

fn error(text: &str) -> String {
    parse(text.as_bytes(), &ParseOptions::default()).unwrap_err().to_string()
}

fn warnings(text: &str) -> Vec<String> {
    read(text).iter().flat_map(|statement| &statement.warnings).map(ToString::to_string).collect()
}

fn lines(statement: &BankStatement) -> Vec<String> {
    let line = |line: &bankfiles::BankLine| {
        let texts = [&line.reference, &line.payment.counterparty.name, &line.payment.remittance];
        let texts = texts.map(|text| text.as_deref().unwrap_or("-")).join(" | ");
        format!("{} {} | {texts}", line.booked_on.unwrap(), line.amount.unwrap())
    };
    statement.lines.iter().map(line).collect()
}

/// A record of `width` columns with texts at their first columns.
fn record(width: usize, parts: &[(usize, &str)]) -> String {
    let mut columns = vec![' '; width];
    for (from, text) in parts {
        text.chars().enumerate().for_each(|(at, c)| columns[from - 1 + at] = c);
    }
    columns.into_iter().collect::<String>() + "\n"
}

const BAI2: &str = "01,122099999,123456789,260621,0200,1,65,,2/
02,031001234,122099999,1,260620,2359,USD,2/
03,0123456789,USD,010,10000,,,015,12500,,/
16,165,3500,V,260621,,BANK1,CUST1,INV 77, thank you
88,Smith & Co/
16,475,1000,S,1000,0,0,BANK2,,CHECK 12/
49,27000,5/
98,27000,1,7/
99,27000,1,9/
";

#[test]
fn bai2_with_its_totals() {
    let statement = &read(BAI2)[0];
    assert_eq!(statement.account.as_deref(), Some("0123456789"));
    assert_eq!(
        lines(statement),
        ["2026-06-20 35.00 USD | CUST1 | - | INV 77, thank you Smith & Co", "2026-06-20 -10.00 USD | - | - | CHECK 12",]
    );
    assert_eq!(statement.lines[0].value_on.unwrap().to_string(), "2026-06-21");
    assert_eq!(warnings(BAI2), [""; 0]);
    let yen = read(&BAI2.replace("USD", "JPY"));
    assert_eq!(yen[0].closing.unwrap().amount.to_string(), "12500 JPY");
}

#[test]
fn bai2_whose_first_record_goes_on() {
    let text = BAI2
        .replace(",123456789,260621,0200,1,65,,2/", ",123456789/\n88,260621,0200,1,65,,2/")
        .replace("1,9/", "1,10/");
    assert_eq!(lines(&read(&text)[0]), lines(&read(BAI2)[0]));
    assert_eq!(warnings(&text), [""; 0]);
}

#[test]
fn bai2_doubts() {
    assert_eq!(
        warnings(
            &BAI2
                .replace("015,12500", "015,12400")
                .replace("49,27000,5", "49,27000,6")
                .replace("98,27000,1", "98,27001,2")
        ),
        [
            "line 7, control total: the control total of the account should be 270.00 USD, but it is 269.00 USD",
            "line 7, control total: the records of the account should be 6, but there are 5",
            "line 8, control total: the control total of the group should be 270.01 USD, but it is 269.00 USD",
            "line 8, control total: the accounts of the group should be 2, but there are 1",
            "line 9, control total: the control total of the file should be 270.00 USD, but it is 269.00 USD",
            "opening balance 100.00 USD and lines of 25.00 USD make 125.00 USD, but the closing balance is 124.00 USD",
        ]
    );
    let cut = BAI2.split("49,").next().unwrap();
    assert_eq!(warnings(cut), ["the end of the statement is missing"]);
}

#[test]
fn bai2_refusals() {
    assert_eq!(error(&BAI2.replace("16,165,3500", "16,165,35OO")), "line 4, amount: `35OO` is not an amount");
    assert_eq!(error(&BAI2.replace("16,165,", "16,16,")), "line 4, type: `16` does not belong here");
    assert_eq!(
        error(&BAI2.replace("02,031001234,122099999,1,260620", "02,031001234,122099999,1,260631")),
        "line 2, as-of date: `260631` is not a date"
    );
    assert_eq!(
        error(&BAI2.replace("03,0123456789", "77,0123456789")),
        "line 3, record code: `77` does not belong here"
    );
    assert_eq!(error(&BAI2.replace("V,260621", "V,260699")), "line 4, value date: `260699` is not a date");
}

/// Opening 100, in 25 by reference and 10 in two parts, out 5; the parts repeat the 10.
fn coda() -> String {
    let movement = |sequence: &str, detail: &str, amount: &str, code: &str, communication: &str| {
        record(
            128,
            &[
                (1, "21"),
                (3, sequence),
                (7, detail),
                (11, "BANKREF"),
                (32, amount),
                (48, "210626"),
                (54, code),
                (62, communication),
                (116, "210626"),
                (122, "142"),
            ],
        )
    };
    [
        record(
            128,
            &[(1, "00000"), (6, "210626"), (12, "539"), (15, "05"), (35, "QUITTANCE NV"), (61, "GEBABEBB"), (128, "2")],
        ),
        record(
            128,
            &[
                (1, "12142"),
                (6, "BE68539007547034"),
                (40, "EUR"),
                (43, "0000000000100000"),
                (59, "200626"),
                (65, "QUITTANCE NV"),
            ],
        ),
        movement("0001", "0000", "0000000000025000", "00150000", "1101090933755493"),
        record(128, &[(1, "23"), (3, "00010000"), (11, "BE62510007547061"), (45, "EUR"), (48, "KLANT")]),
        movement("0002", "0000", "0000000000010000", "20150000", "0two payments"),
        movement("0002", "0001", "0000000000006000", "60150000", "0invoice 1"),
        movement("0002", "0002", "0000000000004000", "60150000", "0invoice 2"),
        movement("0003", "0000", "1000000000005000", "00137000", "0fee"),
        record(128, &[(1, "8142"), (5, "BE68539007547034"), (39, "EUR"), (42, "0000000000130000"), (58, "210626")]),
        record(128, &[(1, "9"), (17, "000008"), (23, "000000000005000"), (38, "000000000035000"), (128, "2")]),
    ]
    .concat()
}

#[test]
fn coda_counts_repeated_parts_once() {
    let statement = &read(&coda())[0];
    assert_eq!(statement.account.as_deref(), Some("BE68539007547034"));
    assert_eq!(
        lines(statement),
        [
            "2026-06-21 25 EUR | BANKREF | KLANT | 090933755493",
            "2026-06-21 10 EUR | BANKREF | - | two payments",
            "2026-06-21 -5 EUR | BANKREF | - | fee",
        ]
    );
    assert_eq!(statement.lines[0].payment.structured_references, ["090933755493"]);
    assert_eq!(statement.lines[0].payment.counterparty.account.as_deref(), Some("BE62510007547061"));
    let parts: Vec<_> = statement.lines[1].details.iter().map(|part| part.amount.unwrap().to_string()).collect();
    assert_eq!(parts, ["6 EUR", "4 EUR"]);
    assert_eq!(warnings(&coda()), [""; 0]);
}

#[test]
fn coda_doubts_and_refusals() {
    let doubtful = coda().replace("000008000000000005000", "000009000000000006000").replace("8142BE68", "8142BE69");
    assert_eq!(
        warnings(&doubtful),
        [
            "line 9, account: the statement opens for account BE68539007547034 and closes for BE69539007547034",
            "line 10, record 9: the records of the file should be 9, but there are 8",
            "line 10, record 9: the total of the debits should be 6 EUR, but it is 5 EUR",
        ]
    );
    assert_eq!(warnings(coda().split("\n9").next().unwrap()), ["the end of the statement is missing"]);
    assert_eq!(
        error(&coda().replace("0000000000025000", "2000000000025000")),
        "line 3, sign: `2` says neither credit nor debit"
    );
    assert_eq!(error(&coda().replace("23000100", "23000900")), "line 4, record code: `23` does not belong here");
    assert_eq!(error(&coda().replacen("210626", "320626", 2)), "line 3, value date: `320626` is not a date");
}

fn cfonb() -> String {
    let head = |code: &str, date: &str, amount: &str| {
        record(
            120,
            &[(1, code), (3, "30006"), (12, "00001"), (17, "EUR2"), (22, "12345678901"), (35, date), (91, amount)],
        )
    };
    let line = record(
        120,
        &[
            (1, "04"),
            (3, "300060001"),
            (12, "00001"),
            (17, "EUR2"),
            (22, "12345678901"),
            (33, "05"),
            (35, "210626"),
            (43, "220626"),
            (49, "VIR SEPA CLIENT"),
            (82, "0000000"),
            (91, "0000000001250{"),
        ],
    );
    let more = |text: &str| record(120, &[(1, "05"), (3, "30006"), (22, "12345678901"), (46, text)]);
    [
        head("01", "200626", "0000000010000{"),
        line,
        more("NPYCLIENT SA"),
        more("LCCFACTURE 7"),
        more("RCNE2E-7"),
        head("07", "210626", "0000000011250{"),
    ]
    .concat()
}

#[test]
fn cfonb_complements_its_lines() {
    let statement = &read(&cfonb())[0];
    assert_eq!(lines(statement), ["2026-06-21 125.00 EUR | 0000000 | CLIENT SA | VIR SEPA CLIENT FACTURE 7"]);
    assert_eq!(statement.lines[0].payment.end_to_end_id.as_deref(), Some("E2E-7"));
    assert_eq!(statement.extras.get("iban"), Some("FR7630006000011234567890189"));
    assert_eq!(warnings(&cfonb()), [""; 0]);
    let short = cfonb().replace("0000000011250{", "0000000011250}");
    let sum =
        "opening balance 1000.00 EUR and lines of 125.00 EUR make 1125.00 EUR, but the closing balance is -1125.00 EUR";
    assert_eq!(warnings(&short), [sum]);
}

#[test]
fn cfonb_without_line_ends() {
    let joined = cfonb().replace('\n', "");
    assert_eq!(lines(&read(&joined)[0]), lines(&read(&cfonb())[0]));
    assert_eq!(warnings(&joined), [""; 0]);
    let cut = &joined[..joined.len() - 120];
    assert_eq!(error(cut), "the file ends in the middle of the statement of account 12345678901");
}

#[test]
fn cfonb_without_its_end_is_refused() {
    let cut = cfonb().split("\n07").next().unwrap().to_owned();
    assert_eq!(error(&cut), "the file ends in the middle of the statement of account 12345678901");
    assert_eq!(
        error(&cfonb().replace("0000000001250{", "00000000012X0{")),
        "line 2, amount: `00000000012X0{` is not an amount"
    );
}

fn norma43() -> String {
    [
        record(
            80,
            &[
                (1, "1121000418"),
                (11, "0200051332"),
                (21, "260620"),
                (27, "260621"),
                (33, "200000000010000"),
                (48, "9783"),
                (52, "QUITTANCE SL"),
            ],
        ),
        record(
            80,
            &[
                (1, "22"),
                (7, "0418"),
                (11, "260621260622"),
                (23, "04007"),
                (28, "200000000012500"),
                (43, "0000000042"),
                (53, "REF1"),
                (65, "REF2"),
            ],
        ),
        record(80, &[(1, "2301"), (5, "CLIENTE UNO"), (43, "FACTURA 7")]),
        record(80, &[(1, "2401"), (5, "840"), (8, "00000000013750")]),
        record(
            80,
            &[(1, "22"), (7, "0418"), (11, "260621260621"), (23, "03007"), (28, "100000000000500"), (43, "0000000000")],
        )
        .trim_end()
        .to_owned()
            + "\n",
        record(
            80,
            &[
                (1, "3321000418"),
                (11, "0200051332"),
                (21, "00001"),
                (26, "00000000000500"),
                (40, "00001"),
                (45, "00000000012500"),
                (59, "200000000022000"),
                (74, "978"),
            ],
        ),
        record(80, &[(1, "88"), (3, "999999999999999999"), (21, "000006")]),
    ]
    .concat()
}

#[test]
fn norma43_with_its_totals() {
    let statement = &read(&norma43())[0];
    // The registry's example of a Spanish IBAN.
    assert_eq!(statement.account.as_deref(), Some("ES9121000418450200051332"));
    assert_eq!(
        lines(statement),
        ["2026-06-21 125.00 EUR | REF1 | - | CLIENTE UNO FACTURA 7", "2026-06-21 -5.00 EUR | - | - | -"]
    );
    let exchange = statement.lines[0].payment.exchange.as_ref().unwrap();
    assert_eq!(exchange.instructed.unwrap().to_string(), "137.50 USD");
    assert_eq!(warnings(&norma43()), [""; 0]);
}

#[test]
fn norma43_two_files_in_one() {
    let two = norma43().repeat(2);
    assert_eq!(read(&two).len(), 2);
    assert_eq!(warnings(&two), [""; 0]);
    let odd = format!("{}{}", norma43(), norma43().replace("999000006", "999000013"));
    assert_eq!(warnings(&odd), ["line 14, record count: the records of the file should be 13, but there are 6"]);
}

#[test]
fn norma43_doubts_and_refusals() {
    let doubtful = norma43().replace("0000100000000000500", "0000200000000000600").replace("999000006", "999000007");
    assert_eq!(
        warnings(&doubtful),
        [
            "line 6, debits: the debits should be 2, but there are 1",
            "line 6, debits: the total of the debits should be -6.00 EUR, but it is -5.00 EUR",
            "line 7, record count: the records of the file should be 7, but there are 6",
        ]
    );
    assert_eq!(warnings(norma43().split("\n33").next().unwrap()), ["the end of the statement is missing"]);
    assert_eq!(
        error(&norma43().replace("200000000012500", "300000000012500")),
        "line 2, sign: `3` says neither credit nor debit"
    );
    assert_eq!(
        error(&norma43().replacen("9783", "0003", 1)),
        "line 1, currency: `000` is not a currency code such as EUR"
    );
    assert_eq!(
        error(&norma43().replacen("260621260622", "260632260622", 1)),
        "line 2, booking date: `260632` is not a date"
    );
}

const LOCKBOX: &str = "100ABCDEFGHIJ00999999912606211800
2ABCDEFGHIJ0099999991000000000040008000801
50000000022222260621ABCDEFGHIJ0099999991
6001001000070000005500270700123455550000000180061926BOB E SMITH                   MY COMPANY
40010016019INV-7
40010016029INV-8
6001002000000500005500270700123455550000000181061926
700100000222222606210020000705000
8000000002222226062100020000705000
9000010
";

#[test]
fn lockbox_cheques_and_their_invoices() {
    let statement = &read(LOCKBOX)[0];
    assert_eq!(
        lines(statement),
        ["2026-06-21 7000.00 USD | 180 | BOB E SMITH | INV-7 INV-8", "2026-06-21 50.00 USD | 181 | - | -"]
    );
    assert_eq!(statement.lines[0].payment.documents, ["INV-7", "INV-8"]);
    assert_eq!(warnings(LOCKBOX), [""; 0]);
    assert_eq!(read("100ABCDEFGHIJ00999999912606211800\n2ABCDEFGHIJ0099999991\n9000003\n")[0].lines, []);
}

#[test]
fn lockbox_doubts_and_refusals() {
    let doubtful = LOCKBOX.replace("2606210020000705000", "2606210030000705001").replace("9000010", "9000011");
    assert_eq!(
        warnings(&doubtful),
        [
            "line 8, the batch: the cheques of the batch should be 3, but there are 2",
            "line 8, the batch: the total of the batch should be 7050.01 USD, but it is 7050.00 USD",
            "line 10, record count: the records of the file should be 11, but there are 10",
        ]
    );
    assert_eq!(
        error(&LOCKBOX.replace("6001002000000", "600100200X000")),
        "line 7, amount: `00X0005000` is not an amount"
    );
}

#[test]
fn qif_refusals() {
    assert_eq!(error("!Type:Bank\nD31/31/2026\nT5\n^\n"), "line 2, D: `31/31/2026` is not a date");
    assert_eq!(error("!Type:Bank\nD1/31/2026\nTfive\n^\n"), "line 2, T: `five` is not an amount");
    assert_eq!(error("!Type:Bank\nD1/31/2026\nPSmith\n^\n"), "line 2, T: it is missing");
    let both = warnings("!Type:Bank\nD1/2/2026\nT5\n^\n");
    assert_eq!(both, ["its dates fit day/month and month/day; they are read as month/day"]);
}
