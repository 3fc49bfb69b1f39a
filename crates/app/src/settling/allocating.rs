//! Credits are used on debts: whose, from which day, with which differences, and what is told of it.

use super::{Move, NO_ITEM, Paper, Settling, standing, subject_kind};
use crate::{
    approvals,
    catalogue::known_rate,
    context::{Event, Work, new_id},
    error::{Error, Result},
};
use domain::{
    cash::{
        AllocationRequest, CashAccounts, CashRefusal, DifferenceKind, DocumentTaxes, Facts, Settlement,
        TypedDifference, effective_day, settle,
    },
    items::{ItemKind, MovementKind, base_share},
    ledger::{AccountRole, EntryKind, JournalEntry, Posting},
};
use kernel::{AllocationId, CustomerId, Date, FxRate, Money, OpenItemId};
use serde_json::json;
use std::collections::{BTreeMap, HashSet, hash_map::Entry};
use store::cash::{self, AllocationRow};

impl Settling {
    /// Uses a credit on debts, one after the other, and tells the timeline of everybody concerned.
    pub(crate) async fn allocate(
        &mut self,
        work: &mut Work,
        from: OpenItemId,
        on: Option<Date>,
        lines: &[AllocationRequest],
    ) -> Result<Vec<AllocationRow>> {
        let rows = self.allocate_untold(work, from, on, lines).await?;
        self.tell(work, from, &rows)?;
        Ok(rows)
    }

    /// The same for those who tell it later, when they know that nothing is taken back.
    pub(crate) async fn allocate_untold(
        &mut self,
        work: &mut Work,
        from: OpenItemId,
        on: Option<Date>,
        lines: &[AllocationRequest],
    ) -> Result<Vec<AllocationRow>> {
        let first = self.allocations.len();
        let mut seen = HashSet::new();
        for (at, line) in lines.iter().enumerate() {
            if !self.items.contains_key(&line.to) {
                return Err(Error::field(format!("allocations[{at}].to"), NO_ITEM));
            }
            if !seen.insert(line.to) {
                return Err(CashRefusal::Twice(self.item(line.to)?.number.clone()).into());
            }
            self.check_owner(work, from, line.to).await?;
            let on = self.day(work, from, line.to, on)?;
            let rates = self.rates(work, from, line, on).await?;
            self.allocate_one(work, from, line, (on, rates))?;
        }
        Ok(self.allocations[first..].to_vec())
    }

    fn allocate_one(
        &mut self,
        work: &Work,
        from: OpenItemId,
        line: &AllocationRequest,
        (on, rates): (Date, Option<(FxRate, FxRate)>),
    ) -> Result<()> {
        let (credit, debt) = (self.item(from)?, self.item(line.to)?);
        let none = Paper::default();
        let paper = self.documents.get(&debt.document_id).unwrap_or(&none);
        let facts = Facts {
            credit: standing(credit),
            debt: standing(debt),
            steps: debt.discounts.as_ref().map_or(&[], |steps| steps.0.as_slice()),
            grace_days: paper.grace_days,
            paid_on: (credit.kind == ItemKind::Payment).then_some(credit.document_on),
            small_difference_minor: work.company.settings.small_difference_minor,
            rates,
        };
        let settlement = settle(&facts, line)?;
        let postings = self.settlement_postings(work, (credit.kind, debt.kind), &settlement, (line, &paper.taxes))?;
        let id = new_id::<AllocationId>();
        let description = format!("{} on {}", credit.number, debt.number);
        if !settlement.unearned.is_zero() {
            self.give_up(work, line.to, settlement.unearned)?;
        }
        let entry = JournalEntry::new(EntryKind::Allocation, id.0, description, on, postings)?;
        let entry_id = self.post(work, &entry, None);
        let row = AllocationRow {
            company_id: work.company_id(),
            id,
            from_item_id: from,
            to_item_id: line.to,
            from_minor: settlement.from.minor(),
            to_minor: settlement.to.minor(),
            discount_minor: settlement.discount.minor(),
            difference_minor: settlement.difference.minor(),
            difference_kind: line.typed.as_ref().map(|typed| typed.kind),
            fx_gain_minor: settlement.fx_gain_minor,
            effective_on: on,
            recorded_at: work.now,
            recorded_by: work.actor.name(),
            explanation: settlement.explanation.clone(),
            entry_id,
            reversed_on: None,
            reversed_at: None,
            reversed_by: None,
            reversal_entry_id: None,
        };
        self.shift_both(work, &row, &settlement)?;
        self.allocations.push(row);
        Ok(())
    }

    /// Counted per document, so that a large sum cannot pass in instalments.
    fn give_up(&mut self, work: &Work, item: OpenItemId, unearned: Money) -> Result<()> {
        let held = self.items.get_mut(&item).ok_or(Error::NotFound("open item"))?;
        let (document, number) = (held.row.document_id, held.row.number.clone());
        held.given_up.0 += unearned.minor();
        held.given_up.1 += base_share(unearned.minor(), held.row.open_minor, held.row.open_base_minor);
        let parts = || self.items.values().filter(|held| held.row.document_id == document).map(|held| held.given_up);
        if approvals::needed(work, parts().map(|part| part.1).sum()) {
            let unearned = Money::new(parts().map(|part| part.0).sum(), unearned.currency());
            return Err(CashRefusal::UnearnedTooLarge { number, unearned }.into());
        }
        Ok(())
    }

