//! Tax codes: the category of EN 16931, rates by the day from which they apply, and why nothing is charged.
//!
//! A code never changes what an issued document says: documents keep the [`AppliedTax`] of the day. `rate_on` answers for
//! a day; `check` refuses a code that no invoice could carry; `presets` are the codes a new company starts with.

use kernel::{Date, Percent, TaxCodeId};

kernel::text_enum! {
    /// UNCL5305 codes that EN 16931 uses (BT-151 on a line, BT-118 in the breakdown).
    pub enum TaxCategory {
        /// The standard rate and every reduced rate.
        Standard = "S",
        ZeroRated = "Z",
        Exempt = "E",
        ReverseCharge = "AE",
        IntraCommunity = "K",
        Export = "G",
        OutsideScope = "O",
        /// IGIC of the Canary Islands.
        CanaryIslands = "L",
        /// IPSI of Ceuta and Melilla.
        CeutaMelilla = "M",
    }
}

impl TaxCategory {
    /// Nothing is charged and the document must say why.
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::Exempt | Self::ReverseCharge | Self::IntraCommunity | Self::Export | Self::OutsideScope)
    }

    /// Nothing is ever charged.
    pub const fn is_always_zero(self) -> bool {
        self.needs_reason() || matches!(self, Self::ZeroRated)
    }

    /// Whether a document may carry this category at `rate` (BR-S-05, BR-Z-05, BR-E-05, BR-AE-05, BR-IC-05 and so on).
    pub fn allows(self, rate: Percent) -> bool {
        match self {
            _ if self.is_always_zero() => rate.is_zero(),
            Self::Standard => rate > Percent::ZERO && rate <= Percent::whole(100),
            _ => !rate.is_negative() && rate <= Percent::whole(100),
        }
    }
}

/// The tax of one line as it was on the day of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct AppliedTax {
    pub code: TaxCodeId,
    pub category: TaxCategory,
    pub rate: Percent,
}

