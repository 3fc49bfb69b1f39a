//! Backups of either engine, what is restored from them, and the move to PostgreSQL and back.

use crate::story::{Story, order_form};
use app::{
    App, Caller, Error,
    backup::{self, Existing},
    invoices, verify,
};
use kernel::{CompanyId, Currency};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use store::{Db, Tx, move_to};
use testkit::{Engine, TestDatabase, on_both_engines};

const KEEP: Existing = Existing::Keep(Some("write over it"));

/// Every row of every table of a SQLite file as one text, apart from the order of the rows and of the keys of JSON.
async fn rows(file: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let db = move_to::open_file(file).await.unwrap();
    let mut tx = db.snapshot().await.unwrap();
    let mut found = BTreeMap::new();
    for table in move_to::row_counts(&mut tx).await.unwrap().into_keys() {
        let columns: Vec<(String, String)> = tx
            .sql("SELECT name, type FROM pragma_table_info($1) ORDER BY cid")
            .bind(table.clone())
            .all()
            .await
            .unwrap();
        // Values as SQL literals, so that a text and a number that look alike differ.
        let part = |(name, kind): &(String, String)| match kind.as_str() {
            "JSONB" => format!("coalesce('j' || {name}, 'null')"),
            _ => format!("quote({name})"),
        };
        let parts = columns.iter().map(part).collect::<Vec<_>>().join(", ");
        let sql: &'static str = format!("SELECT json_array({parts}) FROM {table}").leak();
        let texts: Vec<(String,)> = tx.sql(sql).all().await.unwrap();
        let distinct: BTreeSet<String> = texts.iter().map(|(text,)| sorted(text)).collect();
        assert_eq!(distinct.len(), texts.len(), "no two rows of {table} are alike");
        found.insert(table, distinct);
    }
    drop(tx);
    db.close().await;
    found
}

fn sorted(row: &str) -> String {
    let mut values: Vec<Value> = serde_json::from_str(row).unwrap();
    for value in &mut values {
        if let Some(json) = value.as_str().and_then(|text| text.strip_prefix('j')) {
            *value = serde_json::from_str(json).unwrap();
        }
    }
    serde_json::to_string(&values).unwrap()
}

async fn assert_green(db: &Db, company: CompanyId) {
    let app = App::new(db.clone());
    let proofs = verify::run(&app, &Caller::system(company), |_| ()).await.unwrap();
    assert!(proofs.iter().all(|proof| proof.ok), "{proofs:#?}");
}

fn reason(error: &Error) -> String {
    assert!(matches!(error, Error::Refused(_)), "{error}");
    error.to_string()
}

async fn count(tx: &mut Tx) -> i64 {
    tx.sql("SELECT COUNT(*) FROM invoices").number().await.unwrap()
}

#[test]
fn a_company_moved_to_postgresql_and_back_is_the_same_row_by_row() {
    testkit::run(Engine::Sqlite, Story::begin, async |s: Story| {
        let Some(server) = TestDatabase::postgres().await else { return };
        s.busy().await;
        let folder = tempfile::tempdir().unwrap();
        let (before, after) = (folder.path().join("before.db"), folder.path().join("after.db"));
        backup::backup(&s.app, &before, KEEP, &mut |_| ()).await.unwrap();

        let target = Db::open(&server.url).await.unwrap();
        let mut seen = 0;
        let moved = backup::move_to(&s.app, &target, &mut |_| seen += 1).await.unwrap();
        let expected = rows(&before).await;
        let total: usize = expected.values().map(BTreeSet::len).sum();
        assert_eq!((moved.rows, seen), (total as u64, expected.len()));
        assert!(moved.figures.iter().all(|figure| figure.is_same()));
        let figure = |what: &str| moved.figures.iter().find(|figure| figure.what == what).unwrap().to;
        assert_eq!(figure("rows of invoices"), Some(6));
        // 50.00 are left of INV-2026-000002, and 15.00 of the payment that was partly refunded.
        assert_eq!(figure("open of ACME, due in 2026-03, EUR"), Some(5_000 - 1_500));
        assert_eq!(figure("ledger of ACME, account 6200, EUR"), Some(950));
        assert_green(&target, s.company).await;

        let again = backup::move_to(&s.app, &target, &mut |_| ()).await.unwrap_err();
        assert!(reason(&again).starts_with("The database is not empty: "), "{again}");
        assert!(reason(&again).ends_with(" rows; choose an empty one."), "{again}");

        let there = App::new(target);
        backup::backup(&there, &after, KEEP, &mut |_| ()).await.unwrap();
        assert_eq!(rows(&after).await, expected);
        let back = move_to::open_file(&after).await.unwrap();
        assert_green(&back, s.company).await;
        back.close().await;
        there.db.close().await;
    });
}

