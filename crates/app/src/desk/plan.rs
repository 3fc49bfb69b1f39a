//! What is to be posted of a line: debts with what they get, credit notes beside the money, fee and rest.
//!
//! A proposal of the engine and the hand of a clerk become the same plan, and a plan is exact: what the debts get is what
//! arrived, plus the fee, plus the credit notes, less the rest. Nothing here reads or saves.

use crate::error::{Error, Result};
use domain::{
    cash::{AllocationRequest, DifferenceKind, DiscountChoice, TypedDifference},
    desk::PostingPolicy,
    items::base_share,
};
use kernel::{Currency, CustomerId, Money, OpenItemId, allocate};
use matching::{Allocation, Covers, Difference, Proposal};
use std::collections::HashMap;

/// One debt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DebtPart {
    pub item: OpenItemId,
    /// In money and credit notes together.
    pub minor: i64,
    pub discount_minor: i64,
    /// Closed beside the money.
    pub typed: Option<(DifferenceKind, i64)>,
    /// The rest stays open.
    pub is_part: bool,
}

/// One credit note, with how much of it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CreditPart {
    pub item: OpenItemId,
    pub minor: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub customer: CustomerId,
    /// Of the debts and of every amount here.
    pub currency: Currency,
    /// What arrived, or what the payer sent.
    pub arrived_minor: i64,
    /// What the account got for it, where the payer sent another currency.
    pub account: Option<Money>,
    /// What the bank kept of it.
    pub fee_minor: i64,
    pub debts: Vec<DebtPart>,
    pub credits: Vec<CreditPart>,
}

/// Why a proposal cannot be posted as it stands: a defect, not a matter for the clerk.
fn unfit(why: &str) -> Error {
    Error::Refused(format!("This proposal cannot be posted as it is ({why}); say by hand what is paid."))
}

impl Plan {
    /// `arrived` is the money that the proposal is about; `account` what the account got, where that is another.
    pub(super) fn of_proposal(proposal: &Proposal, (arrived, account): (Money, Option<Money>)) -> Result<Self> {
        let customer = proposal.customer.parse().map_err(Error::broken)?;
        let mut reasons = HashMap::new();
        let mut exchange = 0;
        for difference in &proposal.differences {
            match difference {
                Difference::DiscountEarned { item, minor } => {
                    reasons.insert(item, (DifferenceKind::DiscountEarned, *minor))
                }
                Difference::DiscountUnearned { item, minor } => {
                    reasons.insert(item, (DifferenceKind::DiscountUnearned, *minor))
                }
                Difference::Deduction { item, minor, .. } => reasons.insert(item, (DifferenceKind::Deduction, *minor)),
                Difference::WithholdingTax { item, minor } => {
                    reasons.insert(item, (DifferenceKind::WithholdingTax, *minor))
                }
                Difference::Rounding { item, minor } => reasons.insert(item, (DifferenceKind::Rounding, *minor)),
                Difference::Exchange { minor } => {
                    exchange = *minor;
                    None
                }
                Difference::BankFee { .. } | Difference::Overpayment { .. } | Difference::PartPayment { .. } => None,
            };
        }
        let (mut debts, mut credits) = (Vec::new(), Vec::new());
        for allocation in &proposal.allocations {
            let item: OpenItemId = allocation.item.parse().map_err(Error::broken)?;
            if allocation.minor < 0 {
                credits.push(CreditPart { item, minor: -allocation.minor });
            } else {
                debts.push(debt(item, allocation, reasons.get(&allocation.item).copied()));
            }
        }
        let mut plan = Self {
            customer,
            currency: arrived.currency(),
            arrived_minor: arrived.minor(),
            account,
            fee_minor: proposal.fee_minor,
            debts,
            credits,
        };
        plan.lose_in_exchange(exchange)?;
        if plan.rest_minor() < 0 || plan.debts.iter().any(|debt| debt.minor <= 0) {
            return Err(unfit("its sums do not meet"));
        }
        Ok(plan)
    }

    /// What the exchange of currencies took is a difference of the largest debt; what it gave stays on account.
    fn lose_in_exchange(&mut self, minor: i64) -> Result<()> {
        if minor <= 0 {
            return Ok(());
        }
        let bearer = self.debts.iter_mut().filter(|debt| debt.typed.is_none() && debt.minor > minor);
        let bearer = bearer
            .max_by_key(|debt| (debt.minor, debt.item))
            .ok_or_else(|| unfit("the exchange took more than a debt"))?;
        bearer.minor -= minor;
        bearer.typed = Some((DifferenceKind::Exchange, minor));
        Ok(())
    }

