//! Fresh sets from a seed: companies, invoices, what they pay and the mistakes that they make, with the truth beside.
//!
//! The rates are in `Recipe` and are written to `params.json`, so that whoever measures knows what is measured. The format is
//! that of the shared sets.

use crate::chance::Chance;
use crate::companies::{Company, iban, payer_of_group};
use crate::mistakes::{FOREIGN, GAPS, LEADS, NOTHING, REASONS, payer_name, shortened, slip};
use crate::sets::{Amount, BankRow, CustomerRow, InvoiceRow, LabError, Truth, TruthCovers, TruthKind};
use kernel::{Currency, Date};
use matching::ItemKind;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::path::Path;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Easy,
    Real,
    Hard,
}

/// Shares in thousandths of payments, and the size of the set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    pub seed: u64,
    pub customers: i64,
    /// How numbers look: 0 to 4.
    pub style: u32,
    pub text_length: usize,
    pub named_full: i64,
    pub named_mistyped: i64,
    pub named_short: i64,
    pub named_by_order: i64,
    pub name_changed: i64,
    pub third_party: i64,
    pub iban_known: i64,
    pub deduction: i64,
    pub fee: i64,
    pub duplicate: i64,
    pub overpaid: i64,
    pub part: i64,
    pub credit_note: i64,
    pub foreign_currency: i64,
    pub unrelated: i64,
}

impl Recipe {
    pub fn new(level: Level, seed: u64) -> Self {
        let pick = |easy: i64, real: i64, hard: i64| match level {
            Level::Easy => easy,
            Level::Real => real,
            Level::Hard => hard,
        };
        Self {
            seed,
            customers: 420,
            style: u32::try_from(seed % 5).unwrap_or(0),
            text_length: [140, 80, 105, 60, 210][usize::try_from(seed / 5 % 5).unwrap_or(0)],
            named_full: pick(780, 500, 280),
            named_mistyped: pick(50, 85, 140),
            named_short: pick(40, 80, 120),
            named_by_order: pick(40, 75, 100),
            name_changed: pick(250, 430, 560),
            third_party: pick(30, 80, 160),
            iban_known: pick(800, 600, 350),
            deduction: pick(20, 70, 130),
            fee: pick(10, 30, 70),
            duplicate: pick(3, 6, 14),
            overpaid: pick(4, 8, 14),
            part: pick(20, 50, 90),
            credit_note: pick(10, 30, 60),
            foreign_currency: pick(2, 30, 70),
            unrelated: pick(10, 30, 60),
        }
    }
}

struct Bill {
    number: String,
    owner: usize,
    issued: i64,
    due: i64,
    amount: i64,
    po: String,
    discount_until: Option<i64>,
    is_credit: bool,
}

struct Maker {
    chance: Chance,
    recipe: Recipe,
    companies: Vec<Company>,
    bills: Vec<Bill>,
    lines: Vec<(i64, BankRow, Truth)>,
}

/// Writes `customers.csv`, `invoices.csv`, `bank.csv`, `truth.jsonl` and `params.json` to `dir`.
pub fn generate(recipe: &Recipe, dir: &Path) -> Result<usize, LabError> {
    let mut maker = Maker {
        chance: Chance::of(recipe.seed),
        recipe: recipe.clone(),
        companies: Vec::new(),
        bills: Vec::new(),
        lines: Vec::new(),
    };
    maker.companies();
    for owner in 0..maker.companies.len() {
        maker.bill(owner);
        maker.pay(owner);
    }
    maker.unrelated();
    maker.lines.sort_by_key(|(day, row, _)| (*day, row.line_id.clone()));
    maker.write(dir)?;
    Ok(maker.lines.len())
}

const FIRST_DAY: i64 = 19_000;
const DAYS: i64 = 200;

impl Maker {
    fn companies(&mut self) {
        let groups: Vec<(String, String)> = (0..8).map(|_| payer_of_group(&mut self.chance)).collect();
        for number in 0..self.recipe.customers {
            let mut company = Company::draw(number, &mut self.chance);
            company.iban_known = self.chance.permille(self.recipe.iban_known);
            if self.chance.permille(150) {
                company.paid_by = Some(groups[self.chance.at(groups.len())].clone());
            }
            self.companies.push(company);
        }
    }

