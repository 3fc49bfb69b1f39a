//! What lines come to: worked out by hand, and in pieces that have to add up.

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
