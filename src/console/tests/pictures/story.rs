//! The story of the pictures: a batch that turns money into cents, on a server that is at work.

use crate::console::lists::{AlertList, Contact, HistoryList, PastBatch, PastFailure, PastRollback, Told};
use crate::console::tests::support::*;
use crate::model::testing::{Ledger, submission};
use crate::model::{
    Alert, AlertId, AlertStatus, AlertType, BatchId, BatchStatus, BlastChange, BlastFile, BlastRadius, BlastStatement,
    Category, Class, Closed, Command, CommandId, Epoch, Failure, FileId, FileType, Finding, Input as Fact, Live,
    LiveBlocker, LiveStatement, Load, Millis, Phase, PrecheckResult, RollbackId, RollbackStatus, Sending, SourceText,
    Stage, StatementResult, ValidationStatus, Verb,
};

/// A file of the batch: its name, its text, and the places of the files that it needs.
type StoryFile = (&'static str, FileType, u32, &'static [usize], &'static str);

const FILES: [StoryFile; 8] = [
    (
        "0041_currencies.sql",
        FileType::Doctrine,
        2,
        &[],
        "CREATE TABLE currencies (code CHAR(3) PRIMARY KEY, digits TINYINT NOT NULL);\nINSERT INTO currencies VALUES ('EUR', 2), ('JPY', 0);\n",
    ),
    ("0042_orders_currency.sql", FileType::Doctrine, 1, &[0], "ALTER TABLE orders ADD COLUMN currency CHAR(3);\n"),
    ("0043_loyalty_rules.toml", FileType::Agent, 1, &[], "table = \"rules\"\n"),
    (
        "0044_orders_cents.sql",
        FileType::Doctrine,
        3,
        &[1],
        "-- caribou: requires=0042_orders_currency\n-- Amounts become integers of the smallest unit.\nALTER TABLE orders\n  ADD COLUMN total_cents BIGINT NULL AFTER total;\n\nUPDATE orders\n  SET total_cents = ROUND(total * 100)\n  WHERE total_cents IS NULL;\n\nALTER TABLE orders\n  MODIFY total_cents BIGINT NOT NULL,\n  ADD INDEX by_customer_day (customer_id, placed);\n",
    ),
    (
        "0045_payments_cents.sql",
        FileType::Doctrine,
        2,
        &[1],
        "ALTER TABLE payments ADD COLUMN amount_cents BIGINT NOT NULL DEFAULT 0;\n\nALTER TABLE payments MODIFY amount_cents BIGINT NOT NULL;\n",
    ),
    ("0046_orders_drop_total.sql", FileType::Doctrine, 1, &[3], "ALTER TABLE orders DROP COLUMN total;\n"),
    ("0047_invoice_totals.sql", FileType::Doctrine, 1, &[3, 4], "CREATE VIEW invoice_totals AS SELECT 1;\n"),
    ("0048_money.md", FileType::Documentation, 1, &[6], "---\ntitle: Money\n---\n"),
];

/// The texts of a file, by their key.
pub fn text(key: &str) -> Option<SourceText> {
    let place: usize = key.strip_prefix('s')?.parse().ok()?;
    let (name, _, _, _, up) = FILES.get(place)?;
    let checksum = crate::model::Checksum(key.to_owned());
    Some(SourceText { checksum, path: (*name).to_owned(), up: (*up).to_owned(), down: None, verify: None })
}

fn batch() -> Ledger {
    let files: Vec<(FileType, u32, &[usize])> =
        FILES.iter().map(|(_, kind, statements, requires, _)| (*kind, *statements, *requires)).collect();
    let mut submission = submission(&files);
    submission.name = "money in cents".into();
    (submission.epoch_from, submission.epoch_to) = (Epoch(40), Epoch(48));
    let waves = [1, 2, 1, 3, 3, 4, 4, 5];
    for (n, file) in submission.files.iter_mut().enumerate() {
        file.path = FILES[n].0.into();
        file.wave = waves[n];
        (file.epoch_from, file.epoch_to) = (Epoch(40 + n as i64), Epoch(41 + n as i64));
        for need in &mut file.requires {
            if let crate::model::On::Planned(place) = need.on {
                need.path = FILES[place].0.into();
            }
        }
    }
    submitted(submission)
}

fn sent(ledger: &mut Ledger, file: i64, statement: u32, line: u32, connection: u64) {
    let hash = crate::model::Checksum("h".into());
    ledger.give(Fact::Sending(Sending {
        line,
        fingerprint: "1:a".into(),
        connection,
        ..Sending::new((BATCH, FileId(file)), (Phase::Forward, statement), hash)
    }));
}

fn ran(ledger: &mut Ledger, file: i64, statement: u32, ms: u64, rows: u64) {
    sent(ledger, file, statement, statement * 3 + 1, 8123);
    ledger.pass(ms);
    let result = StatementResult::Done {
        rows,
        ms,
        warnings: Vec::new(),
        fingerprint: "1:b".into(),
        definitions: Vec::new(),
        kept: Vec::new(),
    };
    ledger.give(Fact::Ended { batch: BATCH, file: FileId(file), result });
}

fn ended(ledger: &mut Ledger, file: i64) {
    let passed = ValidationStatus::Passed;
    let finding =
        Finding { check: "objects_as_stated".into(), status: passed, class: None, result: "1 object".into(), ms: 2 };
    ledger.give(Fact::CheckedAfter { batch: BATCH, file: FileId(file), findings: vec![finding] });
    ledger.give(Fact::Recorded { batch: BATCH, file: FileId(file) });
}

fn completed_file(ledger: &mut Ledger, file: i64, statements: &[(u64, u64)]) {
    begin(ledger, FileId(file));
    for (n, (ms, rows)) in (0..).zip(statements) {
        ran(ledger, file, n, *ms, *rows);
    }
    ended(ledger, file);
}

/// Two files are under way: one is copied by the server, one waits for somebody's lock.
pub fn at_work() -> Ledger {
    let mut ledger = batch();
    completed_file(&mut ledger, 1, &[(18, 0), (9, 2)]);
    completed_file(&mut ledger, 2, &[(31, 0)]);
    completed_file(&mut ledger, 3, &[(12, 7)]);
    begin(&mut ledger, FileId(4));
    ran(&mut ledger, 4, 0, 28, 0);
    ran(&mut ledger, 4, 1, 338_000, 6_803_442);
    begin(&mut ledger, FileId(5));
    ran(&mut ledger, 5, 0, 18, 0);
    sent(&mut ledger, 4, 2, 10, 8123);
    ledger.pass(540_000);
    sent(&mut ledger, 5, 1, 3, 8127);
    for attempt in 1..4 {
        ledger.pass(9_000);
        ledger.give(Fact::Waited {
            batch: BATCH,
            file: FileId(5),
            attempt,
            ms: 3_000,
            failure: Failure::new(Category::LockWait, "Lock wait timeout exceeded"),
            blockers: vec!["connection 8093 of report@10.4.7.21".into()],
        });
    }
    ledger
}

/// What the worker sees on its server meanwhile, so many milliseconds before the end of it.
pub fn seen(at: Millis, before: u64) -> Live {
    let (all, pace) = (6_803_442, 7_100);
    let rows = 4_150_000_u64.saturating_sub(before * pace / 1000);
    let copied = LiveStatement {
        batch: BATCH,
        file: FileId(4),
        phase: Phase::Forward,
        statement: 2,
        connection: Some(8123),
        elapsed_ms: 581_000_u64.saturating_sub(before),
        stage: Some(Stage {
            name: "copy to tmp table".into(),
            step: Some(1),
            steps: Some(2),
            done_permille: u32::try_from(rows * 1000 / all).ok(),
            rows_done: Some(rows),
            rows_total: Some(all),
            left_ms: Some((all - rows) * 1000 / pace),
        }),
        ..LiveStatement::default()
    };
    let waits = LiveStatement {
        batch: BATCH,
        file: FileId(5),
        phase: Phase::Forward,
        statement: 1,
        connection: Some(8127),
        elapsed_ms: 41_000_u64.saturating_sub(before),
        blocked_by: vec![LiveBlocker {
            connection: 8093,
            account: "report@10.4.7.21".into(),
            object: "shop.payments".into(),
            lock: "metadata lock".into(),
            certain: true,
            transaction_ms: Some(724_000),
            last: Some("SELECT SUM(amount) FROM payments WHERE paid > '2026-11-01'".into()),
            idle_ms: Some(610_000),
            ..LiveBlocker::default()
        }],
        ..LiveStatement::default()
    };
    let wave = [3, 3, 4, 5, 7, 9, 8, 6, 5, 4][(before / 30_000 % 10) as usize];
    let load = Load {
        at,
        threads_running: Some(wave + 2),
        connections: Some(208 + wave),
        rows_written_per_s: Some(5_600 + 210 * wave),
        replica_lag_ms: Some(90 * wave),
        ..Load::default()
    };
    Live { at, parallel: Some(4), statements: vec![copied, waits], load: Some(load) }
}

/// Everything has completed, and somebody wants a file of it undone.
pub fn to_decide() -> Ledger {
    let mut ledger = batch();
    completed_file(&mut ledger, 1, &[(18, 0), (9, 2)]);
    completed_file(&mut ledger, 2, &[(31, 0)]);
    completed_file(&mut ledger, 3, &[(12, 7)]);
    completed_file(&mut ledger, 4, &[(28, 0), (338_000, 6_803_442), (581_000, 0)]);
    completed_file(&mut ledger, 5, &[(18, 0), (44, 0)]);
    completed_file(&mut ledger, 6, &[(22, 0)]);
    completed_file(&mut ledger, 7, &[(6, 0)]);
    completed_file(&mut ledger, 8, &[(1, 0)]);
    ledger.give(Fact::Exhausted { batch: BATCH });
    ledger.give(Fact::Commanded(Command {
        id: CommandId(7),
        batch: BATCH,
        operator: "ben@10.4.%".into(),
        verb: Verb::RollBack { files: vec![FileId(7)], class: Class::B, now: false, accept_loss: false },
        reason: Some("the invoices of November are wrong since".into()),
        expects: Default::default(),
        submission: None,
    }));
    ledger
}

/// What that would do.
pub fn radius() -> BlastRadius {
    let file = |id: i64, name: &str, sql: &str, object: &str| BlastFile {
        id: FileId(id),
        path: name.into(),
        file_type: FileType::Doctrine,
        method: "derived",
        reason: None,
        statements: vec![BlastStatement { index: 0, sql: sql.into(), undoes: vec![0] }],
        objects: vec![object.into()],
        rows_written_since: Some(0),
        rows_left_alone: Some(0),
        lost: Vec::new(),
        fit: PrecheckResult::default(),
        estimated_ms: 40,
        objects_lost: Vec::new(),
        objects_left_alone: Vec::new(),
    };
    BlastRadius {
        batch: BATCH,
        rollback: Some(RollbackId(1)),
        class: Class::B,
        files: vec![
            file(8, "0048_money.md", "DELETE FROM documents WHERE name = 'money'", "shop.documents"),
            file(7, "0047_invoice_totals.sql", "DROP VIEW invoice_totals", "shop.invoice_totals"),
        ],
        refused: None,
        in_the_way: Vec::new(),
        written_to_since: Vec::new(),
        epoch_from: Epoch(48),
        epoch_to: Epoch(49),
        rows_written_since: Some(0),
        rows_left_alone: Some(0),
        fit: PrecheckResult { asked: 1, misfits: Vec::new() },
        estimated_ms: 80,
        changes: vec![BlastChange {
            object: "view shop.invoice_totals".into(),
            diff: Some(
                "--- now\n+++ after the rollback\n@@ -1,2 +1 @@\n-CREATE VIEW `invoice_totals` AS\n-  SELECT customer_id, SUM(total_cents) AS cents FROM invoices GROUP BY customer_id\n+(does not exist)\n"
                    .into(),
            ),
            remark: None,
        }],
    }
}

/// The alerts of all batches, and who was told.
pub fn alerts(now: Millis) -> AlertList {
    let ago = |ms: i64| Millis(now.0 - ms);
    let alert = |id: i64, alert_type, title: &str, message: &str, status, level, age: i64, due: Option<i64>| Alert {
        id: AlertId(id),
        batch: BATCH,
        file: Some(FileId(5)),
        alert_type,
        title: title.into(),
        message: message.into(),
        status,
        level,
        rises: due.is_some(),
        due: due.map(|ms| Millis(now.0 + ms)),
        created_at: ago(age),
        updated_at: ago(age / 2),
    };
    AlertList {
        alerts: vec![
            alert(
                19,
                AlertType::Critical,
                "0045_payments_cents.sql has been blocked for longer than 30 s",
                "connection 8093 of report@10.4.7.21 holds a metadata lock on shop.payments",
                AlertStatus::New,
                2,
                41_000,
                Some(259_000),
            ),
            alert(
                18,
                AlertType::Warning,
                "the probe orders_by_day is 3.1x slower than before batch 39",
                "median of 7: 412 ms, it was 133 ms",
                AlertStatus::Acknowledged,
                1,
                4_100_000,
                Some(9_000_000),
            ),
            alert(
                16,
                AlertType::Error,
                "0038_orders_by_status.sql failed",
                "",
                AlertStatus::Resolved,
                1,
                90_000_000,
                None,
            ),
        ],
        told: vec![
            Told { alert: AlertId(19), hook: "ops".into(), attempts: 1, at: Some(ago(40_000)), error: None },
            Told { alert: AlertId(18), hook: "ops".into(), attempts: 2, at: Some(ago(4_090_000)), error: None },
        ],
        contacts: Some(vec![
            Contact { hook: "ops".into(), who: Some("#db-alerts".into()), way: "webhook", level: 1 },
            Contact { hook: "oncall".into(), who: Some("db-oncall".into()), way: "command", level: 2 },
        ]),
    }
}

/// The batches before.
pub fn history(now: Millis) -> HistoryList {
    let day = 86_400_000;
    let batch = |id: i64, name: &str, status, files: (u32, u32, u32), days: i64, minutes: i64| PastBatch {
        id: BatchId(id),
        name: name.into(),
        status,
        epoch_from: Epoch(id),
        epoch_to: Epoch(id + 1),
        total_files: files.0,
        completed_files: files.1,
        undone_files: files.2,
        started_at: Some(Millis(now.0 - days * day)),
        completed_at: Some(Millis(now.0 - days * day + minutes * 60_000)),
        ran_until: None,
        by: Some("ana@10.4.%".into()),
        rollbacks: Vec::new(),
        failures: Vec::new(),
    };
    let (done, undone) = (BatchStatus::Completed, BatchStatus::RolledBack);
    let mut batches = vec![
        batch(40, "delivery slots", done, (4, 4, 0), 2, 6),
        batch(39, "order states", done, (6, 5, 1), 5, 44),
        batch(38, "customer merge, again", done, (3, 3, 0), 8, 11),
        batch(37, "customer merge", undone, (3, 0, 2), 9, 14),
        batch(36, "search index", done, (2, 2, 0), 13, 31),
        batch(35, "gift cards", done, (7, 7, 0), 20, 9),
        batch(34, "spring cleaning", done, (12, 12, 0), 27, 18),
    ];
    batches[1].rollbacks.push(PastRollback {
        id: RollbackId(7),
        class: Class::B,
        reason: "the probe orders_by_day is 3.1x slower".into(),
        status: RollbackStatus::Completed,
        closed: None,
        decided_by: Some("ben@10.4.%".into()),
        ms: 21_000,
        at: Millis(now.0 - 5 * day + 3_600_000),
    });
    batches[2].rollbacks.push(PastRollback {
        id: RollbackId(6),
        class: Class::C,
        reason: "two customers are merged that are not one".into(),
        status: RollbackStatus::Pending,
        closed: Some(Closed::Rejected),
        decided_by: Some("ben@10.4.%".into()),
        ms: 0,
        at: Millis(now.0 - 8 * day + 7_200_000),
    });
    batches[3].failures.push(PastFailure {
        path: "0034_customers_unique.sql".into(),
        category: Category::Constraint,
        what: "statement 2, line 8: Duplicate entry 'ana@example.org' for key 'by_mail'".into(),
        at: Millis(now.0 - 9 * day + 600_000),
    });
    HistoryList {
        batches,
        longest: Some(("0033_search_words.sql".into(), 1_660_000)),
        most_retried: Some(("0039_orders_state.sql".into(), 4)),
    }
}
