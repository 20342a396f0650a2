//! A look at the database at the time of a scrape: lease, windows, alerts.

use super::catalogue::{Catalogue, LEFT};
use crate::store::{Reader, Standing, Store};
use std::time::{Duration, Instant};

/// Time that a look is good: scrapers that ask often cost nothing more.
const GOOD: Duration = Duration::from_secs(2);
/// Time that a look may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Looks on a session of its own.
pub(super) struct Observer {
    store: Store,
    reader: Option<Reader>,
    looked: Option<Instant>,
}

impl Observer {
    pub(super) fn new(store: Store) -> Observer {
        Observer { store, reader: None, looked: None }
    }

    /// Looks, where the last look is no longer good.
    pub(super) async fn observe(&mut self, catalogue: &Catalogue) {
        if self.looked.is_some_and(|at| at.elapsed() < GOOD) {
            return;
        }
        let began = Instant::now();
        let looked = tokio::time::timeout(PATIENCE, self.look()).await;
        self.looked = Some(Instant::now());
        match looked {
            Ok(Ok(standing)) => {
                catalogue.round_trip.set(began.elapsed().as_secs_f64());
                catalogue.database.set(1);
                show(catalogue, &standing);
            }
            other => {
                catalogue.database.set(0);
                self.reader = None;
                if let Ok(Err(error)) = other {
                    tracing::debug!(%error, "the database cannot be looked at for the metrics");
                }
            }
        }
    }

    async fn look(&mut self) -> crate::store::Result<Standing> {
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => Reader::open(&self.store).await?,
        };
        let standing = reader.standing().await?;
        self.reader = Some(reader);
        Ok(standing)
    }
}

fn show(catalogue: &Catalogue, standing: &Standing) {
    let lease = standing.lease.as_ref().filter(|lease| lease.expires_in_ms > 0);
    catalogue.lease_held.set(lease.is_some().into());
    catalogue.lease_age.set(lease.map_or(0.0, |lease| lease.age_ms as f64 / 1000.0));
    let mut counts = [0; LEFT.len()];
    for left in &standing.windows_left_ms {
        let place = LEFT.iter().position(|(bound, _)| left <= bound).unwrap_or(LEFT.len() - 1);
        counts[place] += 1;
    }
    for ((_, left), count) in LEFT.iter().zip(counts) {
        catalogue.windows.with_label_values(&[*left]).set(count);
    }
    let next = standing.windows_left_ms.iter().min().copied().unwrap_or_default();
    catalogue.window_left.set(next.max(0) as f64 / 1000.0);
    for (alert_type, count) in &standing.alerts {
        catalogue.alerts.with_label_values(&[alert_type.as_str()]).set(*count);
    }
}
