//! Receiving: a bank's file comes in, and the engine looks at every line that it has not seen, and again at those that wait
//! when it knows more than it did.
//!
//! The file is kept before the engine begins, so that a line which cannot be decided loses no file. Lines that an earlier
//! call left behind, broken off between the two, are decided with the next file, also one that brings nothing, and when
//! the program starts.

use crate::{
    bank::{self, ReceiveFile, Received},
    companies,
    context::{App, Caller},
    desk::{self, Decided},
    error::Result,
};
use kernel::{CompanyId, MovementId};
use std::collections::HashMap;

/// What came of a file.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Arrival {
    #[serde(flatten)]
    pub received: Received,
    /// None for a rehearsal, and when deciding failed; the lines wait then.
    pub decided: Option<Decided>,
    /// What became of lines that waited since an earlier file.
    pub again: Decided,
}

impl Arrival {
    /// One sentence for a log or a message.
    pub fn sentence(&self) -> String {
        let received = self.received.sentence();
        let told = match self.decided {
            Some(decided) if decided.lines > 0 => {
                let Decided { posted, returned, proposed, unanswered, .. } = decided;
                let waiting = proposed + unanswered;
                let back = if returned > 0 { format!(", {returned} taken back") } else { String::new() };
                format!("{received} {posted} posted{back}, {waiting} waiting on the desk.")
            }
            _ => received,
        };
        match self.again.posted {
            0 => told,
            1 => format!("{told} 1 line that waited is posted now."),
            lines => format!("{told} {lines} lines that waited are posted now."),
        }
    }
}

pub async fn receive(app: &App, caller: &Caller, file: ReceiveFile) -> Result<Arrival> {
    let received = bank::receive(app, caller, file).await?;
    // Whoever may receive a file lets the program look at it, with the program's own rights.
    match decide(app, &Caller::system(caller.company), &received).await {
        Ok((again, decided)) => Ok(Arrival { received, decided: Some(decided), again }),
        Err(error) => {
            tracing::warn!("the file was received, but its lines were not decided: {error}");
            Ok(Arrival { received, decided: None, again: Decided::default() })
        }
    }
}

/// The last movement of each company when what is open was looked at.
#[derive(Debug, Default)]
pub struct Seen(HashMap<CompanyId, Option<MovementId>>);

/// Decides what was left behind, of every company; where something moved since the last time, also what waits and would be
/// answered otherwise by now. The first time nothing is looked at again, so that a program at rest makes no engine.
pub async fn catch_up(app: &App, seen: &mut Seen) {
    let companies = match companies::list(app).await {
        Ok(companies) => companies,
        Err(error) => return tracing::warn!(%error, "open bank lines were not looked for"),
    };
    for company in companies {
        match catch_up_one(app, &Caller::system(company.id), seen).await {
            Ok(Decided { lines, posted, .. }) if lines > 0 => {
                tracing::info!(lines, posted, company = company.code, "bank lines that were open are decided");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, company = company.code, "open bank lines are not decided"),
        }
    }
}

async fn catch_up_one(app: &App, caller: &Caller, seen: &mut Seen) -> Result<Decided> {
    let mark = desk::last_movement(app, caller).await?;
    let has_moved = seen.0.insert(caller.company, mark).is_some_and(|before| before != mark);
    if has_moved { desk::decide_open(app, caller).await } else { desk::decide_new(app, caller, None).await }
}

/// Lines are looked at when they come, and again when the engine knows more or their payer says what they are for.
async fn decide(app: &App, caller: &Caller, received: &Received) -> Result<(Decided, Decided)> {
    match received {
        Received::Statements(_) => {
            let again = desk::decide_waiting(app, caller).await?;
            Ok((again, desk::decide_new(app, caller, None).await?))
        }
        Received::Advices(_) => Ok((Decided::default(), desk::decide_announced(app, caller).await?)),
    }
}
