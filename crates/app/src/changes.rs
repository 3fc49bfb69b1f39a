//! What changed between two records, for the audit log: only the fields that differ, as they were and as they are.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Difference {
    pub(crate) before: Value,
    pub(crate) after: Value,
    /// The names of the fields as words.
    pub(crate) fields: Vec<String>,
}

impl Difference {
    /// `None` when nothing differs.
    pub(crate) fn between(before: &Value, after: &Value) -> Option<Self> {
        let empty = Map::new();
        let (before, after) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let names: Vec<&String> = names.into_iter().filter(|name| before.get(*name) != after.get(*name)).collect();
        let of = |record: &Map<String, Value>| {
            let field = |name: &&String| ((*name).clone(), record.get(*name).cloned().unwrap_or_default());
            Value::Object(names.iter().map(field).collect())
        };
        let fields = names.iter().map(|name| name.replace('_', " ")).collect();
        (!names.is_empty()).then(|| Self { before: of(before), after: of(after), fields })
    }

    /// `name, unit price`.
    pub(crate) fn words(&self) -> String {
        self.fields.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs() {
        let difference =
            Difference::between(&json!({"a": 1, "b_c": null}), &json!({"a": 1, "b_c": "x", "d": 2})).unwrap();
        assert_eq!(
            (difference.before.clone(), difference.after.clone()),
            (json!({"b_c": null, "d": null}), json!({"b_c": "x", "d": 2}))
        );
        assert_eq!(difference.words(), "b c, d");
        assert_eq!(Difference::between(&json!({"a": 1}), &json!({"a": 1})), None);
    }
}
