//! Bank files in, bank lines and remittance advices out.

use super::{
    auth::Api,
    extract::{Json, Path, Query, too_large},
    problem::{ApiResult, Problem},
    schema::{Limit, Made, Page, Paging, size},
};
use crate::server::Site;
use app::{
    bank::{
        self, AdviceView, BankFileRow, BankFileView, BankLineRow, BankTableRow, FileFilter, KeepTable, LineFilter,
        LineSort, LineSummary, ReceiveFile, Received,
    },
    desk::Decided,
    lists::{Cursor, Part},
    receiving::{self, Arrival},
};
use axum::{
    extract::{FromRequest, Multipart, Request as HttpRequest},
    http::StatusCode,
};
use domain::bank::{AdviceLine, Exception, LineState};
use kernel::{
    AdviceId, BankAccountId, BankFileId, BankLineId, BankStatementId, BankTableId, Currency, Date, Money, Timestamp,
    UserId,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(files, receive))
        .routes(routes!(file))
        .routes(routes!(lines))
        .routes(routes!(line))
        .routes(routes!(advices))
        .routes(routes!(advice))
        .routes(routes!(tables, keep_table))
}

/// A file that a bank sent.
#[derive(Serialize, ToSchema)]
struct BankFile {
    id: BankFileId,
    name: String,
    /// SHA-256 of its bytes.
    digest: String,
    format: String,
    bytes: i64,
    statements: i64,
    lines: i64,
    new_lines: i64,
    /// Lines that an earlier file had brought.
    known_lines: i64,
    received_at: Timestamp,
    received_by: String,
}

impl From<BankFileRow> for BankFile {
    fn from(row: BankFileRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            digest: row.digest,
            format: row.format,
            bytes: row.bytes,
            statements: row.statements,
            lines: row.lines,
            new_lines: row.new_lines,
            known_lines: row.known_lines,
            received_at: row.received_at,
            received_by: row.received_by,
        }
    }
}

