//! What a person may give up of debts with a bank line: fee, discounts, deductions, tax, lost cents, exchange.
//!
//! Asked of the finished plan, whether it was proposed or typed. Only reads. The policy's limit of each kind binds, per
//! document, who may not approve; what is given up beyond a fee and an earned discount needs the right to write off, and
//! the sum of it above the company's limit a second person, as a write-off does.

use super::plan::Plan;
use crate::{
    approvals,
    context::Work,
    error::{Error, Result},
};
use domain::{
    cash::DifferenceKind,
    desk::{DeskRefusal, PostingPolicy},
    items::base_share,
    terms::full_discount,
    users::Permission,
};
use kernel::{Date, Money, OpenItemId};
use store::{
    desk::facts,
    items::{self, OpenItemRow},
};
use uuid::Uuid;

/// Days after a discount's last one on which the engine still takes it as earned.
const GRACE_DAYS: u16 = 3;
const WHOLE_BASIS_POINTS: i128 = 10_000;

/// What of a document no money pays, for one reason.
struct GivenUp {
    document: Uuid,
    kind: DifferenceKind,
    minor: i64,
    base_minor: i64,
}

pub(super) async fn check(work: &mut Work, policy: &PostingPolicy, plan: &Plan, paid_on: Date) -> Result<()> {
    let money = |minor| Money::new(minor, plan.currency);
    let may_exceed = work.permissions.contains(&Permission::Approve);
    let (mut all, mut base_minor) = (0, 0);
    for GivenUp { kind, minor, base_minor: base, .. } in given_up(work, plan, paid_on).await? {
        let limit = policy.differences.of(kind).limit_of(plan.arrived_minor).filter(|limit| minor > *limit);
        match limit {
            Some(limit) if !may_exceed => {
                let (kind, asked, limit) = (kind.label(), money(minor), money(limit));
                return Err(DeskRefusal::AboveLimit { kind, asked, limit }.into());
            }
            None if matches!(kind, DifferenceKind::BankFee | DifferenceKind::DiscountEarned) => {}
            Some(_) | None => {
                all += minor;
                base_minor += base;
            }
        }
    }
    if all > 0 && !work.permissions.contains(&Permission::WriteOff) {
        return Err(Error::Forbidden(Permission::WriteOff));
    }
    if approvals::needed(work, base_minor) {
        return Err(DeskRefusal::NeedsSecondPerson { money: money(all) }.into());
    }
    Ok(())
}

async fn given_up(work: &mut Work, plan: &Plan, paid_on: Date) -> Result<Vec<GivenUp>> {
    let ids: Vec<OpenItemId> = plan.debts.iter().map(|debt| debt.item).collect();
    let company = work.company_id();
    let is_whole =
        plan.fee_minor == 0 && plan.debts.iter().all(|debt| debt.discount_minor == 0 && debt.typed.is_none());
    if is_whole || ids.is_empty() {
        let (document, kind, minor) = (Uuid::nil(), DifferenceKind::BankFee, plan.fee_minor);
        return Ok((minor > 0).then_some(GivenUp { document, kind, minor, base_minor: minor }).into_iter().collect());
    }
    let rows = items::by_ids(&mut work.tx, company, &ids).await?;
    let mut given: Vec<GivenUp> = Vec::new();
    // Instalments of a document count together, so that none of them is a slice of something larger.
    let mut give = |row: &OpenItemRow, kind, minor: i64| {
        let (document, base_minor) = (row.document_id, base_share(minor, row.amount_minor, row.base_minor));
        match given.iter_mut().find(|part| (part.document, part.kind) == (document, kind)) {
            _ if minor <= 0 => {}
            Some(part) => {
                part.minor += minor;
                part.base_minor += base_minor;
            }
            None => given.push(GivenUp { document, kind, minor, base_minor }),
        }
    };
    if let Some(first) = rows.first() {
        give(first, DifferenceKind::BankFee, plan.fee_minor);
    }
    for debt in &plan.debts {
        let row = rows.iter().find(|row| row.id == debt.item).ok_or(Error::NotFound("open item"))?;
        if debt.discount_minor > 0 {
            let earned = earned_minor(work, row, paid_on).await?.min(debt.discount_minor);
            give(row, DifferenceKind::DiscountEarned, earned);
            give(row, DifferenceKind::DiscountUnearned, debt.discount_minor - earned);
        }
        if let Some((kind, minor)) = debt.typed {
            give(row, kind, minor);
        }
    }
    Ok(given)
}

/// The largest discount that the terms grant for this day, or that was agreed with the customer.
async fn earned_minor(work: &mut Work, row: &OpenItemRow, paid_on: Date) -> Result<i64> {
    let open = Money::new(row.open_minor, row.currency);
    let steps = row.discounts.as_ref().map_or(&[][..], |steps| steps.as_slice());
    let by_terms = full_discount(steps, paid_on, open, GRACE_DAYS).map_err(Error::broken)?.minor();
    let company = work.company_id();
    let profile = facts::profile(&mut work.tx, company, row.customer_id).await?;
    let points = profile.and_then(|profile| profile.agreed_discount_basis_points).unwrap_or(0);
    let product = i128::from(open.minor()) * i128::from(points);
    let agreed = (product + WHOLE_BASIS_POINTS / 2) / WHOLE_BASIS_POINTS;
    Ok(by_terms.max(i64::try_from(agreed).unwrap_or(0)))
}
