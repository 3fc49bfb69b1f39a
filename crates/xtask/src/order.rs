//! What may stand on what: the crates, and the capabilities within a crate. To add either, add its line here.

/// Each crate and the crates of ours that it may use. `testkit` is for tests only and so in nobody's line.
pub(crate) const CRATES: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("domain", &["kernel"]),
    ("store", &["domain", "kernel"]),
    // Leaves hang off the kernel; only `app` and the program reach them.
    ("sheets", &["kernel"]),
    ("print", &["kernel"]),
    ("matching", &["kernel"]),
    // Measures and trains the engine; reached by the program alone.
    ("matchlab", &["matching", "kernel"]),
    ("insight", &["kernel"]),
    // A bank's CSV or XLSX is a table like any other before it is a statement.
    ("bankfiles", &["kernel", "sheets"]),
    ("einvoice", &["kernel"]),
    ("payfiles", &["kernel"]),
    ("mail", &["kernel"]),
    (
        "app",
        &[
            "store",
            "domain",
            "kernel",
            "sheets",
            "print",
            "matching",
            "insight",
            "bankfiles",
            "einvoice",
            "payfiles",
            "mail",
        ],
    ),
    ("web", &["app", "domain", "kernel"]),
    ("portal", &["app", "domain", "kernel"]),
    (
        "quittance",
        &[
            "web",
            "portal",
            "app",
            "store",
            "domain",
            "kernel",
            "sheets",
            "print",
            "matching",
            "matchlab",
            "insight",
            "bankfiles",
            "einvoice",
            "payfiles",
            "mail",
        ],
    ),
    ("testkit", &[]),
    ("xtask", &[]),
];

/// The crates whose files are capabilities, and their folders that hold one file per capability too.
pub(crate) const FLOORS: &[&str] = &["domain", "store", "app", "web"];
pub(crate) const ROOMS: &[&str] = &["pages", "api"];

/// The frame of a floor: no capability, used by all of them, naming none. The files of a frame may name each other.
pub(crate) const FRAME: &[&str] = &[
    // store
    "db",
    "move_to",
    "sorting",
    // app
    "error",
    "context",
    "engines",
    "reference",
    "lists",
    "many",
    "secrets",
    // web
    "assets",
    "changes",
    "charts",
    "figures",
    "filters",
    "form",
    "kit",
    "links",
    "once",
    "page",
    "proofs",
    "security",
    "sentence",
    "server",
    "session",
    "throttle",
    "typed",
    "upload",
    "uploads",
    // web, the API's own
    "auth",
    "docs",
    "extract",
    "idempotency",
    "problem",
    "schema",
];

/// The files of every floor, each of which may name the ones above its line, never the ones below. So a sale can be
/// read from top to bottom, and nothing that is understood first depends on what comes later.
pub(crate) const ORDER: &[&str] = &[
    // What every sale needs before there is one.
    "countries",
    "calendar",
    "references",
    "views",
    "ledger",
    "audit",
    "jobs",
    "taxes",
    "lines",
    "terms",
    "companies",
    "users",
    "products",
    "catalogue",
    "customers",
    "approvals",
    "notes",
    "bank",
    // The sale. A document that becomes the next one names it: accepting a quote takes an order, billing an order makes
    // an invoice.
    "items",
    "invoices",
    "orders",
    "quotes",
    "settling",
    "cash",
    "payments",
    "desk",
    "receiving",
    "open_items",
    "credit_notes",
    "grants",
    // What reads all of it.
    "documents",
    "trail",
    "statements",
    "reports",
    "imports",
    "search",
    "verify",
    "backup",
    "demo",
    "accounts",
    "periods",
    "tokens",
    "account",
    "settings",
    "sign_in",
    "help",
    "home",
];

/// Files that put a floor together: they may name everything and nobody names them.
pub(crate) const WIRING: &[&str] = &["lib", "main", "mod", "pages", "api"];
