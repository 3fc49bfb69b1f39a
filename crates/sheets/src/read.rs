//! Reading: options and limits, the table that comes out, and its rows.
//!
//! A table of text keeps no copy of its cells: rows borrow from the decoded file, and a cell is copied only where quotes
//! had to be undone. Short and long rows are handed out as they are; `Row::is_ragged` tells, and the reader decides.

use crate::{decode, fields::Fields, sniff, workbook};
use std::borrow::Cow;

/// How to read a file. Everything that is `None` is found out from the file.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    pub delimiter: Option<char>,
    /// A WHATWG label: `utf-8`, `windows-1252`, `iso-8859-1`, `utf-16le`, ...
    pub encoding: Option<String>,
    /// The sheet of a workbook; the first one otherwise.
    pub sheet: Option<String>,
    /// Lines before the header.
    pub skip_rows: usize,
    /// The sign with which a workbook's numbers are printed, so that they look like the typed ones beside them.
    pub decimal: char,
    pub limits: Limits,
}

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of the file, and of all the cells of a workbook together.
    pub bytes: usize,
    /// Of a workbook when its parts are unpacked.
    pub unpacked_bytes: usize,
    pub rows: usize,
    pub columns: usize,
    pub cell_bytes: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { delimiter: None, encoding: None, sheet: None, skip_rows: 0, decimal: '.', limits: Limits::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 512 << 20, unpacked_bytes: 1 << 30, rows: 5_000_000, columns: 1_000, cell_bytes: 32_767 }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    #[error("the file has {bytes} bytes; the limit is {limit}")]
    TooLarge { bytes: usize, limit: usize },
    #[error("the workbook unpacks to more than {limit} bytes")]
    Expands { limit: usize },
    #[error("the file has no header line")]
    Empty,
    #[error("the file is neither text nor an Excel workbook (.xlsx)")]
    NotText,
    #[error("this is an old Excel file (.xls); save it as .xlsx or as CSV")]
    OldWorkbook,
    #[error("`{0}` is not an encoding such as utf-8 or windows-1252")]
    UnknownEncoding(String),
    #[error("line {line} is not {encoding}; name another encoding, such as windows-1252")]
    Undecodable { line: u64, encoding: String },
    #[error("`{0}` cannot be a delimiter; use a comma, a semicolon, a tab or a bar")]
    Delimiter(char),
    #[error("the quote that opens on line {line} is never closed")]
    UnclosedQuote { line: u64 },
    #[error("the file has more than {limit} rows")]
    TooManyRows { limit: usize },
    #[error("line {line} has more than {limit} columns")]
    TooManyColumns { line: u64, limit: usize },
    #[error("line {line}, column {column}: the cell has more than {limit} bytes")]
    CellTooLong { line: u64, column: usize, limit: usize },
    #[error("there is no sheet `{name}`; the workbook has {sheets}")]
    NoSuchSheet { name: String, sheets: String },
    #[error("the workbook cannot be read: {0}")]
    Workbook(String),
}

/// One row: its cells as text and the line on which it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row<'t> {
    pub line: u64,
    pub cells: Vec<Cow<'t, str>>,
}

impl Row<'_> {
    /// The row has fewer or more cells than the header.
    pub fn is_ragged(&self, header: &[String]) -> bool {
        self.cells.len() != header.len()
    }

    /// The line on which the cell `index` begins; later than the row's own after a quoted line break.
    pub fn line_of(&self, index: usize) -> u64 {
        self.cells.iter().take(index).map(|cell| line_breaks(cell.as_bytes())).sum::<u64>() + self.line
    }
}

/// What a file holds: header names and rows.
#[derive(Debug)]
pub struct Table<'b> {
    /// Names as they stand, trimmed.
    pub header: Vec<String>,
    pub header_line: u64,
    /// The encoding that was found or given; `None` for a workbook.
    pub encoding: Option<&'static str>,
    /// The delimiter that was found or given; `None` for a workbook.
    pub delimiter: Option<char>,
    limits: Limits,
    body: Body<'b>,
}

#[derive(Debug)]
enum Body<'b> {
    Text { text: Cow<'b, str>, start: usize, first_line: u64, delimiter: u8 },
    Cells(workbook::Stored),
}

/// Reads the header of a file; the rows follow from `Table::rows`.
pub fn read<'b>(bytes: &'b [u8], options: &ReadOptions) -> Result<Table<'b>, SheetError> {
    let limit = options.limits.bytes;
    if bytes.len() > limit {
        return Err(SheetError::TooLarge { bytes: bytes.len(), limit });
    }
    match bytes {
        [b'P', b'K', 3, 4, ..] => read_workbook(bytes, options),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Err(SheetError::OldWorkbook),
        _ => read_text(bytes, options),
    }
}

