//! Worlds made of real decisions, an application that shows them, and keys to press.

use crate::console::feed::{Account, Attached, Opened, Server, Update, Watcher, Worker};
use crate::console::state::app::App;
use crate::console::state::message::Report;
use crate::console::state::message::{Effect, Input, Now};
use crate::console::state::options::Options;
use crate::console::update::update;
use crate::console::view::draw::draw;
use crate::model::testing::{Ledger, submission};
use crate::model::{
    BatchId, Category, Checksum, Class, Command, CommandId, Effect as Took, Event, Failure, FileId, FileState,
    FileType, Finding, Input as Fact, Millis, Phase, RollbackId, Sending, StatementResult, StepUnit, Submission, Token,
    UndoPlan, UndoStep, ValidationStatus, Verb,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tui_logger::TuiWidgetState;

pub const BATCH: BatchId = BatchId(1);

/// A batch with a worker, made of a submission.
pub fn submitted(submission: Submission) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.give(Fact::LeaseTaken {
        token: Token(1),
        holder: "worker@web1:4242".into(),
        connection: 7,
        server: "uuid".into(),
        files_as_worker: false,
        versions: Default::default(),
    });
    ledger.give(Fact::Submitted { submission: Box::new(submission), operator: "ana@10.%".into(), command: None });
    ledger
}

/// A batch with a worker and files of so many statements; all but the first depend on the one before.
pub fn planned(statements: &[u32]) -> Ledger {
    let before: Vec<[usize; 1]> = (0..statements.len()).map(|n| [n.saturating_sub(1)]).collect();
    let files: Vec<(FileType, u32, &[usize])> = statements
        .iter()
        .enumerate()
        .map(|(n, count)| (FileType::Doctrine, *count, if n == 0 { &[][..] } else { &before[n][..] }))
        .collect();
    let mut submission = submission(&files);
    submission.name = "spring release".into();
    for (n, file) in submission.files.iter_mut().enumerate() {
        file.path = format!("migrations/{:04}_{}.sql", n + 1, ["users", "orders", "totals", "audit", "grants"][n % 5]);
    }
    for file in &mut submission.files {
        for required in &mut file.requires {
            required.path = "migrations/earlier.sql".into();
        }
    }
    submitted(submission)
}

fn finding(check: &str) -> Finding {
    let status = ValidationStatus::Passed;
    Finding { check: check.into(), status, class: None, result: "as expected".into(), ms: 1 }
}

/// Takes a file up to its first statement.
pub fn begin(ledger: &mut Ledger, file: FileId) {
    let batch = BATCH;
    ledger.give(Fact::Turn { batch, file });
    ledger.give(Fact::Prepared { batch, file, result: Ok(()) });
    ledger.give(Fact::CheckedBefore { batch, file, findings: vec![finding("parses"), finding("objects_exist")] });
    ledger.give(Fact::Captured {
        batch,
        file,
        fingerprint: "1:a".into(),
        definitions: Vec::new(),
        orphans: None,
        relations: Vec::new(),
        before: None,
    });
}

/// Sends a statement.
pub fn send(ledger: &mut Ledger, file: FileId, statement: u32, phase: Phase) {
    let hash = Checksum("h".into());
    ledger.give(Fact::Sending(Sending {
        line: statement * 3 + 1,
        fingerprint: "1:a".into(),
        connection: 31,
        ..Sending::new((BATCH, file), (phase, statement), hash)
    }));
}

/// The statement under way ends well.
pub fn done(ledger: &mut Ledger, file: FileId) {
    let result = StatementResult::Done {
        rows: 3,
        ms: 420,
        warnings: Vec::new(),
        fingerprint: "1:b".into(),
        definitions: Vec::new(),
        kept: Vec::new(),
    };
    ledger.give(Fact::Ended { batch: BATCH, file, result });
}

