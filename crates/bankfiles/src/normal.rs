//! The normalised form as JSON: the same names for every format, amounts as text, nothing left out that was read.
//!
//! `account`, `currency`, `opening`, `closing` and `lines` always stand there, `null` when the bank did not say; the
//! other fields only when they have a value.

use crate::{Amount, Balance, BankLine, BankStatement, Batch, Charge, Details, Exchange, Extras, NamedBalance, Status};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// One JSON object under construction; writes only what is there.
struct Object<S: SerializeMap>(S);

impl<S: SerializeMap> Object<S> {
    fn always<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), S::Error> {
        self.0.serialize_entry(name, value)
    }

    fn some<T: Serialize>(&mut self, name: &str, value: &Option<T>) -> Result<(), S::Error> {
        value.as_ref().map_or(Ok(()), |value| self.0.serialize_entry(name, value))
    }

    fn list<T: Serialize>(&mut self, name: &str, values: &[T]) -> Result<(), S::Error> {
        if values.is_empty() { Ok(()) } else { self.0.serialize_entry(name, values) }
    }

    fn extras(&mut self, extras: &Extras) -> Result<(), S::Error> {
        extras.iter().try_for_each(|(name, value)| self.0.serialize_entry(name, value))
    }

    fn amount(&mut self, amount: Option<Amount>) -> Result<(), S::Error> {
        self.always("amount", &amount.map(|amount| amount.decimal.to_string()))?;
        let minor = amount.and_then(Amount::minor_exact);
        self.always("amount_minor", &minor.map(|minor| minor.to_string()))?;
        self.always("currency", &amount.and_then(|amount| amount.currency).map(|code| code.to_string()))
    }

    fn details(&mut self, details: &Details) -> Result<(), S::Error> {
        self.some("instruction_id", &details.instruction_id)?;
        self.some("transaction_id", &details.transaction_id)?;
        self.some("mandate_id", &details.mandate_id)?;
        self.some("creditor_id", &details.creditor_id)?;
        self.some("check_number", &details.cheque_number)?;
        self.list("structured_references", &details.structured_references)?;
        self.list("documents", &details.documents)?;
        self.some("additional_info", &details.additional_info)?;
        self.some("counterparty_bank", &details.counterparty.bank)?;
        self.some("ultimate_counterparty", &details.ultimate_counterparty)?;
        self.some("purpose_code", &details.purpose)?;
        self.some("reason_code", &details.return_reason)?;
        self.list("charges", &details.charges)?;
        self.some("exchange", &details.exchange)
    }
}

impl Serialize for BankStatement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object(serializer.serialize_map(None)?);
        object.always("account", &self.account)?;
        object.always("currency", &self.currency.map(|code| code.to_string()))?;
        object.always("opening", &self.opening)?;
        object.always("closing", &self.closing)?;
        object.always("lines", &self.lines)?;
        object.some("statement_id", &self.id)?;
        object.some("statement_number", &self.number)?;
        object.some("sequence", &self.sequence)?;
        object.some("account_owner", &self.account_owner)?;
        object.some("bank_id", &self.bank)?;
        object.some("available", &self.available)?;
        object.list("balances", &self.balances)?;
        object.extras(&self.extras)?;
        let warnings: Vec<_> = self.warnings.iter().map(ToString::to_string).collect();
        object.list("warnings", &warnings)?;
        object.0.end()
    }
}

impl Serialize for BankLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object(serializer.serialize_map(None)?);
        object.always("date", &self.booked_on)?;
        object.always("value_date", &self.value_on)?;
        object.amount(self.amount)?;
        object.always("reference", &self.reference)?;
        object.always("end_to_end_id", &self.payment.end_to_end_id)?;
        object.always("remittance", &self.payment.remittance)?;
        object.always("counterparty_name", &self.payment.counterparty.name)?;
        object.always("counterparty_account", &self.payment.counterparty.account)?;
        if self.status != Status::Booked {
            object.always("entry_status", self.status.as_str())?;
        }
        if self.is_reversal {
            object.always("reversal", &true)?;
        }
        object.some("bank_reference", &self.bank_reference)?;
        object.some("type", &self.code)?;
        object.details(&self.payment)?;
        object.some("batch", &self.batch)?;
        object.list("details", &self.details)?;
        object.extras(&self.extras)?;
        object.0.end()
    }
}

impl Status {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Pending => "pending",
            Self::Information => "information",
        }
    }
}

impl Serialize for Details {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object(serializer.serialize_map(None)?);
        if self.amount.is_some() {
            object.amount(self.amount)?;
        }
        object.some("bank_reference", &self.bank_reference)?;
        object.some("end_to_end_id", &self.end_to_end_id)?;
        object.some("remittance", &self.remittance)?;
        object.some("counterparty_name", &self.counterparty.name)?;
        object.some("counterparty_account", &self.counterparty.account)?;
        object.details(self)?;
        object.0.end()
    }
}

impl Serialize for Balance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object(serializer.serialize_map(None)?);
        object.amount(Some(self.amount))?;
        object.always("date", &self.date)?;
        object.0.end()
    }
}

impl Serialize for NamedBalance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object(serializer.serialize_map(None)?);
        object.always("type", &self.code)?;
        object.amount(Some(self.balance.amount))?;
        object.always("date", &self.balance.date)?;
        object.0.end()
    }
}

impl Serialize for Charge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object(serializer.serialize_map(None)?);
        object.amount(Some(self.amount))?;
        object.always("included", &self.is_included)?;
        object.some("type", &self.kind)?;
        object.0.end()
    }
}

impl Serialize for Exchange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object(serializer.serialize_map(None)?);
        if self.instructed.is_some() {
            object.amount(self.instructed)?;
        }
        object.some("rate", &self.rate.map(|rate| rate.to_string()))?;
        object.some("from", &self.from.map(|code| code.to_string()))?;
        object.some("to", &self.to.map(|code| code.to_string()))?;
        object.0.end()
    }
}

impl Serialize for Batch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object(serializer.serialize_map(None)?);
        object.some("message_id", &self.message_id)?;
        object.some("payment_information_id", &self.payment_information_id)?;
        object.some("count", &self.count)?;
        if self.total.is_some() {
            object.amount(self.total)?;
        }
        object.0.end()
    }
}
