//! `caribou checks`: what is looked for before, in and after each file, and what a violation does here.

use super::config::Config;
use super::context::Context;
use super::{CliError, Exit, output};
use crate::check::{self, CHECKS, Check, CheckLevel, ELSEWHERE, Elsewhere, LevelOrigin};
use crate::model::{Class, ValidationPhase};
use crate::sql::rules::RULES;
use clap::builder::PossibleValuesParser;
use serde::Serialize;

/// List the checks: when each runs, what a violation does here, and why it matters
///
/// Levels come from the profile ([checks] profile = "default" or "doctrine"), and from a key of the check's own:
/// [checks] NAME = "off", "warn" or "block". A warning is logged and shown; what blocks stops a file before it runs, and
/// after it is worth a rollback of the class shown. The last rows are what the types of files and the probes log.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  caribou checks\n  caribou checks unbounded_write\n  caribou checks --format json")]
pub(crate) struct Checks {
    /// Tell about this one
    #[arg(value_name = "NAME", hide_possible_values = true,
        value_parser = PossibleValuesParser::new(names()))]
    name: Option<String>,
}

impl Checks {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let config = context.config()?;
        if let Some(name) = self.name.as_deref().filter(|name| check::check(name).is_none()) {
            let found: Vec<&Elsewhere> = ELSEWHERE.iter().filter(|one| one.name == name).collect();
            match context.is_json() {
                true => output::json(&OneDocument::Elsewhere(found.into_iter().map(ElsewhereDocument::new).collect()))?,
                false => output::text(&found.iter().map(|one| told(one)).collect::<Vec<_>>().join("\n\n"))?,
            }
            return Ok(Exit::Done);
        }
        match self.name.as_deref().and_then(check::check) {
            Some(check) if context.is_json() => {
                output::json(&OneDocument::Check(Box::new(Document::new(check, config))))?
            }
            Some(check) => output::text(&explained(check, config))?,
            None if context.is_json() => {
                let checks: Vec<Document> = CHECKS.iter().map(|check| Document::new(check, config)).collect();
                let profile = config.values.checks.profile.as_str();
                let elsewhere: Vec<ElsewhereDocument> = ELSEWHERE.iter().map(ElsewhereDocument::new).collect();
                let (freeze, freeze_from) = freeze(config);
                output::json(&AllDocument { profile, freeze, freeze_from, checks, elsewhere })?;
            }
            None => output::text(&listed(config))?,
        }
        Ok(Exit::Done)
    }
}

/// Names of the checks, and of what else is logged.
fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
    names.extend(ELSEWHERE.iter().map(|one| one.name));
    names.dedup();
    names
}

/// All checks in JSON.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct AllDocument {
    /// Profile that the levels come from, where no key says otherwise.
    profile: &'static str,
    /// When others are kept from writing (`policy.freeze`): the profile `doctrine` asks for `always`.
    freeze: String,
    /// The place that this comes from.
    freeze_from: String,
    checks: Vec<Document>,
    /// What types of files and probes log.
    elsewhere: Vec<ElsewhereDocument>,
}

/// What goes by one name: a check, or what several types of files and probes log under it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(super) enum OneDocument {
    Check(Box<Document>),
    Elsewhere(Vec<ElsewhereDocument>),
}

/// What is logged by others than the checks, in JSON.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ElsewhereDocument {
    name: &'static str,
    phase: &'static str,
    of: &'static str,
    level: &'static str,
    from: &'static str,
    class: Option<&'static str>,
    about: &'static str,
    reason: &'static str,
    safer: &'static str,
}

impl ElsewhereDocument {
    fn new(one: &Elsewhere) -> ElsewhereDocument {
        let Elsewhere { name, of, level, from, about, why, safer, .. } = *one;
        let class = one.class.map(|class| class.as_str());
        ElsewhereDocument { name, phase: one.phase.when(), of, level, from, class, about, reason: why, safer }
    }
}

