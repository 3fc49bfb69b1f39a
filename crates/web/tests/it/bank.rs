//! Bank files in a browser without script: dropped, checked, shown; a table is confirmed before it counts.

use crate::browser::Site;
use axum::http::StatusCode;
use domain::users::Role;
use testkit::on_both_engines;

const QIF: &str = "!Type:Bank\nD03/10/2026\nT119.00\nPBolt Ltd\nMINV-1\n^\nD03/11/2026\nT-50.00\nPLandlord\n^\n";
const TABLE: &str = "Buchungstag;Verwendungszweck;Auftraggeber;Betrag\n10.03.2026;INV-1;Bolt Ltd;1.119,00\n";
const ADVICE: &str = "UNH+1+REMADV:D:05A:UN'BGM+481+ADV-9'DTM+137:20260310:102'CUX+2:EUR:11'DOC+380+INV-1'MOA+12:119.00'\
    UNS+S'MOA+12:119.00'UNT+8+1'";

async fn begin(engine: testkit::Engine) -> Option<Site> {
    Site::begin(engine).await
}

on_both_engines! {
    prepare = begin;

    async fn a_dropped_file_is_taken_over_and_shown(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        s.get(&clerk, "/bank").await.says("No bank file yet").says("Take over");
        let shown = s.upload(&clerk, "/bank/files", ("march.qif", QIF), &[]).await.leads();
        s.get(&clerk, &shown).await.says("march.qif").says("Bolt Ltd").says("119.00").says("Money out").says("QIF");
        let again = s.upload(&clerk, "/bank/files", ("march.qif", QIF), &[]).await.leads();
        s.get(&clerk, &again).await.says("Nothing new in this file");
        s.get(&auditor, "/bank").await.says("march.qif").hides("Take over");
        s.get(&auditor, "/bank/lines").await.says("Bolt Ltd").hides("Landlord");
        s.get(&auditor, "/bank/lines?out=yes").await.says("Landlord");
        s.get(&auditor, "/bank/lines?q=inv-1").await.says("Bolt Ltd");
        let by_payer = s.get(&auditor, "/bank/lines?out=yes&sort=payer").await;
        assert!(by_payer.text.find("Bolt Ltd") < by_payer.text.find("Landlord"));
        let by_amount = s.get(&auditor, "/bank/lines?out=yes&sort=amount").await;
        by_amount.says("Smallest amount first").says("href=\"/bank/lines?out=yes&#38;sort=-amount\"");
        assert!(by_amount.text.find("Landlord") < by_amount.text.find("Bolt Ltd"));
        let wrong = s.get(&auditor, "/bank/lines?from=31.1.2026&state=lost").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.says("`31.1.2026` is not a date such as").hides("Bolt Ltd");
        s.get(&auditor, "/bank/lines?q=nobody").await.says("No bank line fits");
        assert_eq!(s.upload(&auditor, "/bank/files", ("a.qif", QIF), &[]).await.status, StatusCode::FORBIDDEN);
        s.upload(&clerk, "/bank/files", ("", ""), &[]).await.says("choose a file");
        s.upload(&clerk, "/bank/files", ("a.txt", "hello"), &[]).await.says("a.txt cannot be read");
    }

    async fn a_table_is_confirmed_and_then_known(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let page = s.upload(&clerk, "/bank/files", ("konto.csv", TABLE), &[]).await;
        page.says("How is this table read?").says("1119.00").says("Bolt Ltd");
        let upload = page.between("name=\"upload\" value=\"", "\"").to_owned();
        let table = "name = 'x'\ndates = 'DD.MM.YYYY'\ndecimal = ','\n[columns]\ndate = 'Buchungstag'\namount = 'Betrag'\n\
            name = ['Auftraggeber']\ntext = ['Verwendungszweck']\n";
        let wrong = [("upload", upload.as_str()), ("name", "Hausbank"), ("table", "name = 7")];
        s.post(&clerk, "/bank/tables", &wrong).await.says("the definition cannot be read");
        let nameless = [("upload", upload.as_str()), ("name", ""), ("table", table)];
        s.post(&clerk, "/bank/tables", &nameless).await.says("say which bank’s files these are");
        let right = [("upload", upload.as_str()), ("name", "Hausbank"), ("table", table)];
        let shown = s.post(&clerk, "/bank/tables", &right).await.leads();
        s.get(&clerk, &shown).await.says("1,119.00");
        let next = "Buchungstag;Verwendungszweck;Auftraggeber;Betrag\n11.03.2026;INV-2;Nut Ltd;20,00\n";
        let shown = s.upload(&clerk, "/bank/files", ("konto2.csv", next), &[]).await.leads();
        s.get(&clerk, &shown).await.says("Nut Ltd");
        assert_eq!(s.post(&clerk, "/bank/tables", &right).await.leads(), "/bank", "the file is gone");
    }

    async fn an_advice_is_shown_with_its_documents(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        s.get(&clerk, "/bank/advices").await.says("No remittance advice yet");
        let shown = s.upload(&clerk, "/bank/files", ("advice.edi", ADVICE), &[]).await.leads();
        s.get(&clerk, &shown).await.says("ADV-9").says("INV-1").says("119.00");
        assert_eq!(s.upload(&clerk, "/bank/files", ("advice.edi", ADVICE), &[]).await.leads(), "/bank/advices");
    }
}
