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
mod tests {
    use super::*;
    use kernel::Decimal;
    use proptest::prelude::*;

    const GOODS: u128 = 1;
    const SERVICES: u128 = 2;

    fn tax(code: u128, category: TaxCategory, rate: &str) -> AppliedTax {
        AppliedTax { code: uuid::Uuid::from_u128(code).into(), category, rate: rate.parse().unwrap() }
    }

    fn line(quantity: &str, price: &str, tax: AppliedTax) -> LineInput {
        LineInput {
            product: None,
            description: "Thing".into(),
            quantity: quantity.parse().unwrap(),
            unit: "C62".into(),
            unit_price: price.parse().unwrap(),
            discount_percent: None,
            tax,
        }
    }

    fn at(rate: &str, quantity: &str, price: &str) -> LineInput {
        line(quantity, price, tax(GOODS, TaxCategory::Standard, rate))
    }

    fn exclusive(lines: &[LineInput]) -> Totals {
        price(lines, Currency::EUR, PriceMode::TaxExclusive, TaxRounding::PerDocument).unwrap()
    }

    fn minor(amounts: impl IntoIterator<Item = Money>) -> Vec<i64> {
        amounts.into_iter().map(Money::minor).collect()
    }

    fn figures(totals: &Totals) -> [i64; 3] {
        [totals.net.minor(), totals.tax.minor(), totals.gross.minor()]
    }

    #[test]
    fn the_rounded_sum_is_not_the_sum_of_the_rounded() {
        // 19 % of 1.33 is 0.2527; of 3.99 it is 0.7581.
        let lines = vec![at("19", "1", "1.33"); 3];
        let document = exclusive(&lines);
        assert_eq!(figures(&document), [399, 76, 475]);
        assert_eq!(minor(document.lines.iter().map(|line| line.tax)), [26, 25, 25]);
        let by_line = price(&lines, Currency::EUR, PriceMode::TaxExclusive, TaxRounding::PerLine).unwrap();
        assert_eq!(figures(&by_line), [399, 75, 474]);
    }

    #[test]
    fn inclusive_prices_are_what_the_customer_was_told() {
        // 29.97 × 19 ÷ 119 = 4.7851; a line holds 1.5950 of it.
        let lines = vec![at("19", "1", "9.99"); 3];
        let totals = price(&lines, Currency::EUR, PriceMode::TaxInclusive, TaxRounding::PerDocument).unwrap();
        assert_eq!(figures(&totals), [2_518, 479, 2_997]);
        assert_eq!(minor(totals.lines.iter().map(|line| line.net)), [839, 839, 840]);
        let by_line = price(&lines, Currency::EUR, PriceMode::TaxInclusive, TaxRounding::PerLine).unwrap();
        assert_eq!(figures(&by_line), [2_517, 480, 2_997]);
    }

    #[test]
    fn several_rates_one_of_them_reverse_charge() {
        let lines = [
            at("7", "3", "19.90"),
            line("1", "100", tax(3, TaxCategory::ReverseCharge, "0")),
            at("19", "2.5", "80"),
            at("7", "1", "0.03"),
        ];
        // 59.73 × 7 % = 4.1811; 200.00 × 19 % = 38.00.
        let totals = exclusive(&lines);
        assert_eq!(figures(&totals), [35_973, 4_218, 40_191]);
        let groups = totals.taxes.iter().map(|tax| (tax.rate.to_string(), tax.base.minor(), tax.tax.minor()));
        assert_eq!(
            groups.collect::<Vec<_>>(),
            [("19".into(), 20_000, 3_800), ("7".into(), 5_973, 418), ("0".into(), 10_000, 0)]
        );
    }

    #[test]
    fn two_codes_of_one_rate_make_one_breakdown() {
        let services = tax(SERVICES, TaxCategory::Standard, "19");
        let lines = [at("19", "1", "1.33"), line("1", "1.33", services), line("1", "1.33", services)];
        let taxes = exclusive(&lines).taxes;
        assert_eq!(minor(taxes.iter().map(|tax| tax.base)), [133, 266]);
        assert_eq!(minor(taxes.iter().map(|tax| tax.tax)), [26, 50], "together 19 % of 3.99");
    }

    #[test]
    fn a_discount_is_what_it_took_off() {
        let mut discounted = at("21", "3", "19.99");
        discounted.discount_percent = Some("5".parse().unwrap());
        let priced = exclusive(&[discounted]).lines[0];
        assert_eq!(minor([priced.net, priced.discount]), [5_697, 300]);
    }

