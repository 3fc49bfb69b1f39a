//! The days: what is sold, and what money comes in.

use super::{
    Made,
    cast::{Customer, PRODUCTS},
};
use app::{
    App, Caller,
    approvals::Outcome,
    credit_notes::{self, CreditRequest, CreditedLine},
    invoices,
    lines::{NewDocument, NewLine},
    orders::{self, InvoiceOrder},
    payments::{self, RecordPayment},
    quotes,
};
use domain::{
    cash::{AllocationRequest, DiscountChoice},
    payments::PaymentMethod,
};
use kernel::{CustomerId, Date, InvoiceId, Money, OpenItemId, PaymentId, Quantity, UnitPrice};
use rand::{RngExt as _, rngs::StdRng};
use std::collections::BTreeMap;
use store::items::{self, OpenItemRow};

/// What a customer means to pay on a day.
struct Due {
    item: OpenItemId,
    money: Money,
    /// The discount that is earned on that day is already taken off.
    discounted: bool,
}

pub(super) struct Days {
    app: App,
    clerk: Caller,
    manager: Caller,
    cast: Vec<Customer>,
    ids: Vec<CustomerId>,
    weights: Vec<u32>,
    /// By day and customer.
    plans: BTreeMap<(Date, usize), Vec<Due>>,
    /// Direct debits that the bank will send back.
    bouncing: BTreeMap<Date, Vec<PaymentId>>,
    pub(super) made: Made,
}

impl Days {
    pub(super) fn new(app: App, clerk: Caller, manager: Caller, cast: Vec<Customer>, ids: Vec<CustomerId>) -> Self {
        let weights = cast.iter().map(|customer| customer.weight).collect();
        let (plans, bouncing, made) = (BTreeMap::new(), BTreeMap::new(), Made::default());
        Self { app, clerk, manager, cast, ids, weights, plans, bouncing, made }
    }

    pub(super) async fn live(&mut self, day: Date, last: Date, chance: &mut StdRng) -> app::Result<()> {
        if day.weekday() > 5 {
            return Ok(());
        }
        self.take_money(day, chance).await?;
        self.bounce(day).await?;
        self.sell(last, chance).await?;
        if chance.random_range(0..100) < 30 {
            self.negotiate(day, last, chance).await?;
        }
        Ok(())
    }

    /// The day's invoices, sometimes with a credit note after them.
    async fn sell(&mut self, last: Date, chance: &mut StdRng) -> app::Result<()> {
        let count = chance.random_range(24..40);
        let buyers: Vec<usize> = (0..count).map(|_| self.buyer(chance)).collect();
        let documents: Vec<NewDocument> = buyers.iter().map(|&buyer| self.document(buyer, chance)).collect();
        let issued = invoices::issue_many(&self.app, &self.clerk, &documents).await?;
        self.made.invoices += issued.len();
        let ids: Vec<InvoiceId> = issued.iter().map(|invoice| invoice.id).collect();
        if chance.random_range(0..100) < 45 {
            self.credit(ids[chance.random_range(0..ids.len())], chance).await?;
        }
        self.plan(&ids, last, chance).await
    }

    fn buyer(&self, chance: &mut StdRng) -> usize {
        let mut at = chance.random_range(0..self.weights.iter().sum());
        for (index, weight) in self.weights.iter().enumerate() {
            if at < *weight {
                return index;
            }
            at -= weight;
        }
        0
    }

    fn document(&self, buyer: usize, chance: &mut StdRng) -> NewDocument {
        let lines = (0..chance.random_range(1..=5)).map(|_| line(chance)).collect();
        let po_number =
            (chance.random_range(0..100) < 60).then(|| format!("PO-{}", chance.random_range(10_000..99_999)));
        NewDocument {
            customer: self.ids[buyer],
            currency: None,
            on: None,
            price_mode: None,
            terms: None,
            po_number,
            notes: None,
            supplied_on: None,
            valid_until: None,
            lines,
        }
    }

