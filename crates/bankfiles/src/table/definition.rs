//! The definition of a bank's table: a small TOML file that a person can write. Several are shipped in
//! `definitions/tables`; the import page proposes one and lets the clerk keep it.

use std::{fmt, sync::LazyLock};

/// How to read one bank's table.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub name: String,
    /// Found from the file when it is not given; so is the encoding (`utf-8`, `windows-1252`, ...).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Columns have names; otherwise they have numbers, from one.
    #[serde(default = "yes")]
    pub header: bool,
    /// `DD.MM.YYYY`, `MM/DD/YY`, `YYYYMMDD`: the order counts, and the widths where there are no separators.
    pub dates: String,
    #[serde(default = "point")]
    pub decimal: char,
    /// Where no column says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(default)]
    pub sign: Sign,
    pub columns: Columns,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sides: Option<Sides>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<RowKinds>,
}

fn yes() -> bool {
    true
}

fn point() -> char {
    '.'
}

/// What a plus means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// Money in.
    #[default]
    AsWritten,
    /// Money out, as on the statements of some cards.
    Inverted,
}

/// A column by its name in the header, or by its number from one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Column {
    Number(usize),
    Name(String),
}

/// Either `amount`, or `debit` and `credit`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    pub date: Column,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_date: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debit: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Column>,
    /// Taken beside the amount, and part of the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Column>,
    /// Says debit or credit in words; see [`Sides`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Column>,
    /// The first that is filled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub name: Vec<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty_account: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty_bank: Option<Column>,
    /// Where the two ends of a payment have columns of their own: the counterparty is the payer of money in and the
    /// payee of money out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payee: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_account: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payee_account: Option<Column>,
    /// All of them, one behind the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text: Vec<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_reference: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_to_end_id: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate_id: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creditor_id: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_amount: Option<Column>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_currency: Option<Column>,
}

/// The words for the two sides; capitals do not matter.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sides {
    pub debit: Vec<String>,
    pub credit: Vec<String>,
}

/// Rows that are no lines, by what stands in a column.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowKinds {
    pub column: Column,
    #[serde(default)]
    pub opening: Vec<String>,
    #[serde(default)]
    pub closing: Vec<String>,
    #[serde(default)]
    pub skip: Vec<String>,
    /// Lines that are booked; where this is given, a word that is nowhere in this table is a warning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub booked: Vec<String>,
    /// Lines that are not booked yet, and lines that never will be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub information: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKind {
    Opening,
    Closing,
    Skipped,
    Pending,
    Information,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    #[error("the definition cannot be read: {0}")]
    Toml(String),
    #[error("`{0}` is not a date format such as DD.MM.YYYY")]
    Dates(String),
    #[error("`{0}` is not a decimal mark; it is a point or a comma")]
    Decimal(char),
    #[error("there is no column for the amount, nor one each for debit and credit")]
    NoAmount,
    #[error("columns without a header have numbers from 1, so `{0}` is none")]
    Column(String),
    #[error("the column for the side needs [sides] with the words for debit and credit")]
    NoSides,
}

impl Definition {
    pub fn parse(toml: &str) -> Result<Self, DefinitionError> {
        let definition: Self = toml::from_str(toml).map_err(|error| DefinitionError::Toml(error.to_string()))?;
        let columns = &definition.columns;
        if !['D', 'M', 'Y'].iter().all(|part| definition.dates.contains(*part)) {
            return Err(DefinitionError::Dates(definition.dates));
        }
        if !matches!(definition.decimal, '.' | ',') {
            return Err(DefinitionError::Decimal(definition.decimal));
        }
        if columns.amount.is_none() && (columns.debit.is_none() || columns.credit.is_none()) {
            return Err(DefinitionError::NoAmount);
        }
        if columns.side.is_some() != definition.sides.is_some() {
            return Err(DefinitionError::NoSides);
        }
        let nameless = |column: &&Column| match column {
            Column::Number(number) => *number == 0,
            Column::Name(_) => !definition.header,
        };
        let wrong = columns.all().into_iter().find(nameless).map(ToString::to_string);
        wrong.map_or(Ok(definition), |column| Err(DefinitionError::Column(column)))
    }

    /// The definition as a file.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

/// The columns for the name and the account of one end of a payment.
type End<'c> = (&'c Option<Column>, &'c Option<Column>);

impl Columns {
    /// The far and the near end.
    pub(super) fn ends(&self, is_debit: bool) -> (End<'_>, End<'_>) {
        let (payer, payee) = ((&self.payer, &self.payer_account), (&self.payee, &self.payee_account));
        if is_debit { (payee, payer) } else { (payer, payee) }
    }

    pub(super) fn at(date: Column) -> Self {
        Self {
            date,
            value_date: None,
            amount: None,
            debit: None,
            credit: None,
            fee: None,
            side: None,
            balance: None,
            currency: None,
            account: None,
            name: Vec::new(),
            counterparty_account: None,
            counterparty_bank: None,
            payer: None,
            payee: None,
            payer_account: None,
            payee_account: None,
            text: Vec::new(),
            reference: None,
            bank_reference: None,
            end_to_end_id: None,
            mandate_id: None,
            creditor_id: None,
            code: None,
            original_amount: None,
            original_currency: None,
        }
    }