/// The statement under way fails.
pub fn fails(ledger: &mut Ledger, file: FileId, statement: u32) {
    let mut failure = Failure::new(Category::MissingObject, "Table 'core.nowhere' doesn't exist").at(statement, 7);
    failure.code = Some("1146".into());
    failure.hint = Some("create the table first, or mend the name".into());
    ledger.give(Fact::Ended {
        batch: BATCH,
        file,
        result: StatementResult::Failed { ms: 12, failure, effect: Took::None },
    });
}

/// Runs a file to its completion.
pub fn complete(ledger: &mut Ledger, file: FileId) {
    begin(ledger, file);
    let statements = ledger.world.file(BATCH, file).map_or(0, |f| f.statements);
    for n in 0..statements {
        send(ledger, file, n, Phase::Forward);
        done(ledger, file);
    }
    ledger.give(Fact::CheckedAfter { batch: BATCH, file, findings: vec![finding("objects_after")] });
    ledger.give(Fact::Recorded { batch: BATCH, file });
}

/// The second of three files runs its second statement.
pub fn running() -> Ledger {
    let mut ledger = planned(&[2, 3, 1]);
    complete(&mut ledger, FileId(1));
    begin(&mut ledger, FileId(2));
    send(&mut ledger, FileId(2), 0, Phase::Forward);
    done(&mut ledger, FileId(2));
    send(&mut ledger, FileId(2), 1, Phase::Forward);
    ledger
}

/// The same, waiting for somebody's lock.
pub fn blocked() -> Ledger {
    let mut ledger = running();
    for attempt in 1..3 {
        ledger.give(Fact::Waited {
            batch: BATCH,
            file: FileId(2),
            attempt,
            ms: 3_000,
            failure: Failure::new(Category::LockWait, "Lock wait timeout exceeded"),
            blockers: vec!["connection 88 of app@10.0.0.5: SELECT * FROM orders, for 95 s".into()],
        });
    }
    ledger
}

/// The second file has failed at its second statement and is being undone.
pub fn rolling_back() -> Ledger {
    let mut ledger = running();
    fails(&mut ledger, FileId(2), 1);
    let steps = vec![UndoStep { statement: 2, undoes: vec![0] }];
    ledger.give(Fact::UndoChosen { batch: BATCH, file: FileId(2), plan: UndoPlan::Written { steps } });
    send(&mut ledger, FileId(2), 2, Phase::Undo);
    ledger
}

/// The undo of the second file was impossible: a person is needed.
pub fn failed() -> Ledger {
    let mut ledger = running();
    fails(&mut ledger, FileId(2), 1);
    let plan = UndoPlan::Impossible { reason: "it has no rollback script".into(), remaining: vec![0] };
    ledger.give(Fact::UndoChosen { batch: BATCH, file: FileId(2), plan });
    ledger.give(Fact::RollbackDone { batch: BATCH, rollback: crate::model::RollbackId(1) });
    ledger.give(Fact::Exhausted { batch: BATCH });
    ledger
}

/// A file that stopped in its checks, with nothing touched.
pub fn stopped_before() -> Ledger {
    let mut ledger = planned(&[2, 1]);
    let (batch, file) = (BATCH, FileId(1));
    ledger.give(Fact::Turn { batch, file });
    let failure = Failure::new(Category::Checksum, "the file has changed since it was planned");
    ledger.give(Fact::Prepared { batch, file, result: Err(failure) });
    ledger.give(Fact::Exhausted { batch });
    ledger
}

/// A file that two checks stopped before it ran.
pub fn stopped_by_checks() -> Ledger {
    let mut ledger = planned(&[2, 1]);
    let (batch, file) = (BATCH, FileId(1));
    ledger.give(Fact::Turn { batch, file });
    ledger.give(Fact::Prepared { batch, file, result: Ok(()) });
    let fails = |check: &str, result: &str| Finding {
        status: ValidationStatus::Failed,
        result: result.into(),
        ..finding(check)
    };
    let findings = vec![
        finding("parses"),
        fails(
            "names",
            "line 3: table Users does not match [a-z_]+\nwhy: names that differ in case only are one on Windows",
        ),
        fails("table_budget", "78 tables, and 77 are allowed\npolicy: checks.table_budget"),
    ];
    ledger.give(Fact::CheckedBefore { batch, file, findings });
    ledger.give(Fact::Exhausted { batch });
    ledger
}

