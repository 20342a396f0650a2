//! Definition of a check: its name, when it runs, what a violation of it is worth, why it matters and what is safer.

use super::context::{CheckContext, CheckedFile};
use super::ended::EndedStatement;
use super::outcome::CheckOutcome;
use super::settings::{CheckLevel, CheckSettings, Profile};
use crate::database::DbError;
use crate::model::{Class, ValidationPhase};
use futures_util::future::BoxFuture;
use std::time::Duration;

/// Function that looks, at the file alone, at the database as well, or at a statement that has ended.
#[derive(Clone, Copy)]
pub enum CheckFn {
    /// Looks at the file alone.
    Text(fn(&CheckedFile<'_>, &CheckSettings) -> CheckOutcome),
    /// Looks at the database as well.
    Database(for<'a, 'b> fn(&'a mut CheckContext<'b>) -> BoxFuture<'a, Result<CheckOutcome, DbError>>),
    /// The plan finds it, and nothing is asked (`planned`).
    Plan,
    /// Looks at a statement that has ended.
    Statement(fn(&EndedStatement<'_>) -> CheckOutcome),
}

/// Origin of a check's level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelOrigin {
    /// The profile.
    Profile,
    /// A key of the configuration.
    Configuration,
}

/// One check.
#[derive(Clone, Copy)]
pub struct Check {
    /// Stable: the `validation_type` of the log and the key in the configuration.
    pub name: &'static str,
    /// Before the file runs, while it does, or after.
    pub phase: ValidationPhase,
    /// Class that a violation after the file ran is worth; `None` leaves it to the file's type.
    pub class: Option<Class>,
    /// Level of a violation in the profile `default`.
    pub level: CheckLevel,
    /// Level of a violation in the profile `doctrine`.
    pub doctrine: CheckLevel,
    /// Longest time for one question to the database; `None` where it asks for definitions only.
    pub budget: Option<Duration>,
    /// One sentence: what must be so.
    pub about: &'static str,
    /// Reason why it matters.
    pub why: &'static str,
    /// The safer form.
    pub safer: &'static str,
    /// The function that looks.
    pub run: CheckFn,
}

impl Check {
    /// A check before the file runs: `levels` are those of the profiles `default` and `doctrine`.
    pub(super) const fn pre(name: &'static str, levels: [CheckLevel; 2], run: CheckFn) -> Check {
        Check {
            name,
            phase: ValidationPhase::Pre,
            class: None,
            level: levels[0],
            doctrine: levels[1],
            budget: None,
            about: "",
            why: "",
            safer: "",
            run,
        }
    }

    /// A check after the file ran.
    pub(super) const fn post(name: &'static str, levels: [CheckLevel; 2], run: CheckFn) -> Check {
        Check { phase: ValidationPhase::Post, ..Check::pre(name, levels, run) }
    }

    /// A check at the end of each statement.
    pub(super) const fn during(name: &'static str, levels: [CheckLevel; 2], run: CheckFn) -> Check {
        Check { phase: ValidationPhase::During, ..Check::pre(name, levels, run) }
    }

    /// The same with what it demands, why, and what is safer.
    pub(super) const fn told(self, about: &'static str, why: &'static str, safer: &'static str) -> Check {
        Check { about, why, safer, ..self }
    }

    /// The same with a class of its own.
    pub(super) const fn class(self, class: Class) -> Check {
        Check { class: Some(class), ..self }
    }

    /// The same with a budget of time for each of its questions.
    pub(super) const fn within(self, seconds: u64) -> Check {
        Check { budget: Some(Duration::from_secs(seconds)), ..self }
    }

    /// True if it always blocks: what it finds once a file has run is, or may be, of class A.
    pub fn is_firm(&self) -> bool {
        self.phase == ValidationPhase::Post && self.class.is_none_or(|class| class == Class::A)
    }

    /// True if the plan makes it by itself.
    pub fn is_of_the_plan(&self) -> bool {
        matches!(self.run, CheckFn::Plan)
    }

    /// Gives what a violation does, as configured.
    pub fn level(&self, settings: &CheckSettings) -> CheckLevel {
        if self.is_firm() {
            return CheckLevel::Block;
        }
        settings.levels.get(self.name).copied().unwrap_or_else(|| self.level_in(settings.profile))
    }

    /// Gives what a violation does in a profile.
    pub fn level_in(&self, profile: Profile) -> CheckLevel {
        match profile {
            Profile::Default => self.level,
            Profile::Doctrine => self.doctrine,
        }
    }

    /// Gives the origin of its level.
    pub fn level_origin(&self, settings: &CheckSettings) -> LevelOrigin {
        if settings.levels.contains_key(self.name) { LevelOrigin::Configuration } else { LevelOrigin::Profile }
    }

    /// The key of the configuration that governs it.
    pub fn policy(&self) -> String {
        format!("checks.{}", self.name)
    }
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
