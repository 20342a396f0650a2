//! The tests' own servers leave nothing behind.

use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn a_server_ends_with_the_process_that_started_it() {
    let dir = tempfile::tempdir().expect("a directory").keep();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/supervise.sh");
    let mut supervisor = Command::new(script)
        .arg(&dir)
        .args(["sleep", "1000"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the supervisor starts");
    let pid = loop {
        match std::fs::read_to_string(dir.join("server.pid")) {
            Ok(pid) if pid.ends_with('\n') => break pid.trim().to_owned(),
            _ => std::thread::yield_now(),
        }
    };
    assert!(Path::new(&format!("/proc/{pid}")).exists());
    // What the kernel does for a process that ends, also by kill -9.
    drop(supervisor.stdin.take());
    supervisor.wait().expect("the supervisor ends");
    assert!(!Path::new(&format!("/proc/{pid}")).exists(), "process {pid} is still there");
    assert!(!dir.exists(), "{} is still there", dir.display());
}
