//! A large book and many lines, to measure speed: made-up customers, items without mistakes, lines of every common kind.
//!
//! Says nothing about quality; `generate` is for that.

use crate::chance::Chance;
use crate::companies::Company;
use kernel::{Currency, Date, Money};
use matching::{BankLine, Book, BookError, Customer, Discount, ItemKind, OpenItem};

/// `items` open items of customers with `each` of them, and `lines` payments: most name what they pay, some do not.
pub fn world(items: usize, each: usize, lines: usize) -> Result<(Book, Vec<BankLine>), BookError> {
    let mut chance = Chance::of(1);
    let mut book = Book::default();
    let mut made: Vec<BankLine> = Vec::with_capacity(lines);
    let day = |offset: i64| Date::from_days(20_000 + offset).unwrap_or_else(|| Date::from_civil(Default::default()));
    let customers = items / each;
    for number in 0..customers {
        let company = Company::draw(i64::try_from(number).unwrap_or(0), &mut chance);
        let name = format!("{} {number}", company.name);
        let ibans = if chance.permille(700) { vec![company.iban.clone()] } else { Vec::new() };
        book.set_customer(Customer {
            id: company.id.clone(),
            number: company.id.clone(),
            name: name.clone(),
            ibans,
            ..Customer::default()
        });
        let first = number * each;
        let mut open: Vec<(String, i64)> = Vec::with_capacity(each);
        for at in 0..each {
            let number = format!("INV-2026-{:07}", first + at);
            let total = Money::new(chance.between(1_000, 5_000_000), Currency::EUR);
            let issued = chance.between(0, 60);
            book.add_item(&OpenItem {
                id: number.clone(),
                customer: company.id.clone(),
                number: number.clone(),
                po: None,
                kind: ItemKind::Invoice,
                issued_on: day(issued),
                due_on: day(issued + 30),
                total,
                open: total,
                discount: chance.permille(300).then_some(Discount { basis_points: 200, until: day(issued + 10) }),
            })?;
            open.push((number, total.minor()));
        }
        let due = lines * (number + 1) / customers.max(1);
        while made.len() < due {
            let (amount, text) = payment(&open, &mut chance);
            made.push(BankLine {
                id: format!("B{}", made.len()),
                value_on: day(90),
                amount: Money::new(amount, Currency::EUR),
                instructed: None,
                payer_name: name.to_uppercase(),
                payer_iban: company.iban.clone(),
                text,
                structured_reference: None,
                bank_reference: None,
                charges_minor: 0,
            });
        }
    }
    Ok((book, made))
}

fn payment(open: &[(String, i64)], chance: &mut Chance) -> (i64, String) {
    let start = chance.at(open.len());
    let count = if chance.permille(250) { 1 + chance.at(4) } else { 1 };
    let chosen: Vec<&(String, i64)> = open.iter().skip(start).take(count).collect();
    let amount: i64 = chosen.iter().map(|(_, amount)| amount).sum();
    let numbers: Vec<&str> = chosen.iter().map(|(number, _)| number.as_str()).collect();
    match chance.between(0, 9) {
        0 => (amount, "Zahlung".to_owned()),
        1 => (amount - amount / 30, numbers.join(" ")),
        2 => (amount, numbers.iter().map(|number| &number[9..]).collect::<Vec<_>>().join(" ")),
        _ => (amount, format!("Rechnung {}", numbers.join(", "))),
    }
}
