//! Notes and attachments on records of any kind.

use crate::db::{Result, Tx};
use domain::notes::{MediaType, SubjectKind};
use kernel::{AttachmentId, CompanyId, CustomerId, NoteId, Timestamp};
use uuid::Uuid;

crate::record! {
    pub struct NoteRow in "notes" {
        pub company_id: CompanyId,
        pub id: NoteId,
        pub subject_kind: SubjectKind,
        pub subject_id: Uuid,
        pub body: String,
        pub author: String,
        pub created_at: Timestamp,
    }
}

crate::record! {
    pub struct AttachmentRow in "attachments" {
        pub company_id: CompanyId,
        pub id: AttachmentId,
        pub subject_kind: SubjectKind,
        pub subject_id: Uuid,
        pub file_name: String,
        pub media_type: MediaType,
        pub bytes: i64,
        /// Base64.
        pub content: String,
        pub author: String,
        pub created_at: Timestamp,
    }
}

/// An attachment without its content.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AttachmentHead {
    pub id: AttachmentId,
    pub file_name: String,
    pub media_type: MediaType,
    pub bytes: i64,
    pub author: String,
    pub created_at: Timestamp,
}

/// Newest first.
pub async fn notes(tx: &mut Tx, company: CompanyId, subject: Uuid) -> Result<Vec<NoteRow>> {
    tx.select::<NoteRow>("WHERE company_id = $1 AND subject_id = $2 ORDER BY id DESC LIMIT 500")
        .bind(company)
        .bind(subject)
        .all()
        .await
}

/// Newest first.
pub async fn attachments(tx: &mut Tx, company: CompanyId, subject: Uuid) -> Result<Vec<AttachmentHead>> {
    tx.sql(
        "SELECT id, file_name, media_type, bytes, author, created_at FROM attachments
         WHERE company_id = $1 AND subject_id = $2 ORDER BY id DESC LIMIT 500",
    )
    .bind(company)
    .bind(subject)
    .all()
    .await
}

pub async fn attachment(tx: &mut Tx, company: CompanyId, id: AttachmentId) -> Result<Option<AttachmentRow>> {
    tx.select::<AttachmentRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

pub async fn remove_attachment(tx: &mut Tx, company: CompanyId, id: AttachmentId) -> Result<()> {
    tx.sql("DELETE FROM attachments WHERE company_id = $1 AND id = $2").bind(company).bind(id).run_one().await
}

/// Whose timeline shows what happens to a record; `None` when the company has no such record.
pub async fn customer_of(
    tx: &mut Tx,
    company: CompanyId,
    kind: SubjectKind,
    subject: Uuid,
) -> Result<Option<CustomerId>> {
    let sql = match kind {
        SubjectKind::Customer => tx.sql("SELECT id FROM customers WHERE company_id = $1 AND id = $2"),
        SubjectKind::Quote => tx.sql("SELECT customer_id FROM quotes WHERE company_id = $1 AND id = $2"),
        SubjectKind::Order => tx.sql("SELECT customer_id FROM orders WHERE company_id = $1 AND id = $2"),
        SubjectKind::Invoice => tx.sql("SELECT customer_id FROM invoices WHERE company_id = $1 AND id = $2"),
        SubjectKind::Payment => tx.sql("SELECT customer_id FROM payments WHERE company_id = $1 AND id = $2"),
    };
    let row: Option<(CustomerId,)> = sql.bind(company).bind(subject).optional().await?;
    Ok(row.map(|(customer,)| customer))
}
