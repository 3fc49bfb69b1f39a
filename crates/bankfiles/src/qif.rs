//! QIF: what Quicken and many banks export. A letter a line, `^` between the records, `!Type:` before each part.
//!
//! The format names no currency, and writes dates in the order of its writer's country: the order is taken from all dates
//! of the file together, and a warning says so when they fit both. Investment lines are kept as information, since they
//! are no money on a bank account; lists of categories, classes and securities are passed over.

mod dates;

use crate::{
    Amount, Balance, BankLine, BankStatement, CurrencyCode, Format, FormatError, ParseOptions, Reason, Status, Warning,
    WarningKind,
    amount::{Marks, local_decimal},
    text,
};
use dates::{Order, Written};

pub(crate) fn read(bytes: &[u8], options: &ParseOptions) -> Result<Vec<BankStatement>, FormatError> {
    let text = text::decode(bytes);
    let dated = |entry: Entry<'_>| {
        let broken = |date: &str| FormatError::at(entry.line, "D", Reason::Date(date.to_owned()));
        entry.date.map(|date| Written::read(date).ok_or_else(|| broken(date)))
    };
    let dates = entries(&text).filter_map(|entry| entry.map(dated).transpose());
    let written: Vec<Written> = dates.map(Result::flatten).collect::<Result<_, _>>()?;
    let (order, is_certain) = Order::of(&written);
    let amounts = entries(&text).filter_map(|entry| entry.ok()?.amount);
    let marks = Marks::of(amounts);
    let mut reader = Reader {
        currency: options.default_currency.map(CurrencyCode::from),
        order,
        decimal: marks.only(),
        statements: Vec::new(),
        account: None,
        is_named: false,
        current: None,
    };
    for entry in entries(&text) {
        reader.entry(&entry?)?;
    }
    if reader.statements.is_empty() && reader.is_named {
        reader.current();
    }
    let first = reader.statements.first_mut().ok_or_else(|| FormatError::nowhere(Reason::Empty))?;
    if !is_certain {
        let kind = WarningKind::Other(format!("its dates fit day/month and month/day; they are read as {order}"));
        first.warnings.push(Warning::nowhere(kind));
    }
    if let Some(amount) = marks.doubtful() {
        let text = format!("nothing in the file says which mark `{amount}` has; it is read as the decimal mark");
        first.warnings.push(Warning::nowhere(WarningKind::Other(text)));
    }
    Ok(reader.statements)
}

/// The fields of one record, before dates and amounts are read.
#[derive(Debug, Default)]
struct Entry<'t> {
    line: usize,
    /// The heading under which it stands, in small letters: `type:bank`, `account`.
    part: &'t str,
    date: Option<&'t str>,
    amount: Option<&'t str>,
    fields: Vec<(char, &'t str)>,
    /// The file ended before its `^`.
    is_cut: bool,
}

impl<'t> Entry<'t> {
    fn first(&self, name: char) -> Option<String> {
        self.fields.iter().find(|(field, _)| *field == name).and_then(|(_, value)| text::filled(value))
    }

    fn is_account(&self) -> bool {
        self.part.eq_ignore_ascii_case("!account")
    }

    fn kind(&self) -> Kind {
        let name = self.part.get(6..).unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "bank" | "cash" | "ccard" | "oth a" | "oth l" => Kind::Movements,
            "invst" | "port" => Kind::Investments,
            _ => Kind::List,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Movements,
    Investments,
    List,
}

/// One record after the other; gone through twice, so that a large file is not held as records.
fn entries(text: &str) -> impl Iterator<Item = Result<Entry<'_>, FormatError>> {
    let mut lines = text::lines(text);
    let (mut open, mut part, mut is_over) = (Entry::default(), "", false);
    std::iter::from_fn(move || {
        while !is_over {
            let Some((line, content)) = lines.next() else {
                is_over = true;
                return closed(&mut open, part).map(|entry| Ok(Entry { is_cut: true, ..entry }));
            };
            let content = content.trim_end();
            let Some(letter) = content.chars().next() else { continue };
            let done = match letter {
                '!' => {
                    let done = closed(&mut open, part);
                    part = heading(content, part);
                    done
                }
                '^' => closed(&mut open, part),
                '#' if part.is_empty() => None,
                _ if part.is_empty() => {
                    is_over = true;
                    let reason = "it does not begin with a heading such as !Type:Bank".to_owned();
                    let reason = Reason::NotThisFormat("QIF", reason);
                    return Some(Err(FormatError { place: crate::Place::line(line), reason }));
                }
                _ => {
                    add(&mut open, line, letter, &content[letter.len_utf8()..]);
                    None
                }
            };
            if done.is_some() {
                return done.map(Ok);
            }
        }
        None
    })
}

