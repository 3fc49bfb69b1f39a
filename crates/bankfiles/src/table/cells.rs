//! The cells of a file as text, and what a definition reads in them: dates in a given order, numbers with a given mark.

use super::words;
use crate::{FormatError, Reason};
use kernel::{Date, Decimal, check_digits::modulo_97};
use sheets::ReadOptions;

/// All rows, the header among them.
#[derive(Debug)]
pub(super) struct Cells {
    pub rows: Vec<RowCells>,
    pub delimiter: Option<char>,
}

#[derive(Debug)]
pub(super) struct RowCells {
    pub line: usize,
    pub cells: Vec<String>,
}

impl Cells {
    pub(super) fn read(bytes: &[u8], delimiter: Option<char>, encoding: Option<&str>) -> Result<Self, FormatError> {
        let options = ReadOptions { delimiter, encoding: encoding.map(str::to_owned), ..ReadOptions::default() };
        let broken =
            |error: sheets::SheetError| FormatError::nowhere(Reason::NotThisFormat("CSV or XLSX", error.to_string()));
        let table = sheets::read(bytes, &options).map_err(broken)?;
        let line = |line: u64| usize::try_from(line).unwrap_or(usize::MAX);
        let mut rows = vec![RowCells { line: line(table.header_line), cells: table.header.clone() }];
        for row in table.rows() {
            let row = row.map_err(broken)?;
            rows.push(RowCells {
                line: line(row.line),
                cells: row.cells.into_iter().map(|cell| cell.into_owned()).collect(),
            });
        }
        Ok(Self { rows, delimiter: table.delimiter })
    }

    /// The account that stands above the header: an IBAN, else a number behind a word for it.
    pub(super) fn account_before(&self, row: usize) -> Option<String> {
        let above = || self.rows.iter().take(row.saturating_sub(1)).flat_map(|row| &row.cells);
        let by_iban = above().flat_map(|cell| cell.split([':', ',', ';'])).find_map(iban);
        let pieces: Vec<&str> =
            above().flat_map(|cell| cell.trim().trim_end_matches(':').split(':')).map(str::trim).collect();
        let by_word = || pieces.windows(2).find(|pair| words::is_account(pair[0]) && is_account_number(pair[1]));
        by_iban.or_else(|| by_word().map(|pair| pair[1].split_whitespace().collect()))
    }
}

pub(super) fn is_account_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= 5 && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'/' | b'.'))
}

pub(super) fn iban(text: &str) -> Option<String> {
    let compact: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '=' | '"'))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let shape = (15..=34).contains(&compact.len()) && compact.bytes().all(|b| b.is_ascii_alphanumeric());
    let country = shape && compact.bytes().take(2).all(|b| b.is_ascii_uppercase());
    let digits = country && compact.bytes().skip(2).take(2).all(|b| b.is_ascii_digit());
    (digits && modulo_97(&format!("{}{}", &compact[4..], &compact[..4])) == 1).then_some(compact)
}

/// `1.234,56 EUR`, `$1,234.56`, `(12.00)`, `12,00-`: one mark for the decimals, any other between groups of three.
pub(super) fn number(text: &str, decimal: char) -> Option<Decimal> {
    // An abbreviation behind the figures may end with a point: `12.00 DB.`
    let text = text.trim().trim_end_matches('.');
    let in_brackets = text.contains('(') && text.contains(')');
    let kept = |c: &char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+' | '−' | '\'' | '’');
    let plain: String = text.chars().filter(kept).map(|c| if c == '−' { '-' } else { c }).collect();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if letters > 4 || text.contains('_') || !plain.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let plain = plain.trim_start_matches(['\'', '’']);
    let minus = in_brackets || is_debit_behind(text) || plain.starts_with('-') || plain.ends_with('-');
    // Excel's apostrophe before a number that is kept as text.
    let bare = plain.trim_matches(['-', '+', '\'', '’']);
    let (whole, fraction) = match bare.rsplit_once(decimal) {
        Some((whole, fraction)) => (whole, fraction),
        None => (bare, ""),
    };
    let mut groups = whole.split(['.', ',', '\'', '’']).filter(|_| !whole.is_empty());
    let first = groups.next().unwrap_or("0");
    let grouped = is_grouped(first, groups.clone().map(str::len));
    let digits: String = std::iter::once(first).chain(groups).collect();
    if !grouped || !digits.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value = Decimal::from_str_exact(&format!("{digits}.{fraction}0")).ok()?;
    // The zero behind the fraction kept it from being empty; it is no digit that the bank wrote.
    let value = value.round_dp(u32::try_from(fraction.len()).ok()?);
    Some(if minus { -value } else { value })
}

/// `12.00 DR`, `12,00 S`: the side stands behind the figures.
fn is_debit_behind(text: &str) -> bool {
    let behind = text.rsplit(|c: char| c.is_ascii_digit()).next().unwrap_or_default().trim();
    matches!(behind, "D" | "S") || behind.eq_ignore_ascii_case("dr") || behind.eq_ignore_ascii_case("db")
}