    #[test]
    fn yen_have_no_decimals_and_dinars_three() {
        let total = |code: &str, line| {
            let currency = code.parse().unwrap();
            figures(&price(&[line], currency, PriceMode::TaxExclusive, TaxRounding::PerDocument).unwrap())
        };
        assert_eq!(total("JPY", at("10", "3", "333")), [999, 100, 1_099]);
        assert_eq!(total("TND", at("19", "1.5", "12.3456")), [18_518, 3_518, 22_036]);
    }

    #[test]
    fn returns_zero_lines_and_empty_documents() {
        let lines = [at("19", "2", "10"), at("19", "-3", "10"), at("19", "0", "99"), at("7", "5", "0")];
        let totals = exclusive(&lines);
        assert_eq!(figures(&totals), [-1_000, -190, -1_190]);
        assert_eq!(totals.taxes.len(), 2);
        assert_eq!(figures(&exclusive(&[])), [0, 0, 0]);
    }

    #[test]
    fn refusals_name_the_line() {
        let refuse = |line: LineInput| {
            let lines = [at("19", "1", "1"), line];
            let refused = price(&lines, Currency::EUR, PriceMode::TaxExclusive, TaxRounding::PerDocument);
            refused.unwrap_err().to_string()
        };
        let mut over = at("19", "1", "1");
        over.discount_percent = Some("100.5".parse().unwrap());
        assert_eq!(refuse(over), "line 2: a discount of 100.5 % is not between 0 and 100 %");
        let charged = line("1", "1", tax(3, TaxCategory::ReverseCharge, "19"));
        assert_eq!(refuse(charged), "line 2: a tax of category AE cannot have a rate of 19 %");
        let negative = "line 2: the unit price -5 is negative; make the quantity negative instead";
        assert_eq!(refuse(at("19", "1", "-5")), negative);
        for price in ["9000000000000", "10000"] {
            assert_eq!(refuse(at("19", "9000000000000", price)), "line 2: the amount is too large");
        }
        let many = vec![at("19", "1000000", "9000000"); 2];
        let sum = price(&many, Currency::EUR, PriceMode::TaxExclusive, TaxRounding::PerDocument);
        assert_eq!(sum.unwrap_err().to_string(), "the amount is too large", "18 trillions");
    }

    /// Takes a document of one line in pieces of one: their nets and taxes.
    fn pieces(whole: &LineInput, mode: PriceMode) -> Vec<[i64; 3]> {
        let priced = |quantity: i32| {
            let line = LineInput { quantity: Quantity::whole(quantity), ..whole.clone() };
            price(&[line], Currency::EUR, mode, TaxRounding::PerDocument).unwrap()
        };
        let mut taken = Taken { nets: vec![0], taxes: Vec::new() };
        let mut made = Vec::new();
        for by_then in 1..=3 {
            let totals = piece(priced(1), &[(0, whole.tax)], &priced(by_then), &taken).unwrap();
            assert_eq!(totals.lines[0].gross, totals.gross);
            taken.nets[0] += totals.net.minor();
            let before = taken.taxes.pop().unwrap_or(TaxTotal {
                base: Money::zero(Currency::EUR),
                tax: Money::zero(Currency::EUR),
                ..totals.taxes[0]
            });
            let (base, tax) = (before.base.plus(totals.net).unwrap(), before.tax.plus(totals.tax).unwrap());
            taken.taxes.push(TaxTotal { base, tax, ..before });
            made.push(figures(&totals));
        }
        made
    }

    #[test]
    fn pieces_add_up_to_the_document() {
        // 3 × 1.33 + 19 % is 3.99 + 0.76; one by one it would be three times 1.33 + 0.25.
        let each = pieces(&at("19", "3", "1.33"), PriceMode::TaxExclusive);
        assert_eq!(each, [[133, 25, 158], [133, 26, 159], [133, 25, 158]]);
        // 3 × 0.335 is 1.01 and not three times 0.34.
        let each = pieces(&line("3", "0.335", tax(3, TaxCategory::ZeroRated, "0")), PriceMode::TaxExclusive);
        assert_eq!(each, [[34, 0, 34], [33, 0, 33], [34, 0, 34]]);
        // 29.97 hold 4.79 of tax; three times 9.99 held 4.80.
        let each = pieces(&at("19", "3", "9.99"), PriceMode::TaxInclusive);
        assert_eq!(each.iter().map(|figures| figures[1]).sum::<i64>(), 479);
        assert!(each.iter().all(|figures| figures[2] == 999), "{each:?}");
    }

