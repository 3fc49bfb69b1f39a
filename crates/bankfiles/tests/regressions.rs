//! What the fuzzer once found: every input is read to an end, as the format of its name and as whatever it looks like.

use bankfiles::{ParseOptions, references, remittance, table};
use std::{path::Path, time::Instant};

#[test]
fn what_once_broke_a_reader_is_read_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        let format = name.split('-').next().unwrap().parse().ok();
        let began = Instant::now();
        let _ = bankfiles::parse(&bytes, &ParseOptions { format, ..ParseOptions::default() });
        let _ = bankfiles::parse(&bytes, &ParseOptions::default());
        let _ = remittance::parse(&bytes);
        let _ = table::propose(&bytes);
        let _ = references::find(&String::from_utf8_lossy(&bytes), None);
        assert!(began.elapsed().as_secs() < 10, "{name} takes {:?}", began.elapsed());
    }
}

#[test]
fn a_row_of_thousands_of_cells_is_soon_refused() {
    for cell in ["x;", "date;", "1.1.26;", "amount\t"] {
        let bytes = cell.repeat(10_000);
        let began = Instant::now();
        let _ = bankfiles::detect(bytes.as_bytes());
        let _ = table::propose(bytes.as_bytes());
        assert!(began.elapsed().as_secs() < 10, "{cell} takes {:?}", began.elapsed());
    }
}
