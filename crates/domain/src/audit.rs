//! The audit chain: every event has a digest of its own content, and seals chain the digests in batches.
//!
//! Sealing in batches keeps the chain from being a bottleneck: events are written freely and sealed a moment later.

use kernel::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};
use uuid::Uuid;

/// What the digest of an event covers.
#[derive(Debug, Clone)]
pub struct EventContent<'a> {
    pub company: Uuid,
    pub id: Uuid,
    pub recorded_at: Timestamp,
    pub actor: &'a str,
    pub actor_id: Option<Uuid>,
    pub action: &'a str,
    pub subject_kind: &'a str,
    pub subject_id: Uuid,
    pub customer_id: Option<Uuid>,
    pub summary: &'a str,
    pub before: Option<&'a Value>,
    pub after: Option<&'a Value>,
}

/// SHA-256 over every part with its length in front, so that no two contents read the same.
pub fn event_digest(event: &EventContent<'_>) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(event.company.as_bytes());
    part(event.id.as_bytes());
    part(&event.recorded_at.micros().to_be_bytes());
    part(event.actor.as_bytes());
    part(event.actor_id.as_ref().map_or(&[][..], |id| id.as_bytes()));
    part(event.action.as_bytes());
    part(event.subject_kind.as_bytes());
    part(event.subject_id.as_bytes());
    part(event.customer_id.as_ref().map_or(&[][..], |id| id.as_bytes()));
    part(event.summary.as_bytes());
    part(event.before.map(canonical).unwrap_or_default().as_bytes());
    part(event.after.map(canonical).unwrap_or_default().as_bytes());
    hex(&hash.finalize())
}

/// The digest of a seal: the previous seal's digest and the digests of its events in the order of their ids.
pub fn seal_digest<'a>(previous: &str, events: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    hash.update(previous.as_bytes());
    for digest in events {
        hash.update(digest.as_bytes());
    }
    hex(&hash.finalize())
}

