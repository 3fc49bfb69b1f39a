//! The map file: a TOML document that names how a file's columns become our fields.
//!
//! `docs/import-maps` has one for each kind to start from. A mistake in it is an error that names the field; a column
//! that it names and the file lacks is a reject on the header's line.

use super::{DateFormat, ImportKind, Negative, NumberFormat};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportMap {
    pub kind: ImportKind,
    /// Where the file comes from. External ids are unique per source.
    pub source: Option<String>,
    pub delimiter: Option<char>,
    pub encoding: Option<String>,
    pub sheet: Option<String>,
    /// Lines before the header.
    #[serde(default)]
    pub skip_rows: usize,
    #[serde(default = "point")]
    pub decimal: char,
    pub group: Option<char>,
    #[serde(default = "leading")]
    pub negative: Negative,
    #[serde(default = "iso")]
    pub date: String,
    /// A row without a document number goes on with the document above it, whose other columns it may leave empty.
    #[serde(default)]
    pub continued_rows: bool,
    /// Rows to pass over: header name to the values that say so.
    #[serde(default)]
    pub skip: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnRule>,
    #[serde(default)]
    pub constants: BTreeMap<String, String>,
}

fn point() -> char {
    '.'
}

fn leading() -> Negative {
    Negative::Leading
}

fn iso() -> String {
    "%Y-%m-%d".to_owned()
}

/// Where a field's value stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a header name, a list of them, or { column = \"...\", map = { }, default = \"...\" }")]
pub enum ColumnRule {
    Header(String),
    /// Several columns: each is a tag, or together they are a key joined by hyphens.
    Joined(Vec<String>),
    Named(NamedColumn),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedColumn {
    pub column: String,
    /// Replaces values; others stay as they are.
    #[serde(default)]
    pub map: BTreeMap<String, String>,
    /// Stands in for an empty cell.
    pub default: Option<String>,
    /// The file may lack this column.
    #[serde(default)]
    pub optional: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    #[error("the map file cannot be read: {0}")]
    Toml(String),
    #[error("`{field}` is no field of {kind}; the fields are {fields}")]
    UnknownField { field: String, kind: ImportKind, fields: String },
    #[error("`{0}` has both a column and a constant")]
    Twice(String),
    #[error("`{0}` has an empty list of columns")]
    NoColumns(String),
    #[error("`date = \"{0}\"` is not a date format such as %d.%m.%Y, with one year, one month and one day")]
    Date(String),
    #[error("`decimal` must be a point or a comma, not `{0}`")]
    Decimal(char),
    #[error("`group` must be a comma, a point, a space or an apostrophe, not `{0}`")]
    Group(char),
    #[error("`decimal` and `group` are both `{0}`")]
    SameSign(char),
    #[error("`continued_rows` is for invoices and payments, whose rows can belong together, not for {0}")]
    Continued(ImportKind),
}

impl ImportMap {
    /// The map of a file whose headers are our field names.
    pub fn plain(kind: ImportKind) -> Self {
        Self {
            kind,
            source: None,
            delimiter: None,
            encoding: None,
            sheet: None,
            skip_rows: 0,
            decimal: point(),
            group: None,
            negative: leading(),
            date: iso(),
            continued_rows: false,
            skip: BTreeMap::new(),
            columns: BTreeMap::new(),
            constants: BTreeMap::new(),
        }
    }

    pub fn from_toml(text: &str) -> Result<Self, MapError> {
        let map: Self = toml::from_str(text).map_err(|error| MapError::Toml(error.to_string()))?;
        map.check()?;
        Ok(map)
    }

    fn check(&self) -> Result<(), MapError> {
        let fields = self.kind.fields();
        let unknown = self.columns.keys().chain(self.constants.keys()).find(|name| !fields.contains(&name.as_str()));
        if let Some(field) = unknown {
            let (field, kind, fields) = (field.clone(), self.kind, fields.join(", "));
            return Err(MapError::UnknownField { field, kind, fields });
        }
        if let Some(field) = self.constants.keys().find(|&name| self.columns.contains_key(name)) {
            return Err(MapError::Twice(field.clone()));
        }
        if let Some((field, _)) = self.columns.iter().find(|(_, rule)| rule.headers().is_empty()) {
            return Err(MapError::NoColumns(field.clone()));
        }
        if DateFormat::new(&self.date).is_none() {
            return Err(MapError::Date(self.date.clone()));
        }
        if self.continued_rows && !matches!(self.kind, ImportKind::Invoices | ImportKind::Payments) {
            return Err(MapError::Continued(self.kind));
        }
        self.check_signs()
    }

    fn check_signs(&self) -> Result<(), MapError> {
        if !matches!(self.decimal, '.' | ',') {
            return Err(MapError::Decimal(self.decimal));
        }
        match self.group {
            Some(group) if !matches!(group, '.' | ',' | ' ' | '\'') => Err(MapError::Group(group)),
            Some(group) if group == self.decimal => Err(MapError::SameSign(group)),
            _ => Ok(()),
        }
    }

    pub(super) fn numbers(&self) -> NumberFormat {
        NumberFormat { decimal: self.decimal, group: self.group, negative: self.negative }
    }

    pub(super) fn dates(&self) -> DateFormat {
        DateFormat::new(&self.date).unwrap_or_default()
    }
}

impl ColumnRule {
    pub(super) fn headers(&self) -> Vec<&str> {
        match self {
            Self::Header(header) => vec![header],
            Self::Joined(headers) => headers.iter().map(String::as_str).collect(),
            Self::Named(named) => vec![&named.column],
        }
    }

    pub(super) fn named(&self) -> Option<&NamedColumn> {
        match self {
            Self::Named(named) => Some(named),
            Self::Header(_) | Self::Joined(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        ImportMap::from_toml(text).unwrap_err().to_string()
    }

    #[test]
    fn a_map_names_columns_formats_and_constants() {
        let text = r#"
            kind = "invoices"
            delimiter = ";"
            decimal = ","
            date = "%d.%m.%Y"
            skip = { Status = ["Draft"] }
            [columns]
            number = "Beleg"
            tags = ["Region", "Branche"]
            currency = { column = "WKZ", map = { "€" = "EUR" }, default = "EUR" }
            [constants]
            terms = "30 days"
        "#;
        let map = ImportMap::from_toml(text).unwrap();
        assert_eq!((map.delimiter, map.decimal, map.group), (Some(';'), ',', None));
        assert_eq!(map.columns["tags"].headers(), ["Region", "Branche"]);
        assert_eq!(map.columns["currency"].named().unwrap().map["€"], "EUR");
    }

    #[test]
    fn mistakes_are_named() {
        let unknown = error("kind = \"products\"\n[columns]\nsku = \"Article\"");
        assert!(unknown.starts_with("`sku` is no field of products; the fields are code, name,"), "{unknown}");
        assert_eq!(
            error("kind = \"products\"\n[columns]\ncode = \"A\"\n[constants]\ncode = \"x\""),
            "`code` has both a column and a constant"
        );
        assert_eq!(error("kind = \"products\"\ndecimal = \",\"\ngroup = \",\""), "`decimal` and `group` are both `,`");
        assert!(
            error("kind = \"products\"\ndate = \"dd.mm.yyyy\"")
                .starts_with("`date = \"dd.mm.yyyy\"` is not a date format")
        );
        assert!(error("kind = \"letters\"").contains("`letters` is none of customers, products"));
        assert!(error("kind = \"products\"\ncolour = 1").contains("unknown field `colour`"));
        assert!(error("kind = \"products\"\n[columns]\ncode = 7").contains("a header name, a list of them"));
    }
}
