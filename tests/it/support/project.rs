//! Temporary projects, and the real binary run in them.

use super::{Fresh, json_schema};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A directory with `caribou.toml` and `migrations/`.
pub struct Project {
    dir: TempDir,
}

/// Output of the binary, and how it ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit status; None when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }

    /// Checks the exit status.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Project {
    /// A project for a fresh target.
    pub fn on(fresh: &Fresh) -> Self {
        let project = Self::empty();
        project.write("caribou.toml", format!("[database]\nurl = \"{}\"\n", fresh.url()));
        std::fs::create_dir_all(project.path("migrations")).expect("a directory");
        project
    }

    /// A directory with nothing in it.
    pub fn empty() -> Self {
        Self { dir: tempfile::Builder::new().prefix("caribou-it-").tempdir().expect("a temporary directory") }
    }

    /// A path in the project.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file, directories included.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
        self
    }

    /// Adds lines to `caribou.toml`.
    pub fn configure(&self, lines: &str) -> &Self {
        let before = std::fs::read_to_string(self.path("caribou.toml")).unwrap_or_default();
        self.write("caribou.toml", format!("{before}\n{lines}\n"))
    }

    /// Lets files begin of which the plan knows that they will fail: for stories about what happens then.
    pub fn unforeseen(&self) -> &Self {
        self.configure("[plan]\nforeseen = \"off\"")
    }

    /// Writes `migrations/NAME`.
    pub fn migration(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        self.write(&format!("migrations/{name}"), text)
    }

    /// The same as `nobody`, which only root can ask for. The binary gets a name here: its directory may be root's alone.
    /// A copy is made only on another file system: a process that another thread starts meanwhile would hold it open for
    /// writing, and then nobody can run it.
    pub fn command_as_nobody(&self, arguments: &[&str]) -> Command {
        const NOBODY: u32 = 65_534;
        let copy = self.path("caribou");
        if !copy.exists() && std::fs::hard_link(binary(), &copy).is_err() {
            // By a process of its own: a program that this one has open for writing while another thread starts
            // something is busy.
            let done = Command::new("cp").arg(binary()).arg(&copy).status().expect("cp");
            assert!(done.success(), "no copy of the binary");
        }
        std::fs::set_permissions(self.dir.path(), std::fs::Permissions::from_mode(0o755)).expect("permissions");
        let mut command = self.command_of(&copy, arguments);
        command.uid(NOBODY).gid(NOBODY);
        command
    }

    /// The real binary, in this project, with no configuration from outside.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(binary(), arguments)
    }

    /// The same of another build of it.
    pub fn command_of(&self, binary: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary);
        command.args(arguments).current_dir(self.dir.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CARIBOU_") {
                command.env_remove(name);
            }
        }
        command.env("HOME", self.dir.path()).env("NO_COLOR", "1");
        command
    }

    /// The same for a terminal: colours are allowed.
    pub fn on_terminal(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.env_remove("NO_COLOR");
        command
    }

    /// Runs the real binary to its end. JSON that it prints has the published form.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let ran: Ran = self.command(arguments).output().expect("the binary can be run").into();
        json_schema::check_output(arguments, &ran.stdout);
        ran
    }
}

/// The binary under test.
pub fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_caribou"))
}
