//! Sources of a password: a variable or a command. It is in no flag, no log and no message.

use super::error::ConfigError;
use super::load::Config;
use crate::database::Secret;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Time that a password command may take: somebody may have to touch a key or unlock a store.
const PATIENCE: Duration = Duration::from_secs(60);
/// Number of bytes that it may print at most.
const MOST: u64 = 64 << 10;
/// Pause between two looks at a command that has closed its output.
const TICK: Duration = Duration::from_millis(5);

/// The password of the account that a table of the configuration describes (`database`, `runner`).
///
/// `variable` reads the environment.
///
/// # Errors
/// A command that fails, prints nothing, prints too much, or does not end.
pub(super) fn password(
    config: &Config,
    table: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Secret>, ConfigError> {
    // Empty is none: the server tells an account without a password from one with an empty word sent.
    let given = config.settings.text(&format!("{table}.password_env")).and_then(variable);
    if let Some(found) = given.filter(|found| !found.is_empty()) {
        return Ok(Some(Secret::new(found)));
    }
    let Some(setting) = config.settings.get(&format!("{table}.password_command")) else { return Ok(None) };
    let place = config.settings.place(&setting.origin);
    let said = run(&setting.value, config.settings.base(setting), PATIENCE)
        .map_err(|why| ConfigError::new(format!("{place}: the password command {why}")))?;
    Ok(Some(Secret::new(said)))
}

/// Runs a command through the shell and takes the first line of what it prints.
pub(super) fn run(command: &str, dir: &Path, patience: Duration) -> Result<String, String> {
    let began = Instant::now();
    let mut child = Command::new("sh")
        .args(["-c", command])
        .current_dir(dir)
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| format!("cannot be run: {e}"))?;
    let printed = output(&mut child, patience);
    let ended = match &printed {
        Ok(_) => end(&mut child, patience.saturating_sub(began.elapsed())),
        Err(_) => None,
    };
    let Some(status) = ended else {
        // What it started itself may go on: that is not ours to end. When it is gone already, so much the better.
        child.kill().and_then(|()| child.wait()).map_err(|e| format!("cannot be ended: {e}"))?;
        return Err(printed.err().unwrap_or_else(|| too_long(patience)));
    };
    if !status.success() {
        return Err(format!("failed ({status})"));
    }
    let text = String::from_utf8(printed?).map_err(|_| "printed what is not UTF-8".to_owned())?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() { Err("printed nothing".to_owned()) } else { Ok(line.to_owned()) }
}

/// All that it prints, within the limits. Read by a thread: a pipe has no time limit of its own.
fn output(child: &mut Child, patience: Duration) -> Result<Vec<u8>, String> {
    let Some(stdout) = child.stdout.take() else { return Ok(Vec::new()) };
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(MOST + 1).read_to_end(&mut bytes).map(|_| bytes);
        // Nobody waits any more when it took too long.
        sender.send(read).ok();
    });
    match receiver.recv_timeout(patience) {
        Ok(Ok(bytes)) if bytes.len() as u64 > MOST => Err(format!("printed more than {} KiB", MOST >> 10)),
        Ok(read) => read.map_err(|e| format!("cannot be read: {e}")),
        Err(RecvTimeoutError::Timeout) => Err(too_long(patience)),
        Err(RecvTimeoutError::Disconnected) => Err("cannot be read".to_owned()),
    }
}

/// Waits for its end; `None` when it has closed its output and goes on.
fn end(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if began.elapsed() < patience => std::thread::sleep(TICK),
            Ok(None) | Err(_) => return None,
        }
    }
}

fn too_long(patience: Duration) -> String {
    format!("did not end within {} s", patience.as_secs_f32())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(command: &str) -> Result<String, String> {
        run(command, Path::new("/"), Duration::from_millis(500))
    }

    #[test]
    fn the_first_line_is_the_password() {
        assert_eq!(said("printf 'one\\ntwo\\n'"), Ok("one".to_owned()));
        assert_eq!(said("true"), Err("printed nothing".to_owned()));
    }

    #[test]
    fn a_command_has_a_time_and_a_size() {
        let began = Instant::now();
        // What the commands leave behind ends soon: it holds on to the output of the tests.
        for command in ["sleep 5", "sleep 5 & sleep 5", "exec >/dev/null; sleep 5", "echo pw; exec sleep 5"] {
            let error = said(command).unwrap_err();
            assert_eq!(error, "did not end within 0.5 s", "{command}");
        }
        assert!(said("yes").unwrap_err().contains("more than 64 KiB"));
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}
