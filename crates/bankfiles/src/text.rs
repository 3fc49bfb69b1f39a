//! Bytes to text and text to numbered lines: encodings, byte order marks, all three line endings.
//!
//! UTF-8 and UTF-16 by their marks, UTF-8 when the bytes are, else Windows-1252, which reads every byte and is what
//! western banks send. A format that declares another encoding says so to [`decode_as`].

use encoding_rs::{Encoding, WINDOWS_1252};
use std::borrow::Cow;

pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    decode_as(bytes, WINDOWS_1252)
}

/// UTF-8 when the bytes are UTF-8 or begin with a mark, else `fallback`.
pub fn decode_as<'a>(bytes: &'a [u8], fallback: &'static Encoding) -> Cow<'a, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => fallback.decode_without_bom_handling(bytes).0,
    }
}

/// The same bytes, or UTF-8 in place of UTF-16.
pub fn utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    match Encoding::for_bom(bytes) {
        Some((encoding, mark)) if encoding != encoding_rs::UTF_8 => {
            Cow::Owned(encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned().into_bytes())
        }
        _ => Cow::Borrowed(bytes),
    }
}

/// The first bytes as text; a character that is cut in two is left out.
pub fn decode_head(bytes: &[u8], size: usize) -> Cow<'_, str> {
    let head = &bytes[..bytes.len().min(size)];
    match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_none() => decode(&head[..error.valid_up_to()]),
        _ => decode(head),
    }
}

/// Lines with their numbers from one; the ending (`\r\n`, `\n` or `\r`) is cut off, and so is an end-of-file mark.
pub fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.trim_end_matches('\u{1a}');
    let mut rest = Some(text).filter(|text| !text.is_empty());
    let mut number = 0;
    std::iter::from_fn(move || {
        let here = rest?;
        number += 1;
        let end = memchr::memchr2(b'\r', b'\n', here.as_bytes());
        let (line, after) = end.map_or((here, ""), |end| {
            let ending = if here[end..].starts_with("\r\n") { 2 } else { 1 };
            (&here[..end], &here[end + ending..])
        });
        rest = Some(after).filter(|after| !after.is_empty());
        Some((number, line))
    })
}

/// `None` for what is empty after trimming.
pub fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_line_endings() {
        let found: Vec<_> = lines("a\r\nb\nc\r\re\u{1a}").collect();
        assert_eq!(found, [(1, "a"), (2, "b"), (3, "c"), (4, ""), (5, "e")]);
        assert_eq!(lines("").count(), 0);
        assert_eq!(lines("x\n").count(), 1);
    }

    #[test]
    fn encodings_by_mark_by_form_and_by_habit() {
        assert_eq!(decode(b"\xef\xbb\xbfM\xc3\xbcller"), "Müller");
        assert_eq!(decode(b"M\xc3\xbcller"), "Müller");
        assert_eq!(decode(b"M\xfcller \x80"), "Müller €");
        assert_eq!(decode(b"\xff\xfea\0\xe4\0"), "aä");
    }
}
