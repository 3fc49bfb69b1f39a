//! The last run of the standing proofs of each company, by this process: how far it is, or what came of it.
//!
//! A run can take longer than a request may, so it goes on by itself and pages look at it. One company's proofs run once
//! at a time. Nothing here knows a page.

use app::{App, Caller, verify};
use domain::verify::Proof;
use kernel::{CompanyId, Timestamp};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub began_at: Timestamp,
    pub by: String,
    pub proofs: Vec<Proof>,
    /// None while it runs.
    pub ended_at: Option<Timestamp>,
    /// Why it stopped before its end; "" when it did not.
    pub broke: String,
}

#[derive(Debug, Default)]
pub(crate) struct Proofs(Mutex<HashMap<CompanyId, Run>>);

impl Proofs {
    pub(crate) fn last(&self, company: CompanyId) -> Option<Run> {
        self.locked().get(&company).cloned()
    }

    /// Begins a run unless one is under way.
    pub(crate) fn begin(self: &Arc<Self>, app: &App, caller: &Caller) {
        let company = caller.company;
        let mut runs = self.locked();
        if runs.get(&company).is_some_and(|run| run.ended_at.is_none()) {
            return;
        }
        let (began_at, by) = (app.now(), caller.actor.name());
        runs.insert(company, Run { began_at, by, proofs: vec![], ended_at: None, broke: String::new() });
        drop(runs);
        let (proofs, app, caller) = (Arc::clone(self), app.clone(), caller.clone());
        tokio::spawn(async move {
            let seen = |proof: &Proof| proofs.note(company, |run| run.proofs.push(proof.clone()));
            let done = verify::run(&app, &caller, seen).await;
            let ended_at = app.now();
            proofs.note(company, |run| {
                run.ended_at = Some(ended_at);
                if let Err(error) = &done {
                    crate::error::report(error);
                    run.broke = error.to_string();
                }
            });
        });
    }

    fn note(&self, company: CompanyId, change: impl FnOnce(&mut Run)) {
        if let Some(run) = self.locked().get_mut(&company) {
            change(run);
        }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<CompanyId, Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
