//! A program that is run with something on its input, within a time, and what it said.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// Bytes that a program may print.
const MOST: u64 = 64 << 10;
/// Characters of what it printed that are told.
const TOLD: usize = 300;

/// Runs a program; no shell is between. It gets nothing of our configuration from the environment. Whatever it has
/// started and not put into a group of its own ends with it when it takes too long.
///
/// # Errors
/// The reason why it did not do what it should, in words.
pub async fn run(argv: &[String], dir: &Path, input: &[u8], limit: Duration) -> Result<String, String> {
    let Some((program, arguments)) = argv.split_first() else { return Err("there is no command".to_owned()) };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(dir).process_group(0).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARIBOU_") {
            command.env_remove(name);
        }
    }
    let mut child = command.spawn().map_err(|error| format!("{program} cannot be run: {error}"))?;
    let group = Group(child.id());
    let (mut stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let told = async {
        // A program that does not read its input may still have done its work.
        if let Some(stdin) = &mut stdin
            && let Err(error) = stdin.write_all(input).await
        {
            tracing::debug!(%error, program, "the command did not read the alert");
        }
        drop(stdin);
        let (out, err) = tokio::join!(read(stdout), read(stderr));
        Ok::<_, std::io::Error>((child.wait().await?, out?, err?))
    };
    let ended = tokio::time::timeout(limit, told).await;
    drop(group);
    let (status, out, err) = match ended {
        Err(_) => return Err(format!("{program} did not end within {} s, and was ended", limit.as_secs_f32())),
        Ok(Err(error)) => return Err(format!("{program}: {error}")),
        Ok(Ok(ended)) => ended,
    };
    if out.len() as u64 > MOST || err.len() as u64 > MOST {
        return Err(format!("{program} printed more than {} KiB", MOST >> 10));
    }
    let said = |bytes: &[u8]| first_line(&String::from_utf8_lossy(bytes));
    match status.success() {
        true => Ok(said(&out)),
        false => Err(format!("{program} failed ({status}): {}", said(if err.is_empty() { &out } else { &err }))),
    }
}

async fn read(pipe: Option<impl tokio::io::AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(MOST + 1).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// The beginning of what was said, on one line.
pub(super) fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().take(TOLD).map(crate::model::harmless).collect()
}

/// A process group that ends when this is dropped.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let leader = self.0.and_then(|id| i32::try_from(id).ok());
        if let Some(leader) = leader
            && let Err(error) = killpg(Pid::from_raw(leader), Signal::SIGKILL)
        {
            tracing::trace!(%error, "the command's group is gone already");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    async fn shell(script: &str, limit: Duration) -> Result<String, String> {
        let argv = ["sh", "-c", script].map(str::to_owned);
        run(&argv, Path::new("/"), b"{\"alert\":1}", limit).await
    }

    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn it_reads_the_alert_and_says_something() {
        assert_eq!(shell("cat; echo done >&2", LONG).await.unwrap(), "{\"alert\":1}");
        assert_eq!(shell("exec <&-; echo did not read", LONG).await.unwrap(), "did not read");
    }

    #[tokio::test]
    async fn a_failure_says_what_it_printed() {
        let error = shell("echo no such channel >&2; exit 3", LONG).await.unwrap_err();
        assert!(error.contains("exit status: 3") && error.ends_with("no such channel"), "{error}");
        let missing = run(&["/no/such/program".to_owned()], Path::new("/"), b"", LONG).await.unwrap_err();
        assert!(missing.starts_with("/no/such/program cannot be run"), "{missing}");
        let error = shell("yes", LONG).await.unwrap_err();
        assert!(error.contains("more than 64 KiB"), "{error}");
    }

    #[tokio::test]
    async fn one_that_hangs_is_ended_with_what_it_has_started() {
        let dir = tempfile::tempdir().unwrap();
        let pid = dir.path().join("pid");
        let script = format!("sleep 600 & echo $! > {}; wait", pid.display());
        let began = Instant::now();
        let error = shell(&script, Duration::from_millis(800)).await.unwrap_err();
        assert!(error.contains("did not end within 0.8 s"), "{error}");
        assert!(began.elapsed() < Duration::from_secs(10));
        let child: i32 = std::fs::read_to_string(pid).unwrap().trim().parse().unwrap();
        // It is a child of init or of nobody by now: gone, or a zombie that nobody has collected.
        let deadline = Instant::now() + LONG;
        let lives = || {
            let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            !stat.is_empty() && !stat.contains(") Z ")
        };
        while lives() && Instant::now() < deadline {
            tokio::task::yield_now().await;
        }
        assert!(!lives(), "the grandchild goes on");
    }
}