    fn settlement_postings(
        &self,
        work: &Work,
        (credit, debt): (ItemKind, ItemKind),
        settlement: &Settlement,
        (line, taxes): (&AllocationRequest, &DocumentTaxes),
    ) -> Result<Vec<Posting>> {
        let account = |role| self.books.account(role);
        let (credit, debt) = (account(credit.control())?, account(debt.control())?);
        let (discounts, differences) = (account(AccountRole::Discounts)?, self.difference_account(line)?);
        let (fx_result, fx_clearing) = (account(AccountRole::FxResult)?, account(AccountRole::FxClearing)?);
        let accounts = CashAccounts {
            credit: &credit,
            debt: &debt,
            discounts: &discounts,
            differences: &differences,
            fx_result: &fx_result,
            fx_clearing: &fx_clearing,
        };
        Ok(settlement.postings(&accounts, taxes, work.company.currency)?)
    }

    fn difference_account(&self, line: &AllocationRequest) -> Result<String> {
        match &line.typed {
            Some(TypedDifference { account: Some(account), .. }) => Ok(account.clone()),
            Some(typed) if typed.kind == DifferenceKind::Exchange => self.books.account(AccountRole::FxResult),
            _ => self.books.account(AccountRole::Differences),
        }
    }

    fn shift_both(&mut self, work: &Work, made: &AllocationRow, settled: &Settlement) -> Result<()> {
        let (from, to, on) = (made.from_item_id, made.to_item_id, made.effective_on);
        let (entry, cause) = (made.entry_id, Some(made.id.0));
        let paid = (MovementKind::Allocated, -settled.to.minor(), -settled.paid_base_minor());
        let discount = (MovementKind::Discount, -settled.discount.minor(), -settled.discount_base_minor);
        let difference = (MovementKind::Difference, -settled.difference.minor(), -settled.difference_base_minor);
        let used = (MovementKind::Allocated, settled.from.minor(), settled.from_base_minor);
        for (item, (kind, amount_minor, base_minor)) in [(from, used), (to, paid), (to, discount), (to, difference)] {
            if amount_minor != 0 {
                self.shift(work, Move { item, kind, on, amount_minor, base_minor, entry, cause })?;
            }
        }
        Ok(())
    }

    fn day(&self, work: &Work, from: OpenItemId, to: OpenItemId, on: Option<Date>) -> Result<Date> {
        let (credit, debt) = (self.held(from)?, self.held(to)?);
        let sides = [(credit.row.number.as_str(), credit.since), (debt.row.number.as_str(), debt.since)];
        Ok(effective_day(on, credit.row.document_on, sides, work.today)?)
    }

    /// A customer's money pays its own debts, its group's, and those of whom it is the payer.
    async fn check_owner(&mut self, work: &mut Work, from: OpenItemId, to: OpenItemId) -> Result<()> {
        let (payer, owner) = (self.item(from)?.customer_id, self.item(to)?.customer_id);
        if payer == owner {
            return Ok(());
        }
        let company = work.company_id();
        if let Entry::Vacant(unknown) = self.pays_for.entry(payer) {
            unknown.insert(cash::pays_for(&mut work.tx, company, payer).await?.into_iter().collect());
        }
        if self.pays_for.get(&payer).is_some_and(|all| all.contains(&owner)) {
            return Ok(());
        }
        let names = cash::customer_names(&mut work.tx, company, &[payer, owner]).await?;
        let name = |id| names.iter().find(|name| name.id == id).map_or_else(String::new, |name| name.name.clone());
        let number = self.item(to)?.number.clone();
        Err(CashRefusal::NotTheirs { number, owner: name(owner), payer: name(payer) }.into())
    }

    /// The day's rates of credit and debt, where they are in two currencies and one amount is to be found by them.
    async fn rates(
        &self,
        work: &mut Work,
        from: OpenItemId,
        line: &AllocationRequest,
        on: Date,
    ) -> Result<Option<(FxRate, FxRate)>> {
        let (credit, debt) = (self.item(from)?.currency, self.item(line.to)?.currency);
        if credit == debt || (line.amount.is_some() && line.from_amount.is_some()) {
            return Ok(None);
        }
        let credit = known_rate(work, credit, on).await?;
        let debt = known_rate(work, debt, on).await?;
        Ok(credit.zip(debt))
    }

    pub(crate) fn tell(&self, work: &mut Work, from: OpenItemId, rows: &[AllocationRow]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let credit = self.item(from)?;
        let mut by_owner: BTreeMap<CustomerId, Vec<&AllocationRow>> = BTreeMap::new();
        by_owner.entry(credit.customer_id).or_default().extend(rows);
        for row in rows {
            let owner = self.item(row.to_item_id)?.customer_id;
            if owner != credit.customer_id {
                by_owner.entry(owner).or_default().push(row);
            }
        }
        for (customer, rows) in by_owner {
            let mut parts = Vec::new();
            for row in &rows {
                let debt = self.item(row.to_item_id)?;
                parts.push(format!("{} ({})", debt.number, Money::new(row.to_minor, debt.currency)));
            }
            let made: Vec<_> = rows.iter().map(|row| json!({"id": row.id, "to": row.to_item_id})).collect();
            work.record(Event {
                action: "cash.allocated",
                subject_kind: subject_kind(credit),
                subject_id: credit.document_id,
                customer: Some(customer),
                summary: format!("{} was used on {}", credit.number, parts.join(", ")),
                before: None,
                after: Some(json!({ "allocations": made })),
            });
        }
        Ok(())
    }
}
