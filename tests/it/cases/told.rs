//! Contents of a case folder: the keys of `case.toml`, and its files.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// `case.toml`, and where it lies.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    #[serde(skip)]
    pub folder: PathBuf,
    /// Subject of the case.
    pub title: String,
    /// Servers on which it is valid.
    pub servers: Vec<String>,
    /// Script that makes what stands before.
    setup: Option<PathBuf>,
    /// A script that writes the files, run in `migrations/`.
    make: Option<PathBuf>,
    /// Files that the client is given, when these are not the files as they lie.
    native: Option<Vec<PathBuf>>,
    /// The commands, in order.
    pub steps: Vec<Step>,
    #[serde(default = "as_native_client")]
    pub after_migrate: After,
    #[serde(default = "as_before")]
    pub after_rollback: After,
    /// An honest answer that is as good.
    pub or: Option<Answer>,
    /// The native client fails too, on purpose.
    #[serde(default)]
    pub fails: bool,
    /// `[session]` of `caribou.toml`.
    #[serde(default)]
    pub session: BTreeMap<String, toml::Value>,
    /// `SET GLOBAL` of the server while the case runs.
    #[serde(default)]
    pub global: BTreeMap<String, toml::Value>,
}

/// One command, and what is right about it.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub run: String,
    #[serde(default)]
    pub exit: Exit,
    /// A pattern of the output.
    pub says: Option<String>,
    /// A pattern that the output has not.
    pub never_says: Option<String>,
    /// Ended with -9 as soon as this query gives a row.
    pub kill: Option<String>,
    /// The output names one of the files or folders.
    #[serde(default)]
    pub names_file: bool,
}

/// The exit statuses that are right.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum Exit {
    One(i32),
    Several(Vec<i32>),
}

impl Default for Exit {
    fn default() -> Self {
        Self::One(0)
    }
}

impl Exit {
    pub fn allows(&self, status: i32) -> bool {
        self.all().contains(&status)
    }

    pub fn all(&self) -> &[i32] {
        match self {
            Self::One(status) => std::slice::from_ref(status),
            Self::Several(statuses) => statuses,
        }
    }
}

/// State that the database is to have after a command.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum After {
    #[serde(rename = "as native client")]
    Native,
    #[serde(rename = "as before")]
    Before,
    /// As it was before this command.
    #[serde(rename = "as it was")]
    Unchanged,
}

fn as_native_client() -> After {
    After::Native
}

fn as_before() -> After {
    After::Before
}

/// An honest answer in place of the steps.
#[derive(Clone, Copy, Debug, Deserialize)]
pub enum Answer {
    #[serde(rename = "the plan says NONE")]
    None,
    #[serde(rename = "it is refused")]
    Refused,
    #[serde(rename = "it fails and is undone")]
    FailsAndIsUndone,
}

impl Answer {
    pub fn steps(self) -> Vec<Step> {
        let step = |run: &str, exit| Step { run: run.to_owned(), exit: Exit::One(exit), ..Step::default() };
        match self {
            Self::None => vec![
                Step { says: Some("NONE".to_owned()), ..step("plan", 2) },
                step("migrate", 2),
                step("migrate --accept-irreversible", 0),
            ],
            Self::Refused => vec![Step { names_file: true, ..step("plan", 2) }, step("migrate", 2)],
            Self::FailsAndIsUndone => vec![step("migrate", 1)],
        }
    }
}

impl Case {
    /// Reads the case in `folder`.
    pub fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join("case.toml")).expect("a case.toml");
        let case: Self = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        Self { folder: folder.to_owned(), ..case }
    }

    pub fn name(&self) -> String {
        self.folder.file_name().expect("a folder").to_string_lossy().into_owned()
    }

    /// Reads the script of what stands before, as the native client is given it.
    pub fn setup(&self) -> Vec<u8> {
        self.setup.as_ref().map(|name| bytes(&self.folder.join(name))).unwrap_or_default()
    }

    /// It changes what others on the same server see, or names the schema.
    pub fn wants_a_server(&self) -> bool {
        let mut folders = vec![self.folder.clone()];
        let mut found = !self.global.is_empty();
        while let Some(folder) = folders.pop() {
            for path in entries(&folder) {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found |= names_the_schema(&String::from_utf8_lossy(&bytes(&path)));
                }
            }
        }
        found
    }

    /// Lays the files out in `migrations`.
    pub fn lay_out(&self, migrations: &Path) {
        copy(&self.folder.join("migrations"), migrations);
        if let Some(script) = &self.make {
            let status = Command::new("sh").arg(self.folder.join(script)).current_dir(migrations).status();
            assert!(status.expect("sh").success(), "{} fails", script.display());
        }
    }

    /// Gives what the native client is given, each file in a session of its own.
    pub fn forward_files(&self, migrations: &Path) -> Vec<(String, Vec<u8>)> {
        let is_forward = |path: &PathBuf| {
            let name = path.to_string_lossy();
            let others = [".rollback.sql", ".down.sql", ".verify.sql"];
            name.ends_with(".sql") && others.iter().all(|end| !name.ends_with(end))
        };
        let paths = match &self.native {
            Some(names) => names.iter().map(|name| self.folder.join(name)).collect(),
            None => entries(migrations).into_iter().filter(is_forward).collect::<Vec<_>>(),
        };
        let named = |path: PathBuf| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), bytes(&path));
        paths.into_iter().map(named).collect()
    }
}

fn names_the_schema(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| word == super::place::SCHEMA)
}

/// A folder's entries, by name.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(read) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = read.map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for path in entries(from) {
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("a copy");
        }
    }
}
