//! What the profile of the checks asks for beyond their levels.

use super::error::ConfigError;
use super::settings::{Origin, Settings};
use crate::check::Profile;

/// Key and value that the founding rules ask for: others do not write while a batch runs.
const FREEZES: (&str, &str) = ("policy.freeze", "always");

/// Sets what the profile asks for.
///
/// # Errors
/// A key that says less than the profile.
pub(super) fn apply(settings: &mut Settings) -> Result<(), ConfigError> {
    let doctrine = Profile::Doctrine.as_str();
    if settings.text("checks.profile") != Some(doctrine) {
        return Ok(());
    }
    let (key, value) = FREEZES;
    match settings.get(key).filter(|setting| setting.origin != Origin::Default) {
        Some(setting) if setting.value != value => {
            let place = settings.place(&setting.origin);
            Err(ConfigError::new(format!(
                "{place}: {key} = {:?} is less than the profile {doctrine} asks for: it freezes {value}",
                setting.value
            ))
            .hint(format!("take {key} out, or take checks.profile out and set the levels of checks one by one")))
        }
        Some(_) => Ok(()),
        None => {
            settings.put(key, value.to_owned(), Origin::Profile(doctrine));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Sources};
    use super::*;
    use crate::model::FreezePolicy;

    fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("caribou.toml"), text).unwrap();
        let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::load(&Sources { cwd: dir.path().to_owned(), environment, ..Sources::default() })
    }

    #[test]
    fn the_doctrine_freezes_always_and_says_from_where() {
        let freeze = |text: &str| {
            let config = load(text, &[]).unwrap();
            let place = config.settings.get("policy.freeze").map(|s| config.settings.place(&s.origin)).unwrap();
            (config.values.policy.freeze, place.rsplit('/').next().unwrap().to_owned())
        };
        assert_eq!(freeze(""), (FreezePolicy::Never, "default".to_owned()));
        assert_eq!(freeze("[checks]\nprofile = \"doctrine\"\n"), (FreezePolicy::Always, "profile doctrine".to_owned()));
        let said = freeze("[checks]\nprofile = \"doctrine\"\n[policy]\nfreeze = \"always\"\n");
        assert_eq!(said, (FreezePolicy::Always, "caribou.toml:4".to_owned()));
    }

    #[test]
    fn less_than_the_doctrine_asks_for_is_refused_with_its_place() {
        for less in ["never", "critical"] {
            let text = format!("[policy]\nfreeze = \"{less}\"\n[checks]\nprofile = \"doctrine\"\n");
            let error = load(&text, &[]).unwrap_err();
            assert!(error.message.contains("caribou.toml:2: policy.freeze"), "{error:?}");
            assert!(error.hint.is_some(), "{error:?}");
        }
        let error = load("[policy]\nfreeze = \"never\"\n", &[("CARIBOU_CHECKS_PROFILE", "doctrine")]).unwrap_err();
        assert!(error.message.contains("caribou.toml:2"), "wherever the profile is chosen: {error:?}");
    }
}
