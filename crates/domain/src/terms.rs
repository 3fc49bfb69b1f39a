//! Payment terms as data: when which part of a document falls due, and what paying early earns.
//!
//! `check` refuses terms that make no sense, `schedule` turns them into the instalments of one document, `discount_on`
//! says what a payment earned on its day. Nothing here knows what was paid before or reads a clock.

pub use crate::calendar::BusinessDayRule;
use crate::{calendar::Calendar, lines::rounded_ratio};
use kernel::{Date, Money, MoneyError, Percent, allocate};

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Instalment {
    pub percent: Percent,
    pub due: DueRule,
}

/// `percent` off for paying within `within_days` of the document's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EarlyPayment {
    pub percent: Percent,
    pub within_days: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
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
    let days = parts.iter().map(|part| match part.due {
        DueRule::NetDays { days } => Some(days.to_string()),
        _ => None,
    });
    match days.collect::<Option<Vec<_>>>() {
        Some(days) if are_equal(parts) => days.join("/"),
        _ => parts.iter().map(|part| format!("{}% {}", part.percent, part.due.label())).collect::<Vec<_>>().join(", "),
    }
}

/// Whether the parts are meant to be equal: a hundred split by three is not so to the last decimal.
fn are_equal(parts: &[Instalment]) -> bool {
    let percents = || parts.iter().map(|part| part.percent.scaled());
    percents().max().unwrap_or(0) - percents().min().unwrap_or(0) <= 100
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
/// by largest remainder; percentages that differ by at most 0.01 are equal parts, and those of a credit note are negative.
/// Due days and the last days of discounts follow the business-day rule.
pub fn schedule(terms: &Terms, issued_on: Date, gross: Money, calendar: &Calendar) -> Result<Vec<Due>, TermsError> {
    terms.check()?;
    let equal = are_equal(&terms.instalments);
    let weight = |part: &Instalment| if equal { 1 } else { part.percent.scaled() };
    let weights: Vec<i64> = terms.instalments.iter().map(weight).collect();
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
pub fn full_discount(steps: &[DiscountStep], paid_on: Date, open: Money, grace_days: u16) -> Result<Money, MoneyError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::HolidaySet;
    use kernel::Currency;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn percent(text: &str) -> Percent {
        text.parse().unwrap()
    }

    fn euro(text: &str) -> Money {
        Money::parse(text, Currency::EUR).unwrap()
    }

    fn preset(code: &str) -> Terms {
        presets().into_iter().find(|(preset, _)| *preset == code).unwrap().1
    }

    fn dues(terms: &Terms, issued_on: &str, gross: &str) -> Vec<(String, String)> {
        let dues = schedule(terms, day(issued_on), euro(gross), &Calendar::default()).unwrap();
        dues.iter().map(|due| (due.due_on.to_string(), due.amount.to_decimal().to_string())).collect()
    }

    #[test]
    fn due_days_by_hand() {
        let due = |rule: DueRule, issued_on: &str| rule.due_on(day(issued_on)).to_string();
        assert_eq!(due(DueRule::NetDays { days: 30 }, "2026-01-31"), "2026-03-02");
        assert_eq!(due(DueRule::DaysAfterMonthEnd { days: 30 }, "2026-01-15"), "2026-03-02");
        assert_eq!(due(DueRule::MonthEndAfterDays { days: 30 }, "2026-01-15"), "2026-02-28");
        assert_eq!(due(DueRule::MonthEndAfterDays { days: 30 }, "2024-01-30"), "2024-02-29");
        assert_eq!(due(DueRule::MonthEndAfterDays { days: 30 }, "2024-01-31"), "2024-03-31");
        let fifteenth = |cutoff_day| DueRule::DayOfMonth { day: 15, months: 1, cutoff_day };
        assert_eq!(due(fifteenth(None), "2026-12-31"), "2027-01-15");
        assert_eq!(due(fifteenth(Some(25)), "2026-01-25"), "2026-02-15");
        assert_eq!(due(fifteenth(Some(25)), "2026-01-26"), "2026-03-15");
        assert_eq!(due(DueRule::DayOfMonth { day: 31, months: 1, cutoff_day: None }, "2026-01-31"), "2026-02-28");
        let tenth = DueRule::DayOfMonth { day: 10, months: 0, cutoff_day: None };
        assert_eq!([due(tenth, "2026-01-05"), due(tenth, "2026-01-20")], ["2026-01-10", "2026-02-10"]);
    }

    #[test]
    fn thirds_add_up_and_a_credit_note_mirrors_them() {
        let terms = preset("30-60-90");
        let expected = [("2026-03-31", "33.34"), ("2026-04-30", "33.33"), ("2026-05-30", "33.33")];
        assert_eq!(dues(&terms, "2026-03-01", "100.00"), expected.map(|(on, amount)| (on.into(), amount.into())));
        let back = dues(&terms, "2026-03-01", "-100.00");
        assert_eq!(back.into_iter().map(|due| due.1).collect::<Vec<_>>(), ["-33.34", "-33.33", "-33.33"]);
        let million = dues(&terms, "2026-03-01", "1000000.00");
        assert_eq!(million.into_iter().map(|due| due.1).collect::<Vec<_>>(), ["333333.34", "333333.33", "333333.33"]);
    }

    #[test]
    fn due_days_and_discount_days_leave_days_off() {
        let calendar = Calendar::shipped(HolidaySet::Germany, 2026..=2026);
        let terms = Terms { business_days: BusinessDayRule::Following, ..preset("2-10-net-30") };
        // Ten days on is Good Friday, thirty a Thursday; then a Saturday at the end of May.
        let dues = schedule(&terms, day("2026-03-24"), euro("1190.00"), &calendar).unwrap();
        let step = DiscountStep { until: day("2026-04-07"), percent: percent("2"), amount: euro("23.80") };
        assert_eq!(dues, [Due { due_on: day("2026-04-23"), amount: euro("1190.00"), discount_steps: vec![step] }]);
        let modified = Terms { business_days: BusinessDayRule::ModifiedFollowing, ..preset("net-30") };
        let dues = schedule(&modified, day("2026-04-30"), euro("1"), &calendar).unwrap();
        assert_eq!(dues[0].due_on, day("2026-05-29"));
    }

    fn earned(terms: &str, paid_on: &str, (paid, open): (&str, &str), grace_days: u16) -> String {
        let gross = euro(open);
        let due = schedule(&preset(terms), day("2026-01-01"), gross, &Calendar::default()).unwrap().remove(0);
        let payment = PaymentTowards { paid_on: day(paid_on), paid: euro(paid), open: gross, grace_days };
        discount_on(&due.discount_steps, payment).unwrap().to_decimal().to_string()
    }

    #[test]
    fn a_discount_is_earned_in_time() {
        let in_full = |paid_on, grace| earned("2-10-net-30", paid_on, ("1166.20", "1190.00"), grace);
        assert_eq!(
            [in_full("2026-01-11", 0), in_full("2026-01-12", 0), in_full("2026-01-12", 1)],
            ["23.80", "0.00", "23.80"]
        );
        let steps = |paid_on| earned("3-10-2-20-net-30", paid_on, ("97.00", "100.00"), 0);
        // On day 12 2 % run: 97.00 settles 98.98, so 1.98 is earned.
        assert_eq!([steps("2026-01-11"), steps("2026-01-13"), steps("2026-01-22")], ["3.00", "1.98", "0.00"]);
        assert_eq!(earned("net-30", "2026-01-02", ("98", "100"), 9), "0.00");
    }

    #[test]
    fn a_part_payment_earns_its_part() {
        let on_day_ten = |paid, open| earned("2-10-net-30", "2026-01-11", (paid, open), 0);
        assert_eq!(on_day_ten("583.10", "1190.00"), "11.90", "half of 1,166.20 settles 595.00");
        assert_eq!(on_day_ten("100.00", "1190.00"), "2.04", "100 × 2 ÷ 98 = 2.0408");
        assert_eq!(on_day_ten("1180.00", "1190.00"), "10.00", "no more than is left");
        assert_eq!(on_day_ten("1190.00", "1190.00"), "0.00", "who pays everything takes none");
        assert_eq!(on_day_ten("1200.00", "1190.00"), "0.00");
        assert_eq!(on_day_ten("-98.00", "-100.00"), "-2.00", "a credit note");
        assert_eq!(on_day_ten("-50.00", "100.00"), "0.00", "money going back");
        assert_eq!(on_day_ten("0", "100.00"), "0.00");
    }

    #[test]
    fn labels_of_the_presets() {
        let labels: Vec<String> = presets().iter().map(|(_, terms)| terms.label()).collect();
        let expected = "immediate|net 7|net 14|net 30|net 45|net 60|net 90|2/10 net 30|3/10 2/20 net 30|30 days end of month|\
                        15th of next month|3 instalments: 30/60/90";
        assert_eq!(labels.join("|"), expected);
        let deposit =
            [(percent("30"), DueRule::NetDays { days: 0 }), (percent("70"), DueRule::DaysAfterMonthEnd { days: 10 })];
        assert_eq!(Terms::parts(deposit).label(), "2 instalments: 30% immediate, 70% end of month + 10 days");
        let rule = DueRule::DayOfMonth { day: 22, months: 2, cutoff_day: Some(11) };
        assert_eq!(Terms::single(rule).label(), "22nd of the month after 2 months (cut-off 11th)");
    }

    #[test]
    fn terms_that_make_no_sense_are_refused() {
        let net = DueRule::NetDays { days: 30 };
        let refusal = |terms: Terms| terms.check().unwrap_err().to_string();
        assert_eq!(refusal(Terms::parts([])), "payment terms need at least one instalment");
        let two = Terms::parts([(percent("50"), net), (percent("49.9999"), net)]);
        assert_eq!(refusal(two), "the instalments add up to 99.9999 %, not to 100 %");
        let negative = Terms::parts([(percent("150"), net), (percent("-50"), net)]);
        assert_eq!(refusal(negative), "instalment 1: 150 % is not more than 0 and at most 100 %");
        let day_32 = Terms::single(DueRule::DayOfMonth { day: 32, months: 1, cutoff_day: None });
        assert_eq!(refusal(day_32), "instalment 1: 32 is not a day of the month (1 to 31)");
        let discount =
            |first, then| Terms::single(net).with_discount(percent(first), 10).with_discount(percent(then), 20);
        assert_eq!(refusal(discount("100", "2")), "an early-payment discount of 100 % is not between 0 and 100 %");
        let order = "discount 3 % within 20 days must be lower and later than 2 % within 10 days";
        assert_eq!(refusal(discount("2", "3")), order);
    }

    #[test]
    fn terms_are_kept_as_json() {
        for (code, terms) in presets() {
            assert_eq!(terms.check(), Ok(()), "{code}");
            let json = serde_json::to_string(&terms).unwrap();
            assert_eq!(serde_json::from_str::<Terms>(&json).unwrap(), terms);
        }
        let json = r#"{"instalments":[{"percent":"100","due":{"rule":"net_days","days":30}}],"business_days":"none"}"#;
        assert_eq!(serde_json::from_str::<Terms>(json).unwrap(), preset("net-30"));
    }

    fn any_rule() -> impl Strategy<Value = DueRule> {
        prop_oneof![
            (0_u16..400).prop_map(|days| DueRule::NetDays { days }),
            (0_u16..400).prop_map(|days| DueRule::DaysAfterMonthEnd { days }),
            (0_u16..400).prop_map(|days| DueRule::MonthEndAfterDays { days }),
            (1_u8..=31, 0_u8..6, prop::option::of(1_u8..=31))
                .prop_map(|(day, months, cutoff_day)| DueRule::DayOfMonth { day, months, cutoff_day }),
        ]
    }

    proptest! {
        #[test]
        fn instalments_add_up_and_fall_due_after_the_document(
            minor in any::<i64>(),
            cuts in prop::collection::btree_set(1_i64..1_000_000, 0..6),
            rules in prop::collection::vec(any_rule(), 7),
            days in 10_957_i64..40_000,
        ) {
            let bounds: Vec<i64> = [0].into_iter().chain(cuts).chain([1_000_000]).collect();
            let percents = bounds.windows(2).map(|pair| Percent::from_scaled(pair[1] - pair[0]));
            let terms = Terms { business_days: BusinessDayRule::Following, ..Terms::parts(percents.zip(rules)) };
            let (issued_on, gross) = (Date::from_days(days).unwrap(), Money::new(minor, Currency::EUR));
            let dues = schedule(&terms, issued_on, gross, &Calendar::default()).unwrap();
            prop_assert_eq!(dues.iter().map(|due| i128::from(due.amount.minor())).sum::<i128>(), i128::from(minor));
            prop_assert!(dues.iter().all(|due| due.due_on >= issued_on && due.due_on.weekday() <= 5));
        }

        #[test]
        fn payment_and_discount_never_settle_more_than_is_open(
            open in -10_000_000_i64..10_000_000,
            paid in -10_000_000_i64..10_000_000,
            scaled in 1_i64..1_000_000,
        ) {
            let until = day("2026-01-10");
            let (open, paid) = (Money::new(open, Currency::EUR), Money::new(paid, Currency::EUR));
            let percent = Percent::from_scaled(scaled);
            let most = part_of(open, percent).unwrap();
            let payment = PaymentTowards { paid_on: until, paid, open, grace_days: 0 };
            let discount = discount_on(&[DiscountStep { until, percent, amount: most }], payment).unwrap();
            prop_assert!(discount.minor().abs() <= most.minor().abs());
            prop_assert!(discount.is_zero() || discount.minor().signum() == open.minor().signum());
            if !discount.is_zero() {
                prop_assert!((paid.minor() + discount.minor()).abs() <= open.minor().abs());
            }
            let exact = PaymentTowards { paid: open.minus(most).unwrap(), ..payment };
            if !exact.paid.is_zero() {
                prop_assert_eq!(discount_on(&[DiscountStep { until, percent, amount: most }], exact).unwrap(), most);
            }
        }
    }
}
