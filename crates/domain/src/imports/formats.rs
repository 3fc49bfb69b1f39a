//! How a file writes numbers and dates. Strict: text that could be read in two ways is refused with the setting that
//! would make it plain.

use kernel::Date;
use std::borrow::Cow;

kernel::text_enum! {
    /// Where a negative number has its sign. A leading minus is always understood.
    pub enum Negative {
        Leading = "leading",
        /// `12.50-`, as SAP prints.
        Trailing = "trailing",
        /// `(12.50)`, as accountants print.
        Parentheses = "parentheses",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberFormat {
    pub decimal: char,
    pub group: Option<char>,
    pub negative: Negative,
}

impl Default for NumberFormat {
    fn default() -> Self {
        Self { decimal: '.', group: None, negative: Negative::Leading }
    }
}

impl NumberFormat {
    /// The number as the kernel reads it (`-1234.50`), or the sentence that says why it is none.
    pub(super) fn plain<'v>(&self, text: &'v str) -> Result<Cow<'v, str>, String> {
        self.understood(text).ok_or_else(|| self.explain(text))
    }

    fn understood<'v>(&self, text: &'v str) -> Option<Cow<'v, str>> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if self.decimal == '.' && is_plain(digits) {
            return Some(Cow::Borrowed(text));
        }
        let (negative, size) = self.signed(text);
        let (whole, fraction) = size.split_once(self.decimal).unwrap_or((size, "0"));
        let whole = self.ungrouped(whole).filter(|_| all_digits(fraction))?;
        Some(Cow::Owned(format!("{}{whole}.{fraction}", if negative { "-" } else { "" })))
    }

    fn signed<'v>(&self, text: &'v str) -> (bool, &'v str) {
        let inner = match self.negative {
            Negative::Leading => None,
            Negative::Trailing => text.strip_suffix('-'),
            Negative::Parentheses => text.strip_prefix('(').and_then(|text| text.strip_suffix(')')),
        };
        match inner.or_else(|| text.strip_prefix('-')) {
            Some(size) => (true, size),
            None => (false, text),
        }
    }

    fn ungrouped<'v>(&self, whole: &'v str) -> Option<Cow<'v, str>> {
        if all_digits(whole) {
            return Some(Cow::Borrowed(whole));
        }
        let group = self.group?;
        let spaces = |sign: char| group == ' ' && matches!(sign, '\u{a0}' | '\u{202f}');
        let plain: String = whole.chars().map(|sign| if spaces(sign) { ' ' } else { sign }).collect();
        is_grouped(&plain, group).then(|| Cow::Owned(plain.replace(group, "")))
    }

    /// Why `text` is no number, with the setting that would make it one where that is clear.
    fn explain(&self, text: &str) -> String {
        let size = text.trim_start_matches('-');
        let other = if self.decimal == '.' { ',' } else { '.' };
        let thousands = |sign: char| {
            let whole = size.split_once(self.decimal).map_or(size, |(whole, _)| whole);
            self.group != Some(sign) && is_grouped(whole, sign)
        };
        if !size.chars().all(|sign| sign.is_ascii_digit() || ".,' \u{a0}\u{202f}".contains(sign)) {
            return self.explain_sign(text);
        }
        let signs = size.matches([other, self.decimal]).count();
        if signs == 1 && thousands(other) {
            return format!(
                "`{text}` can be read in two ways; set `group = \"{other}\"` or `decimal = \"{other}\"` in the map file"
            );
        }
        if let Some(sign) = [other, '\'', ' '].into_iter().find(|&sign| thousands(sign)) {
            return format!("`{text}` has a thousands separator; set `group = \"{sign}\"` in the map file");
        }
        let name = if other == ',' { "comma" } else { "point" };
        match size.rsplit_once(other) {
            Some((whole, fraction)) if all_digits(fraction) && all_digits(whole) => {
                format!("`{text}` has a decimal {name}; set `decimal = \"{other}\"` in the map file")
            }
            Some((whole, fraction)) if all_digits(fraction) && is_grouped(whole, self.decimal) => format!(
                "`{text}` has a decimal {name}; set `decimal = \"{other}\"` and `group = \"{}\"` in the map file",
                self.decimal
            ),
            _ => self.no_number(text),
        }
    }

    fn explain_sign(&self, text: &str) -> String {
        let inner = |negative| Self { negative, ..*self }.understood(text).is_some();
        if self.negative != Negative::Trailing && inner(Negative::Trailing) {
            format!("`{text}` has its minus behind; set `negative = \"trailing\"` in the map file")
        } else if self.negative != Negative::Parentheses && inner(Negative::Parentheses) {
            format!("`{text}` stands in parentheses; set `negative = \"parentheses\"` in the map file")
        } else {
            self.no_number(text)
        }
    }

    fn no_number(&self, text: &str) -> String {
        let group = self.group.map_or(String::new(), |sign| sign.to_string());
        format!("`{text}` is not a number such as 1{group}234{}50", self.decimal)
    }
}

