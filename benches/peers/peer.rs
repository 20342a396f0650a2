//! A tool to compare with, and the place where it works.

use crate::common::support::Fresh;
pub use crate::common::support::tools;
use crate::workload::Workload;
use caribou::database::ServerKind;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tool that runs SQL files, on every database.
pub struct Peer {
    pub source: tools::Source,
    /// Writes the files as the tool wants them.
    pub lay_out: fn(&Stage<'_>),
    /// Runs all that is pending.
    pub up: fn(&Stage<'_>) -> Command,
    /// Takes all of it back, where one command does.
    pub down: Option<fn(&Stage<'_>) -> Command>,
}

/// Directory and database for one run of a tool.
pub struct Stage<'a> {
    pub dir: &'a Path,
    /// The folder of the installation.
    pub tool: &'a Path,
    pub fresh: &'a Fresh,
    pub work: Workload,
    pub files: usize,
}

impl Stage<'_> {
    pub fn kind(&self) -> ServerKind {
        self.fresh.kind
    }

    /// The statements of a file.
    pub fn text(&self, n: usize) -> String {
        self.work.text(self.kind(), n)
    }

    /// The statements of a file one by one, without their semicolons.
    pub fn statements(&self, n: usize) -> Vec<String> {
        self.text(n).lines().map(|line| line.trim_end_matches(';').to_owned()).collect()
    }

    /// The statement that takes a file back.
    pub fn back(&self, n: usize) -> String {
        format!("DROP TABLE herd_{n:05};\n")
    }

    /// Writes a file below the directory.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.dir.join(name);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// A program of the installation, run in the directory.
    pub fn run(&self, program: &str, words: &[&str]) -> Command {
        let mut command = Command::new(self.tool.join(program));
        command.args(words).current_dir(self.dir);
        command
    }

    pub fn core(&self) -> &str {
        &self.fresh.schemas().core
    }

    pub fn port(&self) -> u16 {
        self.fresh.port().unwrap_or_default()
    }

    /// SQLite's file.
    pub fn file(&self) -> PathBuf {
        self.fresh.sqlite_dir().expect("SQLite has files").join(format!("{}.db", self.core()))
    }

    /// The database as most tools name it.
    pub fn url(&self) -> String {
        match self.kind() {
            ServerKind::Sqlite => format!("sqlite:{}", self.file().display()),
            ServerKind::MariaDb | ServerKind::MySql => {
                format!("mysql://root@127.0.0.1:{}/{}", self.port(), self.core())
            }
        }
    }

    /// The number of the files' tables that stand.
    pub fn tables(&self) -> usize {
        let told = match self.kind() {
            ServerKind::Sqlite => {
                let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE 'herd%'";
                let done = Command::new("sqlite3").arg(self.file()).arg(sql).output().expect("sqlite3 runs");
                String::from_utf8_lossy(&done.stdout).into_owned()
            }
            ServerKind::MariaDb | ServerKind::MySql => self.fresh.native(&format!(
                "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '{}' AND table_name LIKE 'herd%'",
                self.core()
            )),
        };
        told.trim().parse().unwrap_or_default()
    }
}
