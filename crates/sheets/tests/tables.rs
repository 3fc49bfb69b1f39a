//! Files as they arrive: text and workbooks read whole, and what we write read back.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use kernel::{Currency, Date, Decimal, Money};
use proptest::prelude::*;
use sheets::{Cell, Column, Kind, Limits, ReadOptions, Row, SheetError, Table, csv, read, xlsx};

fn table(bytes: &[u8]) -> Table<'_> {
    read(bytes, &ReadOptions::default()).unwrap()
}

fn cells(table: &Table<'_>) -> Vec<(u64, Vec<String>)> {
    let own = |row: Row<'_>| (row.line, row.cells.iter().map(ToString::to_string).collect());
    table.rows().map(|row| own(row.unwrap())).collect()
}

fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

#[test]
fn a_german_export() {
    let bytes = b"Beleg;Kunde;Betrag\r\nR1;M\xFCller & S\xF6hne;1.234,50\r\nR2;\"K\xF6nig; Partner\";-3,00\r\n";
    let table = table(bytes);
    assert_eq!((table.encoding, table.delimiter), (Some("windows-1252"), Some(';')));
    assert_eq!(table.header, ["Beleg", "Kunde", "Betrag"]);
    let expected = [["R1", "Müller & Söhne", "1.234,50"], ["R2", "König; Partner", "-3,00"]];
    assert_eq!(
        cells(&table),
        [(2, expected[0].map(str::to_owned).to_vec()), (3, expected[1].map(str::to_owned).to_vec())]
    );
}

#[test]
fn lines_before_the_header_are_skipped() {
    let options = ReadOptions { skip_rows: 2, ..ReadOptions::default() };
    let bytes = b"Open items, as of \"today\n\n\nid;amount\n1;2\n";
    let table = read(bytes, &options).unwrap();
    assert_eq!((table.header_line, table.header.clone()), (4, vec!["id".to_owned(), "amount".to_owned()]));
    assert_eq!(cells(&table)[0].0, 5);
}

#[test]
fn excels_own_delimiter_line_is_no_header() {
    let table = table(b"sep=;\r\nid;amount\r\n1;2\r\n");
    assert_eq!((table.header_line, table.header.len()), (2, 2));
}

#[test]
fn ragged_rows_are_told_not_fatal() {
    let table = table(b"a,b,c\n1,2\n1,2,3\n1,2,3,4\n");
    let ragged: Vec<_> = table.rows().map(|row| row.unwrap()).filter(|row| row.is_ragged(&table.header)).collect();
    assert_eq!(ragged.iter().map(|row| (row.line, row.cells.len())).collect::<Vec<_>>(), [(2, 2), (4, 4)]);
}

#[test]
fn a_cell_after_a_quoted_line_break_stands_on_a_later_line() {
    let bytes = b"id,note,amount\n1,\"two\r\nlines\",5\n";
    let table = table(bytes);
    let row = table.rows().next().unwrap().unwrap();
    assert_eq!([row.line_of(0), row.line_of(1), row.line_of(2)], [2, 2, 3]);
}

#[test]
fn files_that_are_no_tables() {
    let refused = |bytes: &[u8]| read(bytes, &ReadOptions::default()).unwrap_err();
    assert_eq!(refused(b""), SheetError::Empty);
    assert_eq!(refused(b"\xEF\xBB\xBF\r\n\r\n"), SheetError::Empty);
    assert_eq!(refused(b"\x89PNG\0\0"), SheetError::NotText);
    assert_eq!(refused(b"\xD0\xCF\x11\xE0rest"), SheetError::OldWorkbook);
    assert!(matches!(refused(b"PK\x03\x04rest"), SheetError::Workbook(_)));
}

#[test]
fn limits_stop_the_reading() {
    let limits = Limits { rows: 2, bytes: 20, ..Limits::default() };
    let options = ReadOptions { limits, ..ReadOptions::default() };
    let table = read(b"a\n1\n2\n3\n4\n", &options).unwrap();
    let rows: Vec<_> = table.rows().collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2], Err(SheetError::TooManyRows { limit: 2 }));
    let error = read(&[b'a'; 21], &options).unwrap_err();
    assert_eq!(error.to_string(), "the file has 21 bytes; the limit is 20");
}

