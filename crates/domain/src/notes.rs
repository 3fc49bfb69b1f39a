//! Notes and attachments: what may be written and kept beside a record.
//!
//! What a file is, its content says; its name is only how people call it. A file that is none of the kinds below is
//! refused, so that nothing is kept that could do harm when it is opened.

use kernel::text_enum;

text_enum! {
    /// The records that carry notes and attachments.
    pub enum SubjectKind {
        Customer = "customer",
        Quote = "quote",
        Order = "order",
        Invoice = "invoice",
        Payment = "payment",
    }
}

text_enum! {
    /// The kinds of files that are kept, by media type.
    pub enum MediaType {
        Pdf = "application/pdf",
        Png = "image/png",
        Jpeg = "image/jpeg",
        Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Xml = "application/xml",
        Mail = "message/rfc822",
        Csv = "text/csv",
        Text = "text/plain",
    }
}

pub const MOST_BYTES: usize = 5 * 1024 * 1024;
const MOST_LETTERS: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteRefusal {
    #[error("write something")]
    Empty,
    #[error("the note has {0} characters; a note has up to 10000")]
    TooLong(usize),
    #[error("the file is empty")]
    EmptyFile,
    #[error("the file has {0} bytes; an attachment has up to 5242880 (5 MiB)")]
    TooLarge(usize),
    #[error("`{0}` is not a PDF, PNG, JPEG, XLSX, CSV, text, XML or e-mail file")]
    Kind(String),
}

/// The note without spaces around it.
pub fn check_note(body: &str) -> Result<String, NoteRefusal> {
    let body = body.trim().replace("\r\n", "\n");
    match body.chars().count() {
        0 => Err(NoteRefusal::Empty),
        length if length > MOST_LETTERS => Err(NoteRefusal::TooLong(length)),
        _ => Ok(body),
    }
}

/// A file's name without folders and signs that no file system takes.
pub fn check_file_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let good = name.chars().filter(|c| !c.is_control() && !"<>:\"|?*".contains(*c));
    let good: String = good.take(150).collect();
    let good = good.trim_matches([' ', '.']);
    if good.is_empty() { "attachment".to_owned() } else { good.to_owned() }
}

/// What a file is by its first bytes, or by its text.
pub fn media_type(content: &[u8], name: &str) -> Result<MediaType, NoteRefusal> {
    if content.is_empty() {
        return Err(NoteRefusal::EmptyFile);
    }
    if content.len() > MOST_BYTES {
        return Err(NoteRefusal::TooLarge(content.len()));
    }
    let by_signature: [(&[u8], MediaType); 3] =
        [(b"%PDF-", MediaType::Pdf), (b"\x89PNG\r\n\x1a\n", MediaType::Png), (b"\xff\xd8\xff", MediaType::Jpeg)];
    if let Some((_, kind)) = by_signature.iter().find(|(signature, _)| content.starts_with(signature)) {
        return Ok(*kind);
    }
    if content.starts_with(b"PK\x03\x04") && holds(content, b"xl/workbook.xml") {
        return Ok(MediaType::Xlsx);
    }
    if content.iter().any(|byte| byte.is_ascii_control() && !b"\t\r\n\x0c".contains(byte)) {
        return Err(NoteRefusal::Kind(name.to_owned()));
    }
    Ok(kind_of_text(&String::from_utf8_lossy(content)))
}

fn holds(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window == part)
}

fn kind_of_text(text: &str) -> MediaType {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with("<?xml") {
        MediaType::Xml
    } else if is_mail(text) {
        MediaType::Mail
    } else if is_table(text) {
        MediaType::Csv
    } else {
        MediaType::Text
    }
}

/// Header fields up to an empty line, among them who wrote and one more that every mail has.
fn is_mail(text: &str) -> bool {
    let head: Vec<String> = text.lines().take_while(|line| !line.is_empty()).map(str::to_lowercase).collect();
    let is_field = |line: &String| {
        let name = line.split(':').next().unwrap_or_default();
        line.starts_with([' ', '\t'])
            || (line.contains(':') && !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
    };
    let has = |names: &[&str]| head.iter().any(|line| names.iter().any(|name| line.starts_with(name)));
    head.iter().all(is_field) && has(&["from:"]) && has(&["date:", "subject:", "message-id:", "received:"])
}

/// At least two lines that one sign cuts into as many columns.
fn is_table(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(5).collect();
    let columns = |sign: char| lines.iter().map(|line| line.matches(sign).count()).collect::<Vec<_>>();
    let same = |counts: Vec<usize>| counts.first().is_some_and(|first| *first > 0 && counts.iter().all(|n| n == first));
    lines.len() > 1 && [',', ';', '\t', '|'].into_iter().any(|sign| same(columns(sign)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(content: &[u8]) -> Option<MediaType> {
        media_type(content, "file").ok()
    }

    #[test]
    fn content_says_what_a_file_is() {
        assert_eq!(kind(b"%PDF-1.7\n\0\x01"), Some(MediaType::Pdf));
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n\0\0"), Some(MediaType::Png));
        assert_eq!(kind(b"\xff\xd8\xff\xe0\0\x10JFIF"), Some(MediaType::Jpeg));
        assert_eq!(kind(b"PK\x03\x04\x14\0..xl/workbook.xml.."), Some(MediaType::Xlsx));
        assert_eq!(kind("\u{feff}<?xml version=\"1.0\"?><a/>".as_bytes()), Some(MediaType::Xml));
        let mail = b"Received: from x\r\n by y\r\nFrom: anna@firm.example\r\nSubject: Hello\r\n\r\nDear all";
        assert_eq!(kind(mail), Some(MediaType::Mail));
        assert_eq!(kind(b"a;b\n1;2\n"), Some(MediaType::Csv));
        assert_eq!(kind(b"M\xfcller called.\nTomorrow again."), Some(MediaType::Text));
        assert_eq!(kind(b"<html><script>alert(1)</script>"), Some(MediaType::Text), "never HTML");
    }

    #[test]
    fn what_is_none_of_the_kinds_is_refused_whatever_its_name() {
        let error = |content: &[u8]| media_type(content, "invoice.pdf").unwrap_err();
        assert_eq!(error(b"MZ\x90\0"), NoteRefusal::Kind("invoice.pdf".into()));
        assert_eq!(error(b"PK\x03\x04 some other archive"), NoteRefusal::Kind("invoice.pdf".into()));
        assert_eq!(error(b""), NoteRefusal::EmptyFile);
        assert_eq!(error(&vec![b'a'; MOST_BYTES + 1]), NoteRefusal::TooLarge(5_242_881));
        assert_eq!(kind(&vec![b'a'; MOST_BYTES]), Some(MediaType::Text));
    }

    #[test]
    fn names_without_folders() {
        assert_eq!(check_file_name("C:\\temp\\inv:oice.pdf"), "invoice.pdf");
        assert_eq!(check_file_name("../../etc/passwd"), "passwd");
        assert_eq!(check_file_name(" .. "), "attachment");
        assert_eq!(check_file_name("a\r\nb.txt"), "ab.txt");
    }

    #[test]
    fn notes_have_letters() {
        assert_eq!(check_note(" called \r\n twice ").as_deref(), Ok("called \n twice"));
        assert_eq!(check_note("  "), Err(NoteRefusal::Empty));
        assert_eq!(check_note(&"x".repeat(10_001)), Err(NoteRefusal::TooLong(10_001)));
    }
}
