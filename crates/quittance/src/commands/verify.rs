//! `quittance verify`: recompute the standing proofs and name every row that breaks one.

use crate::{
    cli::{Failure, InCompany, Result, open_existing},
    print,
};
use app::Caller;
use domain::verify::{Found, Proof};
use serde_json::json;
use store::companies::CompanyRow;

/// Everything is recomputed from the raw rows: entries, control accounts at every month's end, balances, documents,
/// numbers, closed periods, the audit chain. The exit code is 1 when a proof fails.
#[derive(clap::Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    company: InCompany,
    /// For a program to read
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(database: &str, verify: Verify) -> Result {
    let app = open_existing(database).await?;
    let companies = match verify.company.is_named() {
        true => vec![verify.company.find(&app).await?],
        false => app::companies::list(&app).await?,
    };
    let (mut failed, mut all) = (0, 0);
    let mut report = Vec::new();
    for company in companies {
        if !verify.json {
            print::line(format!("{} {}", company.code, company.name));
        }
        let seen = |proof: &Proof| {
            if !verify.json {
                show(proof);
            }
        };
        let proofs = app::verify::run(&app, &Caller::system(company.id), seen).await?;
        all += proofs.len();
        failed += proofs.iter().filter(|proof| !proof.ok).count();
        report.push(facts(&company, &proofs));
    }
    if verify.json {
        print::json(&report);
    }
    app.db.close().await;
    if failed == 0 { Ok(()) } else { Err(Failure::Told(format!("{failed} of {all} proofs failed"))) }
}

fn facts(company: &CompanyRow, proofs: &[Proof]) -> serde_json::Value {
    json!({ "company": company.code, "ok": proofs.iter().all(|proof| proof.ok), "proofs": proofs })
}

fn show(proof: &Proof) {
    let sign = if proof.ok { "ok  " } else { "FAIL" };
    let remark = proof.remark.as_ref().map_or_else(String::new, |remark| format!(" {remark}"));
    print::line(format!("  {sign}  {}{remark} ({} checked, {} ms)", proof.what, proof.checked, proof.took_ms));
    list(&proof.faults, "");
    list(&proof.warnings, "look: ");
}

fn list(found: &Found, sign: &str) {
    for fault in &found.listed {
        print::line(format!("        {sign}{} [{} {}]", fault.sentence, fault.table, fault.id));
    }
    let unlisted = found.total - found.listed.len() as u64;
    if unlisted > 0 {
        print::line(format!("        {sign}and {unlisted} more"));
    }
}
