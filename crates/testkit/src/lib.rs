//! What tests stand on: a throw-away PostgreSQL, a database per test on both engines, a server that can be killed.
//!
//! The first test that needs PostgreSQL starts a cluster of its own from the installed programs; every other test of the
//! run, in whichever process, shares it. Nothing here ever connects to a database that happens to run, and nothing here
//! knows the product: a migration is handed in as a closure.

mod cluster;
mod database;
mod home;
mod install;
mod server;
mod trouble;

pub use cluster::{postgres_url, write_through};
pub use database::{Engine, TestDatabase};
pub use server::Server;
pub use trouble::Trouble;

use std::path::{Path, PathBuf};

/// The folder `shared` beside the repository; says that the test is skipped when it is absent.
pub fn shared_dir() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let found = shared.canonicalize().ok().filter(|path| path.is_dir());
    if found.is_none() {
        eprintln!("skipped: ../shared is absent");
    }
    found
}

/// Runs one story on one engine; `on_both_engines!` writes the calls.
pub fn run<T>(engine: Engine, prepare: impl AsyncFnOnce(Engine) -> Option<T>, story: impl AsyncFnOnce(T)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("the test's runtime cannot start: {error}"));
    runtime.block_on(async {
        if let Some(prepared) = prepare(engine).await {
            story(prepared).await;
        }
    });
}

/// Runs each story as `name::sqlite` and `name::postgres`, each time on a database of its own.
///
/// Either name functions that stand beside it, `on_both_engines!(first, second);` (rustfmt then formats them), or write
/// them inside, `on_both_engines! { async fn first(db: TestDatabase) { .. } }`. A story that wants something made from
/// the database says how: `on_both_engines!(prepare = migrated; first, second);` with
/// `async fn migrated(engine: Engine) -> Option<T>`, and takes that `T`.
#[macro_export]
macro_rules! on_both_engines {
    (prepare = $prepare:ident; $($name:ident),+ $(,)?) => { $(
        mod $name {
            #[test]
            fn sqlite() {
                $crate::run($crate::Engine::Sqlite, super::$prepare, super::$name);
            }
            #[test]
            fn postgres() {
                $crate::run($crate::Engine::Postgres, super::$prepare, super::$name);
            }
        }
    )+ };
    ($($name:ident),+ $(,)?) => { $(
        mod $name {
            #[test]
            fn sqlite() {
                $crate::run($crate::Engine::Sqlite, $crate::TestDatabase::empty, super::$name);
            }
            #[test]
            fn postgres() {
                $crate::run($crate::Engine::Postgres, $crate::TestDatabase::empty, super::$name);
            }
        }
    )+ };
    (prepare = $prepare:ident; $($(#[$meta:meta])* async fn $name:ident($($argument:tt)*) $body:block)+) => {
        $($(#[$meta])* async fn $name($($argument)*) $body)+
        $crate::on_both_engines!(prepare = $prepare; $($name),+);
    };
    ($($(#[$meta:meta])* async fn $name:ident($($argument:tt)*) $body:block)+) => {
        $($(#[$meta])* async fn $name($($argument)*) $body)+
        $crate::on_both_engines!($($name),+);
    };
}
