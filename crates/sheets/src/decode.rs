//! Bytes to text: byte order marks first, then what the caller says, then UTF-8, then a guess.
//!
//! Nothing is replaced in silence: a byte that the encoding does not have is an error that names its line.

use crate::read::{SheetError, line_breaks};
use encoding_rs::{DecoderResult, Encoding, UTF_8};
use std::borrow::Cow;

/// Enough non-ASCII text to guess an encoding from.
const EVIDENCE_BYTES: usize = 1 << 20;

/// The text without its byte order mark, and the name of its encoding.
pub(crate) fn decode<'b>(bytes: &'b [u8], label: Option<&str>) -> Result<(Cow<'b, str>, &'static str), SheetError> {
    let given = label.map(named).transpose()?;
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => (encoding, &bytes[mark..]),
        None => (given.unwrap_or_else(|| guess(bytes)), bytes),
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or_else(|| {
        SheetError::Undecodable { line: first_bad_line(bytes, encoding), encoding: label_of(encoding) }
    })?;
    if text.as_bytes().contains(&0) {
        return Err(SheetError::NotText);
    }
    Ok((text, encoding.name()))
}

fn named(label: &str) -> Result<&'static Encoding, SheetError> {
    Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| SheetError::UnknownEncoding(label.to_owned()))
}

fn label_of(encoding: &'static Encoding) -> String {
    encoding.name().to_ascii_lowercase()
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let Err(error) = std::str::from_utf8(bytes) else { return UTF_8 };
    let evidence = &bytes[error.valid_up_to()..];
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(&evidence[..evidence.len().min(EVIDENCE_BYTES)], true);
    detector.guess(None, chardetng::Utf8Detection::Deny)
}

fn first_bad_line(bytes: &[u8], encoding: &'static Encoding) -> u64 {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len());
    let mut text = String::with_capacity(room);
    let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    debug_assert!(matches!(result, DecoderResult::Malformed(..)));
    1 + line_breaks(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], label: Option<&str>) -> (String, &'static str) {
        let (text, name) = decode(bytes, label).unwrap();
        (text.into_owned(), name)
    }

    #[test]
    fn byte_order_marks_win() {
        assert_eq!(text(b"\xEF\xBB\xBFid", Some("windows-1252")), ("id".into(), "UTF-8"));
        assert_eq!(text(b"\xFF\xFEi\0d\0", None), ("id".into(), "UTF-16LE"));
        assert_eq!(text(b"\xFE\xFF\0i\0d", None), ("id".into(), "UTF-16BE"));
    }

    #[test]
    fn western_text_without_a_label_is_windows_1252() {
        for (bytes, expected) in [
            (&b"name\nM\xFCller & S\xF6hne\n"[..], "name\nMüller & Söhne\n"),
            (b"name\nSoci\xE9t\xE9 G\xE9n\xE9rale\n", "name\nSociété Générale\n"),
            (b"name\nCompa\xF1\xEDa Espa\xF1ola\n", "name\nCompañía Española\n"),
            (b"amount\n12,50 \x80\n", "amount\n12,50 €\n"),
        ] {
            assert_eq!(text(bytes, None), (expected.into(), "windows-1252"));
        }
    }

    #[test]
    fn latin_1_is_read_as_its_superset() {
        assert_eq!(text(b"M\xFCller", Some("iso-8859-1")), ("Müller".into(), "windows-1252"));
    }

    #[test]
    fn a_wrong_label_names_the_line() {
        let error = decode(b"a\r\nb\r\nM\xFCller", Some("utf-8")).unwrap_err();
        assert_eq!(error.to_string(), "line 3 is not utf-8; name another encoding, such as windows-1252");
        assert_eq!(decode(b"a", Some("klingon")).unwrap_err(), SheetError::UnknownEncoding("klingon".into()));
    }

    #[test]
    fn binary_is_not_text() {
        assert_eq!(decode(b"\x01\0\0\x02", None).unwrap_err(), SheetError::NotText);
    }
}
