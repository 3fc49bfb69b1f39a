//! Feeds damaged bank files to the readers and keeps what makes one panic, hang or swell.
//!
//! `cargo run --release -p bankfiles --example fuzz -- SECONDS [FORMAT..]` takes the shared corpus and the kept inputs as
//! seeds, and damages them, for so many seconds of processor time each, by a generator that starts the same way every time.
//! What it finds goes to `tests/regressions`, named after the format, where `tests/regressions.rs` reads it for ever.
//! `remittance` and `references` are formats here too. A third kind of argument, `from=N`, starts the generator elsewhere.

use bankfiles::{Format, ParseOptions, references, remittance, table};
use peak_alloc::PeakAlloc;
use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Times the input, beside what every call takes.
const GREEDY: usize = 50;
const BESIDE: usize = 256 * 1024;
const SLOW: Duration = Duration::from_secs(2);
const LONGEST: usize = 64 * 1024;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(seconds) = arguments.next().and_then(|seconds| seconds.parse().ok()) else {
        eprintln!("usage: fuzz SECONDS [FORMAT..]");
        return ExitCode::from(2);
    };
    let mut wanted: Vec<String> = arguments.collect();
    let from = wanted.iter().find_map(|word| word.strip_prefix("from=")?.parse().ok()).unwrap_or(7);
    wanted.retain(|word| !word.starts_with("from="));
    std::panic::set_hook(Box::new(|_| {}));
    let mut found = 0;
    for (format, seeds) in seeds() {
        if wanted.is_empty() || wanted.contains(&format) {
            found += fuzz(&format, &seeds, (from, Duration::from_secs(seconds)));
        }
    }
    if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn regressions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions")
}

/// The files of the corpus by the reader that they are for.
fn seeds() -> BTreeMap<String, Vec<Vec<u8>>> {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    let mut seeds: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    let folders = Format::ALL.iter().map(|format| (format.as_str(), format.as_str()));
    let others = [("x12-820", "remittance"), ("edifact-remadv", "remittance"), ("references", "references")];
    for (folder, format) in folders.chain(others) {
        let of_format = seeds.entry(format.to_owned()).or_default();
        of_format.extend(files(&corpora.join(folder)).into_iter().filter(|bytes| bytes.len() <= LONGEST));
    }
    for (format, of_format) in &mut seeds {
        let entries = fs::read_dir(regressions()).into_iter().flatten().flatten();
        let kept = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&format!("{format}-")));
        of_format.extend(kept.filter_map(|entry| fs::read(entry.path()).ok()));
        of_format.push(b"\n".to_vec());
    }
    seeds
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_none_or(|end| end != "json")).collect();
    paths.sort();
    paths.iter().filter_map(|path| fs::read(path).ok()).collect()
}

/// Inputs that were kept.
fn fuzz(format: &str, seeds: &[Vec<u8>], (from, time): (u64, Duration)) -> usize {
    let mut chance = Chance::of(format, from);
    let (began, mut runs, mut found, mut most) = (Instant::now(), 0_u64, 0, 0);
    let start = processor_time(began);
    while processor_time(began).saturating_sub(start) < time {
        let input = damaged(seeds, &mut chance);
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let began = Instant::now();
        let panicked = std::panic::catch_unwind(|| read(format, &input)).is_err();
        let used = MEMORY.peak_usage().saturating_sub(before);
        let is_slow = began.elapsed() > SLOW && is_always_slow(format, &input);
        let is_greedy = used > GREEDY * input.len() + BESIDE;
        if let Some(why) = [(panicked, "panic"), (is_slow, "slow"), (is_greedy, "greedy")].into_iter().find(|why| why.0)
        {
            keep(format, &input, why.1);
            found += 1;
        }
        if input.len() > BESIDE / GREEDY {
            most = most.max(used / input.len());
        }
        runs += 1;
    }
    eprintln!(
        "{format}: {runs} inputs from {} seeds, {found} kept, memory {most} times the input and {} KiB in all at most",
        seeds.len(),
        most_memory_kib()
    );
    found
}

