//! From the configuration to what is connected to: URL or option file, names of the schemas, and the password from
//! where it may come from. A password is in no flag, no log and no message.

use super::error::ConfigError;
use super::load::Config;
use super::password::password;
use super::settings::{Origin, Setting};
use crate::database::{DbError, Place, Runner, Schemas, Target, read_option_file};
use std::path::PathBuf;
use std::time::Duration;

/// Time that a server may always take for an answer.
const LEAST_PATIENCE: Duration = Duration::from_secs(5);

/// The target that the configuration describes.
///
/// `variable` reads the environment.
///
/// # Errors
/// No database named, or two; a URL that cannot be read; a password in a flag; a password command that fails.
pub fn target(config: &Config, variable: &dyn Fn(&str) -> Option<String>) -> Result<Target, ConfigError> {
    let mut target = match place(config)? {
        DatabaseSource::Url(setting) => from_url(config, setting)?,
        DatabaseSource::OptionFile(path) => read_option_file(&path).map_err(|e| wrong(&e))?,
    };
    target.schemas = schemas(config, &target)?;
    if let Some(timeout) = config.settings.time("database.connect_timeout") {
        target.connect_timeout = timeout;
    }
    // A follower need not wait for longer than a worker would; but a busy server may take its time.
    target.answer_timeout = config.values.workers.lease_ttl.max(LEAST_PATIENCE);
    let password = password(config, "database", variable)?;
    target.runner = runner(config, variable)?;
    if let Some(address) = target.address_mut() {
        if let Some(user) = config.settings.text("database.user") {
            address.user = user.to_owned();
        }
        if let Some(mode) = config.settings.text("database.ssl_mode") {
            address.tls.mode = mode.parse().map_err(|e: DbError| wrong(&e))?;
        }
        let tls = &mut address.tls;
        let files = [("ssl_ca", &mut tls.ca), ("ssl_cert", &mut tls.cert), ("ssl_key", &mut tls.key)];
        for (name, file) in files {
            if let Some(path) = config.settings.path(&format!("database.{name}")) {
                *file = Some(path);
            }
        }
        if let Some(password) = password {
            address.password = Some(password);
        }
    }
    Ok(target)
}

/// The account that files run as, if one is described: by its own keys, or by an option file, of which only user and
/// password count.
fn runner(config: &Config, variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Runner>, ConfigError> {
    let file = config.settings.path("runner.defaults_file").map(|path| read_option_file(&path)).transpose();
    let of_file = match file.map_err(|e| wrong(&e))?.map(|target| target.place) {
        Some(Place::Server(address)) => Some(Runner { user: address.user, password: address.password }),
        Some(Place::Sqlite { .. }) | None => None,
    };
    let user = config.settings.text("runner.user").map(str::to_owned);
    let Some(user) = user.or_else(|| of_file.as_ref().map(|runner| runner.user.clone())) else {
        return match config.settings.get("runner.password_command") {
            None => Ok(None),
            Some(setting) => {
                let place = config.settings.place(&setting.origin);
                Err(ConfigError::new(format!("{place}: a runner's password, and no runner")).hint("set runner.user"))
            }
        };
    };
    let password = password(config, "runner", variable)?.or(of_file.and_then(|runner| runner.password));
    Ok(Some(Runner { user, password }))
}

enum DatabaseSource<'a> {
    Url(&'a Setting),
    OptionFile(PathBuf),
}

/// URL or option file: whichever was said later; said in one place, they contradict each other.
fn place(config: &Config) -> Result<DatabaseSource<'_>, ConfigError> {
    let rank = |s: &Setting| match s.origin {
        Origin::Default | Origin::Profile(_) => 0,
        Origin::File(_) => 1,
        Origin::Environment(_) => 2,
        Origin::Flag(_) => 3,
    };
    let option_file = || config.settings.path("database.defaults_file").map(DatabaseSource::OptionFile);
    match (config.settings.get("database.url"), config.settings.get("database.defaults_file")) {
        (None, None) => {
            let error = ConfigError::new("no database is configured");
            Err(error.hint(match config.settings.file {
                Some(_) => "set [database] url in caribou.toml, or CARIBOU_DATABASE_URL, or --url",
                None => "there is no caribou.toml here or above: `caribou init` writes one, `caribou demo` needs none",
            }))
        }
        (Some(url), Some(file)) if rank(url) == rank(file) => Err(ConfigError::new(format!(
            "{} and {} describe the database twice",
            config.settings.place(&url.origin),
            config.settings.place(&file.origin)
        ))
        .hint("keep database.url or database.defaults_file")),
        (Some(url), file) if file.is_none_or(|file| rank(url) > rank(file)) => Ok(DatabaseSource::Url(url)),
        _ => option_file().ok_or_else(|| ConfigError::new("no database is configured")),
    }
}

