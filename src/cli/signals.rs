//! Ctrl-C and the signals that ask a process to end.

use super::CliError;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Interrupts, counted.
pub(crate) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
    /// `None` where the hangup was to be ignored from the start (nohup).
    hangup: Option<Signal>,
    count: u32,
}

impl Interrupts {
    /// Takes the signals over: from here on they end nothing by themselves.
    pub fn new() -> Result<Interrupts, CliError> {
        let hangup = if is_ignored(SignalKind::hangup()) { None } else { Some(signal(SignalKind::hangup())?) };
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(Interrupts { interrupt, terminate, hangup, count: 0 })
    }

    /// Waits for the next one, and says which it is, from 1.
    pub async fn next(&mut self) -> u32 {
        let Interrupts { interrupt, terminate, hangup, .. } = self;
        let hung_up = async {
            match hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hung_up => {}
        }
        self.count += 1;
        self.count
    }

    /// Waits for something, but no longer than until the next interrupt: `None` then.
    pub async fn unless<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            _ = self.next() => None,
        }
    }
}

/// True if a signal was to be ignored when the process began, as nohup asks for it. Linux tells; elsewhere: no.
fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).map(str::trim);
    let mask = mask.and_then(|hex| u64::from_str_radix(hex, 16).ok()).unwrap_or(0);
    mask & (1 << (kind.as_raw_value() - 1)) != 0
}