    fn bill(&mut self, owner: usize) {
        for _ in 0..self.companies[owner].invoices {
            let issued = FIRST_DAY + self.chance.between(0, DAYS);
            let company = &self.companies[owner];
            let (terms, takes) = (company.terms, company.takes_discount);
            let amount = company.amount(&mut self.chance);
            let discount = (takes || self.chance.permille(60)).then(|| issued + 10.min(terms));
            let po = if self.chance.permille(700) {
                format!("{}", self.chance.between(4_100_000, 88_999_999))
            } else {
                String::new()
            };
            let number = self.number(issued, false);
            self.bills.push(Bill {
                number,
                owner,
                issued,
                due: issued + terms,
                amount,
                po,
                discount_until: discount,
                is_credit: false,
            });
        }
    }

    fn number(&mut self, issued: i64, is_credit: bool) -> String {
        let count = i64::try_from(self.bills.len()).unwrap_or(0);
        let (year, running) = (2022 + (issued - FIRST_DAY) / 365, 3_000 + count * 2 + self.chance.between(0, 1));
        let letters = if is_credit { "GS" } else { ["INV-", "RE", "F", "", "R-"][self.recipe.style as usize % 5] };
        match self.recipe.style {
            0 => format!("{letters}{year}-{running:05}"),
            1 => format!("{letters}{}{running:06}", year % 100),
            2 => format!("{letters}{year}/{running:05}"),
            3 => format!("{letters}{}", 9_000_000 + running * 3),
            _ => format!("{letters}{running:06}"),
        }
    }

    /// Runs in which the company pays what has come due by then.
    fn pay(&mut self, owner: usize) {
        let mut own: Vec<usize> =
            (0..self.bills.len()).filter(|&at| self.bills[at].owner == owner && !self.bills[at].is_credit).collect();
        let (late, spread, run_days) =
            (self.companies[owner].late, self.companies[owner].spread, self.companies[owner].run_days);
        let mut ready: Vec<(i64, usize)> = Vec::new();
        for at in own.drain(..) {
            let wait = if self.chance.permille(40) { self.chance.between(10, 50) } else { 0 };
            let early = self.bills[at]
                .discount_until
                .filter(|_| self.companies[owner].takes_discount && self.chance.permille(700));
            let day = early.unwrap_or(self.bills[at].due + late) + self.chance.between(-spread, spread) + wait;
            let run = if run_days == 1 { day } else { (day / run_days + 1) * run_days };
            ready.push((run.max(self.bills[at].issued + 1), at));
        }
        ready.sort_by_key(|&(day, at)| (day, self.bills[at].issued, at));
        let mut from = 0;
        while from < ready.len() {
            let day = ready[from].0;
            let to = from + ready[from..].iter().take_while(|(other, _)| *other == day).count();
            let paid: Vec<usize> = ready[from..to].iter().map(|(_, at)| *at).collect();
            for chunk in paid.chunks(30) {
                self.payment(owner, day, chunk.to_vec());
            }
            from = to;
        }
    }