/// JSON with sorted keys: engines may store the keys of a document in an order of their own.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            let parts = keys.into_iter().map(|key| format!("{}:{}", Value::from(key.as_str()), canonical(&map[key])));
            format!("{{{}}}", parts.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// One field that an event changed; nested fields are named with dots.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FieldChange {
    pub field: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// The fields in which `before` and `after` differ, in alphabetical order.
pub fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<FieldChange> {
    let (before, after) = (leaves(before), leaves(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |name: &String| FieldChange {
        field: name.clone(),
        before: before.get(name).map(|value| (*value).clone()),
        after: after.get(name).map(|value| (*value).clone()),
    };
    names.into_iter().map(change).filter(|change| change.before != change.after).collect()
}

fn leaves(value: Option<&Value>) -> BTreeMap<String, &Value> {
    fn walk<'v>(path: &str, value: &'v Value, found: &mut BTreeMap<String, &'v Value>) {
        match value {
            Value::Object(fields) => {
                for (name, inner) in fields {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    walk(&path, inner, found);
                }
            }
            Value::Null => {}
            other => {
                found.insert(path.to_owned(), other);
            }
        }
    }
    let mut found = BTreeMap::new();
    if let Some(value) = value {
        walk("", value, &mut found);
    }
    found
}

/// Walks the chain from its first seal and says where it is broken.
#[derive(Debug)]
pub struct ChainWalk {
    next: i64,
    digest: String,
}

/// A seal as it is stored.
#[derive(Debug, Clone)]
pub struct Seal<'a> {
    pub number: i64,
    pub events: i64,
    pub previous: &'a str,
    pub digest: &'a str,
}

impl Default for ChainWalk {
    fn default() -> Self {
        Self { next: 1, digest: String::new() }
    }
}

impl ChainWalk {
    /// The digest of the last seal that was walked; whoever notes it elsewhere can tell a chain that was cut short.
    pub fn head(&self) -> &str {
        &self.digest
    }

    /// How many seals were walked or are missing.
    pub fn walked(&self) -> i64 {
        self.next - 1
    }

    /// What is wrong with the next seal, whose events have these stored digests, in the order of their ids.
    pub fn step<'a>(&mut self, seal: &Seal<'_>, digests: impl ExactSizeIterator<Item = &'a str>) -> Vec<String> {
        let mut wrong = Vec::new();
        if seal.number != self.next {
            wrong.push(format!("Seal {} follows seal {}: what lies between was deleted.", seal.number, self.next - 1));
        } else if seal.previous != self.digest {
            wrong.push(format!("Seal {} does not continue seal {}.", seal.number, self.next - 1));
        }
        let found = i64::try_from(digests.len()).unwrap_or(i64::MAX);
        if found != seal.events {
            wrong.push(format!("Seal {} covers {} events and {found} are there.", seal.number, seal.events));
        } else if seal_digest(seal.previous, digests) != seal.digest {
            wrong.push(format!("The events of seal {} are not those that were sealed.", seal.number));
        }
        self.next = seal.number.saturating_add(1);
        seal.digest.clone_into(&mut self.digest);
        wrong
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn content<'a>(summary: &'a str, after: &'a Value) -> EventContent<'a> {
        EventContent {
            company: Uuid::from_u128(1),
            id: Uuid::from_u128(2),
            recorded_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            actor: "Clara Clerk",
            actor_id: None,
            action: "invoice.issued",
            subject_kind: "invoice",
            subject_id: Uuid::from_u128(3),
            customer_id: None,
            summary,
            before: None,
            after: Some(after),
        }
    }

    #[test]
    fn the_order_of_keys_does_not_count_and_one_letter_does() {
        let (one, two) = (json!({"a": 1, "b": [true, null]}), json!({"b": [true, null], "a": 1}));
        assert_eq!(event_digest(&content("Issued", &one)), event_digest(&content("Issued", &two)));
        assert_ne!(event_digest(&content("Issued", &one)), event_digest(&content("issued", &one)));
    }

    #[test]
    fn a_change_names_the_field_and_both_values() {
        let before = json!({"name": "Acme", "settings": {"terms": "net-30", "buckets": [30, 60]}, "phone": null});
        let after =
            json!({"name": "Acme", "settings": {"terms": "net-14", "buckets": [30, 60]}, "email": "a@b.example"});
        let change = |field: &str, before: Option<Value>, after: Option<Value>| FieldChange {
            field: field.into(),
            before,
            after,
        };
        let expected = [
            change("email", None, Some(json!("a@b.example"))),
            change("settings.terms", Some(json!("net-30")), Some(json!("net-14"))),
        ];
        assert_eq!(changes(Some(&before), Some(&after)), expected);
        assert_eq!(changes(None, Some(&json!({"a": 1}))), [change("a", None, Some(json!(1)))]);
        assert_eq!(changes(None, None), []);
    }

    #[test]
    fn the_walk_finds_what_was_deleted_moved_or_forged() {
        let first = seal_digest("", ["a", "b"]);
        let second = seal_digest(&first, ["c"]);
        let one = Seal { number: 1, events: 2, previous: "", digest: &first };
        let two = Seal { number: 2, events: 1, previous: &first, digest: &second };
        let wrong = |seals: &[(&Seal<'_>, &[&str])]| -> Vec<String> {
            let mut walk = ChainWalk::default();
            seals.iter().flat_map(|(seal, digests)| walk.step(seal, digests.iter().copied())).collect()
        };
        assert_eq!(wrong(&[(&one, &["a", "b"]), (&two, &["c"])]), Vec::<String>::new());
        assert_eq!(wrong(&[(&one, &["a"]), (&two, &["c"])]), ["Seal 1 covers 2 events and 1 are there."]);
        assert_eq!(wrong(&[(&one, &["a", "x"])]), ["The events of seal 1 are not those that were sealed."]);
        assert_eq!(wrong(&[(&two, &["c"])]), ["Seal 2 follows seal 0: what lies between was deleted."]);
        // Somebody sealed other events afresh, so that seal 1 agrees with them: seal 2 gives it away.
        let forged = seal_digest("", ["a", "x"]);
        let forged = Seal { number: 1, events: 2, previous: "", digest: &forged };
        assert_eq!(wrong(&[(&forged, &["a", "x"]), (&two, &["c"])]), ["Seal 2 does not continue seal 1."]);
    }

    #[test]
    fn a_seal_is_the_sha_256_of_what_it_chains() {
        // printf 'abc' | sha256sum
        assert_eq!(seal_digest("a", ["b", "c"]), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
