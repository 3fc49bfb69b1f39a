//! Prices document lines and adds them up by the arithmetic of EN 16931.
//!
//! `price` rounds each line once, taxes each (category, rate) once or each line once, and gives figures that add up to
//! the last minor unit: lines to totals, taxes to the tax total, net and tax to gross. With tax-inclusive prices the
//! gross of every line is what the customer was told and the tax is taken out of it, so the rule "tax = base × rate"
//! (BR-CO-17) may be one minor unit off there; no choice of net meets it for every gross.
//! `discount_tax_correction` takes a later discount apart into net and tax. Nothing here knows a document or its state.

use crate::taxes::{AppliedTax, TaxCategory};
use kernel::{Currency, Money, MoneyError, Percent, ProductId, Quantity, TaxCodeId, UnitPrice};
use std::{cmp::Reverse, collections::BTreeMap};

kernel::text_enum! {
    /// What the unit prices of a document mean.
    pub enum PriceMode {
        TaxExclusive = "exclusive",
        TaxInclusive = "inclusive",
    }
}

kernel::text_enum! {
    /// Where tax is rounded: once for each rate of the document, or on every line.
    pub enum TaxRounding {
        PerDocument = "per_document",
        PerLine = "per_line",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LineInput {
    pub product: Option<ProductId>,
    pub description: String,
    /// Negative for what is taken back.
    pub quantity: Quantity,
    pub unit: String,
    pub unit_price: UnitPrice,
    pub discount_percent: Option<Percent>,
    pub tax: AppliedTax,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PricedLine {
    /// What the line's discount took off the rounded price, in the terms of the price mode (BT-136 when exclusive).
    pub discount: Money,
    /// BT-131.
    pub net: Money,
    pub tax: Money,
    pub gross: Money,
}

/// One tax code at one rate. The codes that share a category and a rate add up to the breakdown of that rate (BG-23).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TaxTotal {
    pub code: TaxCodeId,
    pub category: TaxCategory,
    pub rate: Percent,
    pub base: Money,
    pub tax: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Totals {
    pub lines: Vec<PricedLine>,
    /// By category, then the highest rate first.
    pub taxes: Vec<TaxTotal>,
    /// BT-106 and BT-109.
    pub net: Money,
    /// BT-110.
    pub tax: Money,
    /// BT-112.
    pub gross: Money,
}

/// A tax code's part of a discount or small difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TaxPart {
    pub code: TaxCodeId,
    pub category: TaxCategory,
    pub rate: Percent,
    pub net: Money,
    pub tax: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PricingError {
    #[error("line {line}: the unit price {price} is negative; make the quantity negative instead")]
    NegativePrice { line: usize, price: UnitPrice },
    #[error("line {line}: a discount of {percent} % is not between 0 and 100 %")]
    Discount { line: usize, percent: Percent },
    #[error("line {line}: a tax of category {category} cannot have a rate of {rate} %")]
    Rate { line: usize, category: TaxCategory, rate: Percent },
    #[error("line {line}: the amount is too large")]
    TooLarge { line: usize },
    #[error("{0} cannot be shared out over the taxes of a document whose total is zero")]
    NothingToShare(Money),
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// 100 % as a scaled percentage.
const HUNDRED: i128 = Percent::whole(100).scaled() as i128;

/// Prices and adds up the lines of one document.
pub fn price(
    lines: &[LineInput],
    currency: Currency,
    mode: PriceMode,
    rounding: TaxRounding,
) -> Result<Totals, PricingError> {
    let told =
        lines.iter().zip(1..).map(|(line, number)| tell(line, number, currency)).collect::<Result<Vec<_>, _>>()?;
    let taxes = line_taxes(lines, &told, mode, rounding)?;
    let mut priced = Vec::with_capacity(lines.len());
    for (told, tax) in told.iter().zip(taxes) {
        let (amount, tax) = (told.amount, Money::new(tax, currency));
        let (net, gross) = match mode {
            PriceMode::TaxExclusive => (amount, amount.plus(tax)?),
            PriceMode::TaxInclusive => (amount.minus(tax)?, amount),
        };
        priced.push(PricedLine { discount: told.discount, net, tax, gross });
    }
    add_up(lines, priced, currency)
}

/// What a line costs as its price says: before tax or with it.
struct Told {
    amount: Money,
    discount: Money,
}

fn tell(line: &LineInput, number: usize, currency: Currency) -> Result<Told, PricingError> {
    let percent = line.discount_percent.unwrap_or(Percent::ZERO);
    if line.unit_price.is_negative() {
        return Err(PricingError::NegativePrice { line: number, price: line.unit_price });
    }
    if percent.is_negative() || percent > Percent::whole(100) {
        return Err(PricingError::Discount { line: number, percent });
    }
    let AppliedTax { category, rate, .. } = line.tax;
    if !category.allows(rate) {
        return Err(PricingError::Rate { line: number, category, rate });
    }
    let too_large = || PricingError::TooLarge { line: number };
    let LineInput { quantity, unit_price, .. } = *line;
    let cost = |percent| cost(quantity, unit_price, percent, currency).ok_or_else(too_large);
    let amount = Money::new(cost(percent)?, currency);
    let full = Money::new(cost(Percent::ZERO)?, currency).within_bounds().map_err(|_| too_large())?;
    Ok(Told { amount, discount: full.minus(amount)? })
}

/// Minor units of a quantity at a price less a discount, rounded once: before tax or with it, as the price is told. `None`
/// when no amount can hold them.
pub fn cost(quantity: Quantity, unit_price: UnitPrice, discount: Percent, currency: Currency) -> Option<i64> {
    let product = i128::from(quantity.scaled()) * i128::from(unit_price.scaled());
    let left = product.checked_mul(HUNDRED - i128::from(discount.scaled()))?;
    let places = Quantity::PLACES + UnitPrice::PLACES - currency.exponent();
    i64::try_from(rounded_ratio(left, HUNDRED * 10_i128.pow(places))).ok()
}

/// The tax of each line. Rounded per document, a (category, rate) is rounded once and its lines share it.
fn line_taxes(
    lines: &[LineInput],
    told: &[Told],
    mode: PriceMode,
    rounding: TaxRounding,
) -> Result<Vec<i64>, MoneyError> {
    let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        let key = match rounding {
            TaxRounding::PerDocument => (line.tax.category, line.tax.rate, 0),
            TaxRounding::PerLine => (line.tax.category, line.tax.rate, index),
        };
        groups.entry(key).or_default().push(index);
    }
    let mut taxes = vec![0; lines.len()];
    for ((_, rate, _), members) in groups {
        let rate = i128::from(rate.scaled());
        let whole = match mode {
            PriceMode::TaxExclusive => HUNDRED,
            PriceMode::TaxInclusive => HUNDRED + rate,
        };
        let shares: Vec<i128> = members.iter().map(|&index| i128::from(told[index].amount.minor()) * rate).collect();
        let total = rounded_ratio(shares.iter().sum(), whole);
        for (index, tax) in members.into_iter().zip(apportion(total, &shares, whole)?) {
            taxes[index] = tax;
        }
    }
    Ok(taxes)
}

fn add_up(lines: &[LineInput], priced: Vec<PricedLine>, currency: Currency) -> Result<Totals, PricingError> {
    let zero = Money::zero(currency);
    let mut groups = BTreeMap::new();
    let mut totals = Totals { lines: priced, taxes: Vec::new(), net: zero, tax: zero, gross: zero };
    for (line, priced) in lines.iter().zip(&totals.lines) {
        let AppliedTax { code, category, rate } = line.tax;
        let group = groups.entry((category, Reverse(rate), code));
        let group = group.or_insert(TaxTotal { code, category, rate, base: zero, tax: zero });
        group.base = group.base.plus(priced.net)?;
        group.tax = group.tax.plus(priced.tax)?;
        totals.net = totals.net.plus(priced.net)?;
        totals.tax = totals.tax.plus(priced.tax)?;
    }
    totals.gross = totals.net.plus(totals.tax)?.within_bounds()?;
    totals.taxes = groups.into_values().collect();
    Ok(totals)
}

/// What earlier pieces took of a document: of each of its lines, and of its taxes.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    pub nets: Vec<i64>,
    pub taxes: Vec<TaxTotal>,
}

/// One piece of a document as all that is taken by then (`by_then`) less what earlier pieces took, so that the pieces add
/// up to the document whatever each of them was rounded to. `alone` is the piece priced by itself, and `places` says which
/// lines of the document its lines (with their taxes) are of.
pub fn piece(
    alone: Totals,
    places: &[(usize, AppliedTax)],
    by_then: &Totals,
    taken: &Taken,
) -> Result<Totals, MoneyError> {
    let currency = alone.net.currency();
    let zero = Money::zero(currency);
    let mut piece = Totals { lines: alone.lines, taxes: Vec::new(), net: zero, tax: zero, gross: zero };
    for (line, (place, _)) in piece.lines.iter_mut().zip(places) {
        line.net = by_then.lines[*place].net.minus(Money::new(taken.nets[*place], currency))?;
    }
    for group in &by_then.taxes {
        let is_same = |code, category, rate| (code, category, rate) == (group.code, group.category, group.rate);
        let members: Vec<usize> = (0..places.len())
            .filter(|&at| is_same(places[at].1.code, places[at].1.category, places[at].1.rate))
            .collect();
        let Some(&last) = members.last() else { continue };
        let before = taken.taxes.iter().find(|total| is_same(total.code, total.category, total.rate));
        let (base, tax) = before.map_or((zero, zero), |total| (total.base, total.tax));
        let total = TaxTotal { base: group.base.minus(base)?, tax: group.tax.minus(tax)?, ..*group };
        // Prices with tax share their net out anew with every piece: a cent of it may be another line's by then.
        let mut rest = (total.base.minor(), total.tax.minor());
        for &at in &members {
            let line = &mut piece.lines[at];
            let net = if at == last { rest.0 } else { line.net.minor() };
            let tax = if at == last { rest.1 } else { proportion(net, total.tax.minor(), total.base.minor())? };
            rest = (rest.0 - net, rest.1 - tax);
            (line.net, line.tax) = (Money::new(net, currency), Money::new(tax, currency));
            line.gross = line.net.plus(line.tax)?;
        }
        piece.net = piece.net.plus(total.base)?;
        piece.tax = piece.tax.plus(total.tax)?;
        piece.taxes.push(total);
    }
    piece.gross = piece.net.plus(piece.tax)?;
    Ok(piece)
}

/// How a discount or small difference on a document splits over its taxes, exact to the minor unit.
///
/// Each tax code gets the share that its gross has in the document's gross, by largest remainder. Inside a share the tax
/// is `round(share × tax ÷ gross)` with the tax that the document shows, and the net is the rest: a discount of the whole
/// document gives back exactly the document's own figures.
pub fn discount_tax_correction(taxes: &[TaxTotal], discount: Money) -> Result<Vec<TaxPart>, PricingError> {
    let currency = discount.currency();
    let grosses = taxes.iter().map(|tax| tax.base.plus(tax.tax)).collect::<Result<Vec<_>, _>>()?;
    let total = grosses.iter().try_fold(Money::zero(currency), |sum, &gross| sum.plus(gross))?;
    if total.is_zero() && !discount.is_zero() {
        return Err(PricingError::NothingToShare(discount));
    }
    let (whole, sign) = (i128::from(total.minor()).abs().max(1), i128::from(total.minor().signum()));
    let share = |gross: &Money| i128::from(gross.minor()) * i128::from(discount.minor()) * sign;
    let shares: Vec<i128> = grosses.iter().map(share).collect();
    let parts = apportion(i128::from(discount.minor()), &shares, whole)?;
    let mut split = Vec::with_capacity(taxes.len());
    for ((group, gross), part) in taxes.iter().zip(grosses).zip(parts) {
        let TaxTotal { code, category, rate, .. } = *group;
        let tax = proportion(part, group.tax.minor(), gross.minor())?;
        let (tax, part) = (Money::new(tax, currency), Money::new(part, currency));
        split.push(TaxPart { code, category, rate, net: part.minus(tax)?, tax });
    }
    Ok(split)
}

/// `amount × part ÷ whole`, rounded; nothing of nothing is nothing.
fn proportion(amount: i64, part: i64, whole: i64) -> Result<i64, MoneyError> {
    let product = i128::from(amount) * i128::from(part) * i128::from(whole.signum());
    let ratio = rounded_ratio(product, i128::from(whole).abs().max(1));
    i64::try_from(ratio).map_err(|_| MoneyError::Overflow)
}

/// Half away from zero and exact, because no decimal in between is ever shortened. `whole` is positive.
pub(crate) fn rounded_ratio(part: i128, whole: i128) -> i128 {
    let (down, rest) = (part.abs() / whole, part.abs() % whole);
    let size = if rest >= whole - rest { down + 1 } else { down };
    size * part.signum()
}

/// Rounds exact shares (`shares[i] / whole`) to units that add up to `total`, the rounded sum of them, by largest
/// remainder; ties go to the earlier share. It differs from `kernel::allocate` in that shares may have either sign.
/// Turning every sign around turns the result around, so a credit note mirrors its invoice to the minor unit.
fn apportion(total: i128, shares: &[i128], whole: i128) -> Result<Vec<i64>, MoneyError> {
    let sign = shares.iter().map(|share| share.signum()).find(|&sign| sign != 0).unwrap_or(1);
    let mut units: Vec<i128> = shares.iter().map(|share| (share * sign).div_euclid(whole)).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by_key(|&index| (-(shares[index] * sign).rem_euclid(whole), index));
    let missing = usize::try_from(total * sign - units.iter().sum::<i128>()).unwrap_or(0);
    for &index in order.iter().take(missing) {
        units[index] += 1;
    }
    units.into_iter().map(|unit| i64::try_from(unit * sign).map_err(|_| MoneyError::Overflow)).collect()
}

#[cfg(test)]
mod tests;
