//! Cash application: how much of a credit settles how much of a debt, and what that posts.
//!
//! `settle` takes the two sides as they stand and what the clerk asks for, and returns every figure of one allocation or
//! a refusal with the numbers in it. `Settlement::postings` turns the figures into a balanced entry. Nothing here loads,
//! saves or knows a day that it is not told.

use crate::{
    invoices::base_shares,
    ledger::Posting,
    lines::{PricingError, TaxPart, TaxTotal, discount_tax_correction, rounded_ratio},
    terms::{DiscountStep, PaymentTowards, discount_on, full_discount},
};
use kernel::{Currency, Date, FxRate, Money, MoneyError, OpenItemId, allocate, text_enum};
use serde::{Deserialize, Serialize};

/// Which early-payment discount an allocation grants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiscountChoice {
    /// What the terms grant for the day of the payment.
    #[default]
    Automatic,
    None,
    /// So much, earned or not.
    Exactly(Money),
}

text_enum! {
    /// Why the money is not what was open.
    pub enum DifferenceKind {
        BankFee = "bank_fee",
        DiscountEarned = "discount_earned",
        DiscountUnearned = "discount_unearned",
        Deduction = "deduction",
        WithholdingTax = "withholding_tax",
        Rounding = "rounding",
        Exchange = "exchange",
        Overpayment = "overpayment",
        PartPayment = "part_payment",
    }
}

impl DifferenceKind {
    /// Whether the policy may say where it is posted; fees, discounts and what stays open have their places.
    pub const fn has_own_account(self) -> bool {
        matches!(self, Self::Deduction | Self::WithholdingTax | Self::Rounding | Self::Exchange)
    }

    /// In a sentence.
    pub const fn label(self) -> &'static str {
        match self {
            Self::BankFee => "bank fee",
            Self::DiscountEarned => "discount",
            Self::DiscountUnearned => "unearned discount",
            Self::Deduction => "deduction",
            Self::WithholdingTax => "tax withheld",
            Self::Rounding => "small difference",
            Self::Exchange => "exchange difference",
            Self::Overpayment => "overpayment",
            Self::PartPayment => "part payment",
        }
    }
}

/// Closes a part of a debt beside the money, on an account of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedDifference {
    pub kind: DifferenceKind,
    pub money: Money,
    /// The account of small differences when left out; that of currency results for an exchange difference.
    pub account: Option<String>,
}

/// What the clerk wants one debt to be settled with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllocationRequest {
    pub to: OpenItemId,
    /// In the debt's currency; as much as possible when left out.
    #[serde(default)]
    pub amount: Option<Money>,
    /// What it takes of a credit in another currency; converted at the day's rate when left out.
    #[serde(default)]
    pub from_amount: Option<Money>,
    #[serde(default)]
    pub discount: DiscountChoice,
    /// Write what stays open off, when it is small enough.
    #[serde(default)]
    pub settle_difference: bool,
    /// What the matching desk closes beside the money, within the posting policy; nobody can send it.
    #[serde(skip)]
    #[schema(ignore)]
    pub typed: Option<TypedDifference>,
}

impl AllocationRequest {
    /// As much of the debt as the credit covers, with the discount that was earned.
    pub fn of(to: OpenItemId) -> Self {
        let discount = DiscountChoice::Automatic;
        Self { to, amount: None, from_amount: None, discount, settle_difference: false, typed: None }
    }
}

/// An open item as it stands: negative for a credit, positive for a debt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub number: String,
    pub open: Money,
    pub open_base_minor: i64,
}

/// Everything that one allocation depends on.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    pub credit: Standing,
    pub debt: Standing,
    /// The debt's early-payment steps.
    pub steps: &'a [DiscountStep],
    pub grace_days: u16,
    /// The day of the payment; a credit note earns no discount.
    pub paid_on: Option<Date>,
    /// Up to so many minor units of the debt's currency may be written off.
    pub small_difference_minor: i64,
    /// Base currency for one unit of the credit's and of the debt's currency, where these differ.
    pub rates: Option<(FxRate, FxRate)>,
}

