//! Every metric.

use crate::model::{AlertType, BatchStatus, Category, Class, FileState, Hold, ValidationPhase, ValidationStatus};
use prometheus::{
    Counter, Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

/// Bounds of the times of statements, in seconds: from a small DDL to a rebuild that takes hours.
const SECONDS: [f64; 11] = [0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 300.0, 1_800.0, 7_200.0, 43_200.0];
/// Windows by the time that is left: the bound in milliseconds, and its word.
pub(super) const LEFT: [(i64, &str); 4] =
    [(3_600_000, "1h"), (6 * 3_600_000, "6h"), (24 * 3_600_000, "1d"), (i64::MAX, "more")];

/// The metrics, in a registry of their own.
pub(super) struct Catalogue {
    registry: Registry,
    pub files: IntGaugeVec,
    pub files_total: IntGauge,
    pub progress: Gauge,
    pub started: Gauge,
    pub expected: Gauge,
    pub files_completed: IntCounter,
    pub files_failed: IntCounter,
    pub files_undone: IntCounter,
    pub batches: IntCounterVec,
    pub validations: IntCounterVec,
    pub errors: IntCounterVec,
    pub statements: HistogramVec,
    pub waits: IntCounter,
    pub rollbacks: IntCounterVec,
    pub holds: IntGaugeVec,
    pub frozen: IntGauge,
    pub missed: IntCounter,
    pub database: IntGauge,
    pub round_trip: Gauge,
    pub lease_held: IntGauge,
    pub lease_age: Gauge,
    pub windows: IntGaugeVec,
    pub window_left: Gauge,
    pub alerts: IntGaugeVec,
    pub lag: GaugeVec,
    pub silent: IntGauge,
    pub cpu: Counter,
    pub memory: IntGauge,
    pub descriptors: IntGauge,
    pub threads: IntGauge,
}

/// Makes metrics and registers them.
struct Maker(Registry);

impl Maker {
    fn add<M: prometheus::core::Collector + Clone + 'static>(&self, metric: M) -> prometheus::Result<M> {
        self.0.register(Box::new(metric.clone()))?;
        Ok(metric)
    }

    fn count(&self, name: &str, help: &str) -> prometheus::Result<IntCounter> {
        self.add(IntCounter::new(name, help)?)
    }

    fn whole(&self, name: &str, help: &str) -> prometheus::Result<IntGauge> {
        self.add(IntGauge::new(name, help)?)
    }

    fn number(&self, name: &str, help: &str) -> prometheus::Result<Gauge> {
        self.add(Gauge::new(name, help)?)
    }

    fn counts(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntCounterVec> {
        self.add(IntCounterVec::new(Opts::new(name, help), labels)?)
    }

    fn wholes(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntGaugeVec> {
        self.add(IntGaugeVec::new(Opts::new(name, help), labels)?)
    }
}

impl Catalogue {
    /// All of them, each value that a label may have at zero.
    ///
    /// # Errors
    /// A name that is none or stands twice: a defect.
    pub(super) fn new() -> prometheus::Result<Catalogue> {
        let make = Maker(Registry::new());
        let about = make
            .add(GaugeVec::new(Opts::new("caribou_build_info", "Version of the program; always 1."), &["version"])?)?;
        about.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1.0);
        let seconds = HistogramOpts::new("caribou_statement_duration_seconds", "Time that statements took, by phase.");
        let catalogue = Catalogue {
            files: make.wholes(
                "caribou_batch_files",
                "Files of the batch that is driven or was last, by state.",
                &["state"],
            )?,
            files_total: make.whole("caribou_batch_size_files", "Files of the batch that is driven or was last.")?,
            progress: make
                .number("caribou_batch_progress_ratio", "Part of its files that has completed, from 0 to 1.")?,
            started: make
                .number("caribou_batch_start_time_seconds", "Time when the open batch started; 0 when none is open.")?,
            expected: make.number(
                "caribou_batch_expected_seconds",
                "Time within which the open batch should end; 0 when none is open.",
            )?,
            files_completed: make.count("caribou_files_completed_total", "Files that have completed.")?,
            files_failed: make.count("caribou_files_failed_total", "Files that came to the state failed.")?,
            files_undone: make.count("caribou_files_rolled_back_total", "Files that were undone.")?,
            batches: make.counts("caribou_batches_total", "Batches that have ended, by how.", &["status"])?,
            validations: make.counts("caribou_validations_total", "Results of checks.", &["phase", "status"])?,
            errors: make.counts("caribou_errors_total", "Failures of files, by category.", &["category"])?,
            statements: make.add(HistogramVec::new(seconds.buckets(SECONDS.to_vec()), &["phase"])?)?,
            waits: make.count(
                "caribou_lock_waits_total",
                "Times that a statement waited for somebody's lock and was tried again.",
            )?,
            rollbacks: make.counts("caribou_rollbacks_total", "Rollbacks that were opened, by class.", &["class"])?,
            holds: make.wholes("caribou_batch_hold", "1 while the open batch is held so.", &["hold"])?,
            frozen: make.whole("caribou_system_frozen", "1 while the system is frozen or thawing.")?,
            missed: make.count("caribou_events_missed_total", "Events that came too fast to be counted here.")?,
            database: make.whole("caribou_database_up", "1 if the database answered at the last look.")?,
            round_trip: make
                .number("caribou_database_answer_seconds", "Time that the last look at the database took.")?,
            lease_held: make.whole("caribou_lease_held", "1 while a worker holds the lease.")?,
            lease_age: make
                .number("caribou_lease_age_seconds", "Time since the lease was renewed, on the database's clock.")?,
            windows: make.wholes(
                "caribou_windows_open",
                "Windows that wait for a decision, by the time that is left.",
                &["left"],
            )?,
            window_left: make
                .number("caribou_window_left_seconds", "Time until the next window lapses; 0 when none is open.")?,
            alerts: make.wholes("caribou_alerts_open", "Alerts that nobody has resolved.", &["type"])?,
            lag: make.add(GaugeVec::new(
                Opts::new(
                    "caribou_replica_lag_seconds",
                    "Time that a replica of [throttle] is behind, while a batch is driven.",
                ),
                &["replica"],
            )?)?,
            silent: make.whole(
                "caribou_replicas_silent",
                "Replicas of [throttle] that do not say how far they are behind, while a batch is driven.",
            )?,
            cpu: make.add(Counter::new("caribou_process_cpu_seconds_total", "Processor time of this process.")?)?,
            memory: make.whole("caribou_process_resident_bytes", "Memory of this process.")?,
            descriptors: make.whole("caribou_process_open_descriptors", "Open file descriptors of this process.")?,
            threads: make.whole("caribou_process_threads", "Threads of this process.")?,
            registry: make.0,
        };
        catalogue.zero();
        Ok(catalogue)
    }

    /// A label's value that has never been seen is there all the same: a rule about it must have something to look at.
    fn zero(&self) {
        FileState::ALL.iter().for_each(|state| self.files.with_label_values(&[state.as_str()]).set(0));
        for status in BatchStatus::ALL.iter().filter(|status| status.is_final()) {
            self.batches.with_label_values(&[status.as_str()]).reset();
        }
        for phase in ValidationPhase::ALL {
            for status in ValidationStatus::ALL {
                self.validations.with_label_values(&[phase.as_str(), status.as_str()]).reset();
            }
        }
        Category::ALL.iter().for_each(|category| self.errors.with_label_values(&[category.as_str()]).reset());
        Class::ALL.iter().for_each(|class| self.rollbacks.with_label_values(&[class.as_str()]).reset());
        Hold::ALL.iter().for_each(|hold| self.holds.with_label_values(&[hold.as_str()]).set(0));
        AlertType::ALL.iter().for_each(|kind| self.alerts.with_label_values(&[kind.as_str()]).set(0));
        LEFT.iter().for_each(|(_, left)| self.windows.with_label_values(&[*left]).set(0));
        for phase in ["forward", "undo"] {
            self.statements.with_label_values(&[phase]);
        }
    }

    /// Shows how far replicas are behind; those that do not say so are counted.
    pub(super) fn show_lags(&self, lags: &[(String, Option<u64>)]) {
        self.lag.reset();
        for (replica, ms) in lags.iter().filter_map(|(replica, ms)| Some((replica, (*ms)?))) {
            self.lag.with_label_values(&[replica.as_str()]).set(ms as f64 / 1000.0);
        }
        self.silent.set(lags.iter().filter(|(_, ms)| ms.is_none()).count() as i64);
    }

    /// Everything in the text format of Prometheus.
    pub(super) fn text(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }
}
