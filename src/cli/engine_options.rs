//! The engine's options, as configured.

use super::config::Config;
use super::context::Context;
use super::exit::CliError;
use super::run_as;
use crate::check::{CheckLevel, CheckSettings};
use crate::engine::{EngineOptions, KeepSettings};
use crate::store::kept::Budget;

/// The engine's options for this process.
pub(crate) fn engine_options(context: &Context) -> Result<EngineOptions, CliError> {
    let config = context.config()?;
    let defaults = EngineOptions::default();
    Ok(EngineOptions {
        holder: run_as::holder(),
        lease: config.time("workers.lease_ttl").unwrap_or(defaults.lease),
        parallel: config.integer("workers.parallel").and_then(|n| u32::try_from(n).ok()).unwrap_or(defaults.parallel),
        checks: checks(config),
        keep: keep(config),
        directory: config.path("migrations.dir").filter(|dir| dir.is_dir()),
        ..defaults
    })
}

/// How much of what statements destroy is kept, as configured.
pub(super) fn keep(config: &Config) -> KeepSettings {
    let defaults = KeepSettings::default();
    let number = |name| config.integer(name).and_then(|n| u64::try_from(n).ok());
    let budget = Budget {
        max_rows: number("undo.max_rows").unwrap_or(defaults.budget.max_rows),
        max_bytes: number("undo.max_bytes").unwrap_or(defaults.budget.max_bytes),
    };
    KeepSettings { budget, keep_for: config.time("undo.keep_for").unwrap_or(defaults.keep_for) }
}

/// How severe each check is, as configured.
fn checks(config: &Config) -> CheckSettings {
    let level = |word: &str| match word {
        "off" => CheckLevel::Off,
        "warn" => CheckLevel::Warn,
        _ => CheckLevel::Block,
    };
    let levels = |table| config.family(table).map(|(name, word)| (name.to_owned(), level(word))).collect();
    let defaults = CheckSettings::default();
    let core_tables = config.integer("budget.core_tables").and_then(|n| u32::try_from(n).ok());
    CheckSettings {
        levels: levels("checks"),
        rules: levels("checks.rules"),
        core_tables: core_tables.unwrap_or(defaults.core_tables),
        counted: defaults.counted,
    }
}
