//! A form that is sent twice, by a double click say, is carried out once.
//!
//! Each form carries a word of its own (`kit::csrf`). The first sending runs to its end, even when the browser no longer
//! waits for it; the same form with the same content is led where the first one led, and waits while that is under way.
//! A page that shows what is wrong leads nowhere and is made anew. What is kept is gone after a quarter of an hour or when
//! the program ends, so nothing but convenience depends on it.

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap, StatusCode,
        header::{LOCATION, SET_COOKIE},
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use kernel::Timestamp;
use sha2::{Digest as _, Sha256};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;
use tracing::Instrument as _;

const KEPT_SECONDS: i64 = 15 * 60;
const MOST: usize = 4_096;

/// One form as it was sent: the page it goes to and everything in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sending([u8; 32]);

/// Where the first sending led.
type Led = Option<HeaderMap>;

struct Kept {
    sending: Sending,
    until: Timestamp,
    led: watch::Receiver<Led>,
}

#[derive(Default)]
pub(crate) struct Sent(Mutex<VecDeque<Kept>>);

enum Place {
    First(watch::Sender<Led>),
    Later(watch::Receiver<Led>),
}

/// The word of a form that is about to be shown.
pub(crate) fn word() -> String {
    app::new_id::<uuid::Uuid>().simple().to_string()
}

impl Sending {
    /// `None` when the form carries no word.
    pub(crate) fn of(path: &str, body: &[u8]) -> Option<Self> {
        let carries = body.split(|&b| b == b'&').any(|pair| pair.starts_with(b"send="));
        carries.then(|| Self(Sha256::new_with_prefix(path).chain_update([0]).chain_update(body).finalize().into()))
    }
}

impl Sent {
    pub(crate) async fn once(
        self: Arc<Self>,
        (now, sending): (Timestamp, Sending),
        request: Request,
        next: Next,
    ) -> Response {
        let tell = match self.place(now, sending) {
            Place::First(tell) => tell,
            Place::Later(mut led) => {
                return match led.wait_for(Option::is_some).await.map(|led| led.clone()) {
                    Ok(Some(headers)) => (StatusCode::SEE_OTHER, headers, Body::empty()).into_response(),
                    _ => next.run(request).await,
                };
            }
        };
        let work = async move {
            let response = next.run(request).await;
            match leads(&response) {
                Some(headers) => drop(tell.send(Some(headers))),
                None => self.forget(sending),
            }
            response
        };
        match tokio::spawn(work.in_current_span()).await {
            Ok(response) => response,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            },
        }
    }

    fn place(&self, now: Timestamp, sending: Sending) -> Place {
        let mut kept = self.locked();
        kept.retain(|kept| kept.until > now);
        if let Some(known) = kept.iter().find(|kept| kept.sending == sending) {
            return Place::Later(known.led.clone());
        }
        if kept.len() >= MOST {
            kept.pop_front();
        }
        let (tell, led) = watch::channel(None);
        kept.push_back(Kept { sending, until: now.plus_seconds(KEPT_SECONDS), led });
        Place::First(tell)
    }

    fn forget(&self, sending: Sending) {
        self.locked().retain(|kept| kept.sending != sending);
    }

    fn locked(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What makes a browser go on to where the answer leads, with what is said there.
fn leads(response: &Response) -> Led {
    let kept = response.headers().iter().filter(|(name, _)| [LOCATION, SET_COOKIE].contains(name));
    let headers: HeaderMap = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    (response.status() == StatusCode::SEE_OTHER && headers.contains_key(LOCATION)).then_some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_the_same_only_with_the_same_content() {
        let of = |path: &str, body: &str| Sending::of(path, body.as_bytes());
        assert_eq!(of("/orders", "csrf=a&name=b"), None);
        let first = of("/orders", "csrf=a&send=1&name=b");
        assert!(first.is_some() && first == of("/orders", "csrf=a&send=1&name=b"));
        for other in [
            of("/orders", "csrf=a&send=1&name=c"),
            of("/orders", "csrf=a&send=2&name=b"),
            of("/quotes", "csrf=a&send=1&name=b"),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn the_first_place_is_given_once_and_for_a_while() {
        let (sent, now) = (Sent::default(), "2026-03-16T11:00:00Z".parse::<Timestamp>().unwrap());
        let sending = Sending::of("/orders", b"send=1").unwrap();
        let first = sent.place(now, sending);
        assert!(matches!(first, Place::First(_)) && matches!(sent.place(now, sending), Place::Later(_)));
        assert!(matches!(sent.place(now.plus_seconds(KEPT_SECONDS), sending), Place::First(_)));
        sent.forget(sending);
        assert!(matches!(sent.place(now, sending), Place::First(_)));
    }
}
