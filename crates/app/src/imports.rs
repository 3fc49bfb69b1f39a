//! Imports: a stranger's file becomes customers, products, invoices, payments or open items.
//!
//! `run` reads the file, checks every row, and does the whole import in one transaction. When a row is bad, or it is a
//! rehearsal, the transaction is taken back: what a preview shows is what the import would do, because it did it.
//! Rows carry their id in the source, so the same file again changes nothing.

mod customers;
mod invoices;
mod open_items;
mod parties;
mod payments;
mod products;

pub use store::imports::{ImportRow as LogRow, ImportSort};

use crate::{
    context::{App, Caller, Event, Work, new_id},
    error::{Error, Result},
    lists::{Page, Part},
};
use domain::{
    imports::{Header, ImportKind, ImportMap, ImportRow, Located, Parsed, Parser, Reject},
    users::Permission,
};
use kernel::{Date, ImportId};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{Db, Json, catalogue::ExternalIdRow};
use uuid::Uuid;

/// A file and what to do with it.
#[derive(Debug, Clone)]
pub struct Request {
    pub file_name: String,
    pub bytes: Vec<u8>,
    pub map: ImportMap,
    /// Name of the system that the ids come from; the map's when left out, else `file`.
    pub source: Option<String>,
    /// Do everything, then take it back.
    pub rehearse: bool,
    /// Take the good rows although others are bad.
    pub accept_good_rows: bool,
}

/// What came of a file.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Outcome {
    /// The entry in the list of imports; none when nothing was saved.
    pub id: Option<ImportId>,
    pub source: String,
    pub rows: usize,
    pub skipped: usize,
    pub created: usize,
    pub updated: usize,
    pub unchanged: usize,
    /// Payments that came along with invoices.
    pub payments: usize,
    /// Customers that came along with invoices, payments or open items.
    pub customers: usize,
    /// Rows that cannot be taken; one may be wrong in several cells.
    pub rejected: usize,
    #[serde(skip)]
    pub rejects: Vec<Reject>,
    pub ignored_columns: Vec<String>,
    pub saved: bool,
}

/// How far an import is, for a bar.
#[derive(Debug, Clone, Copy)]
pub enum Progress {
    Read { done: u64, of: u64 },
    Saved { done: usize, of: usize },
}

pub type Watch<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// Rows saved per batch: one round trip on PostgreSQL, a few whole statements on SQLite.
const BATCH: usize = 1_000;
/// Rejects kept with the log of an import; all of them are in the answer.
const LOGGED_REJECTS: usize = 1_000;
const MOST_BYTES: usize = 512 * 1024 * 1024;

type ReadRows<T> = (Vec<Located<T>>, Vec<&'static str>);

/// What keeps a row out: the cell and the reason.
#[derive(Debug, Clone)]
struct Fault {
    column: &'static str,
    value: String,
    reason: String,
}

impl Fault {
    fn new(column: &'static str, value: impl ToString, reason: impl ToString) -> Self {
        Self { column, value: value.to_string(), reason: reason.to_string() }
    }

    /// A day that has not come yet.
    fn future(column: &'static str, day: Date, today: Date) -> Self {
        Self::new(column, day, format!("{day} is in the future; today is {today}"))
    }
}

/// The state of one import.
struct Run<'a> {
    work: Work,
    source: String,
    outcome: Outcome,
    /// Fields that the file has.
    fields: Vec<&'static str>,
    watch: Watch<'a>,
    /// Indexes to be built again before the rows are committed.
    indexes: Vec<String>,
    /// Rows that were saved when the database was last told to count.
    counted: usize,
}

pub async fn run(app: &App, caller: &Caller, request: Request, watch: Watch<'_>) -> Result<Outcome> {
    if request.bytes.len() > MOST_BYTES {
        return Err(Error::field(
            "file",
            format!("the file has {} bytes; the limit is {MOST_BYTES}", request.bytes.len()),
        ));
    }
    let run = match request.map.kind {
        ImportKind::Customers => {
            let (mut run, rows) = Run::begin(app, caller, &request, watch).await?;
            customers::save(&mut run, rows).await?;
            run
        }
        ImportKind::Products => {
            let (mut run, rows) = Run::begin(app, caller, &request, watch).await?;
            products::save(&mut run, rows).await?;
            run
        }
        ImportKind::Invoices => {
            let (mut run, rows) = Run::begin(app, caller, &request, watch).await?;
            invoices::save(&mut run, rows).await?;
            run
        }
        ImportKind::Payments => {
            let (mut run, rows) = Run::begin(app, caller, &request, watch).await?;
            payments::save(&mut run, rows).await?;
            run
        }
        ImportKind::OpenItems => {
            let (mut run, rows) = Run::begin(app, caller, &request, watch).await?;
            open_items::save(&mut run, rows).await?;
            run
        }
    };
    run.finish(request, &app.db).await
}

/// The good rows of the file and the fields that it has; the other rows are rejects of the outcome.
fn read<T: ImportRow>(request: &Request, outcome: &mut Outcome, watch: Watch<'_>) -> Result<ReadRows<T>> {
    let map = &request.map;
    let options = sheets::ReadOptions {
        delimiter: map.delimiter,
        encoding: map.encoding.clone(),
        sheet: map.sheet.clone(),
        skip_rows: map.skip_rows,
        decimal: map.decimal,
        ..sheets::ReadOptions::default()
    };
    let table = sheets::read(&request.bytes, &options).map_err(|error| Error::field("file", error))?;
    let mut parser = Parser::<T>::new(map, Header { line: table.header_line, names: &table.header });
    let mut rows = table.rows();
    let mut row = sheets::Row::default();
    let mut count = 0_usize;
    while rows.read_into(&mut row).map_err(|error| Error::field("file", error))? {
        parser.push(row.line, &row.cells);
        count += 1;
        if count.is_multiple_of(4_096) {
            watch(Progress::Read { done: rows.done(), of: table.size() });
        }
    }
    let Parsed { good, rejects, rows, skipped, ignored_columns, fields } = parser.finish();
    outcome.rows = rows;
    outcome.skipped = skipped;
    outcome.ignored_columns = ignored_columns;
    outcome.rejects = rejects;
    Ok((good, fields))
}

