//! Payment terms as data: when which part of a document falls due, and what paying early earns.
//!
//! `check` refuses terms that make no sense, `schedule` turns them into the instalments of one document, `discount_on`
//! says what a payment earned on its day. Nothing here knows what was paid before or reads a clock.

pub use crate::calendar::BusinessDayRule;
use crate::{calendar::Calendar, lines::rounded_ratio};
use kernel::{Date, Money, MoneyError, Percent, allocate};

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Terms {
    pub instalments: Vec<Instalment>,
    /// The steps of an early-payment discount, earliest first: 3/10, 2/20. Empty for none.
    #[serde(default)]
    pub discounts: Vec<EarlyPayment>,
    /// Days after a due date or a discount's last day during which a payment still counts as in time.
    #[serde(default)]
    pub grace_days: u16,
    pub business_days: BusinessDayRule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Instalment {
    pub percent: Percent,
    pub due: DueRule,
}

/// `percent` off for paying within `within_days` of the document's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EarlyPayment {
    pub percent: Percent,
    pub within_days: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum DueRule {
    /// So many days after the document.
    NetDays { days: u16 },
    /// The end of the document's month, then so many days: "end of month + 30 days".
    DaysAfterMonthEnd { days: u16 },
    /// So many days after the document, then the end of that month: "30 days end of month".
    MonthEndAfterDays { days: u16 },
    /// A day of the month, `months` after the document's; a document after the cut-off day waits one month more.
    DayOfMonth { day: u8, months: u8, cutoff_day: Option<u8> },
}

/// One instalment of one document.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Due {
    pub due_on: Date,
    pub amount: Money,
    pub discount_steps: Vec<DiscountStep>,
}

/// What an instalment that is settled in full on or before `until` may be short of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DiscountStep {
    pub until: Date,
    pub percent: Percent,
    pub amount: Money,
}

/// A payment towards one open item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentTowards {
    pub paid_on: Date,
    pub paid: Money,
    /// What was open on the item before this payment.
    pub open: Money,
    pub grace_days: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    #[error("payment terms need at least one instalment")]
    NoInstalment,
    #[error("the instalments add up to {0} %, not to 100 %")]
    Sum(Percent),
    #[error("instalment {number}: {percent} % is not more than 0 and at most 100 %")]
    Share { number: usize, percent: Percent },
    #[error("instalment {number}: {day} is not a day of the month (1 to 31)")]
    Day { number: usize, day: u8 },
    #[error("an early-payment discount of {0} % is not between 0 and 100 %")]
    Discount(Percent),
    #[error(
        "discount {later} % within {later_days} days must be lower and later than {earlier} % within {earlier_days} days"
    )]
    DiscountOrder { earlier: Percent, earlier_days: u16, later: Percent, later_days: u16 },
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl Terms {
    /// Everything on one day, without a discount.
    pub fn single(due: DueRule) -> Self {
        Self::parts([(Percent::whole(100), due)])
    }

    /// Several instalments, without a discount.
    pub fn parts(parts: impl IntoIterator<Item = (Percent, DueRule)>) -> Self {
        Self {
            instalments: parts.into_iter().map(|(percent, due)| Instalment { percent, due }).collect(),
            discounts: Vec::new(),
            grace_days: 0,
            business_days: BusinessDayRule::None,
        }
    }

    /// The same terms with a step of early-payment discount more.
    pub fn with_discount(mut self, percent: Percent, within_days: u16) -> Self {
        self.discounts.push(EarlyPayment { percent, within_days });
        self
    }

    pub fn check(&self) -> Result<(), TermsError> {
        if self.instalments.is_empty() {
            return Err(TermsError::NoInstalment);
        }
        for (instalment, number) in self.instalments.iter().zip(1..) {
            instalment.check(number)?;
        }
        let sum = self.instalments.iter().fold(0_i64, |sum, part| sum.saturating_add(part.percent.scaled()));
        if sum != Percent::whole(100).scaled() {
            return Err(TermsError::Sum(Percent::from_scaled(sum)));
        }
        self.check_discounts()
    }

    fn check_discounts(&self) -> Result<(), TermsError> {
        let sensible = |percent: Percent| percent > Percent::ZERO && percent < Percent::whole(100);
        if let Some(step) = self.discounts.iter().find(|step| !sensible(step.percent)) {
            return Err(TermsError::Discount(step.percent));
        }
        for pair in self.discounts.windows(2) {
            if pair[1].percent >= pair[0].percent || pair[1].within_days <= pair[0].within_days {
                return Err(TermsError::DiscountOrder {
                    earlier: pair[0].percent,
                    earlier_days: pair[0].within_days,
                    later: pair[1].percent,
                    later_days: pair[1].within_days,
                });
            }
        }
        Ok(())
    }

    /// A short English label: `2/10 net 30`, `30 days end of month`, `3 instalments: 30/60/90`.
    pub fn label(&self) -> String {
        let mut words: Vec<String> =
            self.discounts.iter().map(|step| format!("{}/{}", step.percent, step.within_days)).collect();
        words.push(match self.instalments.as_slice() {
            [only] => only.due.label(),
            parts => format!("{} instalments: {}", parts.len(), parts_label(parts)),
        });
        words.join(" ")
    }
}

