//! The languages that documents speak: one file each in `languages/`, found when the crate is compiled.
//!
//! A file holds the words and also how the language writes numbers, money and dates; `format` asks it for both. Adding
//! a language is adding a file: a test shows which keys it lacks.

use fluent_templates::{LanguageIdentifier, Loader as _, fluent_bundle::FluentValue, static_loader};
use std::{borrow::Cow, collections::HashMap, fmt, str::FromStr};

static_loader! {
    static FILES = {
        locales: "./languages",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A language that documents can be printed in.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Language(&'static LanguageIdentifier);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{wanted}` is not a language that documents can be printed in; choose one of {known}")]
pub struct UnknownLanguage {
    pub wanted: String,
    pub known: String,
}

impl Language {
    pub fn english() -> Self {
        Self(FILES.fallback())
    }

    /// Every language, by code.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = FILES.locales().map(Self).collect();
        all.sort_by_key(|language| language.code());
        all
    }

    /// `de`.
    pub fn code(self) -> String {
        self.0.to_string()
    }

    /// Its name in the language itself: `Deutsch`.
    pub fn name(self) -> String {
        self.text("language")
    }

    /// What a country is called, by its code: `Austria` for `AT`; `None` when it is no country's code.
    pub fn country(self, code: &str) -> Option<String> {
        FILES.try_lookup(self.0, &format!("country-{code}"))
    }

    pub(crate) fn text(self, key: &str) -> String {
        FILES.lookup(self.0, key)
    }

    pub(crate) fn with<const N: usize>(self, key: &str, values: [(&'static str, FluentValue<'_>); N]) -> String {
        let values: HashMap<Cow<'static, str>, FluentValue<'_>> =
            values.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect();
        FILES.lookup_with_args(self.0, key, &values)
    }
}

/// Accepts `de` and, for want of a file of its own, `de-AT`.
impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = Self::all();
        let unknown = || UnknownLanguage {
            wanted: text.to_owned(),
            known: all.iter().map(|language| language.code()).collect::<Vec<_>>().join(", "),
        };
        let wanted: LanguageIdentifier = text.parse().map_err(|_| unknown())?;
        let exact = all.iter().find(|language| *language.0 == wanted);
        let close = || all.iter().find(|language| language.0.language == wanted.language);
        exact.or_else(close).copied().ok_or_else(unknown)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.code())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Keys with the names of the values they take, read from the file itself.
    fn keys(code: &str) -> BTreeSet<String> {
        let path = format!("{}/languages/{code}.ftl", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let mut keys = BTreeSet::new();
        let mut key = String::new();
        for line in text.lines() {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                key = line.split(" =").next().unwrap().to_owned();
                assert!(keys.insert(key.clone()), "{code}: `{key}` is there twice");
            }
            let required = key != "date-short" && key != "date-long";
            for value in line.split('$').skip(1).filter(|_| required) {
                let name: String = value.chars().take_while(char::is_ascii_alphanumeric).collect();
                keys.insert(format!("{key} ${name}"));
            }
        }
        keys
    }

    #[test]
    fn every_language_says_everything() {
        let english = keys("en");
        assert!(english.len() > 100);
        for language in Language::all() {
            let code = language.code();
            let here = keys(&code);
            assert_eq!(english.difference(&here).collect::<Vec<_>>(), Vec::<&String>::new(), "missing in {code}");
            assert_eq!(here.difference(&english).collect::<Vec<_>>(), Vec::<&String>::new(), "unknown in {code}");
        }
    }

    #[test]
    fn no_key_is_asked_for_in_vain() {
        let english = keys("en");
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap() {
            let source = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            for call in ["text(\"", "with(\""] {
                for rest in source.split(call).skip(1) {
                    let key = rest.split('"').next().unwrap();
                    let known = !key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') || english.contains(key);
                    assert!(known, "`{key}` is in no language file");
                }
            }
        }
    }

    #[test]
    fn countries_are_called_as_the_language_calls_them() {
        let called = |language: &str, code: &str| language.parse::<Language>().unwrap().country(code);
        assert_eq!(called("de", "AT").as_deref(), Some("Österreich"));
        assert_eq!(called("fr", "DE").as_deref(), Some("Allemagne"));
        assert_eq!(called("es", "NL").as_deref(), Some("Países Bajos"));
        assert_eq!(called("en", "CH").as_deref(), Some("Switzerland"));
        assert_eq!((called("en", "XX"), called("en", "")), (None, None));
    }

    #[test]
    fn a_region_without_a_file_speaks_its_language() {
        assert_eq!("de-AT".parse::<Language>().unwrap().name(), "Deutsch");
        assert_eq!(Language::english().code(), "en");
        let error = "tlh".parse::<Language>().unwrap_err().to_string();
        let known = Language::all().iter().map(|language| language.code()).collect::<Vec<_>>().join(", ");
        let expected = "`tlh` is not a language that documents can be printed in; choose one of ";
        assert_eq!(error.strip_prefix(expected), Some(known.as_str()));
    }
}