/// Groups of three, or as in India of two before a last group of three.
fn is_grouped(first: &str, lengths: impl Iterator<Item = usize>) -> bool {
    let lengths: Vec<usize> = lengths.collect();
    match &lengths[..] {
        [] => true,
        [lakhs @ .., 3] => {
            (1..=3).contains(&first.len()) && lakhs.iter().all(|length| *length == 3)
                || (1..=2).contains(&first.len()) && lakhs.iter().all(|length| *length == 2)
        }
        _ => false,
    }
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads by the order of D, M and Y in `format`; separators, leading zeros and a time of day behind do not matter.
pub(super) fn date(text: &str, format: &str) -> Option<Date> {
    let order: Vec<char> = format.chars().filter(|c| matches!(c, 'D' | 'M' | 'Y')).fold(Vec::new(), |mut order, c| {
        if !order.contains(&c) {
            order.push(c);
        }
        order
    });
    let text = text.trim();
    // The time of day behind an ISO date.
    let time = text.match_indices('T').map(|(at, _)| at).find(|&at| text[..at].ends_with(|c: char| c.is_ascii_digit()));
    let parts = parts(&text[..time.unwrap_or(text.len())], format, &order)?;
    let part = |name: char| order.iter().position(|c| *c == name).and_then(|at| parts.get(at));
    let year = part('Y')?;
    let year_number: i16 = year.parse().ok()?;
    let year_number = if year.len() <= 2 { crate::fixed::full_year(year_number) } else { year_number };
    let month = part('M')?;
    let named = MONTHS.iter().position(|name| month.to_ascii_lowercase().starts_with(name));
    let month = match named.and_then(|at| i8::try_from(at + 1).ok()) {
        Some(month) => month,
        None => month.parse().ok()?,
    };
    Date::new(year_number, month, part('D')?.parse().ok()?)
}

fn parts<'t>(text: &'t str, format: &str, order: &[char]) -> Option<Vec<&'t str>> {
    let split: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let digits = split.first().filter(|first| first.len() >= 6 && first.bytes().all(|b| b.is_ascii_digit()));
    let Some(digits) = digits else { return (split.len() >= 3).then_some(split) };
    let width = |name: char| format.chars().filter(|c| *c == name).count();
    let mut at = 0;
    order
        .iter()
        .map(|&name| {
            let part = digits.get(at..at + width(name));
            at += width(name);
            part
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_many_countries() {
        for (text, decimal, value) in [
            ("1.234,56 EUR", ',', "1234.56"),
            ("$1,234.56", '.', "1234.56"),
            ("($336.73)", '.', "-336.73"),
            ("1 234,5", ',', "1234.5"),
            ("1'234.50", '.', "1234.50"),
            ("12,00-", ',', "-12.00"),
            ("1,234.50Dr", '.', "-1234.50"),
            ("12,00 S", ',', "-12.00"),
            ("12.00 DB.", '.', "-12.00"),
            ("12.00 CR", '.', "12.00"),
            ("USD 12.00", '.', "12.00"),
            ("−3", '.', "-3"),
            ("1,234,567", '.', "1234567"),
            (",5", ',', "0.5"),
            ("1,50,000.00", '.', "150000.00"),
            ("12,34,56,789", '.', "123456789"),
        ] {
            assert_eq!(number(text, decimal), Some(value.parse().unwrap()), "{text}");
        }
        for (text, decimal) in [
            ("12.34", ','),
            ("", '.'),
            ("n/a", '.'),
            ("1-2", '.'),
            ("opening 5", '.'),
            ("1,50,00.00", '.'),
            ("150,00,000", '.'),
        ] {
            assert_eq!(number(text, decimal), None, "{text}");
        }
    }

    #[test]
    fn dates_by_their_order() {
        for (text, format, day) in [
            ("31.12.26", "DD.MM.YY", "2026-12-31"),
            ("12/31/2026", "MM/DD/YYYY", "2026-12-31"),
            ("20261231", "YYYYMMDD", "2026-12-31"),
            ("311226", "DDMMYY", "2026-12-31"),
            ("2026-12-31 23:59:01", "YYYY-MM-DD", "2026-12-31"),
            ("2026-12-31T23:59:01Z", "YYYY-MM-DD", "2026-12-31"),
            ("1 Dec 2026", "DD MM YYYY", "2026-12-01"),
        ] {
            assert_eq!(date(text, format).map(|date| date.to_string()).as_deref(), Some(day), "{text}");
        }
        assert_eq!([date("31/12/2026", "MM/DD/YYYY"), date("x", "DD.MM.YYYY"), date("", "YYYYMMDD")], [None; 3]);
    }

    #[test]
    fn the_account_stands_above_the_header() {
        let account = |above: &str| {
            let text = format!("{above}\n\nDatum;Betrag\n1.1.26;5,00\n");
            Cells::read(text.as_bytes(), Some(';'), None).unwrap().account_before(2)
        };
        assert_eq!(account("Konto:;DE89 3704 0044 0532 0130 00").as_deref(), Some("DE89370400440532013000"));
        assert_eq!(account("Account Number : 0808 8804068;Account Name : X").as_deref(), Some("08088804068"));
        assert_eq!(account("Account Number:;1234567890").as_deref(), Some("1234567890"));
        assert_eq!(account("Total;12345"), None);
    }
}