/// Options switch Quicken's habits and head nothing.
fn heading<'t>(content: &'t str, before: &'t str) -> &'t str {
    let lower = content.to_ascii_lowercase();
    if lower.starts_with("!option") || lower.starts_with("!clear") {
        return if before.is_empty() { "!option" } else { before };
    }
    content
}

fn add<'t>(open: &mut Entry<'t>, line: usize, letter: char, value: &'t str) {
    if open.fields.is_empty() {
        open.line = line;
    }
    match letter {
        'D' if open.date.is_none() => open.date = Some(value.trim()).filter(|date| !date.is_empty()),
        'T' | 'U' if open.amount.is_none() => open.amount = Some(value.trim()),
        _ => {}
    }
    open.fields.push((letter, value));
}

/// The record that was open, when there was one.
fn closed<'t>(open: &mut Entry<'t>, part: &'t str) -> Option<Entry<'t>> {
    let mut entry = std::mem::take(open);
    if entry.fields.is_empty() {
        return None;
    }
    entry.part = part;
    // A date in the lists of categories and accounts is a description or a balance's day.
    if entry.is_account() || entry.kind() == Kind::List {
        (entry.date, entry.amount) = (None, None);
    }
    Some(entry)
}

#[derive(Debug)]
struct Reader {
    currency: Option<CurrencyCode>,
    order: Order,
    /// The mark that the file shows, if it shows one.
    decimal: Option<char>,
    statements: Vec<BankStatement>,
    /// The account that was named last; a list of all accounts makes no statements.
    account: Option<String>,
    is_named: bool,
    /// Its statement.
    current: Option<usize>,
}

impl Reader {
    fn entry(&mut self, entry: &Entry<'_>) -> Result<(), FormatError> {
        if entry.is_account() {
            (self.account, self.is_named, self.current) = (entry.first('N'), true, None);
            return Ok(());
        }
        if entry.kind() == Kind::List {
            return Ok(());
        }
        let line = self.line(entry)?;
        let statement = self.current();
        if entry.is_cut {
            let kind = WarningKind::Other("the last entry has no end (^), so something may be missing".to_owned());
            statement.warnings.push(Warning::at(entry.line, "^", kind));
        }
        if let Some(line) = line {
            statement.add(line);
        }
        if let Some(opening) = opening(entry, statement) {
            statement.opening = opening.amount.map(|amount| Balance { amount, date: opening.booked_on });
            statement.account = statement.account.take().or_else(|| transfer(entry));
        }
        Ok(())
    }

    /// The statement of the account that was named last.
    fn current(&mut self) -> &mut BankStatement {
        let known = || self.statements.iter().position(|statement| statement.account == self.account);
        let at = self.current.or_else(known).unwrap_or_else(|| {
            let mut statement = BankStatement::new(Format::Qif);
            statement.account.clone_from(&self.account);
            statement.currency = self.currency;
            self.statements.push(statement);
            self.statements.len() - 1
        });
        self.current = Some(at);
        &mut self.statements[at]
    }

    fn decimal(&self, amount: &str) -> Option<kernel::Decimal> {
        match self.decimal {
            Some(mark) => local_decimal(&amount.replace(if mark == '.' { ',' } else { '.' }, "")),
            None => local_decimal(amount),
        }
    }

    fn line(&self, entry: &Entry<'_>) -> Result<Option<BankLine>, FormatError> {
        let is_investment = entry.kind() == Kind::Investments;
        let Some(date) = entry.date else {
            return Err(FormatError::at(entry.line, "D", Reason::Missing));
        };
        let written = Written::read(date).and_then(|date| date.in_order(self.order));
        let date = written.ok_or_else(|| FormatError::at(entry.line, "D", Reason::Date(date.to_owned())))?;
        let amount = entry.amount.map(|amount| {
            let decimal =
                self.decimal(amount).ok_or_else(|| FormatError::at(entry.line, "T", Reason::Amount(amount.to_owned())));
            decimal.map(|decimal| Amount::new(decimal, self.currency))
        });
        if amount.is_none() && !is_investment {
            return Err(FormatError::at(entry.line, "T", Reason::Missing));
        }
        let mut line = BankLine {
            at_line: entry.line,
            booked_on: Some(date),
            amount: amount.transpose()?,
            reference: if is_investment { None } else { entry.first('N') },
            ..BankLine::default()
        };
        let is_opening = entry.first('P').is_some_and(|payee| payee.eq_ignore_ascii_case("opening balance"));
        if is_investment || is_opening {
            line.status = Status::Information;
        }
        line.payment.counterparty.name = entry.first('P').filter(|_| !is_investment);
        line.payment.remittance = entry.first('M');
        line.extras.set_some("category", entry.first('L'));
        line.extras.set_some("cleared", entry.first('C'));
        Ok(Some(line))
    }
}

