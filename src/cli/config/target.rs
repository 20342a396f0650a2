//! From the configuration to what is connected to: URL or option file, names of the schemas, and the password from
//! where it may come from. A password is in no flag, no log and no message.

use super::{Config, ConfigError, Origin, Setting};
use crate::database::{DbError, Place, Schemas, Secret, Target, read_option_file};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The target that the configuration describes.
///
/// `variable` reads the environment.
///
/// # Errors
/// No database named, or two; a URL that cannot be read; a password in a flag; a password command that fails.
pub fn target(config: &Config, variable: &dyn Fn(&str) -> Option<String>) -> Result<Target, ConfigError> {
    let mut target = match place(config)? {
        Described::Url(setting) => from_url(config, setting)?,
        Described::OptionFile(path) => read_option_file(&path).map_err(|e| wrong(&e))?,
    };
    target.schemas = schemas(config, &target)?;
    if let Some(timeout) = config.time("database.connect_timeout") {
        target.connect_timeout = timeout;
    }
    let password = password(config, variable)?;
    if let Some(address) = target.address_mut() {
        if let Some(user) = config.text("database.user") {
            address.user = user.to_owned();
        }
        if let Some(mode) = config.text("database.ssl_mode") {
            address.tls.mode = mode.parse().map_err(|e: DbError| wrong(&e))?;
        }
        let tls = &mut address.tls;
        let files = [("ssl_ca", &mut tls.ca), ("ssl_cert", &mut tls.cert), ("ssl_key", &mut tls.key)];
        for (name, file) in files {
            if let Some(path) = config.path(&format!("database.{name}")) {
                *file = Some(path);
            }
        }
        if let Some(password) = password {
            address.password = Some(password);
        }
    }
    Ok(target)
}

enum Described<'a> {
    Url(&'a Setting),
    OptionFile(PathBuf),
}

/// URL or option file: whichever was said later; said in one place, they contradict each other.
fn place(config: &Config) -> Result<Described<'_>, ConfigError> {
    let rank = |s: &Setting| match s.origin {
        Origin::Default => 0,
        Origin::File(_) => 1,
        Origin::Environment(_) => 2,
        Origin::Flag(_) => 3,
    };
    let option_file = || config.path("database.defaults_file").map(Described::OptionFile);
    match (config.get("database.url"), config.get("database.defaults_file")) {
        (None, None) => {
            let error = ConfigError::new("no database is configured");
            Err(error.hint(match config.file {
                Some(_) => "set [database] url in caribou.toml, or CARIBOU_DATABASE_URL, or --url",
                None => "there is no caribou.toml here or above: `caribou init` writes one, `caribou demo` needs none",
            }))
        }
        (Some(url), Some(file)) if rank(url) == rank(file) => Err(ConfigError::new(format!(
            "{} and {} describe the database twice",
            config.place(&url.origin),
            config.place(&file.origin)
        ))
        .hint("keep database.url or database.defaults_file")),
        (Some(url), file) if file.is_none_or(|file| rank(url) > rank(file)) => Ok(Described::Url(url)),
        _ => option_file().ok_or_else(|| ConfigError::new("no database is configured")),
    }
}

fn from_url(config: &Config, setting: &Setting) -> Result<Target, ConfigError> {
    let mut target = Target::from_url(&setting.value).map_err(|e| {
        let mut error = wrong(&e);
        error.message = format!("{}: {}", config.place(&setting.origin), error.message);
        error
    })?;
    refuse_password_in_flag(config)?;
    if let Place::Sqlite { dir } = &mut target.place {
        *dir = config.base(setting).join(&*dir);
    }
    Ok(target)
}

/// Refuses a URL flag that holds a password.
pub fn refuse_password_in_flag(config: &Config) -> Result<(), ConfigError> {
    let is_flag = |s: &&Setting| matches!(s.origin, Origin::Flag(_));
    let holds = |s: &Setting| Target::from_url(&s.value).is_ok_and(|t| t.has_password());
    if !config.get("database.url").filter(is_flag).is_some_and(holds) {
        return Ok(());
    }
    let error = ConfigError::new("the URL of --url holds a password, which everyone on this machine can read");
    Err(error
        .hint("leave it out and put the password into CARIBOU_PASSWORD, an option file, or database.password_command"))
}

fn schemas(config: &Config, target: &Target) -> Result<Schemas, ConfigError> {
    let core = config.text("schemas.core");
    let mut schemas = core.map_or_else(|| target.schemas.clone(), Schemas::of);
    let others = [
        ("schemas.orchestration", &mut schemas.orchestration),
        ("schemas.ephemeral", &mut schemas.ephemeral),
        ("schemas.undo", &mut schemas.undo),
    ];
    for (name, schema) in others {
        if let Some(text) = config.text(name) {
            text.clone_into(schema);
        }
    }
    if schemas.core.is_empty() {
        return Err(ConfigError::new("no core schema is named")
            .hint("name it in the URL (mysql://user@host/SCHEMA) or as core under [schemas]"));
    }
    Ok(schemas)
}

fn password(config: &Config, variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Secret>, ConfigError> {
    // Empty is none: the server tells an account without a password from one with an empty word sent.
    if let Some(found) = config.text("database.password_env").and_then(variable).filter(|found| !found.is_empty()) {
        return Ok(Some(Secret::new(found)));
    }
    let Some(setting) = config.get("database.password_command") else { return Ok(None) };
    let place = config.place(&setting.origin);
    let said = run(&setting.value, config.base(setting))
        .map_err(|why| ConfigError::new(format!("{place}: the password command {why}")))?;
    Ok(Some(Secret::new(said)))
}

/// Runs a command through the shell and takes the first line of what it prints.
fn run(command: &str, dir: &Path) -> Result<String, String> {
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(dir)
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("cannot be run: {e}"))?;
    if !output.status.success() {
        return Err(format!("failed ({})", output.status));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| "printed what is not UTF-8".to_owned())?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() { Err("printed nothing".to_owned()) } else { Ok(line.to_owned()) }
}

fn wrong(error: &DbError) -> ConfigError {
    let message = format!("could not {}: {}", error.doing, error.message);
    ConfigError { message, hint: error.hint.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::{Sources, file};
    use super::*;
    use crate::database::ServerAddress;

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
