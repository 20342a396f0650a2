//! Ctrl-C and the signals that ask a process to end.

use super::CliError;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Interrupts, counted.
pub(crate) struct Interrupts {
    signals: [Signal; 3],
    count: u32,
}

impl Interrupts {
    /// Takes the signals over: from here on they end nothing by themselves.
    pub fn new() -> Result<Interrupts, CliError> {
        let signals =
            [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?];
        Ok(Interrupts { signals, count: 0 })
    }

    /// Waits for the next one, and says which it is, from 1.
    pub async fn next(&mut self) -> u32 {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        self.count += 1;
        self.count
    }
}