on_both_engines! {
    prepare = busy;

    async fn a_backup_is_whole_while_others_work_and_can_be_restored(s: Story) {
        let folder = tempfile::tempdir().unwrap();
        let (file, books) = (folder.path().join("backup.db"), folder.path().join("books.db"));
        let bolt = s.customer("Nut SA", Currency::EUR).await;
        let (app, caller) = (s.app.clone(), s.clerk.clone());
        let working = tokio::spawn(async move {
            for _ in 0..40 {
                let forms = vec![order_form(bolt, &[("Pump", "1", "10.00")]); 5];
                invoices::issue_many(&app, &caller, &forms).await.unwrap();
            }
        });
        let bytes = backup::backup(&s.app, &file, KEEP, &mut |_| ()).await.unwrap();
        working.await.unwrap();
        assert_eq!(bytes, file.metadata().unwrap().len());
        let taken = backup::backup(&s.app, &file, KEEP, &mut |_| ()).await.unwrap_err();
        assert!(reason(&taken).ends_with("exists already; choose another name, or write over it."), "{taken}");
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["backup.db"], "nothing else is left behind");

        assert_eq!(backup::restore_file(&file, &books, KEEP).await.unwrap(), None);
        assert_eq!(rows(&books).await, rows(&file).await);
        let db = Db::open(books.to_str().unwrap()).await.unwrap();
        assert_green(&db, s.company).await;
        let at_backup = count(&mut db.snapshot().await.unwrap()).await;
        assert_eq!((at_backup - 6) % 5, 0, "no batch of five is torn apart");
        db.close().await;

        let refused = backup::restore_file(&file, &books, KEEP).await.unwrap_err();
        assert!(reason(&refused).ends_with("exists already; choose another name, or write over it."), "{refused}");
        let kept = backup::restore_file(&file, &books, Existing::Replace).await.unwrap().unwrap();
        assert_eq!(kept, folder.path().join("books.db.before-restore"));
        assert_eq!(rows(&kept).await, rows(&books).await);
    }

    async fn a_backup_of_either_engine_fills_a_server(s: Story) {
        let Some(server) = TestDatabase::postgres().await else { return };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backup.db");
        backup::backup(&s.app, &file, KEEP, &mut |_| ()).await.unwrap();
        let target = Db::open(&server.url).await.unwrap();
        for existing in [KEEP, Existing::Replace] {
            let moved = backup::restore_server(&file, &target, existing, &mut |_| ()).await.unwrap();
            assert_eq!(moved.differences().count(), 0);
            assert_green(&target, s.company).await;
        }
        let refused = backup::restore_server(&file, &target, KEEP, &mut |_| ()).await.unwrap_err();
        assert!(reason(&refused).starts_with("The database is not empty"), "{refused}");
        assert!(reason(&refused).ends_with(" rows; choose an empty one, or write over it."), "{refused}");
        target.close().await;
    }
}

#[test]
fn a_damaged_file_is_no_backup() {
    testkit::run(Engine::Sqlite, busy, async |s: Story| {
        let folder = tempfile::tempdir().unwrap();
        let (file, books) = (folder.path().join("backup.db"), folder.path().join("books.db"));
        backup::backup(&s.app, &file, KEEP, &mut |_| ()).await.unwrap();
        let mut bytes = std::fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 4_096].fill(0xAA);
        std::fs::write(&file, bytes).unwrap();
        let refused = backup::restore_file(&file, &books, KEEP).await.unwrap_err();
        assert!(reason(&refused).contains("backup.db is damaged or no backup of Quittance"), "{refused}");
        std::fs::write(&file, "Dear Sir or Madam").unwrap();
        let refused = backup::restore_file(&file, &books, KEEP).await.unwrap_err();
        assert!(reason(&refused).contains("is damaged or no backup of Quittance"), "{refused}");
        let refused = backup::restore_file(&folder.path().join("none.db"), &books, KEEP).await.unwrap_err();
        assert!(reason(&refused).starts_with("There is no file"), "{refused}");
        assert!(!books.exists());
    });
}

async fn busy(engine: Engine) -> Option<Story> {
    let story = Story::begin(engine).await?;
    story.busy().await;
    Some(story)
}
