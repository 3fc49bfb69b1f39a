//! The formats of records with codes and columns: each is recognised by its first record.

use crate::{
    Format,
    fixed::{Record, records},
};

pub(super) fn detect(head: &str) -> Option<Format> {
    let first = records(head).next()?;
    let is_continued = || records(head).nth(1).is_some_and(|second| second.starts_with("88,"));
    let formats = [
        (bai2(first) || (first.starts_with("01,") && is_continued()), Format::Bai2),
        (coda(first), Format::Coda),
        (cfonb(first), Format::Cfonb120),
        (norma43(first), Format::Norma43),
        (qif(first), Format::Qif),
    ];
    let found = formats.into_iter().find(|(is, _)| *is).map(|(_, format)| format);
    found.or_else(|| qif_behind_comments(head)).or_else(|| lockbox(head).then_some(Format::Lockbox))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A file header, or a first record that is wrong and still looks like one.
fn bai2(first: Record<'_>) -> bool {
    let text = first.text.trim();
    let record = text.get(2..3) == Some(",") && is_digits(&text[..2]) && text.matches(',').count() >= 5;
    record && (text.starts_with("01") || text.ends_with('/'))
}

/// `00000`, creation date, bank, application 05.
fn coda(first: Record<'_>) -> bool {
    first.starts_with("00000") && is_digits(first.columns(6, 14)) && first.columns(15, 16) == "05"
}

/// Any record of a French statement, so that one without its beginning is refused with its line.
fn cfonb(first: Record<'_>) -> bool {
    let code = matches!(first.columns(1, 2), "01" | "04" | "05" | "07");
    let currency = first.columns(17, 19);
    let letters = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
    // Without the numbers of bank and branch, a table that begins with a day looks like a record.
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit() || b == b' ');
    let numbers = is_number(first.columns(3, 7)) && is_number(first.columns(12, 16));
    code && numbers
        && letters
        && matches!(first.columns(20, 20), " " | "0" | "1" | "2" | "3" | "4")
        && first.text.len() > 60
}

fn norma43(first: Record<'_>) -> bool {
    let sign = matches!(first.columns(33, 33), "1" | "2");
    first.starts_with("11") && is_digits(first.columns(3, 47)) && sign && first.columns(3, 47).len() == 45
}

fn qif(first: Record<'_>) -> bool {
    let heading = first.text.trim_start().to_ascii_lowercase();
    ["!type:", "!account", "!option:", "!clear:"].iter().any(|start| heading.starts_with(start))
}

fn qif_behind_comments(head: &str) -> Option<Format> {
    let first = records(head).find(|record| !record.starts_with("#"))?;
    qif(first).then_some(Format::Qif)
}

/// A file header, a service or batch header, and nothing but records with one of the nine codes.
fn lockbox(head: &str) -> bool {
    let codes: Vec<_> = records(head).map(|record| record.columns(1, 1)).collect();
    let length = records(head).next().map_or(0, |record| record.text.trim_end().len());
    let coded = codes.iter().all(|code| matches!(*code, "1" | "2" | "4" | "5" | "6" | "7" | "8" | "9"));
    let opens = codes.first() == Some(&"1") && matches!(codes.get(1), Some(&("2" | "5" | "9")));
    coded && opens && (14..=120).contains(&length) && head.starts_with('1') && !head.contains([',', ';', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_the_first_record() {
        for (head, format) in [
            ("01,1111,testcompany,210101,0101,010101010101,,,2/\n", Some(Format::Bai2)),
            ("01,SENDER,RECEIVER/\n88,210616,1700,01,80,10,2/\n", Some(Format::Bai2)),
            ("0000011101772505        00265207  X                         KREDBEBB", Some(Format::Coda)),
            ("0110278    02204EUR2 00012345603  030420                                     ", Some(Format::Cfonb120)),
            ("111234123412345678902201012310302000000140142649783ALFONSO", Some(Format::Norma43)),
            ("# made by hand\n!Option:AutoSwitch\n!Account\n", Some(Format::Qif)),
            ("!type:Bank \nD1/1/26\n", Some(Format::Qif)),
            ("100ABCDEFGHIJ00999999911605231800\n2ABCDEFGHIJ0099999991\n9000003\n", Some(Format::Lockbox)),
            ("05-01-2026,NL11ASNB0254400001,NL91ABNA0417164300,muller bv,,,,EUR,1000.00,EUR,1500.00\n", None),
            ("1,2,3\n2,3,4\n", None),
            ("01,2\n", None),
        ] {
            assert_eq!(detect(head), format, "{head}");
        }
    }
}
