//! Keys by which customers are compared: the name without what people write differently, and the place.
//!
//! "Müller & Söhne G.m.b.H." and "MUELLER UND SOEHNE" are both `muller sohne`. A key is for comparing, sorting and
//! searching; nobody ever sees it.

use unicode_normalization::UnicodeNormalization as _;

/// Legal forms that come last in a name (after punctuation and accents are gone), and what joins them.
const LEGAL_FORMS: &[&str] = &[
    "ab",
    "ag",
    "as",
    "asa",
    "aps",
    "bhd",
    "bv",
    "ca",
    "cb",
    "cie",
    "co",
    "company",
    "corp",
    "corporation",
    "cv",
    "doo",
    "ek",
    "eurl",
    "ev",
    "gbr",
    "ges",
    "gmbh",
    "haftungsbeschrankt",
    "hf",
    "inc",
    "incorporated",
    "kft",
    "kg",
    "kgaa",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "ltda",
    "mbb",
    "mbh",
    "nv",
    "nyrt",
    "og",
    "ohg",
    "oo",
    "oy",
    "oyj",
    "partg",
    "plc",
    "pte",
    "pty",
    "pvt",
    "rt",
    "sa",
    "sagl",
    "sarl",
    "sas",
    "sasu",
    "sau",
    "sc",
    "sca",
    "sci",
    "scop",
    "scs",
    "sdn",
    "se",
    "sl",
    "slp",
    "slu",
    "snc",
    "spa",
    "spoo",
    "spzoo",
    "sprl",
    "srl",
    "sro",
    "ug",
    "vof",
    "zrt",
];
/// Those that also come first: "SARL Dupont", "The Crown".
const LEADING: &[&str] = &["eurl", "firma", "pt", "sarl", "sas", "sasu", "sci", "the"];
/// Forms of several words.
const PHRASES: &[&str] = &[" sa de cv", " de rl de cv", " sp z oo", " gesellschaft mit beschrankter haftung"];
const JOINERS: &[&str] = &["and", "e", "et", "und", "y"];

/// The name in small letters without accents, punctuation, legal form and joining words.
pub fn name_key(name: &str) -> String {
    let folded = fold(name);
    let mut rest = folded.as_str();
    for phrase in PHRASES {
        rest = rest.strip_suffix(phrase).unwrap_or(rest);
    }
    let words: Vec<&str> = rest.split(' ').collect();
    let mut core = words.as_slice();
    while let [first @ .., last] = core
        && !first.is_empty()
        && (LEGAL_FORMS.contains(last) || JOINERS.contains(last))
    {
        core = first;
    }
    while let [first, rest @ ..] = core
        && !rest.is_empty()
        && LEADING.contains(first)
    {
        core = rest;
    }
    let inner = core.iter().enumerate().filter(|(at, word)| *at == 0 || !JOINERS.contains(word));
    inner.map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

/// What a person typed into a search box, folded as names are, with nothing dropped.
pub fn search_key(text: &str) -> String {
    fold(text)
}

/// Small letters and digits, words by one space, single letters of an abbreviation joined.
fn fold(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    for letter in text.nfkd().flat_map(char::to_lowercase) {
        match letter {
            'ß' => spaced.push_str("ss"),
            'æ' => spaced.push('a'),
            'ø' | 'œ' => spaced.push('o'),
            'ð' | 'đ' => spaced.push('d'),
            'ł' => spaced.push('l'),
            'þ' => spaced.push_str("th"),
            'ı' => spaced.push('i'),
            '.' | '\'' | '’' | '`' => {}
            '\u{300}'..='\u{36f}' => {}
            letter if letter.is_alphanumeric() => spaced.push(letter),
            _ => spaced.push(' '),
        }
    }
    let mut key = String::with_capacity(spaced.len());
    let mut single = false;
    for word in spaced.split_whitespace() {
        let is_single = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
        if !(key.is_empty() || single && is_single) {
            key.push(' ');
        }
        key.push_str(&without_umlaut_digraphs(word));
        single = is_single;
    }
    key
}

/// "Mueller" is how "Müller" is written where there is no ü.
fn without_umlaut_digraphs(word: &str) -> String {
    word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

/// Providers whose addresses say nothing about the firm.
const FREE_MAIL: &[&str] = &[
    "aol.com",
    "bluewin.ch",
    "free.fr",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "hotmail.es",
    "hotmail.fr",
    "icloud.com",
    "laposte.net",
    "live.com",
    "mail.com",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "outlook.es",
    "outlook.fr",
    "proton.me",
    "protonmail.com",
    "sfr.fr",
    "t-online.de",
    "wanadoo.fr",
    "web.de",
    "yahoo.com",
    "yahoo.co.uk",
    "yahoo.de",
    "yahoo.es",
    "yahoo.fr",
    "ymail.com",
];

/// `firm.example 10115`: mail domain and postcode, unless the mail provider is everybody's.
pub fn place_key(email: Option<&str>, postcode: &str) -> Option<String> {
    let domain = email?.rsplit_once('@')?.1.to_lowercase();
    let postcode: String = postcode.chars().filter(|c| c.is_alphanumeric()).collect();
    let says_something = !postcode.is_empty() && !FREE_MAIL.contains(&domain.as_str());
    says_something.then(|| format!("{domain} {}", postcode.to_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_legal_form_accents_and_punctuation() {
        let keys = [
            ("Müller & Söhne G.m.b.H.", "muller sohne"),
            ("MUELLER UND SOEHNE GmbH & Co. KG", "muller sohne"),
            ("Société Générale S.A.", "societe generale"),
            ("SARL Dupont et Fils", "dupont fils"),
            ("The Acme Company, Inc.", "acme"),
            ("Acme Ltd", "acme"),
            ("A.B.C. Limited", "abc"),
            ("A B C Ltd.", "abc"),
            ("Peña y Hijos, S.L.", "pena hijos"),
            ("Grupo Bimbo S.A. de C.V.", "grupo bimbo"),
            ("Łódź Tekstyl Sp. z o.o.", "lodz tekstyl"),
            ("Ærø Færge A/S", "aro farge"),
            ("O'Reilly Media Inc", "oreilly media"),
            ("Straße 7 e.V.", "strasse 7"),
            ("Ακμή Α.Ε.", "ακμη αε"),
            ("Co", "co"),
            ("GmbH", "gmbh"),
            ("  ", ""),
        ];
        for (name, key) in keys {
            assert_eq!(name_key(name), key, "{name}");
        }
    }

    #[test]
    fn what_is_searched_keeps_every_word() {
        assert_eq!(search_key("Müller GmbH"), "muller gmbh");
        assert_eq!(search_key("The"), "the");
    }

    #[test]
    fn a_place_is_a_mail_domain_of_its_own_and_a_postcode() {
        assert_eq!(place_key(Some("Anna@Firm.example"), "SW1A 1AA").as_deref(), Some("firm.example SW1A1AA"));
        assert_eq!(place_key(Some("anna@gmail.com"), "10115"), None);
        assert_eq!(place_key(Some("anna@firm.example"), " "), None);
        assert_eq!(place_key(None, "10115"), None);
    }
}
