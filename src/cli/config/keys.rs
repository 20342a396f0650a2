//! Every key that `caribou.toml` may hold, as a table. What is not in it is an error with the nearest name.

use crate::check::CHECKS;
use crate::sql::rules::RULES;

/// What a value must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A database URL; a password in it is never shown.
    Url,
    /// A path; in the file it is relative to the file, elsewhere to the working directory.
    Path,
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
    /// Which there are; `None`: any.
    pub names: Option<fn() -> Vec<&'static str>>,
}

impl Family {
    /// Whether a name may stand in the table.
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
    key("database.user", Kind::Text, None, "account, in place of the one in URL or option file"),
    key("database.password_env", Kind::Text, Some("CARIBOU_PASSWORD"), "variable that holds the password"),
    key("database.password_command", Kind::Text, None, "command that prints the password"),
    key("database.ssl_mode", SSL_MODES, None, "how far TLS is asked for"),
    key("database.ssl_ca", Kind::Path, None, "the authority's certificate (PEM)"),
    key("database.ssl_cert", Kind::Path, None, "the client's certificate (PEM)"),
    key("database.ssl_key", Kind::Path, None, "the client's key (PEM)"),
    key("database.connect_timeout", Kind::Duration, Some("10s"), "how long connecting may take"),
    key("schemas.core", Kind::Text, None, "the data being migrated, when the URL names none"),
    key("schemas.orchestration", Kind::Text, None, "default: the core's name and _orchestration"),
    key("schemas.ephemeral", Kind::Text, None, "default: the core's name and _ephemeral"),
    key("schemas.undo", Kind::Text, None, "default: the core's name and _undo"),
    key("schemas.prefix", Kind::Text, Some(""), "before each of Caribou's table names, such as lupo_"),
    key("migrations.dir", Kind::Path, Some("migrations"), "where the files are"),
    key("migrations.layout", Kind::Text, Some("auto"), "how they are named: auto, native, golang_migrate, sqlx, …"),
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
    key("undo.keep_for", Kind::Duration, Some("30d"), "how long what a statement destroyed is kept"),
    key("budget.core_tables", Kind::Integer { min: 1, max: 100_000 }, Some("77"), "the most tables the core may have"),
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
    Family { table: "console.keys", kind: Kind::Text, names: None },
];

/// The key with that name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|k| k.name == name)
}

/// The family that a name belongs to, and the name within it.
pub fn family(name: &str) -> Option<(&'static Family, &str)> {
    FAMILIES.iter().find_map(|f| name.strip_prefix(f.table)?.strip_prefix('.').map(|rest| (f, rest)))
}

/// What a name may hold, if there is such a key.
pub fn kind_of(name: &str) -> Option<Kind> {
    let in_family = || family(name).filter(|(f, n)| f.has(n)).map(|(f, _)| f.kind);
    find(name).map(|k| k.kind).or_else(in_family)
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
    nearest_of(wrong, all_names())
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
        assert_eq!(nearest("zzz"), None);
    }

    #[test]
    fn names_of_families_are_known() {
        assert_eq!(kind_of("session.sql_mode"), Some(Kind::Text));
        assert_eq!(kind_of("session"), None);
        assert_eq!(kind_of("checks.no_such_check"), None);
    }
}
