//! What the history table of another tool says has run, where nothing has run here.

use super::exit::CliError;
use super::output;
use crate::plan::{Finding, Level};

/// What another tool says has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Elsewhere {
    /// The tool's name for people, and in commands.
    pub tool: &'static str,
    pub name: &'static str,
    /// Its table, with the schema.
    pub place: String,
    /// Paths of the files.
    pub files: Vec<String>,
    /// True if it is not the only such table.
    pub is_one_of_several: bool,
}

impl Elsewhere {
    /// The command that takes it over.
    fn command(&self) -> String {
        match self.is_one_of_several {
            true => format!("caribou adopt --from {}", self.name),
            false => "caribou adopt".to_owned(),
        }
    }

    /// What the plan says of it.
    pub fn finding(&self) -> Finding {
        let (files, command) = (output::count(self.files.len() as u64, "file"), self.command());
        let have = if self.files.len() == 1 { "has" } else { "have" };
        let message = format!(
            "{} says in {} that {files} of this directory {have} run, and nothing has run here yet: `{command}` takes that \
             over, and runs nothing",
            self.tool, self.place
        );
        Finding::new("ran_elsewhere", Level::Warning, None, message)
    }

    /// The refusal to run some of these files.
    pub fn refusal(&self, again: &[&str]) -> CliError {
        let files = output::count(again.len() as u64, "file");
        let message = format!(
            "{files} of this plan would run a second time, the first of them {}: {} says in {} that they have run",
            again.first().copied().unwrap_or_default(),
            self.tool,
            self.place
        );
        CliError::refused(message).hint(format!(
            "`{}` takes its history over, and runs nothing; --ignore-other-history runs them all the same",
            self.command()
        ))
    }
}