    fn payment(&mut self, owner: usize, day: i64, mut bills: Vec<usize>) {
        let mut tags = vec![if bills.len() > 1 { "lump" } else { "single" }.to_owned()];
        if self.chance.permille(self.recipe.credit_note) && self.bills[bills[0]].amount > 2_000 {
            tags.push("credit_note".to_owned());
            bills.push(self.credit_note(owner, day, bills[0]));
        }
        let mut parts: Vec<(usize, i64, TruthCovers)> =
            bills.iter().map(|&at| (at, self.bills[at].amount, TruthCovers::Full)).collect();
        self.discounts(owner, day, &mut parts, &mut tags);
        let mut stated = String::new();
        if self.chance.permille(self.recipe.part) && parts.len() == 1 {
            self.part(owner, day, &mut parts, &mut tags);
        } else if self.chance.permille(self.recipe.deduction) {
            stated = self.deduct(&mut parts, &mut tags);
        }
        let allocated: i64 = parts.iter().map(|(_, amount, _)| amount).sum();
        let fee = if self.chance.permille(self.recipe.fee) && allocated > 10_000 {
            *self.chance.pick(&[&300, &500, &750, &1_000, &1_250, &1_800, &2_500, &3_500])
        } else {
            0
        };
        let over = if self.chance.permille(self.recipe.overpaid) { self.overpaid(allocated) } else { 0 };
        let numbers: Vec<usize> = parts.iter().map(|(at, ..)| *at).collect();
        let text = self.text(owner, &numbers, &mut tags) + &stated;
        let text = text.trim().chars().take(self.recipe.text_length).collect();
        for (name, on) in [("bank_fee", fee != 0), ("over", over != 0)] {
            if on {
                tags.push(name.to_owned());
            }
        }
        let allocations = parts
            .iter()
            .map(|(at, amount, covers)| (self.bills[*at].number.clone(), Amount(Decimal::new(*amount, 2)), *covers));
        let truth = Truth {
            line_id: String::new(),
            kind: TruthKind::Receipt,
            allocations: allocations.collect(),
            tags,
            unapplied: (over != 0).then(|| Amount(Decimal::new(over, 2))),
            fee: (fee != 0).then(|| Amount(Decimal::new(fee, 2))),
        };
        if allocated + over - fee > 0 {
            self.line(owner, (day, allocated + over - fee), text, truth);
        }
    }

    fn credit_note(&mut self, owner: usize, day: i64, against: usize) -> usize {
        let issued = (day - self.chance.between(1, 12)).max(self.bills[against].issued);
        let amount = -self.chance.between(100, self.bills[against].amount / 2);
        let number = self.number(issued, true);
        let due = self.bills[against].due.max(issued);
        self.bills.push(Bill {
            number,
            owner,
            issued,
            due,
            amount,
            po: String::new(),
            discount_until: None,
            is_credit: true,
        });
        self.bills.len() - 1
    }

    fn discounts(&mut self, owner: usize, day: i64, parts: &mut [(usize, i64, TruthCovers)], tags: &mut Vec<String>) {
        let points = self.companies[owner].discount_points;
        for (at, amount, covers) in parts {
            let Some(until) = self.bills[*at].discount_until else { continue };
            let share = if day <= until {
                850
            } else if day <= until + 14 {
                120
            } else {
                20
            };
            if self.companies[owner].takes_discount && self.chance.permille(share) {
                *amount -= (*amount * points + 5_000) / 10_000;
                *covers = TruthCovers::Reduced;
                tags.push(if day <= until { "discount" } else { "discount_unearned" }.to_owned());
            }
        }
        tags.dedup();
    }

    /// A part now and the rest some weeks later.
    fn part(&mut self, owner: usize, day: i64, parts: &mut [(usize, i64, TruthCovers)], tags: &mut Vec<String>) {
        let (at, amount, covers) = &mut parts[0];
        let whole = self.bills[*at].amount;
        let hundredths = *self.chance.pick(&[&20, &25, &30, &40, &50, &50, &60, &75]);
        *amount = whole * hundredths / 100;
        *covers = TruthCovers::Part;
        let (bill, rest) = (*at, whole - *amount);
        tags.push("part".to_owned());
        let later = day + self.chance.between(7, 40);
        let number = self.bills[bill].number.clone();
        let text = match self.chance.between(0, 3) {
            0 => String::new(),
            1 => format!("Restzahlung {number}"),
            2 => format!("2. Rate {number}"),
            _ => format!("balance {number}"),
        };
        let truth = Truth {
            line_id: String::new(),
            kind: TruthKind::Receipt,
            allocations: vec![(number, Amount(Decimal::new(rest, 2)), TruthCovers::Part)],
            tags: vec!["part".to_owned(), "single".to_owned()],
            unapplied: None,
            fee: None,
        };
        self.line(owner, (later, rest), text, truth);
    }

    fn deduct(&mut self, parts: &mut [(usize, i64, TruthCovers)], tags: &mut Vec<String>) -> String {
        let at = self.chance.at(parts.len());
        let (_, amount, covers) = &mut parts[at];
        let most = (*amount / if self.chance.permille(850) { 10 } else { 4 }).max(2);
        let deduction = self.chance.between(most / 10 + 1, most);
        if *amount <= deduction {
            return String::new();
        }
        *amount -= deduction;
        *covers = TruthCovers::Reduced;
        tags.push("shortpay".to_owned());
        if self.chance.permille(500) {
            format!(" {} {}", self.chance.pick(REASONS), Decimal::new(deduction, 2))
        } else {
            String::new()
        }
    }

