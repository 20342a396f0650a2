//! Place where a case runs: core as the native client sees it.

use super::told::Case;
use crate::support::{Fresh, PrivateServer, client};
use caribou::database::{Place as Target, ServerKind};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Core's name on a server of a case's own: a case may name it.
pub const SCHEMA: &str = "shop";

/// Contents of core, by name: definitions and rows.
pub type Picture = BTreeMap<String, String>;

/// The answers that a picture is made of are the server's plain ones.
const PLAIN: &str = "SET NAMES utf8mb4; SET SESSION sql_mode='', sql_quote_show_create=1, \
                     sql_select_limit=18446744073709551615, sql_big_selects=1;\n";

/// Schemas on a server, or a directory of SQLite's files.
pub struct Place<'a> {
    pub fresh: Fresh,
    /// A server of the case's own, whose settings may be changed.
    pub own: Option<&'a PrivateServer>,
}

impl Place<'_> {
    /// Core as the case finds it: what stood there is gone.
    pub fn begin(&self, case: &Case) -> Result<(), String> {
        let (text, core) = (case.setup(), &self.fresh.schemas().core);
        if let Some(dir) = self.fresh.sqlite_dir() {
            drop(std::fs::remove_dir_all(&dir));
            std::fs::create_dir_all(&dir).map_err(|error| error.to_string())?;
            let text = if text.is_empty() { b"VACUUM;".to_vec() } else { text };
            return self.shell(&["-bail"], &text).map(drop).map_err(|error| format!("setup: {error}"));
        }
        let named = format!(
            "SELECT schema_name FROM information_schema.schemata \
             WHERE schema_name = '{core}' OR schema_name LIKE '{core}\\_%'"
        );
        let listed = self.client(&[], named.as_bytes())?;
        let gone: String = listed.lines().map(|name| format!("DROP DATABASE `{name}`;")).collect();
        let made = format!("SET foreign_key_checks=0;{gone}CREATE DATABASE {core} CHARACTER SET utf8mb4");
        self.client(&[], made.as_bytes())?;
        self.client(&[core], &text).map(drop).map_err(|error| format!("setup: {error}"))
    }

    /// Runs the files as the native client does; what it says when it fails.
    pub fn natively(&self, case: &Case, files: &[(String, Vec<u8>)]) -> Result<(), String> {
        let sqlite = self.fresh.kind == ServerKind::Sqlite;
        let settings = case.session.iter().map(|(name, value)| match sqlite {
            true => format!("PRAGMA {name}={};\n", plain(value)),
            false => format!("SET SESSION {name} = {};\n", literal(value)),
        });
        let mut before = String::from(if sqlite { "PRAGMA foreign_keys=ON;\n" } else { "" });
        before.extend(settings);
        for (name, text) in files {
            let whole = [before.as_bytes(), text].concat();
            let ran = match sqlite {
                true => self.shell(&["-bail"], &whole),
                false => self.client(&[&self.fresh.schemas().core], &whole),
            };
            ran.map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(())
    }

    /// True if a query in core gives a row.
    pub fn has_row(&self, query: &str) -> bool {
        let answer = match self.fresh.kind {
            ServerKind::Sqlite => self.shell(&["-readonly"], query.as_bytes()),
            _ => self.client(&[&self.fresh.schemas().core], query.as_bytes()),
        };
        answer.is_ok_and(|rows| !rows.trim().is_empty())
    }

    /// Sets what the case wants set for the whole server, and gives what puts it back.
    pub fn set_globals(&self, case: &Case) -> Result<String, String> {
        let mut back = String::new();
        for (name, value) in &case.global {
            let server = self.own.ok_or("a case with [global] runs on a server of its own")?;
            let old = server.ask(&format!("SELECT @@global.{name}"))?;
            let old = toml::Value::String(old.trim().to_owned());
            let number = plain(&old).chars().all(|c| c.is_ascii_digit()) && !plain(&old).is_empty();
            let old = if number { plain(&old) } else { literal(&old) };
            back.push_str(&format!("SET GLOBAL {name} = {old};"));
            server.ask(&format!("SET GLOBAL {name} = {}", literal(value)))?;
        }
        Ok(back)
    }

    /// Puts them back.
    pub fn restore_globals(&self, back: &str) {
        if let Some(server) = self.own {
            server.ask(back).expect("the settings can be put back");
        }
    }

    /// All that stands in core.
    pub fn picture(&self) -> Result<Picture, String> {
        match self.fresh.kind {
            ServerKind::Sqlite => self.picture_of_files(),
            _ => self.picture_of_schemas(),
        }
    }

    /// Core, and on a server of the case's own the schema beside it that a case may have.
    fn picture_of_schemas(&self) -> Result<Picture, String> {
        let core = &self.fresh.schemas().core;
        let mut found = self.picture_of_schema(core)?;
        if self.own.is_some() {
            let beside = format!("{core}_b");
            let other = self.picture_of_schema(&beside)?;
            found.extend(other.into_iter().map(|(key, text)| (format!("{key} of {beside}"), text)));
        }
        Ok(found)
    }

    fn picture_of_schema(&self, core: &str) -> Result<Picture, String> {
        let listing = format!(
            "{PLAIN}SELECT table_type, table_name FROM information_schema.tables WHERE table_schema='{core}';
             SELECT 'COLUMN', column_name, table_name FROM information_schema.columns WHERE table_schema='{core}' \
             ORDER BY table_name, ordinal_position;
             SELECT routine_type, routine_name FROM information_schema.routines WHERE routine_schema='{core}';
             SELECT 'TRIGGER', trigger_name FROM information_schema.triggers WHERE trigger_schema='{core}';
             SELECT 'EVENT', event_name FROM information_schema.events WHERE event_schema='{core}';"
        );
        let listed = self.client(&[], listing.as_bytes())?;
        let listed: Vec<Vec<&str>> = listed.lines().map(|line| line.split('\t').collect()).collect();
        let mut columns: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for line in listed.iter().filter(|line| line[0] == "COLUMN") {
            columns.entry(line[2]).or_default().push(format!("`{}`", line[1]));
        }
        let mut asked = format!("SELECT '## schema';\nSHOW CREATE DATABASE {core};\n");
        for line in listed.iter().filter(|line| line[0] != "COLUMN") {
            let word = if ["BASE TABLE", "SYSTEM VERSIONED"].contains(&line[0]) { "TABLE" } else { line[0] };
            let (kind, name) = (word.to_lowercase(), line[1]);
            asked.push_str(&format!("SELECT '## {kind} {name}';\nSHOW CREATE {word} `{name}`;\n"));
            if ["TABLE", "SEQUENCE"].contains(&word) {
                let all = columns.get(name).map_or("*".to_owned(), |columns| columns.join(","));
                asked.push_str(&format!("SELECT '## rows of {name}';\nSELECT {all} FROM `{name}`;\n"));
            }
        }
        // A view that is broken is still described; what cannot be said is left out.
        let asked = format!("{PLAIN}USE {core};\n{asked}");
        let told = self.client_with(&["--force"], asked.as_bytes()).1;
        Ok(sections(&told, |key, line| {
            let shown = if key.starts_with("trigger") { 6 } else { usize::MAX };
            without_counters(&line.split('\t').take(shown).collect::<Vec<_>>().join("\t"))
        }))
    }

    fn picture_of_files(&self) -> Result<Picture, String> {
        let objects = self.shell(
            &["-readonly", "-separator", "\t"],
            b"SELECT type, name, hex(coalesce(sql, '')) FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
              AND name NOT LIKE 'caribou$%';",
        )?;
        let mut asked = String::from(".mode quote\n");
        for line in objects.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let (kind, name) = (fields[0], fields[1]);
            let (word, quoted) = (name.replace('\'', "''"), name.replace('"', "\"\""));
            asked.push_str(&format!(
                "SELECT '## {kind} {word}';\nSELECT sql FROM sqlite_master WHERE type = '{kind}' AND name = '{word}';\n"
            ));
            if kind == "table" {
                asked.push_str(&format!("SELECT '## rows of {word}';\nSELECT * FROM \"{quoted}\";\n"));
            }
        }
        for check in ["user_version", "application_id", "integrity_check", "foreign_key_check"] {
            asked.push_str(&format!("SELECT '## {check}';\nPRAGMA {check};\n"));
        }
        let told = self.shell_with(&["-readonly"], asked.as_bytes()).1;
        // A rename writes the quotes of a definition anew.
        let kinds = ["table ", "view ", "index ", "trigger "];
        let mut found = sections(&told, |_, line| line.to_owned());
        for (_, text) in found.iter_mut().filter(|(key, _)| kinds.iter().any(|kind| key.starts_with(kind))) {
            text.retain(|c| !c.is_whitespace() && !"\"`[]".contains(c));
        }
        Ok(found)
    }

    fn client(&self, options: &[&str], text: &[u8]) -> Result<String, String> {
        let (succeeded, out, err) = self.client_with(options, text);
        if succeeded { Ok(out) } else { Err(err.trim().to_owned()) }
    }

    fn client_with(&self, options: &[&str], text: &[u8]) -> (bool, String, String) {
        let Target::Server(address) = &self.fresh.target.place else { panic!("SQLite has no server") };
        let mut command = client::client_command(self.fresh.kind, address);
        call(command.args(options), text)
    }

    fn shell(&self, options: &[&str], text: &[u8]) -> Result<String, String> {
        let (succeeded, out, err) = self.shell_with(options, text);
        if succeeded { Ok(out) } else { Err(err.trim().to_owned()) }
    }

    fn shell_with(&self, options: &[&str], text: &[u8]) -> (bool, String, String) {
        let dir = self.fresh.sqlite_dir().expect("a directory");
        let mut command = Command::new("sqlite3");
        command.args(["-batch", "-init", "/dev/null"]).args(options).arg(self.core_file()).current_dir(dir);
        call(&mut command, text)
    }

    fn core_file(&self) -> PathBuf {
        let dir = self.fresh.sqlite_dir().expect("a directory");
        dir.join(format!("{}.db", self.fresh.schemas().core))
    }
}

