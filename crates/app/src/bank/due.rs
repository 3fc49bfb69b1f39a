//! Until when somebody should have looked at a bank line: the same time some business days later, by the company's own
//! calendar, so that a line of Friday is not late on Monday morning.

use crate::{context::Work, error::Result, reference::Reference};
use domain::bank::Exception;
use kernel::{Date, Timestamp};
use std::sync::Arc;

/// The company's calendar and this moment.
pub(crate) struct DueTimes {
    reference: Arc<Reference>,
    now: Timestamp,
    today: Date,
}

impl DueTimes {
    pub(crate) async fn of(work: &mut Work) -> Result<Self> {
        Ok(Self { reference: work.reference().await?, now: work.now, today: work.today })
    }

    pub(crate) fn of_exception(&self, exception: Exception) -> Timestamp {
        let due_on = self.reference.calendar.business_day_after(self.today, exception.due_days());
        self.now.plus_seconds(due_on.days_since(self.today) * 24 * 3_600)
    }
}

/// For one line.
pub(crate) async fn due_at(work: &mut Work, exception: Exception) -> Result<Timestamp> {
    Ok(DueTimes::of(work).await?.of_exception(exception))
}