/// The same for people.
fn told(one: &Elsewhere) -> String {
    let lines = [
        format!("{}: {}", one.name, one.about),
        String::new(),
        format!("runs     {} a {}", one.phase.when(), one.of),
        format!("level    {}, from {}", one.level, one.from),
        format!("class    {}", class_of(one.class, one.phase)),
        format!("why      {}", one.why),
        format!("instead  {}", one.safer),
    ];
    lines.join("\n")
}

/// A check in JSON.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document {
    name: &'static str,
    phase: &'static str,
    level: &'static str,
    /// The place that the level comes from.
    from: String,
    class: Option<&'static str>,
    budget_ms: Option<u64>,
    policy: String,
    about: &'static str,
    reason: &'static str,
    safer: &'static str,
    levels: Levels,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<RuleDocument>,
}

/// The levels of the profiles.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Levels {
    default: &'static str,
    doctrine: &'static str,
}

/// A rule of the doctrine in JSON.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RuleDocument {
    name: &'static str,
    level: &'static str,
    from: String,
    about: &'static str,
}

impl Document {
    fn new(check: &Check, config: &Config) -> Document {
        let settings = &config.values.checks;
        Document {
            name: check.name,
            phase: check.phase.when(),
            level: check.level(settings).as_str(),
            from: origin(check, config),
            class: check.class.map(|class| class.as_str()),
            budget_ms: check.budget.and_then(|budget| u64::try_from(budget.as_millis()).ok()),
            policy: check.policy(),
            about: check.about,
            reason: check.why,
            safer: check.safer,
            levels: Levels { default: check.level.as_str(), doctrine: check.doctrine.as_str() },
            rules: rules(check, config),
        }
    }
}

/// What a check of the phase looks at.
fn of(phase: ValidationPhase) -> &'static str {
    if phase == ValidationPhase::During { "statement" } else { "file" }
}

/// `caribou.toml:7`, or the profile and where that comes from.
fn origin(check: &Check, config: &Config) -> String {
    let place = |key: &str| config.settings.get(key).map(|setting| config.settings.place(&setting.origin));
    match check.level_origin(&config.values.checks) {
        LevelOrigin::Configuration => place(&check.policy()).unwrap_or_default(),
        LevelOrigin::Profile => format!("profile {}", config.values.checks.profile.as_str()),
    }
}

fn rules(check: &Check, config: &Config) -> Vec<RuleDocument> {
    if check.name != "doctrine_rules" {
        return Vec::new();
    }
    let settings = &config.values.checks;
    let rule = |rule: &crate::sql::rules::Rule| {
        let own = settings.rules.get(rule.name);
        let key = format!("checks.rules.{}", rule.name);
        let place = config.settings.get(&key).map(|setting| config.settings.place(&setting.origin));
        RuleDocument {
            name: rule.name,
            level: own.copied().unwrap_or_else(|| check.level(settings)).as_str(),
            from: place.unwrap_or_else(|| "doctrine_rules".to_owned()),
            about: rule.text,
        }
    };
    RULES.iter().map(rule).collect()
}

fn class(check: &Check) -> &'static str {
    class_of(check.class, check.phase)
}

fn class_of(class: Option<Class>, phase: ValidationPhase) -> &'static str {
    match (class, phase) {
        (Some(class), _) => class.as_str(),
        (None, ValidationPhase::Post) => "by file type",
        (None, _) => "-",
    }
}

/// When others are kept from writing, and the place where that is said.
fn freeze(config: &Config) -> (String, String) {
    let setting = config.settings.get("policy.freeze");
    setting.map(|setting| (setting.value.clone(), config.settings.place(&setting.origin))).unwrap_or_default()
}

