//! Who is on stage: products, customers and their habits.

use app::{
    App, Caller,
    customers::{self, NewCustomer, NewCustomers, RowOutcome},
};
use domain::{
    companies::Address,
    customers::{ContactFacts, CustomerFacts},
    payments::PaymentMethod,
};
use kernel::CustomerId;
use rand::{RngExt as _, rngs::StdRng, seq::IndexedRandom as _};

/// A customer with the habits that the demo lets it have.
pub(super) struct Customer {
    pub(super) name: String,
    pub(super) country: &'static str,
    city: (&'static str, &'static str),
    street: String,
    pub(super) terms: &'static str,
    /// How often it buys, against the others.
    pub(super) weight: u32,
    /// Days after (or before) the due day on which it usually pays.
    pub(super) late_days: i64,
    pub(super) spread_days: i64,
    pub(super) method: PaymentMethod,
    pub(super) takes_discount: bool,
    /// From this many days before the end on it pays nothing any more.
    pub(super) fails_before_end: Option<i64>,
    segment: &'static str,
}

const FIRST: [&str; 40] = [
    "Alster",
    "Bergmann",
    "Castell",
    "Dürer",
    "Elbtal",
    "Falkner",
    "Goldbach",
    "Hansa",
    "Isar",
    "Jansen",
    "Kessler",
    "Lindau",
    "Marienhof",
    "Neckar",
    "Ostsee",
    "Petersen",
    "Quint",
    "Rheingau",
    "Sachsenwald",
    "Taunus",
    "Ulmer",
    "Vogelsang",
    "Weser",
    "Zander",
    "Atlas",
    "Boreal",
    "Cobalt",
    "Delta",
    "Ever",
    "Fjord",
    "Granit",
    "Helios",
    "Imper",
    "Juno",
    "Kronen",
    "Lumen",
    "Mistral",
    "Nova",
    "Orion",
    "Polar",
];
const SECOND: [&str; 16] = [
    "Anlagenbau",
    "Brauerei",
    "Chemie",
    "Druck",
    "Energie",
    "Feinmechanik",
    "Gebäudetechnik",
    "Hotel",
    "Kliniken",
    "Landhandel",
    "Maschinen",
    "Papier",
    "Stadtwerke",
    "Textil",
    "Wasser",
    "Werft",
];
/// Postcode and name.
type City = (&'static str, &'static str);
/// Country, the tax code of its customers, legal forms, cities.
type Place = (&'static str, &'static str, &'static [&'static str], &'static [City]);

const PLACES: [Place; 6] = [
    (
        "DE",
        "standard",
        &["GmbH", "AG", "KG", "GmbH & Co. KG"],
        &[
            ("20095", "Hamburg"),
            ("10115", "Berlin"),
            ("80331", "München"),
            ("50667", "Köln"),
            ("28195", "Bremen"),
            ("04109", "Leipzig"),
        ],
    ),
    ("AT", "intra-community", &["GmbH", "AG"], &[("1010", "Wien"), ("8010", "Graz"), ("4020", "Linz")]),
    (
        "FR",
        "intra-community",
        &["SARL", "SA", "SAS"],
        &[("75002", "Paris"), ("69001", "Lyon"), ("67000", "Strasbourg")],
    ),
    ("ES", "intra-community", &["S.L.", "S.A."], &[("28013", "Madrid"), ("08002", "Barcelona"), ("48001", "Bilbao")]),
    ("GB", "export", &["Ltd", "plc"], &[("EC1A 1BB", "London"), ("M1 1AE", "Manchester")]),
    ("US", "export", &["Inc.", "LLC", "Corp."], &[("02108", "Boston"), ("60601", "Chicago"), ("98101", "Seattle")]),
];
const TERMS: [(&str, u32); 6] =
    [("net-30", 50), ("net-14", 15), ("2-10-net-30", 15), ("30-days-eom", 8), ("net-60", 8), ("30-60-90", 4)];
const METHODS: [(PaymentMethod, u32); 5] = [
    (PaymentMethod::Wire, 70),
    (PaymentMethod::DirectDebit, 14),
    (PaymentMethod::Card, 8),
    (PaymentMethod::Paypal, 5),
    (PaymentMethod::Cheque, 3),
];

pub(super) fn customers(chance: &mut StdRng, count: usize) -> Vec<Customer> {
    (0..count).map(|index| customer(chance, index)).collect()
}

