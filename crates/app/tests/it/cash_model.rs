//! Random work with cash against a model that a child could keep: amounts left on slips of paper.
//!
//! The model knows no ledger, versions or days. After every step it and the program agree on who may do what and on what
//! is left of every item, and the books prove themselves.

use crate::{cash::wire, story::Story};
use app::{
    Done, Error,
    approvals::Outcome,
    cash::{self, AllocateCash, AllocationRequest, RefundRequest, WriteOffRequest},
    items, payments,
};
use kernel::{AllocationId, Currency, CustomerId, Money, OpenItemId, PaymentId, WriteOffId};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use testkit::Engine;

/// What somebody does next; places are taken modulo what there is.
#[derive(Debug, Clone)]
enum Step {
    Record { dollars: bool, minor: i64, pay: Option<usize> },
    Allocate { from: usize, to: usize, minor: Option<i64> },
    Unallocate(usize),
    Bounce(usize),
    Refund { from: usize, minor: Option<i64> },
    WriteOff { item: usize, minor: Option<i64> },
    ReverseWriteOff(usize),
    NextDay,
}

fn step() -> impl Strategy<Value = Step> {
    let place = 0_usize..64;
    let minor = || prop::option::of(1_i64..9_000);
    prop_oneof![
        3 => (any::<bool>(), 1_i64..15_000, prop::option::of(place.clone()))
            .prop_map(|(dollars, minor, pay)| Step::Record { dollars, minor, pay }),
        5 => (place.clone(), place.clone(), minor()).prop_map(|(from, to, minor)| Step::Allocate { from, to, minor }),
        3 => place.clone().prop_map(Step::Unallocate),
        1 => place.clone().prop_map(Step::Bounce),
        1 => (place.clone(), minor()).prop_map(|(from, minor)| Step::Refund { from, minor }),
        1 => (place.clone(), minor()).prop_map(|(item, minor)| Step::WriteOff { item, minor }),
        1 => place.prop_map(Step::ReverseWriteOff),
        1 => Just(Step::NextDay),
    ]
}

/// A slip of paper: how much is left of an item, always positive.
struct Slip {
    id: OpenItemId,
    currency: Currency,
    left: i64,
}

struct Receipt {
    id: PaymentId,
    slip: usize,
    bounced: bool,
    refunded: i64,
}

struct Use {
    id: AllocationId,
    credit: usize,
    debt: usize,
    minor: i64,
    undone: bool,
}

struct Loss {
    id: WriteOffId,
    debt: usize,
    minor: i64,
    undone: bool,
}

struct Model {
    story: Story,
    customer: CustomerId,
    day: kernel::Date,
    debts: Vec<Slip>,
    credits: Vec<Slip>,
    receipts: Vec<Receipt>,
    uses: Vec<Use>,
    losses: Vec<Loss>,
}

/// What the model allows of something that is asked for, or all that is left.
fn allowed(asked: Option<i64>, most: i64) -> Option<i64> {
    let minor = asked.unwrap_or(most);
    (minor > 0 && minor <= most).then_some(minor)
}

/// The program and the model agree on whether it may be done.
fn agreed<T: std::fmt::Debug>(result: app::Result<T>, model: Option<i64>) -> Option<(T, i64)> {
    match (result, model) {
        (Ok(value), Some(minor)) => Some((value, minor)),
        (Err(Error::Refused(_)), None) => None,
        (result, model) => panic!("the program says {result:?}, the model {model:?}"),
    }
}

impl Model {
    async fn begin(engine: Engine) -> Option<Self> {
        let story = Story::begin(engine).await?;
        story.rate(Currency::USD, "2026-01-01", "0.913").await;
        story.rate(Currency::USD, "2026-03-17", "0.927").await;
        let customer = story.customer("Bolt Ltd", Currency::EUR).await;
        let dollars = story.customer("Bolt Inc", Currency::USD).await;
        let mut debts = Vec::new();
        for (net, customer, currency) in [
            ("31.00", customer, Currency::EUR),
            ("84.03", customer, Currency::EUR),
            ("50.00", dollars, Currency::USD),
            ("7.77", dollars, Currency::USD),
        ] {
            let invoice = story.invoice(customer, net, "2026-03-02").await;
            let item = app::invoices::show(&story.app, &story.clerk, invoice).await.unwrap().items.remove(0);
            debts.push(Slip { id: item.id, currency, left: item.open_minor });
        }
        story.relate(dollars, Some(customer), None).await;
        let (credits, receipts, uses, losses) = (vec![], vec![], vec![], vec![]);
        let day = "2026-03-16".parse().unwrap();
        Some(Self { story, customer, day, debts, credits, receipts, uses, losses })
    }

