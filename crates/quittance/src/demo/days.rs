//! The days: what is sold, and what money comes in.

use super::{
    Made,
    bank::{self, Bank, FILE_DAYS, Wire},
    cast::{Customer, PRODUCTS},
    scenes::{self, Debtor, SCENE_DAYS},
};
use app::{
    App, Caller,
    approvals::Outcome,
    cash::{self, AllocateCash},
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
use kernel::{Currency, CustomerId, Date, InvoiceId, Money, OpenItemId, PaymentId, Quantity, UnitPrice};
use rand::{RngExt as _, rngs::StdRng};
use std::collections::BTreeMap;
use store::items::{self, OpenItemRow};

/// What a customer means to pay on a day.
pub(super) struct Due {
    pub(super) item: OpenItemId,
    pub(super) number: String,
    money: Money,
    /// The early-payment discount that is earned on that day; it is already taken off.
    discount_minor: i64,
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
    /// Money that came without a word, and what the customer says that it was for when asked.
    silent: BTreeMap<Date, Vec<(OpenItemId, Vec<Due>)>>,
    bank: Bank,
    /// A direct debit of the last days that the bank will take back.
    debited: Option<(usize, Money)>,
    /// Wires of the day before the last that are sent once more.
    repeated: Vec<Wire>,
    last: Date,
    pub(super) made: Made,
}

/// Old open items are few: somebody asks, sooner or later.
const ASKED_WITHIN_DAYS: i64 = 75;
const MOST_REFERENCE: usize = 120;
/// Days before the end on which some are billed the same sum for their maintenance.
const MAINTENANCE: [i64; 2] = [14, 9];

impl Days {
    pub(super) fn new(
        app: App,
        callers: (Caller, Caller),
        cast: Vec<Customer>,
        ids: Vec<CustomerId>,
        last: Date,
    ) -> Self {
        let (clerk, manager) = callers;
        let weights = cast.iter().map(|customer| customer.weight).collect();
        let (plans, bouncing, silent) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let bank = Bank::new(app.clone(), clerk.clone());
        let (debited, repeated, made) = (None, Vec::new(), Made::default());
        Self { app, clerk, manager, cast, ids, weights, plans, bouncing, silent, bank, debited, repeated, last, made }
    }

    pub(super) async fn live(&mut self, day: Date, chance: &mut StdRng) -> app::Result<()> {
        if day.weekday() > 5 {
            return Ok(());
        }
        self.take_money(day, chance).await?;
        self.bounce(day).await?;
        self.ask(day).await?;
        self.sell(day, chance).await?;
        if chance.random_range(0..100) < 30 {
            self.negotiate(day, chance).await?;
        }
        Ok(())
    }

    /// The day's invoices, sometimes with a credit note after them.
    async fn sell(&mut self, day: Date, chance: &mut StdRng) -> app::Result<()> {
        let count = chance.random_range(24..40);
        let buyers: Vec<usize> = (0..count).map(|_| self.buyer(chance)).collect();
        let mut documents: Vec<NewDocument> = buyers.iter().map(|&buyer| self.document(buyer, chance)).collect();
        if MAINTENANCE.iter().any(|days| working(self.last.plus_days(-days)) == day) {
            documents.extend(self.maintained().map(|buyer| NewDocument {
                lines: vec![maintenance()],
                po_number: None,
                ..self.document(buyer, chance)
            }));
        }
        let issued = invoices::issue_many(&self.app, &self.clerk, &documents).await?;
        self.made.invoices += issued.len();
        let ids: Vec<InvoiceId> = issued.iter().map(|invoice| invoice.id).collect();
        if chance.random_range(0..100) < 45 {
            self.credit(ids[chance.random_range(0..ids.len())], chance).await?;
        }
        self.plan(&ids, chance).await
    }

    /// Customers with a maintenance contract: two at even places and two at odd ones.
    fn maintained(&self) -> impl Iterator<Item = usize> + use<> {
        let fits = |at: &usize| {
            let customer = &self.cast[*at];
            let is_wire = customer.method == PaymentMethod::Wire && customer.country == "DE";
            is_wire && customer.terms == "net-30" && customer.fails_before_end.is_none()
        };
        let of = |parity| (40..self.cast.len()).filter(move |at| at % 2 == parity).filter(fits).take(2);
        let places: Vec<usize> = of(0).chain(of(1)).collect();
        places.into_iter()
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
        NewDocument { po_number, ..NewDocument::of(self.ids[buyer], lines) }
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
    async fn plan(&mut self, invoices: &[InvoiceId], chance: &mut StdRng) -> app::Result<()> {
        let mut tx = self.app.db.snapshot().await?;
        let ids: Vec<_> = invoices.iter().map(|id| id.0).collect();
        let opened = items::of_documents(&mut tx, self.clerk.company, &ids).await?;
        for item in opened.into_iter().filter(|item| item.open_minor > 0) {
            let Some(buyer) = self.ids.iter().position(|id| *id == item.customer_id) else { continue };
            let customer = &self.cast[buyer];
            let (mut day, mut money) = pay_day(customer, &item, chance);
            let discounted = money.minor() != item.open_minor;
            if chance.random_range(0..1000) < 12 {
                // Forgotten, until somebody asks.
                day = item.due_on.plus_days(chance.random_range(25..ASKED_WITHIN_DAYS));
            }
            day = working(day);
            if customer.fails_before_end.is_some_and(|days| day > self.last.plus_days(-days)) {
                continue;
            }
            if discounted && item.discounts.as_ref().is_none_or(|steps| steps.0.iter().all(|step| day > step.until)) {
                money = Money::new(item.open_minor, item.currency);
            }
            let discount_minor = item.open_minor - money.minor();
            let due = Due { item: item.id, number: item.number, money, discount_minor };
            self.plans.entry((day, buyer)).or_default().push(due);
        }
        Ok(())
    }

    /// The day's payments: one per customer and currency, with everything that they meant to pay.
    async fn take_money(&mut self, day: Date, chance: &mut StdRng) -> app::Result<()> {
        let later = self.plans.split_off(&(day.plus_days(1), 0));
        let due = std::mem::replace(&mut self.plans, later);
        let (mut batch, mut unsaid, mut wires) = (Vec::new(), Vec::new(), Vec::new());
        let from = self.last.plus_days(-FILE_DAYS);
        let in_file = |payment: &RecordPayment| {
            payment.method == PaymentMethod::Wire && payment.money.currency() == Currency::EUR && day > from
        };
        for ((_, buyer), dues) in due {
            let (payment, rest) = self.payment(day, buyer, &dues, chance);
            if !rest.is_empty() {
                let back = working(day.plus_days(chance.random_range(14..35)));
                self.plans.entry((back, buyer)).or_default().extend(rest);
            }
            if in_file(&payment) {
                wires.push(wire(buyer, payment, dues, chance));
                continue;
            }
            let silent = payment.reference.is_none();
            batch.push(payment);
            unsaid.push(if silent { dues } else { Vec::new() });
        }
        wires.extend(self.scenes(day, &wires));
        self.made.payments += self.bank.deliver(day, wires).await? + self.bank.tidy_up(day).await?;
        for (chunk, unsaid) in batch.chunks(payments::MOST_AT_ONCE).zip(unsaid.chunks_mut(payments::MOST_AT_ONCE)) {
            let recorded = payments::record_many(&self.app, &self.clerk, chunk.to_vec()).await?;
            self.made.payments += recorded.len();
            for ((payment, done), dues) in chunk.iter().zip(recorded).zip(unsaid) {
                if !dues.is_empty() {
                    let asked = working(day.plus_days(chance.random_range(4..15)));
                    self.silent.entry(asked).or_default().push((done.item, std::mem::take(dues)));
                } else if payment.method == PaymentMethod::DirectDebit && chance.random_range(0..100) < 2 {
                    let back = day.plus_days(4 + i64::from(day.weekday() > 1) * 2);
                    self.bouncing.entry(back).or_default().push(done.id);
                } else if payment.method == PaymentMethod::DirectDebit && day > self.last.plus_days(-14) {
                    let place = self.ids.iter().position(|id| *id == payment.customer);
                    self.debited = self.debited.or(place.map(|place| (place, payment.money)));
                }
            }
        }
        Ok(())
    }

    /// What else the bank brings on the last days.
    fn scenes(&mut self, day: Date, wires: &[Wire]) -> Vec<Wire> {
        let days_left = (0..SCENE_DAYS).find(|left| self.banking_day(*left) == day);
        let Some(days_left) = days_left else { return Vec::new() };
        let mut debtors: BTreeMap<usize, Vec<&Due>> = BTreeMap::new();
        for ((_, place), dues) in &self.plans {
            let is_wired = self.cast[*place].method == PaymentMethod::Wire;
            // Each day has customers of its own.
            if is_wired && place % 2 == usize::from(days_left % 2 != 0) {
                let euros = dues.iter().filter(|due| due.money.currency() == Currency::EUR);
                debtors.entry(*place).or_default().extend(euros);
            }
        }
        let debtors = debtors.into_iter().filter(|(_, dues)| !dues.is_empty());
        let debtors = debtors.map(|(place, dues)| Debtor { place, facts: &self.cast[place], dues }).collect();
        let mut scenes = scenes::wires(days_left, debtors);
        match days_left {
            0 => {
                scenes.append(&mut self.repeated);
                scenes.extend(self.debited.map(|(place, money)| scenes::bounced(&self.cast[place], place, money)));
            }
            1 => self.repeated = wires.iter().filter_map(Wire::repeated).take(4).collect(),
            _ => {}
        }
        scenes
    }

    /// The day on which a bank works for the last time before the end, or one, or two before it.
    fn banking_day(&self, before: i64) -> Date {
        let mut days = (0..).map(|back| self.last.plus_days(-back)).filter(|day| day.weekday() <= 5);
        days.nth(usize::try_from(before).unwrap_or(0)).unwrap_or(self.last)
    }

    /// What the customer pays of what is due, and what it leaves for another day.
    fn payment(&self, day: Date, buyer: usize, dues: &[Due], chance: &mut StdRng) -> (RecordPayment, Vec<Due>) {
        let customer = &self.cast[buyer];
        let currency = dues[0].money.currency();
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
        let (mut left, mut allocations, mut rest) = (paid, Vec::new(), Vec::new());
        for due in dues {
            if left > 0 && !silent {
                allocations.push(due.allocation(differs));
            }
            let short = (due.money.minor() - left.max(0)).min(due.money.minor());
            if short > 0 && !differs && due.discount_minor == 0 {
                rest.push(Due { money: Money::new(short, currency), number: due.number.clone(), ..*due });
            }
            left -= due.money.minor();
        }
        let fee = matches!(customer.method, PaymentMethod::Card | PaymentMethod::Paypal);
        let payment = RecordPayment {
            customer: self.ids[buyer],
            method: customer.method,
            received_on: day,
            money: Money::new(paid, currency),
            fee: fee.then(|| Money::new(paid * 14 / 1_000, currency)),
            bank_account: None,
            reference: (!silent).then(|| named(dues)),
            payer_name: Some(customer.name.to_uppercase()),
            fx_rate: None,
            external: None,
            allocations,
        };
        (payment, rest)
    }

    /// Customers whose money nobody could place have said what it was for.
    async fn ask(&mut self, day: Date) -> app::Result<()> {
        let later = self.silent.split_off(&day.plus_days(1));
        for (from, dues) in std::mem::replace(&mut self.silent, later).into_values().flatten() {
            let lines = dues.iter().map(|due| due.allocation(false)).collect();
            cash::allocate(&self.app, &self.clerk, AllocateCash { from, on: None, lines }).await?;
        }
        Ok(())
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
    async fn negotiate(&mut self, day: Date, chance: &mut StdRng) -> app::Result<()> {
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
        let waits = day > self.last.plus_days(-20) && chance.random_range(0..2) == 0;
        if waits {
            return Ok(());
        }
        let part = InvoiceOrder { issue: true, ..InvoiceOrder::default() };
        let invoice = orders::invoice(&self.app, &self.clerk, order, &part).await?;
        self.made.invoices += 1;
        self.plan(&[invoice], chance).await
    }
}

fn wire(buyer: usize, payment: RecordPayment, dues: Vec<Due>, chance: &mut StdRng) -> Wire {
    let text = payment.reference.map_or_else(String::new, |named| bank::words(&dues, &named, chance));
    Wire {
        payer: payment.payer_name.unwrap_or_default(),
        account: bank::account(buyer),
        money: payment.money,
        text,
        means: Some((payment.customer, dues)),
        announced: vec![],
        is_return: false,
    }
}

impl Due {
    pub(super) fn money(&self) -> Money {
        self.money
    }

    pub(super) fn minor(&self) -> i64 {
        self.money.minor()
    }

    pub(super) fn discount(&self) -> Option<Money> {
        (self.discount_minor > 0).then(|| Money::new(self.discount_minor, self.money.currency()))
    }

    fn allocation(&self, differs: bool) -> AllocationRequest {
        AllocationRequest {
            to: self.item,
            amount: None,
            from_amount: None,
            discount: if self.discount_minor > 0 { DiscountChoice::Automatic } else { DiscountChoice::None },
            settle_difference: differs,
            typed: None,
        }
    }
}

/// The numbers that a payer writes, as many as the bank carries.
fn named(dues: &[Due]) -> String {
    let mut text = String::new();
    for due in dues {
        if text.len() + due.number.len() > MOST_REFERENCE {
            return text + " ...";
        }
        text = if text.is_empty() { due.number.clone() } else { format!("{text}, {}", due.number) };
    }
    text
}

fn working(day: Date) -> Date {
    if day.weekday() > 5 { day.plus_days(i64::from(8 - day.weekday())) } else { day }
}

/// A visit that costs the same every time.
fn maintenance() -> NewLine {
    NewLine { product: Some("W-01".to_owned()), quantity: Some(Quantity::whole(6)), ..NewLine::default() }
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
