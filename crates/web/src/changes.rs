//! What a record of the audit log is about, and what it changed, as people read it.

use crate::form::label;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use uuid::Uuid;

/// One field, as it was and as it is.
pub(crate) struct Change {
    pub field: String,
    pub old: String,
    pub new: String,
}

/// The page of what an event is about; "" when it has none of its own.
pub(crate) fn subject_href(kind: &str, id: Uuid) -> String {
    let path = match kind {
        "customer" => "customers",
        "quote" => "quotes",
        "order" => "orders",
        "invoice" | "credit_note" | "debit_note" => "invoices",
        "payment" => "payments",
        "open_item" => "open-items",
        "journal_entry" => "ledger",
        "account" => return "/accounts".to_owned(),
        "period" => return "/periods".to_owned(),
        "company" => return "/settings".to_owned(),
        _ => return String::new(),
    };
    format!("/{path}/{id}")
}

/// The fields in which two records differ; a record that was not there has none.
pub(crate) fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    let none = Map::new();
    let fields = |value: Option<&'_ Value>| value.and_then(Value::as_object).cloned().unwrap_or_else(|| none.clone());
    let (before, after) = (fields(before), fields(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let text = |side: &Map<String, Value>, name: &String| side.get(name).map(plain).unwrap_or_default();
    let change = |name: &String| Change { field: label(name), old: text(&before, name), new: text(&after, name) };
    names.into_iter().map(change).filter(|change| change.old != change.new).collect()
}

/// A value as people read it.
fn plain(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    match value {
        Value::Null => String::new(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) => joined(values.iter().map(plain).collect()),
        Value::Object(fields) => match (fields.get("amount"), fields.get("currency"), fields.len()) {
            (Some(amount), Some(currency), 2) => format!("{} {}", plain(amount), plain(currency)),
            _ => joined(fields.values().map(plain).collect()),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(before: Option<&Value>, after: Option<&Value>) -> Vec<(String, String, String)> {
        changes(before, after).into_iter().map(|c| (c.field, c.old, c.new)).collect()
    }

    #[test]
    fn changes_name_only_what_differs() {
        let before =
            json!({"name": "Acme", "tags": ["a", "b"], "payer": null, "address": {"city": "Bonn", "region": ""}});
        let after =
            json!({"name": "Acme", "tags": ["a"], "payer": "C-00002", "address": {"city": "Berlin", "region": ""}});
        let found = found(Some(&before), Some(&after));
        let found: Vec<_> =
            found.iter().map(|(field, old, new)| (field.as_str(), old.as_str(), new.as_str())).collect();
        assert_eq!(found, [("Address", "Bonn", "Berlin"), ("Payer", "", "C-00002"), ("Tags", "a, b", "a")]);
    }

    #[test]
    fn what_was_not_there_before_is_all_new() {
        let after = json!({"money": {"amount": "5.00", "currency": "EUR"}, "granted": true});
        let found = found(None, Some(&after));
        assert_eq!(found[0], ("Granted".into(), String::new(), "yes".into()));
        assert_eq!(found[1].2, "5.00 EUR");
    }
}
