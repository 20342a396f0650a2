//! The reference, made from the program: commands, configuration, checks.

use super::config::keys::{self, FAMILIES, HOOKS, KEYS, Kind};
use super::*;
use crate::check::{CHECKS, ELSEWHERE};
use crate::sql::rules::RULES;
use crate::written::{head, row, stands};

const MADE: &str = "<!-- made from the program: CARIBOU_WRITE_DOCS=1 cargo test --lib reference -->\n";

/// Arguments that clap adds to every command.
const NOWHERE: [&str; 2] = ["help", "version"];

/// The arguments of a command, without those that are told elsewhere.
fn arguments(command: &clap::Command, elsewhere: &[&str]) -> String {
    let rows: String = command
        .get_arguments()
        .filter(|one| !one.is_hide_set() && !elsewhere.contains(&one.get_id().as_str()))
        .map(|one| {
            let short = one.get_short().map_or_else(String::new, |short| format!("`-{short}`, "));
            let mut about = one.get_help().map_or_else(String::new, ToString::to_string);
            let values: Vec<String> = one
                .get_possible_values()
                .iter()
                .filter(|_| !one.is_hide_possible_values_set() && one.get_action().takes_values())
                .map(|value| format!("`{}`", value.get_name()))
                .collect();
            if !values.is_empty() {
                about.push_str(&format!(": {}", values.join(", ")));
            }
            let defaults: Vec<String> =
                one.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
            if !defaults.is_empty() && one.get_action().takes_values() {
                about.push_str(&format!(" (default: `{}`)", defaults.join(" ")));
            }
            // Backticks keep < and > as they are.
            row(&[&format!("{short}`{one}`"), &about]).replace("&lt;", "<")
        })
        .collect();
    if rows.is_empty() { rows } else { format!("{}{rows}\n", head(&["argument", "is"])) }
}

