//! Measuring around a batch: probes before its first file and after its last, and the baseline when it ends.

use super::EngineError;
use super::worker::Worker;
use crate::check::baseline;
use crate::check::probes::{self, Probed};
use crate::database::DbError;
use crate::model::{
    Batch, BatchId, BatchStatus, File, Finding, Input, LockMode, Outcome, Probe, ProbeFinding, ValidationPhase,
    ValidationStatus,
};
use crate::sql::Dialect;
use std::collections::BTreeSet;

impl Worker {
    /// Before the first file of a batch: the probes. What comes of it is durable before the first statement is sent,
    /// since it goes into the journal before it.
    pub(crate) async fn measure_before(&mut self, id: BatchId) -> Result<(), EngineError> {
        let batch = self.batch(id)?;
        let declared = self.inspector.options.probes.clone();
        if batch.status != BatchStatus::Pending || batch.probes_before.is_some() || declared.is_empty() {
            return Ok(());
        }
        let (admitted, refused) = admitted(declared, self.inspector.dialect());
        let database = self.inspector.store.database().clone();
        let mut probed = probes::before(database.as_ref(), &admitted).await.unwrap_or_else(unmeasured);
        probed.findings.extend(refused);
        self.probed(id, ValidationPhase::Pre, probed)
    }

    /// When nothing of a batch can move any more, before its end is written: the probes again, and the baseline.
    pub(crate) async fn measure_after(&mut self, id: BatchId) -> Result<(), EngineError> {
        let batch = self.batch(id)?;
        let stands = batch.files.values().any(|file| file.outcome == Some(Outcome::Completed));
        if batch.status.is_final() || !stands {
            return Ok(());
        }
        let before = batch.probes_before.clone().unwrap_or_default();
        let touched = touched(batch, &self.inspector.store.schemas().core);
        let database = self.inspector.store.database().clone();
        if !before.is_empty() {
            // What ran so far is durable before this takes its time.
            self.commit().await?;
            let probed = probes::after(database.as_ref(), &before).await.unwrap_or_else(unmeasured);
            self.probed(id, ValidationPhase::Post, probed)?;
        }
        match baseline(database.as_ref(), &touched).await {
            Ok(baseline) => self.apply_input(Input::BaselineTaken { batch: id, baseline: Box::new(baseline) }),
            Err(error) => {
                tracing::warn!(%error, "no baseline was taken");
                Ok(())
            }
        }
    }

    fn probed(&mut self, batch: BatchId, phase: ValidationPhase, probed: Probed) -> Result<(), EngineError> {
        let Probed { measured: probes, findings } = probed;
        self.apply_input(Input::Probed { batch, phase, probes, findings })
    }
}

/// The probes that this server's language admits, each with the tables that it reads; of the others the reason.
fn admitted(declared: Vec<Probe>, dialect: Dialect) -> (Vec<Probe>, Vec<ProbeFinding>) {
    let (mut admitted, mut refused) = (Vec::new(), Vec::new());
    for probe in declared {
        match probes::admit(&probe.sql, dialect) {
            Ok(tables) if probe.tables.is_empty() => admitted.push(Probe { tables, ..probe }),
            Ok(_) => admitted.push(probe),
            Err(why) => {
                let result = format!("probe {} is left out: it {why}", probe.name);
                refused.push(warning(Some(probe.name), result));
            }
        }
    }
    (admitted, refused)
}

/// No session could be had, or the connection was lost: no reason to stop a batch.
fn unmeasured(error: DbError) -> Probed {
    let findings = vec![warning(None, format!("the probes could not be measured: {error}"))];
    Probed { measured: Vec::new(), findings }
}

fn warning(probe: Option<String>, result: String) -> ProbeFinding {
    let check = probes::CHECK.to_owned();
    ProbeFinding { probe, finding: Finding { check, status: ValidationStatus::Warning, class: None, result, ms: 0 } }
}

/// The tables of core that the completed files change, in lower case.
fn touched(batch: &Batch, core: &str) -> Vec<String> {
    let core = core.to_lowercase();
    let completed = |file: &&File| file.outcome == Some(Outcome::Completed);
    let locks = batch.in_order().filter(completed).filter_map(|file| file.locks.as_ref()).flatten();
    let table = |object: &str| {
        let name = object.strip_prefix("table ")?;
        match name.split_once('.') {
            Some((schema, table)) => (schema == core).then(|| table.to_owned()),
            None => Some(name.to_owned()),
        }
    };
    let changed = locks.filter(|lock| lock.mode == LockMode::Exclusive).filter_map(|lock| table(&lock.object));
    changed.collect::<BTreeSet<String>>().into_iter().collect()
}
