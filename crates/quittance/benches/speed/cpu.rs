//! CPU time of this program and of the database server that works for it, from `/proc`.

use std::{fs, time::Duration};
use store::{Db, Tx};

/// Whose time is counted: this process, and all of the PostgreSQL server's.
pub(crate) struct Counter {
    postmaster: Option<u32>,
}

/// What a piece of work took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
}

/// Clock ticks per second of `/proc`, on Linux a constant.
const TICKS: u64 = 100;

impl Counter {
    pub(crate) async fn of(db: &Db) -> crate::Result<Self> {
        if !db.is_postgres() {
            return Ok(Self { postmaster: None });
        }
        let mut tx: Tx = db.snapshot().await?;
        let backend = tx.sql("SELECT CAST(pg_backend_pid() AS BIGINT)").number().await?;
        tx.rollback().await?;
        Ok(Self { postmaster: stat(u32::try_from(backend)?).map(|stat| stat.parent) })
    }

    pub(crate) async fn measure<T>(&self, work: impl AsyncFnOnce() -> crate::Result<T>) -> crate::Result<(T, Took)> {
        let (began, before) = (std::time::Instant::now(), self.ticks());
        let result = work().await?;
        let (wall, ticks) = (began.elapsed(), self.ticks() - before);
        Ok((result, Took { wall, cpu: Duration::from_millis(ticks * 1_000 / TICKS) }))
    }

    fn ticks(&self) -> u64 {
        let own = stat(std::process::id()).map_or(0, |stat| stat.own);
        let Some(postmaster) = self.postmaster else { return own };
        let children = fs::read_dir("/proc").into_iter().flatten().flatten();
        let children = children.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let backends = children.filter_map(stat).filter(|stat| stat.parent == postmaster).map(|stat| stat.own);
        own + backends.sum::<u64>() + stat(postmaster).map_or(0, |stat| stat.own + stat.ended)
    }
}

struct Stat {
    parent: u32,
    own: u64,
    /// Of children that ended.
    ended: u64,
}

/// proc(5): after the command's closing bracket, field 3 on: state, parent, …, 14 to 17 are the times.
fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |place: usize| fields.get(place - 3).and_then(|field| field.parse::<u64>().ok());
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: number(14)? + number(15)?,
        ended: number(16)? + number(17)?,
    })
}