/// Splits at each `## name` into what stands below it, its lines in order.
fn sections(told: &str, line_of: impl Fn(&str, &str) -> String) -> Picture {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in told.lines() {
        // SQLite's shell quotes what it prints.
        if let Some(name) = line.trim_start_matches('\'').strip_prefix("## ") {
            name.trim_end_matches('\'').clone_into(&mut key);
            found.entry(key.clone()).or_default();
        } else {
            let line = line_of(&key, line);
            found.entry(key.clone()).or_default().push(line);
        }
    }
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines.join("\n")
    };
    found.into_iter().map(|(key, lines)| (key, sorted(lines))).collect()
}

/// No rollback takes back a table's counter, and an event that is made again begins anew.
fn without_counters(line: &str) -> String {
    let cut = |text: &str, from: &str, is_part: &dyn Fn(char) -> bool| {
        let mut parts = text.split(from);
        let mut whole = parts.next().unwrap_or_default().to_owned();
        parts.for_each(|part| whole.push_str(part.trim_start_matches(is_part)));
        whole
    };
    let line = cut(line, " AUTO_INCREMENT=", &|c| c.is_ascii_digit());
    cut(&line, " STARTS '", &|c| c.is_ascii_digit() || "-: .'".contains(c))
}

/// (whether it succeeded, standard output, standard error), what is no UTF-8 told from other bytes.
fn call(command: &mut Command, text: &[u8]) -> (bool, String, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let mut input = child.stdin.take().expect("standard input");
    let text = text.to_owned();
    // On a thread of its own, and not minding: a client that fails stops reading.
    let writer = std::thread::spawn(move || drop(input.write_all(&text)));
    let done = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic in the writer");
    (done.status.success(), readable(&done.stdout), readable(&done.stderr))
}

fn readable(bytes: &[u8]) -> String {
    let chunk = |chunk: std::str::Utf8Chunk<'_>| format!("{}{}", chunk.valid(), chunk.invalid().escape_ascii());
    bytes.utf8_chunks().map(chunk).collect()
}

fn plain(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn literal(value: &toml::Value) -> String {
    match value.as_str() {
        Some(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
        None => value.to_string(),
    }
}
