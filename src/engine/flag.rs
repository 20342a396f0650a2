//! Waiting for a flag: the end of the process, an abort.

use tokio::sync::watch;

/// Ends when the flag turns true. A flag whose sender is gone never turns.
pub(crate) async fn turns_true(flag: &mut watch::Receiver<bool>) {
    let turned = flag.wait_for(|on| *on).await.is_ok();
    if !turned {
        std::future::pending::<()>().await;
    }
}