fn from_url(config: &Config, setting: &Setting) -> Result<Target, ConfigError> {
    let mut target = Target::from_url(&setting.value).map_err(|e| {
        let mut error = wrong(&e);
        error.message = format!("{}: {}", config.settings.place(&setting.origin), error.message);
        error
    })?;
    refuse_password_in_flag(config)?;
    if let Place::Sqlite { dir } = &mut target.place {
        *dir = config.settings.base(setting).join(&*dir);
    }
    Ok(target)
}

/// Refuses a URL flag that holds a password.
pub fn refuse_password_in_flag(config: &Config) -> Result<(), ConfigError> {
    let is_flag = |s: &&Setting| matches!(s.origin, Origin::Flag(_));
    let holds = |s: &Setting| Target::from_url(&s.value).is_ok_and(|t| t.has_password());
    if !config.settings.get("database.url").filter(is_flag).is_some_and(holds) {
        return Ok(());
    }
    let error = ConfigError::new("the URL of --url holds a password, which everyone on this machine can read");
    Err(error
        .hint("leave it out and put the password into CARIBOU_PASSWORD, an option file, or database.password_command"))
}

fn schemas(config: &Config, target: &Target) -> Result<Schemas, ConfigError> {
    let core = config.settings.text("schemas.core");
    let mut schemas = core.map_or_else(|| target.schemas.clone(), Schemas::from_core);
    let others = [
        ("schemas.orchestration", &mut schemas.orchestration),
        ("schemas.ephemeral", &mut schemas.ephemeral),
        ("schemas.undo", &mut schemas.undo),
    ];
    for (name, schema) in others {
        if let Some(text) = config.settings.text(name) {
            text.clone_into(schema);
        }
    }
    if schemas.core.is_empty() {
        return Err(ConfigError::new("no core schema is named")
            .hint("name it in the URL (mysql://user@host/SCHEMA) or as core under [schemas]"));
    }
    Ok(schemas)
}

