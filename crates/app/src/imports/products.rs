//! Products from elsewhere, by their SKU: new ones are added, changed ones changed.

use super::{BATCH, Run};
use crate::{context::new_id, error::Result};
use domain::imports::{Located, ProductRow as Row};
use kernel::UnitPrice;
use std::collections::HashMap;
use store::catalogue::{self, ProductRow, TaxCodeRow};

pub(super) async fn save(run: &mut Run<'_>, rows: Vec<Located<Row>>) -> Result<()> {
    let company = run.work.company_id();
    let taxes = catalogue::tax_codes(&mut run.work.tx, company).await?;
    let total = rows.len();
    for (index, batch) in rows.chunks(BATCH).enumerate() {
        let skus: Vec<String> = batch.iter().map(|row| row.row.code.clone()).collect();
        let known: HashMap<String, ProductRow> = catalogue::products_by_skus(&mut run.work.tx, company, &skus)
            .await?
            .into_iter()
            .map(|row| (row.sku.clone(), row))
            .collect();
        let mut fresh = Vec::new();
        for Located { line, row } in batch {
            match product(run, row, &taxes, known.get(&row.code)) {
                Err(reason) => run.reject(*line, "tax_code", row.tax_code.clone().unwrap_or_default(), reason),
                Ok((product, None)) => fresh.push(product),
                Ok((product, Some(before))) if same(&product, before) => run.outcome.unchanged += 1,
                Ok((product, Some(_))) => {
                    catalogue::update_product(&mut run.work.tx, &product).await?;
                    run.outcome.updated += 1;
                }
            }
        }
        run.outcome.created += fresh.len();
        run.work.save(&fresh);
        run.work.flush().await?;
        run.saved(((index + 1) * BATCH).min(total), total).await?;
    }
    Ok(())
}

fn product<'k>(
    run: &Run<'_>,
    row: &Row,
    taxes: &[TaxCodeRow],
    known: Option<&'k ProductRow>,
) -> Result<(ProductRow, Option<&'k ProductRow>), String> {
    let tax_code_id = match &row.tax_code {
        None => known.and_then(|known| known.tax_code_id),
        Some(code) => {
            let tax = taxes.iter().find(|tax| tax.code == *code);
            Some(tax.ok_or_else(|| format!("there is no tax code {code}"))?.id)
        }
    };
    let product = ProductRow {
        company_id: run.work.company_id(),
        id: known.map_or_else(new_id, |known| known.id),
        sku: row.code.clone(),
        name: row.name.clone(),
        description: row.description.clone().unwrap_or_default(),
        unit: row.unit.clone().unwrap_or_default(),
        unit_price: row.unit_price.unwrap_or(UnitPrice::ZERO),
        currency: row.currency.unwrap_or(run.work.company.currency),
        tax_code_id,
        revenue_account: known.and_then(|known| known.revenue_account.clone()),
        archived_at: known.and_then(|known| known.archived_at),
        version: known.map_or(1, |known| known.version),
    };
    Ok((product, known))
}

fn same(one: &ProductRow, other: &ProductRow) -> bool {
    let facts = |row: &ProductRow| {
        (row.name.clone(), row.description.clone(), row.unit.clone(), row.unit_price, row.currency, row.tax_code_id)
    };
    facts(one) == facts(other)
}
