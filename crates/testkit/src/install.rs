//! The installed PostgreSQL and the account that may run it.
//!
//! The newest version of 15 or later wins, whether it is in PATH or where Debian puts it. PostgreSQL refuses root, so a
//! root that runs the tests lends the server to `postgres` or `nobody`.

use crate::home::{uid_or_gid, we_are_root};
use crate::trouble::{Doing, Trouble};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const OLDEST_MAJOR: u32 = 15;

/// Settings of the environment that would lead the programs to another database.
const FOREIGN_SETTINGS: [&str; 8] =
    ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGOPTIONS", "PGSERVICE"];

#[derive(Debug)]
pub(crate) struct Install {
    programs: PathBuf,
    pub(crate) account: Option<Account>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Install {
    pub(crate) fn find() -> Result<Self, Trouble> {
        let programs = candidates().into_iter().filter_map(|folder| Some((major_version(&folder)?, folder)));
        let newest = programs.filter(|(major, _)| *major >= OLDEST_MAJOR).max_by_key(|(major, _)| *major);
        let (_, programs) = newest.ok_or(Trouble::NotInstalled)?;
        let account = if we_are_root() { Some(unprivileged().ok_or(Trouble::NoUnprivilegedUser)?) } else { None };
        Ok(Self { programs, account })
    }

    /// One of PostgreSQL's programs, run by the account that may, from a folder that it may enter.
    pub(crate) fn program(&self, name: &str, folder: &Path) -> Command {
        self.as_account(self.programs.join(name), folder)
    }

    pub(crate) fn as_account(&self, program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env("LC_ALL", "C").stdin(Stdio::null()).process_group(0);
        for name in FOREIGN_SETTINGS {
            command.env_remove(name);
        }
        if let Some(Account { uid, gid }) = self.account {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Gives a file or folder to the account that runs the server.
    pub(crate) fn hand_over(&self, path: &Path) -> Result<(), Trouble> {
        let Some(Account { uid, gid }) = self.account else { return Ok(()) };
        std::os::unix::fs::chown(path, Some(uid), Some(gid)).doing(|| format!("handing over {}", path.display()))
    }
}

fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).filter_map(|folder| {
        let initdb = folder.join("initdb").canonicalize().ok()?;
        initdb.parent().map(Path::to_owned)
    });
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    on_path.chain(debian.map(|version| version.path().join("bin"))).collect()
}

fn major_version(programs: &Path) -> Option<u32> {
    ["initdb", "pg_ctl"].iter().all(|name| programs.join(name).is_file()).then_some(())?;
    let output = Command::new(programs.join("postgres")).arg("--version").output().ok()?;
    parse_major(&String::from_utf8(output.stdout).ok()?)
}

/// `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)` is 15, `postgres (PostgreSQL) 18beta1` is 18.
fn parse_major(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn unprivileged() -> Option<Account> {
    ["postgres", "nobody"].into_iter().find_map(|name| {
        let uid = uid_or_gid("-u", Some(name)).filter(|uid| *uid != 0)?;
        Some(Account { uid, gid: uid_or_gid("-g", Some(name))? })
    })
}

#[cfg(test)]
mod tests {
    use super::parse_major;

    #[test]
    fn the_major_version_is_read_from_what_the_server_says() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_major("command not found"), None);
    }
}