impl<'a> Run<'a> {
    /// Reads the file before the transaction begins: on SQLite nobody else writes while it lasts.
    async fn begin<T: ImportRow>(
        app: &App,
        caller: &Caller,
        request: &Request,
        watch: Watch<'a>,
    ) -> Result<(Self, Vec<Located<T>>)> {
        caller.may(Permission::RunImports)?;
        let source = request.source.clone().or_else(|| request.map.source.clone()).unwrap_or_else(|| "file".to_owned());
        let mut outcome = Outcome { source: source.clone(), ..Outcome::default() };
        let (rows, fields) = read(request, &mut outcome, watch)?;
        let work = app.work(caller, Permission::RunImports).await?;
        Ok((Run { work, source, outcome, fields, watch, indexes: Vec::new(), counted: 0 }, rows))
    }

    /// After each batch: says how far the import is, and keeps the database's plans in step as its tables grow.
    async fn saved(&mut self, done: usize, of: usize) -> Result<()> {
        (self.watch)(Progress::Saved { done, of });
        if done < of && done >= 4 * self.counted {
            self.counted = done;
            store::imports::count_again(&mut self.work.tx).await?;
        }
        Ok(())
    }

    fn reject(&mut self, line: u64, column: &str, value: impl Into<String>, reason: impl ToString) {
        let (column, value) = (column.to_owned(), value.into());
        self.outcome.rejects.push(Reject { line, column, value, reason: reason.to_string() });
    }

    fn refuse(&mut self, line: u64, fault: Fault) {
        self.reject(line, fault.column, fault.value, fault.reason);
    }

    fn external(&self, kind: &str, external_id: &str, record_id: Uuid, fingerprint: String) -> ExternalIdRow {
        ExternalIdRow {
            company_id: self.work.company_id(),
            source: self.source.clone(),
            kind: kind.to_owned(),
            external_id: external_id.to_owned(),
            record_id,
            fingerprint,
        }
    }

    /// Saves or takes everything back.
    async fn finish(mut self, request: Request, db: &Db) -> Result<Outcome> {
        self.outcome.rejects.sort_by_key(|reject| reject.line);
        self.outcome.rejected = self.outcome.rejects.chunk_by(|one, other| one.line == other.line).count();
        let changed = self.outcome.created + self.outcome.updated + self.outcome.payments + self.outcome.customers > 0;
        let refused = !self.outcome.rejects.is_empty() && !request.accept_good_rows;
        if request.rehearse || refused || !changed {
            self.work.tx.rollback().await?;
            return Ok(self.outcome);
        }
        self.work.flush().await?;
        let is_large = !self.indexes.is_empty();
        store::imports::end_large(&mut self.work.tx, std::mem::take(&mut self.indexes)).await?;
        let id = self.log(&request);
        self.outcome.id = Some(id);
        self.outcome.saved = true;
        self.work.commit().await?;
        if is_large {
            let db = db.clone();
            // Nobody depends on it: what is left in the log is in the database all the same.
            tokio::spawn(async move { db.settle().await });
        }
        Ok(self.outcome)
    }

    fn log(&mut self, request: &Request) -> ImportId {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let id = new_id::<ImportId>();
        let outcome = &self.outcome;
        let rejects: Vec<[String; 4]> = outcome.rejects.iter().take(LOGGED_REJECTS).map(Reject::cells).collect();
        let kind = request.map.kind;
        let row = LogRow {
            company_id: self.work.company_id(),
            id,
            kind,
            source: self.source.clone(),
            file_name: request.file_name.clone(),
            file_digest: hex::encode(Sha256::digest(&request.bytes)),
            rows: count(outcome.rows),
            created: count(outcome.created + outcome.updated),
            unchanged: count(outcome.unchanged),
            rejected: count(outcome.rejected),
            rejects: Json(json!(rejects)),
            recorded_at: self.work.now,
            recorded_by: self.work.actor.name(),
        };
        let summary = format!(
            "{} {kind} were taken over from {} ({} rows, {} rejected)",
            row.created, row.file_name, row.rows, row.rejected
        );
        let after = Some(json!({"source": row.source, "digest": row.file_digest, "created": row.created}));
        self.work.save(&[row]);
        let (action, subject_kind) = ("import.done", "import");
        self.work.record(Event { action, subject_kind, subject_id: id.0, summary, after, ..Event::default() });
        id
    }
}

/// What a row was made from, so that a changed row is told from the same one.
fn fingerprint(parts: &impl std::fmt::Debug) -> String {
    hex::encode(&Sha256::digest(format!("{parts:?}"))[..16])
}

/// A page of the company's imports.
pub async fn list(app: &App, caller: &Caller, sort: ImportSort, part: &Part) -> Result<Page<LogRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, size) = (work.company_id(), part.size());
    let after = part.place(sort.as_str(), sort.order())?;
    let rows = store::imports::list(&mut work.tx, company, sort, after.as_ref(), size + 1).await?;
    Ok(Page::sorted(rows, size, sort.as_str(), |row| (sort.key(row), row.id.0)))
}

/// One import with its rejects.
pub async fn show(app: &App, caller: &Caller, id: ImportId) -> Result<LogRow> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    store::imports::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("import"))
}