/// A file with its statements.
#[derive(Serialize, ToSchema)]
struct BankFileDetail {
    file: BankFile,
    statements: Vec<BankStatement>,
    /// What concerns the file as a whole.
    warnings: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct BankStatement {
    /// Absent in a rehearsal.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<BankStatementId>,
    bank_account: BankAccountId,
    bank_account_name: String,
    number: Option<String>,
    currency: Currency,
    opens_on: Option<Date>,
    closes_on: Option<Date>,
    opening: Option<Money>,
    closing: Option<Money>,
    lines: usize,
    new_lines: usize,
    /// What does not add up.
    warnings: Vec<String>,
}

impl From<BankFileView> for BankFileDetail {
    fn from(view: BankFileView) -> Self {
        let count = |number: i64| usize::try_from(number).unwrap_or_default();
        let statement = |(row, account, warnings): (bank::BankStatementRow, _, Vec<String>)| {
            let account: app::bank::BankAccountRow = account;
            let money = |minor: Option<i64>| minor.map(|minor| Money::new(minor, row.currency));
            BankStatement {
                id: Some(row.id),
                bank_account: row.bank_account_id,
                bank_account_name: account.name,
                number: row.number.clone(),
                currency: row.currency,
                opens_on: row.opens_on,
                closes_on: row.closes_on,
                opening: money(row.opening_minor),
                closing: money(row.closing_minor),
                lines: count(row.lines),
                new_lines: count(row.new_lines),
                warnings,
            }
        };
        Self {
            statements: view.statements.into_iter().map(statement).collect(),
            warnings: view.warnings,
            file: view.file.into(),
        }
    }
}

/// One movement of a bank account, or one payment of a batch.
#[derive(Serialize, ToSchema)]
struct BankLine {
    id: BankLineId,
    file: BankFileId,
    statement: BankStatementId,
    bank_account: BankAccountId,
    /// Equal for the same line in another file.
    fingerprint: String,
    /// 0 for the whole line, 1 and on for the payments of a batch.
    part: i64,
    /// The line of the file.
    place: i64,
    booked_on: Option<Date>,
    value_on: Date,
    /// False while it is only announced.
    is_booked: bool,
    /// Negative: money out.
    money: Money,
    /// What the payer sent, where it is not what arrived.
    instructed: Option<Money>,
    /// What the bank took before it arrived.
    charges: Money,
    payer_name: Option<String>,
    payer_account: Option<String>,
    text: String,
    /// A reference whose check digits fit.
    structured_reference: Option<String>,
    end_to_end_id: Option<String>,
    mandate_id: Option<String>,
    bank_reference: Option<String>,
    code: Option<String>,
    return_reason: Option<String>,
    is_return: bool,
    state: LineState,
    /// Why it needs a person, or why it was set aside.
    exception: Option<Exception>,
    owner: Option<UserId>,
    note: Option<String>,
    due_at: Option<Timestamp>,
    received_at: Timestamp,
    decided_at: Option<Timestamp>,
    posted_at: Option<Timestamp>,
    version: i64,
}

impl From<BankLineRow> for BankLine {
    fn from(row: BankLineRow) -> Self {
        let money = |minor| Money::new(minor, row.currency);
        Self {
            money: money(row.amount_minor),
            charges: money(row.charges_minor),
            instructed: row.instructed_minor.zip(row.instructed_currency).map(|(minor, code)| Money::new(minor, code)),
            id: row.id,
            file: row.file_id,
            statement: row.statement_id,
            bank_account: row.bank_account_id,
            fingerprint: row.fingerprint,
            part: row.part,
            place: row.place,
            booked_on: row.booked_on,
            value_on: row.value_on,
            is_booked: row.is_booked,
            payer_name: row.payer_name,
            payer_account: row.payer_account,
            text: row.text,
            structured_reference: row.structured_reference,
            end_to_end_id: row.end_to_end_id,
            mandate_id: row.mandate_id,
            bank_reference: row.bank_reference,
            code: row.code,
            return_reason: row.return_reason,
            is_return: row.is_return,
            state: row.state,
            exception: row.exception,
            owner: row.owner_id,
            note: row.note,
            due_at: row.due_at,
            received_at: row.received_at,
            decided_at: row.decided_at,
            posted_at: row.posted_at,
            version: row.version,
        }
    }
}

/// Files that were received, the last one first.
#[utoipa::path(get, path = "/bank-files", tag = "Bank", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Page<BankFile>)))]
async fn files(Api { app, caller }: Api, Query(paging): Query<Paging>) -> ApiResult<Json<Page<BankFile>>> {
    let limit = paging.limit();
    let page = bank::files(&app, &caller, FileFilter { after: paging.after, limit }).await?;
    Ok(Json(Page::of(page, BankFile::from)))
}

/// A file with its statements and what does not add up.
#[utoipa::path(get, path = "/bank-files/{id}", tag = "Bank", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = BankFileDetail)))]
async fn file(Api { app, caller }: Api, Path(id): Path<BankFileId>) -> ApiResult<Json<BankFileDetail>> {
    Ok(Json(bank::file(&app, &caller, id).await?.into()))
}

/// A bank's file and how to read it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the parts of the form; they are read one by one")]
struct BankFileForm {
    /// Any bank format, or a remittance advice (820, REMADV), up to 16 MB; larger ones with `quittance bank import`.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// For files that do not say whose account they are of.
    #[schema(value_type = Option<uuid::Uuid>)]
    bank_account: Option<BankAccountId>,
    /// Read as this format; otherwise it is found from the content.
    format: Option<String>,
    /// How to read a CSV or XLSX file: a definition (TOML).
    table: Option<String>,
    /// `true`: say what would come of it, and keep nothing.
    dry_run: Option<bool>,
}

/// What came of a file.
#[derive(Serialize, ToSchema)]
struct BankFileOutcome {
    /// Absent when nothing was kept: a rehearsal, or a file of remittance advices.
    file: Option<BankFileId>,
    kept: bool,
    format: String,
    new_lines: usize,
    known_lines: usize,
    /// Announced before and booked now; among the known ones.
    booked_now: usize,
    statements: Vec<BankStatement>,
    new_advices: usize,
    known_advices: usize,
    /// What does not add up.
    warnings: Vec<String>,
    /// What the engine did with the new lines; absent in a rehearsal.
    decided: Option<Decided>,
}

impl BankFileOutcome {
    fn of(received: Received, decided: Option<Decided>, kept: bool) -> Self {
        let all: Vec<String> = received.warnings().into_iter().map(str::to_owned).collect();
        match received {
            Received::Statements(found) => Self {
                file: found.file,
                kept,
                format: found.format,
                new_lines: found.new_lines,
                known_lines: found.known_lines,
                booked_now: found.booked_now,
                statements: found.statements.into_iter().map(BankStatement::from).collect(),
                new_advices: 0,
                known_advices: 0,
                warnings: found.warnings,
                decided,
            },
            Received::Advices(found) => Self {
                file: None,
                kept,
                format: found.format,
                new_lines: 0,
                known_lines: 0,
                booked_now: 0,
                statements: vec![],
                new_advices: found.new,
                known_advices: found.known,
                warnings: all,
                decided,
            },
        }
    }
}

impl From<bank::ReceivedStatement> for BankStatement {
    fn from(told: bank::ReceivedStatement) -> Self {
        let money = |minor: Option<i64>| minor.map(|minor| Money::new(minor, told.currency));
        Self {
            id: None,
            bank_account: told.bank_account,
            number: told.number.clone(),
            currency: told.currency,
            opens_on: told.opens_on,
            closes_on: told.closes_on,
            opening: money(told.opening_minor),
            closing: money(told.closing_minor),
            lines: told.lines,
            new_lines: told.new_lines,
            bank_account_name: told.account_name,
            warnings: told.warnings,
        }
    }
}

/// Receive a bank's file. The same file again, and files that overlap, never double a line.
#[utoipa::path(post, path = "/bank-files", tag = "Bank",
    request_body(content = BankFileForm, content_type = "multipart/form-data"),
    security(("token" = ["payments.record"])), responses((status = 200, body = BankFileOutcome)))]
