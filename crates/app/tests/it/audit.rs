//! The audit log and its seals.

use crate::story::{Story, day, order_form};
use app::{
    Error,
    audit::{self, AuditList},
    companies, invoices, ledger,
    lines::NewDocument,
    verify::run as verify,
};
use domain::verify::ProofKind;
use kernel::Currency;
use testkit::on_both_engines;

on_both_engines! {
    prepare = begin;

    async fn every_event_is_sealed_once_also_by_two_at_a_time(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        for _ in 0..3 {
            s.invoice(bolt, "10.00", "2026-03-10").await;
        }
        let (one, two) = tokio::join!(audit::seal(&s.app), audit::seal(&s.app));
        // The company's own event and one for each invoice; whoever came second found nothing.
        assert_eq!(one.unwrap() + two.unwrap(), 4);
        s.invoice(bolt, "20.00", "2026-03-11").await;
        assert_eq!(audit::seal(&s.app).await.unwrap(), 1);
        assert_eq!(audit::seal(&s.app).await.unwrap(), 0, "nothing is left");
        let proofs = verify(&s.app, &s.auditor, |_| ()).await.unwrap();
        let chain = proofs.iter().find(|proof| proof.kind == ProofKind::AuditChain).unwrap();
        assert!(chain.ok && chain.checked == 5, "{chain:?}");
        let remark = chain.remark.as_deref().unwrap();
        assert!(remark.starts_with("2 seals, the last is ") && remark.ends_with("; 0 events are not sealed yet."), "{remark}");
    }

    async fn the_log_shows_the_newest_first_and_can_be_narrowed(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let nut = s.customer("Nut SA", Currency::EUR).await;
        let first = s.invoice(bolt, "10.00", "2026-03-10").await;
        s.on("2026-03-18");
        s.invoice(nut, "20.00", "2026-03-11").await;
        ledger::close_period(&s.app, &s.manager, day("2026-01-01")).await.unwrap();

        let all = AuditList::default();
        let actions = |rows: Vec<store::audit::EventRow>| rows.into_iter().map(|row| row.action).collect::<Vec<_>>();
        let page = audit::log(&s.app, &s.auditor, all.clone()).await.unwrap();
        assert_eq!(actions(page.rows), ["period.closed", "invoice.issued", "invoice.issued", "company.created"]);

        let by = async |list: AuditList| actions(audit::log(&s.app, &s.auditor, list).await.unwrap().rows);
        assert_eq!(by(AuditList { actor: Some("clara".into()), ..all.clone() }).await.len(), 2);
        assert_eq!(by(AuditList { actor: Some("100%".into()), ..all.clone() }).await.len(), 0);
        assert_eq!(by(AuditList { action: Some("period".into()), ..all.clone() }).await, ["period.closed"]);
        assert_eq!(by(AuditList { subject: Some(first.0), ..all.clone() }).await, ["invoice.issued"]);
        assert_eq!(by(AuditList { customer: Some(nut), ..all.clone() }).await, ["invoice.issued"]);
        let days = |from, to| AuditList { from: Some(day(from)), to: Some(day(to)), ..AuditList::default() };
        assert_eq!(by(days("2026-03-17", "2026-03-18")).await, ["period.closed", "invoice.issued"]);
        assert_eq!(by(days("2026-03-16", "2026-03-16")).await, ["invoice.issued", "company.created"]);

        let first = audit::log(&s.app, &s.auditor, AuditList { limit: Some(3), ..all.clone() }).await.unwrap();
        let rest = AuditList { limit: Some(3), after: first.next, ..all.clone() };
        assert_eq!(by(rest).await, ["company.created"]);
        let refused = audit::log(&s.app, &s.clerk, all).await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden(_)), "{refused}");
    }

    async fn an_event_names_the_fields_that_changed(s: Story) {
        let mut admin = s.manager.clone();
        admin.permissions = domain::users::Role::Administrator.permissions();
        let before = companies::facts_of(&companies::show(&s.app, &admin).await.unwrap());
        let (name, quote_valid_days) = ("Acme Pumpen GmbH".into(), "14".into());
        let facts = companies::CompanyFacts { name, quote_valid_days, ..before };
        companies::change_facts(&s.app, &admin, 1, facts).await.unwrap();
        let changed = AuditList { action: Some("company.changed".into()), ..AuditList::default() };
        let row = audit::log(&s.app, &s.auditor, changed).await.unwrap().rows.remove(0);
        let view = audit::event(&s.app, &s.auditor, row.id).await.unwrap();
        let fields: Vec<String> = view.changes.iter().map(|change| format!(
            "{}: {} -> {}", change.field, change.before.as_ref().unwrap(), change.after.as_ref().unwrap())).collect();
        assert_eq!(fields, [r#"name: "Acme GmbH" -> "Acme Pumpen GmbH""#, r#"quote_valid_days: "30" -> "14""#]);
    }

    async fn sealing_goes_on_while_clerks_work(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let mut work = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let (app, caller, form) = (s.app.clone(), s.clerk.clone(), order_form(bolt, &[("Pump", "1", "10.00")]));
            work.spawn(async move { invoices::issue_many(&app, &caller, &[form]).await.map(drop) });
            let app = s.app.clone();
            work.spawn(async move { audit::seal(&app).await.map(drop) });
        }
        for done in work.join_all().await {
            done.unwrap();
        }
        audit::seal(&s.app).await.unwrap();
        let proofs = verify(&s.app, &s.auditor, |_| ()).await.unwrap();
        assert!(proofs.iter().all(|proof| proof.ok), "{proofs:#?}");
        assert_eq!(proofs.iter().find(|proof| proof.kind == ProofKind::AuditChain).unwrap().checked, 13);
    }

    async fn a_month_closes_behind_those_who_post_into_it(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        for month in ["2026-01-01", "2026-02-01"] {
            s.invoice(bolt, "10.00", month).await;
            let mut work = tokio::task::JoinSet::new();
            for n in 0..16 {
                let form = NewDocument { on: Some(day(month)), ..order_form(bolt, &[("Pump", "1", "10.00")]) };
                let (app, clerk, manager) = (s.app.clone(), s.clerk.clone(), s.manager.clone());
                work.spawn(async move { invoices::issue_many(&app, &clerk, &[form]).await.map(drop) });
                if n == 7 {
                    let app = s.app.clone();
                    work.spawn(async move { ledger::close_period(&app, &manager, day(month)).await });
                }
            }
            for done in work.join_all().await {
                done.unwrap();
            }
        }
        let proofs = verify(&s.app, &s.auditor, |_| ()).await.unwrap();
        assert!(proofs.iter().all(|proof| proof.ok), "{proofs:#?}");
    }
}

use Story as S;
async fn begin(engine: testkit::Engine) -> Option<S> {
    Story::begin(engine).await
}
