//! The same line in several reports: which is which, and what a clerk said of it before it was booked.

use super::{IBAN, account, camt, entry, file, lines, payment, received};
use crate::story::Story;
use app::{
    bank::{self, LineFilter, ReceiveFile},
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

    async fn a_report_that_grows_tells_its_lines_again_with_more_beside_them(s: Story) {
        account(&s, "Main", IBAN).await;
        let counts = async |name: &str, entries: &[String]| {
            let found = received(&s, file(name, camt("052", &entries.concat()))).await;
            (found.new_lines, found.known_lines)
        };
        let told = |day: &str, id: &str, name: &str, text: &str| entry("BOOK", day, id, "11.11", &payment("11.11", name, text));
        let noon = [told("", "D1", "Bolt Ltd", "Small"), told("", "D2", "Bolt Ltd", "Small")];
        assert_eq!(counts("noon.xml", &noon).await, (2, 0));
        // By the evening it says the day, one payment of the same kind more, and another one's.
        let day = "2026-03-12";
        let evening = [told(day, "D1", "Bolt Ltd", "Small"), told(day, "D2", "Bolt Ltd", "Small"),
            told(day, "D3", "Bolt Ltd", "Small"), told(day, "D4", "Dübel AG", "Small")];
        assert_eq!(counts("evening.xml", &evening).await, (2, 2));
        assert_eq!(counts("again.xml", &evening).await, (0, 4));
        // A part of the day tells other payments: another id of the bank, another day of booking, other words.
        let later = [
            told(day, "D5", "Bolt Ltd", "Small"),
            told("2026-03-13", "D4", "Dübel AG", "Small"),
            told(day, "D3", "Bolt Ltd", "Garage"),
        ];
        assert_eq!(counts("later.xml", &later).await, (3, 0));
        // The sum of a batch, and then what it is made of.
        assert_eq!(counts("sum.xml", &[entry("BOOK", day, "B1", "300.00", "")]).await, (1, 0));
        let parts = payment("100.00", "Bolt Ltd", "INV-1") + &payment("200.00", "Dübel AG", "INV-2");
        assert_eq!(counts("parts.xml", &[entry("BOOK", day, "B1", "300.00", &parts)]).await, (2, 0));
        let aside = lines(&s).await.into_iter().filter(|line| line.1 == Some(Exception::Replaced));
        assert_eq!(aside.map(|line| line.2).collect::<Vec<_>>(), [30_000], "its payments stand for it");
    }

    async fn a_batch_is_known_by_payments_that_were_told_one_by_one(s: Story) {
        account(&s, "Main", IBAN).await;
        let counts = async |kind: &str, name: &str, entries: String| {
            let found = received(&s, file(name, camt(kind, &entries))).await;
            (found.new_lines, found.known_lines)
        };
        let day = "2026-03-12";
        let single = |id: &str, amount: &str, name: &str, text: &str| entry("BOOK", day, id, amount, &payment(amount, name, text));
        let batch = |id: &str, sum: &str, parts: &[(&str, &str, &str)]| {
            let parts: String = parts.iter().map(|(amount, name, text)| payment(amount, name, text)).collect();
            entry("BOOK", day, id, sum, &parts)
        };
        // One by one in a notification, then as a batch in the statement; a batch with one payment more is another one.
        let two = single("S1", "100.00", "Bolt Ltd", "INV-1") + &single("S2", "200.00", "Nut AG", "INV-2");
        assert_eq!(counts("054", "one.xml", two.clone()).await, (2, 0));
        let both = [("200.00", "Nut AG", "INV-2"), ("100.00", "Bolt Ltd", "INV-1")];
        assert_eq!(counts("053", "two.xml", batch("B1", "300.00", &both)).await, (0, 2));
        let more = [both[0], both[1], ("50.00", "Rod BV", "INV-3")];
        assert_eq!(counts("053", "three.xml", batch("B2", "350.00", &more)).await, (3, 0));
        // The other way round; two payments that are alike are two.
        let twins = [("10.00", "Pipe SA", "Rent"), ("10.00", "Pipe SA", "Rent")];
        assert_eq!(counts("053", "four.xml", batch("B3", "20.00", &twins)).await, (2, 0));
        let rent = |id: &str, name: &str| single(id, "10.00", name, "Rent");
        let four = [rent("S3", "Pipe SA"), rent("S4", "Pipe SA"), rent("S5", "Pipe SA"), rent("S6", "Tube KG")];
        assert_eq!(counts("054", "five.xml", four.concat()).await, (2, 2));
    }

    async fn two_tables_of_one_bank_tell_the_same_lines(s: Story) {
        account(&s, "Main", IBAN).await;
        let table = |name: &str, content: String| {
            let proposed = bankfiles::table::propose(content.as_bytes()).unwrap();
            ReceiveFile { table: Some(proposed.to_toml()), ..file(name, content) }
        };
        let long = |rows: &str| format!(
            "Auftragskonto;Buchungstag;Valutadatum;Verwendungszweck;Kundenreferenz (End-to-End);Beguenstigter/Zahlungspflichtiger;\
             Kontonummer/IBAN;Betrag;Waehrung;Info\n{rows}");
        let short = |rows: &str| format!(
            "Auftragskonto;Buchungstag;Valutadatum;Verwendungszweck;Beguenstigter/Zahlungspflichtiger;Kontonummer;Betrag;\
             Waehrung;Info\n{rows}");
        let counts = async |file: ReceiveFile| {
            let found = received(&s, file).await;
            (found.new_lines, found.known_lines)
        };
        let row = |text: &str, id: &str, name: &str, amount: &str| format!(
            "{IBAN};12.03.26;12.03.26;{text};{id}{name};{ANTON};{amount};EUR;Umsatz gebucht\n");
        let one = row("Rechnung 4711", "NOTPROVIDED;", "Anton Meier", "45,10") + &row("Rechnung 4712", "A-1;", "Anton Meier", "46,20")
            + &row("Miete", "M-1;", "Anton Meier", "50,00");
        assert_eq!(counts(table("long.csv", long(&one))).await, (3, 0));
        let two = row("Rechnung 4711", "", "Anton Meier", "45,10") + &row("Rechnung 4712", "", "Anton Meier", "46,20")
            + &row("Garage", "", "Anton Meier", "50,00") + &row("Rechnung 4712", "", "Berta Schulz", "46,20");
        assert_eq!(counts(table("short.csv", short(&two))).await, (2, 2), "the garage's and Berta's are new");
    }
}

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}
