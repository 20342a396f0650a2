//! Every key that `caribou.toml` may hold, as a table. What is not in it is an error with the nearest name.

pub use super::group::{HOOK_FORM, HOOK_REMEDY, HOOKS};
pub use super::kind::{Kind, variable};
use crate::check::CHECKS;
use crate::model::UndoPrefer;
use crate::sql::rules::RULES;

/// A key that may be set.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// As in the file, with its table: `database.url`.
    pub name: &'static str,
    pub kind: Kind,
    pub default: Option<&'static str>,
    /// One line for `caribou config`.
    pub help: &'static str,
}

/// A table whose keys have names of their own: session variables, checks, keys of the console.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// The table: `checks`.
    pub table: &'static str,
    pub kind: Kind,
    /// Names that there are; `None`: any.
    pub names: Option<fn() -> Vec<&'static str>>,
}

impl Family {
    /// True if a name may stand in the table.
    fn has(&self, name: &str) -> bool {
        self.names.is_none_or(|names| names().contains(&name))
    }

    /// The names that are known.
    fn known(&self) -> Vec<&'static str> {
        self.names.map(|names| names()).unwrap_or_default()
    }
}

const fn key(name: &'static str, kind: Kind, default: Option<&'static str>, help: &'static str) -> Key {
    Key { name, kind, default, help }
}

/// The words of a check's action.
const ACTIONS: Kind = Kind::Choice(&["off", "warn", "block"]);
const SSL_MODES: Kind = Kind::Choice(&["disabled", "preferred", "required", "verify_ca", "verify_identity"]);