    #[test]
    fn a_discount_for_paying_early_never_opens_a_cent() {
        // 317.80 + 21 % is 384.54. 2 % of that is 7.69, so 376.85 is paid; 2 % off the net first gives 376.84.
        let totals = exclusive(&[at("21", "1", "317.80")]);
        assert_eq!(totals.gross.minor(), 38_454);
        let parts = discount_tax_correction(&totals.taxes, Money::new(769, Currency::EUR)).unwrap();
        assert_eq!(minor([parts[0].net, parts[0].tax]), [636, 133]);
    }

    #[test]
    fn a_discount_is_shared_by_gross() {
        // Gross 119.00 and 53.50 of 172.50: of 3.45 they get 2.38 and 1.07, which hold 0.38 and 0.07 of tax.
        let totals = exclusive(&[at("19", "1", "100"), at("7", "1", "50")]);
        let parts = discount_tax_correction(&totals.taxes, Money::new(345, Currency::EUR)).unwrap();
        assert_eq!(
            parts.iter().map(|part| (part.net.minor(), part.tax.minor())).collect::<Vec<_>>(),
            [(200, 38), (100, 7)]
        );
        let nothing = discount_tax_correction(&exclusive(&[at("7", "0", "1")]).taxes, Money::new(1, Currency::EUR));
        assert_eq!(nothing, Err(PricingError::NothingToShare(Money::new(1, Currency::EUR))));
    }

    fn any_line() -> impl Strategy<Value = LineInput> {
        let taxes = vec![
            tax(GOODS, TaxCategory::Standard, "19"),
            tax(SERVICES, TaxCategory::Standard, "19"),
            tax(3, TaxCategory::Standard, "5.5"),
            tax(4, TaxCategory::Standard, "100"),
            tax(5, TaxCategory::ReverseCharge, "0"),
        ];
        let discount = prop::option::of(0_i64..=1_000_000);
        let numbers = (-50_000_000_i64..50_000_000, 0_i64..5_000_000_000, discount, prop::sample::select(taxes));
        numbers.prop_map(|(quantity, price, discount, tax)| LineInput {
            quantity: Quantity::from_scaled(quantity),
            unit_price: UnitPrice::from_scaled(price),
            discount_percent: discount.map(Percent::from_scaled),
            ..line("1", "1", tax)
        })
    }

    fn any_document() -> impl Strategy<Value = (Vec<LineInput>, Currency)> {
        let currencies = ["EUR", "JPY", "TND", "CLF"].map(|code| code.parse::<Currency>().unwrap());
        (prop::collection::vec(any_line(), 0..9), prop::sample::select(currencies.to_vec()))
    }

    fn sum(amounts: impl IntoIterator<Item = Money>) -> i64 {
        minor(amounts).into_iter().sum()
    }

    /// Base and tax of the breakdown that EN 16931 wants: one for each category and rate.
    fn breakdown(taxes: &[TaxTotal]) -> BTreeMap<(TaxCategory, Percent), (i64, i64)> {
        let mut groups = BTreeMap::new();
        for tax in taxes {
            let group: &mut (i64, i64) = groups.entry((tax.category, tax.rate)).or_default();
            *group = (group.0 + tax.base.minor(), group.1 + tax.tax.minor());
        }
        groups
    }

    fn rounded_tax(base: i64, rate: Percent, currency: Currency) -> i64 {
        let exact = Money::new(base, currency).to_decimal() * rate.factor();
        Money::rounded(exact, currency).unwrap().minor()
    }

    fn adds_up(totals: &Totals) {
        assert_eq!(totals.net.minor(), sum(totals.lines.iter().map(|line| line.net)), "BR-CO-10 and 13");
        assert_eq!(totals.net.minor(), sum(totals.taxes.iter().map(|tax| tax.base)), "BR-S-08");
        assert_eq!(totals.tax.minor(), sum(totals.taxes.iter().map(|tax| tax.tax)), "BR-CO-14");
        assert_eq!(totals.tax.minor(), sum(totals.lines.iter().map(|line| line.tax)));
        assert_eq!(totals.gross.minor(), totals.net.minor() + totals.tax.minor(), "BR-CO-15");
        assert_eq!(totals.gross.minor(), sum(totals.lines.iter().map(|line| line.gross)));
    }

