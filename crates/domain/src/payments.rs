//! Payments: money that came in, by which way, and what receiving it posts.
//!
//! A payment never says what it is for: that is an allocation (`cash`), which can be undone without touching the payment.

use crate::ledger::Posting;
use kernel::{Currency, Date, FxRate, Money, MoneyError, text_enum};

text_enum! {
    pub enum PaymentMethod {
        Wire = "wire",
        Card = "card",
        Paypal = "paypal",
        DirectDebit = "direct_debit",
        Cheque = "cheque",
        Cash = "cash",
        Other = "other",
    }
}

impl PaymentMethod {
    /// As sentences say it.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Wire => "by wire",
            Self::Card => "by card",
            Self::Paypal => "by PayPal",
            Self::DirectDebit => "by direct debit",
            Self::Cheque => "by cheque",
            Self::Cash => "in cash",
            Self::Other => "by other means",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaymentRefusal {
    #[error("a payment must be more than nothing, not {0}")]
    NotPositive(Money),
    #[error("the fee of {fee} must be less than the payment of {money}")]
    Fee { fee: Money, money: Money },
    #[error("{received_on} has not come yet; today is {today}")]
    Future { received_on: Date, today: Date },
    #[error("{0} is too long ago; is the year right?")]
    LongAgo(Date),
    #[error("the exchange rate must be more than nothing and is 1 for {0}")]
    Rate(Currency),
    #[error("{number} was received on {received_on} and cannot bounce before, on {on}")]
    BouncedBefore { number: String, received_on: Date, on: Date },
    #[error(
        "{number} came with a bank line; post the line by which the bank took it back, or undo the first one on its page at the desk"
    )]
    FromBankLine { number: String },
    #[error("nothing is owed in {currency} that {number} could be used on")]
    NothingOwed { number: String, currency: Currency },
    #[error("{written_off} of {number} were written off; reverse the write-off first")]
    WrittenOff { number: String, written_off: Money },
}

/// Money that came in, as far as the books depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    pub money: Money,
    /// What the bank or provider kept of it; zero for none.
    pub fee: Money,
    pub received_on: Date,
    /// Base currency for one unit of the payment's currency.
    pub fx_rate: FxRate,
    pub base: Currency,
}

/// Where receiving posts.
#[derive(Debug, Clone)]
pub struct ReceiptAccounts<'a> {
    pub bank: &'a str,
    pub fees: &'a str,
    pub unapplied: &'a str,
}

impl Receipt {
    pub fn check(&self, today: Date) -> Result<(), PaymentRefusal> {
        let Self { money, fee, received_on, fx_rate, base } = *self;
        if money.minor() <= 0 {
            return Err(PaymentRefusal::NotPositive(money));
        }
        if fee.currency() != money.currency() || fee.minor() < 0 || fee.minor() >= money.minor() {
            return Err(PaymentRefusal::Fee { fee, money });
        }
        if received_on > today {
            return Err(PaymentRefusal::Future { received_on, today });
        }
        if received_on < Date::EARLIEST {
            return Err(PaymentRefusal::LongAgo(received_on));
        }
        if fx_rate <= FxRate::ZERO || (money.currency() == base && fx_rate != FxRate::ONE) {
            return Err(PaymentRefusal::Rate(money.currency()));
        }
        Ok(())
    }

    pub fn base_minor(&self) -> Result<i64, MoneyError> {
        self.in_base(self.money)
    }

    /// Dr bank with what arrived, Dr fees with what was kept, Cr unapplied cash with the whole.
    pub fn postings(&self, accounts: &ReceiptAccounts<'_>) -> Result<Vec<Posting>, MoneyError> {
        let (whole, kept) = (self.base_minor()?, self.in_base(self.fee)?);
        let leg = |account: &str, money, base_minor| Posting { account: account.to_owned(), money, base_minor };
        Ok(vec![
            leg(accounts.bank, self.money.minus(self.fee)?, whole - kept),
            leg(accounts.fees, self.fee, kept),
            leg(accounts.unapplied, self.money.negated()?, -whole),
        ])
    }

    fn in_base(&self, money: Money) -> Result<i64, MoneyError> {
        if money.currency() == self.base {
            return Ok(money.minor());
        }
        Ok(money.converted(self.fx_rate, self.base)?.minor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::imbalance;

    fn receipt(minor: i64, fee: i64, currency: Currency, rate: &str) -> Receipt {
        Receipt {
            money: Money::new(minor, currency),
            fee: Money::new(fee, currency),
            received_on: "2026-01-10".parse().unwrap(),
            fx_rate: rate.parse().unwrap(),
            base: Currency::EUR,
        }
    }

    #[test]
    fn a_card_payment_arrives_without_its_fee() {
        let accounts = ReceiptAccounts { bank: "1000", fees: "6100", unapplied: "2100" };
        let legs = receipt(10_000, 290, Currency::USD, "0.9").postings(&accounts).unwrap();
        let shown: Vec<_> = legs.iter().map(|leg| (leg.account.as_str(), leg.money.minor(), leg.base_minor)).collect();
        assert_eq!(shown, [("1000", 9_710, 8_739), ("6100", 290, 261), ("2100", -10_000, -9_000)]);
        assert_eq!(imbalance(&legs), None);
    }

    #[test]
    fn refusals_say_the_numbers() {
        let today = "2026-01-31".parse().unwrap();
        let said = |receipt: Receipt| receipt.check(today).unwrap_err().to_string();
        assert_eq!(said(receipt(0, 0, Currency::EUR, "1")), "a payment must be more than nothing, not 0.00 EUR");
        assert_eq!(
            said(receipt(500, 500, Currency::EUR, "1")),
            "the fee of 5.00 EUR must be less than the payment of 5.00 EUR"
        );
        assert!(said(receipt(500, 0, Currency::EUR, "1.1")).contains("is 1 for EUR"));
        let late = Receipt { received_on: "2026-02-01".parse().unwrap(), ..receipt(1, 0, Currency::EUR, "1") };
        assert_eq!(said(late), "2026-02-01 has not come yet; today is 2026-01-31");
    }
}
