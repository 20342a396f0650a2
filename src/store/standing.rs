//! The state of things in short, for those who watch from afar: lease, windows, alerts.

use super::lease::LeaseRow;
use super::{Reader, Result};
use crate::model::AlertType;

/// State of things in short.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub lease: Option<LeaseRow>,
    /// Milliseconds until each window lapses that waits for a decision; less than 0 where it is overdue.
    pub windows_left_ms: Vec<i64>,
    /// Alerts that nobody has resolved, of each type.
    pub alerts: Vec<(AlertType, i64)>,
}

impl Reader {
    /// Reads how things stand.
    ///
    /// # Errors
    /// The database's.
    pub async fn standing(&mut self) -> Result<Standing> {
        if self.is_legacy() {
            return Ok(Standing::default());
        }
        let lease = self.lease().await?;
        let windows = self.store.sql(
            "SELECT due_ms - {now_ms} FROM {orchestration.migration_jobs} WHERE job_status = 'pending' AND \
             job_type = 'window_lapse' ORDER BY due_ms LIMIT 10000",
        )?;
        let windows_left_ms = self.session.query_text(&windows).await?.iter().map(|row| row.get_i64(0)).collect();
        let open = self.store.sql(
            "SELECT alert_type, COUNT(*) FROM {orchestration.migration_alerts} WHERE is_deleted = 0 AND \
             alert_status IN ('new', 'acknowledged', 'escalated') GROUP BY alert_type",
        )?;
        let rows = self.session.query_text(&open).await?;
        let count = |kind: AlertType| {
            let row = rows.iter().find(|row| row.get_text(0) == kind.as_str());
            (kind, row.map_or(0, |row| row.get_i64(1)))
        };
        let alerts = AlertType::ALL.iter().map(|kind| count(*kind)).collect();
        Ok(Standing { lease, windows_left_ms, alerts })
    }
}