/// `30/60/90` for equal parts after net days, else each part with its percentage.
fn parts_label(parts: &[Instalment]) -> String {
    let percents = || parts.iter().map(|part| part.percent.scaled());
    // A hundred split by three is not equal to the last decimal.
    let equal = percents().max().unwrap_or(0) - percents().min().unwrap_or(0) <= 100;
    let days = parts.iter().map(|part| match part.due {
        DueRule::NetDays { days } => Some(days.to_string()),
        _ => None,
    });
    match days.collect::<Option<Vec<_>>>() {
        Some(days) if equal => days.join("/"),
        _ => parts.iter().map(|part| format!("{}% {}", part.percent, part.due.label())).collect::<Vec<_>>().join(", "),
    }
}

impl Instalment {
    fn check(&self, number: usize) -> Result<(), TermsError> {
        let percent = self.percent;
        if percent <= Percent::ZERO || percent > Percent::whole(100) {
            return Err(TermsError::Share { number, percent });
        }
        if let DueRule::DayOfMonth { day, cutoff_day, .. } = self.due {
            let wrong = [Some(day), cutoff_day].into_iter().flatten().find(|day| !(1..=31).contains(day));
            return wrong.map_or(Ok(()), |day| Err(TermsError::Day { number, day }));
        }
        Ok(())
    }
}

impl DueRule {
    /// The due day before any business-day rule.
    pub fn due_on(self, issued_on: Date) -> Date {
        match self {
            Self::NetDays { days } => issued_on.plus_days(i64::from(days)),
            Self::DaysAfterMonthEnd { days } => issued_on.last_of_month().plus_days(i64::from(days)),
            Self::MonthEndAfterDays { days } => issued_on.plus_days(i64::from(days)).last_of_month(),
            Self::DayOfMonth { day, months, cutoff_day } => {
                let late = cutoff_day.is_some_and(|cutoff| issued_on.day().unsigned_abs() > cutoff);
                let month = issued_on.first_of_month().plus_months(i32::from(months) + i32::from(late));
                let due = day_in_month(month, day);
                if due < issued_on { day_in_month(month.plus_months(1), day) } else { due }
            }
        }
    }

    fn label(self) -> String {
        match self {
            Self::NetDays { days: 0 } => "immediate".to_owned(),
            Self::NetDays { days } => format!("net {days}"),
            Self::DaysAfterMonthEnd { days: 0 } | Self::MonthEndAfterDays { days: 0 } => "end of month".to_owned(),
            Self::DaysAfterMonthEnd { days } => format!("end of month + {days} days"),
            Self::MonthEndAfterDays { days } => format!("{days} days end of month"),
            Self::DayOfMonth { day, months, cutoff_day } => {
                let month = match months {
                    0 => "this month".to_owned(),
                    1 => "next month".to_owned(),
                    months => format!("the month after {months} months"),
                };
                let cutoff = cutoff_day.map_or(String::new(), |day| format!(" (cut-off {})", ordinal(day)));
                format!("{} of {month}{cutoff}", ordinal(day))
            }
        }
    }
}

/// The day of `month`, or its last day where the month is shorter.
fn day_in_month(month: Date, day: u8) -> Date {
    let first = month.first_of_month();
    first.plus_days(i64::from(day) - 1).min(first.last_of_month())
}

fn ordinal(day: u8) -> String {
    let suffix = match (day % 10, day % 100) {
        (1, 1 | 21 | 31) => "st",
        (2, 2 | 22) => "nd",
        (3, 3 | 23) => "rd",
        _ => "th",
    };
    format!("{day}{suffix}")
}

