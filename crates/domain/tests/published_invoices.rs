//! Published e-invoices that the official validators accept, priced again: our totals are theirs.
//!
//! The folder of invoices is not part of the project; without it the test says so and passes.

use domain::{
    lines::{LineInput, PriceMode, TaxRounding, price},
    taxes::AppliedTax,
};
use kernel::{Currency, Money, Quantity};
use std::path::Path;

/// The text of the first element `name` in any namespace.
fn text<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let start = xml.match_indices(name).find(|(at, _)| {
        matches!(xml.as_bytes()[at - 1], b':' | b'<') && matches!(xml.as_bytes()[at + name.len()], b'>' | b' ')
    })?;
    let (_, rest) = xml[start.0..].split_once('>')?;
    Some(rest[..rest.find('<')?].trim())
}

/// Everything between the tags of each element `name`.
fn elements<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let closing = format!("{name}>");
    xml.split(&closing).skip(1).step_by(2).collect()
}

/// A line of a UBL invoice, unless it has what `LineInput` has not: its own allowances or a price for several units.
fn ubl_line(xml: &str) -> Option<LineInput> {
    let simple = !xml.contains("AllowanceCharge>") && text(xml, "BaseQuantity").is_none_or(|of| of == "1");
    let quantity: Quantity = text(xml, "InvoicedQuantity").or(text(xml, "CreditedQuantity"))?.parse().ok()?;
    // One published return says 6 × 18.33 = -109.98.
    let taken_back = text(xml, "LineExtensionAmount")?.starts_with('-') && !quantity.is_negative();
    let sign = if taken_back { -1 } else { 1 };
    let category = elements(xml, "ClassifiedTaxCategory").first().copied()?;
    let tax = AppliedTax {
        code: uuid::Uuid::nil().into(),
        category: text(category, "ID")?.parse().ok()?,
        rate: text(category, "Percent").unwrap_or("0").parse().ok()?,
    };
    simple.then_some(LineInput {
        product: None,
        description: text(xml, "Name")?.to_owned(),
        quantity: Quantity::from_scaled(quantity.scaled() * sign),
        unit: "C62".into(),
        unit_price: text(xml, "PriceAmount")?.parse().ok()?,
        discount_percent: None,
        tax,
    })
}

#[test]
fn published_invoices_have_the_totals_that_we_compute() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    let mut compared = 0;
    for folder in ["en16931-ubl", "xrechnung", "peppol"] {
        let Ok(files) = std::fs::read_dir(corpora.join(folder)) else {
            eprintln!("skipped: {folder} is absent from {}", corpora.display());
            return;
        };
        compared += files.filter_map(|file| agrees(&file.unwrap().path())).count();
    }
    assert!(compared >= 20, "only {compared} documents");
}

/// Compares one valid document that has no allowances or charges; `None` for any other.
fn agrees(path: &Path) -> Option<()> {
    let verdict = std::fs::read_to_string(format!("{}.expected.json", path.display())).ok()?;
    let xml = std::fs::read_to_string(path).ok()?;
    if !verdict.contains("\"valid\": true") || xml.contains("AllowanceCharge>") {
        return None;
    }
    let lines = ["InvoiceLine", "CreditNoteLine"].into_iter().flat_map(|name| elements(&xml, name));
    let lines = lines.map(ubl_line).collect::<Option<Vec<_>>>()?;
    let sums = elements(&xml, "LegalMonetaryTotal").first().copied()?;
    let told = ["LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount"].map(|name| text(sums, name));
    let totals = price(&lines, Currency::EUR, PriceMode::TaxExclusive, TaxRounding::PerDocument);
    let ours = totals.map(|totals| [totals.net, totals.net, totals.gross].map(Ok));
    let told = told.map(|told| Money::parse(told.unwrap_or_default(), Currency::EUR));
    assert_eq!(ours, Ok(told), "{}", path.display());
    Some(())
}
