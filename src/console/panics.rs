//! Panics while the screen is ours: kept until the terminal is given back, then shown.

use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Mutex, PoisonError};

/// Longest list of panics kept.
const MOST: usize = 20;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Sync + Send + 'static>;

/// Collects the panics of every thread until it is dropped; then the hook of before is back.
pub struct Panics {
    told: Arc<Mutex<Vec<String>>>,
    before: Option<Hook>,
}

impl Panics {
    /// Begins to collect.
    pub fn collect() -> Panics {
        let told = Arc::new(Mutex::new(Vec::new()));
        let before = panic::take_hook();
        let heard = Arc::clone(&told);
        panic::set_hook(Box::new(move |info| {
            let text = info.to_string().replace('\n', " ");
            tracing::error!("{text}");
            let mut told = heard.lock().unwrap_or_else(PoisonError::into_inner);
            if told.len() < MOST {
                told.push(text);
            }
        }));
        Panics { told, before: Some(before) }
    }

    /// What was told so far, and nothing of it twice.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Panics {
    fn drop(&mut self) {
        // The hook cannot be changed while panicking; the process is about to end then.
        if let Some(before) = self.before.take().filter(|_| !std::thread::panicking()) {
            panic::set_hook(before);
        }
    }
}
