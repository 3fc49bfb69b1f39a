//! Standing proofs: what must be true of a company's rows, and what was found when it was recomputed.
//!
//! A proof is green, or red with the rows that break it; it may be green with a warning. Only figures are compared
//! here; reading them is the store's.

use crate::{items::ItemKind, ledger::AccountRole};
use kernel::{Currency, Date, text_enum};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

text_enum! {
    /// In the order in which they are shown.
    pub enum ProofKind {
        Entries = "entries",
        ControlAccounts = "control_accounts",
        OpenItems = "open_items",
        Balances = "balances",
        Allocations = "allocations",
        Documents = "documents",
        Issued = "issued",
        Numbers = "numbers",
        Periods = "periods",
        AuditChain = "audit_chain",
        References = "references",
        ExternalIds = "external_ids",
    }
}

impl ProofKind {
    /// What it says when it is green.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Entries => "Every journal entry balances in each of its currencies and in base currency.",
            Self::ControlAccounts => {
                "The control accounts equal the open items in every currency and in base, today and at each month's end."
            }
            Self::OpenItems => "No open item is below zero or allocated beyond its amount.",
            Self::Balances => "Every balance that is kept equals what moved it.",
            Self::Allocations => "Allocations, write-offs and refunds moved exactly what they say.",
            Self::Documents => {
                "Every line is its quantity at its price, and the totals of every document are its lines plus its taxes."
            }
            Self::Issued => {
                "Every issued document and payment is posted, open and in the audit log with its amount, day and customer."
            }
            Self::Numbers => "Every number series runs without a gap or a number given twice.",
            Self::Periods => "Nothing was posted in a period after it was closed.",
            Self::AuditChain => "The audit log is complete and unchanged.",
            Self::References => "Every row belongs to records of its own company.",
            Self::ExternalIds => "Every external id points at a record.",
        }
    }
}

/// The rows of one proof that are listed; the rest is counted.
pub const LISTED: usize = 100;

/// One row that breaks a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Fault {
    pub table: &'static str,
    /// The row's key.
    pub id: String,
    /// The number that people know it by.
    pub number: Option<String>,
    pub sentence: String,
}

/// Rows that were found, the first of them listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Found {
    pub total: u64,
    pub listed: Vec<Fault>,
}

impl Found {
    pub fn add(&mut self, fault: Fault) {
        self.total += 1;
        if self.listed.len() < LISTED {
            self.listed.push(fault);
        }
    }

    /// Counts rows that were found but not handed over.
    pub fn add_unlisted(&mut self, rows: u64) {
        self.total += rows;
    }

    pub const fn is_empty(&self) -> bool {
        self.total == 0
    }
}

/// What came of one proof.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Proof {
    pub kind: ProofKind,
    pub what: String,
    pub ok: bool,
    /// How many rows or figures were compared.
    pub checked: u64,
    /// What else is worth knowing: how much is sealed, for instance.
    pub remark: Option<String>,
    pub took_ms: u64,
    pub faults: Found,
    /// True, but odd enough that a person should look.
    pub warnings: Found,
}

impl Proof {
    pub fn begin(kind: ProofKind) -> Self {
        Self {
            kind,
            what: kind.sentence().to_owned(),
            ok: true,
            checked: 0,
            remark: None,
            took_ms: 0,
            faults: Found::default(),
            warnings: Found::default(),
        }
    }

    pub fn finish(mut self, took: Duration) -> Self {
        self.ok = self.faults.is_empty();
        self.took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self
    }
}

/// The roles of the accounts that carry open items.
pub fn control_roles() -> BTreeSet<AccountRole> {
    ItemKind::ALL.iter().map(|kind| kind.control()).collect()
}

/// What a day changed in one currency, on the control accounts or on the open items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayChange {
    pub on: Date,
    pub currency: Currency,
    pub amount_minor: i64,
    pub base_minor: i64,
}

/// A day at whose end control accounts and open items differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ControlGap {
    pub as_of: Date,
    pub currency: Currency,
    /// Amount and base amount.
    pub posted: (i64, i64),
    pub open: (i64, i64),
}

/// Compares both sides at the end of every month that has ended by `today`, at `today`, and with all that is known.
/// Also says how many figures were compared.
pub fn control_gaps(posted: &[DayChange], open: &[DayChange], today: Date) -> (Vec<ControlGap>, u64) {
    let mut days: BTreeMap<Date, Vec<(bool, DayChange)>> = BTreeMap::new();
    for (is_posted, changes) in [(true, posted), (false, open)] {
        for change in changes {
            days.entry(change.on).or_default().push((is_posted, *change));
        }
    }
    let ends: BTreeSet<Date> = days.keys().map(|day| day.last_of_month().min((*day).max(today))).collect();
    let (mut sums, mut gaps, mut compared) = (BTreeMap::<Currency, [i64; 4]>::new(), Vec::new(), 0);
    let mut rest = days.into_iter().peekable();
    for as_of in ends {
        while let Some((_, changes)) = rest.next_if(|(day, _)| *day <= as_of) {
            for (is_posted, change) in changes {
                let sum = sums.entry(change.currency).or_default();
                let side = if is_posted { 0 } else { 2 };
                // A forged amount may be beyond what a sum can hold.
                sum[side] = sum[side].saturating_add(change.amount_minor);
                sum[side + 1] = sum[side + 1].saturating_add(change.base_minor);
            }
        }
        for (&currency, &[amount, base, open, open_base]) in &sums {
            compared += 2;
            if (amount, base) != (open, open_base) {
                gaps.push(ControlGap { as_of, currency, posted: (amount, base), open: (open, open_base) });
            }
        }
    }
    (gaps, compared)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn change(on: &str, amount_minor: i64) -> DayChange {
        DayChange { on: day(on), currency: Currency::EUR, amount_minor, base_minor: amount_minor }
    }

    #[test]
    fn a_gap_is_named_at_every_month_end_that_it_falsifies() {
        let posted = [change("2026-01-10", 100), change("2026-02-05", -40), change("2026-03-02", 10)];
        let open = [change("2026-01-10", 100), change("2026-03-01", -40), change("2026-03-02", 10)];
        // The 40 left the accounts in February and the items in March: only the end of February differs.
        let (gaps, compared) = control_gaps(&posted, &open, day("2026-03-16"));
        assert_eq!(compared, 6);
        assert_eq!(gaps.len(), 1);
        assert_eq!((gaps[0].as_of, gaps[0].posted, gaps[0].open), (day("2026-02-28"), (60, 60), (100, 100)));
    }

    #[test]
    fn the_running_month_is_compared_today_and_what_lies_ahead_on_its_day() {
        let posted = [change("2026-03-10", 5), change("2026-04-20", 1)];
        let (gaps, _) = control_gaps(&posted, &[], day("2026-03-16"));
        let days: Vec<Date> = gaps.iter().map(|gap| gap.as_of).collect();
        assert_eq!(days, [day("2026-03-16"), day("2026-04-20")]);
    }

    #[test]
    fn base_currency_is_compared_too() {
        let posted = [DayChange { base_minor: 89, ..change("2026-01-10", 100) }];
        let open = [DayChange { base_minor: 90, ..change("2026-01-10", 100) }];
        assert_eq!(control_gaps(&posted, &open, day("2026-02-01")).0.len(), 1);
    }

    #[test]
    fn a_hundred_rows_are_listed_and_all_are_counted() {
        let mut found = Found::default();
        for n in 0..150 {
            found.add(Fault { table: "postings", id: n.to_string(), number: None, sentence: String::new() });
        }
        assert_eq!((found.total, found.listed.len()), (150, 100));
    }
}