    /// What stays on account.
    pub(super) fn rest_minor(&self) -> i64 {
        let debts: i64 = self.debts.iter().map(|debt| debt.minor).sum();
        let credits: i64 = self.credits.iter().map(|credit| credit.minor).sum();
        self.arrived_minor + self.fee_minor + credits - debts
    }

    /// The items in the engine's words, so that it can learn from them.
    pub(super) fn allocations(&self) -> Vec<Allocation> {
        let covers = |debt: &DebtPart| match debt {
            DebtPart { is_part: true, .. } => Covers::Part,
            DebtPart { discount_minor: 0, typed: None, .. } => Covers::Full,
            _ => Covers::Reduced,
        };
        let debts = self.debts.iter().map(|debt| Allocation {
            item: debt.item.to_string(),
            minor: debt.minor,
            covers: covers(debt),
        });
        let credits = self.credits.iter().map(|credit| Allocation {
            item: credit.item.to_string(),
            minor: -credit.minor,
            covers: Covers::Part,
        });
        debts.chain(credits).collect()
    }

    /// Takes the plan apart: what each credit note pays, and then what the money pays.
    pub(super) fn requests(&self, policy: &PostingPolicy) -> Requests {
        let mut left: Vec<i64> = self.debts.iter().map(|debt| debt.minor).collect();
        let mut nettings = Vec::new();
        for credit in &self.credits {
            let (mut unused, mut lines) = (credit.minor, Vec::new());
            for (debt, left) in self.debts.iter().zip(&mut left) {
                let used = unused.min(*left);
                if used > 0 {
                    (unused, *left) = (unused - used, *left - used);
                    lines.push(self.request(debt, used, *left == 0, policy));
                }
            }
            nettings.push((credit.item, lines));
        }
        let paid = self.debts.iter().zip(left).filter(|(_, left)| *left > 0);
        let mut money: Vec<AllocationRequest> =
            paid.map(|(debt, left)| self.request(debt, left, true, policy)).collect();
        self.share(&mut money);
        Requests { nettings, money }
    }

    /// The payment in the account's currency, with the bank's fee in it, and that fee.
    pub(super) fn payment(&self) -> (Money, Money) {
        let Some(account) = self.account else {
            let gross = Money::new(self.arrived_minor + self.fee_minor, self.currency);
            return (gross, Money::new(self.fee_minor, self.currency));
        };
        let fee = base_share(self.fee_minor, self.arrived_minor, account.minor());
        (Money::new(account.minor() + fee, account.currency()), Money::new(fee, account.currency()))
    }

    /// Where the account got another currency, each debt takes its share of it.
    fn share(&self, requests: &mut [AllocationRequest]) {
        if self.account.is_none() {
            return;
        }
        let (gross, _) = self.payment();
        let amounts = requests.iter().map(|request| request.amount.map_or(0, Money::minor));
        let weights: Vec<i64> = amounts.chain([self.rest_minor()]).collect();
        for (request, minor) in requests.iter_mut().zip(allocate(gross.minor(), &weights)) {
            request.from_amount = Some(Money::new(minor, gross.currency()));
        }
    }

    /// The last one to pay a debt also closes what is closed beside the money.
    fn request(&self, debt: &DebtPart, minor: i64, is_last: bool, policy: &PostingPolicy) -> AllocationRequest {
        let money = |minor| Money::new(minor, self.currency);
        let typed = debt.typed.filter(|(_, minor)| is_last && *minor > 0);
        AllocationRequest {
            amount: Some(money(minor)),
            discount: match debt.discount_minor {
                1.. if is_last => DiscountChoice::Exactly(money(debt.discount_minor)),
                _ => DiscountChoice::None,
            },
            typed: typed.map(|(kind, minor)| TypedDifference {
                kind,
                money: money(minor),
                account: policy.differences.of(kind).account.clone(),
            }),
            ..AllocationRequest::of(debt.item)
        }
    }
}

/// What is allocated: of credit notes, and of the money.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Requests {
    pub nettings: Vec<(OpenItemId, Vec<AllocationRequest>)>,
    pub money: Vec<AllocationRequest>,
}