fn listed(config: &Config) -> String {
    let settings = &config.values.checks;
    let row = |check: &Check| {
        let level = check.level(settings).as_str().to_owned();
        let cells = [check.name.to_owned(), check.phase.when().to_owned(), level, origin(check, config)];
        cells.into_iter().chain([class(check).to_owned(), check.about.to_owned()]).collect()
    };
    let elsewhere = |one: &Elsewhere| -> Vec<String> {
        let runs =
            if one.of != "batch" { one.phase.when().to_owned() } else { format!("{} a {}", one.phase.when(), one.of) };
        let class = class_of(one.class, one.phase);
        [one.name, &runs, one.level, one.from, class, one.about].map(str::to_owned).to_vec()
    };
    let rows: Vec<Vec<String>> = CHECKS.iter().map(row).chain(ELSEWHERE.iter().map(elsewhere)).collect();
    let off = CHECKS.iter().filter(|check| check.level(settings) == CheckLevel::Off).count();
    let (freeze, freeze_from) = freeze(config);
    format!(
        "{}\n{}, of which {off} off; policy.freeze = {freeze}, from {freeze_from}. `caribou checks NAME` tells why, and what is safer.\n",
        output::table(&["check", "runs", "level", "from", "class", "demands"], &rows),
        output::count(CHECKS.len() as u64, "check"),
    )
}

fn explained(check: &Check, config: &Config) -> String {
    let document = Document::new(check, config);
    let mut lines = vec![
        format!("{}: {}", check.name, check.about),
        String::new(),
        format!("runs     {} a {}", document.phase, of(check.phase)),
        format!("level    {}, from {}", document.level, document.from),
        format!("class    {}", class(check)),
        format!("profiles default: {}, doctrine: {}", document.levels.default, document.levels.doctrine),
        format!("policy   [checks] {} = \"off\", \"warn\" or \"block\"", check.name),
        format!("why      {}", check.why),
    ];
    if let Some(ms) = document.budget_ms {
        lines.push(format!("time     {} s for a question to the database; what takes longer is not known", ms / 1000));
    }
    if !check.safer.is_empty() {
        lines.push(format!("instead  {}", check.safer));
    }
    for rule in &document.rules {
        lines.push(format!("rule     {} ({}, from {}): {}", rule.name, rule.level, rule.from, rule.about));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::config::Sources;
    use super::*;

    fn config(text: &str) -> (tempfile::TempDir, Config) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("caribou.toml"), text).unwrap();
        let config = Config::load(&Sources { cwd: dir.path().into(), ..Sources::default() }).unwrap();
        (dir, config)
    }

    #[test]
    fn levels_and_their_origin_are_told() {
        let (_dir, config) =
            config("[checks]\nprofile = \"doctrine\"\nparses = \"warn\"\n[checks.rules]\nno_events = \"off\"\n");
        let of = |name: &str| Document::new(check::check(name).unwrap(), &config);
        let parses = of("parses");
        assert_eq!(parses.level, "warn");
        assert!(parses.from.ends_with("caribou.toml:3"), "{parses:?}");
        let doctrine = of("doctrine_rules");
        assert_eq!((doctrine.level, doctrine.from.as_str()), ("block", "profile doctrine"));
        let events = doctrine.rules.iter().find(|rule| rule.name == "no_events").unwrap();
        assert_eq!(events.level, "off");
        assert!(events.from.ends_with("caribou.toml:5"), "{events:?}");
        assert_eq!(doctrine.rules.iter().find(|rule| rule.name == "soft_delete").unwrap().level, "block");
    }

    #[test]
    fn every_check_is_listed_and_explained() {
        let (_dir, config) = config("");
        let list = listed(&config);
        for check in CHECKS {
            assert!(list.contains(check.name), "{check:?}");
            assert!(explained(check, &config).contains(check.why), "{check:?}");
        }
        for one in ELSEWHERE {
            assert!(list.contains(one.about) && told(one).contains(one.why) && one.about.ends_with('.'), "{one:?}");
            assert!(check::check(one.name).is_none() && names().contains(&one.name), "{one:?}");
        }
    }
}