    pub(super) fn all(&self) -> Vec<&Column> {
        let single = [
            &self.value_date,
            &self.amount,
            &self.debit,
            &self.credit,
            &self.fee,
            &self.side,
            &self.balance,
            &self.currency,
            &self.account,
            &self.counterparty_account,
            &self.counterparty_bank,
            &self.payer,
            &self.payee,
            &self.payer_account,
            &self.payee_account,
            &self.reference,
            &self.bank_reference,
            &self.end_to_end_id,
            &self.mandate_id,
            &self.creditor_id,
            &self.code,
            &self.original_amount,
            &self.original_currency,
        ];
        let several = self.name.iter().chain(&self.text);
        std::iter::once(&self.date).chain(single.into_iter().flatten()).chain(several).collect()
    }
}

impl Column {
    /// Its place among these cells of a header.
    pub(super) fn index(&self, header: &[String]) -> Option<usize> {
        match self {
            Self::Number(number) => number.checked_sub(1).filter(|&at| at < header.len()),
            Self::Name(name) => header.iter().position(|cell| folded(cell) == folded(name)),
        }
    }
}

/// Without capitals and without blanks around; a byte order mark is no letter.
fn folded(name: &str) -> String {
    name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').to_lowercase()
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => f.pad(name),
        }
    }
}

impl Sides {
    pub(super) fn is_debit(&self, word: &str) -> Option<bool> {
        let among = |words: &[String]| words.iter().any(|known| folded(known) == folded(word));
        if among(&self.debit) { Some(true) } else { among(&self.credit).then_some(false) }
    }
}

impl RowKinds {
    /// Whether the words for booked lines are known and this is none of them.
    pub(super) fn is_unknown(&self, word: &str) -> bool {
        let is_booked = || self.booked.iter().any(|known| folded(known) == folded(word));
        !word.is_empty() && !self.booked.is_empty() && self.kind(word).is_none() && !is_booked()
    }

    pub(super) fn kind(&self, word: &str) -> Option<RowKind> {
        let states = |words: &[String]| words.iter().any(|known| is_dated(word, known));
        if states(&self.opening) || states(&self.closing) {
            return Some(if states(&self.opening) { RowKind::Opening } else { RowKind::Closing });
        }
        let kinds = [
            (&self.skip, RowKind::Skipped),
            (&self.pending, RowKind::Pending),
            (&self.information, RowKind::Information),
        ];
        kinds
            .into_iter()
            .find(|(words, _)| words.iter().any(|known| folded(known) == folded(word)))
            .map(|(_, kind)| kind)
    }
}

/// The words themselves, or with the day of a balance behind them: `Saldo iniziale al 31/12/2025`.
pub(super) fn is_dated(cell: &str, words: &str) -> bool {
    let cell = folded(cell);
    let Some(rest) = cell.strip_prefix(&folded(words)) else { return false };
    let is_day = |word: &str| word.chars().count() <= 3 || word.bytes().any(|b| b.is_ascii_digit());
    rest.is_empty()
        || rest.starts_with([' ', ':']) && rest.bytes().any(|b| b.is_ascii_digit()) && rest.split(' ').all(is_day)
}

/// The definitions that come with the program.
pub(super) fn shipped() -> &'static [Definition] {
    static SHIPPED: LazyLock<Vec<Definition>> =
        LazyLock::new(|| TEXTS.iter().filter_map(|text| Definition::parse(text).ok()).collect());
    &SHIPPED
}

const TEXTS: [&str; 6] = [
    include_str!("../../definitions/tables/swedbank-lt.toml"),
    include_str!("../../definitions/tables/wise.toml"),
    include_str!("../../definitions/tables/sparkasse-camt.toml"),
    include_str!("../../definitions/tables/ing-nl.toml"),
    include_str!("../../definitions/tables/rabobank-nl.toml"),
    include_str!("../../definitions/tables/mint.toml"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_definition_is_one_and_comes_back() {
        assert_eq!(shipped().len(), TEXTS.len());
        for definition in shipped() {
            assert_eq!(&Definition::parse(&definition.to_toml()).unwrap(), definition);
        }
    }

    #[test]
    fn a_wrong_definition_says_what_is_wrong() {
        let error = |text: &str| Definition::parse(text).unwrap_err().to_string();
        let head = "name = 'x'\ndates = 'DD.MM.YYYY'\n";
        assert_eq!(
            error(&format!("{head}[columns]\ndate = 'a'\ndebit = 'b'")),
            "there is no column for the amount, nor one each for debit and credit"
        );
        assert_eq!(
            error(&format!("{head}header = false\n[columns]\ndate = 1\namount = 'b'")),
            "columns without a header have numbers from 1, so `b` is none"
        );
        assert_eq!(
            error("name = 'x'\ndates = 'D/Y'\n[columns]\ndate = 'a'\namount = 'b'"),
            "`D/Y` is not a date format such as DD.MM.YYYY"
        );
        assert!(
            error(&format!("{head}[columns]\ndate = 'a'\namount = 'b'\nsum = 'c'")).contains("unknown field `sum`")
        );
    }
}
