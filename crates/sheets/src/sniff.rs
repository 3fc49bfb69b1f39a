//! Which delimiter a text uses, from its first rows.

use crate::{fields::Fields, read::Limits};

const CANDIDATES: [u8; 4] = *b",;\t|";
const SAMPLE_ROWS: usize = 20;

/// The delimiter that cuts most of the first rows into as many cells as the header; a comma when none cuts at all.
pub(crate) fn delimiter(text: &str, skip_rows: usize) -> u8 {
    let mut best = (b',', (0, 0));
    for candidate in CANDIDATES {
        let score = score(text, candidate, skip_rows);
        if score > best.1 {
            best = (candidate, score);
        }
    }
    best.0
}

/// Excel's own first line: `sep=;`.
pub(crate) fn announced(text: &str) -> Option<u8> {
    match text.lines().next()?.as_bytes() {
        [b's', b'e', b'p', b'=', delimiter] if CANDIDATES.contains(delimiter) => Some(*delimiter),
        _ => None,
    }
}

/// Rows that have the header's number of cells, then that number; nothing for a single column.
fn score(text: &str, delimiter: u8, skip_rows: usize) -> (usize, usize) {
    let mut fields = Fields::new(text, delimiter, Limits::default());
    fields.skip_lines(skip_rows);
    let mut cells = Vec::new();
    let (mut header, mut same) = (0, 0);
    for _ in 0..SAMPLE_ROWS {
        let Ok(Some(_)) = fields.next_row(&mut cells) else { break };
        header = if header == 0 { cells.len() } else { header };
        same += usize::from(cells.len() == header);
    }
    if header > 1 { (same, header) } else { (0, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_delimiters() {
        for (text, expected) in [
            ("id;amount\n1;1,50\n2;2,50\n", b';'),
            ("id,amount\n1,\"a;b;c\"\n", b','),
            ("id\tamount\n1\t1,000.50\n", b'\t'),
            ("id|name\n1|Smith, Jones; Co\n", b'|'),
            ("name, first;amount\n\"x;y\";1\n", b';'),
            ("id\n1\n", b','),
            ("", b','),
        ] {
            assert_eq!(delimiter(text, 0), expected, "{text}");
        }
    }

    #[test]
    fn lines_before_the_header_do_not_vote() {
        assert_eq!(delimiter("Report, of, all, items\n\nid;amount\n1;2\n", 2), b';');
    }

    #[test]
    fn excel_announces_its_delimiter() {
        assert_eq!(announced("sep=;\nid;amount\n"), Some(b';'));
        assert_eq!(announced("separate\n"), None);
    }
}
