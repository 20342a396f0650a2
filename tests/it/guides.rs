//! The guides, run as they stand: each command of a guide in its order, in a project of its own; what is shown beside them
//! is what comes out. A block of commands for elsewhere (another machine, a terminal) is read only.

use crate::readme::{STAY, ended, shell, words};
use crate::support::{Fresh, Project, is_wanted};
use caribou::database::ServerKind;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A fenced block.
struct Block {
    /// What stands after the fence.
    kind: String,
    text: String,
}

/// A guide: the server that it is run on, and what stands there before.
struct Guide {
    name: &'static str,
    kind: ServerKind,
    prepare: fn(&Project),
}

const GUIDES: [Guide; 6] = [
    Guide { name: "supervise", kind: ServerKind::Sqlite, prepare: nothing },
    Guide { name: "decide", kind: ServerKind::Sqlite, prepare: nothing },
    Guide { name: "drill", kind: ServerKind::Sqlite, prepare: nothing },
    Guide { name: "pipeline", kind: ServerKind::Sqlite, prepare: hook },
    Guide { name: "move", kind: ServerKind::Sqlite, prepare: other_tools },
    Guide { name: "accounts", kind: ServerKind::MariaDb, prepare: nothing },
];

fn nothing(_: &Project) {}

/// Somebody is told of alerts, so that nothing is left to warn of.
fn hook(project: &Project) {
    project.configure("[alerts.hooks.ops]\ncommand = [\"true\"]\n");
}

/// The directories and the history tables of other tools, each in a database of its own.
fn other_tools(project: &Project) {
    let users = "CREATE TABLE users (id INTEGER PRIMARY KEY)";
    let orders = "CREATE TABLE orders (id INTEGER PRIMARY KEY)";
    project.write("sql/V1__users.sql", format!("{users};\n")).write("sql/V2__orders.sql", format!("{orders};\n"));
    project.write("db/1_users.up.sql", format!("{users};\n")).write("db/2_orders.up.sql", format!("{orders};\n"));
    let changelog = format!(
        "--liquibase formatted sql\n\n--changeset ana:1\n{users};\n--rollback DROP TABLE users;\n\n--changeset ana:2\n\
         {orders};\n--rollback DROP TABLE orders;\n"
    );
    project.write("changelog/changelog.sql", changelog);
    let history = "installed_rank INT PRIMARY KEY, version VARCHAR(50), description VARCHAR(200), type VARCHAR(20), script \
                   VARCHAR(1000), checksum INT, installed_by VARCHAR(100), installed_on TEXT, execution_time INT, \
                   success BOOLEAN";
    let row = "1, '1', 'users', 'SQL', 'V1__users.sql', NULL, 'ana', '2026-01-05 10:00:00', 7, 1";
    database(project, "database", users, ("flyway_schema_history", history, row));
    let log = "ID VARCHAR(255), AUTHOR VARCHAR(255), FILENAME VARCHAR(255), DATEEXECUTED TEXT, ORDEREXECUTED INT, EXECTYPE \
               VARCHAR(10), MD5SUM VARCHAR(35), DESCRIPTION VARCHAR(255), COMMENTS VARCHAR(255), TAG VARCHAR(255), \
               LIQUIBASE VARCHAR(20), CONTEXTS VARCHAR(255), LABELS VARCHAR(255), DEPLOYMENT_ID VARCHAR(10)";
    let row = "'1', 'ana', 'changelog.sql', '2026-01-05 10:00:00', 1, 'EXECUTED', NULL, 'sql', '', NULL, '4.29.2', NULL, \
               NULL, '1'";
    database(project, "liquibase", users, ("DATABASECHANGELOG", log, row));
    database(project, "golang", users, ("schema_migrations", "version BIGINT PRIMARY KEY, dirty BOOLEAN", "1, 0"));
}

fn database(project: &Project, directory: &str, made: &str, (table, columns, row): (&str, &str, &str)) {
    let directory = project.path(directory);
    std::fs::create_dir_all(&directory).expect("a directory");
    let sql = format!("{made}; CREATE TABLE {table} ({columns}); INSERT INTO {table} VALUES ({row});");
    let status = Command::new("sqlite3").arg(directory.join("core.db")).arg(sql).status().expect("sqlite3 can be run");
    assert!(status.success(), "{table}");
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides")
}

fn blocks(text: &str) -> Vec<Block> {
    let parts: Vec<&str> = text.split("```").collect();
    let fenced = parts.iter().skip(1).step_by(2).filter_map(|part| part.split_once('\n'));
    fenced.map(|(kind, text)| Block { kind: kind.trim().to_owned(), text: text.to_owned() }).collect()
}

