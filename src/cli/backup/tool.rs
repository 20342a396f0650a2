//! The server's own dump tool: found, told what to dump, run, and its work checked.

use super::login::{Flavour, Login};
use crate::cli::{CliError, Exit};
use crate::database::ServerKind;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::process::Stdio;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// Bytes of what a tool complains that are read.
const COMPLAINT: u64 = 16 << 10;
/// Bytes at the end of a dump in which its last line stands.
const END: i64 = 512;
/// Beginning of the line that a dump ends with once everything is in it.
const LAST: &str = "-- Dump completed";

/// A dump tool.
#[derive(Debug, Clone)]
pub(super) struct Tool {
    argv: Vec<String>,
    pub flavour: Flavour,
}

/// Everything but the account that a dump is made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub core: String,
    /// Names of tables, views and sequences; `None`: all that there are.
    pub tables: Option<Vec<String>>,
}

impl Tool {
    /// The configured tool, else the first one of the server's that is here.
    ///
    /// # Errors
    /// There is none, with what to install.
    pub async fn find(configured: Option<&[String]>, kind: ServerKind) -> Result<Tool, CliError> {
        if let Some(argv) = configured {
            let flavour = version(argv).await.map_err(|why| {
                CliError::refused(format!("backup.tool cannot be used: {why}")).hint("name a dump tool, with its path")
            })?;
            return Ok(Tool { argv: argv.to_vec(), flavour });
        }
        let (names, wanted, package): (&[&str], _, _) = match kind {
            ServerKind::MySql => (&["mysqldump"], Flavour::MySql, "mysql-client"),
            _ => (&["mariadb-dump", "mysqldump"], Flavour::MariaDb, "mariadb-client"),
        };
        for name in names {
            let argv = vec![(*name).to_owned()];
            if version(&argv).await == Ok(wanted) {
                return Ok(Tool { argv, flavour: wanted });
            }
        }
        Err(CliError::refused(format!("there is no {} of {kind} on this machine", names.join(" or ")))
            .hint(format!("install it (Debian: {package}), or name it: [backup] tool = [\"/path/to/{}\"]", names[0])))
    }

    /// The program, for people.
    pub fn name(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }

    fn arguments(&self, login: &Login, wanted: &Wanted) -> Vec<String> {
        // It counts only as the first of all.
        let mut arguments = vec![format!("--defaults-file={}", login.path().display())];
        let fixed = [
            "--single-transaction",
            "--quick",
            "--routines",
            "--events",
            "--hex-blob",
            "--no-tablespaces",
            "--default-character-set=utf8mb4",
            "--max-allowed-packet=1G",
        ];
        arguments.extend(fixed.map(str::to_owned));
        if self.flavour == Flavour::MySql {
            // A dump that is to be read elsewhere says nothing of this server's transactions.
            arguments.extend(["--set-gtid-purged=OFF".to_owned(), "--column-statistics=0".to_owned()]);
        }
        let named = match &wanted.tables {
            // Without a name it would dump all of them.
            Some(tables) if tables.is_empty() => {
                arguments.extend(["--no-create-info", "--no-data", "--skip-triggers"].map(str::to_owned));
                &[][..]
            }
            Some(tables) => {
                arguments.push("--triggers".to_owned());
                tables.as_slice()
            }
            None => {
                arguments.push("--triggers".to_owned());
                &[][..]
            }
        };
        arguments.extend(["--".to_owned(), wanted.core.clone()]);
        arguments.extend(named.iter().cloned());
        arguments
    }

    /// Runs it, its output into a file. Dropped before its end, the tool is ended.
    ///
    /// # Errors
    /// What it complained about; and an end that is none.
    pub async fn dump(&self, login: &Login, wanted: &Wanted, into: &File) -> Result<(), CliError> {
        let mut command = command(&self.argv);
        command.args(self.arguments(login, wanted)).env("MYSQL_TEST_LOGIN_FILE", login.nothing());
        command.stdin(Stdio::null()).stdout(into.try_clone()?).stderr(Stdio::piped());
        let name = self.name();
        let failed = |why: String| CliError::new(Exit::Failed, format!("{name} failed: {why}"));
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let mut said = Vec::new();
        if let Some(stderr) = child.stderr.take() {
            let mut rest = stderr.take(COMPLAINT);
            rest.read_to_end(&mut said).await?;
            tokio::io::copy(&mut rest.into_inner(), &mut tokio::io::sink()).await?;
        }
        let status = child.wait().await?;
        let said = String::from_utf8_lossy(&said);
        if !status.success() {
            let why = complaint(&said).unwrap_or_else(|| status.to_string());
            return Err(advised(failed(why.clone()), &why));
        }
        ended(&mut into.try_clone()?).map_err(|why| failed(format!("it ended well, and {why}")))
    }
}

/// A command with nothing of our configuration, nor of an account, in its environment.
fn command(argv: &[String]) -> Command {
    let mut command = Command::new(argv.first().map_or("", String::as_str));
    command.args(argv.get(1..).unwrap_or_default()).kill_on_drop(true);
    for (name, _) in std::env::vars_os() {
        if ["CARIBOU_", "MYSQL_", "MARIADB_"].iter().any(|ours| name.to_string_lossy().starts_with(ours)) {
            command.env_remove(name);
        }
    }
    command
}

