//! Files as strangers send them, read by `sheets` and judged by the rules of imports: every reject word for word.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and says when it is skipped"
)]

use domain::imports::{
    AllocationRow, CustomerRow, Header, ImportKind, ImportMap, ImportRow, InvoiceRow, OpenItemRow, Parsed, Parser,
    PaymentRow, ProductRow, shipped_maps,
};
use domain::items::ItemKind;
use kernel::{Currency, Money};
use proptest::prelude::*;
use sheets::{ReadOptions, Row, read};
use std::collections::BTreeMap;

fn parsed<T: ImportRow>(map: &ImportMap, bytes: &[u8]) -> Parsed<T> {
    let options = ReadOptions {
        delimiter: map.delimiter,
        encoding: map.encoding.clone(),
        sheet: map.sheet.clone(),
        skip_rows: map.skip_rows,
        decimal: map.decimal,
        ..ReadOptions::default()
    };
    let table = read(bytes, &options).unwrap();
    let mut parser = Parser::new(map, Header { line: table.header_line, names: &table.header });
    let (mut rows, mut row) = (table.rows(), Row::default());
    while rows.read_into(&mut row).unwrap() {
        parser.push(row.line, &row.cells);
    }
    parser.finish()
}

fn plain<T: ImportRow>(text: &str) -> Parsed<T> {
    parsed(&ImportMap::plain(T::KIND), text.as_bytes())
}

fn mapped<T: ImportRow>(map: &str, text: &str) -> Parsed<T> {
    parsed(&ImportMap::from_toml(map).unwrap(), text.as_bytes())
}

fn shipped(name: &str) -> ImportMap {
    ImportMap::from_toml(shipped_maps().iter().find(|map| map.name == name).unwrap().toml).unwrap()
}

/// `line column value reason` of each reject.
fn rejects<T>(parsed: &Parsed<T>) -> Vec<String> {
    parsed.rejects.iter().map(|reject| reject.cells().join(" | ")).collect()
}

fn money(text: &str, code: &str) -> Money {
    Money::parse(text, code.parse().unwrap()).unwrap()
}

const HEADER: &str = "invoice_id,customer_id,amount,currency,invoice_date,due_date,paid_date\n";

fn invoices(rows: &str) -> Parsed<InvoiceRow> {
    plain(&format!("{HEADER}{rows}"))
}

#[test]
fn headers_that_are_our_names_need_no_map() {
    let parsed: Parsed<InvoiceRow> =
        plain("Invoice ID;Customer_Id;AMOUNT;Currency;invoice-date;Colour\nI1;C1;12.50;EUR;2020-12-31;red\n");
    assert_eq!(rejects(&parsed), Vec::<String>::new());
    assert_eq!(parsed.ignored_columns, ["Colour"]);
    let invoice = &parsed.good[0];
    assert_eq!((invoice.line, invoice.row.external_id.as_str(), invoice.row.customer.as_str()), (2, "I1", "C1"));
    assert_eq!(invoice.row.amount, Some(money("12.50", "EUR")));
    assert_eq!(invoice.row.invoice_date.to_string(), "2020-12-31");
}

#[test]
fn every_bad_cell_is_told_in_one_pass() {
    let parsed = invoices(
        "I1,C1,12.50,EUR,2020-12-31,2021-01-30,\n\
         I2,,\"1,234.50\",EURO,31/12/2020,2020-02-30,soon\n\
         ,C2,,EUR,,2021-01-30,\n\
         I4,C2,12.345,EUR,2020-12-31,2020-12-30,\n\
         I5,C2,-5,EUR,2020-12-31,,\n\
         I6,C2,99999999999999999999,EUR,2020-12-31,,\n",
    );
    assert_eq!((parsed.rows, parsed.good.len()), (6, 1));
    assert_eq!(
        rejects(&parsed),
        [
            "3 | customer_id |  | customer_id is empty",
            "3 | invoice_date | 31/12/2020 | `31/12/2020` is not a date in the form 2020-12-31; set `date` in the map file",
            "3 | due_date | 2020-02-30 | `2020-02-30` is not a day of the calendar",
            "3 | currency | EURO | `EURO` is not an ISO 4217 currency code",
            "3 | amount | 1,234.50 | `1,234.50` has a thousands separator; set `group = \",\"` in the map file",
            "3 | paid_date | soon | `soon` is not a date in the form 2020-12-31; set `date` in the map file",
            "4 | invoice_id |  | invoice_id is empty",
            "4 | invoice_date |  | invoice_date is empty",
            "4 | amount |  | amount is empty",
            "5 | due_date | 2020-12-30 | due_date 2020-12-30 is before invoice_date 2020-12-31",
            "5 | amount | 12.345 | `12.345` has more than the 2 decimals that EUR has",
            "6 | amount | -5 | the amount is negative; bring credit notes in as open_items",
            "7 | amount | 99999999999999999999 | `99999999999999999999` is too large",
        ]
    );
}