    fn overpaid(&mut self, allocated: i64) -> i64 {
        match self.chance.between(0, 2) {
            0 => self.chance.between(1, 99),
            1 => self.chance.between(1, 40) * 1_000,
            _ => (allocated / 100 * self.chance.between(1, 9)).max(1),
        }
    }

    fn text(&mut self, owner: usize, bills: &[usize], tags: &mut Vec<String>) -> String {
        let recipe = self.recipe.clone();
        let mut roll = self.chance.between(0, 999);
        let mut below = |share: i64| {
            roll -= share;
            roll < 0
        };
        let (lead, gap) = (self.chance.pick(LEADS), self.chance.pick(GAPS));
        let numbers: Vec<String> = bills.iter().map(|&at| self.bills[at].number.clone()).collect();
        if below(recipe.named_full) {
            tags.push("ref_full".to_owned());
            format!("{lead}{}", numbers.join(gap))
        } else if below(recipe.named_mistyped) {
            tags.push("ref_typo".to_owned());
            let first = self.chance.at(numbers.len());
            let mut written = numbers;
            written[first] = slip(&written[first], &mut self.chance);
            format!("{lead}{}", written.join(gap))
        } else if below(recipe.named_short) {
            tags.push("ref_partial".to_owned());
            let written: Vec<String> = numbers.iter().map(|number| shortened(number, &mut self.chance)).collect();
            if written.len() > 1 && self.chance.permille(400) {
                format!("{lead}{} u.a.", written[0])
            } else {
                format!("{lead}{}", written.join(gap))
            }
        } else if below(recipe.named_by_order) {
            tags.push("ref_po".to_owned());
            let orders: Vec<&str> =
                bills.iter().map(|&at| self.bills[at].po.as_str()).filter(|po| !po.is_empty()).collect();
            format!("{} {}", self.chance.pick(&["PO", "Bestellung", "Order", "Auftrag"]), orders.join(gap))
        } else {
            tags.push("ref_none".to_owned());
            match self.chance.between(0, 3) {
                0 => format!(
                    "{} {}",
                    self.chance.pick(&["Kd-Nr", "Kundennr", "Customer", "Client"]),
                    self.companies[owner].id
                ),
                _ => self.chance.pick(NOTHING).to_owned(),
            }
        }
    }

    fn line(&mut self, owner: usize, (day, minor): (i64, i64), text: String, mut truth: Truth) {
        let company = &self.companies[owner];
        let (mut name, mut account) = (company.name.clone(), company.iban.clone());
        let group = company.paid_by.clone();
        if self.chance.permille(self.recipe.third_party) {
            truth.tags.push("name_third".to_owned());
            let payer = group.unwrap_or_else(|| payer_of_group(&mut self.chance));
            (name, account) = if self.chance.permille(800) { payer } else { (payer.0, iban(&mut self.chance)) };
        } else if self.chance.permille(self.recipe.name_changed) {
            truth.tags.push("name_alias".to_owned());
            name = payer_name(&name, &mut self.chance);
        } else {
            truth.tags.push("name_same".to_owned());
        }
        if self.chance.permille(130) {
            account = String::new();
        }
        let duplicate = self.chance.permille(self.recipe.duplicate);
        self.push(day, minor, (name.clone(), account.clone(), text.clone()), truth);
        if duplicate {
            let again = Truth {
                line_id: String::new(),
                kind: TruthKind::Duplicate,
                allocations: Vec::new(),
                tags: vec!["duplicate".to_owned()],
                unapplied: None,
                fee: None,
            };
            let later = day + self.chance.between(1, 9);
            self.push(later, minor, (name, account, text), again);
        }
    }

