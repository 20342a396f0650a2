//! The JSON Schemas of what the commands print, made from the types that they print.
//!
//! `CARIBOU_WRITE_DOCS=1 cargo test --lib reference` writes `docs/reference/json/` anew; `tests/it/json_schemas.rs`
//! holds what the program really prints against them.

use super::document::{BatchDocument, StatusDocument};
use super::verbs::answer::{CommandAnswer, RequestAnswer, ThawAnswer};
use super::*;
use crate::model::BlastRadius;
use crate::written::stands;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A published schema.
struct Published {
    /// Name of the file, without its ending.
    name: &'static str,
    /// The commands whose output it is about, as they are written.
    of: &'static [&'static str],
    /// Words about its form, where it is not one document.
    form: &'static str,
    root: fn(SchemaGenerator) -> Schema,
}

const fn published<T: JsonSchema>(name: &'static str, of: &'static [&'static str]) -> Published {
    Published { name, of, form: "", root: SchemaGenerator::into_root_schema_for::<T> }
}

const fn lines<T: JsonSchema>(name: &'static str, of: &'static [&'static str]) -> Published {
    Published { form: ", one a line", ..published::<T>(name, of) }
}

/// The verbs that hand a command in.
const VERBS: &[&str] = &[
    "pause",
    "resume",
    "step",
    "retry",
    "settle",
    "discard",
    "abort",
    "break",
    "freeze",
    "thaw",
    "ack",
    "resolve",
    "escalate",
    "accept-server",
    "repair",
];

const PUBLISHED: &[Published] = &[
    published::<adopt::report::Report>("adopt", &["adopt"]),
    published::<alerts::AlertsDocument>("alerts", &["alerts"]),
    published::<hook_test::HooksDocument>("alerts-test", &["alerts test"]),
    published::<backup::Made>("backup", &["backup"]),
    published::<BlastRadius>("blast-radius", &["rollback --dry-run"]),
    published::<checklist::ChecklistDocument>("checklist", &["checklist", "checklist tick", "checklist untick"]),
    published::<checks::AllDocument>("checks", &["checks"]),
    published::<checks::OneDocument>("checks-name", &["checks NAME"]),
    published::<CommandAnswer>("command", VERBS),
    published::<config_command::ConfigDocument>("config", &["config"]),
    published::<demo::headless::DemoDocument>("demo", &["demo --headless"]),
    published::<doctor::Examination>("doctor", &["doctor"]),
    lines::<events::EventLine<'static>>("events", &["events"]),
    published::<Vec<BatchDocument>>("history", &["history"]),
    published::<init::Begun>("init", &["init"]),
    published::<plan::Document<'static>>("plan", &["plan", "migrate --dry-run"]),
    published::<record::Recorded<'static>>("record", &["record"]),
    published::<rehearse::report::RehearsalDocument>("rehearse", &["rehearse"]),
    lines::<replay::lines::PlayedLine<'static>>("replay", &["replay --headless"]),
    published::<verbs::repair::RepairDocument>("repair", &["repair", "repair --dry-run"]),
    published::<report::story::Report>("report", &["report"]),
    published::<RequestAnswer>("request", &["rollback", "approve", "reject", "override"]),
    published::<rollbacks::RollbacksDocument>("rollbacks", &["rollbacks"]),
    published::<schema::Compared>("schema-check", &["schema check"]),
    published::<Vec<String>>("schema-grants", &["schema grants"]),
    published::<schema::Installed>("schema-install", &["schema install"]),
    published::<Vec<schema::settings::SettingDocument>>("schema-settings", &["schema settings"]),
    published::<StatusDocument>("status", &["migrate", "status"]),
    published::<status::wording::Document>("status-as", &["status --as"]),
    published::<ThawAnswer>("thaw-emergency", &["thaw --emergency"]),
];

/// Commands that print no JSON, and what they print.
const WITHOUT: [(&str, &str); 4] = [
    ("console", "a screen"),
    ("worker", "nothing: its log goes to stderr"),
    ("completions", "a script"),
    ("man", "a manual page"),
];

impl Published {
    /// The schema as it stands in its file.
    fn text(&self) -> String {
        let mut schema = (self.root)(SchemaSettings::draft2020_12().for_serialize().into_generator());
        let commands: Vec<String> = self.of.iter().map(|command| format!("caribou {command}")).collect();
        schema.insert("title".to_owned(), Value::String(format!("{} --format json{}", commands.join(", "), self.form)));
        let mut value = schema.to_value();
        without_links(&mut value);
        serde_json::to_string_pretty(&value).expect("a schema") + "\n"
    }
}

/// Takes the links of the program's own documentation out of the descriptions.
fn without_links(value: &mut Value) {
    match value {
        Value::String(text) => {
            let words = regex::Regex::new(r" \(\[`[^`]*`\]\)|\[(`[^`]*`)\]").expect("an expression");
            *text = words.replace_all(text, "$1").replace('\n', " ");
        }
        Value::Array(items) => items.iter_mut().for_each(without_links),
        Value::Object(fields) => fields.values_mut().for_each(without_links),
        _ => {}
    }
}

#[test]
fn the_published_schemas_are_the_reference_of_what_is_printed() {
    let file = |one: &Published| format!("{}.schema.json", one.name);
    for one in PUBLISHED {
        stands(&format!("json/{}", file(one)), &one.text());
    }
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/reference/json");
    let entries = std::fs::read_dir(directory).expect("the schemas").map(|entry| entry.expect("an entry").file_name());
    let there: BTreeSet<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    assert_eq!(there, PUBLISHED.iter().map(file).collect(), "each once, and no other");
}

/// Adds the commands below one that have none below themselves, and those that do something alone as well.
fn leaves(command: &clap::Command, above: &str, found: &mut Vec<String>) {
    for below in command.get_subcommands() {
        let path = format!("{above} {}", below.get_name()).trim().to_owned();
        if below.get_subcommands().next().is_none() || !below.is_subcommand_required_set() {
            found.push(path.clone());
        }
        leaves(below, &path, found);
    }
}

#[test]
fn no_command_prints_json_that_no_schema_is_about() {
    let mut commands = Vec::new();
    leaves(&Cli::command(), "", &mut commands);
    let told: Vec<&str> = PUBLISHED.iter().flat_map(|one| one.of).copied().collect();
    let is_told = |command: &str| told.contains(&command) || told.contains(&format!("{command} --headless").as_str());
    let without = |command: &str| WITHOUT.iter().any(|(name, _)| *name == command);
    let missing: Vec<&String> = commands.iter().filter(|command| !is_told(command) && !without(command)).collect();
    assert!(missing.is_empty(), "without a schema: {missing:?}");
    let named = |one: &str| commands.iter().any(|command| one == command || one.starts_with(&format!("{command} ")));
    let unknown: Vec<&&str> = told.iter().filter(|one| !named(one)).collect();
    assert!(unknown.is_empty(), "no command: {unknown:?}");
}
