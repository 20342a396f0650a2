//! All that stands in a schema: definitions as the server shows them, and a checksum of each table's rows.

use super::native::without;
use caribou::database::{Row, Session};
use caribou::sql::{Dialect, canonical_hash};
use std::collections::BTreeMap;

/// Contents of a schema, by name.
pub type Picture = BTreeMap<String, Shown>;

/// One thing in a schema.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// As the server shows it, the schema's name taken out.
    text: String,
    /// Part that is compared: the text, but for routines and triggers their tokens only, since the native client leaves
    /// out the comments in their bodies and we keep them.
    essence: String,
}

impl Shown {
    pub fn plain(text: &str, schema: &str) -> Self {
        let text = without(text, schema);
        Self { essence: text.clone(), text }
    }

    pub fn code(text: &str, schema: &str, dialect: Dialect) -> Self {
        let text = without(text, schema);
        Self { essence: canonical_hash(&text, dialect), text }
    }
}

/// A picture without the counters of its tables, which no ROLLBACK takes back either: numbers that were given out may be
/// known elsewhere.
pub fn without_counters(picture: &Picture) -> Picture {
    let of = |shown: &Shown| {
        let words = shown.essence.split(' ').filter(|word| !word.starts_with("AUTO_INCREMENT="));
        Shown { essence: words.collect::<Vec<_>>().join(" "), text: shown.text.clone() }
    };
    picture.iter().map(|(name, shown)| (name.clone(), of(shown))).collect()
}

/// A picture of SQLite, which keeps definitions as they were typed, by what it means: tokens count, and not how names are
/// quoted or words spaced. The counter of a table that never counted is as good as none: SQLite makes it with the first
/// INSERT, together with a table for all counters that nobody can drop.
pub fn by_meaning(picture: &Picture) -> Picture {
    let mut picture: Picture = picture
        .iter()
        .map(|(name, shown)| match name.starts_with("rows of ") {
            true => (name.clone(), shown.clone()),
            false => (name.clone(), Shown { essence: meaning(&shown.text), text: shown.text.clone() }),
        })
        .collect();
    if let Some(counters) = picture.get_mut("rows of sqlite_sequence") {
        let counted = counters.text.lines().filter(|line| !line.ends_with(", 0")).collect::<Vec<_>>().join("\n");
        *counters = Shown::plain(&counted, "");
    }
    if picture.get("rows of sqlite_sequence").is_some_and(|counters| counters.text.is_empty()) {
        picture.retain(|name, _| !name.ends_with(" sqlite_sequence"));
    }
    // The statistics that ANALYZE gathers are SQLite's own: an undo leaves their tables.
    picture.retain(|name, _| !["1", "4"].iter().any(|end| name.ends_with(&format!(" sqlite_stat{end}"))));
    picture
}

fn meaning(text: &str) -> String {
    canonical_hash(&text.replace('"', ""), Dialect::Sqlite)
}

/// Takes the picture of a schema on a server; empty when there is no such schema.
pub async fn picture(session: &mut dyn Session, schema: &str) -> Picture {
    let mut picture = Picture::new();
    if !session.schema_exists(schema).await.expect("schemas are listed") {
        return picture;
    }
    let shown = ask(session, &format!("SHOW CREATE DATABASE `{schema}`")).await;
    picture.insert("schema".to_owned(), Shown::plain(&shown[0].get_text(1), schema));
    let mut tables = Vec::new();
    for row in ask(session, &format!("SHOW FULL TABLES FROM `{schema}`")).await {
        let (name, kind) = (row.get_text(0), row.get_text(1));
        let shown = ask(session, &format!("SHOW CREATE TABLE `{schema}`.`{name}`")).await;
        picture.insert(format!("{kind} {name}"), Shown::plain(&shown[0].get_text(1), schema));
        if kind == "BASE TABLE" {
            tables.push(format!("`{schema}`.`{name}`"));
        }
    }
    if !tables.is_empty() {
        for row in ask(session, &format!("CHECKSUM TABLE {} EXTENDED", tables.join(", "))).await {
            let name = row.get_text(0);
            let name = name.strip_prefix(&format!("{schema}.")).unwrap_or(&name);
            picture.insert(format!("rows of {name}"), Shown::plain(&row.get_text(1), schema));
        }
    }
    for (kind, list) in ROUTINES {
        for row in ask(session, &list.replace('?', schema)).await {
            let name = row.get_text(0);
            let shown = ask(session, &format!("SHOW CREATE {kind} `{schema}`.`{name}`")).await;
            let texts: Vec<String> = (0..SHOWN).map(|column| shown[0].get_text(column)).collect();
            let code = Shown::code(&texts.join(" | "), schema, session.kind().dialect());
            picture.insert(format!("{kind} {name}"), code);
        }
    }
    picture
}

/// Number of columns that are compared of a routine or trigger: name, sql_mode, statement, character set, collation,
/// the schema's collation. After that a trigger has the time of its making.
const SHOWN: usize = 6;

/// The kinds that are shown by a statement of their own, and how they are listed.
const ROUTINES: [(&str, &str); 4] = [
    (
        "PROCEDURE",
        "SELECT routine_name FROM information_schema.routines WHERE routine_schema = '?' AND routine_type = 'PROCEDURE'",
    ),
    (
        "FUNCTION",
        "SELECT routine_name FROM information_schema.routines WHERE routine_schema = '?' AND routine_type = 'FUNCTION'",
    ),
    ("TRIGGER", "SELECT trigger_name FROM information_schema.triggers WHERE event_object_schema = '?'"),
    ("EVENT", "SELECT event_name FROM information_schema.events WHERE event_schema = '?'"),
];

async fn ask(session: &mut dyn Session, sql: &str) -> Vec<Row> {
    session.query_text(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Lists what differs, in words.
pub fn differences(native: &Picture, ours: &Picture) -> Vec<String> {
    let mut names: Vec<&String> = native.keys().chain(ours.keys()).collect();
    names.sort();
    names.dedup();
    let missing = Shown::plain("(not there)", "");
    names
        .into_iter()
        .filter_map(|name| {
            let (one, two) = (native.get(name).unwrap_or(&missing), ours.get(name).unwrap_or(&missing));
            let differ = one.essence != two.essence;
            differ.then(|| format!("{name}\n  native: {}\n  ours:   {}", one.text, two.text))
        })
        .collect()
}
