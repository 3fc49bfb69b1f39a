//! A fuzzer that can be repeated: mutates files with a seed and looks for panics, hangs and greedy memory.
//!
//! `cargo run --release -p bankfiles --example fuzz FORMAT MINUTES [SEED [FOLDER ...]]` takes every file of the folders
//! (default: the shared corpus of that format and this crate's regressions) as a beginning. A finding is written to
//! `crates/bankfiles/tests/regressions` and ends the run. Limits: memory 50 times the input plus 64 KiB, one second.

use bankfiles::{Format, ParseOptions, parse};
use peak_alloc::PeakAlloc;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use std::{
    error::Error,
    fs,
    io::{self, Write as _},
    panic::catch_unwind,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

#[global_allocator]
static PEAK: PeakAlloc = PeakAlloc;

const LARGEST: usize = 64 * 1024;
const SLOW: Duration = Duration::from_secs(1);

/// Pieces that readers look for, to reach further than noise does.
const WORDS: &[&[u8]] = &[
    b":61:",
    b":86:",
    b":20:",
    b":62F:",
    b":60F:C",
    b"\r\n-\r\n",
    b"{4:",
    b"?20",
    b"EREF+",
    b"SVWZ+",
    b"/REMI/",
    b"//",
    b"<Ntry>",
    b"</Ntry>",
    b"<Stmt>",
    b"</Stmt>",
    b"<TxDtls>",
    b"<Amt Ccy=\"EUR\">",
    b"<Bal>",
    b"CRDT",
    b"DBIT",
    b"&#x10ffff;",
    b"<STMTTRN>",
    b"</STMTTRN>",
    b"<STMTRS>",
    b"<TRNAMT>",
    b"<![CDATA[",
    b"<!--",
    b"]]>",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"99999999999999999999999999999",
    b"-",
    b"0",
    b",",
    b"EUR",
    b"88,",
    b"16,475,",
    b"/\n",
    b"49,",
    b"98,",
    b"\n",
    b"\r",
    b"0229",
    b"{",
    b"}",
    b"UNH+",
    b"'",
    b"ISA*",
    b"~",
    b"+++",
    b"^",
    b"!Type:Bank",
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [format, minutes, rest @ ..] = arguments.as_slice() else { return Err("usage: fuzz FORMAT MINUTES".into()) };
    let format: Format = format.parse()?;
    let minutes: f64 = minutes.parse()?;
    let seed = rest.first().map_or(Ok(1), |seed| seed.parse())?;
    let beginnings = beginnings(format, rest.get(1..).unwrap_or_default())?;
    std::panic::set_hook(Box::new(|_| {}));
    let (runs, worst) = run(format, &beginnings, seed, Duration::from_secs_f64(minutes * 60.0))?;
    writeln!(
        io::stdout(),
        "{format}: {runs} runs from {} files, most memory {worst:.1} times the input",
        beginnings.len()
    )?;
    Ok(())
}

fn beginnings(format: Format, folders: &[String]) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = here.join("../../../shared/corpora").join(format.as_str());
    let defaults = [corpus, here.join("tests/regressions")];
    let folders: Vec<PathBuf> =
        if folders.is_empty() { defaults.to_vec() } else { folders.iter().map(Into::into).collect() };
    let mut found = Vec::new();
    for entry in folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten() {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") && path.is_file() {
            found.push(fs::read(path)?);
        }
    }
    found.sort();
    if found.is_empty() { Err("there is no file to begin with".into()) } else { Ok(found) }
}

fn run(format: Format, beginnings: &[Vec<u8>], seed: u64, time: Duration) -> Result<(u64, f64), Box<dyn Error>> {
    let mut chance = StdRng::seed_from_u64(seed);
    let (start, mut runs, mut worst) = (Instant::now(), 0, 0.0_f64);
    while start.elapsed() < time {
        let mut input = beginnings[chance.random_range(0..beginnings.len())].clone();
        input.truncate(LARGEST);
        for _ in 0..chance.random_range(1..8) {
            mutate(&mut input, beginnings, &mut chance);
        }
        let before = PEAK.current_usage();
        PEAK.reset_peak_usage();
        let begun = Instant::now();
        let options = ParseOptions { format: Some(format), ..ParseOptions::default() };
        let outcome =
            catch_unwind(|| drop(parse(&input, &options).map(|parsed| bankfiles::fingerprints(&parsed.statements))));
        drop(catch_unwind(|| bankfiles::detect(&input)));
        let (took, used) = (begun.elapsed(), PEAK.peak_usage().saturating_sub(before));
        let what = match outcome {
            Err(_) => Some("panic"),
            Ok(()) if took > SLOW => Some("slow"),
            Ok(()) if used > 50 * input.len() + 64 * 1024 => Some("memory"),
            Ok(()) => None,
        };
        if let Some(what) = what {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions");
            fs::create_dir_all(&folder)?;
            let path = folder.join(format!("{format}-{what}-{seed}-{runs}"));
            fs::write(&path, &input)?;
            return Err(
                format!("{what}: {} ({} bytes, {used} bytes used, {took:?})", path.display(), input.len()).into()
            );
        }
        if input.len() > 4096 {
            worst = worst.max(used as f64 / input.len() as f64);
        }
        runs += 1;
    }
    Ok((runs, worst))
}

fn mutate(input: &mut Vec<u8>, beginnings: &[Vec<u8>], chance: &mut StdRng) {
    let at = chance.random_range(0..=input.len());
    let end = (at + chance.random_range(0..200)).min(input.len());
    match chance.random_range(0..9) {
        0 => drop(input.drain(at..end)),
        1 => input.truncate(at),
        2 => drop(input.splice(at..at, WORDS[chance.random_range(0..WORDS.len())].iter().copied())),
        3 if at < input.len() => input[at] = chance.random(),
        4 if at < input.len() => input[at] ^= 1 << chance.random_range(0..8),
        5 => {
            let piece = input[at..end].to_vec();
            for _ in 0..chance.random_range(1..20) {
                drop(input.splice(at..at, piece.iter().copied()));
            }
        }
        6 => {
            let other = &beginnings[chance.random_range(0..beginnings.len())];
            let from = chance.random_range(0..=other.len());
            let to = (from + chance.random_range(0..2000)).min(other.len());
            drop(input.splice(at..end, other[from..to].iter().copied()));
        }
        7 => drop(input.splice(at..end, WORDS[chance.random_range(0..WORDS.len())].iter().copied())),
        _ => input.extend_from_within(at..end),
    }
    input.truncate(LARGEST);
}
