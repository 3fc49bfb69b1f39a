//! How fast are the readers that must be fast? Builds a large file in memory, reads it statement by statement on one
//! core, and prints MB per second of processor time (of the clock where the system does not tell).
//!
//! `cargo run --release -p bankfiles --example throughput [MEGABYTES]`

use bankfiles::{Format, FormatError, statements};
use std::{
    io::{self, Write as _},
    time::Instant,
};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Lines of one statement: a busy day.
const LINES: usize = 10_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let megabytes: usize = std::env::args().nth(1).map_or(Ok(200), |size| size.parse())?;
    for (format, file) in
        [(Format::Camt053, camt(megabytes * 1_000_000)), (Format::Mt940, mt940(megabytes * 1_000_000))]
    {
        let best = (0..3).map(|_| read(format, &file)).collect::<Result<Vec<_>, _>>()?;
        let (lines, seconds) = best.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default();
        let size = file.len() as f64 / 1e6;
        let (speed, each) = (size / seconds, lines as f64 / seconds);
        writeln!(io::stdout(), "{format}: {size:.0} MB, {lines} lines, {speed:.0} MB/s, {each:.0} lines/s")?;
    }
    Ok(())
}

fn read(format: Format, file: &[u8]) -> Result<(usize, f64), FormatError> {
    let (start, worked) = (Instant::now(), processor_seconds());
    let mut lines = 0;
    for statement in statements(file, format)? {
        lines += statement?.lines.len();
    }
    let seconds = processor_seconds().zip(worked).map(|(after, before)| after - before);
    Ok((lines, seconds.unwrap_or_else(|| start.elapsed().as_secs_f64())))
}

/// Of this thread; Linux counts it in nanoseconds.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<u64>().ok()? as f64 / 1e9)
}

fn camt(size: usize) -> Vec<u8> {
    let mut file = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">\n\
         <BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-01-02T03:04:05</CreDtTm></GrpHdr>\n",
    );
    for page in 1.. {
        file.push_str(&format!(
            "<Stmt><Id>S{page}</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>\n"
        ));
        for line in 0..LINES {
            file.push_str(&camt_entry(line));
        }
        file.push_str("</Stmt>\n");
        if file.len() >= size {
            break;
        }
    }
    file.push_str("</BkToCstmrStmt></Document>\n");
    file.into_bytes()
}

fn camt_entry(line: usize) -> String {
    let cents = line * 7 % 100_000;
    format!(
        "    <Ntry>\n      <NtryRef>{line}</NtryRef>\n      <Amt Ccy=\"EUR\">{}.{:02}</Amt>\n      <CdtDbtInd>CRDT</CdtDbtInd>\n      \
         <Sts><Cd>BOOK</Cd></Sts>\n      <BookgDt><Dt>2026-01-02</Dt></BookgDt>\n      <ValDt><Dt>2026-01-02</Dt></ValDt>\n      \
         <AcctSvcrRef>2026010200{line:010}</AcctSvcrRef>\n      <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>\
         <SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>\n      <NtryDtls>\n        <TxDtls>\n          <Refs>\n            \
         <EndToEndId>E2E-{line:012}</EndToEndId>\n          </Refs>\n          <Amt Ccy=\"EUR\">{}.{:02}</Amt>\n          \
         <RltdPties>\n            <Dbtr><Pty><Nm>Kunde {line} GmbH &amp; Co. KG</Nm></Pty></Dbtr>\n            \
         <DbtrAcct><Id><IBAN>DE93230707000621787100</IBAN></Id></DbtrAcct>\n          </RltdPties>\n          <RltdAgts><DbtrAgt>\
         <FinInstnId><BICFI>DEUTDEDB237</BICFI></FinInstnId></DbtrAgt></RltdAgts>\n          <RmtInf><Ustrd>Rechnung \
         INV-2026-{line:06} vom 02.01.2026 Kundennummer 4711</Ustrd></RmtInf>\n        </TxDtls>\n      </NtryDtls>\n    </Ntry>\n",
        cents / 100,
        cents % 100,
        cents / 100,
        cents % 100,
    )
}

fn mt940(size: usize) -> Vec<u8> {
    let mut file = String::new();
    for page in 1.. {
        file.push_str(&format!(":20:S{page}\r\n:25:12030000/202051\r\n:28C:{page}/1\r\n:60F:C260101EUR0,00\r\n"));
        for line in 0..LINES {
            let cents = line * 7 % 100_000;
            file.push_str(&format!(
                ":61:2601020102CR{},{:02}NTRFNONREF//2026010200{line:06}\r\n:86:166?00GUTSCHRIFT?109249?20EREF+E2E-\
                 {line:012}?21SVWZ+Rechnung INV-2026-{line:06}\r\n?22 vom 02.01.2026 Kundennumme?23r 4711?30DEUTDEDB237\
                 ?31DE93230707000\r\n621787100?32Kunde {line} GmbH + Co.?33 KG?34000\r\n",
                cents / 100,
                cents % 100,
            ));
        }
        file.push_str(":62F:C260102EUR0,00\r\n-\r\n");
        if file.len() >= size {
            break;
        }
    }
    file.into_bytes()
}