/// Every key, in the order in which `caribou config` prints them.
pub const KEYS: &[Key] = &[
    key("database.url", Kind::Url, None, "mysql://user@host/core, mariadb://…, or sqlite:DIR"),
    key("database.defaults_file", Kind::Path, None, "option file of the MySQL tools, instead of a URL"),
    key("database.user", Kind::Filled, None, "account, in place of the one in URL or option file"),
    key("database.password_env", Kind::Filled, Some("CARIBOU_PASSWORD"), "variable that holds the password"),
    key("database.password_command", Kind::Filled, None, "command that prints the password"),
    key("database.ssl_mode", SSL_MODES, None, "how far TLS is asked for"),
    key("database.ssl_ca", Kind::Path, None, "the authority's certificate (PEM)"),
    key("database.ssl_cert", Kind::Path, None, "the client's certificate (PEM)"),
    key("database.ssl_key", Kind::Path, None, "the client's key (PEM)"),
    key("database.connect_timeout", Kind::Duration, Some("10s"), "how long connecting may take"),
    key("runner.user", Kind::Filled, None, "account that files run as, apart from the one that does everything else"),
    key(
        "runner.password_env",
        Kind::Filled,
        Some("CARIBOU_RUNNER_PASSWORD"),
        "variable that holds the runner's password",
    ),
    key("runner.password_command", Kind::Filled, None, "command that prints the runner's password"),
    key("runner.defaults_file", Kind::Path, None, "option file with the runner's user and password"),
    key("schemas.core", Kind::Filled, None, "the data being migrated, when the URL names none"),
    key("schemas.orchestration", Kind::Filled, None, "default: the core's name and _orchestration"),
    key("schemas.ephemeral", Kind::Filled, None, "default: the core's name and _ephemeral"),
    key("schemas.undo", Kind::Filled, None, "default: the core's name and _undo"),
    key("schemas.prefix", Kind::Text, Some(""), "before each of Caribou's table names, such as lupo_"),
    key("migrations.dir", Kind::Paths, Some("migrations"), "where the files are: a directory, or a list of several"),
    key(
        "migrations.layout",
        Kind::Filled,
        Some("auto"),
        "how they are named: auto, native, flyway, liquibase, goose, …",
    ),
    key(
        "workers.parallel",
        Kind::Integer { min: 1, max: 64 },
        Some("4"),
        "files at a time; SQLite has one writer, so always 1 there",
    ),
    key("workers.lease_ttl", Kind::Duration, Some("10s"), "after this silence another worker takes over"),
    key(
        "policy.on_failure",
        Kind::Choice(&["auto", "stop", "continue"]),
        Some("auto"),
        "what independent files do after a failure; auto: stop after a doctrine file",
    ),
    key(
        "policy.checklist",
        Kind::Choice(&["off", "warn", "require"]),
        Some("off"),
        "what open items of the checklist do to a start",
    ),
    key("backup.file", Kind::Path, None, "a file that proves a backup by its age"),
    key("backup.dump", Kind::Path, None, "directory for `caribou backup`; the plan's dump in it proves a backup"),
    key("backup.tool", Kind::Command, None, "the dump tool, where it is not mariadb-dump or mysqldump on the PATH"),
    key("backup.max_age", Kind::Duration, Some("24h"), "how old that file or that dump may be"),
    key("backup.command", Kind::Command, None, "a command that proves a backup by succeeding"),
    key(
        "plan.foreseen",
        Kind::Choice(&["off", "warn", "block", "refuse"]),
        Some("block"),
        "a statement that will fail as the schema will be by then: a finding; block: its file stops before the first statement; refuse: nothing begins",
    ),
    key(
        "throttle.max_threads_running",
        Kind::Integer { min: 1, max: 1_000_000 },
        None,
        "statements that run on the server at a time, above which nothing of a file begins",
    ),
    key(
        "throttle.resume_threads_running",
        Kind::Integer { min: 0, max: 1_000_000 },
        None,
        "and at which it goes on; default: three quarters of that",
    ),
    key("throttle.max_lag", Kind::Duration, None, "how far a replica may be behind before nothing of a file begins"),
    key("throttle.resume_lag", Kind::Duration, None, "and at which it goes on; default: half of that"),
    key("throttle.replicas", Kind::Filled, None, "the replicas that are asked, by the same account: host:port, …"),
    key("throttle.every", Kind::Duration, Some("5s"), "how often is asked, at the most"),
    key("windows.b", Kind::Duration, Some("24h"), "how long somebody may decide about a class B rollback"),
    key("windows.c", Kind::Duration, Some("7d"), "about a class C rollback"),
    key("windows.d", Kind::Duration, Some("30d"), "about a class D rollback"),
    key(
        "windows.on_lapse",
        Kind::Choice(&["keep", "escalate", "rollback"]),
        Some("keep"),
        "what follows when nobody has decided",
    ),
    key(
        "policy.on_crash",
        Kind::Choice(&["rollback", "hold"]),
        Some("rollback"),
        "what happens to a file that a crash left half-way: it is undone, or somebody chooses",
    ),
    key(
        "crash.max_undo",
        Kind::Duration,
        Some("10m"),
        "the longest undo that begins unasked after a crash, by what the statements took",
    ),
    key(
        "policy.freeze",
        Kind::Choice(&["never", "critical", "always"]),
        Some("never"),
        "when others are kept from writing: never unasked, while a file runs that asks for it, all the time",
    ),
    key("freeze.max_idle", Kind::Duration, Some("10m"), "a freeze under which nothing runs for so long is lifted"),
    key(
        "class_a.data_loss",
        Kind::Choice(&["hold", "proceed"]),
        Some("hold"),
        "what a rollback that nobody ordered does before it destroys rows that others wrote",
    ),
    key(
        "undo.max_rows",
        Kind::Integer { min: 0, max: 1_000_000_000 },
        Some("1000000"),
        "rows that are kept for one statement at the most; one that destroys more does not run",
    ),
    key("undo.max_bytes", Kind::Integer { min: 0, max: 1 << 50 }, Some("1073741824"), "the same in bytes"),
    key(
        "undo.prefer",
        Kind::Choice(UndoPrefer::WORDS),
        Some("script"),
        "which undo comes first: the rollback script, or what is derived from what stood before",
    ),
    key("undo.keep_for", Kind::Duration, Some("30d"), "how long what a statement destroyed is kept"),
    key("budget.core_tables", Kind::Integer { min: 1, max: 100_000 }, Some("77"), "the most tables the core may have"),
    key(
        "checks.profile",
        Kind::Choice(&["default", "doctrine"]),
        Some("default"),
        "levels of the checks that are not set one by one: default, or the founding rules",
    ),
    key(
        "checks.large_rows",
        Kind::Integer { min: 0, max: 1_000_000_000_000 },
        Some("100000"),
        "rows from which on copying or locking a table is worth a word",
    ),
    key(
        "checks.compared_rows",
        Kind::Integer { min: 0, max: 1_000_000_000 },
        Some("1000"),
        "rows up to which a table that a file alters is compared before it and after it; 0 compares none",
    ),
    key(
        "checks.long_transaction",
        Kind::Duration,
        Some("60s"),
        "for how long a transaction of others may be open when a table changes",
    ),
    key(
        "checks.replica_lag",
        Kind::Duration,
        Some("60s"),
        "how far a replica (throttle.replicas) may be behind when a file begins",
    ),
    key("names.tables", Kind::Pattern, None, "what names of tables and views that a file makes have to be like"),
    key("names.columns", Kind::Pattern, None, "the same of columns"),
    key("names.indexes", Kind::Pattern, None, "the same of indexes"),
    key(
        "alerts.prolonged",
        Kind::Prolonged,
        Some("3x"),
        "when a batch is prolonged: a time, or a multiple of the estimate",
    ),
    key("alerts.prolonged_least", Kind::Duration, Some("10m"), "no batch is prolonged before, whatever the estimate"),
    key(
        "alerts.escalate_after",
        Kind::Duration,
        Some("15m"),
        "how long nobody may acknowledge it before it rises a level",
    ),
    key("alerts.ack_expires", Kind::Duration, Some("4h"), "how long an acknowledgement lasts"),
    key("alerts.milestones", Kind::Switch, Some("true"), "alerts of type info: a batch has started, has ended, …"),
    key("alerts.retry", Kind::Duration, Some("5s"), "pause before a hook that failed is tried again; it grows"),
    key("alerts.linger", Kind::Duration, Some("10s"), "how long a process that ends waits for hooks that hang"),
    key("alerts.sendmail", Kind::Path, Some("/usr/sbin/sendmail"), "the program that takes mail"),
    key("alerts.mail_from", Kind::Mail, None, "sender of mail"),
    key("report.directory", Kind::Path, None, "where migrate writes the report of each batch (batch-N.md)"),
    key("console.theme", Kind::Theme, Some("default"), "default, light, high-contrast, blue-orange"),
    key("console.ascii", Kind::Switch, Some("false"), "draw with ASCII only"),
    key("log.file", Kind::Path, None, "diagnostics of the program itself are appended here"),
    key(
        "log.level",
        Kind::Filled,
        Some("info"),
        "error, warn, info, debug, trace, or a filter such as caribou::engine=debug",
    ),
];

