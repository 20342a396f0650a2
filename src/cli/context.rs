//! What a command works with: the flags of every command and the configuration.

use super::config::{self, Config, ConfigError, Sources};
use super::{CliError, Exit, Format, Global, output};
use crate::database::Target;
use std::ffi::OsString;
use std::path::Path;

/// Flags and configuration of this run.
pub(crate) struct Context {
    pub format: Format,
    /// What could be read of the configuration; commands that need none work all the same.
    config: Result<Config, ConfigError>,
}

impl Context {
    /// Reads the configuration from the working directory, the environment and the flags.
    pub fn new(global: Global) -> Result<Context, CliError> {
        let cwd = std::env::current_dir()
            .map_err(|e| CliError::refused(format!("the working directory cannot be found: {e}")))?;
        let environment = variables("CARIBOU_");
        let given = [
            ("database.url", "--url", global.url),
            ("database.defaults_file", "--defaults-file", global.defaults_file),
            ("database.user", "--user", global.user),
            ("schemas.core", "--core", global.core),
            ("migrations.dir", "--dir", global.dir),
            ("log.file", "--log-file", global.log_file),
        ];
        let flags = given.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value?))).collect();
        let config = Config::load(&Sources { cwd, file: global.config, environment, flags });
        Ok(Context { format: global.format, config })
    }

    /// The project in a directory, and nothing from outside but how the console looks.
    pub fn of_project(dir: &Path, format: Format) -> Result<Context, CliError> {
        let environment = variables("CARIBOU_CONSOLE_");
        let file = Some(dir.join(config::file::NAME));
        let config = Config::load(&Sources { cwd: dir.to_owned(), file, environment, flags: Vec::new() });
        Ok(Context { format, config })
    }

    /// The configuration; what is odd in it is said once, on stderr.
    pub fn config(&self) -> Result<&Config, CliError> {
        self.config.as_ref().map_err(|e| e.clone().into())
    }

    /// What to connect to.
    pub fn target(&self) -> Result<Target, CliError> {
        let config = self.config()?;
        for warning in &config.warnings {
            output::warning(warning);
        }
        Ok(config::target(config, &|name| std::env::var(name).ok())?)
    }

    /// Refuses a URL flag that holds a password, which everyone on the machine could read.
    pub fn refuse_password_in_flag(&self) -> Result<(), CliError> {
        let Ok(config) = &self.config else { return Ok(()) };
        Ok(config::refuse_password_in_flag(config)?)
    }

    /// Whether there is a caribou.toml here or above.
    pub fn has_file(&self) -> bool {
        self.config.as_ref().is_ok_and(|c| c.file.is_some())
    }

    /// Runs what waits for the database. Two threads: one to drive, one for the heartbeat.
    pub fn block_on<T>(&self, work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.map_err(|e| CliError::new(Exit::Failed, format!("cannot start threads: {e}")))?.block_on(work)
    }

    /// Whether the result is to be JSON.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }
}

/// The variables with a beginning. Those that are not text are none of ours.
fn variables(beginning: &str) -> Vec<(String, String)> {
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    std::env::vars_os().filter_map(text).filter(|(name, _)| name.starts_with(beginning)).collect()
}
