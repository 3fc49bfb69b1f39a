//! The one pass over a file: header to slots, rows to typed rows, documents put together, duplicates found.
//!
//! A row with a bad cell is not taken; a document of several rows is taken whole or not at all. Of two rows with the
//! same key the first stands.

use super::{
    ImportKind, ImportMap,
    columns::Columns,
    reading::{Formats, Reading, Slot},
};
use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
};

/// The names of a file's columns and the line on which they stand.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    pub line: u64,
    pub names: &'a [String],
}

/// A row and the line on which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    pub line: u64,
    pub row: T,
}

/// One thing that keeps a row out, where it stands and what would help.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Reject {
    pub line: u64,
    /// The header's name; empty when the row as a whole is meant.
    pub column: String,
    pub value: String,
    pub reason: String,
}

impl Reject {
    pub const HEADER: [&'static str; 4] = ["line", "column", "value", "reason"];

    /// A row for the file of rejects.
    pub fn cells(&self) -> [String; 4] {
        [self.line.to_string(), self.column.clone(), self.value.clone(), self.reason.clone()]
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed<T> {
    pub good: Vec<Located<T>>,
    /// By line.
    pub rejects: Vec<Reject>,
    /// Rows of the file below the header.
    pub rows: usize,
    /// Rows that the map file's `skip` passed over.
    pub skipped: usize,
    /// Columns that no field takes.
    pub ignored_columns: Vec<String>,
    /// Fields that get their values from a column, a default or a constant.
    pub fields: Vec<&'static str>,
}

/// What a row of one kind is made of. Fields are numbered in the order of `fields`.
pub trait ImportRow: Sized {
    const KIND: ImportKind;
    /// The clerk's word for one of them.
    const THING: &'static str;
    /// Fields that name a row; the first filled one counts.
    const KEY: &'static [usize];
    /// Of each group at least one field needs a column, a default or a constant.
    const NEEDS: &'static [&'static [usize]];
    /// Fields that differ from row to row of one document. When one is mapped, rows with the same key belong together.
    const LINES: &'static [usize] = &[];

    fn fields() -> Vec<&'static str>;
    fn read(reading: &mut Reading<'_>) -> Option<Self>;
    /// The first field outside the lines in which two rows of the same key differ.
    fn difference(&self, other: &Self) -> Option<&'static str>;
    /// Takes over the lines of a further row of the same document; the line number of an identical one otherwise.
    fn join(&mut self, _other: Self) -> Result<(), JoinRefusal> {
        Ok(())
    }
    /// What is wrong with the whole, once all its rows are there: the field and the sentence.
    fn fault(&self) -> Option<(usize, String)> {
        None
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinRefusal {
    /// The same line stands on this line of the file already.
    Identical(u64),
    TooMany(usize),
}

/// Goes through all rows.
pub fn parse<'a, T: ImportRow>(
    map: &ImportMap,
    header: Header<'_>,
    rows: impl IntoIterator<Item = (u64, Vec<Cow<'a, str>>)>,
) -> Parsed<T> {
    let mut parser = Parser::new(map, header);
    for (line, cells) in rows {
        parser.push(line, &cells);
    }
    parser.finish()
}

/// Takes rows one by one, so that a long file is never held whole.
#[derive(Debug)]
pub struct Parser<T> {
    slots: Vec<Slot>,
    formats: Formats,
    skips: Vec<(usize, Vec<String>)>,
    columns: usize,
    /// Rows with the same key are one document.
    joins: bool,
    /// Rows without a key go on with the one above.
    continues: bool,
    above: Option<Above>,
    /// The header is no good: rows are counted only.
    blocked: bool,
    documents: Vec<Document<T>>,
    by_key: HashMap<String, usize>,
    parsed: Parsed<T>,
}

/// The last row that had a key.
#[derive(Debug)]
struct Above {
    key: String,
    values: Vec<String>,
    skipped: bool,
}

#[derive(Debug)]
struct Document<T> {
    /// The first row, good or not.
    line: u64,
    row: Option<T>,
    good_line: Option<u64>,
    bad_line: Option<u64>,
}

impl<T: ImportRow> Parser<T> {
    pub fn new(map: &ImportMap, header: Header<'_>) -> Self {
        let mut columns = Columns { map, header, rejects: Vec::new() };
        let slots: Vec<Slot> =
            T::fields().into_iter().enumerate().map(|at| columns.slot(at.1, T::LINES.contains(&at.0))).collect();
        columns.check_needs(&slots, T::NEEDS);
        let skips = columns.skips();
        let used = |at: usize| slots.iter().any(|slot| slot.columns.contains(&at));
        let ignored = header.names.iter().enumerate().filter(|&(at, _)| !used(at)).map(|(_, name)| name.clone());
        let (rejects, ignored_columns) = (columns.rejects, ignored.collect());
        let fields = slots.iter().filter(|slot| slot.is_mapped()).map(|slot| slot.field).collect();
        Self {
            joins: T::LINES.iter().any(|&field| slots[field].is_mapped()),
            slots,
            formats: Formats { numbers: map.numbers(), dates: map.dates() },
            skips,
            columns: header.names.len(),
            continues: map.continued_rows,
            above: None,
            blocked: !rejects.is_empty(),
            documents: Vec::new(),
            by_key: HashMap::new(),
            parsed: Parsed { good: Vec::new(), rejects, rows: 0, skipped: 0, ignored_columns, fields },
        }
    }

    /// Takes the row that begins on `line`.
    pub fn push(&mut self, line: u64, cells: &[Cow<'_, str>]) {
        self.parsed.rows += 1;
        if self.blocked {
            return;
        }
        let key = T::KEY.iter().map(|&field| self.slots[field].value(cells)).find(|key| !key.is_empty());
        let key = key.map(Cow::into_owned);
        let goes_on = key.is_none() && self.above.is_some();
        let skipped = match &self.above {
            Some(above) if goes_on => above.skipped,
            _ => self.is_to_skip(cells),
        };
        if let Some(key) = key.as_ref().filter(|_| self.continues) {
            let values = self.slots.iter().map(|slot| slot.value(cells).into_owned()).collect();
            self.above = Some(Above { key: key.clone(), values, skipped });
        }
        if skipped {
            self.parsed.skipped += 1;
            return;
        }
        let row = self.read(line, cells, goes_on);
        if let Some(key) = key.or_else(|| Some(self.above.as_ref()?.key.clone())) {
            self.keep(line, key, row);
        }
    }

    fn is_to_skip(&self, cells: &[Cow<'_, str>]) -> bool {
        let says = |column: usize, values: &[String]| {
            cells.get(column).is_some_and(|cell| values.iter().any(|value| value == cell.trim()))
        };
        self.skips.iter().any(|(column, values)| says(*column, values))
    }

    fn read(&mut self, line: u64, cells: &[Cow<'_, str>], goes_on: bool) -> Option<T> {
        if cells.len() != self.columns {
            let reason = format!("the row has {} cells, the header has {}", cells.len(), self.columns);
            self.parsed.rejects.push(Reject { line, column: String::new(), value: String::new(), reason });
            return None;
        }
        let carried = self.above.as_ref().filter(|_| goes_on).map(|above| &above.values[..]);
        let (slots, formats, rejects) = (&self.slots[..], &self.formats, &mut self.parsed.rejects);
        let mut reading = Reading { line, cells, slots, formats, carried, rejects, failed: false };
        T::read(&mut reading).filter(|_| !reading.failed)
    }

    fn keep(&mut self, line: u64, key: String, row: Option<T>) {
        let (good_line, bad_line) = (row.as_ref().map(|_| line), row.is_none().then_some(line));
        let known = match self.by_key.entry(key) {
            Entry::Occupied(known) => known,
            Entry::Vacant(new) => {
                new.insert(self.documents.len());
                self.documents.push(Document { line, row, good_line, bad_line });
                return;
            }
        };
        let (at, key) = (*known.get(), row.is_some().then(|| known.key().clone()));
        let reason = row.and_then(|row| self.refusal(at, row));
        let document = &mut self.documents[at];
        document.bad_line = document.bad_line.or(bad_line).or(reason.as_ref().map(|_| line));
        document.good_line = document.good_line.or(good_line);
        if let (Some(key), Some(reason)) = (key, reason) {
            self.reject_key(line, key, reason);
        }
    }

    /// Why `row` cannot stand beside the earlier row with its key. A row that can has been joined to it.
    fn refusal(&mut self, at: usize, row: T) -> Option<String> {
        let key = self.key_field();
        let Document { line, row: first, .. } = &mut self.documents[at];
        let Some(first) = first else {
            return (!self.joins).then(|| format!("the same {key} stands on line {line}, which is rejected"));
        };
        match first.difference(&row) {
            Some(field) => Some(format!("the same {key} stands on line {line} with another {field}")),
            None if self.joins => match first.join(row).err()? {
                JoinRefusal::Identical(line) => Some(format!("this row stands on line {line} already")),
                JoinRefusal::TooMany(limit) => Some(format!("one {} can have at most {limit} lines", T::THING)),
            },
            None => Some(format!("this row stands on line {line} already")),
        }
    }

    fn key_slot(&self) -> &Slot {
        T::KEY.iter().map(|&field| &self.slots[field]).find(|slot| slot.is_mapped()).unwrap_or(&self.slots[0])
    }

    fn key_field(&self) -> &'static str {
        self.key_slot().field
    }

    fn reject_key(&mut self, line: u64, key: String, reason: String) {
        let column = self.key_slot().title.clone();
        self.parsed.rejects.push(Reject { line, column, value: key, reason });
    }

    /// The rows that can be taken, and everything that keeps the others out.
    pub fn finish(mut self) -> Parsed<T> {
        if self.joins {
            self.reject_torn_documents();
        }
        let (joins, slots, rejects) = (self.joins, &self.slots, &mut self.parsed.rejects);
        let take = |Document { line, row, bad_line, .. }: Document<T>| {
            let row = row.filter(|_| bad_line.is_none() || !joins)?;
            let Some((field, reason)) = row.fault() else { return Some(Located { line, row }) };
            let column = slots[field].title.clone();
            rejects.push(Reject { line, column, value: String::new(), reason });
            None
        };
        self.parsed.good = self.documents.into_iter().filter_map(take).collect();
        self.parsed.rejects.sort_by_key(|reject| reject.line);
        self.parsed
    }

    /// Good rows of a document that has a bad one are told too, once for each document.
    fn reject_torn_documents(&mut self) {
        for (key, at) in std::mem::take(&mut self.by_key) {
            let Document { good_line: Some(line), bad_line: Some(bad), .. } = self.documents[at] else { continue };
            let thing = T::THING;
            let reason =
                format!("line {bad} of the same {thing} is rejected; the {thing} is taken whole or not at all");
            self.reject_key(line, key, reason);
        }
    }
}
