//! Tables in and out: CSV in any delimiter and encoding, and Excel workbooks.
//!
//! A cell is text with a place (line as an editor shows it, column number, header); what the text means is not known
//! here. `read` looks at the first bytes to tell a workbook from text, then decodes, sniffs the delimiter and hands out
//! rows that borrow from the file. `csv` and `xlsx` write a table of typed cells. Sizes are limited everywhere, because
//! the files come from strangers.

mod decode;
mod fields;
mod read;
mod sniff;
mod workbook;
mod write;

pub use read::{Limits, ReadOptions, Row, Rows, SheetError, Table, read};
pub use write::{Cell, Column, Kind, WriteError, csv, xlsx};