/// The figures of one allocation, all of them positive except a loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    pub from: Money,
    pub to: Money,
    pub discount: Money,
    /// What of the discount the terms do not grant.
    pub unearned: Money,
    pub difference: Money,
    pub from_base_minor: i64,
    /// Base amount of everything closed on the debt: money, discount and difference.
    pub to_base_minor: i64,
    pub discount_base_minor: i64,
    pub difference_base_minor: i64,
    pub fx_gain_minor: i64,
    pub explanation: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CashRefusal {
    #[error("nothing of {0} is open")]
    NothingOpen(String),
    #[error("{0} is a debt; it can be paid, but not be used to pay")]
    NotCredit(String),
    #[error("{0} is a credit; it can be used to pay, but not be paid")]
    NotDebt(String),
    #[error("an amount must be more than nothing, not {0}")]
    NotPositive(Money),
    #[error("{number} is in {expected}, not in {given}")]
    WrongCurrency { number: String, given: Currency, expected: Currency },
    #[error("{asked} is more than the {open} that are open on {number}")]
    MoreThanOpen { number: String, asked: Money, open: Money },
    #[error("{asked} is more than the {available} that are left of {number}")]
    MoreThanLeft { number: String, asked: Money, available: Money },
    #[error(
        "{paid} and a discount of {discount} are together more than the {open} that are open on {number}; lower one of them"
    )]
    DiscountTooMuch { number: String, paid: Money, discount: Money, open: Money },
    #[error(
        "{unearned} of the discount on {number} were not earned, more than one person may give up; write them off instead, which asks a second one"
    )]
    UnearnedTooLarge { number: String, unearned: Money },
    #[error("a discount cannot be {0}")]
    NegativeDiscount(Money),
    #[error("a {kind} of {asked} is more than the {rest} that the money leaves open on {number}")]
    DifferenceTooMuch { number: String, kind: &'static str, asked: Money, rest: Money },
    #[error("{rest} stay open on {number}; up to {limit} count as a small difference")]
    DifferenceTooLarge { number: String, rest: Money, limit: Money },
    #[error("{credit} and {debt} are in two currencies; give the amount in both")]
    NoRate { credit: String, debt: String },
    #[error("there is no exchange rate for {currency} on or before {on}; enter one under Exchange rates")]
    NoDayRate { currency: Currency, on: Date },
    #[error("{given} cannot be used: {number} takes part only from {earliest} on")]
    TooEarly { number: String, given: Date, earliest: Date },
    #[error("{given} has not come yet; today is {today}")]
    Future { given: Date, today: Date },
    #[error("{asked} of {number} are the customer's money; refund them, only up to {limit} may be written off")]
    CreditTooLarge { number: String, asked: Money, limit: Money },
    #[error("{number} belongs to {owner}, and {payer} neither pays for it nor is of its group")]
    NotTheirs { number: String, owner: String, payer: String },
    #[error("{0} is named twice; give it one amount")]
    Twice(String),
    #[error("{amount} and {from_amount} differ, though both sides are in one currency; give one of them")]
    TwoAmounts { amount: Money, from_amount: Money },
    #[error("{number} is under suspicion ({why}); decide the case on the matching desk before refunding it")]
    Unchecked { number: String, why: String },
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// The day an allocation takes effect: the asked one, else the payment's, but never before both sides can take part.
pub fn effective_day(
    asked: Option<Date>,
    usual: Date,
    sides: [(&str, Date); 2],
    today: Date,
) -> Result<Date, CashRefusal> {
    let [one, other] = sides;
    let (number, earliest) = if one.1 >= other.1 { one } else { other };
    let day = asked.unwrap_or(usual.max(earliest));
    if day < earliest {
        return Err(CashRefusal::TooEarly { number: number.to_owned(), given: day, earliest });
    }
    if day > today { Err(CashRefusal::Future { given: day, today }) } else { Ok(day) }
}

/// Decides one allocation. Neither side is ever used beyond what it has.
pub fn settle(facts: &Facts<'_>, asked: &AllocationRequest) -> Result<Settlement, CashRefusal> {
    let (credit, debt) = (&facts.credit, &facts.debt);
    let available = credit.open.negated()?;
    check_side(credit, available, CashRefusal::NotCredit)?;
    check_side(debt, debt.open, CashRefusal::NotDebt)?;
    let (from, to) = amounts(facts, asked, available)?;
    if from.minor() > available.minor() {
        return Err(CashRefusal::MoreThanLeft { number: credit.number.clone(), asked: from, available });
    }
    if to.minor() > debt.open.minor() {
        return Err(CashRefusal::MoreThanOpen { number: debt.number.clone(), asked: to, open: debt.open });
    }
    let discount = discount(facts, asked.discount, to)?;
    let rest = debt.open.minus(to)?.minus(discount)?;
    let difference = match &asked.typed {
        Some(typed) => typed_difference(facts, typed, rest)?,
        None if asked.settle_difference => small_difference(facts, rest)?,
        None => Money::zero(to.currency()),
    };
    let stays = rest.minus(difference)?;
    let closed = debt.open.minus(stays)?.minor();
    let to_base_minor = crate::items::base_share(closed, debt.open.minor(), debt.open_base_minor);
    let from_base_minor = -crate::items::base_share(-from.minor(), credit.open.minor(), credit.open_base_minor);
    let parts = allocate(to_base_minor, &[to.minor(), discount.minor(), difference.minor()]);
    let fx_gain_minor = from_base_minor - parts[0];
    Ok(Settlement {
        from,
        to,
        discount,
        unearned: unearned(facts, asked, to, discount)?,
        difference,
        from_base_minor,
        to_base_minor,
        discount_base_minor: parts[1],
        difference_base_minor: parts[2],
        fx_gain_minor,
        explanation: explain(facts, asked, (from, to), (discount, difference), stays),
    })
}

fn check_side(side: &Standing, open: Money, wrong: fn(String) -> CashRefusal) -> Result<(), CashRefusal> {
    match open.minor() {
        0 => Err(CashRefusal::NothingOpen(side.number.clone())),
        minor if minor < 0 => Err(wrong(side.number.clone())),
        _ => Ok(()),
    }
}

/// What is taken of the credit and what it pays of the debt, each in its own currency.
fn amounts(facts: &Facts<'_>, asked: &AllocationRequest, available: Money) -> Result<(Money, Money), CashRefusal> {
    let (credit, debt) = (&facts.credit, &facts.debt);
    let to = asked.amount.map(|amount| typed(amount, debt)).transpose()?;
    let from = asked.from_amount.map(|amount| typed(amount, credit)).transpose()?;
    if available.currency() == debt.open.currency() {
        if let (Some(amount), Some(from_amount)) = (to, from)
            && amount != from_amount
        {
            return Err(CashRefusal::TwoAmounts { amount, from_amount });
        }
        let amount = match to.or(from) {
            Some(amount) => amount,
            None => smaller(available, needed(facts, asked.discount)?),
        };
        return Ok((amount, amount));
    }
    match (from, to) {
        (Some(from), Some(to)) => Ok((from, to)),
        (None, Some(to)) => Ok((facts.in_credit_currency(to)?, to)),
        (Some(from), None) => Ok((from, facts.in_debt_currency(from)?)),
        (None, None) => {
            let (needed, covered) = (needed(facts, asked.discount)?, facts.in_debt_currency(available)?);
            if covered.minor() < needed.minor() {
                return Ok((available, positive(covered)?));
            }
            Ok((smaller(available, facts.in_credit_currency(needed)?), needed))
        }
    }
}

/// An amount that somebody typed for one side.
fn typed(amount: Money, side: &Standing) -> Result<Money, CashRefusal> {
    if amount.currency() != side.open.currency() {
        let (given, expected) = (amount.currency(), side.open.currency());
        return Err(CashRefusal::WrongCurrency { number: side.number.clone(), given, expected });
    }
    positive(amount)
}

fn positive(amount: Money) -> Result<Money, CashRefusal> {
    if amount.minor() > 0 { Ok(amount) } else { Err(CashRefusal::NotPositive(amount)) }
}

fn smaller(one: Money, other: Money) -> Money {
    if other.minor() < one.minor() { other } else { one }
}

/// What has to be paid to settle the debt: all of it but the discount.
fn needed(facts: &Facts<'_>, choice: DiscountChoice) -> Result<Money, CashRefusal> {
    let open = facts.debt.open;
    let discount = match (choice, facts.paid_on) {
        (DiscountChoice::Automatic, Some(paid_on)) => full_discount(facts.steps, paid_on, open, facts.grace_days)?,
        (DiscountChoice::Exactly(discount), _) => allowed(facts, discount, Money::zero(open.currency()))?,
        (DiscountChoice::Automatic | DiscountChoice::None, _) => Money::zero(open.currency()),
    };
    positive(open.minus(discount)?)
}

fn discount(facts: &Facts<'_>, choice: DiscountChoice, paid: Money) -> Result<Money, CashRefusal> {
    let zero = Money::zero(paid.currency());
    match (choice, facts.paid_on) {
        (DiscountChoice::None, _) | (DiscountChoice::Automatic, None) => Ok(zero),
        (DiscountChoice::Automatic, Some(paid_on)) => {
            let towards = PaymentTowards { paid_on, paid, open: facts.debt.open, grace_days: facts.grace_days };
            Ok(discount_on(facts.steps, towards)?)
        }
        (DiscountChoice::Exactly(discount), _) => allowed(facts, discount, paid),
    }
}

/// A discount that somebody typed: never more than what is open beside the money.
fn allowed(facts: &Facts<'_>, discount: Money, paid: Money) -> Result<Money, CashRefusal> {
    let (number, open) = (facts.debt.number.clone(), facts.debt.open);
    if discount.currency() != open.currency() {
        let (given, expected) = (discount.currency(), open.currency());
        return Err(CashRefusal::WrongCurrency { number, given, expected });
    }
    if discount.minor() < 0 {
        return Err(CashRefusal::NegativeDiscount(discount));
    }
    if discount.plus(paid)?.minor() > open.minor() {
        return Err(CashRefusal::DiscountTooMuch { number, paid, discount, open });
    }
    Ok(discount)
}

fn typed_difference(facts: &Facts<'_>, asked: &TypedDifference, rest: Money) -> Result<Money, CashRefusal> {
    let money = typed(asked.money, &facts.debt)?;
    if money.minor() > rest.minor() {
        let number = facts.debt.number.clone();
        return Err(CashRefusal::DifferenceTooMuch { number, kind: asked.kind.label(), asked: money, rest });
    }
    Ok(money)
}

fn small_difference(facts: &Facts<'_>, rest: Money) -> Result<Money, CashRefusal> {
    let limit = Money::new(facts.small_difference_minor, rest.currency());
    if rest.minor() > limit.minor() {
        return Err(CashRefusal::DifferenceTooLarge { number: facts.debt.number.clone(), rest, limit });
    }
    Ok(rest)
}

impl Facts<'_> {
    fn in_credit_currency(&self, money: Money) -> Result<Money, CashRefusal> {
        let (credit, debt) = self.known_rates()?;
        positive(cross(money, debt, credit, self.credit.open.currency())?)
    }

    fn in_debt_currency(&self, money: Money) -> Result<Money, CashRefusal> {
        let (credit, debt) = self.known_rates()?;
        Ok(cross(money, credit, debt, self.debt.open.currency())?)
    }

    fn known_rates(&self) -> Result<(FxRate, FxRate), CashRefusal> {
        let (credit, debt) = (self.credit.number.clone(), self.debt.number.clone());
        self.rates.ok_or(CashRefusal::NoRate { credit, debt })
    }
}