fn read_text<'b>(bytes: &'b [u8], options: &ReadOptions) -> Result<Table<'b>, SheetError> {
    let (text, encoding) = decode::decode(bytes, options.encoding.as_deref())?;
    let (delimiter, announced) = match (options.delimiter, sniff::announced(&text)) {
        (None, Some(delimiter)) => (delimiter, 1),
        (None, None) => (sniff::delimiter(&text, options.skip_rows), 0),
        (Some(given), said) => (ascii_delimiter(given)?, usize::from(said.is_some())),
    };
    let mut fields = Fields::new(&text, delimiter, options.limits);
    fields.skip_lines(options.skip_rows + announced);
    let mut cells = Vec::new();
    let header_line = fields.next_row(&mut cells)?.ok_or(SheetError::Empty)?;
    let header = cells.iter().map(|name| name.trim().to_owned()).collect();
    let (start, first_line) = (fields.position(), fields.line());
    drop(cells);
    let body = Body::Text { text, start, first_line, delimiter };
    let delimiter = Some(char::from(delimiter));
    Ok(Table { header, header_line, encoding: Some(encoding), delimiter, limits: options.limits, body })
}

fn read_workbook<'b>(bytes: &'b [u8], options: &ReadOptions) -> Result<Table<'b>, SheetError> {
    let stored = workbook::load(bytes, options)?;
    let (header_line, names) = stored.row(0).ok_or(SheetError::Empty)?;
    let header: Vec<String> = names.map(|name| name.trim().to_owned()).collect();
    let limits = options.limits;
    Ok(Table { header, header_line, encoding: None, delimiter: None, limits, body: Body::Cells(stored) })
}

fn ascii_delimiter(given: char) -> Result<u8, SheetError> {
    let byte = u8::try_from(given).ok().filter(|byte| byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n' | 0));
    byte.ok_or(SheetError::Delimiter(given))
}

impl Table<'_> {
    /// The rows from the first on. Rows without any text are left out.
    pub fn rows(&self) -> Rows<'_> {
        let source = match &self.body {
            Body::Text { text, start, first_line, delimiter } => {
                Source::Text(Fields::at(text, *start, *first_line, (*delimiter, self.limits)))
            }
            Body::Cells(stored) => Source::Cells { stored, next: 1, columns: self.header.len() },
        };
        Rows { source, read: 0, limit: self.limits.rows, finished: false }
    }

    /// The size that `Rows::done` runs up to, for a progress bar.
    pub fn size(&self) -> u64 {
        match &self.body {
            Body::Text { text, .. } => text.len() as u64,
            Body::Cells(stored) => stored.rows() as u64,
        }
    }
}

/// The rows of a table. As an iterator it gives each row a vector of its own; `read_into` re-uses one.
#[derive(Debug)]
pub struct Rows<'t> {
    source: Source<'t>,
    read: usize,
    limit: usize,
    finished: bool,
}

#[derive(Debug)]
enum Source<'t> {
    Text(Fields<'t>),
    Cells { stored: &'t workbook::Stored, next: usize, columns: usize },
}

impl<'t> Rows<'t> {
    /// Reads the next row into `row`; false at the end. After an error there are no more rows.
    pub fn read_into(&mut self, row: &mut Row<'t>) -> Result<bool, SheetError> {
        if self.finished {
            return Ok(false);
        }
        let found = self.source.next_row(row);
        self.finished = !matches!(found, Ok(true));
        if found? {
            self.read += 1;
            if self.read > self.limit {
                self.finished = true;
                return Err(SheetError::TooManyRows { limit: self.limit });
            }
        }
        Ok(!self.finished)
    }

    /// How much of `Table::size` is behind us.
    pub fn done(&self) -> u64 {
        match &self.source {
            Source::Text(fields) => fields.position() as u64,
            Source::Cells { next, .. } => *next as u64,
        }
    }
}

impl<'t> Source<'t> {
    fn next_row(&mut self, row: &mut Row<'t>) -> Result<bool, SheetError> {
        row.cells.clear();
        match self {
            Self::Text(fields) => {
                let line = fields.next_row(&mut row.cells)?;
                row.line = line.unwrap_or(row.line);
                Ok(line.is_some())
            }
            Self::Cells { stored, next, columns } => {
                let Some((line, cells)) = stored.row(*next) else { return Ok(false) };
                *next += 1;
                row.line = line;
                row.cells.extend(cells.map(Cow::Borrowed));
                // A workbook does not store the empty cells at the end of a row.
                row.cells.resize(row.cells.len().max(*columns), Cow::Borrowed(""));
                Ok(true)
            }
        }
    }
}

impl<'t> Iterator for Rows<'t> {
    type Item = Result<Row<'t>, SheetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut row = Row::default();
        match self.read_into(&mut row) {
            Ok(true) => Some(Ok(row)),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

/// Line breaks as an editor counts them: LF, CR LF and a lone CR are one each.
pub(crate) fn line_breaks(text: &[u8]) -> u64 {
    let breaks = |at: usize| text[at] == b'\n' || (text[at] == b'\r' && text.get(at + 1) != Some(&b'\n'));
    (0..text.len()).filter(|&at| breaks(at)).count() as u64
}