fn is_plain(digits: &str) -> bool {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    all_digits(whole) && all_digits(fraction)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Groups of three at the end and of two or three before it, as in India: `1,234,567` and `12,34,567`.
fn is_grouped(whole: &str, group: char) -> bool {
    let parts: Vec<&str> = whole.split(group).collect();
    let [first, middle @ .., last] = &parts[..] else { return false };
    all_digits(first)
        && first.len() <= 3
        && last.len() == 3
        && all_digits(last)
        && middle.iter().all(|part| (2..=3).contains(&part.len()) && all_digits(part))
}

/// A date format in the words of strftime: `%Y-%m-%d`, `%d.%m.%Y`, `%-m/%-d/%y`, `%d-%b-%Y`; a time behind it is read
/// and dropped (`%H:%M:%S`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    parts: Vec<Part>,
    sample: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Sign(char),
    Number { what: What, least: usize, most: usize },
    MonthName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Year,
    ShortYear,
    Month,
    Day,
    Time,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const ISO: &str = "%Y-%m-%d";

impl Default for DateFormat {
    fn default() -> Self {
        Self::iso()
    }
}

impl DateFormat {
    fn iso() -> Self {
        Self::new(ISO).unwrap_or(Self { parts: Vec::new(), sample: String::new() })
    }

    /// `None` when the format has an unknown word or not exactly one year, month and day.
    pub fn new(format: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut signs = format.chars();
        while let Some(sign) = signs.next() {
            parts.push(if sign == '%' { word(&mut signs)? } else { Part::Sign(sign) });
        }
        let count = |wanted: fn(&Part) -> bool| parts.iter().filter(|part| wanted(part)).count();
        let years = count(|part| matches!(part, Part::Number { what: What::Year | What::ShortYear, .. }));
        let months = count(|part| matches!(part, Part::MonthName | Part::Number { what: What::Month, .. }));
        let days = count(|part| matches!(part, Part::Number { what: What::Day, .. }));
        let sample = parts.iter().map(sampled).collect();
        ((years, months, days) == (1, 1, 1)).then_some(Self { parts, sample })
    }

    /// The day, or the sentence that says why it is none. An ISO date is understood beside any format that does not
    /// begin with a year, because nothing else looks like it (and a workbook's real dates arrive so).
    pub(super) fn read(&self, text: &str) -> Result<Date, String> {
        let iso = || (!matches!(self.parts.first(), Some(Part::Number { what: What::Year, .. }))).then(Self::iso);
        let found = self.fields(text).or_else(|| iso()?.fields(text));
        let (year, month, day) = found
            .ok_or_else(|| format!("`{text}` is not a date in the form {}; set `date` in the map file", self.sample))?;
        Date::new(year, month, day).ok_or_else(|| format!("`{text}` is not a day of the calendar"))
    }

    fn fields(&self, text: &str) -> Option<(i16, i8, i8)> {
        let (mut year, mut month, mut day, mut rest) = (0_i16, 0_i8, 0_i8, text);
        for part in &self.parts {
            match *part {
                Part::Sign(sign) => rest = rest.strip_prefix(sign)?,
                Part::MonthName => {
                    let name = rest.get(..3)?.to_ascii_lowercase();
                    month = i8::try_from(MONTHS.iter().position(|&known| known == name)? + 1).ok()?;
                    rest = &rest[3..];
                }
                Part::Number { what, least, most } => {
                    let length = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
                    let value: i16 = rest.get(..length).filter(|_| length >= least)?.parse().ok()?;
                    rest = &rest[length..];
                    match what {
                        What::Year => year = value,
                        What::ShortYear => year = if value < 70 { 2000 + value } else { 1900 + value },
                        What::Month => month = i8::try_from(value).ok()?,
                        What::Day => day = i8::try_from(value).ok()?,
                        What::Time => {}
                    }
                }
            }
        }
        rest.is_empty().then_some((year, month, day))
    }
}

/// The part behind a `%`.
fn word(signs: &mut std::str::Chars<'_>) -> Option<Part> {
    let number = |what, least, most| Some(Part::Number { what, least, most });
    match signs.next()? {
        'Y' => number(What::Year, 4, 4),
        'y' => number(What::ShortYear, 2, 2),
        'm' => number(What::Month, 2, 2),
        'd' => number(What::Day, 2, 2),
        'H' | 'M' | 'S' => number(What::Time, 2, 2),
        'b' => Some(Part::MonthName),
        '%' => Some(Part::Sign('%')),
        '-' => match signs.next()? {
            'm' => number(What::Month, 1, 2),
            'd' => number(What::Day, 1, 2),
            'H' => number(What::Time, 1, 2),
            _ => None,
        },
        _ => None,
    }
}

fn sampled(part: &Part) -> String {
    match part {
        Part::Sign(sign) => sign.to_string(),
        Part::MonthName => "Dec".to_owned(),
        Part::Number { what, .. } => match what {
            What::Year => "2020",
            What::ShortYear => "20",
            What::Month => "12",
            What::Day => "31",
            What::Time => "00",
        }
        .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(decimal: char, group: Option<char>, negative: Negative) -> NumberFormat {
        NumberFormat { decimal, group, negative }
    }

    #[test]
    fn numbers_of_many_lands() {
        let plain = NumberFormat::default();
        let english = number('.', Some(','), Negative::Parentheses);
        let german = number(',', Some('.'), Negative::Trailing);
        let french = number(',', Some(' '), Negative::Leading);
        let swiss = number('.', Some('\''), Negative::Leading);
        for (format, text, expected) in [
            (plain, "1234.50", "1234.50"),
            (plain, "-3", "-3"),
            (english, "1,234,567.89", "1234567.89"),
            (english, "12,34,567.89", "1234567.89"),
            (english, "(1,234.50)", "-1234.50"),
            (german, "1.234,50-", "-1234.50"),
            (german, "-1234,5", "-1234.5"),
            (german, "7", "7.0"),
            (french, "1\u{202f}234,50", "1234.50"),
            (french, "1 234,50", "1234.50"),
            (swiss, "12'345.05", "12345.05"),
        ] {
            assert_eq!(format.plain(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_refusal_names_the_setting() {
        let plain = NumberFormat::default();
        let german = number(',', Some('.'), Negative::Leading);
        for (format, text, expected) in [
            (plain, "1,234.50", "`1,234.50` has a thousands separator; set `group = \",\"` in the map file"),
            (plain, "1,234,567", "`1,234,567` has a thousands separator; set `group = \",\"` in the map file"),
            (plain, "-1 234.50", "`-1 234.50` has a thousands separator; set `group = \" \"` in the map file"),
            (plain, "1'234", "`1'234` has a thousands separator; set `group = \"'\"` in the map file"),
            (plain, "12,50", "`12,50` has a decimal comma; set `decimal = \",\"` in the map file"),
            (
                plain,
                "1.234,50",
                "`1.234,50` has a decimal comma; set `decimal = \",\"` and `group = \".\"` in the map file",
            ),
            (
                plain,
                "1,234",
                "`1,234` can be read in two ways; set `group = \",\"` or `decimal = \",\"` in the map file",
            ),
            (plain, "12.50-", "`12.50-` has its minus behind; set `negative = \"trailing\"` in the map file"),
            (plain, "(12.50)", "`(12.50)` stands in parentheses; set `negative = \"parentheses\"` in the map file"),
            (plain, "$12.50", "`$12.50` is not a number such as 1234.50"),
            (plain, "1e5", "`1e5` is not a number such as 1234.50"),
            (plain, "1.2.3", "`1.2.3` is not a number such as 1234.50"),
            (plain, ".5", "`.5` is not a number such as 1234.50"),
            (german, "12.50", "`12.50` has a decimal point; set `decimal = \".\"` in the map file"),
            (german, "1.23,50", "`1.23,50` is not a number such as 1.234,50"),
        ] {
            assert_eq!(format.plain(text), Err(expected.to_owned()));
        }
    }

    fn read(format: &str, text: &str) -> Result<String, String> {
        DateFormat::new(format).unwrap().read(text).map(|date| date.to_string())
    }

    #[test]
    fn dates_of_many_lands() {
        for (format, text, expected) in [
            ("%Y-%m-%d", "2020-12-31", "2020-12-31"),
            ("%d/%m/%Y", "31/12/2020", "2020-12-31"),
            ("%m/%d/%Y", "12/31/2020", "2020-12-31"),
            ("%-m/%-d/%y", "1/5/99", "1999-01-05"),
            ("%d.%m.%y", "29.02.24", "2024-02-29"),
            ("%Y%m%d", "20201231", "2020-12-31"),
            ("%d-%b-%Y", "31-Dec-2020", "2020-12-31"),
            ("%Y-%m-%d %H:%M:%S", "2020-12-31 23:59:59", "2020-12-31"),
            ("%d.%m.%Y", "2020-12-31", "2020-12-31"),
        ] {
            assert_eq!(read(format, text).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_is_no_date_says_the_form() {
        let form = "`31/12/2020` is not a date in the form 2020-12-31; set `date` in the map file";
        assert_eq!(read("%Y-%m-%d", "31/12/2020"), Err(form.to_owned()));
        let form = "`2020-12-31x` is not a date in the form 31.12.2020; set `date` in the map file";
        assert_eq!(read("%d.%m.%Y", "2020-12-31x"), Err(form.to_owned()));
        assert_eq!(read("%Y-%m-%d", "2023-02-29"), Err("`2023-02-29` is not a day of the calendar".to_owned()));
        assert!(read("%Y-%d-%m", "2020-12-31").is_err());
        assert!(
            DateFormat::new("%Y-%m").is_none() && DateFormat::new("%Q").is_none() && DateFormat::new("%").is_none()
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-0-9.,'() a-zäé]{0,20}", decimal in "[.,]", group in "[.,' ]") {
            let format = NumberFormat { decimal: decimal.chars().next().unwrap(), group: group.chars().next(), negative: Negative::Leading };
            let _ = format.plain(&text);
            let _ = DateFormat::new("%d-%b-%Y").unwrap().read(&text);
        }
    }
}
