//! Receiving: a bank's file comes in, and the engine looks at every line that it has not seen.
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

/// What came of a file.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Arrival {
    #[serde(flatten)]
    pub received: Received,
    /// None for a rehearsal, and when deciding failed; the lines wait then.
    pub decided: Option<Decided>,
}

impl Arrival {
    /// One sentence for a log or a message.
    pub fn sentence(&self) -> String {
        let received = self.received.sentence();
        match self.decided {
            Some(decided) if decided.lines > 0 => {
                let Decided { posted, returned, proposed, unanswered, .. } = decided;
                let waiting = proposed + unanswered;
                let back = if returned > 0 { format!(", {returned} taken back") } else { String::new() };
                format!("{received} {posted} posted{back}, {waiting} waiting on the desk.")
            }
            _ => received,
        }
    }
}

pub async fn receive(app: &App, caller: &Caller, file: ReceiveFile) -> Result<Arrival> {
    let received = bank::receive(app, caller, file).await?;
    // Whoever may receive a file lets the program look at it, with the program's own rights.
    match decide(app, &Caller::system(caller.company), &received).await {
        Ok(decided) => Ok(Arrival { received, decided: Some(decided) }),
        Err(error) => {
            tracing::warn!("the file was received, but its lines were not decided: {error}");
            Ok(Arrival { received, decided: None })
        }
    }
}

/// Decides what was left behind, of every company.
pub async fn catch_up(app: &App) {
    let companies = match companies::list(app).await {
        Ok(companies) => companies,
        Err(error) => return tracing::warn!(%error, "bank lines that were left behind were not looked for"),
    };
    for company in companies {
        match desk::decide_new(app, &Caller::system(company.id), None).await {
            Ok(decided) if decided.lines > 0 => {
                tracing::info!(
                    lines = decided.lines,
                    company = company.code,
                    "bank lines that were left behind are decided"
                );
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, company = company.code, "bank lines that were left behind are not decided")
            }
        }
    }
}

/// Lines are looked at when they come, and once more when their payer says afterwards what they are for.
async fn decide(app: &App, caller: &Caller, received: &Received) -> Result<Decided> {
    match received {
        Received::Statements(_) => desk::decide_new(app, caller, None).await,
        Received::Advices(_) => desk::decide_announced(app, caller).await,
    }
}
