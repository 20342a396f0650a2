//! `caribou completions` and `caribou man`: made from the command line's own description.

use super::{CliError, Exit, output};
use clap_complete::Shell;
use std::path::PathBuf;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  caribou completions bash > ~/.local/share/bash-completion/completions/caribou")]
pub(crate) struct Completions {
    shell: Shell,
}

impl Completions {
    pub fn run(self, mut command: clap::Command) -> Result<Exit, CliError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "caribou", &mut script);
        output::text(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Done)
    }
}

/// Print the manual page, or write one for each command into a directory
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  caribou man | man -l -\n  caribou man --out ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Write caribou.1, caribou-migrate.1, … here
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    pub fn run(self, command: clap::Command) -> Result<Exit, CliError> {
        match self.out {
            Some(dir) => {
                let wrong = |e| CliError::refused(format!("cannot write manual pages into {}: {e}", dir.display()));
                std::fs::create_dir_all(&dir).map_err(wrong)?;
                clap_mangen::generate_to(command, &dir).map_err(wrong)?;
            }
            None => {
                let mut page = Vec::new();
                clap_mangen::Man::new(command).render(&mut page)?;
                output::text(&String::from_utf8_lossy(&page))?;
            }
        }
        Ok(Exit::Done)
    }
}