#[test]
fn csv_is_rfc_4180_and_runs_no_formulas() {
    let row = vec![
        Cell::from("=HYPERLINK(\"x\")"),
        Cell::from("+49 30 1234"),
        Cell::from("-12.50"),
        Cell::from(euros(-1250)),
        Cell::from(Date::new(2026, 8, 31)),
        Cell::from(Decimal::new(-15, 1)),
        Cell::from("two\r\nlines"),
        Cell::Empty,
    ];
    let bytes = csv(&["a", "@b", "c", "d", "e", "f", "g", "h"], [row]).unwrap();
    let expected = "a,'@b,c,d,e,f,g,h\r\n\"'=HYPERLINK(\"\"x\"\")\",'+49 30 1234,-12.50,-12.50,2026-08-31,-1.5,\"two\r\nlines\",\r\n";
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
}

fn workbook() -> Vec<u8> {
    let column = |title: &str, kind| Column { title: title.to_owned(), kind };
    let columns = [
        column("Invoice", Kind::Text),
        column("Amount", Kind::Money { decimals: 2 }),
        column("Due on", Kind::Date),
        column("Quantity", Kind::Number),
        column("Note", Kind::Text),
    ];
    let rows = [
        vec![
            "=1+1".into(),
            euros(123_450).into(),
            Date::new(2024, 2, 29).into(),
            Decimal::new(25, 1).into(),
            Cell::Empty,
        ],
        vec!["0042".into(), euros(-3).into(), Date::new(1899, 12, 31).into(), Decimal::new(3, 0).into(), "ü".into()],
    ];
    xlsx("Open items: all", &columns, rows).unwrap()
}

#[test]
fn a_workbook_has_real_numbers_and_dates() {
    let bytes = workbook();
    let table = table(&bytes);
    assert_eq!(table.header, ["Invoice", "Amount", "Due on", "Quantity", "Note"]);
    let expected = [
        (2, ["=1+1", "1234.5", "2024-02-29", "2.5", ""].map(str::to_owned).to_vec()),
        (3, ["0042", "-0.03", "1899-12-31", "3", "ü"].map(str::to_owned).to_vec()),
    ];
    assert_eq!(cells(&table), expected);
    let comma = ReadOptions { decimal: ',', sheet: Some("Open items  all".into()), ..ReadOptions::default() };
    assert_eq!(cells(&read(&bytes, &comma).unwrap())[0].1[1], "1234,5");
}

#[test]
fn the_same_table_gives_the_same_workbook() {
    assert_eq!(workbook(), workbook());
}

#[test]
fn workbooks_know_their_sheets_and_limits() {
    let bytes = workbook();
    let refused = |options: ReadOptions| read(&bytes, &options).unwrap_err().to_string();
    let named = ReadOptions { sheet: Some("Sheet1".into()), ..ReadOptions::default() };
    assert_eq!(refused(named), "there is no sheet `Sheet1`; the workbook has Open items  all");
    let limits = Limits { unpacked_bytes: 1_000, ..Limits::default() };
    assert_eq!(
        refused(ReadOptions { limits, ..ReadOptions::default() }),
        "the workbook unpacks to more than 1000 bytes"
    );
    let limits = Limits { columns: 3, ..Limits::default() };
    assert_eq!(refused(ReadOptions { limits, ..ReadOptions::default() }), "line 1 has more than 3 columns");
}

fn read_all(bytes: &[u8], options: &ReadOptions) {
    if let Ok(table) = read(bytes, options) {
        for row in table.rows().flatten() {
            row.line_of(row.cells.len());
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(rows in prop::collection::vec(prop::collection::vec("[-=+@'a\",;\t\r\nü0-9.]{0,6}", 3), 0..8)) {
        let filled: Vec<Vec<String>> = rows.into_iter().filter(|row| row.iter().any(|cell| !cell.is_empty())).collect();
        let bytes = csv(&["a", "b", "c"], filled.iter().map(|row| row.iter().map(|cell| cell.as_str().into()).collect())).unwrap();
        let options = ReadOptions { delimiter: Some(','), ..ReadOptions::default() };
        let table = read(&bytes, &options).unwrap();
        let back: Vec<Vec<String>> = cells(&table).into_iter().map(|(_, cells)| cells).collect();
        prop_assert_eq!(back, filled);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), delimiter in any::<Option<char>>()) {
        read_all(&bytes, &ReadOptions { delimiter, ..ReadOptions::default() });
    }

    #[test]
    fn no_damaged_workbook_makes_it_panic(places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = workbook();
        for (place, value) in places {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        read_all(&bytes, &ReadOptions::default());
    }
}
