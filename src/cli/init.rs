//! `caribou init`: a configuration with comments and a directory for the files.

use super::context::Context;
use super::{CliError, Exit, output};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const TEMPLATE: &str = include_str!("../../assets/caribou.toml");

/// Write a commented caribou.toml and an empty migrations directory
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  caribou init\n  caribou init services/shop --url mysql://migrator@db1/shop")]
pub(crate) struct Init {
    /// Directory of the project; it is created when missing
    #[arg(default_value = ".", value_name = "DIR")]
    project: PathBuf,
}

/// A project that was begun, in JSON.
#[derive(serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Begun {
    config: PathBuf,
    migrations: PathBuf,
}

impl Init {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let file = self.project.join("caribou.toml");
        context.refuse_password_in_flag()?;
        create(&self.project.join("migrations"))?;
        let text = match context.config().ok().and_then(|c| c.settings.get("database.url")).map(|s| s.value.clone()) {
            Some(url) if !context.has_file() => TEMPLATE.replace("sqlite:database", &url.replace('"', "\\\"")),
            _ => TEMPLATE.to_owned(),
        };
        let made =
            std::fs::File::create_new(&file).and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes()));
        made.map_err(|e| match e.kind() {
            ErrorKind::AlreadyExists => CliError::refused(format!("{} is there already", file.display()))
                .hint("edit it, or name another directory: caribou init DIR"),
            _ => cannot(&file, &e),
        })?;
        if context.is_json() {
            output::json(&Begun { config: file, migrations: self.project.join("migrations") })?;
        } else {
            let dir = self.project.display();
            let enter = if self.project == Path::new(".") { String::new() } else { format!("cd {dir} && ") };
            output::text(&format!(
                "Wrote {} and {dir}/migrations/.\n\nNext:\n  1. set the database in {}\n  2. write a file, such as \
                 {dir}/migrations/0001_users.sql, and its undo, 0001_users.rollback.sql, beside it; modules/NAME/, \
                 agents/ and docs/ take the other types\n  3. {enter}caribou plan",
                file.display(),
                file.display()
            ))?;
        }
        Ok(Exit::Done)
    }
}

fn create(dir: &Path) -> Result<(), CliError> {
    std::fs::create_dir_all(dir).map_err(|e| cannot(dir, &e))
}

fn cannot(path: &Path, error: &std::io::Error) -> CliError {
    CliError::refused(format!("cannot create {}: {error}", path.display())).hint("check the path and its permissions")
}