/// An operator has paused it between two statements.
pub fn paused() -> Ledger {
    let mut ledger = running();
    done(&mut ledger, FileId(2));
    command(&mut ledger, 5, Verb::Pause);
    ledger
}

/// In step mode, before the first statement.
pub fn stepping() -> Ledger {
    let mut ledger = planned(&[2, 3, 1]);
    command(&mut ledger, 5, Verb::Step { unit: StepUnit::Statement });
    begin(&mut ledger, FileId(1));
    send(&mut ledger, FileId(1), 0, Phase::Forward);
    done(&mut ledger, FileId(1));
    ledger.give(Fact::Quiet { batch: BATCH });
    ledger
}

/// In step mode, the second statement of the first file has failed: held before the one step of its undo, or after it.
pub fn undo_in_steps(undone: bool) -> Ledger {
    let (mut ledger, file, unit) = (stepping(), FileId(1), StepUnit::Statement);
    command(&mut ledger, 6, Verb::Step { unit });
    send(&mut ledger, file, 1, Phase::Forward);
    fails(&mut ledger, file, 1);
    let steps = vec![UndoStep { statement: 0, undoes: vec![0] }];
    ledger.give(Fact::UndoChosen { batch: BATCH, file, plan: UndoPlan::Written { steps } });
    if undone {
        command(&mut ledger, 7, Verb::Step { unit });
        send(&mut ledger, file, 0, Phase::Undo);
        done(&mut ledger, file);
    }
    ledger.give(Fact::Quiet { batch: BATCH });
    ledger
}

/// Everything has completed.
pub fn completed() -> Ledger {
    let mut ledger = planned(&[2, 3, 1]);
    (1..=3).for_each(|n| complete(&mut ledger, FileId(n)));
    ledger.give(Fact::Exhausted { batch: BATCH });
    ledger
}

/// A completed batch, and a class B rollback of its second file that waits for a decision.
pub fn windowed() -> Ledger {
    let mut ledger = completed();
    ledger.give(Fact::Commanded(Command {
        id: CommandId(7),
        batch: BATCH,
        operator: "bob@10.%".into(),
        verb: Verb::RollBack { files: vec![FileId(2)], class: Class::B, now: false, accept_loss: false },
        reason: Some("slow since Tuesday".into()),
        expects: Default::default(),
        submission: None,
    }));
    ledger
}

/// An operator's command, as the worker takes it.
pub fn command(ledger: &mut Ledger, id: i64, verb: Verb) {
    ledger.give(Fact::Commanded(Command {
        id: CommandId(id),
        batch: BATCH,
        operator: "bob@10.%".into(),
        verb,
        reason: None,
        expects: Default::default(),
        submission: None,
    }));
}

/// Report of a feed that attaches.
pub fn attached(ledger: &Ledger) -> Attached {
    Attached {
        server: Server {
            label: "prod-db1".into(),
            kind: "mariadb".into(),
            version: "10.11.19".into(),
            core: "lupopedia".into(),
            environment: "staging".into(),
        },
        account: Account {
            name: "ana@10.%".into(),
            os_user: Some("ana".into()),
            may_command: true,
            missing_grant: None,
            may_decide: true,
            untold: false,
        },
        read_only: None,
        opened: ledger.world.batch(BATCH).map(|_| Opened {
            batch: BATCH,
            world: ledger.world.clone(),
            recent: of_batch(&ledger.events),
        }),
        replay: None,
    }
}

fn of_batch(events: &[Event]) -> Vec<Event> {
    events.iter().filter(|e| e.batch == BATCH).cloned().collect()
}

/// News without events, two seconds after the last one.
pub fn news(ledger: &Ledger) -> Update {
    let last = ledger.events.last().map_or(0, |e| e.at.0);
    Update {
        worker: Some(Worker { holder: "worker@web1:4242".into(), alive: true, age_ms: 400 }),
        clock: Millis(last + 2_000),
        round_trip_us: 700,
        ..Update::default()
    }
}

