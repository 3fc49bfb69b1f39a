//! The formats by the names that the command line and the corpus use.

use std::{fmt, str::FromStr};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Camt052,
    Camt053,
    Camt054,
    Mt940,
    Mt942,
    Ofx,
    Bai2,
    Lockbox,
    Coda,
    Cfonb120,
    Norma43,
    Qif,
    BankCsv,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a format; the formats are {names}", names = names())]
pub struct UnknownFormat(String);

impl Format {
    pub const ALL: &[Self] = &[
        Self::Camt052,
        Self::Camt053,
        Self::Camt054,
        Self::Mt940,
        Self::Mt942,
        Self::Ofx,
        Self::Bai2,
        Self::Lockbox,
        Self::Coda,
        Self::Cfonb120,
        Self::Norma43,
        Self::Qif,
        Self::BankCsv,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Camt052 => "camt052",
            Self::Camt053 => "camt053",
            Self::Camt054 => "camt054",
            Self::Mt940 => "mt940",
            Self::Mt942 => "mt942",
            Self::Ofx => "ofx",
            Self::Bai2 => "bai2",
            Self::Lockbox => "lockbox",
            Self::Coda => "coda",
            Self::Cfonb120 => "cfonb120",
            Self::Norma43 => "norma43",
            Self::Qif => "qif",
            Self::BankCsv => "bankcsv",
        }
    }
}

fn names() -> String {
    Format::ALL.iter().map(|format| format.as_str()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = text.replace('.', "");
        let found = Self::ALL.iter().find(|format| wanted.eq_ignore_ascii_case(format.as_str()));
        found.copied().ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