    proptest! {
        #[test]
        fn exclusive_prices_meet_every_rule((lines, currency) in any_document()) {
            let totals = price(&lines, currency, PriceMode::TaxExclusive, TaxRounding::PerDocument).unwrap();
            adds_up(&totals);
            for ((_, rate), (base, tax)) in breakdown(&totals.taxes) {
                prop_assert_eq!(tax, rounded_tax(base, rate, currency), "BR-CO-17");
            }
            for (line, priced) in lines.iter().zip(&totals.lines) {
                let left = Decimal::ONE - line.discount_percent.unwrap_or(Percent::ZERO).factor();
                let exact = line.quantity.decimal() * line.unit_price.decimal() * left;
                prop_assert_eq!(priced.net, Money::rounded(exact, currency).unwrap());
                prop_assert!((priced.tax.minor() - rounded_tax(priced.net.minor(), line.tax.rate, currency)).abs() <= 1);
            }
        }

        #[test]
        fn inclusive_prices_keep_every_gross((lines, currency) in any_document()) {
            let totals = price(&lines, currency, PriceMode::TaxInclusive, TaxRounding::PerDocument).unwrap();
            adds_up(&totals);
            let told = price(&lines, currency, PriceMode::TaxExclusive, TaxRounding::PerDocument).unwrap();
            prop_assert_eq!(minor(totals.lines.iter().map(|line| line.gross)), minor(told.lines.iter().map(|line| line.net)));
            for ((_, rate), (base, tax)) in breakdown(&totals.taxes) {
                prop_assert!((tax - rounded_tax(base, rate, currency)).abs() <= 1);
            }
        }

        #[test]
        fn rounding_per_line_taxes_each_line_alone((lines, currency) in any_document()) {
            let totals = price(&lines, currency, PriceMode::TaxExclusive, TaxRounding::PerLine).unwrap();
            adds_up(&totals);
            for (line, priced) in lines.iter().zip(&totals.lines) {
                prop_assert_eq!(priced.tax.minor(), rounded_tax(priced.net.minor(), line.tax.rate, currency));
            }
            adds_up(&price(&lines, currency, PriceMode::TaxInclusive, TaxRounding::PerLine).unwrap());
        }

        #[test]
        fn a_credit_note_mirrors_its_invoice(
            (lines, currency) in any_document(),
            mode in prop::sample::select(PriceMode::ALL),
            rounding in prop::sample::select(TaxRounding::ALL),
        ) {
            let mut back = lines.clone();
            for line in &mut back {
                line.quantity = Quantity::from_scaled(-line.quantity.scaled());
            }
            let (there, back) = (price(&lines, currency, mode, rounding).unwrap(), price(&back, currency, mode, rounding).unwrap());
            let all = |totals: &Totals| minor(totals.lines.iter().flat_map(|line| [line.net, line.tax, line.gross]));
            prop_assert_eq!(all(&there), all(&back).into_iter().map(|amount| -amount).collect::<Vec<_>>());
        }

        #[test]
        fn a_discount_splits_to_the_last_unit((lines, currency) in any_document(), part in -1_000_i64..=1_000) {
            let totals = price(&lines, currency, PriceMode::TaxExclusive, TaxRounding::PerDocument).unwrap();
            prop_assume!(!totals.gross.is_zero());
            let discount = Money::new(totals.gross.minor() / 1_000 * part, currency);
            let split = discount_tax_correction(&totals.taxes, discount).unwrap();
            prop_assert_eq!(sum(split.iter().flat_map(|part| [part.net, part.tax])), discount.minor());
            let whole = discount_tax_correction(&totals.taxes, totals.gross).unwrap();
            for (part, total) in whole.iter().zip(&totals.taxes) {
                prop_assert_eq!((part.net, part.tax), (total.base, total.tax));
            }
        }

        #[test]
        fn shares_of_one_sign_are_shared_as_the_kernel_does(
            total in -1_000_000_i64..1_000_000,
            weights in prop::collection::vec(0_i64..1_000_000, 1..20),
        ) {
            let whole: i64 = weights.iter().sum();
            prop_assume!(whole > 0);
            let shares: Vec<i128> = weights.iter().map(|&weight| i128::from(weight) * i128::from(total)).collect();
            prop_assert_eq!(apportion(total.into(), &shares, whole.into()).unwrap(), kernel::allocate(total, &weights));
        }
    }
}
