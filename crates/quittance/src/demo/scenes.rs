//! What the last days leave on the matching desk: payments that no rule settles alone, a few of every kind that a clerk
//! meets, so that each thing the desk can do has something true to be done with.
//!
//! Payers are customers who owe, and pay earlier than they meant to; nothing here is posted by the demo itself.

use super::{
    bank::{self, OUR_IBAN, Wire},
    cast::Customer,
    days::Due,
};
use app::desk::BlockedPayer;
use domain::payments::PaymentMethod;
use kernel::{Currency, Money};

/// A customer of the demo with what it owes in one currency, the oldest intention first.
pub(super) struct Debtor<'d> {
    pub(super) place: usize,
    pub(super) facts: &'d Customer,
    pub(super) dues: Vec<&'d Due>,
}

/// Banking days on which something of this comes, the last one being number 0.
pub(super) const SCENE_DAYS: i64 = 3;
/// Accounts that nobody has used before begin at this place.
const FOREIGN: usize = 5_000;
const BLOCKED: &str = "Sanktus Handelskontor GmbH";

/// Whom the company does not want to do business with.
pub(super) fn blocked() -> Vec<BlockedPayer> {
    let payer = |name: &str, reason: &str| BlockedPayer {
        name: Some(name.to_owned()),
        account: None,
        reason: reason.to_owned(),
    };
    vec![
        payer(BLOCKED, "Sanctions list of 2026-09-01"),
        payer("Meridian Offshore Trading Ltd", "Sanctions list of 2026-09-01"),
        payer("Kurt Vogt Inkasso", "Court order 17 C 204/26"),
    ]
}

/// The wires of one of the last days; `days_left` is 0 on the last one.
pub(super) fn wires(days_left: i64, debtors: Vec<Debtor<'_>>) -> Vec<Wire> {
    let mut stage = Stage { debtors, wires: Vec::new() };
    match days_left {
        0 => stage.last_day(),
        1 => stage.day_before(),
        2 => stage.just_below(2, "9640.00"),
        _ => {}
    }
    stage.wires
}

struct Stage<'d> {
    debtors: Vec<Debtor<'d>>,
    wires: Vec<Wire>,
}

impl<'d> Stage<'d> {
    fn day_before(&mut self) {
        self.just_below(1, "9815.00");
        self.late_discounts();
        self.twins();
        self.of_no_customer("Finanzamt Hamburg-Nord", "1243.17", "UST-ERSTATTUNG 09/2026 ST.NR. 48/712/00815");
        self.of_no_customer("Elbe Bank AG", "38.42", "ABSCHLUSS GUTHABENZINSEN");
        self.changed_account();
        self.unexplained(2);
        self.announced();
    }

    fn last_day(&mut self) {
        self.just_below(0, "9790.00");
        self.twins();
        self.deductions();
        self.fee_above_the_limit();
        self.third_parties();
        self.strangers();
        self.changed_account();
        self.far_too_much();
        self.withheld();
        self.nothing_said();
        self.unexplained(1);
        self.of_no_customer(
            "Hanseatische Allgemeine Versicherung AG",
            "2860.00",
            "SCHADEN 26-118842 WASSERSCHADEN HALLE 2",
        );
        self.of_no_customer("Stadtwerke Hamburg", "417.63", "GUTSCHRIFT STROM KUNDENNR 2210094");
        self.announced();
        self.wire(BLOCKED, bank::account(FOREIGN + 60), euros("1190.00"), "Rechnung Pumpen".to_owned());
    }