fn debt(item: OpenItemId, allocation: &Allocation, reason: Option<(DifferenceKind, i64)>) -> DebtPart {
    let reduced = reason.filter(|_| allocation.covers == Covers::Reduced);
    let is_discount = |(kind, _): &(DifferenceKind, i64)| {
        matches!(kind, DifferenceKind::DiscountEarned | DifferenceKind::DiscountUnearned)
    };
    DebtPart {
        item,
        minor: allocation.minor,
        discount_minor: reduced.filter(is_discount).map_or(0, |(_, minor)| minor),
        typed: reduced.filter(|reason| !is_discount(reason)),
        is_part: allocation.covers == Covers::Part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app_test::*;

    mod app_test {
        use super::*;
        use uuid::Uuid;

        pub(super) fn item(n: u128) -> OpenItemId {
            OpenItemId(Uuid::from_u128(n))
        }

        pub(super) fn allocation(n: u128, minor: i64, covers: Covers) -> Allocation {
            Allocation { item: item(n).to_string(), minor, covers }
        }

        pub(super) fn proposal(allocations: Vec<Allocation>, differences: Vec<Difference>) -> Proposal {
            Proposal {
                customer: Uuid::nil().to_string(),
                allocations,
                unapplied_minor: 0,
                fee_minor: 0,
                differences,
                probability: 1.0,
                why: String::new(),
            }
        }

        pub(super) fn eur(minor: i64) -> Money {
            Money::new(minor, Currency::EUR)
        }
    }

    #[test]
    fn a_credit_note_pays_first_and_the_money_the_rest() {
        // 845.17 and 200.00 less a credit note of 900.00: 145.17 arrive.
        let proposal = proposal(
            vec![
                allocation(1, 84_517, Covers::Full),
                allocation(2, 20_000, Covers::Full),
                allocation(3, -90_000, Covers::Full),
            ],
            vec![],
        );
        let plan = Plan::of_proposal(&proposal, (eur(14_517), None)).unwrap();
        assert_eq!(plan.rest_minor(), 0);
        let requests = plan.requests(&PostingPolicy::default());
        let amounts =
            |lines: &[AllocationRequest]| lines.iter().map(|l| (l.to, l.amount.unwrap().minor())).collect::<Vec<_>>();
        assert_eq!(requests.nettings.len(), 1);
        assert_eq!(amounts(&requests.nettings[0].1), [(item(1), 84_517), (item(2), 5_483)]);
        assert_eq!(amounts(&requests.money), [(item(2), 14_517)]);
    }

    #[test]
    fn what_is_closed_beside_the_money_goes_with_the_last_payment_of_a_debt() {
        let reduced = allocation(1, 9_800, Covers::Reduced);
        let discount = Difference::DiscountEarned { item: item(1).to_string(), minor: 200 };
        let credit = allocation(2, -800, Covers::Full);
        let plan = Plan::of_proposal(&proposal(vec![reduced, credit], vec![discount]), (eur(9_000), None)).unwrap();
        let requests = plan.requests(&PostingPolicy::default());
        assert_eq!(requests.nettings[0].1[0].discount, DiscountChoice::None);
        assert_eq!(requests.money[0].discount, DiscountChoice::Exactly(eur(200)));
        assert_eq!(requests.money[0].amount, Some(eur(9_000)));
    }

    #[test]
    fn the_exchange_takes_from_the_largest_debt_and_gives_to_the_account() {
        let both = || vec![allocation(1, 5_000, Covers::Full), allocation(2, 9_000, Covers::Full)];
        let lost = Plan::of_proposal(&proposal(both(), vec![Difference::Exchange { minor: 30 }]), (eur(13_970), None))
            .unwrap();
        assert_eq!((lost.debts[1].minor, lost.debts[1].typed), (8_970, Some((DifferenceKind::Exchange, 30))));
        assert_eq!(lost.rest_minor(), 0);
        let won = Plan::of_proposal(&proposal(both(), vec![Difference::Exchange { minor: -30 }]), (eur(14_030), None))
            .unwrap();
        assert_eq!(won.rest_minor(), 30);
    }

    #[test]
    fn dollars_that_the_bank_exchanged_pay_dollars() {
        // 1,000.00 USD were sent for 600.00 and 300.00; the account got 920.00 EUR: 552.00, 276.00 and 92.00 on account.
        let usd = |minor| Money::new(minor, Currency::USD);
        let both = vec![allocation(1, 60_000, Covers::Full), allocation(2, 30_000, Covers::Full)];
        let plan = Plan::of_proposal(&proposal(both, vec![]), (usd(100_000), Some(eur(92_000)))).unwrap();
        assert_eq!((plan.payment(), plan.rest_minor()), ((eur(92_000), eur(0)), 10_000));
        let money = plan.requests(&PostingPolicy::default()).money;
        let amounts: Vec<_> = money.iter().map(|line| (line.amount.unwrap(), line.from_amount.unwrap())).collect();
        assert_eq!(amounts, [(usd(60_000), eur(55_200)), (usd(30_000), eur(27_600))]);
    }

    #[test]
    fn a_proposal_whose_sums_do_not_meet_is_not_posted() {
        let short = proposal(vec![allocation(1, 10_000, Covers::Full)], vec![]);
        assert!(Plan::of_proposal(&short, (eur(9_999), None)).is_err());
    }
}