async fn receive(Api { app, caller }: Api, BankUpload(file, dry_run): BankUpload) -> ApiResult<Json<BankFileOutcome>> {
    if dry_run {
        return Ok(Json(BankFileOutcome::of(bank::preview(&app, &caller, file).await?, None, false)));
    }
    let Arrival { received, decided, .. } = receiving::receive(&app, &caller, file).await?;
    Ok(Json(BankFileOutcome::of(received, decided, true)))
}

/// The parts of the form, read.
struct BankUpload(ReceiveFile, bool);

impl<S: Send + Sync> FromRequest<S> for BankUpload {
    type Rejection = Problem;

    async fn from_request(request: HttpRequest, state: &S) -> Result<Self, Problem> {
        let form = Multipart::from_request(request, state).await;
        let mut form = form.map_err(|_| {
            let detail = "Send the header `Content-Type: multipart/form-data` with its boundary.";
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-a-form", detail)
        })?;
        let (mut file, mut dry_run, mut found) = (ReceiveFile::default(), false, false);
        loop {
            let part = form.next_field().await.map_err(|error| match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => too_large(),
                _ => Problem::bad_request("The form was not understood."),
            })?;
            let Some(part) = part else { break };
            let (name, file_name) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
            let bytes = part.bytes().await.map_err(|_| too_large())?;
            if name == "file" {
                (file.name, file.bytes, found) =
                    (file_name.unwrap_or_else(|| "upload".to_owned()), bytes.to_vec(), true);
                continue;
            }
            let text = String::from_utf8(bytes.to_vec()).ok().filter(|text| !text.contains('\0'));
            let text = text.ok_or_else(|| Problem::field(name.clone(), "this is not text"))?;
            take(&mut file, &mut dry_run, (&name, text))?;
        }
        if found { Ok(Self(file, dry_run)) } else { Err(Problem::field("file", "is missing")) }
    }
}

fn take(file: &mut ReceiveFile, dry_run: &mut bool, (name, text): (&str, String)) -> Result<(), Problem> {
    match name {
        "bank_account" => {
            file.bank_account = Some(text.parse().map_err(|_| Problem::field(name, "this is not the id of one"))?);
        }
        "format" => file.format = Some(text),
        "table" => file.table = Some(text),
        "dry_run" => {
            let wrong = || Problem::field(name, format!("`{text}` is neither true nor false"));
            *dry_run = text.parse().map_err(|_| wrong())?;
        }
        _ => return Err(Problem::field(name, "there is no such part of the form")),
    }
    Ok(())
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LineQuery {
    #[param(value_type = Option<uuid::Uuid>)]
    bank_account: Option<BankAccountId>,
    #[param(value_type = Option<uuid::Uuid>)]
    file: Option<BankFileId>,
    #[param(inline)]
    state: Option<LineState>,
    #[param(inline)]
    exception: Option<Exception>,
    #[param(value_type = Option<uuid::Uuid>)]
    owner: Option<UserId>,
    /// By value day.
    #[param(inline)]
    from: Option<Date>,
    #[param(inline)]
    to: Option<Date>,
    /// Only money in.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    incoming: bool,
    /// Part of the payer's name or account, the text or the bank's reference.
    search: Option<String>,
    #[param(inline)]
    sort: Option<LineSort>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// A line in a list.
#[derive(Serialize, ToSchema)]
struct ListedLine {
    #[serde(flatten)]
    line: BankLine,
    bank_account_name: String,
    owner_name: Option<String>,
}

/// Bank lines, the newest value day first unless told otherwise; `-` turns an order round.
#[utoipa::path(get, path = "/bank-lines", tag = "Bank", params(LineQuery), security(("token" = ["read"])),
    responses((status = 200, body = Page<ListedLine>)))]
async fn lines(Api { app, caller }: Api, Query(query): Query<LineQuery>) -> ApiResult<Json<Page<ListedLine>>> {
    let filter = LineFilter {
        account: query.bank_account,
        file: query.file,
        state: query.state,
        exception: query.exception,
        owner: query.owner,
        from: query.from,
        to: query.to,
        incoming_only: query.incoming,
        search: query.search,
        sort: query.sort.unwrap_or_default(),
    };
    let part = Part { after: query.after, limit: Some(size(query.limit)) };
    let view = |row: LineSummary| ListedLine {
        line: row.line.into(),
        bank_account_name: row.account_name,
        owner_name: row.owner_name,
    };
    Ok(Json(Page::of(bank::lines(&app, &caller, filter, &part).await?, view)))
}