/// Another console, and the rollback that it has open.
pub fn watcher(account: &str, rollback: Option<RollbackId>) -> Watcher {
    Watcher { account: account.into(), rollback }
}

/// A worker whose lease has run out.
pub fn vanished() -> Worker {
    Worker { holder: "worker@web1:4242".into(), alive: false, age_ms: 48_000 }
}

/// The moment of the tests: a second after the start, on a machine whose clock is right.
pub fn at(ledger: &Ledger, mono: u64) -> Now {
    let last = ledger.events.last().map_or(0, |e| e.at.0);
    Now { mono, wall: Millis(last + 1_000 + mono as i64) }
}

/// The console on a ledger, and what it decided.
pub struct Desk {
    pub app: App,
    pub now: Now,
    pub effects: Vec<Effect>,
}

impl Desk {
    /// Attached and with first news.
    pub fn on(ledger: &Ledger) -> Desk {
        Desk::with(ledger, attached(ledger), &Options::default())
    }

    pub fn with(ledger: &Ledger, attached: Attached, options: &Options) -> Desk {
        let mut desk = Desk::apart(options);
        desk.now = at(ledger, 1_000);
        desk.give(Input::Feed(Report::Attached(Box::new(attached))));
        desk.give(Input::Feed(Report::Update(Box::new(news(ledger)))));
        desk.effects.clear();
        desk
    }

    /// Not attached to anything.
    pub fn apart(options: &Options) -> Desk {
        let app = App::new(options).unwrap();
        let mut desk = Desk { app, now: Now::default(), effects: Vec::new() };
        desk.give(Input::Resize(120, 40));
        desk
    }

    pub fn give(&mut self, input: Input) {
        let effects = update(&mut self.app, self.now, input);
        self.effects.extend(effects);
    }

    /// Time goes by.
    pub fn wait(&mut self, ms: u64) {
        self.now.mono += ms;
        self.now.wall.0 += ms as i64;
        self.give(Input::Tick);
    }

    /// Presses letters one after the other, drawing after each, as the driver does.
    pub fn press(&mut self, letters: &str) {
        for c in letters.chars() {
            self.key(KeyCode::Char(c));
        }
    }

    pub fn key(&mut self, code: KeyCode) {
        self.give(Input::Key(KeyEvent::from(code)));
        self.give(Input::Painted);
    }

    pub fn ctrl(&mut self, c: char) {
        self.give(Input::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)));
        self.give(Input::Painted);
    }

    /// Types a command of the palette and enters it.
    pub fn command(&mut self, line: &str) {
        self.press(":");
        self.press(line);
        self.key(KeyCode::Enter);
    }

    /// The effects since the last look.
    pub fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Text in the footer.
    pub fn notice(&self) -> String {
        self.app.notice.as_ref().map(|n| n.text.to_string()).unwrap_or_default()
    }

    pub fn frame(&mut self, width: u16, height: u16) -> Buffer {
        self.give(Input::Resize(width, height));
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        draw(&self.app, &TuiWidgetState::new(), &mut buffer);
        buffer
    }

    pub fn screen(&mut self, width: u16, height: u16) -> String {
        text(&self.frame(width, height))
    }
}

/// A frame as lines of text without the blanks at their ends.
pub fn text(buffer: &Buffer) -> String {
    let mut lines = Vec::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(unicode_width::UnicodeWidthStr::width(symbol)).unwrap_or(1).max(1);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

/// The style of the first cell of a text on the screen.
pub fn style_of(buffer: &Buffer, wanted: &str) -> ratatui::style::Style {
    for y in 0..buffer.area.height {
        let cells: Vec<&str> = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        for x in 0..cells.len() {
            if cells[x..].concat().starts_with(wanted) {
                return buffer[(x as u16, y)].style();
            }
        }
    }
    panic!("{wanted:?} is not on the screen:\n{}", text(buffer));
}

/// The state of a file, for short.
pub fn state_of(ledger: &Ledger, file: i64) -> FileState {
    ledger.world.file(BATCH, FileId(file)).unwrap().state
}