    /// A part of an invoice comes back.
    async fn credit(&mut self, invoice: InvoiceId, chance: &mut StdRng) -> app::Result<()> {
        let view = invoices::show(&self.app, &self.clerk, invoice).await?;
        let line = &view.lines[0];
        let whole = chance.random_range(0..4) == 0;
        let reasons = ["Goods came back", "Wrong price", "Delivery was short", "Damaged on arrival"];
        let request = CreditRequest {
            invoice,
            lines: (!whole).then(|| vec![CreditedLine { line: line.id, quantity: line.quantity }]),
            reason: reasons[chance.random_range(0..reasons.len())].to_owned(),
            on: None,
        };
        if let Outcome::Done(_) = credit_notes::issue(&self.app, &self.manager, request).await? {
            self.made.credit_notes += 1;
        }
        Ok(())
    }

    /// Decides when the open items of new invoices will be paid.
    async fn plan(&mut self, invoices: &[InvoiceId], last: Date, chance: &mut StdRng) -> app::Result<()> {
        let mut tx = self.app.db.snapshot().await?;
        let ids: Vec<_> = invoices.iter().map(|id| id.0).collect();
        let opened = items::of_documents(&mut tx, self.clerk.company, &ids).await?;
        for item in opened.into_iter().filter(|item| item.open_minor > 0) {
            let Some(buyer) = self.ids.iter().position(|id| *id == item.customer_id) else { continue };
            let customer = &self.cast[buyer];
            let (mut day, mut money) = pay_day(customer, &item, chance);
            let discounted = money.minor() != item.open_minor;
            if day.weekday() > 5 {
                day = day.plus_days(i64::from(8 - day.weekday()));
            }
            let fails = customer.fails_before_end.is_some_and(|days| day > last.plus_days(-days));
            let forgotten = chance.random_range(0..1000) < 12;
            if fails || forgotten {
                continue;
            }
            if discounted && item.discounts.as_ref().is_none_or(|steps| steps.0.iter().all(|step| day > step.until)) {
                money = Money::new(item.open_minor, item.currency);
            }
            let discounted = money.minor() != item.open_minor;
            self.plans.entry((day, buyer)).or_default().push(Due { item: item.id, money, discounted });
        }
        Ok(())
    }

    /// The day's payments: one per customer and currency, with everything that they meant to pay.
    async fn take_money(&mut self, day: Date, chance: &mut StdRng) -> app::Result<()> {
        let later = self.plans.split_off(&(day.plus_days(1), 0));
        let due = std::mem::replace(&mut self.plans, later);
        let mut batch = Vec::new();
        for ((_, buyer), dues) in due {
            batch.extend(self.payment(day, buyer, dues, chance));
        }
        for chunk in batch.chunks(payments::MOST_AT_ONCE) {
            let recorded = payments::record_many(&self.app, &self.clerk, chunk.to_vec()).await?;
            self.made.payments += recorded.len();
            for (payment, done) in chunk.iter().zip(recorded) {
                if payment.method == PaymentMethod::DirectDebit && chance.random_range(0..100) < 2 {
                    let back = day.plus_days(4 + i64::from(day.weekday() > 1) * 2);
                    self.bouncing.entry(back).or_default().push(done.id);
                }
            }
        }
        Ok(())
    }

