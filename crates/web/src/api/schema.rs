//! Shapes that many endpoints share: pages of a list, many rows in one call, what was made, files.

use super::{
    extract::{Created, Json, parse},
    problem::ApiResult,
};
use app::{
    Error, FieldError,
    lists::{self, Cursor},
    many::Taken,
};
use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use kernel::ApprovalId;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Send it as `after` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    pub(crate) fn of<R>(page: lists::Page<R>, view: impl FnMut(R) -> T) -> Self {
        let next = page.next.map(|cursor| cursor.to_string());
        Self { items: page.rows.into_iter().map(view).collect(), next }
    }
}

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    pub(crate) after: Option<lists::Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<Limit>,
}

/// 1 to 200.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "i64")]
pub(crate) struct Limit(i64);

impl TryFrom<i64> for Limit {
    type Error = &'static str;

    fn try_from(limit: i64) -> Result<Self, Self::Error> {
        if (1..=200).contains(&limit) { Ok(Self(limit)) } else { Err("`limit` is from 1 to 200") }
    }
}

/// How many rows a page has.
pub(crate) fn size(limit: Option<Limit>) -> i64 {
    limit.map_or(50, |limit| limit.0)
}

impl Paging {
    pub(crate) fn limit(&self) -> Option<i64> {
        Some(self.size())
    }

    pub(crate) fn size(&self) -> i64 {
        size(self.limit)
    }
}

/// How a call with many rows deals with wrong ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BulkMode {
    /// One wrong row refuses all of them, and every wrong field of every row is named.
    #[default]
    AllOrNothing,
    /// The right rows are taken, and each wrong one says why it was not.
    RowByRow,
}

impl From<BulkMode> for Taken {
    fn from(mode: BulkMode) -> Self {
        match mode {
            BulkMode::AllOrNothing => Self::Together,
            BulkMode::RowByRow => Self::RowByRow,
        }
    }
}

/// What came of one row.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkRow {
    /// The place in what was sent, from 0 on.
    row: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// Why the row was not taken; empty when it was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkAnswer {
    taken: usize,
    refused: usize,
    /// In the order in which they were sent.
    rows: Vec<BulkRow>,
}

/// A row as it came, read when its turn comes, so that one that cannot be read is one wrong row.
pub(crate) type Unread = Box<serde_json::value::RawValue>;

const MOST_ROWS: usize = 1_000;

/// Rows that could be read with their places, and what is wrong with the others.
pub(crate) struct Rows<T> {
    count: usize,
    pub(crate) good: Vec<T>,
    places: Vec<usize>,
    wrong: BTreeMap<usize, Vec<FieldError>>,
}

impl<T: DeserializeOwned> Rows<T> {
    /// Reads the rows of the field `name`; with `AllOrNothing` a row that cannot be read refuses the call.
    pub(crate) fn read(name: &str, rows: &[Unread], mode: BulkMode) -> ApiResult<Self> {
        if rows.len() > MOST_ROWS {
            return Err(Error::field(name, format!("{} rows are more than {MOST_ROWS} in one call", rows.len())).into());
        }
        let mut read = Self { count: rows.len(), good: vec![], places: vec![], wrong: BTreeMap::new() };
        for (at, row) in rows.iter().enumerate() {
            match parse(row.get().as_bytes()) {
                Ok(row) => {
                    read.good.push(row);
                    read.places.push(at);
                }
                Err(problem) => drop(read.wrong.insert(at, problem.into_errors())),
            }
        }
        if mode == BulkMode::AllOrNothing && !read.wrong.is_empty() {
            let named = |(at, fields): (usize, Vec<FieldError>)| {
                fields.into_iter().map(move |wrong| {
                    let field = if wrong.field.is_empty() { String::new() } else { format!(".{}", wrong.field) };
                    FieldError { field: format!("{name}[{at}]{field}"), ..wrong }
                })
            };
            return Err(Error::Invalid(read.wrong.into_iter().flat_map(named).collect()).into());
        }
        Ok(read)
    }