    /// The next customer that fits, who then has played its part.
    fn next(&mut self, fits: impl Fn(&Debtor<'d>) -> bool) -> Option<Debtor<'d>> {
        let at = self.debtors.iter().position(fits)?;
        Some(self.debtors.remove(at))
    }

    fn wire(&mut self, payer: &str, account: String, money: Money, text: String) {
        self.wires.push(Wire {
            payer: payer.to_owned(),
            account,
            money,
            text,
            means: None,
            announced: vec![],
            is_return: false,
        });
    }

    fn pays(&mut self, debtor: &Debtor<'_>, minor: i64, text: String) {
        let payer = debtor.facts.name.to_uppercase();
        self.wire(&payer, bank::account(debtor.place), Money::new(minor, Currency::EUR), text);
    }

    /// The discount is taken although its days are over.
    fn late_discounts(&mut self) {
        for percent in [2, 3] {
            let Some(debtor) = self.next(|debtor| debtor.facts.terms == "net-30" && debtor.owes(80_000)) else {
                return;
            };
            let due = debtor.dues[0];
            let text = format!("{} abzgl. {percent}% Skonto", due.number);
            self.pays(&debtor, due.minor() - due.minor() * percent / 100, text);
        }
    }

    /// Two invoices over the same sum, and not a word about which of them is paid.
    fn twins(&mut self) {
        let Some(debtor) = self.next(|debtor| debtor.twin().is_some()) else { return };
        if let Some(minor) = debtor.twin() {
            self.pays(&debtor, minor, "Wartungsvertrag".to_owned());
        }
    }

    /// A known customer, an invoice that is named, and another account than ever before.
    fn changed_account(&mut self) {
        let Some(debtor) = self.next(|debtor| debtor.place < 20 && !debtor.facts.takes_discount) else { return };
        let (due, payer) = (debtor.dues[0], debtor.facts.name.to_uppercase());
        let account = bank::account(FOREIGN + 100 + debtor.place);
        self.wire(&payer, account, due.money(), format!("{} neue Bankverbindung", due.number));
    }

    /// Several invoices in one sum, none of them named, a little less than they come to.
    fn unexplained(&mut self, count: usize) {
        for _ in 0..count {
            let Some(debtor) = self.next(|debtor| debtor.dues.len() >= 4) else { return };
            let sum: i64 = debtor.dues[..3].iter().map(|due| due.minor()).sum();
            self.pays(&debtor, sum - sum / 70, "Zahlung laut Aufstellung".to_owned());
        }
    }

    /// Some invoices in one sum without a word, and the words in a remittance advice.
    fn announced(&mut self) {
        let Some(debtor) = self.next(|debtor| debtor.dues.len() >= 2) else { return };
        let announced: Vec<(String, Money)> =
            debtor.dues.iter().take(3).map(|due| (due.number.clone(), due.money())).collect();
        let minor = announced.iter().map(|(_, money)| money.minor()).sum();
        self.pays(&debtor, minor, "Zahlung laut Avis".to_owned());
        if let Some(wire) = self.wires.last_mut() {
            wire.announced = announced;
        }
    }

    fn deductions(&mut self) {
        for (minor, why) in [(8_500, "Transportschaden"), (23_800, "Fehlmenge lt. Lieferschein")] {
            let Some(debtor) = self.next(|debtor| debtor.owes(150_000)) else { return };
            let due = debtor.dues[0];
            self.pays(&debtor, due.minor() - minor, format!("{} abzgl. Belastung {why}", due.number));
        }
    }

    fn fee_above_the_limit(&mut self) {
        let Some(debtor) = self.next(|debtor| debtor.facts.country == "GB" && debtor.owes(40_000)) else { return };
        let due = debtor.dues[0];
        self.pays(&debtor, due.minor() - 6_500, format!("{} /OUR/ CHGS EUR 65,00", due.number));
    }

    /// Somebody else pays, in somebody's name or without saying whose.
    fn third_parties(&mut self) {
        let payers = [
            "Treuhand Contor Hamburg GmbH",
            "Zentralregulierung Norddeutscher Maschinenbau- und Anlagenhandel eingetragene Genossenschaft",
        ];
        for (at, payer) in payers.into_iter().enumerate() {
            let Some(debtor) = self.next(|debtor| debtor.owes(100_000)) else { return };
            let due = debtor.dues[0];
            let text = format!("im Auftrag {} {}", debtor.facts.name, due.number);
            self.wire(payer, bank::account(FOREIGN + 40 + at), due.money(), text);
        }
    }

    fn strangers(&mut self) {
        self.wire("Claas Reimers", bank::account(FOREIGN + 50), euros("2500.00"), "Anzahlung Brunnenpumpe".to_owned());
        self.wire("ROHRBAU OST", bank::account(FOREIGN + 51), euros("731.85"), "Rg. 004711".to_owned());
    }

    /// Three payments within days, each a little less than 10,000.
    fn just_below(&mut self, days_left: i64, amount: &str) {
        let text = format!("Akonto Teil {}", SCENE_DAYS - days_left);
        self.wire("Kontor Altona e.K.", bank::account(FOREIGN + 55), euros(amount), text);
    }

    fn far_too_much(&mut self) {
        let Some(debtor) = self.next(|debtor| debtor.owes(30_000)) else { return };
        let due = debtor.dues[0];
        self.pays(&debtor, due.minor() + 247_500, due.number.clone());
    }

    fn withheld(&mut self) {
        let Some(debtor) = self.next(|debtor| debtor.facts.country == "ES") else { return };
        let due = debtor.dues[0];
        self.pays(&debtor, due.minor() - due.minor() * 15 / 100, format!("Factura {} retencion IRPF 15%", due.number));
    }

    /// A number with two digits the wrong way round and a sum that is nobody's.
    fn nothing_said(&mut self) {
        for part in [3, 2] {
            let Some(debtor) = self.next(|debtor| debtor.dues.len() >= 2) else { return };
            let due = debtor.dues[0];
            let text = if part == 3 { bank::mistyped(&due.number) } else { String::new() };
            self.pays(&debtor, (due.minor() / part / 100 + 1) * 100, text);
        }
    }

    fn of_no_customer(&mut self, payer: &str, amount: &str, text: &str) {
        self.wire(payer, bank::account(FOREIGN + payer.len()), euros(amount), text.to_owned());
    }
}

impl Debtor<'_> {
    /// Wires euros, and the first thing that it means to pay comes to this much at least.
    fn owes(&self, minor: i64) -> bool {
        self.facts.method == PaymentMethod::Wire && self.dues[0].minor() >= minor
    }

    /// A sum that two of its invoices come to.
    fn twin(&self) -> Option<i64> {
        let minors: Vec<i64> = self.dues.iter().map(|due| due.minor()).collect();
        minors.iter().enumerate().find(|(at, minor)| minors[at + 1..].contains(minor)).map(|(_, minor)| *minor)
    }
}

/// A direct debit that the bank takes back, with what it charges for that.
pub(super) fn bounced(customer: &Customer, place: usize, money: Money) -> Wire {
    Wire {
        payer: customer.name.to_uppercase(),
        account: bank::account(place),
        money: Money::new(-money.minor() - 350, money.currency()),
        text: format!("RUECKLASTSCHRIFT MS03 ENTGELT 3,50 {OUR_IBAN}"),
        means: None,
        announced: vec![],
        is_return: true,
    }
}

fn euros(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap_or(Money::zero(Currency::EUR))
}
