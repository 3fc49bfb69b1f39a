//! How often somebody may try: a bucket for each, and one for all together.
//!
//! Keys are hashed into a fixed number of buckets with a key that only this process knows: memory is bounded whatever is
//! sent, and nobody can aim at another's bucket. Time is the program's clock.

use app::App;
use governor::{
    RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed, keyed::HashMapStateStore},
};
use std::{
    hash::{BuildHasher as _, Hash, RandomState},
    num::NonZeroU32,
    time::Duration,
};

/// `burst` at once, then one every `every_ms`.
#[derive(Clone, Copy)]
pub(crate) struct Quota(governor::Quota);

/// Try again after so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany {
    pub(crate) retry_after_s: u32,
}

#[derive(Clone)]
struct AppClock(App);

type Each = RateLimiter<u16, HashMapStateStore<u16>, AppClock, NoOpMiddleware<Nanos>>;
type All = RateLimiter<NotKeyed, InMemoryState, AppClock, NoOpMiddleware<Nanos>>;

pub(crate) struct Throttle {
    hasher: RandomState,
    clock: AppClock,
    each: Each,
    all: Option<All>,
}

impl Quota {
    pub(crate) fn new(burst: u32, every_ms: u64) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let quota = governor::Quota::with_period(Duration::from_millis(every_ms.max(1)));
        Self(quota.unwrap_or(governor::Quota::per_second(burst)).allow_burst(burst))
    }
}

impl Throttle {
    pub(crate) fn new(app: &App, each: Quota, all: Option<Quota>) -> Self {
        let clock = AppClock(app.clone());
        Self {
            hasher: RandomState::new(),
            each: RateLimiter::hashmap_with_clock(each.0, clock.clone()),
            all: all.map(|quota| RateLimiter::direct_with_clock(quota.0, clock.clone())),
            clock,
        }
    }

    /// Counts one try of `who`.
    pub(crate) fn check(&self, who: impl Hash) -> Result<(), TooMany> {
        let bucket = (self.hasher.hash_one(who) & 0xffff) as u16;
        let not_until = |after: Duration| TooMany { retry_after_s: whole_seconds(after) };
        let now = self.clock.now();
        self.each.check_key(&bucket).map_err(|no| not_until(no.wait_time_from(now)))?;
        match &self.all {
            Some(all) => all.check().map_err(|no| not_until(no.wait_time_from(now))),
            None => Ok(()),
        }
    }
}

fn whole_seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
}

impl Clock for AppClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(u64::try_from(self.0.now().micros()).unwrap_or(0).saturating_mul(1_000))
    }
}