/// `money` in `to` through base currency, rounded once.
fn cross(money: Money, rate: FxRate, to_rate: FxRate, to: Currency) -> Result<Money, MoneyError> {
    let power = |currency: Currency| 10_i128.pow(currency.exponent());
    let part = i128::from(money.minor())
        .checked_mul(i128::from(rate.scaled()))
        .and_then(|product| product.checked_mul(power(to)))
        .ok_or(MoneyError::Overflow)?;
    let whole = i128::from(to_rate.scaled()) * power(money.currency());
    let minor = i64::try_from(rounded_ratio(part, whole.max(1))).map_err(|_| MoneyError::Overflow)?;
    Ok(Money::new(minor, to))
}

/// One sentence for the clerk: what paid what, and why beside the money something was closed.
fn explain(
    facts: &Facts<'_>,
    asked: &AllocationRequest,
    settlement: (Money, Money),
    beside: (Money, Money),
    stays: Money,
) -> String {
    let ((from, to), (discount, difference)) = (settlement, beside);
    let (credit, debt) = (&facts.credit.number, &facts.debt.number);
    let mut text = format!("{from} of {credit} paid ");
    if from != to {
        text += &format!("{to} of ");
    }
    text += debt;
    if !discount.is_zero() {
        let is_earned = unearned(facts, asked, to, discount).is_ok_and(Money::is_zero);
        text += &format!(", {}discount {discount}", if is_earned { "" } else { "unearned " });
        if let Some(paid_on) = facts.paid_on {
            text += &format!(" for payment on {paid_on}");
        }
    }
    if !difference.is_zero() {
        let kind = asked.typed.as_ref().map_or(DifferenceKind::Rounding, |typed| typed.kind);
        text += &format!(", {} {difference}", kind.label());
    }
    if stays.is_zero() { text + "; nothing stays open." } else { text + &format!("; {stays} stay open.") }
}

