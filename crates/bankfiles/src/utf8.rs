//! Any input as UTF-8, piece by piece: declared encodings are translated, and stray bytes of Windows-1252 in a file that
//! says UTF-8 become the letters they were meant to be. Counts lines on the way.

use encoding_rs::{Decoder, Encoding, UTF_8, WINDOWS_1252};
use std::io::{BufRead, Read, Result};

/// At once, so that what is copied stays near the processor however large the input's own pieces are.
const CHUNK: usize = 32 * 1024;

pub(crate) struct Utf8<R> {
    input: R,
    /// `None` for UTF-8, which is repaired rather than decoded.
    decoder: Option<Decoder>,
    is_started: bool,
    is_done: bool,
    ready: Vec<u8>,
    at: usize,
    /// The first bytes of a character whose rest has not come yet.
    carry: Vec<u8>,
    /// The line at `counted`, which is not beyond `at`; counted on only when it is asked for.
    line: usize,
    counted: usize,
}

impl<R: BufRead> Utf8<R> {
    pub(crate) fn new(input: R) -> Self {
        let (ready, carry) = (Vec::new(), Vec::new());
        Self { input, decoder: None, is_started: false, is_done: false, ready, at: 0, carry, line: 1, counted: 0 }
    }

    /// The number of the line that is being read.
    pub(crate) fn line(&mut self) -> usize {
        self.line += memchr::memchr_iter(b'\n', &self.ready[self.counted..self.at]).count();
        self.counted = self.at;
        self.line
    }

    fn start(&mut self) -> Result<()> {
        self.is_started = true;
        let head = self.input.fill_buf()?;
        let (encoding, mark) = Encoding::for_bom(head).unwrap_or_else(|| (declared(head), 0));
        self.decoder = (encoding != UTF_8).then(|| encoding.new_decoder_without_bom_handling());
        self.input.consume(mark);
        Ok(())
    }

    fn refill(&mut self) -> Result<()> {
        if !self.is_started {
            self.start()?;
        }
        self.line();
        self.ready.clear();
        (self.at, self.counted) = (0, 0);
        while self.ready.is_empty() && !self.is_done {
            let chunk = self.input.fill_buf()?;
            let chunk = &chunk[..chunk.len().min(CHUNK)];
            let (size, is_last) = (chunk.len(), chunk.is_empty());
            match &mut self.decoder {
                Some(decoder) => decode(decoder, chunk, is_last, &mut self.ready),
                None => repair(&mut self.carry, chunk, &mut self.ready),
            }
            self.input.consume(size);
            self.is_done = is_last;
        }
        Ok(())
    }
}

fn decode(decoder: &mut Decoder, chunk: &[u8], is_last: bool, ready: &mut Vec<u8>) {
    let most = decoder.max_utf8_buffer_length(chunk.len()).unwrap_or(chunk.len() * 3 + 16);
    ready.resize(most, 0);
    let (_, _, written, _) = decoder.decode_to_utf8(chunk, ready, is_last);
    ready.truncate(written);
}

fn repair(carry: &mut Vec<u8>, chunk: &[u8], ready: &mut Vec<u8>) {
    let joined;
    let mut rest = if carry.is_empty() {
        chunk
    } else {
        joined = [carry.as_slice(), chunk].concat();
        carry.clear();
        &joined
    };
    while !rest.is_empty() {
        let error = match std::str::from_utf8(rest) {
            Ok(_) => return ready.extend_from_slice(rest),
            Err(error) => error,
        };
        ready.extend_from_slice(&rest[..error.valid_up_to()]);
        rest = &rest[error.valid_up_to()..];
        let bad = match error.error_len() {
            None if !chunk.is_empty() => return carry.extend_from_slice(rest),
            found => found.unwrap_or(rest.len()),
        };
        let (letters, _) = WINDOWS_1252.decode_without_bom_handling(&rest[..bad]);
        ready.extend_from_slice(letters.as_bytes());
        rest = &rest[bad..];
    }
}

/// `encoding="ISO-8859-1"` of the declaration; what claims UTF-16 without being it is UTF-8.
fn declared(head: &[u8]) -> &'static Encoding {
    let line = &head[..head.len().min(200)];
    let end = memchr::memmem::find(line, b"?>").unwrap_or(0);
    let label = memchr::memmem::find(&line[..end], b"encoding=").and_then(|at| {
        let value = &line[at + 9..end];
        let quote = *value.first()?;
        value[1..].split(|&byte| byte == quote).next()
    });
    let found = label.and_then(Encoding::for_label).unwrap_or(UTF_8);
    if found.is_ascii_compatible() { found } else { UTF_8 }
}

impl<R: BufRead> Read for Utf8<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let ready = self.fill_buf()?;
        let size = ready.len().min(out.len());
        out[..size].copy_from_slice(&ready[..size]);
        self.consume(size);
        Ok(size)
    }
}

impl<R: BufRead> BufRead for Utf8<R> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        if self.at >= self.ready.len() {
            self.refill()?;
        }
        Ok(&self.ready[self.at..])
    }

    fn consume(&mut self, size: usize) {
        self.at = (self.at + size).min(self.ready.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Cursor};

    fn read(bytes: &[u8], chunk: usize) -> String {
        let mut text = String::new();
        Utf8::new(BufReader::with_capacity(chunk, Cursor::new(bytes))).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn declared_marked_and_broken_encodings() {
        for chunk in [64, 1024] {
            assert_eq!(read("<?xml?>Zürich €".as_bytes(), chunk), "<?xml?>Zürich €");
            assert_eq!(
                read(b"<?xml encoding='ISO-8859-15'?>Z\xfcrich \xa4", chunk),
                "<?xml encoding='ISO-8859-15'?>Zürich €"
            );
            assert_eq!(read(b"\xff\xfe<\0\xfc\0>\0", chunk), "<ü>");
            assert_eq!(read(b"<a>Z\xfcrich</a>", chunk), "<a>Zürich</a>");
        }
        assert_eq!(read("<a>äöü€</a>".as_bytes(), 1), "<a>äöü€</a>");
        assert_eq!(read(b"<a>\xc3", 1), "<a>Ã");
    }
}