    fn payment(&self, day: Date, buyer: usize, dues: Vec<Due>, chance: &mut StdRng) -> Option<RecordPayment> {
        let customer = &self.cast[buyer];
        let currency = dues.first()?.money.currency();
        let total: i64 = dues.iter().map(|due| due.money.minor()).sum();
        let kind = chance.random_range(0..1000);
        // Some pay a few cents less, some only half, some too much, and some say nothing at all.
        let (paid, differs) = match kind {
            0..25 => (total - chance.random_range(1..40).min(total - 1), true),
            25..45 => ((total / 2).max(1), false),
            45..60 => (total + chance.random_range(1_000..90_000), false),
            _ => (total, false),
        };
        let silent = (60..68).contains(&kind);
        let allocation = |due: &Due| AllocationRequest {
            to: due.item,
            amount: None,
            from_amount: None,
            discount: if due.discounted { DiscountChoice::Automatic } else { DiscountChoice::None },
            settle_difference: differs,
            typed: None,
        };
        let mut left = paid;
        let mut allocations = Vec::new();
        for due in &dues {
            if left > 0 && !silent {
                allocations.push(allocation(due));
                left -= due.money.minor();
            }
        }
        let fee = matches!(customer.method, PaymentMethod::Card | PaymentMethod::Paypal);
        Some(RecordPayment {
            customer: self.ids[buyer],
            method: customer.method,
            received_on: day,
            money: Money::new(paid, currency),
            fee: fee.then(|| Money::new(paid * 14 / 1_000, currency)),
            bank_account: None,
            reference: (!silent).then(|| format!("{} invoices", dues.len())),
            payer_name: Some(customer.name.to_uppercase()),
            fx_rate: None,
            external: None,
            allocations,
        })
    }

    /// Direct debits that come back.
    async fn bounce(&mut self, day: Date) -> app::Result<()> {
        let later = self.bouncing.split_off(&day.plus_days(1));
        for payment in std::mem::replace(&mut self.bouncing, later).into_values().flatten() {
            payments::reverse(&self.app, &self.clerk, payment, day, "Account is short of funds").await?;
        }
        Ok(())
    }

    /// A quote that becomes an order and invoices, or does not.
    async fn negotiate(&mut self, day: Date, last: Date, chance: &mut StdRng) -> app::Result<()> {
        let buyer = self.buyer(chance);
        let document = self.document(buyer, chance);
        let quote = quotes::create(&self.app, &self.clerk, &document).await?;
        quotes::send(&self.app, &self.clerk, quote).await?;
        match chance.random_range(0..100) {
            0..25 => return Ok(()),
            25..35 => return quotes::decline(&self.app, &self.clerk, quote, "Another offer was cheaper").await,
            _ => {}
        }
        let order = quotes::accept(&self.app, &self.clerk, quote, "Purchasing", document.po_number.clone()).await?;
        orders::confirm(&self.app, &self.clerk, order).await?;
        let waits = day > last.plus_days(-20) && chance.random_range(0..2) == 0;
        if waits {
            return Ok(());
        }
        let part = InvoiceOrder { issue: true, ..InvoiceOrder::default() };
        let invoice = orders::invoice(&self.app, &self.clerk, order, &part).await?;
        self.made.invoices += 1;
        self.plan(&[invoice], last, chance).await
    }
}

fn line(chance: &mut StdRng) -> NewLine {
    let (sku, _, unit, price) = PRODUCTS[chance.random_range(0..PRODUCTS.len())];
    let quantity = match unit {
        "km" => chance.random_range(20..400),
        "m" => chance.random_range(5..120),
        "h" => chance.random_range(1..12),
        _ => chance.random_range(1..9),
    };
    let discount = [0, 0, 0, 0, 5, 10][chance.random_range(0..6)];
    NewLine {
        product: Some(sku.to_owned()),
        quantity: Some(Quantity::whole(quantity)),
        unit_price: price.parse::<UnitPrice>().ok(),
        discount_percent: (discount > 0).then(|| kernel::Percent::whole(discount)),
        ..NewLine::default()
    }
}

/// When a customer pays an item, and how much then.
fn pay_day(customer: &Customer, item: &OpenItemRow, chance: &mut StdRng) -> (Date, Money) {
    let full = Money::new(item.open_minor, item.currency);
    let step = item.discounts.as_ref().and_then(|steps| steps.0.first());
    if let (Some(step), true) = (step, customer.takes_discount && item.open_minor == item.amount_minor) {
        let day = step.until.plus_days(-chance.random_range(0..4));
        return (day, full.minus(step.amount).unwrap_or(full));
    }
    let off = chance.random_range(-customer.spread_days..=customer.spread_days);
    let day = item.due_on.plus_days(customer.late_days + off);
    (day.max(item.document_on.plus_days(1)), full)
}