/// What of a discount the terms would not have granted.
fn unearned(facts: &Facts<'_>, asked: &AllocationRequest, paid: Money, discount: Money) -> Result<Money, CashRefusal> {
    let earned = match asked.discount {
        DiscountChoice::Exactly(_) => self::discount(facts, DiscountChoice::Automatic, paid)?,
        DiscountChoice::Automatic | DiscountChoice::None => discount,
    };
    Ok(Money::new((discount.minor() - earned.minor()).max(0), discount.currency()))
}

/// A part of an open item that is refunded or written off; positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub money: Money,
    pub base_minor: i64,
}

/// So much of what is open, or all of it; never more.
pub fn part(item: &Standing, asked: Option<Money>) -> Result<Part, CashRefusal> {
    let sign = item.open.minor().signum();
    let open = if sign < 0 { item.open.negated()? } else { item.open };
    if open.is_zero() {
        return Err(CashRefusal::NothingOpen(item.number.clone()));
    }
    let money = asked.map_or(Ok(open), |amount| typed(amount, item))?;
    if money.minor() > open.minor() {
        return Err(CashRefusal::MoreThanOpen { number: item.number.clone(), asked: money, open });
    }
    let share = crate::items::base_share(money.minor() * sign, item.open.minor(), item.open_base_minor);
    Ok(Part { money, base_minor: share * sign })
}

