//! What of a customer's facts is taken and what is refused.

use super::*;

const BERLIN: Defaults<'static> = Defaults { language: "de", currency: Currency::EUR, country: "DE" };

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_name_is_enough() {
    let facts = CustomerFacts { name: "  Acme GmbH ".to_owned(), ..CustomerFacts::default() };
    let checked = facts.check(BERLIN).unwrap();
    assert_eq!((checked.name.as_str(), checked.name_key.as_str()), ("Acme GmbH", "acme"));
    assert_eq!((checked.language.as_str(), checked.currency), ("de", Currency::EUR));
    assert_eq!(checked.address, Address { country: "DE".to_owned(), ..Address::default() });
}

#[test]
fn everything_wrong_is_said_at_once() {
    let facts = CustomerFacts {
        number: some("C 1"),
        name: " ".to_owned(),
        tax_id: some("DE123"),
        email: some("anna at firm"),
        phone: some(&"1".repeat(51)),
        language: some("german"),
        currency: some("EURO"),
        address: Address { country: "Germany".to_owned(), ..Address::default() },
        delivery_address: Some(Address { postcode: "1".repeat(21), ..Address::default() }),
        segment: some(&"x".repeat(41)),
        tags: vec!["ok".to_owned(), "50%".to_owned()],
        ..CustomerFacts::default()
    };
    let wrong = facts.check(BERLIN).unwrap_err();
    let mut fields: Vec<&str> = wrong.iter().map(|(field, _)| *field).collect();
    fields.sort_unstable();
    let expected = [
        "address.country",
        "currency",
        "delivery_address.postcode",
        "email",
        "language",
        "name",
        "number",
        "phone",
        "segment",
        "tags",
        "tax_id",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn facts_are_kept_in_their_usual_form() {
    let facts = CustomerFacts {
        number: some(" K-7/1 "),
        name: "Peña".to_owned(),
        tax_id: some("136 695 976"),
        language: some("pt_br"),
        currency: some("usd"),
        tags: vec!["VIP".to_owned(), " ".to_owned(), "vip".to_owned(), "key account".to_owned()],
        ..CustomerFacts::default()
    };
    let checked = facts.check(BERLIN).unwrap();
    assert_eq!(checked.number.as_deref(), Some("K-7/1"));
    assert_eq!(checked.tax_id.as_deref(), Some("DE136695976"));
    assert_eq!((checked.language.as_str(), checked.currency), ("pt-BR", Currency::USD));
    assert_eq!(checked.tags, ["key account", "vip"]);
}

#[test]
fn tax_ids_by_country() {
    let id = |text: &str, country: &str| tax_id(text, country).map_err(|error| error.to_string());
    assert_eq!(id("FR 23 334175221", "DE").as_deref(), Ok("FR23334175221"), "registered abroad");
    assert_eq!(id("EL094259216", "GR").as_deref(), Ok("EL094259216"));
    assert_eq!(id("094259216", "GR").as_deref(), Ok("EL094259216"));
    assert_eq!(id("94-2404110", "US").as_deref(), Ok("94-2404110"), "no VAT ids there");
    assert!(id("DE136695977", "DE").unwrap_err().contains("typing error"));
    assert!(id(&"9".repeat(41), "US").is_err());
}

#[test]
fn mail_addresses_by_shape() {
    for good in ["a@b.co", "anna.b+invoices@sub.firm.example", "rené@société.fr"] {
        assert!(email(good).is_ok(), "{good}");
    }
    for bad in
        ["a@b", "@b.co", "a@@b.co", "a b@c.de", "a@b..co", ".a@b.co", "a@-b.co", "a@b.co\r\nBcc: x@y.zz", "a,b@c.de"]
    {
        assert!(email(bad).is_err(), "{bad}");
    }
}

#[test]
fn language_tags() {
    let kept = |text: &str| language(text).ok();
    assert_eq!(kept("EN").as_deref(), Some("en"));
    assert_eq!(kept("zh-hant-tw").as_deref(), Some("zh-Hant-TW"));
    assert_eq!(kept("de-1996").as_deref(), Some("de-1996"));
    assert!(["", "e", "english", "en-", "de DE", "d3"].iter().all(|text| kept(text).is_none()));
}

#[test]
fn contacts() {
    let facts =
        ContactFacts { name: "Anna".to_owned(), role: some("billing"), email: some("anna@firm.example"), phone: None };
    assert_eq!(facts.check().unwrap().role, ContactRole::Billing);
    let facts = ContactFacts { name: String::new(), role: some("boss"), email: some("x"), phone: None };
    let fields: Vec<&str> = facts.check().unwrap_err().into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["name", "role", "email"]);
}
