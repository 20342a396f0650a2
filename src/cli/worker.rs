//! `caribou worker`: stays, drives batches, obeys operators.

use super::context::Context;
use super::engine_options::engine_options;
use super::logging::{self, LogSink};
use super::metrics_arg::{MetricsArg, unsay_where};
use super::project::{Project, Readiness};
use super::signals::Interrupts;
use super::{CliError, Exit, output};
use crate::engine::{self, Ended};
use crate::model::EventKind;
use tokio::sync::{broadcast, watch};

/// Stay, drive batches and obey operators
///
/// Installs the orchestration schema where there is none yet. Holds the lease, or waits for it while another worker has it. A server that goes away is waited for. On SIGTERM or
/// Ctrl-C the batch under way is paused safely. Diagnostics go to log.file, or to stderr.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou worker\n  caribou worker --metrics 9187\n\nAs a service: assets/systemd/caribou-worker.service"
)]
pub(crate) struct Worker {
    /// Work although the server is a replica or read_only
    #[arg(long)]
    on_replica: bool,
    #[command(flatten)]
    metrics: MetricsArg,
}

/// Number of events that may wait to be logged.
const EVENTS: usize = 1024;

impl Worker {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        logging::start(context.config()?, LogSink::Stderr)?;
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            if !self.on_replica {
                project.refuse_replica().await?;
            }
            if project.readiness().await? == Readiness::Absent {
                project.install().await?;
                output::say(&format!("Installed the orchestration schema {}.", project.store.schemas().orchestration));
            }
            let options = engine_options(context)?;
            let metrics = self.metrics.start(&project.store).await?;
            // Whoever reads that it works may end it.
            let mut interrupts = Interrupts::new()?;
            output::say(&format!("Working on {} as {}.", project.label(), options.holder));
            let (publish, events) = broadcast::channel(EVENTS);
            if let Some(metrics) = &metrics {
                metrics.follow(publish.subscribe());
                metrics.follow_lags(options.lags.subscribe());
            }
            let (stop, stopped) = watch::channel(false);
            let logging = tokio::spawn(log(events));
            let staying = engine::supervise(project.store.clone(), options, publish, stopped);
            tokio::pin!(staying);
            let ended = loop {
                tokio::select! {
                    ended = &mut staying => break ended,
                    _ = interrupts.next() => {
                        output::say("Stopping: the statement that is running ends first.");
                        stop.send_replace(true);
                    }
                }
            };
            logging.abort();
            if metrics.is_some() {
                unsay_where(&project.store).await;
            }
            match ended? {
                Ended::Stopped { batch: Some(batch) } => {
                    output::say(&format!("Stopped; batch {batch} is paused safely."));
                }
                _ => output::say("Stopped."),
            }
            Ok(Exit::Done)
        })
    }
}

/// Each event that matters to somebody who reads a service's log.
async fn log(mut events: broadcast::Receiver<crate::model::Event>) {
    loop {
        match events.recv().await {
            Ok(event) => match &event.kind {
                EventKind::BatchCreated { name, total_files, .. } => {
                    tracing::info!(batch = event.batch.0, name, total_files, "a batch begins");
                }
                EventKind::BatchEnded { status, reason } => {
                    let reason = reason.as_deref().unwrap_or_default();
                    tracing::info!(batch = event.batch.0, %status, reason, "the batch has ended");
                }
                EventKind::FileMoved { file, to, failure: Some(failure), .. } => {
                    tracing::warn!(batch = event.batch.0, file = file.0, %to, %failure, "a file failed");
                }
                EventKind::CommandAccepted { verb, .. } | EventKind::CommandRefused { verb, .. } => {
                    let by = event.operator.as_deref().unwrap_or_default();
                    tracing::info!(batch = event.batch.0, %verb, by, answer = event.kind.name(), "an operator asked");
                }
                kind => tracing::debug!(batch = event.batch.0, seq = event.seq.0, kind = kind.name()),
            },
            Err(broadcast::error::RecvError::Lagged(missed)) => tracing::info!(missed, "events were not logged"),
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}
