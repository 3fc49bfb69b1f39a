//! The same line in several reports: which is which, and what a clerk said of it before it was booked.

use super::{IBAN, account, camt, entry, file, lines, payment, received};
use crate::story::Story;
use app::{
    bank::{self, LineFilter},
    desk,
    lists::Part,
    receiving,
};
use domain::bank::{Exception, LineState};
use testkit::on_both_engines;

const ANTON: &str = "DE02100100100006820101";
const BERTA: &str = "DE02200505501015871393";

/// What a report within the day tells of Anton's fee.
fn within_the_day(day: &str, payer: &str) -> Vec<u8> {
    format!(
        ":20:DISP\r\n:25:37040044/0532013000\r\n:28C:00021/001\r\n:34F:EUR0,\r\n:13D:{day}1200+0100\r\n\
         :61:{day}{}C50,00NTRFNONREF\r\n:86:166?20EREF+BEITRAG-2026?21SVWZ+Beitrag 2026{payer}\r\n-\r\n",
        &day[2..]
    )
    .into_bytes()
}

/// A fee in the statement: day, payer and account.
fn fee(day: &str, name: &str, account: &str) -> String {
    format!(
        "<Ntry><Amt Ccy=\"EUR\">50.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt>
         <ValDt><Dt>{day}</Dt></ValDt><NtryDtls><TxDtls><Refs><EndToEndId>BEITRAG-2026</EndToEndId></Refs><RltdPties>
         <Dbtr><Nm>{name}</Nm></Dbtr><DbtrAcct><Id><IBAN>{account}</IBAN></Id></DbtrAcct></RltdPties>
         <RmtInf><Ustrd>Beitrag 2026</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
}

on_both_engines! {
    prepare = begin;

    async fn what_was_set_aside_before_it_was_booked_stays_aside(s: Story) {
        account(&s, "Main", IBAN).await;
        let report = |kind: &str, status: &str| {
            let details = |text: &str| payment("119.00", "Bolt Ltd", text);
            let entries = ["R-1", "R-2", "R-3"].map(|id| entry(status, "2026-03-12", id, "119.00", &details(id)));
            file(kind, camt(kind, &entries.concat()))
        };
        receiving::receive(&s.app, &s.clerk, report("052", "PDNG")).await.unwrap();
        let all = bank::lines(&s.app, &s.auditor, LineFilter::default(), &Part::default()).await.unwrap().rows;
        let id = |text: &str| all.iter().find(|row| row.line.text.contains(text)).unwrap().line.id;
        desk::set_aside(&s.app, &s.clerk, id("R-1"), "Tax refund").await.unwrap();
        desk::set_aside(&s.app, &s.clerk, id("R-2"), "By mistake").await.unwrap();
        desk::take_back(&s.app, &s.clerk, id("R-2")).await.unwrap();
        let state = async |text: &str| {
            let line = bank::line(&s.app, &s.clerk, id(text)).await.unwrap();
            (line.is_booked, line.state, line.exception)
        };
        assert_eq!(state("R-2").await, (false, LineState::Open, Some(Exception::Pending)));
        let booked = receiving::receive(&s.app, &s.clerk, report("053", "BOOK")).await.unwrap();
        assert_eq!(booked.decided.unwrap().lines, 2, "the one that was taken back and the one that nobody touched");
        let aside = (true, LineState::SetAside, Some(Exception::NotACustomer));
        assert_eq!(state("R-1").await, aside);
        for text in ["R-2", "R-3"] {
            let (is_booked, state, exception) = state(text).await;
            assert_eq!((is_booked, state), (true, LineState::Open));
            assert!(!matches!(exception, None | Some(Exception::Pending | Exception::Duplicate)), "{exception:?}");
        }
        assert_eq!(receiving::receive(&s.app, &s.clerk, report("053", "BOOK")).await.unwrap().decided.unwrap().lines, 0);
        assert_eq!(state("R-1").await, aside);
    }

    async fn one_of_two_who_write_the_same_was_told_before(s: Story) {
        account(&s, "Main", IBAN).await;
        let counts = async |name: &str, content: Vec<u8>| {
            let found = received(&s, file(name, content)).await;
            (found.new_lines, found.known_lines)
        };
        let both = |day: &str| fee(day, "BERTA SCHULZ", BERTA) + &fee(day, "ANTON MEIER", ANTON);
        assert_eq!(counts("12.942", within_the_day("260312", &format!("?31{ANTON}?32ANTON MEIER"))).await, (1, 0));
        assert_eq!(counts("12.xml", camt("053", &both("2026-03-12"))).await, (1, 1));
        let names = async || {
            let page = bank::lines(&s.app, &s.auditor, LineFilter::default(), &Part::default()).await.unwrap();
            let mut names: Vec<_> = page.rows.into_iter().map(|row| row.line.payer_name.unwrap_or_default()).collect();
            names.sort();
            names
        };
        assert_eq!(names().await, ["ANTON MEIER", "BERTA SCHULZ"], "each of them once");
        // Without an account the names tell it, in any order.
        assert_eq!(counts("13.942", within_the_day("260313", "?32MEIER, ANTON")).await, (1, 0));
        assert_eq!(counts("13.xml", camt("053", &both("2026-03-13"))).await, (1, 1));
        // The account's number of a bank stands in its IBAN; whatever the name is, it is the same payer.
        assert_eq!(counts("16.942", within_the_day("260316", "?30BANK?316820101?32A. MEIER UND FRAU")).await, (1, 0));
        assert_eq!(counts("16.xml", camt("053", &both("2026-03-16"))).await, (1, 1));
        // Told of Anton alone, Berta's is another one.
        assert_eq!(counts("11.942", within_the_day("260311", &format!("?31{ANTON}?32ANTON MEIER"))).await, (1, 0));
        assert_eq!(counts("11.xml", camt("053", &fee("2026-03-11", "BERTA SCHULZ", BERTA))).await, (1, 0));
        let sums: Vec<_> = lines(&s).await.into_iter().map(|line| (line.0, line.2)).collect();
        assert_eq!(sums, vec![(LineState::Open, 5_000); 8]);
    }
}

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}