/// The instalments of a document of `gross` issued on a day, in the order of the terms. They add up to `gross` exactly,
/// by largest remainder; those of a credit note are negative. Due days and the last days of discounts follow the
/// business-day rule.
pub fn schedule(terms: &Terms, issued_on: Date, gross: Money, calendar: &Calendar) -> Result<Vec<Due>, TermsError> {
    terms.check()?;
    let weights: Vec<i64> = terms.instalments.iter().map(|part| part.percent.scaled()).collect();
    let amounts = allocate(gross.minor(), &weights);
    let roll = |date| calendar.roll(date, terms.business_days);
    let mut dues = Vec::with_capacity(amounts.len());
    for (part, minor) in terms.instalments.iter().zip(amounts) {
        let amount = Money::new(minor, gross.currency());
        let steps = terms.discounts.iter().map(|step| {
            let until = roll(issued_on.plus_days(i64::from(step.within_days)));
            Ok(DiscountStep { until, percent: step.percent, amount: part_of(amount, step.percent)? })
        });
        let discount_steps = steps.collect::<Result<_, MoneyError>>()?;
        dues.push(Due { due_on: roll(part.due.due_on(issued_on)), amount, discount_steps });
    }
    Ok(dues)
}

const HUNDRED: i128 = Percent::whole(100).scaled() as i128;

/// `percent` of an amount, rounded to its minor unit.
fn part_of(amount: Money, percent: Percent) -> Result<Money, MoneyError> {
    ratio_of(amount, i128::from(percent.scaled()), HUNDRED)
}

fn ratio_of(amount: Money, part: i128, whole: i128) -> Result<Money, MoneyError> {
    let minor = rounded_ratio(i128::from(amount.minor()) * part, whole);
    i64::try_from(minor).map(|minor| Money::new(minor, amount.currency())).map_err(|_| MoneyError::Overflow)
}

/// The discount that a payment earns on an item: zero after the last step's day and the days of grace.
///
/// With `p` the percentage of the best step still running and `open` what was open before:
/// - paying all but the discount, `paid ≥ open − d` with `d = round(open × p)`, earns what is left, `open − paid`, so that
///   the item is settled (a payment of everything earns nothing, one beyond it neither);
/// - paying less settles `paid ÷ (1 − p)` of the item: it earns `round(paid × p ÷ (1 − p))`.
///
/// Amounts of a credit note are negative throughout, and so is the discount. A payment against the item's sign earns
/// nothing.
pub fn discount_on(steps: &[DiscountStep], payment: PaymentTowards) -> Result<Money, MoneyError> {
    let PaymentTowards { paid_on, paid, open, grace_days } = payment;
    let left = open.minus(paid)?;
    let sign = open.minor().signum();
    let percent = running_percent(steps, paid_on, grace_days);
    let Some(percent) = percent.filter(|_| paid.minor().signum() == sign && left.minor().signum() == sign) else {
        return Ok(Money::zero(open.currency()));
    };
    let most = part_of(open, percent)?;
    if left.minor().abs() <= most.minor().abs() {
        return Ok(left);
    }
    let part = i128::from(percent.scaled());
    ratio_of(paid, part, HUNDRED - part)
}

/// What settling all of `open` on a day may be short of: `round(open × p)`, zero when no step runs any more.
pub fn full_discount(
    steps: &[DiscountStep],
    paid_on: Date,
    open: Money,
    grace_days: u16,
) -> Result<Money, MoneyError> {
    match running_percent(steps, paid_on, grace_days) {
        Some(percent) => part_of(open, percent),
        None => Ok(Money::zero(open.currency())),
    }
}

/// The best step that still runs.
fn running_percent(steps: &[DiscountStep], paid_on: Date, grace_days: u16) -> Option<Percent> {
    let running = |step: &&DiscountStep| paid_on <= step.until.plus_days(i64::from(grace_days));
    steps.iter().filter(running).map(|step| step.percent).max()
}

/// Terms that a new company starts with, with the codes by which files and the API may name them.
pub fn presets() -> Vec<(&'static str, Terms)> {
    let net = |days| DueRule::NetDays { days };
    let whole = Percent::whole;
    let thirds = [333_334, 333_333, 333_333].map(Percent::from_scaled).into_iter();
    vec![
        ("immediate", Terms::single(net(0))),
        ("net-7", Terms::single(net(7))),
        ("net-14", Terms::single(net(14))),
        ("net-30", Terms::single(net(30))),
        ("net-45", Terms::single(net(45))),
        ("net-60", Terms::single(net(60))),
        ("net-90", Terms::single(net(90))),
        ("2-10-net-30", Terms::single(net(30)).with_discount(whole(2), 10)),
        ("3-10-2-20-net-30", Terms::single(net(30)).with_discount(whole(3), 10).with_discount(whole(2), 20)),
        ("30-days-eom", Terms::single(DueRule::MonthEndAfterDays { days: 30 })),
        ("eom-15", Terms::single(DueRule::DayOfMonth { day: 15, months: 1, cutoff_day: None })),
        ("30-60-90", Terms::parts(thirds.zip([net(30), net(60), net(90)]))),
    ]
}
