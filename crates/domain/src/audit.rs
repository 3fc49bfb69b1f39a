//! The audit chain: every event has a digest of its own content, and seals chain the digests in batches.
//!
//! Sealing in batches keeps the chain from being a bottleneck: events are written freely and sealed a moment later.

use kernel::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
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
    fn a_seal_is_the_sha_256_of_what_it_chains() {
        // printf 'abc' | sha256sum
        assert_eq!(seal_digest("a", ["b", "c"]), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
