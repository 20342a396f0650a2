//! The engine's options, as configured.

use super::config;
use super::context::Context;
use super::exit::CliError;
use super::run_as;
use crate::engine::EngineOptions;
use std::sync::Arc;

/// The engine's options for this process.
pub(crate) fn engine_options(context: &Context) -> Result<EngineOptions, CliError> {
    let config = context.config()?;
    let values = &config.values;
    let notify = config::notify_settings(config, &|name| std::env::var(name).ok())?;
    Ok(EngineOptions {
        holder: run_as::holder(),
        lease: values.workers.lease_ttl,
        freeze_idle: values.workers.freeze_idle,
        parallel: values.workers.parallel,
        checks: values.checks.clone(),
        keep: values.keep,
        probes: config.probes.iter().map(|declared| declared.probe.clone()).collect(),
        directory: Some(context.directory()?).filter(|dir| dir.is_dir()),
        notify: Arc::new(notify),
        throttle: config::throttle(config, &context.target()?)?,
        ..EngineOptions::default()
    })
}
