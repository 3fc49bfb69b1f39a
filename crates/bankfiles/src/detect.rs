//! Which format is it? Decided from the head of the file by what only that format has; never asked for.
//!
//! Each format has one function that recognises it; the order is from the unmistakable to the merely likely.

mod records;

use crate::{Format, table, text};

/// How much of the file is looked at: more than any envelope in front of the first record.
const HEAD: usize = 8 * 1024;

/// The format, or `None` for what is no bank file that we know.
pub fn detect(bytes: &[u8]) -> Option<Format> {
    let head = text::decode_head(bytes, HEAD);
    let head = head.trim_start_matches(['\u{feff}', '\u{1a}', '\0']).trim_start();
    camt(head)
        .or_else(|| ofx(head))
        .or_else(|| swift(head))
        .or_else(|| records::detect(head))
        .or_else(|| table::is_statement(bytes).then_some(Format::BankCsv))
}

/// The message's element, not the namespace: exports without a namespace and with a bank's own exist.
fn camt(head: &str) -> Option<Format> {
    let has = |element: &str| {
        head.match_indices(element).any(|(at, _)| {
            let before = head[..at].chars().next_back();
            matches!(before, Some('<' | ':')) && head[at + element.len()..].starts_with(['>', ' ', '\r', '\n', '\t'])
        })
    };
    let message = |names: &[&str]| names.iter().any(|name| has(name));
    if message(&["BkToCstmrStmt", "BkToCstmrStmtV01"]) {
        return Some(Format::Camt053);
    }
    if message(&["BkToCstmrAcctRpt", "BkToCstmrAcctRptV01"]) {
        return Some(Format::Camt052);
    }
    if message(&["BkToCstmrDbtCdtNtfctn", "BkToCstmrDbtCdtNtfctnV01"]) {
        return Some(Format::Camt054);
    }
    let by_name = [("camt.053.", Format::Camt053), ("camt.052.", Format::Camt052), ("camt.054.", Format::Camt054)];
    let named = by_name.into_iter().find(|(name, _)| head.contains(name));
    named.filter(|_| head.starts_with('<')).map(|(_, format)| format)
}

fn ofx(head: &str) -> Option<Format> {
    let upper = head.to_ascii_uppercase();
    let found = ["OFXHEADER", "<OFX>", "<?OFX"].iter().any(|mark| upper.contains(mark));
    found.then_some(Format::Ofx)
}

/// `:20:` and `:25:` at line starts; MT942 has a floor limit (`:34F:`) or a time (`:13D:`) and no opening balance.
fn swift(head: &str) -> Option<Format> {
    let (mut reference, mut body, mut opening, mut interim, mut entry) = (false, false, false, false, false);
    // Home banking writes `@@` for the end of a line.
    for line in text::lines(head).flat_map(|(_, line)| line.split("@@")) {
        let line = line.trim_start();
        let line = line.find("{4:").map_or(line, |at| line[at + 3..].trim_start());
        reference |= line.starts_with(":20:");
        body |= [":25:", ":25P:", ":28C:", ":28:", ":61:", ":60"].iter().any(|tag| line.starts_with(tag));
        opening |= line.starts_with(":60F:") || line.starts_with(":60M:");
        entry |= line.strip_prefix(":61:").is_some_and(|rest| rest.bytes().take(6).all(|b| b.is_ascii_digit()));
        interim |= [":34F:", ":13D:", ":13:", ":90C:", ":90D:"].iter().any(|tag| line.starts_with(tag));
    }
    let is_swift = body && (reference || opening || entry);
    is_swift.then_some(if interim && !opening { Format::Mt942 } else { Format::Mt940 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_content_alone() {
        for (head, format) in [
            ("<?xml version=\"1.0\"?><n:Document><n:BkToCstmrStmt>", Some(Format::Camt053)),
            ("<Document>\n<BkToCstmrDbtCdtNtfctn>", Some(Format::Camt054)),
            ("\u{feff}<Document><BkToCstmrAcctRptV01 >", Some(Format::Camt052)),
            ("OFXHEADER:100\nDATA:OFXSGML", Some(Format::Ofx)),
            ("<ofx><signonmsgsrsv1>", Some(Format::Ofx)),
            ("ABNANL2A\n940\nABNANL2A\n:20:X\n:25:1\n:28C:1\n:60F:C150116EUR1,", Some(Format::Mt940)),
            ("{1:F01X}{2:O940}{4:\n:20:X\n:25:1", Some(Format::Mt940)),
            (":20:1\r:25:1\r:28C:1\r:34F:EUR0,\r:13D:1", Some(Format::Mt942)),
            ("name;amount\nBkToCstmrStmt;1", None),
            ("<OFC><DTD>2<ACCTSTMT><STMTTRN><TRNAMT>-5.00</OFC>", None),
            ("", None),
        ] {
            assert_eq!(detect(head.as_bytes()), format, "{head}");
        }
    }
}