/// Dr the credit's control account, Cr bank at the day's rate; what currencies won or lost lies between.
pub fn refund_postings(part: Part, paid_base_minor: i64, control: &str, bank: &str, fx_result: &str) -> Vec<Posting> {
    let currency = part.money.currency();
    let leg = |account: &str, minor: i64, base_minor: i64| Posting {
        account: account.to_owned(),
        money: Money::new(minor, currency),
        base_minor,
    };
    vec![
        leg(control, part.money.minor(), part.base_minor),
        leg(bank, -part.money.minor(), -paid_base_minor),
        leg(fx_result, 0, paid_base_minor - part.base_minor),
    ]
}

/// Dr `loss`, Cr the debt's control account; the other way round for a credit.
pub fn write_off_postings(part: Part, is_debt: bool, control: &str, loss: &str) -> Vec<Posting> {
    let sign = if is_debt { 1 } else { -1 };
    let leg = |account: &str, sign: i64| Posting {
        account: account.to_owned(),
        money: Money::new(part.money.minor() * sign, part.money.currency()),
        base_minor: part.base_minor * sign,
    };
    vec![leg(loss, sign), leg(control, -sign)]
}

/// Where an allocation posts.
#[derive(Debug, Clone)]
pub struct CashAccounts<'a> {
    /// The control accounts of the two sides.
    pub credit: &'a str,
    pub debt: &'a str,
    pub discounts: &'a str,
    pub differences: &'a str,
    pub fx_result: &'a str,
    pub fx_clearing: &'a str,
}

/// The taxes of a debt's document with the accounts that collect them, for the correction that a discount brings.
#[derive(Debug, Clone, Default)]
pub struct DocumentTaxes {
    pub totals: Vec<TaxTotal>,
    pub accounts: Vec<String>,
}

impl Settlement {
    /// Everything closed on the debt, in its currency.
    pub fn closed_minor(&self) -> i64 {
        self.to.minor() + self.discount.minor() + self.difference.minor()
    }

