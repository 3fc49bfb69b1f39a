//! Files of nothing but the smallest records: reading them takes at most fifty times their size.
//!
//! One test alone in its program, because the allocator counts for all of it.

use bankfiles::{Format, ParseOptions, parse};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const RECORDS: usize = 20_000;

/// What every call takes, whatever it reads.
const BESIDE: usize = 256 * 1024;

const FILES: [(Format, &str, &str, &str); 6] = [
    (Format::Mt940, ":20:A\n:25:1\n:28C:1\n:60F:C260101EUR0,\n", ":61:260101C1,\n", ":62F:C260101EUR1,\n-\n"),
    (
        Format::Camt053,
        "<Document><BkToCstmrStmt><Stmt>",
        "<Ntry><Amt Ccy=\"EUR\">1</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>",
        "</Stmt></BkToCstmrStmt></Document>",
    ),
    (
        Format::Bai2,
        "01,1,1,260101,0101,1,,,2/\n02,1,1,1,260101,,EUR,2/\n03,1,EUR,010,0,,/\n",
        "16,100,1,Z,,,\n",
        "49,1,2/\n98,1,1,2/\n99,1,1,2/\n",
    ),
    (Format::Qif, "!Type:Bank\n", "D1/13/26\nT5\n^\n", ""),
    (
        Format::Ofx,
        "<OFX><STMTRS><CURDEF>EUR<BANKTRANLIST>",
        "<STMTTRN><DTPOSTED>20260101<TRNAMT>1",
        "</BANKTRANLIST></STMTRS></OFX>",
    ),
    (Format::BankCsv, "Date;Amount\n", "1.1.26;5,1\n", ""),
];

#[test]
fn the_smallest_records_take_fifty_times_their_size_at_most() {
    for (format, head, record, foot) in FILES {
        let file = format!("{head}{}{foot}", record.repeat(RECORDS)).into_bytes();
        let options = ParseOptions { format: Some(format), ..ParseOptions::default() };
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let parsed = parse(&file, &options).unwrap_or_else(|error| panic!("{format}: {error}"));
        let used = MEMORY.peak_usage() - before;
        let lines: usize = parsed.statements.iter().map(|statement| statement.lines.len()).sum();
        eprintln!("{format}: {} times {} bytes", used / file.len(), file.len());
        assert_eq!(lines, RECORDS, "{format}");
        assert!(used <= 50 * file.len() + BESIDE, "{format}: {} times the input", used / file.len());
    }
}