    /// A debt in the credit's currency: with two of them the model would have to know rates.
    fn debt_like(&self, currency: Currency, place: usize) -> usize {
        let fitting: Vec<usize> = (0..self.debts.len()).filter(|&n| self.debts[n].currency == currency).collect();
        fitting[place % fitting.len()]
    }

    async fn play(&mut self, step: Step) {
        match step {
            Step::Record { dollars, minor, pay } => self.record(dollars, minor, pay).await,
            Step::Allocate { from, to, minor } if !self.credits.is_empty() => self.allocate(from, to, minor).await,
            Step::Unallocate(place) if !self.uses.is_empty() => self.unallocate(place % self.uses.len()).await,
            Step::Bounce(place) if !self.receipts.is_empty() => self.bounce(place % self.receipts.len()).await,
            Step::Refund { from, minor } if !self.credits.is_empty() => self.refund(from, minor).await,
            Step::WriteOff { item, minor } => self.write_off(item % self.debts.len(), minor).await,
            Step::ReverseWriteOff(place) if !self.losses.is_empty() => self.recover(place % self.losses.len()).await,
            Step::NextDay => {
                self.day = self.day.plus_days(1);
                self.story.on(&self.day.to_string());
            }
            _ => {}
        }
        self.compare().await;
    }

    async fn record(&mut self, dollars: bool, minor: i64, pay: Option<usize>) {
        let currency = if dollars { Currency::USD } else { Currency::EUR };
        let mut new = wire(self.customer, Money::new(minor, currency), &self.day.to_string());
        let debt = pay.map(|place| self.debt_like(currency, place));
        new.allocations = debt.iter().map(|&debt| AllocationRequest::of(self.debts[debt].id)).collect();
        let paid = debt.map(|debt| self.debts[debt].left.min(minor));
        let result = payments::record(&self.story.app, &self.story.clerk, new).await;
        let Some((made, _)) = agreed(result, (paid != Some(0)).then_some(minor)) else { return };
        let slip = self.credits.len();
        self.credits.push(Slip { id: made.item, currency, left: minor });
        self.receipts.push(Receipt { id: made.id, slip, bounced: false, refunded: 0 });
        if let (Some(debt), Some(minor)) = (debt, paid) {
            self.used(made.allocations[0].id, slip, debt, minor);
        }
    }

    fn used(&mut self, id: AllocationId, credit: usize, debt: usize, minor: i64) {
        self.credits[credit].left -= minor;
        self.debts[debt].left -= minor;
        self.uses.push(Use { id, credit, debt, minor, undone: false });
    }

    async fn allocate(&mut self, from: usize, to: usize, minor: Option<i64>) {
        let credit = from % self.credits.len();
        let currency = self.credits[credit].currency;
        let debt = self.debt_like(currency, to);
        let amount = minor.map(|minor| Money::new(minor, currency));
        let line = AllocationRequest { amount, ..AllocationRequest::of(self.debts[debt].id) };
        let asked = AllocateCash { from: self.credits[credit].id, on: None, lines: vec![line] };
        let result = cash::allocate(&self.story.app, &self.story.clerk, asked).await;
        let most = self.credits[credit].left.min(self.debts[debt].left);
        if let Some((rows, minor)) = agreed(result, allowed(minor, most)) {
            self.used(rows[0].id, credit, debt, minor);
        }
    }

    fn unused(&mut self, place: usize) {
        let Use { credit, debt, minor, .. } = self.uses[place];
        self.credits[credit].left += minor;
        self.debts[debt].left += minor;
        self.uses[place].undone = true;
    }