    /// The money's part of the debt's base amount.
    pub fn paid_base_minor(&self) -> i64 {
        self.to_base_minor - self.discount_base_minor - self.difference_base_minor
    }

    /// Dr the credit's control account, Cr the debt's; beside them discount with its tax, difference and currency result.
    /// Two currencies meet on the clearing account, which they leave without a balance in base currency.
    pub fn postings(
        &self,
        accounts: &CashAccounts<'_>,
        taxes: &DocumentTaxes,
        base: Currency,
    ) -> Result<Vec<Posting>, PricingError> {
        let (from, to) = (self.from.currency(), self.to.currency());
        let leg = |account: &str, minor: i64, currency: Currency, base_minor: i64| Posting {
            account: account.to_owned(),
            money: Money::new(minor, currency),
            base_minor,
        };
        let mut legs = vec![leg(accounts.credit, self.from.minor(), from, self.from_base_minor)];
        if from != to {
            legs.push(leg(accounts.fx_clearing, -self.from.minor(), from, -self.from_base_minor));
            legs.push(leg(accounts.fx_clearing, self.to.minor(), to, self.from_base_minor));
        }
        legs.push(leg(accounts.debt, -self.closed_minor(), to, -self.to_base_minor));
        legs.extend(self.discount_legs(accounts.discounts, taxes)?);
        legs.push(leg(accounts.differences, self.difference.minor(), to, self.difference_base_minor));
        let foreign = if to == base { from } else { to };
        legs.push(leg(accounts.fx_result, 0, foreign, -self.fx_gain_minor));
        Ok(legs)
    }

    /// The net of the discount, and each tax code's part on the account that collected it.
    fn discount_legs(&self, discounts: &str, taxes: &DocumentTaxes) -> Result<Vec<Posting>, PricingError> {
        if self.discount.is_zero() {
            return Ok(Vec::new());
        }
        let corrected = corrected_taxes(&taxes.totals, self.discount, self.discount_base_minor)?;
        let tax: i64 = corrected.iter().map(|part| part.part.tax.minor()).sum();
        let base_tax: i64 = corrected.iter().map(|part| part.base_tax_minor).sum();
        let net = (discounts, self.discount.minor() - tax, self.discount_base_minor - base_tax);
        let parts = corrected.iter().map(|part| (part.part.tax.minor(), part.base_tax_minor));
        let parts = taxes.accounts.iter().zip(parts).map(|(account, (minor, base))| (account.as_str(), minor, base));
        let leg = |(account, minor, base_minor): (&str, i64, i64)| Posting {
            account: account.to_owned(),
            money: Money::new(minor, self.discount.currency()),
            base_minor,
        };
        Ok(std::iter::once(net).chain(parts).map(leg).collect())
    }
}

/// What a discount takes back of one tax, also in base currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CorrectedTax {
    pub part: TaxPart,
    pub base_net_minor: i64,
    pub base_tax_minor: i64,
}

/// A discount that is worth `base_minor` in base currency over the taxes of its document; none where nothing was taxed.
pub fn corrected_taxes(
    totals: &[TaxTotal],
    discount: Money,
    base_minor: i64,
) -> Result<Vec<CorrectedTax>, PricingError> {
    let gross: i64 = totals.iter().map(|total| total.base.minor() + total.tax.minor()).sum();
    if gross == 0 {
        return Ok(Vec::new());
    }
    let parts = discount_tax_correction(totals, discount)?;
    let tax: i64 = parts.iter().map(|part| part.tax.minor()).sum();
    let mut amounts = vec![discount.minor() - tax];
    amounts.extend(parts.iter().map(|part| part.tax.minor()));
    let bases = base_shares(&amounts, base_minor);
    let nets: Vec<i64> = parts.iter().map(|part| part.net.minor()).collect();
    let base_nets = base_shares(&nets, bases[0]);
    let corrected = parts.into_iter().zip(base_nets).zip(&bases[1..]);
    let of_part = |((part, base_net_minor), &base_tax_minor)| CorrectedTax { part, base_net_minor, base_tax_minor };
    Ok(corrected.map(of_part).collect())
}

#[cfg(test)]
mod tests;
