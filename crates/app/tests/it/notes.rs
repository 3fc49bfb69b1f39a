//! Notes, attachments and the command palette.

use crate::story::Story;
use app::{
    Error, companies, customers,
    notes::{self, NewAttachment, Subject},
    search::search,
};
use domain::{
    companies::{Address, NewCompany},
    notes::{MediaType, SubjectKind},
    search::HitKind,
};
use kernel::Currency;
use testkit::on_both_engines;

fn file(name: &str, content: &[u8]) -> NewAttachment {
    NewAttachment { file_name: name.into(), content: content.to_vec() }
}

on_both_engines! {
    prepare = begin;

    async fn notes_are_told_in_the_timeline(s: Story) {
        let bolt = s.customer("Bolt", Currency::EUR).await;
        let invoice = s.invoice(bolt, "1.00", "2026-03-10").await;
        let about = Subject { kind: SubjectKind::Invoice, id: invoice.0 };
        notes::add_note(&s.app, &s.clerk, about, " Promised to pay on Friday ").await.unwrap();
        let long = "x".repeat(201);
        notes::add_note(&s.app, &s.clerk, Subject { kind: SubjectKind::Customer, id: bolt.0 }, &long).await.unwrap();
        let page = customers::timeline(&s.app, &s.auditor, bolt, None, Some(2)).await.unwrap();
        assert_eq!(page.rows[0].summary, format!("Note: {}…", "x".repeat(200)));
        let told = &page.rows[1];
        assert_eq!((told.summary.as_str(), told.subject_kind.as_str()), ("Note: Promised to pay on Friday", "invoice"));
        assert_eq!((told.subject_id, told.actor.as_str()), (invoice.0, "Clara Clerk"));
        let remarks = notes::list(&s.app, &s.auditor, about).await.unwrap();
        assert_eq!((remarks.notes.len(), remarks.notes[0].body.as_str()), (1, "Promised to pay on Friday"));
        assert!(matches!(notes::add_note(&s.app, &s.auditor, about, "Me too").await, Err(Error::Forbidden(_))));
        assert!(matches!(notes::add_note(&s.app, &s.clerk, about, " ").await, Err(Error::Invalid(_))));
        let nothing = Subject { kind: SubjectKind::Order, id: invoice.0 };
        assert!(matches!(notes::add_note(&s.app, &s.clerk, nothing, "x").await, Err(Error::NotFound("order"))));
    }

    async fn attachments_come_back_as_they_were(s: Story) {
        let bolt = s.customer("Bolt", Currency::EUR).await;
        let about = Subject { kind: SubjectKind::Customer, id: bolt.0 };
        let pdf = b"%PDF-1.4\n\x00\xff\xfe content";
        let id = notes::attach(&s.app, &s.clerk, about, file("C:\\orders\\order.exe", pdf)).await.unwrap();
        let back = notes::download(&s.app, &s.auditor, id).await.unwrap();
        assert_eq!((back.media_type, back.content.as_slice()), (MediaType::Pdf, &pdf[..]), "content, not name, says what it is");
        assert_eq!(back.file_name, "order.exe");
        let heads = notes::list(&s.app, &s.clerk, about).await.unwrap().attachments;
        assert_eq!((heads.len(), heads[0].bytes, heads[0].author.as_str()), (1, 20, "Clara Clerk"));
        let refused = notes::attach(&s.app, &s.clerk, about, file("order.pdf", b"MZ\x90\x00")).await.unwrap_err();
        assert_eq!(refused.to_string(), "file: `order.pdf` is not a PDF, PNG, JPEG, XLSX, CSV, text, XML or e-mail file");
        let page = customers::timeline(&s.app, &s.clerk, bolt, None, None).await.unwrap();
        assert_eq!(page.rows[0].summary, "order.exe was attached");
        assert!(matches!(notes::remove(&s.app, &s.auditor, id).await, Err(Error::Forbidden(_))));
        assert_eq!(notes::remove(&s.app, &s.clerk, id).await.unwrap().id, bolt.0);
        assert!(matches!(notes::download(&s.app, &s.clerk, id).await, Err(Error::NotFound(_))));
        assert!(matches!(notes::remove(&s.app, &s.clerk, id).await, Err(Error::NotFound(_))));
        assert!(notes::list(&s.app, &s.clerk, about).await.unwrap().attachments.is_empty());
        let page = customers::timeline(&s.app, &s.clerk, bolt, None, None).await.unwrap();
        assert_eq!((page.rows[0].summary.as_str(), page.rows.len()), ("order.exe was removed", 2));
    }

    async fn another_company_sees_none_of_it(s: Story) {
        let bolt = s.customer("Bolt", Currency::EUR).await;
        let about = Subject { kind: SubjectKind::Customer, id: bolt.0 };
        let id = notes::attach(&s.app, &s.clerk, about, file("a.txt", b"secret")).await.unwrap();
        let other = NewCompany {
            code: "OTHER".into(),
            name: "Other".into(),
            currency: Currency::EUR,
            country: "FR".into(),
            language: "fr".into(),
            time_zone: "Europe/Paris".into(),
            address: Address::default(),
            tax_id: None,
            email: None,
        };
        let other = companies::create(&s.app, other).await.unwrap();
        let stranger = app::Caller { company: other, ..s.clerk.clone() };
        assert!(matches!(notes::download(&s.app, &stranger, id).await, Err(Error::NotFound(_))));
        assert!(matches!(notes::remove(&s.app, &stranger, id).await, Err(Error::NotFound(_))));
        assert!(matches!(notes::list(&s.app, &stranger, about).await, Err(Error::NotFound(_))));
        assert!(matches!(customers::show(&s.app, &stranger, bolt).await, Err(Error::NotFound(_))));
        assert!(matches!(customers::archive(&s.app, &stranger, bolt).await, Err(Error::NotFound(_))));
        assert_eq!(search(&s.app, &stranger, "Bolt").await.unwrap(), []);
    }

    async fn the_palette_finds_by_number_and_name(s: Story) {
        let bolt = s.customer("Bolt", Currency::EUR).await;
        for _ in 0..7 {
            s.invoice(bolt, "100.00", "2026-03-10").await;
        }
        let found = async |typed: &str| {
            let hits = search(&s.app, &s.clerk, typed).await.unwrap();
            hits.into_iter().map(|hit| (hit.kind, hit.number)).collect::<Vec<_>>()
        };
        assert_eq!(found("bÖlt").await, [(HitKind::Customer, "C-Bolt".to_owned())]);
        assert_eq!(found("C-B").await, [(HitKind::Customer, "C-Bolt".to_owned())]);
        assert_eq!(found("inv-2026-000003").await, [(HitKind::Invoice, "INV-2026-000003".to_owned())]);
        assert_eq!(found("INV").await.len(), 5, "five of a kind");
        for nothing in ["", "  ", "%", "_", "nobody"] {
            assert_eq!(found(nothing).await, [], "{nothing}");
        }
        let hit = search(&s.app, &s.clerk, "INV-2026-000001").await.unwrap().remove(0);
        assert_eq!((hit.name.as_str(), hit.amount_minor, hit.currency), ("Bolt", Some(11_900), Some(Currency::EUR)));
    }
}

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}
