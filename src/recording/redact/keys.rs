//! Keys of the journal's JSON, and how what stands under each is treated.

/// Treatment of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// A word of ours, a checksum: it stays.
    Keep,
    /// A name that people gave to an object, a file or a batch: it stays, but for what is known to be secret in it.
    Name,
    /// An account.
    Account,
    /// A host, a server's identity or address, a directory.
    Host,
    /// SQL.
    Sql,
    /// Sentences, of people and of servers.
    Prose,
}

const KEEP: &[&str] = &[
    "kind",
    "verb",
    "step",
    "act",
    "method",
    "from",
    "to",
    "cause",
    "state",
    "status",
    "batch_status",
    "phase",
    "class",
    "mark",
    "warned",
    "then",
    "verdict",
    "effect",
    "file_type",
    "hash",
    "canonical",
    "source",
    "plan",
    "category",
    "code",
    "hold",
    "alert_type",
    "fingerprint",
    "layout",
    "outcome",
    "means",
    "closed",
    "undo_prefer",
    "data_loss",
    "dependency_type",
    "mode",
    "unit",
    "caribou",
    "after",
    "settled",
    "by",
    "item",
    "check",
    "freeze",
    "on_lapse",
    "lapse",
    "on",
    "on_crash",
    "doctrine",
    "module",
    "agent",
    "documentation",
];

const NAMES: &[&str] = &[
    "path", "name", "table", "column", "object", "place", "places", "key", "columns", "changed", "schema", "twin",
    "renamed", "rows",
];

const ACCOUNTS: &[&str] =
    &["operator", "asked_by", "account", "started_by", "opened_by", "decided_by", "frozen_by", "thawed_by", "owner"];

const HOSTS: &[&str] = &["server", "known", "found", "holder", "host"];

const SQL: &[&str] = &["sql", "text", "definition", "statement_text"];

/// The treatment of what stands under a key. Whatever is not known is prose, of which least is left.
pub(super) fn treatment(parent: &str, key: &str) -> Treatment {
    let any = |keys: &[&str]| keys.contains(&key);
    match () {
        () if parent == "versions" => Treatment::Keep,
        () if (parent, key) == ("freeze", "by") => Treatment::Account,
        () if any(KEEP) => Treatment::Keep,
        () if any(NAMES) => Treatment::Name,
        () if any(ACCOUNTS) => Treatment::Account,
        () if any(HOSTS) => Treatment::Host,
        () if any(SQL) => Treatment::Sql,
        () => Treatment::Prose,
    }
}