#[test]
fn duplicates_name_the_first_line() {
    let parsed = invoices(
        "I1,C1,12.50,EUR,2020-12-31,,\n\
         I2,C1,20.00,EUR,2020-12-31,,\n\
         I1,C1,12.50,EUR,2020-12-31,,\n\
         I2,C1,21.00,EUR,2020-12-31,,\n\
         I3,C1,x,EUR,2020-12-31,,\n\
         I3,C1,5,EUR,2020-12-31,,\n",
    );
    assert_eq!(parsed.good.iter().map(|invoice| invoice.line).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(
        rejects(&parsed),
        [
            "4 | invoice_id | I1 | this row stands on line 2 already",
            "5 | invoice_id | I2 | the same invoice_id stands on line 3 with another amount",
            "6 | amount | x | `x` is not a number such as 1234.50",
            "7 | invoice_id | I3 | the same invoice_id stands on line 6, which is rejected",
        ]
    );
}

#[test]
fn missing_and_ambiguous_columns_stop_the_file_at_its_header() {
    let parsed: Parsed<InvoiceRow> = plain("\ninvoice_id,amount,Amount,customer_id\n1,2,3,4\n");
    assert!(parsed.good.is_empty());
    assert_eq!(
        rejects(&parsed),
        [
            "2 | amount |  | `amount` stands in columns 2 and 3; give each its own name",
            "2 | invoice_date |  | no column gives invoice_date; add one, or name it in a map file",
            "2 | currency |  | no column gives currency; add one, or name it in a map file",
        ]
    );
    let map = "kind = \"products\"\n[columns]\ncode = \"SKU\"\nname = \"Title\"\nunit = \"Each\"";
    let parsed: Parsed<ProductRow> = mapped(map, "sku,Name\n1,x\n");
    assert_eq!(
        rejects(&parsed),
        [
            "1 | Title |  | the file has no column `Title`; it has sku, Name",
            "1 | Each |  | the file has no column `Each`; it has sku, Name",
        ]
    );
}

#[test]
fn ragged_rows_are_told() {
    let parsed = invoices("I1,C1,12.50,EUR,2020-12-31\nI2,C1,1,234.50,EUR,2020-12-31,,\n");
    assert_eq!(
        rejects(&parsed),
        ["2 |  |  | the row has 5 cells, the header has 7", "3 |  |  | the row has 8 cells, the header has 7"]
    );
}

/// The same two invoices, one of them bad, in the encodings and line ends that files come in.
#[test]
fn byte_order_marks_latin_1_and_carriage_returns() {
    let text = "number;customer_name;amount;currency;invoice_date\r\n1;Müller;5;EUR;2020-12-31\r\n2;Société;x;EUR;2020-12-31\r\n";
    let latin: Vec<u8> = text.chars().map(|sign| u8::try_from(u32::from(sign)).unwrap()).collect();
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let files = [text.as_bytes().to_vec(), format!("\u{feff}{text}").into_bytes(), latin, utf16];
    for bytes in files {
        let parsed: Parsed<InvoiceRow> = parsed(&ImportMap::plain(ImportKind::Invoices), &bytes);
        assert_eq!(parsed.good[0].row.customer, "Müller");
        assert_eq!(rejects(&parsed), ["3 | amount | x | `x` is not a number such as 1234.50"]);
    }
}

#[test]
fn lines_stay_right_behind_quoted_line_breaks() {
    let parsed: Parsed<InvoiceRow> = plain(
        "invoice_id,description,customer_id,amount,currency,invoice_date\r\n\
         1,\"two\r\nlines\",C1,x,EUR,2020-12-31\r\n\
         \r\n\
         2,,\"C\n2\",5,EURO,2020-12-31\r\n",
    );
    assert_eq!(
        rejects(&parsed),
        [
            "3 | amount | x | `x` is not a number such as 1234.50",
            "5 | customer_id | C\n2 | customer_id has a line break in it",
            "6 | currency | EURO | `EURO` is not an ISO 4217 currency code",
        ]
    );
}

const LINES: &str = "number,customer_id,invoice_date,currency,description,quantity,unit_price,discount\n";

#[test]
fn rows_with_one_number_are_the_lines_of_one_invoice() {
    let parsed: Parsed<InvoiceRow> = plain(&format!(
        "{LINES}A,C1,2020-12-31,EUR,Desk,2,199.90,\nB,C2,2020-12-31,EUR,Chair,,49.5,10\nA,C1,2020-12-31,EUR,Lamp,1,20,\n"
    ));
    assert_eq!(rejects(&parsed), Vec::<String>::new());
    let shown: Vec<String> = parsed
        .good
        .iter()
        .flat_map(|invoice| invoice.row.lines.iter().map(move |line| (invoice, line)))
        .map(|(invoice, line)| {
            format!(
                "{} {} {} {} {:?}",
                invoice.row.external_id, line.line, line.quantity, line.unit_price, line.discount
            )
        })
        .collect();
    assert_eq!(shown, ["A 2 2 199.9 None", "A 4 1 20 None", "B 3 1 49.5 Some(10)"]);
}

#[test]
fn one_bad_line_keeps_the_whole_invoice_out() {
    let parsed: Parsed<InvoiceRow> = plain(&format!(
        "{LINES}A,C1,2020-12-31,EUR,Desk,2,199.90,\nA,C1,2020-12-31,EUR,Lamp,one,20,\n\
         B,C1,2020-12-31,EUR,Desk,1,5,\nB,C2,2020-12-31,EUR,Lamp,1,5,\n\
         C,C1,2020-12-31,EUR,Desk,1,5,\nC,C1,2020-12-31,EUR,Desk,1,5,\n\
         D,C1,2020-12-31,EUR,Desk,1,5,120\nE,C1,2020-12-31,EUR,Desk,1,5,\n"
    ));
    assert_eq!(parsed.good.iter().map(|invoice| invoice.row.external_id.as_str()).collect::<Vec<_>>(), ["E"]);
    let whole =
        |line: u64| format!("line {line} of the same invoice is rejected; the invoice is taken whole or not at all");
    assert_eq!(
        rejects(&parsed),
        [
            format!("2 | number | A | {}", whole(3)),
            "3 | quantity | one | `one` is not a number such as 1234.50".to_owned(),
            format!("4 | number | B | {}", whole(5)),
            "5 | number | B | the same number stands on line 4 with another customer".to_owned(),
            format!("6 | number | C | {}", whole(7)),
            "7 | number | C | this row stands on line 6 already".to_owned(),
            "8 | discount | 120 | the discount is not between 0 and 100 percent".to_owned(),
        ]
    );
}

#[test]
fn an_odoo_export_goes_on_below_its_first_row_and_leaves_drafts_out() {
    let text = "Number,Invoice Partner Display Name,Invoice/Bill Date,Due Date,Total in Currency Signed,Status,Invoice lines/Label,Invoice lines/Quantity,Invoice lines/Unit Price\n\
        INV/1,Azure,2026-01-05,2026-02-04,238.00,Posted,Desk,1,150\n\
        ,,,,,,Lamp,1,50\n\
        INV/2,Azure,2026-01-06,2026-02-05,10.00,Draft,Desk,1,10\n\
        ,,,,,,Lamp,1,5\n\
        INV/3,Gemini,2026-01-07,,11.90,Posted,Pen,2,x\n\
        ,,,,,,Ink,1,5\n";
    let parsed: Parsed<InvoiceRow> = parsed(&shipped("odoo-invoices"), text.as_bytes());
    assert_eq!((parsed.rows, parsed.skipped, parsed.good.len()), (6, 2, 1));
    let invoice = &parsed.good[0].row;
    assert_eq!(
        (invoice.customer.as_str(), invoice.currency, invoice.amount),
        ("Azure", Currency::EUR, Some(money("238.00", "EUR")))
    );
    assert_eq!(
        invoice.lines.iter().map(|line| (line.line, line.unit_price.to_string())).collect::<Vec<_>>(),
        [(2, "150".to_owned()), (3, "50".to_owned())]
    );
    assert_eq!(
        rejects(&parsed),
        [
            "6 | Invoice lines/Unit Price | x | `x` is not a number such as 1234.50",
            "7 | Number | INV/3 | line 6 of the same invoice is rejected; the invoice is taken whole or not at all",
        ]
    );
}

#[test]
fn a_german_list_of_open_items() {
    let text = "Rechnungsnummer;Konto;Kontobezeichnung;Belegdatum;Fälligkeit;WKZ;Betrag;Saldo;S/H\r\n\
        R1;10001;Müller & Söhne;31.12.2020;30.01.2021;€;1.234,50;234,50;S\r\n\
        G1;10001;Müller & Söhne;31.12.2020;;;5,00;5,00;H\r\n\
        R2;10002;König;2020/12/31;;EUR;5.00;;X\r\n";
    let parsed: Parsed<OpenItemRow> = parsed(&shipped("datev-open-items"), &windows_1252(text));
    let shown: Vec<_> = parsed.good.iter().map(|item| (item.row.kind, item.row.amount, item.row.open_amount)).collect();
    let euros = |text| money(text, "EUR");
    assert_eq!(
        shown,
        [(ItemKind::Invoice, euros("1234.50"), euros("234.50")), (ItemKind::CreditNote, euros("5.00"), euros("5.00")),]
    );
    assert_eq!(parsed.good[0].row.customer_name.as_deref(), Some("Müller & Söhne"));
    assert_eq!(
        rejects(&parsed),
        [
            "4 | Belegdatum | 2020/12/31 | `2020/12/31` is not a date in the form 31.12.2020; set `date` in the map file",
            "4 | S/H | X | `X` is none of invoice, credit_note, debit_note, payment",
            "4 | Saldo |  | open_amount is empty",
            "4 | Betrag | 5.00 | `5.00` has a decimal point; set `decimal = \".\"` in the map file",
        ]
    );
}

fn windows_1252(text: &str) -> Vec<u8> {
    let byte = |sign: char| if sign == '€' { 0x80 } else { u8::try_from(u32::from(sign)).unwrap() };
    text.chars().map(byte).collect()
}

#[test]
fn sap_line_items_have_a_key_of_two_columns_and_a_minus_behind() {
    let text = "Account\tDocument Number\tLine item\tDocument Type\tDocument Date\tNet due date\tDocument currency\tAmount in doc. curr.\n\
        4711\t1800000001\t1\tRV\t01.12.2020\t31.12.2020\tEUR\t1.000,00\n\
        4711\t1800000001\t2\tRV\t01.12.2020\t31.01.2021\tEUR\t500,00\n\
        4711\t1400000007\t1\tDZ\t05.12.2020\t05.12.2020\tEUR\t250,00-\n\
        4711\t1800000002\t1\tRV\t01.12.2020\t31.12.2020\tEUR\t1,00-\n\
        4711\t100000009\t1\tAB\t01.12.2020\t31.12.2020\tEUR\t1,00\n";
    let parsed: Parsed<OpenItemRow> = parsed(&shipped("sap-fbl5n"), text.as_bytes());
    let shown: Vec<String> = parsed
        .good
        .iter()
        .map(|item| format!("{} {} {}", item.row.external_id, item.row.kind, item.row.open_amount))
        .collect();
    assert_eq!(
        shown,
        ["1800000001-1 invoice 1000.00 EUR", "1800000001-2 invoice 500.00 EUR", "1400000007-1 payment 250.00 EUR"]
    );
    assert_eq!(
        rejects(&parsed),
        [
            "5 | Amount in doc. curr. | 1,00- | -1.00 EUR is negative, which invoice cannot be; a credit is a credit_note or a payment",
            "6 | Document Type | AB | `AB` is none of invoice, credit_note, debit_note, payment",
        ]
    );
}

const PAYMENTS: &str = "payment_id,customer_id,payment_date,amount,currency,allocations\n";

#[test]
fn payments_name_what_they_pay_in_one_cell() {
    let parsed: Parsed<PaymentRow> = plain(&format!(
        "{PAYMENTS}P1,C1,2020-12-31,150.00,EUR,INV-1:100.00; INV-2\n\
         P2,C1,2020-12-31,150.00,EUR,\n\
         P3,C1,2020-12-31,150.00,EUR,INV-1:100;INV-2:60\n\
         P4,C1,2020-12-31,0,EUR,\"INV-1:1,5;:3;INV-2:-1\"\n\
         P5,C1,2020-12-31,9,EUR,A;A\n\
         P2,C1,2020-12-31,150.00,EUR,INV-9\n"
    ));
    let allocation = |invoice: &str, amount| AllocationRow { line: 2, invoice: invoice.to_owned(), amount };
    assert_eq!(
        parsed.good[0].row.allocations,
        [allocation("INV-1", Some(money("100.00", "EUR"))), allocation("INV-2", None)]
    );
    assert_eq!(parsed.good.len(), 2);
    assert_eq!(
        rejects(&parsed),
        [
            "4 | allocations |  | the allocations are 160.00 EUR, the payment is 150.00 EUR",
            "5 | amount | 0 | amount 0.00 EUR is not above zero",
            "5 | allocations | INV-1:1,5;:3;INV-2:-1 | `1,5` has a decimal comma; set `decimal = \",\"` in the map file",
            "5 | allocations | INV-1:1,5;:3;INV-2:-1 | `:3` names no invoice",
            "5 | allocations | INV-1:1,5;:3;INV-2:-1 | the allocation to INV-2 is -1.00 EUR, not above zero",
            "6 | allocations | A;A | A is named twice in the allocations",
            "7 | payment_id | P2 | the same payment_id stands on line 3 with another allocations",
        ]
    );
}

#[test]
fn payments_name_what_they_pay_row_by_row() {
    let header = "payment_id,customer_id,payment_date,amount,currency,invoice_id,allocated_amount\n";
    let parsed: Parsed<PaymentRow> = plain(&format!(
        "{header}P1,C1,2020-12-31,150,EUR,INV-1,100\nP1,C1,2020-12-31,150,EUR,INV-2,50\n\
         P2,C1,2020-12-31,10,EUR,INV-3,\nP3,C1,2020-12-31,10,EUR,,10\n"
    ));
    let shown: Vec<_> = parsed.good.iter().map(|payment| (payment.line, payment.row.allocations.len())).collect();
    assert_eq!(shown, [(2, 2), (4, 1)]);
    assert_eq!(rejects(&parsed), ["5 | invoice_id |  | invoice_id is empty"]);
}

#[test]
fn customers_and_their_codes() {
    let map = r#"
        kind = "customers"
        [columns]
        customer_id = "Nr"
        name = "Name"
        country = { column = "Land", map = { "Deutschland" = "DE" } }
        credit_limit = "Limit"
        tags = ["Branche", "Region"]
        [constants]
        currency = "EUR"
        language = "deutsch"
    "#;
    let parsed: Parsed<CustomerRow> =
        mapped(map, "Nr,Name,Land,Limit,Branche,Region\n1,A,Deutschland,5000,Bau,Nord\n2,B,Suisse,5,,\n");
    let fault =
        |line: u64| format!("{line} | language | deutsch | `deutsch` is not an ISO 639 language code such as de");
    assert_eq!(
        rejects(&parsed),
        [fault(2), "3 | Land | Suisse | `Suisse` is not an ISO 3166 country code such as DE".to_owned(), fault(3)]
    );
    let parsed: Parsed<CustomerRow> =
        mapped(&map.replace("deutsch\"", "de\""), "Nr,Name,Land,Limit,Branche,Region\n1,A,Deutschland,5000,Bau,Nord\n");
    let customer = &parsed.good[0].row;
    assert_eq!((customer.country.as_deref(), customer.credit_limit), (Some("DE"), Some(money("5000", "EUR"))));
    assert_eq!(customer.tags, ["Bau", "Nord"]);
}

/// Rows, open rows, and by currency: rows, total and open total.
type Ledger = (usize, usize, BTreeMap<String, (usize, String, String)>);

fn ledger(name: &str) -> Option<(Ledger, [i64; 2])> {
    let path = format!("{}/../../../shared/data/ar/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let Ok(bytes) = std::fs::read(&path) else {
        println!("skipped: {path} is absent");
        return None;
    };
    let parsed: Parsed<InvoiceRow> = parsed(&shipped(name), &bytes);
    assert_eq!(rejects(&parsed), Vec::<String>::new());
    let mut sums: BTreeMap<Currency, (usize, Money, Money)> = BTreeMap::new();
    let mut days = [0, 0];
    for invoice in parsed.good.iter().map(|invoice| &invoice.row) {
        let zero = Money::zero(invoice.currency);
        let (rows, total, open) = sums.entry(invoice.currency).or_insert((0, zero, zero));
        let amount = invoice.amount.unwrap();
        *rows += 1;
        *total = total.plus(amount).unwrap();
        *open = open.plus(if invoice.paid_date.is_none() { amount } else { zero }).unwrap();
        days[0] += invoice.due_date.unwrap().days_since(invoice.invoice_date);
        days[1] += invoice.paid_date.map_or(0, |paid| paid.days_since(invoice.invoice_date));
    }
    let open = parsed.good.iter().filter(|invoice| invoice.row.paid_date.is_none()).count();
    let sums = sums.into_iter().map(|(currency, (rows, total, open))| {
        (currency.code().to_owned(), (rows, total.to_decimal().to_string(), open.to_decimal().to_string()))
    });
    Some(((parsed.good.len(), open, sums.collect()), days))
}

fn by_currency(rows: &[(&str, usize, &str, &str)]) -> BTreeMap<String, (usize, String, String)> {
    let own = |&(code, rows, total, open): &(&str, usize, &str, &str)| {
        (code.to_owned(), (rows, total.to_owned(), open.to_owned()))
    };
    rows.iter().map(own).collect()
}

/// The figures were computed with Python: `csv.DictReader`, `sum(Decimal(r["amount"]))` by `r["currency"]`, once over all
/// rows and once over those with an empty `paid_date`; the days with `date.fromisoformat`, due and paid minus invoiced.
#[test]
fn the_ibm_ledger() {
    let Some(found) = ledger("ibm") else { return };
    let sums = by_currency(&[("USD", 1_706, "101830.32", "5834.10")]);
    assert_eq!(found, ((1_706, 96, sums), [51_180, 43_826]));
}

/// See `the_ibm_ledger` for how the figures were found.
#[test]
fn the_highradius_ledger() {
    let Some(found) = ledger("highradius") else { return };
    let sums =
        by_currency(&[("CAD", 1_870, "100208845.87", "7771023.07"), ("USD", 21_213, "629430469.69", "45035155.35")]);
    assert_eq!(found, ((23_083, 1_611, sums), [355_250, 356_791]));
}

proptest! {
    #[test]
    fn no_file_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[-0-9A-Z,.;:\"\r\n]{0,120}") {
        let file = format!("{HEADER}{text}");
        invoices_of(file.as_bytes());
        invoices_of(&[HEADER.as_bytes(), &bytes].concat());
        invoices_of(&bytes);
    }

    /// Whatever stands in the rows, each is taken, skipped or told.
    #[test]
    fn no_row_is_lost(rows in prop::collection::vec(("[AB]", "[12x]", "(EUR|EURO)"), 0..12)) {
        let text: String = rows.iter().map(|(id, amount, currency)| format!("{id},C,{amount},{currency},2020-12-31,,\n")).collect();
        let parsed = invoices(&text);
        let mut told: Vec<u64> = parsed.rejects.iter().map(|reject| reject.line).collect();
        told.extend(parsed.good.iter().map(|invoice| invoice.line));
        told.sort_unstable();
        told.dedup();
        prop_assert_eq!(told.len(), rows.len());
        prop_assert_eq!(parsed.rows, rows.len());
    }
}

fn invoices_of(bytes: &[u8]) {
    let Ok(table) = read(bytes, &ReadOptions::default()) else { return };
    let mut parser = Parser::<InvoiceRow>::new(
        &ImportMap::plain(ImportKind::Invoices),
        Header { line: table.header_line, names: &table.header },
    );
    for row in table.rows().map_while(Result::ok) {
        parser.push(row.line, &row.cells);
    }
    parser.finish();
}