/// The arguments that a command hands down, and those told elsewhere.
fn handed_down<'a>(command: &'a clap::Command, elsewhere: &[&'a str]) -> Vec<&'a str> {
    let own = command.get_arguments().filter(|one| one.is_global_set()).map(|one| one.get_id().as_str());
    elsewhere.iter().copied().chain(own).collect()
}

fn command(of: &clap::Command, above: &str, elsewhere: &[&str], text: &mut String) {
    let path = format!("{above} {}", of.get_name());
    text.push_str(&format!("{} {path}\n\n", if above == "caribou" { "##" } else { "###" }));
    let about = of.get_long_about().or(of.get_about()).map_or_else(String::new, ToString::to_string);
    text.push_str(&format!("{}\n\n", about.replace('<', "&lt;")));
    text.push_str(&arguments(of, elsewhere));
    if let Some(after) = of.get_after_help() {
        text.push_str(&format!("```text\n{after}\n```\n\n"));
    }
    for below in of.get_subcommands().filter(|below| below.get_name() != "help") {
        command(below, &path, &handed_down(of, elsewhere), text);
    }
}

#[test]
fn the_reference_of_commands_is_what_the_program_says() {
    let mut root = Cli::command();
    root.build();
    let of_all = handed_down(&root, &NOWHERE);
    let own: Vec<&str> = root
        .get_arguments()
        .map(|one| one.get_id().as_str())
        .filter(|id| NOWHERE.contains(id) || !of_all.contains(id))
        .collect();
    let mut text = format!(
        "# Commands\n\n{MADE}\n`caribou` alone opens the console of the project here. {}\n\n## Everywhere\n\n{}",
        root.get_after_help().map_or_else(String::new, ToString::to_string),
        arguments(&root, &own)
    );
    for below in root.get_subcommands().filter(|below| below.get_name() != "help") {
        command(below, "caribou", &of_all, &mut text);
    }
    stands("commands.md", &format!("{}\n", text.trim_end()));
}

fn form(kind: Kind) -> String {
    match kind {
        Kind::Text | Kind::Filled => "text".to_owned(),
        Kind::Url => "URL of a database".to_owned(),
        Kind::Path => "path".to_owned(),
        Kind::Paths => "path, or a list of paths".to_owned(),
        Kind::Integer { min, max: i64::MAX } => format!("number from {min}"),
        Kind::Integer { min, max } => format!("number, {min} to {max}"),
        Kind::Duration => "time: `500ms`, `30s`, `5m`, `24h`, `7d`".to_owned(),
        Kind::Switch => "`true` or `false`".to_owned(),
        Kind::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Kind::Theme => "name of a theme".to_owned(),
        Kind::Command => "program and arguments, as a list or as words".to_owned(),
        Kind::Web => "`http://` or `https://`".to_owned(),
        Kind::Mail => "address of a mail".to_owned(),
        Kind::Pattern => {
            "pattern: letters, `[a-z0-9_]`, `.`, with `*`, `+` or `?` behind, alternatives between `|`".to_owned()
        }
        Kind::Prolonged => "time, or `3x`: so many times what is estimated".to_owned(),
    }
}

#[test]
fn the_reference_of_the_configuration_is_what_the_program_says() {
    let mut text = format!(
        "# Configuration\n\n{MADE}\n`caribou.toml`, found here or above. Later wins: default, file, variable, flag; `caribou \
         config` shows each value and where it comes from. The variable of a key is its name in upper case after \
         `CARIBOU_`: `{}` for `database.url`.\n",
        keys::variable("database.url")
    );
    let mut table = "";
    for key in KEYS {
        let (of, name) = key.name.split_once('.').unwrap_or(("", key.name));
        if of != table {
            text.push_str(&format!("\n## [{of}]\n\n{}", head(&["key", "value", "default", "is"])));
            table = of;
        }
        let default = key.default.map_or_else(String::new, |default| format!("`{default}`"));
        text.push_str(&row(&[&format!("`{name}`"), &form(key.kind), &default, key.help]));
    }
    text.push_str(&format!("\n## [{}.NAME]\n\nWho is told of alerts.\n\n{}", HOOKS.table, head(&["key", "value"])));
    text.extend(HOOKS.keys.iter().map(|(name, kind)| row(&[&format!("`{name}`"), &form(*kind)])));
    text.push_str(&format!("\n## Names of your own\n\n{}", head(&["table", "value"])));
    text.extend(FAMILIES.iter().map(|family| row(&[&format!("`[{}]`", family.table), &form(family.kind)])));
    stands("configuration.md", &text);
}

#[test]
fn the_reference_of_the_checks_is_what_the_program_says() {
    let mut text = format!(
        "# Checks\n\n{MADE}\n`caribou checks NAME` says the same of one, with the level that it has here. How they work: \
         [checks.md](../design/checks.md).\n\n{}",
        head(&["check", "runs", "default", "doctrine", "demands", "why", "instead"])
    );
    for check in CHECKS {
        let [default, doctrine] = [check.level, check.doctrine].map(|level| level.as_str());
        let runs = check.phase.when();
        let name = format!("`{}`", check.name);
        text.push_str(&row(&[&name, runs, default, doctrine, check.about, check.why, check.safer]));
    }
    text.push_str(&format!(
        "\n## Logged by types of files and by probes\n\n{}",
        head(&["name", "runs", "level", "demands", "why", "instead"])
    ));
    for one in ELSEWHERE {
        let runs = format!("{} a {}", one.phase.when(), one.of);
        let level = format!("{}, from {}", one.level, one.from);
        text.push_str(&row(&[&format!("`{}`", one.name), &runs, &level, one.about, one.why, one.safer]));
    }
    text.push_str(&format!("\n## Rules of the doctrine\n\n`[checks.rules] NAME`\n\n{}", head(&["rule", "demands"])));
    text.extend(RULES.iter().map(|rule| row(&[&format!("`{}`", rule.name), rule.text])));
    stands("checks.md", &text);
}