    fn push(&mut self, day: i64, minor: i64, payer: (String, String, String), mut truth: Truth) {
        let id = format!("B{:06}", self.lines.len() + 1);
        truth.line_id.clone_from(&id);
        let (mut amount, mut currency, mut booked) = (minor, Currency::EUR, minor);
        if truth.kind == TruthKind::Receipt && self.chance.permille(self.recipe.foreign_currency) {
            let rate = self.chance.between(820, 1_180);
            truth.tags.push("fx".to_owned());
            currency = "CHF".parse().unwrap_or(Currency::USD);
            amount = minor * 1_000 / rate;
            booked = minor + minor * self.chance.between(-45, 45) / 10_000;
        }
        let row = BankRow {
            line_id: id,
            value_date: Date::from_days(day).unwrap_or_else(unix_epoch),
            amount: Decimal::new(amount, 2),
            currency,
            amount_eur: Decimal::new(booked, 2),
            payer_name: payer.0,
            payer_iban: payer.1,
            remittance: payer.2,
        };
        self.lines.push((day, row, truth));
    }

    fn unrelated(&mut self) {
        let count = i64::try_from(self.lines.len()).unwrap_or(0) * self.recipe.unrelated / 1_000;
        for _ in 0..count {
            let (name, text) = FOREIGN[self.chance.at(FOREIGN.len())];
            let account = if self.chance.permille(500) { iban(&mut self.chance) } else { String::new() };
            let truth = Truth {
                line_id: String::new(),
                kind: TruthKind::Unrelated,
                allocations: Vec::new(),
                tags: vec!["unrelated".to_owned()],
                unapplied: None,
                fee: None,
            };
            let (day, minor) = (FIRST_DAY + self.chance.between(10, DAYS + 30), self.chance.between(500, 900_000));
            self.push(day, minor, (name.to_owned(), account, text.to_owned()), truth);
        }
    }

    fn write(&self, dir: &Path) -> Result<(), LabError> {
        let io = |error| LabError::Io(dir.to_owned(), error);
        std::fs::create_dir_all(dir).map_err(io)?;
        let customers = self.companies.iter().map(|company| CustomerRow {
            customer_id: company.id.clone(),
            name: company.name.clone(),
            iban: if company.iban_known { company.iban.clone() } else { String::new() },
        });
        write_rows(&dir.join("customers.csv"), customers)?;
        write_rows(&dir.join("invoices.csv"), self.bills.iter().map(|bill| self.invoice(bill)))?;
        let truths: Vec<String> =
            self.lines.iter().map(|(_, _, truth)| serde_json::to_string(truth)).collect::<Result<_, _>>()?;
        write_rows(&dir.join("bank.csv"), self.lines.iter().map(|(_, row, _)| row))?;
        std::fs::write(dir.join("truth.jsonl"), truths.join("\n") + "\n").map_err(io)?;
        std::fs::write(dir.join("params.json"), serde_json::to_string_pretty(&self.recipe)?).map_err(io)
    }

    fn invoice(&self, bill: &Bill) -> InvoiceRow {
        let date = |day: i64| Date::from_days(day).unwrap_or_else(unix_epoch);
        let points = bill.discount_until.map_or(0, |_| self.companies[bill.owner].discount_points);
        InvoiceRow {
            invoice_no: bill.number.clone(),
            customer_id: self.companies[bill.owner].id.clone(),
            invoice_date: date(bill.issued),
            due_date: date(bill.due),
            amount: Decimal::new(bill.amount, 2),
            currency: Currency::EUR,
            po: bill.po.clone(),
            discount_pct: Decimal::new(points, 2),
            discount_until: bill.discount_until.map(|day| date(day).to_string()).unwrap_or_default(),
            kind: if bill.is_credit { ItemKind::CreditNote } else { ItemKind::Invoice },
        }
    }
}

fn unix_epoch() -> Date {
    Date::from_civil(Default::default())
}

fn write_rows<T: Serialize>(path: &Path, rows: impl Iterator<Item = T>) -> Result<(), LabError> {
    let failed = |error| LabError::Csv(path.to_owned(), error);
    let mut writer = csv::Writer::from_path(path).map_err(failed)?;
    for row in rows {
        writer.serialize(row).map_err(failed)?;
    }
    writer.flush().map_err(|error| LabError::Io(path.to_owned(), error))
}
