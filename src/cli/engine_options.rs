//! The engine's options, as configured.

use super::config::{self, Config};
use super::context::Context;
use super::exit::CliError;
use super::run_as;
use crate::check::CheckSettings;
use crate::engine::{EngineOptions, Outside};
use std::path::Path;
use std::sync::Arc;

/// The types of files as configured, and the directory of the files where there is one here.
pub(crate) fn outside(config: &Config, directory: &Path) -> Outside {
    let directory = Some(directory.to_owned()).filter(|dir| dir.is_dir());
    Outside { handlers: config.values.handlers(), directory }
}

/// The checks as configured, with the replicas that they ask.
pub(crate) fn check_settings(context: &Context) -> Result<CheckSettings, CliError> {
    let config = context.config()?;
    let replicas = config::throttle(config, &context.target()?)?.replicas;
    Ok(CheckSettings { replicas, ..config.values.checks.clone() })
}

/// The engine's options for this process.
pub(crate) fn engine_options(context: &Context) -> Result<EngineOptions, CliError> {
    let config = context.config()?;
    let values = &config.values;
    let Outside { handlers, directory } = outside(config, &context.directory()?);
    let notify = config::notify_settings(config, &|name| std::env::var(name).ok())?;
    Ok(EngineOptions {
        holder: run_as::holder(),
        lease: values.workers.lease_ttl,
        freeze_idle: values.workers.freeze_idle,
        parallel: values.workers.parallel,
        checks: check_settings(context)?,
        keep: values.keep,
        probes: config.probes.iter().map(|declared| declared.probe.clone()).collect(),
        handlers,
        directory,
        notify: Arc::new(notify),
        throttle: config::throttle(config, &context.target()?)?,
        ..EngineOptions::default()
    })
}
