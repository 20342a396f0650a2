//! The context of a command: the flags of every command and the configuration.

use super::config::{self, Config, ConfigError, Sources};
use super::exit::{CliError, Exit};
use super::global::{Format, Global};
use super::output;
use crate::database::{Place, Secret, Target};
use crate::metrics::{MetricsServer, ReplicaLags};
use crate::model::Event;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Once, OnceLock};
use std::time::Duration;
use tokio::sync::{broadcast, watch};

/// Time that what still runs is waited for at the end.
const FAREWELL: Duration = Duration::from_secs(1);

/// Flags and configuration of this run.
pub(crate) struct Context {
    pub format: Format,
    /// Configuration, or the error in it; commands that need none work all the same.
    config: Result<Config, ConfigError>,
    /// Serves metrics of the workers of this process, where that was asked for.
    metrics: OnceLock<MetricsServer>,
    /// Where a rehearsal has its copy of the files.
    rehearsed_in: OnceLock<PathBuf>,
    /// The password that somebody typed, for whatever connects later.
    typed: OnceLock<Secret>,
}

/// Several values of a flag, as a list of the file is kept.
fn list_of(given: &[String]) -> Option<String> {
    match given {
        [] => None,
        [one] => Some(one.clone()),
        several => serde_json::to_string(several).ok(),
    }
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
            ("migrations.dir", "--dir", list_of(&global.dir)),
            ("log.file", "--log-file", global.log_file),
        ];
        let flags = given.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value?))).collect();
        let config = Config::load(&Sources { cwd, file: global.config, environment, flags });
        Ok(Context::of(global.format, config))
    }

    /// The project in a directory, and nothing from outside but how the console looks.
    pub fn for_project(dir: &Path, format: Format) -> Result<Context, CliError> {
        let environment = variables("CARIBOU_CONSOLE_");
        let file = Some(dir.join(config::file::NAME));
        let config = Config::load(&Sources { cwd: dir.to_owned(), file, environment, flags: Vec::new() });
        Ok(Context::of(format, config))
    }

    fn of(format: Format, config: Result<Config, ConfigError>) -> Context {
        let (metrics, rehearsed_in, typed) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Context { format, config, metrics, rehearsed_in, typed }
    }

    /// From now on a target without a password has this one.
    pub fn remember_password(&self, typed: Secret) {
        self.typed.get_or_init(|| typed);
    }

    /// The configuration; what is odd in it is said once, on stderr.
    pub fn config(&self) -> Result<&Config, CliError> {
        self.config.as_ref().map_err(|e| e.clone().into())
    }

    /// From now on metrics of the workers of this process are served; the first server stays.
    pub fn serve(&self, server: MetricsServer) {
        self.metrics.get_or_init(|| server);
    }

    /// Address at which this process serves metrics, where it does.
    pub fn metrics_address(&self) -> Option<std::net::SocketAddr> {
        self.metrics.get().map(MetricsServer::address)
    }

    /// Events of a worker of this process, for the metrics.
    pub fn record(&self, events: broadcast::Receiver<Event>) {
        if let Some(server) = self.metrics.get() {
            server.follow(events);
        }
    }

    /// How far replicas are behind as a worker of this process sees it, for the metrics.
    pub fn record_lags(&self, lags: watch::Receiver<ReplicaLags>) {
        if let Some(server) = self.metrics.get() {
            server.follow_lags(lags);
        }
    }

    /// From now on the files are those of a copy, if there is one.
    pub fn rehearse_in(&self, copy: Option<PathBuf>) {
        if let Some(copy) = copy {
            self.rehearsed_in.get_or_init(|| copy);
        }
    }

    /// The directory that holds the files which run.
    pub fn directory(&self) -> Result<PathBuf, CliError> {
        let configured = || Ok(self.config()?.values.migrations.dir.clone());
        self.rehearsed_in.get().map_or_else(configured, |copy| Ok(copy.clone()))
    }

    /// Gives the target to connect to. Warnings about it are said once.
    pub fn target(&self) -> Result<Target, CliError> {
        let config = self.config()?;
        let mut target = config::target(config, &|name| std::env::var(name).ok())?;
        if let Some(address) = target.address_mut()
            && address.password.is_none()
        {
            address.password = self.typed.get().cloned();
        }
        static SAID: Once = Once::new();
        SAID.call_once(|| warn(config, &target));
        Ok(target)
    }

    /// Refuses a URL flag that holds a password, which everyone on the machine could read.
    pub fn refuse_password_in_flag(&self) -> Result<(), CliError> {
        let Ok(config) = &self.config else { return Ok(()) };
        Ok(config::refuse_password_in_flag(config)?)
    }

    /// True if there is a caribou.toml here or above.
    pub fn has_file(&self) -> bool {
        self.config.as_ref().is_ok_and(|c| c.settings.file.is_some())
    }

    /// Runs what waits for the database. Two threads: one to drive, one for the heartbeat.
    pub fn block_on<T>(&self, work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|e| CliError::new(Exit::Failed, format!("cannot start threads: {e}")))?;
        let ended = runtime.block_on(work);
        // The name of a host may be looked up for minutes, on a thread that nothing ends.
        runtime.shutdown_timeout(FAREWELL);
        ended
    }

    /// True if the result is to be JSON.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }
}

/// Says what is odd in the configuration.
fn warn(config: &Config, target: &Target) {
    for warning in &config.warnings {
        output::warning(warning);
    }
    if let Place::Server(address) = &target.place
        && address.tls.ignores_ca()
    {
        let mode = address.tls.mode;
        output::warning(&format!("nothing is verified: ssl_mode = {mode} does not use ssl_ca; verify_ca does"));
    }
}

/// The variables with a beginning. Those that are not text are none of ours.
fn variables(beginning: &str) -> Vec<(String, String)> {
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    std::env::vars_os().filter_map(text).filter(|(name, _)| name.starts_with(beginning)).collect()
}