fn customer(chance: &mut StdRng, index: usize) -> Customer {
    let place = match chance.random_range(0..100) {
        0..70 => &PLACES[0],
        70..76 => &PLACES[1],
        76..82 => &PLACES[2],
        82..86 => &PLACES[3],
        86..90 => &PLACES[4],
        _ => &PLACES[5],
    };
    let (country, _, forms, cities) = *place;
    let form = forms.choose(chance).copied().unwrap_or_default();
    let name =
        format!("{} {} {form}", FIRST[index % FIRST.len()], SECOND[(index / FIRST.len() + index) % SECOND.len()]);
    let (late_days, spread_days) = match chance.random_range(0..100) {
        0..45 => (-4, 4),
        45..75 => (1, 4),
        75..90 => (8, 7),
        90..97 => (19, 12),
        _ => (40, 25),
    };
    let terms = pick(chance, &TERMS);
    Customer {
        name,
        country,
        city: cities.choose(chance).copied().unwrap_or_default(),
        street: format!("Industriestraße {}", chance.random_range(1..120)),
        terms,
        // A few large customers make much of the business.
        weight: 1 + 400 / u32::try_from(index + 4).unwrap_or(u32::MAX),
        late_days,
        spread_days,
        method: pick(chance, &METHODS),
        takes_discount: terms == "2-10-net-30" && chance.random_range(0..100) < 70,
        fails_before_end: (chance.random_range(0..100) < 4 && index > 30).then(|| chance.random_range(60..200)),
        segment: ["industry", "public", "trade"].choose(chance).copied().unwrap_or_default(),
    }
}

/// One of several things by weight.
fn pick<T: Copy>(chance: &mut StdRng, choices: &[(T, u32)]) -> T {
    let mut at = chance.random_range(0..choices.iter().map(|(_, weight)| weight).sum());
    for (choice, weight) in choices {
        if at < *weight {
            return *choice;
        }
        at -= weight;
    }
    choices[0].0
}

/// Takes the customers on; answers with their ids in the same order.
pub(super) async fn admit(app: &App, caller: &Caller, cast: &[Customer]) -> app::Result<Vec<CustomerId>> {
    let customers = cast.iter().map(Customer::facts).collect();
    let outcomes = customers::create_many(app, caller, NewCustomers { customers, row_by_row: false }).await?;
    let id = |outcome: RowOutcome| match outcome {
        RowOutcome::Created(row) => Ok(row.id),
        RowOutcome::Wrong(fields) => Err(app::Error::Invalid(fields)),
    };
    outcomes.into_iter().map(id).collect()
}

impl Customer {
    fn facts(&self) -> NewCustomer {
        let (postcode, city) = self.city;
        let language = match self.country {
            "DE" | "AT" => "de",
            "FR" => "fr",
            "ES" => "es",
            _ => "en",
        };
        let place = PLACES.iter().find(|(country, ..)| *country == self.country);
        let handle: String = self.name.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
        NewCustomer {
            facts: CustomerFacts {
                name: self.name.clone(),
                email: Some(format!("ap@{}.example", handle.to_lowercase())),
                language: Some(language.to_owned()),
                currency: Some(if self.country == "US" { "USD" } else { "EUR" }.to_owned()),
                address: Address {
                    street: self.street.clone(),
                    postcode: postcode.to_owned(),
                    city: city.to_owned(),
                    region: String::new(),
                    country: self.country.to_owned(),
                },
                terms: Some(self.terms.to_owned()),
                tax_code: place.map(|(_, tax_code, ..)| (*tax_code).to_owned()),
                segment: Some(self.segment.to_owned()),
                ..CustomerFacts::default()
            },
            contacts: vec![ContactFacts {
                name: "Accounts payable".to_owned(),
                role: Some("billing".to_owned()),
                email: Some(format!("ap@{}.example", handle.to_lowercase())),
                phone: None,
            }],
            external_ids: Vec::new(),
            accept_duplicates: true,
        }
    }
}

/// What is sold: SKU, name, unit, price.
pub(super) const PRODUCTS: [(&str, &str, &str, &str); 18] = [
    ("P-100", "Circulation pump NT 100", "pcs", "412.00"),
    ("P-200", "Circulation pump NT 200", "pcs", "689.50"),
    ("P-400", "High-pressure pump NT 400", "pcs", "2340.00"),
    ("P-800", "Borehole pump NT 800", "pcs", "5180.00"),
    ("F-10", "Inlet filter 10 µm", "pcs", "18.90"),
    ("F-50", "Inlet filter 50 µm", "pcs", "12.40"),
    ("S-01", "Seal kit", "set", "34.75"),
    ("S-02", "Bearing kit", "set", "96.20"),
    ("C-11", "Control unit C11", "pcs", "248.00"),
    ("C-12", "Control unit C12 with telemetry", "pcs", "538.00"),
    ("V-25", "Valve DN25", "pcs", "44.60"),
    ("V-50", "Valve DN50", "pcs", "88.10"),
    ("H-25", "Hose 25 mm", "m", "6.85"),
    ("H-50", "Hose 50 mm", "m", "11.95"),
    ("W-01", "Maintenance visit", "h", "96.00"),
    ("W-02", "Emergency call-out", "h", "148.00"),
    ("W-03", "Commissioning", "h", "112.00"),
    ("T-01", "Travel", "km", "0.52"),
];

pub(super) fn products_csv() -> String {
    let mut csv = "code,name,unit,unit_price,currency\n".to_owned();
    for (sku, name, unit, price) in PRODUCTS {
        csv.push_str(&format!("{sku},{name},{unit},{price},EUR\n"));
    }
    csv
}