/// Asks a tool whose it is.
async fn version(argv: &[String]) -> Result<Flavour, String> {
    let name = argv.first().map_or("", String::as_str);
    let said = command(argv).arg("--version").stdin(Stdio::null()).output().await;
    let said = said.map_err(|error| format!("{name} cannot be run: {error}"))?;
    let text = String::from_utf8_lossy(&said.stdout).to_lowercase();
    if !said.status.success() || !["dump", "mariadb", "mysql"].iter().any(|word| text.contains(word)) {
        return Err(format!("{name} --version does not speak of a dump tool"));
    }
    Ok(if text.contains("mariadb") { Flavour::MariaDb } else { Flavour::MySql })
}

/// The line of a complaint that is no warning.
fn complaint(said: &str) -> Option<String> {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_warning = |line: &&str| line.contains("[Warning]") || line.starts_with("WARNING");
    lines().find(|line| !is_warning(line)).or_else(|| lines().next()).map(str::to_owned)
}

/// The advice on what a tool complains about.
fn advised(error: CliError, why: &str) -> CliError {
    let lower = why.to_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if is(&["errno 28", "no space left", "errcode: 28"]) {
        return error.hint("make room there, or choose another place with --output or backup.dump");
    }
    if is(&[
        "access denied",
        "denied to user",
        "1044",
        "1142",
        "1227",
        "insufficient privileges",
        "insufficent privileges",
    ]) {
        return error.hint(
            "a dump needs SELECT, SHOW VIEW, TRIGGER and EVENT on the schema; for routines of other definers also GRANT \
             SELECT ON mysql.proc (MariaDB) or GRANT SHOW_ROUTINE ON *.* (MySQL)",
        );
    }
    error
}

/// Looks at the end of a dump.
fn ended(dump: &mut File) -> Result<(), String> {
    let cannot = |error: std::io::Error| format!("its dump cannot be read: {error}");
    let long = dump.metadata().map_err(cannot)?.len();
    if long == 0 {
        return Err("has written nothing".to_owned());
    }
    dump.seek(SeekFrom::End(-END.min(i64::try_from(long).unwrap_or(END)))).map_err(cannot)?;
    let mut end = Vec::new();
    dump.read_to_end(&mut end).map_err(cannot)?;
    match String::from_utf8_lossy(&end).lines().rfind(|line| !line.trim().is_empty()) {
        Some(line) if line.starts_with(LAST) => Ok(()),
        _ => Err(format!("its dump does not end with {LAST:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_without_its_last_line_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let of = |text: &str| {
            let path = dir.path().join("d.sql");
            std::fs::write(&path, text).unwrap();
            ended(&mut File::open(path).unwrap())
        };
        assert_eq!(of("INSERT …;\n-- Dump completed on 2026-11-29\n\n"), Ok(()));
        assert!(of("INSERT …;\n").unwrap_err().contains("does not end with"));
        assert!(of("").unwrap_err().contains("written nothing"));
    }

    #[test]
    fn what_a_tool_complains_of_comes_with_advice() {
        let said = "mysqldump: [Warning] Using a password…\nmysqldump: Got errno 28 on write\n";
        let why = complaint(said).unwrap();
        assert_eq!(why, "mysqldump: Got errno 28 on write");
        assert!(advised(CliError::refused("x"), &why).hints[0].contains("make room"));
        let denied =
            "mariadb-dump: Couldn't execute 'show events': Access denied for user 'a'@'%' to database 'c' (1044)";
        assert!(advised(CliError::refused("x"), denied).hints[0].contains("EVENT"));
    }

    #[tokio::test]
    async fn a_tool_that_is_none_is_refused() {
        let error = Tool::find(Some(&["/no/such/dump".to_owned()]), ServerKind::MySql).await.unwrap_err();
        assert!(error.message.contains("backup.tool cannot be used: /no/such/dump cannot be run"), "{error:?}");
        let error = Tool::find(Some(&["true".to_owned()]), ServerKind::MySql).await.unwrap_err();
        assert!(error.message.contains("does not speak of a dump tool"), "{error:?}");
    }

    #[tokio::test]
    async fn a_tool_that_fails_or_stops_early_leaves_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let script = dir.path().join("dump");
        let run = async |body: &str| {
            std::fs::write(&script, format!("#!/bin/sh\n{body}\n")).unwrap();
            let tool = Tool { argv: vec!["sh".into(), script.display().to_string()], flavour: Flavour::MySql };
            let login = Login::write(&crate::database::ServerAddress::default(), Flavour::MySql, false).unwrap();
            let path = dir.path().join("out");
            let into = File::options().read(true).write(true).create(true).truncate(true).open(path).unwrap();
            tool.dump(&login, &Wanted { core: "shop".into(), tables: None }, &into).await
        };
        assert_eq!(run("echo '-- Dump completed on x'").await, Ok(()));
        assert!(run("echo half").await.unwrap_err().message.contains("does not end"));
        let error = run("echo 'mysqldump: no' >&2; exit 2").await.unwrap_err();
        assert_eq!((error.exit, error.message.as_str()), (Exit::Failed, "sh failed: mysqldump: no"));
    }
}
