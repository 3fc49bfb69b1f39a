//! Using what is left of a payment on its customer's oldest debts: what a clerk does with a round sum that names nothing.

use super::item_of;
use crate::{
    context::{App, Caller},
    error::{Error, Result},
    settling::Settling,
};
use domain::{
    cash::{AllocationRequest, CashRefusal, DiscountChoice},
    payments::PaymentRefusal,
    users::Permission,
};
use kernel::PaymentId;
use store::{
    cash::AllocationRow,
    items::{self, OpenItemRow},
    payments,
};

/// Pays the customer's own debts in the payment's currency, the earliest due first, until nothing is left of either. It
/// takes no discount and settles no difference: those somebody decides.
pub async fn use_on_oldest(app: &App, caller: &Caller, id: PaymentId) -> Result<Vec<AllocationRow>> {
    let mut work = app.work(caller, Permission::AllocateCash).await?;
    let company = work.company_id();
    let payment = payments::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("payment"))?;
    let credit = item_of(&mut work, &payment).await?;
    if credit.open_minor >= 0 {
        return Err(CashRefusal::NothingOpen(payment.number).into());
    }
    let open = items::open_of_customer(&mut work.tx, company, payment.customer_id).await?;
    let requests = oldest_first(&credit, &open);
    if requests.is_empty() {
        return Err(PaymentRefusal::NothingOwed { number: payment.number, currency: payment.currency }.into());
    }
    let mut settling = Settling::open(&mut work).await?;
    settling.load(&mut work, &[credit.id]).await?;
    settling.load_debts(&mut work, &requests).await?;
    let rows = settling.allocate(&mut work, credit.id, None, &requests).await?;
    settling.save(&mut work).await?;
    work.commit().await?;
    Ok(rows)
}

/// As many debts as the money reaches; `open` comes earliest due first.
fn oldest_first(credit: &OpenItemRow, open: &[OpenItemRow]) -> Vec<AllocationRequest> {
    let mut left = -credit.open_minor;
    let mut requests = Vec::new();
    for debt in open.iter().filter(|item| item.open_minor > 0 && item.currency == credit.currency) {
        if left <= 0 {
            break;
        }
        left -= debt.open_minor;
        requests.push(AllocationRequest {
            to: debt.id,
            amount: None,
            from_amount: None,
            discount: DiscountChoice::None,
            settle_difference: false,
            typed: None,
        });
    }
    requests
}
