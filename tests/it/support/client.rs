//! The servers' own clients, to compare with.

use caribou::database::{ServerAddress, ServerKind, SslMode};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

/// Runs SQL through the server's native client (`mariadb` or `mysql`), as it is read from a file. Gives the rows,
/// tab-separated without a header, or the client's error.
pub fn native_client(
    kind: ServerKind,
    address: &ServerAddress,
    schema: Option<&str>,
    sql: &str,
) -> Result<String, String> {
    let done = native_client_with(kind, address, schema, &[], sql)?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// The same with further options, and with all that the client says however it ends.
pub fn native_client_with(
    kind: ServerKind,
    address: &ServerAddress,
    schema: Option<&str>,
    options: &[&str],
    sql: &str,
) -> Result<Output, String> {
    let mut command = client_command(kind, address);
    command.args(options).args(schema);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run the client: {error}"))?;
    let mut input = child.stdin.take().ok_or("no standard input")?;
    let text = sql.to_owned();
    // On a thread of its own: a client that fails stops reading.
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let done = child.wait_with_output().map_err(|error| error.to_string())?;
    let written = writer.join().map_err(|_| "the writer panicked".to_owned())?;
    if done.status.success() {
        written.map_err(|error| error.to_string())?;
    }
    Ok(done)
}

/// The words by which Oracle MySQL's client is run, the last of them `--no-defaults`.
fn mysql_client_words() -> &'static [String] {
    static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/mysql-server.sh");
        let said = Command::new(script).arg("client-command").output().expect("the script can be run");
        String::from_utf8_lossy(&said.stdout).lines().map(str::to_owned).collect()
    });
    &WORDS
}

/// The words by which a server's own dump tool is run.
///
/// # Panics
/// When there is none, and MariaDB's cannot be fetched.
pub fn dump_tool(kind: ServerKind) -> Vec<String> {
    if kind == ServerKind::MySql {
        let words = mysql_client_words().iter().filter(|word| *word != "--no-defaults");
        return words
            .map(|word| word.strip_suffix("/bin/mysql").map_or(word.clone(), |bin| format!("{bin}/bin/mysqldump")))
            .collect();
    }
    let here = "mariadb-dump".to_owned();
    if Command::new(&here).arg("--version").output().is_ok() {
        return vec![here];
    }
    let package = super::packages::fetched(super::packages::Published::Debian("mariadb-client")).expect("a dump tool");
    vec![package.join("usr/bin/mariadb-dump").display().to_string()]
}

/// The native client as a command that reads statements from standard input, without a script in between.
///
/// # Panics
/// When there is no client for Oracle MySQL.
pub fn client_command(kind: ServerKind, address: &ServerAddress) -> Command {
    let mut command = match kind {
        ServerKind::MySql => {
            let words = mysql_client_words();
            let mut command = Command::new(&words[0]);
            command.args(&words[1..]);
            command
        }
        ServerKind::MariaDb | ServerKind::Sqlite => {
            let mut command = Command::new("mariadb");
            command.arg("--no-defaults");
            command
        }
    };
    command
        .args(["--batch", "--skip-column-names", "--default-character-set=utf8mb4"])
        .arg(format!("--host={}", address.host))
        .arg(format!("--port={}", address.port))
        .arg(format!("--user={}", address.user));
    if address.tls.mode == SslMode::Disabled {
        command.arg(if kind == ServerKind::MySql { "--ssl-mode=DISABLED" } else { "--skip-ssl" });
    }
    if let Some(password) = &address.password {
        command.env("MYSQL_PWD", password.expose());
    }
    command
}