/// One bank line.
#[utoipa::path(get, path = "/bank-lines/{id}", tag = "Bank", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = BankLine)))]
async fn line(Api { app, caller }: Api, Path(id): Path<BankLineId>) -> ApiResult<Json<BankLine>> {
    Ok(Json(bank::line(&app, &caller, id).await?.into()))
}

/// What a payer says that a payment is for.
#[derive(Serialize, ToSchema)]
struct Advice {
    id: AdviceId,
    file_name: String,
    format: String,
    number: Option<String>,
    payer_name: Option<String>,
    payer_number: Option<String>,
    payment_reference: Option<String>,
    total: Money,
    sent_on: Date,
    paid_on: Option<Date>,
    documents: Vec<AdvisedDocument>,
    warnings: Vec<String>,
    received_at: Timestamp,
    received_by: String,
    /// The bank line that it announced.
    line: Option<BankLineId>,
}

/// One document that is paid, in whole or in part.
#[derive(Serialize, ToSchema)]
struct AdvisedDocument {
    /// Its number as the payer writes it.
    document: Option<String>,
    references: Vec<String>,
    issued_on: Option<Date>,
    gross: Option<Money>,
    discount: Money,
    /// Negative: less is paid because of it.
    adjustment: Money,
    paid: Money,
    /// Why another amount is paid, in the payer's words.
    reason: Option<String>,
}

impl From<AdviceView> for Advice {
    fn from(AdviceView { row, lines, warnings }: AdviceView) -> Self {
        let money = |minor| Money::new(minor, row.currency);
        let document = |line: AdviceLine| AdvisedDocument {
            document: line.document,
            references: line.references,
            issued_on: line.issued_on,
            gross: line.gross_minor.map(money),
            discount: money(line.discount_minor),
            adjustment: money(line.adjustment_minor),
            paid: money(line.paid_minor),
            reason: line.reason,
        };
        Self {
            id: row.id,
            total: money(row.total_minor),
            documents: lines.into_iter().map(document).collect(),
            warnings,
            file_name: row.file_name,
            format: row.format,
            number: row.number,
            payer_name: row.payer_name,
            payer_number: row.payer_number,
            payment_reference: row.payment_reference,
            sent_on: row.sent_on,
            paid_on: row.paid_on,
            received_at: row.received_at,
            received_by: row.received_by,
            line: row.line_id,
        }
    }
}

/// Remittance advices, the last received first.
#[utoipa::path(get, path = "/remittance-advices", tag = "Bank", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Page<Advice>)))]
async fn advices(Api { app, caller }: Api, Query(paging): Query<Paging>) -> ApiResult<Json<Page<Advice>>> {
    let limit = paging.limit();
    Ok(Json(Page::of(bank::advices(&app, &caller, paging.after, limit).await?, Advice::from)))
}

/// One remittance advice with its documents.
#[utoipa::path(get, path = "/remittance-advices/{id}", tag = "Bank", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = Advice)))]
async fn advice(Api { app, caller }: Api, Path(id): Path<AdviceId>) -> ApiResult<Json<Advice>> {
    Ok(Json(bank::advice(&app, &caller, id).await?.into()))
}

/// How a bank writes its tables.
#[derive(Serialize, ToSchema)]
struct BankTable {
    id: BankTableId,
    name: String,
    /// TOML.
    definition: String,
    recorded_at: Timestamp,
    recorded_by: String,
}

impl From<BankTableRow> for BankTable {
    fn from(row: BankTableRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            definition: row.definition,
            recorded_at: row.recorded_at,
            recorded_by: row.recorded_by,
        }
    }
}

/// Definitions of the company, by which its CSV and XLSX files are read.
#[utoipa::path(get, path = "/bank-tables", tag = "Bank", security(("token" = ["read"])),
    responses((status = 200, body = Vec<BankTable>)))]
async fn tables(Api { app, caller }: Api) -> ApiResult<Json<Vec<BankTable>>> {
    Ok(Json(bank::tables(&app, &caller).await?.into_iter().map(BankTable::from).collect()))
}

/// Keep a definition under its name, in place of the one that had it.
#[utoipa::path(put, path = "/bank-tables", tag = "Bank", request_body = KeepTable,
    security(("token" = ["payments.record"])), responses((status = 200, body = Made)))]
async fn keep_table(Api { app, caller }: Api, Json(table): Json<KeepTable>) -> ApiResult<Json<Made>> {
    let id = bank::keep_table(&app, &caller, table).await?;
    Ok(Json(Made { id: id.0, number: None }))
}
