//! Typesetting: a letter goes in as a JSON file, PDF/A-3b comes out.
//!
//! Fonts, standard library and parsed templates are made once per process. What a document brings (its JSON, logo and
//! code) are files of one sheet, so nothing that a customer typed is ever read as markup. The templates see no clock,
//! no disk and no network.

use crate::{PrintError, letter::Letter};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::LazyLock};
use typst::{
    Library, LibraryExt as _, World, comemo,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration},
    syntax::{FileId, Source},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

/// Documents are short-lived: what the typesetter remembers of one is forgotten after this many others.
const REMEMBERED: usize = 2;

/// A word longer than this may be broken every seven characters, so that it cannot run out of its column.
const LONGEST_WORD: usize = 28;

struct Desk {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    letter: Source,
    logo: Source,
}

static DESK: LazyLock<Desk> = LazyLock::new(|| {
    // The mathematical fonts would only cost memory.
    let wanted = |font: &Font| ["Libertinus Serif", "DejaVu Sans Mono"].contains(&font.info().family.as_str());
    let files = typst_assets::fonts().flat_map(|file| Font::iter(Bytes::new(file)));
    let fonts: Vec<Font> = files.filter(wanted).collect();
    Desk {
        library: LazyHash::new(Library::default()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
        letter: Source::detached(include_str!("../templates/letter.typ")),
        logo: Source::detached(include_str!("../templates/logo.typ")),
    }
});

/// One document on the desk.
struct Sheet {
    main: &'static Source,
    files: BTreeMap<String, Bytes>,
}

pub(crate) fn typeset(letter: &Letter) -> Result<Vec<u8>, PrintError> {
    let failed = |reason| PrintError::Typesetting { document: letter.name(), reason };
    let mut data = serde_json::to_value(letter).map_err(|error| failed(error.to_string()))?;
    let mut files = BTreeMap::new();
    if let Some(logo) = &letter.logo {
        let name = format!("logo.{}", logo_format(logo)?);
        data["logo"] = json!(name);
        files.insert(name, Bytes::new(logo.clone()));
    }
    if let Some(code) = &letter.code {
        files.insert("code.svg".to_owned(), Bytes::from_string(code.clone()));
        data["code"] = json!("code.svg");
    }
    make_printable(&mut data);
    files.insert("letter.json".to_owned(), Bytes::from_string(data.to_string()));
    print(Sheet { main: &DESK.letter, files }).map_err(failed)
}

pub(crate) fn check_logo(logo: &[u8]) -> Result<(), PrintError> {
    let name = format!("logo.{}", logo_format(logo)?);
    let data = json!({ "logo": name }).to_string();
    let files = [(name, Bytes::new(logo.to_vec())), ("letter.json".to_owned(), Bytes::from_string(data))];
    print(Sheet { main: &DESK.logo, files: files.into() }).map(drop).map_err(PrintError::Logo)
}

fn print(sheet: Sheet) -> Result<Vec<u8>, String> {
    let standards = PdfStandards::new(&[PdfStandard::A_3b]).map_err(|error| format!("{error:?}"))?;
    let document = typst::compile(&sheet).output.map_err(sentence);
    let bytes = document
        .and_then(|document| typst_pdf::pdf(&document, &PdfOptions { standards, ..options() }).map_err(sentence));
    comemo::evict(REMEMBERED);
    bytes
}

fn options() -> PdfOptions {
    let creator = typst::foundations::Smart::Custom(Some("Quittance".to_owned()));
    PdfOptions { creator, ..PdfOptions::default() }
}

fn sentence(problems: impl IntoIterator<Item = SourceDiagnostic>) -> String {
    problems.into_iter().map(|problem| problem.message.to_string()).collect::<Vec<_>>().join("; ")
}

fn logo_format(logo: &[u8]) -> Result<&'static str, PrintError> {
    if logo.starts_with(b"\x89PNG\r\n\x1a\n") {
        Ok("png")
    } else if logo.starts_with(b"\xff\xd8\xff") {
        Ok("jpg")
    } else if std::str::from_utf8(logo).is_ok_and(|text| text.contains("<svg")) {
        Ok("svg")
    } else {
        Err(PrintError::LogoFormat)
    }
}

fn make_printable(value: &mut Value) {
    match value {
        Value::String(text) => *text = printable(text),
        Value::Array(items) => items.iter_mut().for_each(make_printable),
        Value::Object(fields) => fields.values_mut().for_each(make_printable),
        _ => {}
    }
}

/// The text with characters that no font has shown as an empty box (PDF/A refuses to leave them out), without control
/// characters, and with places to break in words that are too long for their column.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    let mut word = 0;
    for shown in text.chars().filter_map(shown_as) {
        word = if shown.is_whitespace() { 0 } else { word + 1 };
        if word > LONGEST_WORD && word % 7 == 1 {
            printable.push('\u{200b}');
        }
        printable.push(shown);
    }
    printable
}

fn shown_as(character: char) -> Option<char> {
    match character {
        '\n' | ' '..='~' => Some(character),
        '\t' => Some(' '),
        // Joiners and marks of direction are instructions to the typesetter and have no picture.
        '\u{200b}'..='\u{200f}' | '\u{ad}' => Some(character),
        _ if character.is_control() => None,
        '\u{e000}'..='\u{f8ff}' => Some('□'),
        _ if DESK.fonts.iter().any(|font| font.info().coverage.contains(u32::from(character))) => Some(character),
        _ => Some('□'),
    }
}

impl World for Sheet {
    fn library(&self) -> &LazyHash<Library> {
        &DESK.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &DESK.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(missing(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(id.vpath().get_without_slash()).cloned().ok_or_else(|| missing(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        DESK.fonts.get(index).cloned()
    }

    /// There is no today: dates come with the letter.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn missing(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}
