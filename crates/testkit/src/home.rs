//! The private folder that the processes of one test run share: the cluster, the templates and the locks.
//!
//! It lies in the system's folder for temporary files, because a cluster started by root belongs to another user, who
//! could not reach into a checkout under root's own folder; `QUITTANCE_TEST_DIR` names another one.

use crate::trouble::{Doing, Trouble};
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

#[derive(Debug, Clone)]
pub(crate) struct Home(PathBuf);

impl Home {
    pub(crate) fn open() -> Result<Self, Trouble> {
        let path = match std::env::var_os("QUITTANCE_TEST_DIR") {
            Some(path) => PathBuf::from(path),
            None => std::env::temp_dir().join(format!("quittance-tests-{}-{:08x}", our_uid(), checkout())),
        };
        fs::create_dir_all(&path).doing(|| format!("creating {}", path.display()))?;
        let metadata = path.metadata().doing(|| format!("looking at {}", path.display()))?;
        if metadata.uid() != our_uid() {
            return Err(Trouble::NotOurs { path });
        }
        // Others may pass through to their own folder inside (root's cluster belongs to another user), not look around.
        if metadata.permissions().mode() & 0o777 != 0o711 {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o711))
                .doing(|| format!("closing {}", path.display()))?;
        }
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Where the address of the running cluster is written.
    pub(crate) fn url_file(&self) -> PathBuf {
        self.0.join("postgres-url")
    }

    /// Its modification time is the last use of the cluster.
    pub(crate) fn last_use(&self) -> PathBuf {
        self.0.join("last-use")
    }

    pub(crate) fn touch(&self) -> Result<(), Trouble> {
        fs::write(self.last_use(), "").doing(|| format!("touching {}", self.last_use().display()))
    }

    /// Waits for the lock called `name`; it is held until the file is dropped or the process dies.
    ///
    /// It waits on a thread of its own, so that two tasks of one runtime can wait for each other.
    pub(crate) async fn lock(&self, name: &str) -> Result<File, Trouble> {
        let path = self.0.join(format!("{name}.lock"));
        tokio::task::spawn_blocking(move || {
            let locked = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
            let locked = locked.and_then(|file| file.lock().map(|()| file));
            locked.doing(|| format!("locking {}", path.display()))
        })
        .await?
    }
}

/// A name that no other process draws.
pub(crate) fn random_hex() -> Result<String, Trouble> {
    let mut bytes = [0_u8; 10];
    let drawn = File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
    drawn.doing(|| "drawing a name from /dev/urandom".to_owned())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

pub(crate) fn we_are_root() -> bool {
    our_uid() == 0
}

fn our_uid() -> u32 {
    static UID: OnceLock<u32> = OnceLock::new();
    *UID.get_or_init(|| uid_or_gid("-u", None).unwrap_or(u32::MAX))
}

/// What `id -u` or `id -g` says of an account, or of ourselves.
pub(crate) fn uid_or_gid(flag: &str, account: Option<&str>) -> Option<u32> {
    let output = Command::new("id").arg(flag).args(account).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn checkout() -> u32 {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_MANIFEST_DIR").hash(&mut hasher);
    hasher.finish() as u32
}
