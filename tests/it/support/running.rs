//! A program in the background: a worker, a migration under way.

use super::Ran;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(120);

/// A running program; dropping it kills it.
pub struct Running {
    child: Child,
    stdout: Output,
    stderr: Output,
}

/// Output of a program so far.
struct Output {
    text: Arc<(Mutex<(String, bool)>, Condvar)>,
    reader: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts a command.
    pub fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = super::spawn(command).unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        let stdout = Output::of(child.stdout.take().expect("a pipe"));
        let stderr = Output::of(child.stderr.take().expect("a pipe"));
        Self { child, stdout, stderr }
    }

    /// Waits until a line on standard output or standard error holds a text.
    #[track_caller]
    pub fn wait_text(&self, text: &str) {
        let (lock, changed) = &*self.stderr.text;
        let deadline = Instant::now() + PATIENCE;
        let mut state = lock.lock().expect("no panic in the reader");
        while !state.0.contains(text) && !self.stdout.so_far().contains(text) {
            let late = Instant::now() > deadline;
            let (stdout, stderr) = (self.stdout.so_far(), state.0.clone());
            assert!(!state.1 && !late, "no {text:?} came.\nstdout:\n{stdout}\nstderr:\n{stderr}");
            state = changed.wait_timeout(state, Duration::from_millis(50)).expect("no panic in the reader").0;
        }
    }

    /// Waits until standard error has said a text so many times, or is closed.
    pub fn wait_times(&self, text: &str, times: usize) {
        let (lock, changed) = &*self.stderr.text;
        let deadline = Instant::now() + PATIENCE;
        let mut state = lock.lock().expect("no panic in the reader");
        while state.0.matches(text).count() < times && !state.1 && Instant::now() < deadline {
            state = changed.wait_timeout(state, Duration::from_millis(50)).expect("no panic in the reader").0;
        }
    }

    /// Its process.
    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).expect("a process")
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid()), signal).expect("a signal can be sent");
    }

    /// True if it has ended by itself.
    pub fn has_ended(&self) -> bool {
        // A process that nobody waited for is a zombie until somebody does.
        let state = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap_or_default();
        state.rsplit(')').next().is_none_or(|rest| rest.trim_start().starts_with('Z'))
    }

    /// What it has written on standard error so far.
    pub fn said(&self) -> String {
        self.stderr.so_far()
    }

    /// kill -9, and gone.
    pub fn kill(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("it can be killed");
    }

    /// Waits for its end, as long as it goes on saying something: on a busy machine much takes long.
    #[track_caller]
    pub fn wait(mut self) -> Ran {
        let mut deadline = Instant::now() + PATIENCE;
        let mut said = (String::new(), String::new());
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                break status;
            }
            let says = (self.stdout.so_far(), self.stderr.so_far());
            if says != said {
                (said, deadline) = (says, Instant::now() + PATIENCE);
            }
            assert!(Instant::now() < deadline, "it does not end; it said {said:?}");
            // A process gives no other sign of its end that can be waited for with a limit.
            std::thread::sleep(Duration::from_millis(10));
        };
        let (stdout, stderr) = (self.stdout.whole(), self.stderr.whole());
        Ran { code: status.code(), stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails only when it has ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Output {
    fn of(pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new((Mutex::new((String::new(), false)), Condvar::new()));
        let shared = Arc::clone(&text);
        let reader = std::thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while pipe.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                let mut state = shared.0.lock().expect("no panic in a story while it holds the text");
                state.0.push_str(&String::from_utf8_lossy(&line));
                shared.1.notify_all();
                line.clear();
            }
            shared.0.lock().expect("no panic in a story while it holds the text").1 = true;
            shared.1.notify_all();
        });
        Self { text, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        self.text.0.lock().expect("no panic in the reader").0.clone()
    }

    fn whole(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("no panic in the reader");
        }
        self.so_far()
    }
}