/// Quicken writes the opening balance as a first line that moves money from the account to itself.
fn opening<'s>(entry: &Entry<'_>, statement: &'s BankStatement) -> Option<&'s BankLine> {
    let is_opening = entry.first('P').is_some_and(|payee| payee.eq_ignore_ascii_case("opening balance"));
    statement.lines.last().filter(|_| is_opening && statement.lines.len() == 1)
}

/// `[My account]` in the category is the account on the other side.
fn transfer(entry: &Entry<'_>) -> Option<String> {
    entry.first('L')?.strip_prefix('[')?.strip_suffix(']').and_then(text::filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(text: &str) -> Vec<BankStatement> {
        read(text.as_bytes(), &ParseOptions::default()).unwrap()
    }

    fn amounts(statement: &BankStatement) -> Vec<String> {
        statement.lines.iter().map(|line| line.amount.unwrap().to_string()).collect()
    }

    fn warnings(text: &str) -> Vec<String> {
        statements(text).iter().flat_map(|statement| &statement.warnings).map(ToString::to_string).collect()
    }

    #[test]
    fn what_stands_behind_a_split_is_the_entry_s() {
        let found = statements("!Type:Bank\nSfood\n$23.00\nD6/22/94\nT75.00\nPDep\n^\n");
        assert_eq!(amounts(&found[0]), ["75.00"]);
        assert_eq!(found[0].lines[0].booked_on.unwrap().to_string(), "1994-06-22");
    }

    #[test]
    fn an_entry_without_its_end_is_doubted() {
        let whole = "!Type:Bank\nD01/13/2024\nT-10.00\n^\n";
        assert_eq!(warnings(whole), [""; 0]);
        assert_eq!(
            warnings(whole.trim_end_matches("^\n")),
            ["line 2, ^: the last entry has no end (^), so something may be missing"]
        );
    }

    #[test]
    fn a_list_of_accounts_makes_no_statements() {
        let list = "!Option:AutoSwitch\n!Account\nNOne\nTBank\n^\nNTwo\nTCCard\n^\nNThree\n^\n!Clear:AutoSwitch\n";
        let entry = |account: &str, amount: &str| {
            format!("!Account\nN{account}\nTBank\n^\n!Type:Bank\nD13/01/2024\nT{amount}\n^\n")
        };
        let text = format!("{list}{}{}{}", entry("One", "1.00"), entry("Two", "2.00"), entry("One", "3.00"));
        let found: Vec<_> = statements(&text).iter().map(|found| (found.account.clone(), amounts(found))).collect();
        let expected = [("One", vec!["1.00", "3.00"]), ("Two", vec!["2.00"])];
        assert_eq!(
            found,
            expected.map(|(name, all)| (Some(name.to_owned()), all.into_iter().map(str::to_owned).collect()))
        );
        let empty = statements("!Account\nNOne\nTBank\n^\n!Type:Bank\n");
        assert_eq!((empty.len(), empty[0].account.as_deref(), empty[0].lines.len()), (1, Some("One"), 0));
    }

    #[test]
    fn all_amounts_together_show_the_decimal_mark() {
        let file = |amounts: &[&str]| {
            amounts
                .iter()
                .map(|amount| format!("D01/13/2024\nT{amount}\n^\n"))
                .fold("!Type:Bank\n".to_owned(), |a, b| a + &b)
        };
        assert_eq!(amounts(&statements(&file(&["-1,234", "1,234.50"]))[0]), ["-1234", "1234.50"]);
        assert_eq!(amounts(&statements(&file(&["-1.234", "7,50"]))[0]), ["-1234", "7.50"]);
        assert_eq!(amounts(&statements(&file(&["5,50", "7.50"]))[0]), ["5.50", "7.50"]);
        assert_eq!(
            warnings(&file(&["-1,234"])),
            ["nothing in the file says which mark `-1,234` has; it is read as the decimal mark"]
        );
    }
}