/// By the processor's time: a machine that is busy or stands still makes nothing slow.
fn is_always_slow(format: &str, input: &[u8]) -> bool {
    (0..3).all(|_| {
        let (began, before) = (Instant::now(), processor_time(Instant::now()));
        drop(std::panic::catch_unwind(|| read(format, input)));
        processor_time(began).saturating_sub(before) > SLOW
    })
}

fn read(format: &str, input: &[u8]) {
    match format {
        "remittance" => drop(remittance::parse(input)),
        "references" => {
            let text = String::from_utf8_lossy(input);
            for country in [None, Some("BE"), Some("FI"), Some("NO")] {
                drop(references::find(&text, country));
            }
        }
        format => {
            let options = ParseOptions { format: format.parse().ok(), ..ParseOptions::default() };
            drop(bankfiles::parse(input, &options));
            let _ = bankfiles::detect(input);
            if format == "bankcsv" {
                drop(table::propose(input));
            }
        }
    }
}

fn keep(format: &str, input: &[u8], why: &str) {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let path = regressions().join(format!("{format}-{why}-{:016x}", hasher.finish()));
    let kept = fs::create_dir_all(regressions()).and_then(|()| fs::write(&path, input));
    eprintln!("{format}: {why} with {} bytes, kept as {} ({kept:?})", input.len(), path.display());
}

/// What this thread used of a processor, as Linux counts it: a busy machine makes no run shorter.
fn processor_time(began: Instant) -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|number| number.parse().ok());
    nanoseconds.map_or_else(|| began.elapsed(), Duration::from_nanos)
}

/// The most that the process ever had, as Linux counts it; 0 elsewhere.
fn most_memory_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// A seed with one to eight pieces of damage.
fn damaged(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = seeds[chance.below(seeds.len())].clone();
    for _ in 0..=chance.below(8) {
        damage(&mut bytes, seeds, chance);
    }
    bytes.truncate(LONGEST);
    bytes
}

const PIECES: [&[u8]; 18] = [
    b"",
    b"\n",
    b"\r\n",
    b"/",
    b",",
    b"'",
    b"~",
    b"*",
    b"9999999999999999999",
    b"-",
    b"00000000",
    b"\xff\xfe",
    b"\xc3\xa9",
    b"\0",
    b"88,",
    b"0",
    b" ",
    b"\xef\xbb\xbf",
];

fn damage(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], chance: &mut Chance) {
    let at = chance.below(bytes.len() + 1);
    let end = (at + chance.below(40)).min(bytes.len());
    match chance.below(9) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
        3 => drop(bytes.splice(at..end, PIECES[chance.below(PIECES.len())].to_vec())),
        4 => {
            let other = &seeds[chance.below(seeds.len())];
            let from = chance.below(other.len() + 1);
            let piece = other[from..(from + chance.below(400)).min(other.len())].to_vec();
            drop(bytes.splice(at..at, piece));
        }
        5 => drop(bytes.splice(at..at, vec![bytes.get(at).copied().unwrap_or(b'9'); chance.below(300)])),
        6 => swap_lines(bytes, chance),
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = u8::try_from(chance.below(256)).unwrap_or(0);
            }
        }
    }
}

fn swap_lines(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    if !lines.is_empty() {
        let (first, second) = (chance.below(lines.len()), chance.below(lines.len()));
        lines.swap(first, second);
        *bytes = lines.concat();
    }
}

/// The same numbers in the same order for the same format (splitmix64).
struct Chance(u64);

impl Chance {
    fn of(format: &str, from: u64) -> Self {
        Self(format.bytes().fold(from, |seed: u64, b| seed.wrapping_mul(31).wrapping_add(u64::from(b))))
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % (limit.max(1) as u64)).unwrap_or(0)
    }
}
