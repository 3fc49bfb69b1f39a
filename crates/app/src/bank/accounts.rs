//! Whose account each statement of a file is of: what the file says, else what the clerk chose. A statement without lines
//! of an account that is none of ours is left out: banks add accounts that are never used.

use super::{ReceiveFile, reading::Statements, refused};
use crate::{
    context::Work,
    error::{Error, Result},
};
use bankfiles::BankStatement;
use domain::bank::{BankRefusal, is_account};
use store::companies::{self, BankAccountRow};

/// One account per statement that is kept, in their order.
pub(super) async fn find(work: &mut Work, file: &ReceiveFile, read: &mut Statements) -> Result<Vec<BankAccountRow>> {
    let company = work.company_id();
    let rows = companies::bank_accounts(&mut work.tx, company).await?;
    let ours: Vec<BankAccountRow> = rows.into_iter().filter(|account| account.archived_at.is_none()).collect();
    let chosen = match file.bank_account {
        Some(id) => Some(ours.iter().find(|account| account.id == id).ok_or(Error::NotFound("bank account"))?),
        None => None,
    };
    let search = Search { file, ours: &ours, chosen, company: &work.company.name };
    let mut accounts = vec![];
    let all = std::mem::take(&mut read.statements).into_iter().zip(std::mem::take(&mut read.fingerprints));
    for (statement, fingerprints) in all {
        let is_empty = statement.lines.is_empty();
        match search.account(&statement) {
            Ok(account) => {
                accounts.push(account.clone());
                read.statements.push(statement);
                read.fingerprints.push(fingerprints);
            }
            Err(_) if is_empty => {
                let account = statement.account.unwrap_or_default();
                read.warnings.push(format!("the statement of {account} has no lines and is of no account of ours"));
            }
            Err(error) => return Err(error),
        }
    }
    if accounts.is_empty() {
        return Err(refused("file", &BankRefusal::Nothing { name: file.name.clone() }));
    }
    Ok(accounts)
}

struct Search<'a> {
    file: &'a ReceiveFile,
    ours: &'a [BankAccountRow],
    chosen: Option<&'a BankAccountRow>,
    company: &'a str,
}

impl<'a> Search<'a> {
    fn account(&self, statement: &BankStatement) -> Result<&'a BankAccountRow> {
        let name = || self.file.name.clone();
        let stated = statement.extras.get("iban").or(statement.account.as_deref()).filter(|text| !text.is_empty());
        let account = match (stated.map(|stated| (stated, self.named(stated, statement))), self.chosen) {
            (Some((stated, Some(found))), Some(chosen)) if found.id != chosen.id => {
                let (found, chosen) = (found.name.clone(), chosen.name.clone());
                let refusal = BankRefusal::OtherAccount { name: name(), stated: stated.to_owned(), found, chosen };
                return Err(refused("bank_account", &refusal));
            }
            (Some((_, Some(found))), _) => found,
            (_, Some(chosen)) => chosen,
            (Some((stated, None)), None) => {
                let (account, company) = (stated.to_owned(), self.company.to_owned());
                return Err(refused("bank_account", &BankRefusal::UnknownAccount { name: name(), account, company }));
            }
            (None, None) => match self.ours {
                [only] => only,
                _ => return Err(refused("bank_account", &BankRefusal::NoAccount { name: name() })),
            },
        };
        self.check_currency(statement, account)
    }

    /// The one account that the bank's words fit; where several do, the one in the statement's currency.
    fn named(&self, stated: &str, statement: &BankStatement) -> Option<&'a BankAccountRow> {
        let fits =
            |account: &&BankAccountRow| is_account(stated, account.iban.as_deref(), account.account_number.as_deref());
        let found: Vec<&BankAccountRow> = self.ours.iter().filter(fits).collect();
        let currency = statement.currency.and_then(bankfiles::CurrencyCode::known);
        match found.as_slice() {
            [only] => Some(only),
            several => several.iter().find(|account| Some(account.currency) == currency).copied(),
        }
    }

    fn check_currency(&self, statement: &BankStatement, account: &'a BankAccountRow) -> Result<&'a BankAccountRow> {
        let of_lines = statement.lines.iter().filter_map(|line| line.amount?.currency);
        let held = bankfiles::CurrencyCode::from(account.currency);
        let other = of_lines.chain(statement.currency).find(|code| *code != held);
        match other {
            Some(other) => Err(refused(
                "bank_account",
                &BankRefusal::OtherCurrency {
                    name: self.file.name.clone(),
                    account: account.name.clone(),
                    found: other.to_string(),
                    held: account.currency.to_string(),
                },
            )),
            None => Ok(account),
        }
    }
}