fn wrong(error: &DbError) -> ConfigError {
    let message = format!("could not {}: {}", error.doing, error.message);
    ConfigError { message, hint: error.hint.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::{Sources, file};
    use super::*;
    use crate::database::{Secret, ServerAddress};

    fn load(text: &str, flags: Vec<(&'static str, &'static str, String)>) -> (tempfile::TempDir, Config) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(file::NAME), text).unwrap();
        let config = Config::load(&Sources { cwd: dir.path().into(), flags, ..Sources::default() }).unwrap();
        (dir, config)
    }

    fn address(target: Target) -> ServerAddress {
        match target.place {
            Place::Server(address) => address,
            Place::Sqlite { .. } => panic!("a server was expected"),
        }
    }

    #[test]
    fn the_password_comes_from_variable_then_command_then_url() {
        let text = "[database]\nurl = \"mysql://ana:in-url@h/shop\"\n";
        let none = |_: &str| None;
        let given = |name: &str| (name == "CARIBOU_PASSWORD").then(|| "in-variable".to_owned());
        let password =
            |config: &Config, v: &dyn Fn(&str) -> Option<String>| address(target(config, v).unwrap()).password;
        let (_dir, config) = load(text, vec![]);
        assert_eq!(password(&config, &none), Some(Secret::new("in-url")));
        let (_dir, config) = load(&format!("{text}password_command = \"echo from-command\"\n"), vec![]);
        assert_eq!(password(&config, &none), Some(Secret::new("from-command")));
        assert_eq!(password(&config, &given), Some(Secret::new("in-variable")));
    }

    #[test]
    fn a_password_in_a_flag_is_refused_and_not_repeated() {
        let (_dir, config) = load("", vec![("database.url", "--url", "mysql://ana:hunter2@h/shop".into())]);
        let error = target(&config, &|_| None).unwrap_err();
        assert!(error.message.contains("holds a password"), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn a_command_that_fails_is_named_by_its_place() {
        let (_dir, config) = load("[database]\nurl = \"mysql://h/shop\"\npassword_command = \"exit 3\"\n", vec![]);
        let error = target(&config, &|_| None).unwrap_err();
        assert!(error.message.contains("caribou.toml:3: the password command failed"), "{error}");
    }

    #[test]
    fn schemas_follow_from_the_core_unless_named() {
        let text = "[database]\nurl = \"mysql://h/shop\"\n[schemas]\nundo = \"bin\"\n";
        let (_dir, config) = load(text, vec![("schemas.core", "--core", "shop2".into())]);
        let schemas = target(&config, &|_| None).unwrap().schemas;
        assert_eq!(schemas.all(), ["shop2", "shop2_orchestration", "shop2_ephemeral", "bin"]);
    }

    #[test]
    fn files_run_as_the_runner_where_one_is_named() {
        let text = "[database]\nurl = \"mysql://worker:w@h/shop\"\n";
        let given = |name: &str| (name == "CARIBOU_RUNNER_PASSWORD").then(|| "r".to_owned());
        let (_dir, config) = load(text, vec![]);
        assert_eq!(target(&config, &given).unwrap().runner, None);
        let (_dir, config) = load(&format!("{text}[runner]\nuser = \"runner\"\n"), vec![]);
        let runner = target(&config, &given).unwrap().runner.unwrap();
        assert_eq!((runner.user.as_str(), runner.password), ("runner", Some(Secret::new("r"))));
        let (dir, config) = load(&format!("{text}[runner]\ndefaults_file = \"r.cnf\"\n"), vec![]);
        std::fs::write(dir.path().join("r.cnf"), "[client]\nuser=of_file\npassword=f\nhost=elsewhere\n").unwrap();
        let found = target(&config, &|_| None).unwrap();
        assert_eq!(found.runner, Some(Runner { user: "of_file".into(), password: Some(Secret::new("f")) }));
        assert_eq!(address(found).host, "h");
        let (_dir, config) = load(&format!("{text}[runner]\npassword_command = \"echo x\"\n"), vec![]);
        assert!(target(&config, &|_| None).unwrap_err().message.contains("no runner"));
    }

    #[test]
    fn no_database_and_two_databases_are_errors() {
        let (_dir, config) = load("", vec![]);
        assert_eq!(target(&config, &|_| None).unwrap_err().message, "no database is configured");
        let (_dir, config) = load("[database]\nurl = \"mysql://h/s\"\ndefaults_file = \"my.cnf\"\n", vec![]);
        assert!(target(&config, &|_| None).unwrap_err().message.contains("twice"));
    }

    #[test]
    fn a_sqlite_directory_is_relative_to_the_file() {
        let (dir, config) = load("[database]\nurl = \"sqlite:data\"\n", vec![]);
        let place = target(&config, &|_| None).unwrap().place;
        assert_eq!(place, Place::Sqlite { dir: dir.path().join("data") });
    }
}
