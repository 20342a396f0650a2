//! Levels that cannot be set: of checks after a file whose findings are of class A.

use super::error::ConfigError;
use super::settings::Settings;
use crate::check::CHECKS;

/// Refuses them.
///
/// # Errors
/// A check of class A that is set to `off` or `warn`.
pub(super) fn check(settings: &Settings) -> Result<(), ConfigError> {
    for check in CHECKS.iter().filter(|check| check.is_firm()) {
        let Some(setting) = settings.get(&check.policy()).filter(|setting| setting.value != "block") else { continue };
        let place = settings.place(&setting.origin);
        return Err(ConfigError::new(format!(
            "{place}: {} = {:?}: what this check finds once a file has run is of class A, and always blocks",
            setting.name, setting.value
        ))
        .hint(format!(
            "take {} out; an author may give a file another class for its verify script (`-- caribou: class=B`)",
            setting.name
        )));
    }
    Ok(())
}
