//! Made-up customers: names of many shapes and countries, accounts, habits of paying, price lists.
//!
//! Nothing is taken from a real register; names are drawn from parts.

use crate::chance::Chance;

pub(crate) struct Company {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) iban: String,
    pub(crate) iban_known: bool,
    /// Days after due, and how much they vary.
    pub(crate) late: i64,
    pub(crate) spread: i64,
    /// Pays when so many days have passed since the last run; 1 pays each invoice by itself.
    pub(crate) run_days: i64,
    pub(crate) takes_discount: bool,
    pub(crate) discount_points: i64,
    pub(crate) terms: i64,
    /// Fixed prices, where the same amounts come again and again.
    pub(crate) prices: Vec<i64>,
    pub(crate) size: i64,
    pub(crate) invoices: i64,
    /// A company of its group that pays for it.
    pub(crate) paid_by: Option<(String, String)>,
}

const SURNAMES: &[&str] = &[
    "Ahlers",
    "Bianchi",
    "Brandt",
    "Carvalho",
    "Claes",
    "Dahl",
    "Dupont",
    "Ek",
    "Ferrari",
    "Fischer",
    "García",
    "Gruber",
    "Hansen",
    "Ibsen",
    "Jäger",
    "Janssens",
    "Kovač",
    "Krüger",
    "Lefèvre",
    "Lindqvist",
    "Maier",
    "Moreau",
    "Müller",
    "Novák",
    "Olsen",
    "Peeters",
    "Quist",
    "Rossi",
    "Sørensen",
    "Schäfer",
    "Silva",
    "Tamm",
    "Urban",
    "Van Dijk",
    "Virtanen",
    "Weiß",
    "Wójcik",
    "Young",
    "Zimmer",
];
const FANTASY: &[&str] = &[
    "Aero", "Alto", "Arco", "Bio", "Cara", "Dia", "Edel", "Flexi", "Geo", "Hydro", "Inno", "Kera", "Lumi", "Mono",
    "Nordo", "Opti", "Pano", "Quadro", "Rota", "Sani", "Terra", "Uni", "Vita", "Xeno", "Zeta",
];
const ENDINGS: &[&str] =
    &["tec", "med", "plast", "form", "chem", "soft", "mat", "line", "pack", "print", "therm", "data", "works"];
const TRADES: &[&str] = &[
    "Bau",
    "Bäckerei",
    "Baumarkt",
    "Catering",
    "Consulting",
    "Dental",
    "Elektro",
    "Engineering",
    "Fashion",
    "Food",
    "Garten",
    "Glas",
    "Handel",
    "Haustechnik",
    "Hotel",
    "Immobilien",
    "Klima",
    "Labor",
    "Logistik",
    "Maschinenbau",
    "Metall",
    "Möbel",
    "Papier",
    "Pharma",
    "Reinigung",
    "Sanitär",
    "Services",
    "Spedition",
    "Sport",
    "Trading",
    "Transport",
    "Verlag",
    "Wein",
    "Werkzeug",
];
const FORMS: &[&str] = &[
    "GmbH",
    "AG",
    "GmbH & Co. KG",
    "S.A.",
    "SARL",
    "B.V.",
    "NV",
    "S.r.l.",
    "SpA",
    "Ltd",
    "plc",
    "AB",
    "A/S",
    "Oy",
    "Sp. z o.o.",
    "e.K.",
    "OHG",
    "Inc.",
];
const PLACES: &[&str] =
    &["Nord", "Süd", "Wien", "Hamburg", "Lyon", "Iberia", "Benelux", "Europe", "International", "Basel"];

impl Company {
    pub(crate) fn draw(number: i64, chance: &mut Chance) -> Self {
        let size = 10_i64.pow(u32::try_from(chance.between(3, 6)).unwrap_or(4));
        let prices = if chance.permille(300) {
            (0..chance.between(2, 7)).map(|_| chance.between(500, size * 3)).collect()
        } else {
            Vec::new()
        };
        let run_days = if chance.permille(450) { 1 } else { chance.between(3, 31) };
        Self {
            id: format!("{}", 20_000 + number * 7),
            name: name(chance),
            iban: iban(chance),
            iban_known: true,
            late: if chance.permille(700) { chance.between(-3, 8) } else { chance.between(5, 45) },
            spread: chance.between(0, 9),
            run_days,
            takes_discount: chance.permille(500),
            discount_points: *chance.pick(&[&100, &150, &200, &250, &300]),
            terms: *chance.pick(&[&7, &14, &30, &30, &30, &45, &60]),
            prices,
            size,
            invoices: if chance.permille(80) { chance.between(30, 160) } else { chance.between(1, 16) },
            paid_by: None,
        }
    }

    pub(crate) fn amount(&self, chance: &mut Chance) -> i64 {
        if self.prices.is_empty() || chance.permille(150) {
            return chance.between(self.size / 20 + 300, self.size * 6);
        }
        let price = self.prices[chance.at(self.prices.len())];
        if chance.permille(800) { price } else { price * chance.between(2, 5) }
    }
}

fn name(chance: &mut Chance) -> String {
    let trade = chance.pick(TRADES);
    let (one, two) = (chance.pick(SURNAMES), chance.pick(SURNAMES));
    let coined = format!("{}{}", chance.pick(FANTASY), chance.pick(ENDINGS));
    let core = match chance.between(0, 7) {
        0 => format!("{one} {trade}"),
        1 => format!("{trade} {one}"),
        2 => format!("{one} & {two} {trade}"),
        3 => format!("{coined} {}", chance.pick(PLACES)),
        4 => format!("{coined} {trade}"),
        5 => format!("{one} {trade} {}", chance.pick(PLACES)),
        6 => format!("{coined}-{one}"),
        _ => format!("{} {}", chance.pick(PLACES), trade),
    };
    format!("{core} {}", chance.pick(FORMS))
}

pub(crate) fn iban(chance: &mut Chance) -> String {
    let country = chance.pick(&["DE", "AT", "FR", "NL", "BE", "ES", "IT"]);
    let mut account = String::new();
    for _ in 0..18 {
        account.push(char::from(b'0' + u8::try_from(chance.between(0, 9)).unwrap_or(0)));
    }
    let letters = country.bytes().map(|byte| (byte - b'A' + 10).to_string()).collect::<String>();
    let rest =
        format!("{account}{letters}00").bytes().fold(0_u32, |rest, byte| (rest * 10 + u32::from(byte - b'0')) % 97);
    format!("{country}{:02}{account}", 98 - rest)
}

/// The group's payer: a name that says nothing of the company.
pub(crate) fn payer_of_group(chance: &mut Chance) -> (String, String) {
    let kind = chance.pick(&[
        "Holding",
        "Finance",
        "Treasury Services",
        "Shared Services",
        "Factoring",
        "Verwaltung",
        "Payments",
    ]);
    let root = format!("{}{}", chance.pick(FANTASY), chance.pick(ENDINGS));
    (format!("{root} {kind} {}", chance.pick(FORMS)), iban(chance))
}