/// The exit status that each command of a block is to have: 0, where its line does not say another.
fn expected(block: &str) -> Vec<String> {
    let status = |line: &str| {
        let told = line.split("exit status ").nth(1)?;
        Some(told.chars().take_while(char::is_ascii_digit).collect::<String>())
    };
    let commands = block.lines().filter_map(|line| Some((line, line.strip_prefix("caribou ")?)));
    let verb = |rest: &str| rest.split_whitespace().next().unwrap_or_default().to_owned();
    commands.map(|(line, rest)| format!("{} {}", verb(rest), status(line).unwrap_or_else(|| "0".into()))).collect()
}

/// True if a line of the output is what a line of the guide shows; `…` is anything.
fn is_shown(shown: &str, line: &str) -> bool {
    let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let pattern = spaced(shown).split('…').map(regex::escape).collect::<Vec<_>>().join(".*");
    regex::Regex::new(&format!("^{pattern}$")).expect("a pattern").is_match(&spaced(line))
}

/// Runs a guide.
fn follow(guide: &Guide) {
    if !is_wanted(guide.kind) {
        return;
    }
    let fresh = Fresh::on(guide.kind);
    let project = Project::on(&fresh);
    (guide.prepare)(&project);
    let text = std::fs::read_to_string(directory().join(format!("{}.md", guide.name))).expect("the guide");
    let (mut ran, mut output) = (0, String::new());
    for block in blocks(&text) {
        match block.kind.as_str() {
            "sh" => {
                let done = shell(&project, ".", &block.text);
                assert_eq!(ended(&done), expected(&block.text), "{}: {}\n{done:?}", guide.name, block.text);
                ran += ended(&done).len();
                output = done.stdout + &done.stderr;
            }
            "text" => {
                for shown in block.text.lines().filter(|line| !line.trim().is_empty()) {
                    let is_there = output.lines().any(|line| is_shown(shown, line));
                    assert!(is_there, "{}: {shown:?} is not in\n{output}", guide.name);
                }
            }
            _ => {}
        }
    }
    assert!(ran > 2, "{}: {ran} commands", guide.name);
}

macro_rules! guides {
    ($($name:ident = $at:literal),* $(,)?) => { $(#[test] fn $name() { follow(&GUIDES[$at]); })* };
}

guides! {
    a_migration_is_supervised = 0,
    a_rollback_is_decided = 1,
    a_drill_is_prepared = 2,
    a_pipeline_migrates = 3,
    people_move_from_other_tools = 4,
    accounts_are_given = 5,
}

#[test]
fn every_guide_is_run_and_listed() {
    let list = std::fs::read_to_string(directory().join("README.md")).expect("the list");
    let entries = std::fs::read_dir(directory()).expect("the guides").map(|entry| entry.expect("an entry").path());
    let names = entries.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()));
    let there: BTreeSet<String> = names.filter(|name| name != "README").collect();
    assert_eq!(there, GUIDES.iter().map(|guide| guide.name.to_owned()).collect());
    for name in there {
        assert!(list.contains(&format!("({name}.md)")), "{name} is not in the list");
    }
}

/// Command lines that are not run where they stand: in blocks for elsewhere, in examples of pipelines, in tables.
#[test]
fn what_is_not_run_is_understood() {
    let project = Project::empty();
    project.write("caribou.toml", "[database]\nurl = \"sqlite:db\"\n");
    let mut lines = BTreeSet::new();
    for guide in &GUIDES {
        let text = std::fs::read_to_string(directory().join(format!("{}.md", guide.name))).expect("the guide");
        let run = blocks(&text).into_iter().filter(|block| block.kind == "sh" || block.kind == "text");
        let rest = run.fold(text.clone(), |rest, block| rest.replace(&block.text, ""));
        let found = rest.split("caribou ").skip(1).filter_map(|after| after.split(['\n', '`', '|', '"']).next());
        lines.extend(found.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase())).map(str::to_owned));
    }
    assert!(lines.len() > 20, "{lines:#?}");
    for line in &lines {
        let mut words = words(line);
        words.push("--help".to_owned());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ran = project.run(&words);
        assert_eq!(ran.code, Some(0), "caribou {line}: {ran:?}");
    }
    assert!(lines.iter().any(|line| STAY.iter().any(|stay| line.starts_with(stay))), "{lines:#?}");
}
