//! How the dates of a file are written, found from its cells.

use super::{cells, mostly};

const DATES: [&str; 8] =
    ["YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "YYYYMMDD", "DDMMYYYY", "DDMMYY", "YYMMDD"];

/// The format that reads the most cells; where day and month can change places, the one that puts the rows in order and
/// close together, and behind a slash the American one. A file without lines has no dates to go by.
pub(super) fn date_format(cells: &[&str]) -> Option<String> {
    // A word where a date would be stands in a sum below the lines or in a line that is not booked yet.
    let is_dated = |cell: &&str| cell.bytes().any(|b| b.is_ascii_digit());
    let filled: Vec<_> = cells.iter().copied().filter(is_dated).collect();
    if filled.is_empty() && cells.iter().any(|cell| !cell.is_empty()) {
        return None;
    }
    let slashed = filled.iter().any(|cell| cell.contains('/'));
    let usual = |format: &&&str| {
        if slashed { !format.contains('.') } else { !format.contains('/') || **format == "MM/DD/YYYY" }
    };
    let read = |format: &str| filled.iter().filter(|cell| plausible(cell, format)).count();
    let found: Vec<_> = DATES.iter().filter(usual).filter(|format| mostly(read(format), filled.len())).collect();
    let most = found.iter().map(|format| read(format)).max()?;
    let found: Vec<_> = found.into_iter().filter(|format| read(format) == most).collect();
    let swapped =
        found.contains(&&"MM/DD/YYYY") && found.iter().any(|format| format.starts_with("DD") && format.len() == 10);
    if swapped && slashed {
        let best = ["MM/DD/YYYY", "DD/MM/YYYY"].into_iter().min_by_key(|format| spread(&filled, format))?;
        return Some(best.to_owned());
    }
    found.first().map(|format| (**format).to_owned())
}

/// Changes of direction, then days from the first to the last.
fn spread(cells: &[&str], format: &str) -> (usize, i64) {
    let days: Vec<_> = cells.iter().filter_map(|cell| cells::date(cell, format)).collect();
    let up = days.windows(2).filter(|pair| pair[1] > pair[0]).count();
    let down = days.windows(2).filter(|pair| pair[1] < pair[0]).count();
    let (first, last) = (days.iter().min(), days.iter().max());
    (up.min(down), first.zip(last).map_or(0, |(first, last)| last.days_since(*first)))
}

/// Days written in two ways in one column are of rows that are not of one kind.
pub(super) fn are_mixed(cells: &[&str]) -> bool {
    let [iso, european] = ["YYYY-MM-DD", "DD.MM.YYYY"];
    let read = |format: &str| cells.iter().filter(|cell| cell.len() == 10 && plausible(cell, format)).count();
    let (year_first, day_first) = (read(iso), read(european));
    year_first > 0 && day_first > 0 && year_first + day_first == cells.len()
}

/// A year first has four digits.
fn plausible(cell: &str, format: &str) -> bool {
    let Some(date) = cells::date(cell, format) else { return false };
    let first = cell.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty()).unwrap_or_default();
    let year_first = format.starts_with("YYYY");
    (1970..2100).contains(&date.year()) && (first.len() >= 4) == (year_first || first.len() >= 6)
}
