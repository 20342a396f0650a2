//! Panics while the screen is ours, of whatever thread: logged at once, kept off the screen, told when it is given back.
//!
//! The hook runs in the thread that panics, which need not own the terminal, so it touches nothing of it: it makes the
//! driver leave, and the driver gives the terminal back.

use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// Longest list of panics kept.
const MOST: usize = 20;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Sync + Send + 'static>;

/// Collects the panics of every thread until it is dropped; then the hook of before is back.
pub struct Panics {
    heard: Arc<Heard>,
    before: Option<Hook>,
}

#[derive(Default)]
struct Heard {
    told: Mutex<Vec<String>>,
    came: Notify,
}

impl Panics {
    /// Begins to collect.
    pub fn collect() -> Panics {
        let heard = Arc::new(Heard::default());
        let before = panic::take_hook();
        let hears = Arc::clone(&heard);
        panic::set_hook(Box::new(move |info| {
            let text = info.to_string().replace('\n', " ");
            tracing::error!("{text}");
            let mut told = hears.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.len() < MOST {
                told.push(text);
            }
            hears.came.notify_one();
        }));
        Panics { heard, before: Some(before) }
    }

    /// Waits for a panic, and returns at once when there has been one.
    pub async fn come(&self) {
        self.heard.came.notified().await;
    }

    /// Takes out what was told so far, and nothing of it twice.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.told.lock().unwrap_or_else(PoisonError::into_inner))
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

/// Panics, here or in a task of its own: `:panic [task]`, by which the stories see what becomes of the terminal. It is
/// in no release build.
#[cfg(debug_assertions)]
pub fn provoke(in_a_task: bool) {
    if in_a_task {
        drop(tokio::spawn(async { panic!("a panic in a task, as asked for") }));
    } else {
        panic!("a panic of the screen, as asked for");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn a_panic_of_any_thread_is_kept_and_wakes_the_driver() {
        let panics = Panics::collect();
        // Other tests share the hook, so only what this one says is looked for.
        let panicked = std::thread::spawn(|| panic!("over\nthere")).join().is_err();
        let caught = panic::catch_unwind(|| panic!("over here")).is_err();
        assert!(panicked && caught && panics.come().now_or_never().is_some());
        let told = panics.take();
        let place = format!("panicked at {}", file!());
        for text in ["over there", "over here"] {
            let found: Vec<_> = told.iter().filter(|t| t.ends_with(text) && t.contains(&place)).collect();
            assert_eq!(found.len(), 1, "{told:?}");
        }
        assert!(!panics.take().iter().any(|t| t.contains("over ")), "nothing is told twice");
        for _ in 0..2 * MOST {
            assert!(panic::catch_unwind(|| panic!("again")).is_err());
        }
        assert_eq!(panics.take().len(), MOST, "however many come, the list ends");
    }
}