    /// Whether rows were sent and none could be read: there is nothing to ask a use case for.
    pub(crate) fn are_all_unread(&self) -> bool {
        self.count > 0 && self.good.is_empty()
    }

    /// The answer, from what became of the rows that could be read.
    pub(crate) fn answer(
        mut self,
        outcomes: impl IntoIterator<Item = Result<(Uuid, String), Vec<FieldError>>>,
    ) -> BulkAnswer {
        let mut rows: BTreeMap<usize, BulkRow> = BTreeMap::new();
        let refusal = |row, errors| BulkRow { row, id: None, number: None, errors };
        for (row, outcome) in self.places.iter().copied().zip(outcomes) {
            rows.insert(
                row,
                match outcome {
                    Ok((id, number)) => BulkRow { row, id: Some(id), number: Some(number), errors: vec![] },
                    Err(errors) => refusal(row, errors),
                },
            );
        }
        let unread = std::mem::take(&mut self.wrong).into_iter().map(|(row, errors)| (row, refusal(row, errors)));
        rows.extend(unread);
        let taken = rows.values().filter(|row| row.errors.is_empty()).count();
        BulkAnswer { taken, refused: self.count - taken, rows: rows.into_values().collect() }
    }
}

/// What was made: its id, and its number once it has one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Made {
    pub(crate) id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<String>,
}

impl Made {
    /// 201 with its address.
    pub(crate) fn at(collection: &str, id: impl Into<Uuid>) -> Created<Self> {
        Self::numbered(collection, id, None)
    }

    pub(crate) fn numbered(collection: &str, id: impl Into<Uuid>, number: Option<String>) -> Created<Self> {
        let id = id.into();
        Created(format!("/api/v1/{collection}/{id}"), Self { id, number })
    }
}

/// Why something is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    #[schema(min_length = 1, max_length = 500, example = "Entered twice")]
    pub(crate) reason: String,
}

/// Something that is done at once, or waits for a second person because it is above the company's limit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Waiting {
    /// The request that waits under /approvals.
    pub(crate) approval: ApprovalId,
}

/// 201 with what was made, or 202 with the approval that it waits for.
pub(crate) enum DoneOrWaiting<T> {
    Done(Created<T>),
    Waiting(ApprovalId),
}

impl<T: Serialize> IntoResponse for DoneOrWaiting<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Done(created) => created.into_response(),
            Self::Waiting(approval) => (StatusCode::ACCEPTED, Json(Waiting { approval })).into_response(),
        }
    }
}

/// A file to download.
pub(crate) struct Download {
    pub(crate) media_type: &'static str,
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let safe = |c: char| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' };
        let name: String = self.name.chars().map(safe).collect();
        let shown = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")).ok();
        let headers = [(CONTENT_TYPE, HeaderValue::from_static(self.media_type))];
        (headers, shown.map(|shown| [(CONTENT_DISPOSITION, shown)]), self.bytes).into_response()
    }
}

impl From<app::documents::File> for Download {
    fn from(file: app::documents::File) -> Self {
        Self { media_type: file.media_type, name: file.name, bytes: file.bytes }
    }
}

/// A page of rows that were all read, in an order that does not change: it ends at the row with the key `after`.
pub(crate) fn page_of<R, T>(
    rows: Vec<R>,
    paging: &Paging,
    key: impl Fn(&R) -> String,
    view: impl FnMut(R) -> T,
) -> ApiResult<Page<T>> {
    let size = paging.size();
    let after = paging.after.as_ref().map(|cursor| cursor.get::<String>(0)).transpose()?;
    let begin = match &after {
        Some(after) => match rows.iter().position(|row| key(row) == *after) {
            Some(at) => at + 1,
            None => return Err(Error::field("after", "this is no page of this list; start at its first page").into()),
        },
        None => 0,
    };
    let most = usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1);
    let rows: Vec<R> = rows.into_iter().skip(begin).take(most).collect();
    Ok(Page::of(lists::Page::cut(rows, size, |row| Cursor::new([key(row)])), view))
}
