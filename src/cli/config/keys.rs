//! Every key that `caribou.toml` may hold, as a table. What is not in it is an error with the nearest name.

use crate::check::CHECKS;
use crate::model::UndoPrefer;
use crate::sql::rules::RULES;

/// Form that a value must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A database URL; a password in it is never shown.
    Url,
    /// A path; in the file it is relative to the file, elsewhere to the working directory.
    Path,
    /// A path or a list of them, as [`Kind::Path`].
    Paths,
    /// A whole number within bounds.
    Integer {
        min: i64,
        max: i64,
    },
    /// `500ms`, `30s`, `5m`; a bare number is seconds.
    Duration,
    /// `true` or `false`.
    Switch,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// The name of a theme of the console.
    Theme,
    /// Program and arguments: a list, or words with spaces between them. No shell is between.
    Command,
    /// `http://` or `https://`; what comes after the host may be a secret, and is never shown.
    Web,
    /// The address of a mail.
    Mail,
    /// `2h`, or `3x`: so many times what is estimated.
    Prolonged,
}

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

/// Tables of one form, each with a name of its own: `[alerts.hooks.NAME]`.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// The table that they stand in.
    pub table: &'static str,
    pub keys: &'static [(&'static str, Kind)],
}

impl Group {
    /// The table's own name and the key in it, where a name is of the group: `ops` and `url`.
    pub fn split<'a>(&self, name: &'a str) -> Option<(&'a str, &'a str)> {
        name.strip_prefix(self.table)?.strip_prefix('.')?.rsplit_once('.').filter(|(table, _)| !table.contains('.'))
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        let (_, wanted) = self.split(name)?;
        self.keys.iter().find(|(key, _)| *key == wanted).map(|(_, kind)| *kind)
    }

    /// The name that a variable sets: `ALERTS_HOOKS_OPS_URL`, after `CARIBOU_`.
    pub fn of_variable(&self, found: &str) -> Option<String> {
        let rest = found.strip_prefix(&variable(self.table))?.strip_prefix('_')?.to_lowercase();
        let longest =
            self.keys.iter().filter(|(key, _)| rest.ends_with(&format!("_{key}"))).max_by_key(|(key, _)| key.len());
        let (key, _) = longest?;
        let table = rest.strip_suffix(key)?.strip_suffix('_').filter(|table| !table.is_empty())?;
        Some(format!("{}.{table}.{key}", self.table))
    }
}

/// The hooks by which people are told of alerts.
pub const HOOKS: Group = Group {
    table: "alerts.hooks",
    keys: &[
        ("command", Kind::Command),
        ("url", Kind::Web),
        ("mail", Kind::Mail),
        ("format", Kind::Choice(&["json", "slack"])),
        ("secret_env", Kind::Text),
        ("secret_file", Kind::Path),
        ("secret_command", Kind::Text),
        ("contact", Kind::Text),
        ("level", Kind::Integer { min: 1, max: 3 }),
        ("least", Kind::Choice(&["info", "warning", "error", "critical"])),
        ("timeout", Kind::Duration),
    ],
};

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
    key("database.user", Kind::Text, None, "account, in place of the one in URL or option file"),
    key("database.password_env", Kind::Text, Some("CARIBOU_PASSWORD"), "variable that holds the password"),
    key("database.password_command", Kind::Text, None, "command that prints the password"),
    key("database.ssl_mode", SSL_MODES, None, "how far TLS is asked for"),
    key("database.ssl_ca", Kind::Path, None, "the authority's certificate (PEM)"),
    key("database.ssl_cert", Kind::Path, None, "the client's certificate (PEM)"),
    key("database.ssl_key", Kind::Path, None, "the client's key (PEM)"),
    key("database.connect_timeout", Kind::Duration, Some("10s"), "how long connecting may take"),
    key("runner.user", Kind::Text, None, "account that files run as, apart from the one that does everything else"),
    key(
        "runner.password_env",
        Kind::Text,
        Some("CARIBOU_RUNNER_PASSWORD"),
        "variable that holds the runner's password",
    ),
    key("runner.password_command", Kind::Text, None, "command that prints the runner's password"),
    key("runner.defaults_file", Kind::Path, None, "option file with the runner's user and password"),
    key("schemas.core", Kind::Text, None, "the data being migrated, when the URL names none"),
    key("schemas.orchestration", Kind::Text, None, "default: the core's name and _orchestration"),
    key("schemas.ephemeral", Kind::Text, None, "default: the core's name and _ephemeral"),
    key("schemas.undo", Kind::Text, None, "default: the core's name and _undo"),
    key("schemas.prefix", Kind::Text, Some(""), "before each of Caribou's table names, such as lupo_"),
    key("migrations.dir", Kind::Paths, Some("migrations"), "where the files are: a directory, or a list of several"),
    key("migrations.layout", Kind::Text, Some("auto"), "how they are named: auto, native, flyway, liquibase, goose, …"),
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
        "a statement that will fail as the schema will be by then: a finding of that level; refuse: nothing begins",
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
    key("throttle.replicas", Kind::Text, None, "the replicas that are asked, by the same account: host:port, …"),
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
        Kind::Text,
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

/// Gives the form of a name's value, if there is such a key.
pub fn kind_of(name: &str) -> Option<Kind> {
    let in_family = || family(name).filter(|(f, n)| f.has(n)).map(|(f, _)| f.kind);
    find(name).map(|k| k.kind).or_else(in_family).or_else(|| HOOKS.kind(name))
}

/// The environment variable of a key: `database.url` is `CARIBOU_DATABASE_URL`.
pub fn variable(name: &str) -> String {
    format!("CARIBOU_{}", name.replace('.', "_").to_uppercase())
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