/// The tables with names of their own, an inner one before its outer one.
pub const FAMILIES: &[Family] = &[
    Family { table: "session", kind: Kind::Text, names: None },
    Family { table: "checks.rules", kind: ACTIONS, names: Some(|| RULES.iter().map(|r| r.name).collect()) },
    Family { table: "checks", kind: ACTIONS, names: Some(|| CHECKS.iter().map(|c| c.name).collect()) },
    Family { table: "modules", kind: Kind::Text, names: None },
    Family { table: "console.keys", kind: Kind::Text, names: None },
];

/// The key with that name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|k| k.name == name)
}

/// The family that a name belongs to, and the name within it; none for a key of its own.
pub fn family(name: &str) -> Option<(&'static Family, &str)> {
    if find(name).is_some() {
        return None; // a key of its own, in the same table
    }
    FAMILIES.iter().find_map(|f| name.strip_prefix(f.table)?.strip_prefix('.').map(|rest| (f, rest)))
}

/// True if there is such a table: one that may hold keys, also where it holds none.
pub fn is_table(name: &str) -> bool {
    let holds = |key: &str| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    KEYS.iter().any(|key| holds(key.name)) || FAMILIES.iter().any(|family| family.table == name) || name == HOOKS.table
}

/// Gives the form of a name's value, if there is such a key.
pub fn kind_of(name: &str) -> Option<Kind> {
    let in_family = || family(name).filter(|(f, n)| f.has(n)).map(|(f, _)| f.kind);
    find(name).map(|k| k.kind).or_else(in_family).or_else(|| HOOKS.kind(name))
}