    async fn unallocate(&mut self, place: usize) {
        let done = cash::unallocate(&self.story.app, &self.story.clerk, self.uses[place].id, "Oops").await.unwrap();
        assert_eq!(done == Done::Already, self.uses[place].undone);
        if done == Done::Now {
            self.unused(place);
        }
    }

    async fn bounce(&mut self, place: usize) {
        let Receipt { id, slip, bounced, refunded } = self.receipts[place];
        let result = payments::reverse(&self.story.app, &self.story.clerk, id, self.day, "Bounced").await;
        assert_eq!(result.unwrap() == Done::Already, bounced);
        for used in 0..self.uses.len() {
            if self.uses[used].credit == slip && !self.uses[used].undone {
                self.unused(used);
            }
        }
        self.credits[slip].left = 0;
        self.receipts[place].bounced = true;
        if refunded > 0 && !bounced {
            let (item, currency) = (self.credits[slip].id, self.credits[slip].currency);
            let mut tx = self.story.app.db.begin().await.unwrap();
            let owed = store::items::reclaimed_of(&mut tx, self.story.clerk.company, item).await.unwrap().unwrap();
            tx.rollback().await.unwrap();
            self.debts.push(Slip { id: owed.id, currency, left: refunded });
        }
    }

    async fn refund(&mut self, from: usize, minor: Option<i64>) {
        let credit = from % self.credits.len();
        let slip = &self.credits[credit];
        let amount = minor.map(|minor| Money::new(minor, slip.currency));
        let asked = RefundRequest { item: slip.id, amount, bank_account: None, reason: "Too much".into(), on: None };
        let result = cash::refund(&self.story.app, &self.story.clerk, asked).await;
        if let Some((outcome, minor)) = agreed(result, allowed(minor, slip.left)) {
            assert!(matches!(outcome, Outcome::Done(_)));
            self.credits[credit].left -= minor;
            let receipt = self.receipts.iter_mut().find(|receipt| receipt.slip == credit);
            receipt.unwrap().refunded += minor;
        }
    }

    async fn write_off(&mut self, debt: usize, minor: Option<i64>) {
        let slip = &self.debts[debt];
        let amount = minor.map(|minor| Money::new(minor, slip.currency));
        let asked = WriteOffRequest { item: slip.id, amount, reason: "Lost".into(), on: None };
        let result = cash::write_off(&self.story.app, &self.story.clerk, asked).await;
        if let Some((outcome, minor)) = agreed(result, allowed(minor, slip.left)) {
            let Outcome::Done(row) = outcome else { panic!("{outcome:?}") };
            self.debts[debt].left -= minor;
            self.losses.push(Loss { id: row.id, debt, minor, undone: false });
        }
    }

    async fn recover(&mut self, place: usize) {
        let Loss { id, debt, minor, undone } = self.losses[place];
        let done = cash::reverse_write_off(&self.story.app, &self.story.clerk, id, "Found").await.unwrap();
        assert_eq!(done == Done::Already, undone);
        if !undone {
            self.debts[debt].left += minor;
            self.losses[place].undone = true;
        }
    }

    async fn compare(&self) {
        let signed = |slips: &[Slip], sign| slips.iter().map(|slip| (slip.id, slip.left * sign)).collect::<Vec<_>>();
        for (id, left) in signed(&self.debts, 1).into_iter().chain(signed(&self.credits, -1)) {
            let item = items::show(&self.story.app, &self.story.clerk, id).await.unwrap().item.item;
            assert_eq!(item.open_minor, left, "what is left of {}", item.number);
            assert!(left != 0 || item.open_base_minor == 0, "{} is settled but not in base currency", item.number);
        }
        self.story.assert_books().await;
        self.story.assert_no_day_is_overdrawn().await;
    }
}

/// Plays random sequences; a failing one is shrunk and printed.
fn play(engine: Engine, sequences: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases: sequences, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&prop::collection::vec(step(), 1..25), |steps| {
        runtime.block_on(async {
            let Some(mut model) = Model::begin(engine).await else { return };
            for step in steps {
                model.play(step).await;
            }
        });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn random_work_agrees_with_the_model_on_sqlite() {
    play(Engine::Sqlite, 24);
}

#[test]
fn random_work_agrees_with_the_model_on_postgres() {
    play(Engine::Postgres, 8);
}
