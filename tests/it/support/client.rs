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

/// The native client as a command that reads statements from standard input, without a script in between.
///
/// # Panics
/// When there is no client for Oracle MySQL.
pub fn client_command(kind: ServerKind, address: &ServerAddress) -> Command {
    let mut command = match kind {
        ServerKind::MySql => {
            static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
                let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/mysql-server.sh");
                let said = Command::new(script).arg("client-command").output().expect("the script can be run");
                String::from_utf8_lossy(&said.stdout).lines().map(str::to_owned).collect()
            });
            let mut command = Command::new(&WORDS[0]);
            command.args(&WORDS[1..]);
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