/// Every name that may be meant: the keys, the families' tables and their known names.
pub fn all_names() -> impl Iterator<Item = String> {
    let families = FAMILIES.iter().flat_map(|f| {
        let inside = f.known().into_iter().map(move |n| format!("{}.{n}", f.table));
        std::iter::once(f.table.to_owned()).chain(inside)
    });
    KEYS.iter().map(|k| k.name.to_owned()).chain(families)
}

/// The known name that is most like a wrong one, if any is near enough to be meant.
pub fn nearest(wrong: &str) -> Option<String> {
    if let Some((table, _)) = HOOKS.split(wrong) {
        return nearest_of(wrong, HOOKS.keys.iter().map(|(key, _)| format!("{}.{table}.{key}", HOOKS.table)));
    }
    let elsewhere = ELSEWHERE.iter().find(|(asked, _)| asked.eq_ignore_ascii_case(wrong)).map(|(_, key)| *key);
    elsewhere.or_else(|| in_another_table(wrong)).map(str::to_owned).or_else(|| nearest_of(wrong, all_names()))
}

/// Names under which people look for a key, each with the key that it is.
const ELSEWHERE: [(&str, &str); 10] = [
    ("database.schema", "schemas.core"),
    ("database.database", "schemas.core"),
    ("database.name", "schemas.core"),
    ("database.dbname", "schemas.core"),
    ("schemas.schema", "schemas.core"),
    ("schemas.name", "schemas.core"),
    ("hooks.linger", "alerts.linger"),
    ("alerts.hooks.linger", "alerts.linger"),
    ("migrations.path", "migrations.dir"),
    ("migrations.directory", "migrations.dir"),
];

/// The key of that name that stands in another table, where there is only one.
fn in_another_table(wrong: &str) -> Option<&'static str> {
    let (table, last) = wrong.rsplit_once('.')?;
    let is_table = KEYS.iter().any(|key| key.name.split('.').next() == Some(table));
    let mut found = KEYS.iter().filter(|key| is_table && key.name.rsplit('.').next() == Some(last));
    let first = found.next()?.name;
    found.next().is_none().then_some(first)
}

/// The candidate most like a wrong word, if any is near enough to be meant.
pub fn nearest_of(wrong: &str, candidates: impl IntoIterator<Item = String>) -> Option<String> {
    let scored = candidates.into_iter().map(|c| (strsim::jaro_winkler(wrong, &c), c));
    scored.filter(|(score, _)| *score > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_values() {
        for key in KEYS {
            if let Some(default) = key.default {
                super::super::value::check(key.kind, default).unwrap_or_else(|e| panic!("{}: {e}", key.name));
            }
        }
    }

    #[test]
    fn a_typing_error_finds_its_key() {
        assert_eq!(nearest("database.ulr").as_deref(), Some("database.url"));
        assert_eq!(nearest("migration.dir").as_deref(), Some("migrations.dir"));
        assert_eq!(nearest("database.core").as_deref(), Some("schemas.core"));
        assert_eq!(nearest("database.schema").as_deref(), Some("schemas.core"));
        assert_eq!(nearest("database.dir").as_deref(), Some("migrations.dir"));
        assert_eq!(nearest("migrations.lease_ttl").as_deref(), Some("workers.lease_ttl"));
        assert_eq!(nearest("zzz"), None);
    }

    #[test]
    fn names_of_families_are_known() {
        assert_eq!(kind_of("session.sql_mode"), Some(Kind::Text));
        assert_eq!(kind_of("session"), None);
        assert_eq!(kind_of("checks.no_such_check"), None);
        assert_eq!(nearest("checks.unbounded_wirte").as_deref(), Some("checks.unbounded_write"));
        assert!(family("checks.profile").is_none() && family("checks.parses").is_some());
    }
}
