//! Writing: a table of typed cells as CSV (RFC 4180) or as an Excel workbook.
//!
//! Text that a spreadsheet would run as a formula is disarmed with an apostrophe in CSV; reading takes the apostrophe
//! away again, so that what was exported comes back as it was. In a workbook text is text and needs no such guard.

use kernel::{Date, Decimal, Money};
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet};
use std::borrow::Cow;

/// The value of one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Empty,
    Text(String),
    Money(Money),
    Date(Date),
    Number(Decimal),
}

/// A column of a workbook.
#[derive(Debug, Clone)]
pub struct Column {
    pub title: String,
    pub kind: Kind,
}

/// How a column is shown and aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Money { decimals: u32 },
    Date,
    Number,
}

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("the table cannot be written as CSV: {0}")]
    Csv(#[from] csv::Error),
    #[error("the table cannot be written as a workbook: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    #[error("the table cannot be written: {0}")]
    Io(#[from] std::io::Error),
    #[error("a sheet has room for {limit} rows; write this table as CSV")]
    TooManyRows { limit: u32 },
}

/// Rows that fit below the header.
const SHEET_ROWS: u32 = 1_048_575;
/// The widest that a column is made by its contents.
const WIDEST: usize = 60;

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl From<Money> for Cell {
    fn from(amount: Money) -> Self {
        Self::Money(amount)
    }
}

impl From<Date> for Cell {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

impl From<Decimal> for Cell {
    fn from(number: Decimal) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl Cell {
    /// As it stands in a CSV file, before the guard.
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Money(amount) => Cow::Owned(amount.to_decimal().to_string()),
            Self::Date(date) => Cow::Owned(date.to_string()),
            Self::Number(number) => Cow::Owned(number.to_string()),
        }
    }
}

/// UTF-8, comma, CR LF. Amounts have a decimal point and no grouping.
pub fn csv(header: &[&str], rows: impl IntoIterator<Item = Vec<Cell>>) -> Result<Vec<u8>, WriteError> {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(header.iter().map(|name| guarded(name).into_owned()))?;
    for row in rows {
        for cell in &row {
            writer.write_field(guarded(&cell.text()).as_bytes())?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.into_inner().map_err(|error| WriteError::Io(error.into_error()))
}

/// Puts an apostrophe before text that a spreadsheet would calculate; numbers stay numbers.
fn guarded(text: &str) -> Cow<'_, str> {
    if is_formula(text.trim_start_matches('\'')) && !is_number(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Undoes `guarded`.
pub(crate) fn without_guard(cell: Cow<'_, str>) -> Cow<'_, str> {
    if !cell.starts_with('\'') || !is_formula(cell.trim_start_matches('\'')) {
        return cell;
    }
    match cell {
        Cow::Borrowed(text) => Cow::Borrowed(&text[1..]),
        Cow::Owned(text) => Cow::Owned(text[1..].to_owned()),
    }
}

fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(fraction)
}

/// One sheet with a bold, frozen header, real numbers and real dates. The same table gives the same bytes.
pub fn xlsx(sheet: &str, columns: &[Column], rows: impl IntoIterator<Item = Vec<Cell>>) -> Result<Vec<u8>, WriteError> {
    let mut book = Workbook::new();
    // Without a date of our own the library writes today's.
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    let page = book.add_worksheet();
    page.set_name(sheet_title(sheet))?;
    let mut widths: Vec<usize> = columns.iter().map(|column| column.title.chars().count() + 3).collect();
    write_header(page, columns)?;
    let formats: Vec<Format> = columns.iter().map(|column| column.kind.format()).collect();
    let mut line = 0;
    for row in rows {
        line += 1;
        if line > SHEET_ROWS {
            return Err(WriteError::TooManyRows { limit: SHEET_ROWS });
        }
        for ((place, cell), (format, width)) in (0_u16..).zip(&row).zip(formats.iter().zip(&mut widths)) {
            write_cell(page, (line, place), cell, format)?;
            *width = (*width).max(shown_width(cell)).min(WIDEST);
        }
    }
    for (place, width) in (0_u16..).zip(&widths) {
        page.set_column_width(place, u32::try_from(*width).unwrap_or(10))?;
    }
    if let Some(last) = u16::try_from(columns.len()).ok().and_then(|count| count.checked_sub(1)) {
        page.autofilter(0, 0, line, last)?;
    }
    Ok(book.save_to_buffer()?)
}

fn write_header(page: &mut Worksheet, columns: &[Column]) -> Result<(), WriteError> {
    let style =
        Format::new().set_bold().set_background_color(Color::RGB(0xE8_EEF4)).set_border_bottom(FormatBorder::Thin);
    for (place, column) in (0_u16..).zip(columns) {
        let right = matches!(column.kind, Kind::Money { .. } | Kind::Number);
        let style = if right { style.clone().set_align(FormatAlign::Right) } else { style.clone() };
        page.write_string_with_format(0, place, &column.title, &style)?;
    }
    page.set_freeze_panes(1, 0)?;
    Ok(())
}

fn write_cell(page: &mut Worksheet, (line, place): (u32, u16), cell: &Cell, format: &Format) -> Result<(), WriteError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            page.write_string_with_format(line, place, text, format)?;
        }
        Cell::Money(amount) => {
            page.write_number_with_format(line, place, nearest(amount.to_decimal()), format)?;
        }
        Cell::Number(number) => {
            page.write_number_with_format(line, place, nearest(*number), format)?;
        }
        Cell::Date(date) => write_date(page, (line, place), *date, format)?,
    }
    Ok(())
}

/// Excel's days begin in 1900; an earlier one is written as text.
fn write_date(page: &mut Worksheet, (line, place): (u32, u16), date: Date, format: &Format) -> Result<(), WriteError> {
    let part = |value: i8| u8::try_from(value).unwrap_or(1);
    let year = u16::try_from(date.year()).unwrap_or(0);
    if year < 1900 {
        page.write_string_with_format(line, place, date.to_string(), format)?;
        return Ok(());
    }
    let at = ExcelDateTime::from_ymd(year, part(date.month()), part(date.day()))?;
    page.write_datetime_with_format(line, place, &at, format)?;
    Ok(())
}

/// A workbook stores numbers as binary fractions: the one nearest to the decimal.
fn nearest(number: Decimal) -> f64 {
    number.to_string().parse().unwrap_or(f64::NAN)
}

impl Kind {
    fn format(self) -> Format {
        match self {
            Self::Text => Format::new().set_num_format("@"),
            Self::Money { decimals: 0 } => Format::new().set_num_format("#,##0"),
            Self::Money { decimals } => {
                Format::new().set_num_format(format!("#,##0.{}", "0".repeat(decimals as usize)))
            }
            Self::Date => Format::new().set_num_format("yyyy-mm-dd"),
            Self::Number => Format::new().set_num_format("General"),
        }
    }
}

fn shown_width(cell: &Cell) -> usize {
    let digits = cell.text().chars().count();
    // Room for the thousands separators and a little air.
    if matches!(cell, Cell::Money(_)) { digits + digits / 3 + 1 } else { digits + 1 }
}

/// Excel allows 31 characters and none of `[]:*?/\`, nor an apostrophe at either end.
fn sheet_title(name: &str) -> String {
    let plain = name.replace(['[', ']', ':', '*', '?', '/', '\\'], " ");
    let short: String = plain.trim().trim_matches('\'').chars().take(31).collect();
    let short = short.trim_end_matches('\'').trim();
    if short.is_empty() { "Table".to_owned() } else { short.to_owned() }
}