/// A rate and the first day on which it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DatedRate {
    pub valid_from: Date,
    pub rate: Percent,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TaxCode {
    pub code: String,
    pub name: String,
    pub category: TaxCategory,
    pub exemption_reason: Option<String>,
    /// Oldest first; empty for categories that never charge.
    pub rates: Vec<DatedRate>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaxError {
    #[error("tax code {code}: the rate {rate} % valid from {valid_from} does not go with category {category}")]
    Rate { code: String, category: TaxCategory, rate: Percent, valid_from: Date },
    #[error("tax code {code}: category {category} needs a reason why no tax is charged")]
    NoReason { code: String, category: TaxCategory },
    #[error("tax code {code}: category {category} must not carry an exemption reason")]
    Reason { code: String, category: TaxCategory },
    #[error("tax code {code} has no rate")]
    NoRate { code: String },
    #[error("tax code {code}: the rate valid from {valid_from} must come after the one valid from {before}")]
    Order { code: String, before: Date, valid_from: Date },
    #[error("tax code {code} has no rate on {date}: its first is valid from {first}")]
    TooEarly { code: String, date: Date, first: Date },
}

impl TaxCode {
    /// The rate on a day: always 0 for categories that never charge.
    pub fn rate_on(&self, date: Date) -> Result<Percent, TaxError> {
        if self.category.is_always_zero() {
            return Ok(Percent::ZERO);
        }
        let valid = self.rates.iter().rev().find(|rate| rate.valid_from <= date);
        valid.map(|rate| rate.rate).ok_or_else(|| match self.rates.first() {
            Some(first) => TaxError::TooEarly { code: self.code.clone(), date, first: first.valid_from },
            None => TaxError::NoRate { code: self.code.clone() },
        })
    }

    /// What a line of a document of `date` carries; `id` is this code's.
    pub fn applied_on(&self, id: TaxCodeId, date: Date) -> Result<AppliedTax, TaxError> {
        Ok(AppliedTax { code: id, category: self.category, rate: self.rate_on(date)? })
    }

    pub fn check(&self) -> Result<(), TaxError> {
        let (code, category) = (|| self.code.clone(), self.category);
        let has_reason = self.exemption_reason.as_deref().is_some_and(|reason| !reason.trim().is_empty());
        if category.needs_reason() && !has_reason {
            return Err(TaxError::NoReason { code: code(), category });
        }
        if !category.needs_reason() && has_reason {
            return Err(TaxError::Reason { code: code(), category });
        }
        if self.rates.is_empty() && !category.is_always_zero() {
            return Err(TaxError::NoRate { code: code() });
        }
        if let Some(&DatedRate { valid_from, rate }) = self.rates.iter().find(|rate| !category.allows(rate.rate)) {
            return Err(TaxError::Rate { code: code(), category, rate, valid_from });
        }
        match self.rates.windows(2).find(|pair| pair[0].valid_from >= pair[1].valid_from) {
            Some(pair) => {
                let (before, valid_from) = (pair[0].valid_from, pair[1].valid_from);
                Err(TaxError::Order { code: code(), before, valid_from })
            }
            None => Ok(()),
        }
    }
}

/// Code, name and rates of a shipped code that charges.
type Charged = (&'static str, &'static str, &'static [DatedRate]);

const fn from(year: i16, month: i8, day: i8, tenths_of_percent: i64) -> DatedRate {
    DatedRate {
        valid_from: Date::from_civil(jiff::civil::date(year, month, day)),
        rate: Percent::from_scaled(tenths_of_percent * 1_000),
    }
}

const GERMANY: &[Charged] = &[
    (
        "standard",
        "Standard rate",
        &[from(1998, 4, 1, 160), from(2007, 1, 1, 190), from(2020, 7, 1, 160), from(2021, 1, 1, 190)],
    ),
    ("reduced", "Reduced rate", &[from(1983, 7, 1, 70), from(2020, 7, 1, 50), from(2021, 1, 1, 70)]),
];
const FRANCE: &[Charged] = &[
    ("standard", "Standard rate", &[from(2000, 4, 1, 196), from(2014, 1, 1, 200)]),
    ("intermediate", "Intermediate rate", &[from(2012, 1, 1, 70), from(2014, 1, 1, 100)]),
    ("reduced", "Reduced rate", &[from(2000, 4, 1, 55)]),
    ("super-reduced", "Super-reduced rate", &[from(2000, 4, 1, 21)]),
];
const SPAIN: &[Charged] = &[
    ("standard", "Standard rate", &[from(1995, 1, 1, 160), from(2010, 7, 1, 180), from(2012, 9, 1, 210)]),
    ("reduced", "Reduced rate", &[from(1995, 1, 1, 70), from(2010, 7, 1, 80), from(2012, 9, 1, 100)]),
    ("super-reduced", "Super-reduced rate", &[from(1995, 1, 1, 40)]),
];
const AUSTRIA: &[Charged] = &[
    ("standard", "Standard rate", &[from(1984, 1, 1, 200)]),
    ("intermediate", "Intermediate rate", &[from(2016, 1, 1, 130)]),
    ("reduced", "Reduced rate", &[from(1984, 1, 1, 100)]),
];
const SWITZERLAND: &[Charged] = &[
    ("standard", "Standard rate", &[from(2011, 1, 1, 80), from(2018, 1, 1, 77), from(2024, 1, 1, 81)]),
    ("reduced", "Reduced rate", &[from(2011, 1, 1, 25), from(2024, 1, 1, 26)]),
    ("lodging", "Lodging rate", &[from(2011, 1, 1, 38), from(2018, 1, 1, 37), from(2024, 1, 1, 38)]),
];
const BRITAIN: &[Charged] = &[
    (
        "standard",
        "Standard rate",
        &[from(1991, 4, 1, 175), from(2008, 12, 1, 150), from(2010, 1, 1, 175), from(2011, 1, 4, 200)],
    ),
    ("reduced", "Reduced rate", &[from(1997, 9, 1, 50)]),
];

/// The codes that a company of `country` (ISO 3166) starts with; elsewhere a single code without tax.
pub fn presets(country: &str) -> Vec<TaxCode> {
    let (charged, in_eu) = match country {
        "DE" => (GERMANY, true),
        "FR" => (FRANCE, true),
        "ES" => (SPAIN, true),
        "AT" => (AUSTRIA, true),
        "CH" => (SWITZERLAND, false),
        "GB" => (BRITAIN, false),
        _ => {
            let reason = "Not subject to value added tax";
            return vec![free("no-tax", "No tax", TaxCategory::OutsideScope, Some(reason))];
        }
    };
    let mut codes: Vec<TaxCode> = charged.iter().map(charging).collect();
    if country == "GB" {
        codes.push(free("zero", "Zero rate", TaxCategory::ZeroRated, None));
    }
    // The document says in its own language what the category means; the reason says where the law does.
    let law = |article: &'static str, elsewhere: &'static str| Some(if in_eu { article } else { elsewhere });
    let reason = law("Art. 196 Directive 2006/112/EC", "The recipient owes the tax");
    codes.push(free("reverse-charge", "Reverse charge", TaxCategory::ReverseCharge, reason));
    if in_eu {
        let reason = "Art. 138 Directive 2006/112/EC";
        codes.push(free("intra-community", "Intra-community supply", TaxCategory::IntraCommunity, Some(reason)));
    }
    let reason = law("Art. 146 Directive 2006/112/EC", "Tax-exempt export");
    codes.push(free("export", "Export", TaxCategory::Export, reason));
    codes.push(free("exempt", "Exempt", TaxCategory::Exempt, Some("Exempt from tax")));
    codes
}

fn charging((code, name, rates): &Charged) -> TaxCode {
    TaxCode {
        code: (*code).to_owned(),
        name: (*name).to_owned(),
        category: TaxCategory::Standard,
        exemption_reason: None,
        rates: rates.to_vec(),
    }
}

fn free(code: &str, name: &str, category: TaxCategory, reason: Option<&str>) -> TaxCode {
    TaxCode {
        code: code.to_owned(),
        name: name.to_owned(),
        category,
        exemption_reason: reason.map(str::to_owned),
        rates: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn preset(country: &str, code: &str) -> TaxCode {
        presets(country).into_iter().find(|preset| preset.code == code).unwrap()
    }

    fn rates(country: &str, date: &str) -> String {
        let charged = presets(country).into_iter().filter(|code| !code.category.is_always_zero());
        charged.map(|code| code.rate_on(day(date)).unwrap().to_string()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn rates_of_the_day_as_the_law_had_them() {
        assert_eq!(rates("DE", "2020-06-30"), "19 7");
        assert_eq!(rates("DE", "2020-07-01"), "16 5");
        assert_eq!(rates("DE", "2020-12-31"), "16 5");
        assert_eq!(rates("DE", "2021-01-01"), "19 7");
        assert_eq!(rates("FR", "2026-11-22"), "20 10 5.5 2.1");
        assert_eq!(rates("FR", "2013-12-31"), "19.6 7 5.5 2.1");
        assert_eq!(rates("ES", "2026-11-22"), "21 10 4");
        assert_eq!(rates("ES", "2012-08-31"), "18 8 4");
        assert_eq!(rates("AT", "2026-11-22"), "20 13 10");
        assert_eq!(rates("GB", "2011-01-03"), "17.5 5");
        assert_eq!(rates("GB", "2026-11-22"), "20 5");
        assert_eq!(rates("CH", "2023-12-31"), "7.7 2.5 3.7");
        assert_eq!(rates("CH", "2024-01-01"), "8.1 2.6 3.8");
        assert_eq!(rates("US", "2026-11-22"), "");
    }

    #[test]
    fn every_shipped_code_passes_and_is_kept_as_json() {
        for country in ["DE", "FR", "ES", "AT", "CH", "GB", "US"] {
            for code in presets(country) {
                assert_eq!(code.check(), Ok(()), "{country} {}", code.code);
                let json = serde_json::to_string(&code).unwrap();
                assert_eq!(serde_json::from_str::<TaxCode>(&json).unwrap(), code);
            }
        }
        assert_eq!(preset("GB", "zero").category, TaxCategory::ZeroRated);
        assert_eq!(presets("US").len(), 1);
        assert!(presets("CH").iter().all(|code| code.category != TaxCategory::IntraCommunity));
    }

    #[test]
    fn a_code_has_no_rate_before_its_first() {
        let error = preset("AT", "intermediate").rate_on(day("2015-12-31")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "tax code intermediate has no rate on 2015-12-31: its first is valid from 2016-01-01"
        );
        assert_eq!(preset("DE", "export").rate_on(day("1900-01-01")), Ok(Percent::ZERO));
    }

    #[test]
    fn codes_that_no_invoice_could_carry_are_refused() {
        let refusal = |code: TaxCode| code.check().unwrap_err().to_string();
        let reverse = preset("DE", "reverse-charge");
        let reason = TaxCode { exemption_reason: Some(" ".into()), ..reverse.clone() };
        assert_eq!(refusal(reason), "tax code reverse-charge: category AE needs a reason why no tax is charged");
        let charged = TaxCode { rates: vec![from(2026, 1, 1, 190)], ..reverse };
        let sentence = "tax code reverse-charge: the rate 19 % valid from 2026-01-01 does not go with category AE";
        assert_eq!(refusal(charged), sentence);
        let standard = preset("DE", "standard");
        let zero = TaxCode { rates: vec![from(2026, 1, 1, 0)], ..standard.clone() };
        assert!(matches!(zero.check(), Err(TaxError::Rate { category: TaxCategory::Standard, .. })));
        let empty = TaxCode { rates: Vec::new(), ..standard.clone() };
        assert_eq!(refusal(empty), "tax code standard has no rate");
        let twice = TaxCode { rates: vec![from(2026, 1, 1, 190), from(2026, 1, 1, 190)], ..standard.clone() };
        assert!(matches!(twice.check(), Err(TaxError::Order { .. })));
        let reason = TaxCode { exemption_reason: Some("why".into()), ..standard };
        assert_eq!(refusal(reason), "tax code standard: category S must not carry an exemption reason");
    }

    #[test]
    fn a_category_allows_its_rates() {
        let allows =
            |category: &str, rate: &str| category.parse::<TaxCategory>().unwrap().allows(rate.parse().unwrap());
        for category in ["Z", "E", "AE", "K", "G", "O"] {
            assert!(allows(category, "0") && !allows(category, "1"), "{category}");
        }
        assert!(allows("S", "0.1") && !allows("S", "0") && !allows("S", "-1") && !allows("S", "101"));
        assert!(allows("L", "0") && allows("L", "7") && allows("M", "10") && !allows("M", "-1"));
    }
}
