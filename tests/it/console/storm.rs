//! A terminal that goes away, is pulled about, or shows more than anyone can read; accounts with names that would take it
//! over.

use super::stage::{SIZES, Stage, ask, is_live, is_whole};
use crate::support::{Fresh, PrivateServer, Running, Shot, on_mariadb};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// Sessions that an account has on a server.
fn sessions(fresh: &Fresh, account: &str) -> u32 {
    let sql = format!("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = '{account}'");
    fresh.native(&sql).trim().parse().expect("a number")
}

async fn a_lost_terminal_leaves_nothing_behind_but_the_migration(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.herds(2);
    let observer = stage.account("observer").await;
    stage.start_worker();
    stage.hand_over(&["--step"]);
    let mut terminal = stage.console(&["--user", &observer], SIZES[1]);
    terminal.wait("a live console", |shot| is_live(shot) && shot.shows("STEPPING"));
    assert!(sessions(stage.fresh(), &observer) > 0);
    let pid = terminal.pid();
    terminal.hang_up();
    terminal.wait_exit();
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists(), "the process is gone");
    // Its sessions go with it: the server notices the closed sockets.
    let until = Instant::now() + PATIENCE;
    while sessions(stage.fresh(), &observer) > 0 {
        assert!(Instant::now() < until, "sessions of the console remain");
    }
    // The migration is where it was, and goes on.
    assert_eq!(stage.status()["worker"]["alive"], true);
    stage.project.run(&["resume", "--yes"]).exits(0);
    stage.until("completion", |status| status["batch"]["status"] == "completed");
}

/// Results of checks in the journal of a batch, written as fast as the server takes them.
struct Flood {
    client: Running,
    /// The results that it adds.
    results: u64,
}

impl Flood {
    /// `rounds` times a thousand.
    fn over(stage: &Stage, rounds: u32) -> Flood {
        let core = &stage.fresh().schemas().core;
        let events = format!("{core}_orchestration.migration_events");
        let newest = format!("FROM {events} WHERE batch_id = 1 AND kind = 'checks_passed' ORDER BY seq DESC LIMIT 1");
        let each = stage.fresh().native(&format!("SELECT JSON_LENGTH(payload, '$.checks') {newest}"));
        let each: u64 = each.trim().parse().expect("the number of checks in one event");
        let thousand = format!(
            "INSERT INTO {events} (batch_id, seq, kind, file_id, statement_index, payload, at_ms, operator, token) \
             SELECT e.batch_id, m.seq + n.seq, e.kind, e.file_id, e.statement_index, e.payload, m.at_ms, e.operator, \
             e.token FROM (SELECT * {newest}) e, \
             (SELECT MAX(seq) AS seq, MAX(at_ms) AS at_ms FROM {events} WHERE batch_id = 1) m, {core}.seq_1_to_1000 n;\n"
        );
        stage.project.write("flood.sql", thousand.repeat(rounds as usize));
        let mut words = vec!["-c".to_owned(), "exec \"$0\" \"$@\" < flood.sql".to_owned()];
        let client = crate::support::client::client_command(
            stage.fresh().kind,
            match &stage.fresh().target.place {
                caribou::database::Place::Server(address) => address,
                caribou::database::Place::Sqlite { .. } => panic!("a server is needed"),
            },
        );
        words.push(client.get_program().to_string_lossy().into_owned());
        words.extend(client.get_args().map(|word| word.to_string_lossy().into_owned()));
        let mut command = std::process::Command::new("sh");
        let client = Running::start(command.args(words).current_dir(stage.project.path("")));
        Flood { client, results: u64::from(rounds) * 1000 * each }
    }
}

/// The number before `checks passed`.
fn checks(shot: &Shot) -> Option<u64> {
    let line = shot.line_with(" checks passed")?;
    let before = line.split(" checks passed").next()?;
    before.split_whitespace().next_back()?.replace(',', "").parse().ok()
}

async fn more_events_than_anyone_can_read_are_counted_and_keys_are_answered(fresh: Fresh) {
    let stage = Stage::new(fresh);
    stage.herds(2);
    stage.project.run(&["migrate"]).exits(0);
    let mut terminal = stage.live(SIZES[1]);
    let before = checks(&terminal.wait("the checks", |shot| checks(shot).is_some())).expect("a number");
    let flood = Flood::over(&stage, 20);
    let under_way = |shot: &Shot| checks(shot).is_some_and(|now| now > before);
    terminal.wait("the first of them", under_way);
    // Keys are answered meanwhile, and it is pulled about.
    for (keys, shown) in [("2", "[2 Files"), ("?", "Help: Files"), ("q", "[2 Files"), ("4", "[4 Validations")] {
        terminal.keys(keys);
        terminal.wait(shown, |shot| shot.shows(shown));
    }
    // There and back at once, too: what was cut off is drawn again.
    for (columns, rows) in [(80, 24), (61, 15), (200, 60), (30, 5), (120, 40)] {
        terminal.resize(columns, rows);
        terminal.wait("the new size", |shot| usize::from(columns) < 60 || is_whole(shot) && shot.is_even());
    }
    terminal.keys("1");
    let all = before + flood.results;
    let shot = terminal.wait_for("all of them", PATIENCE, |shot| checks(shot) == Some(all));
    assert!(is_live(&shot) && shot.is_even(), "{}", shot.text());
    flood.client.wait().exits(0);
    // The journal on the screen has the newest, and the process has not grown with what it showed.
    terminal.keys(":events\r");
    terminal.wait("the journal", |shot| shot.shows("ournal"));
    assert!(terminal.strange().is_empty(), "{:?}", terminal.strange());
}

/// Clears the screen, renames the window, turns text around; wide, combining and joined characters.
const EVIL: &str = "ev\u{1b}[2J\u{1b}]0;x\u{7}\u{202e}漢字e\u{301}\u{200d}";

async fn an_account_with_a_hostile_name_is_shown_and_not_obeyed(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &[]);
    let mut stage = Stage::new(Fresh::in_server(&server));
    server.ask(&format!("CREATE USER '{EVIL}'@'%'; GRANT ALL ON *.* TO '{EVIL}'@'%'")).expect("an account");
    let gate = stage.gate().await;
    stage.project.migration("001_herd.sql", "CREATE TABLE herd_1 (id INT);\n");
    stage.project.migration("002_漢字_e\u{301}_\u{1f469}\u{200d}\u{1f467}.sql", "UPDATE gate SET n = n + 1;\n");
    let name = "x".repeat(180);
    stage.project.migration(&format!("003_{name}.sql"), "SELECT 1 FROM `漢字e\u{301}\u{202e}`;\n");
    stage.start_worker();
    stage.hand_over(&["--user", EVIL]);
    for size in SIZES {
        let mut terminal = stage.console(&["--user", EVIL], size);
        let shot = terminal.wait("what runs", |shot| shot.shows("UPDATE gate") && shot.shows("漢字"));
        assert!(shot.is_even(), "{}", shot.text());
        terminal.keys("2");
        let shot = terminal.wait("the files", |shot| shot.shows("002_漢字") && shot.shows("001_herd.sql"));
        // What stands behind a wide name stands where it stands behind a plain one.
        let column = |name: &str, states: &[&str]| {
            let line = shot.lines().into_iter().skip(4).find(|line| line.contains(name)).unwrap_or_default();
            let at = states.iter().find_map(|state| Shot::column_of(&line, state));
            at.unwrap_or_else(|| panic!("{name}: {}", shot.text()))
        };
        let wide = column("002_漢字", &["migrating", "blocked"]);
        assert_eq!(wide, column("001_herd.sql", &["completed"]), "{}", shot.text());
        assert_eq!(wide, column("003_xxx", &["idle"]), "{}", shot.text());
        assert!(shot.is_even(), "{}", shot.text());
        for (key, tab) in [("3", "[3 "), ("4", "[4 "), ("5", "[5 "), ("6", "[6 "), ("7", "[7 "), ("8", "[8 ")] {
            terminal.keys(key);
            let shot = terminal.wait(tab, |shot| shot.shows(tab));
            assert!(shot.is_even(), "{}", shot.text());
        }
        let shot = ask(&mut terminal, "1P", "Pause the batch");
        assert!(shot.is_even() && shot.shows("漢字"), "{}", shot.text());
        terminal.keys("\x1b");
        terminal.wait_gone("Pause the batch");
        assert!(terminal.strange().is_empty(), "{:?}", terminal.strange());
        let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
        for evil in ["\u{1b}[2J\u{1b}]0;x", "\u{7}", "\u{202e}", "\u{200d}"] {
            assert!(!raw.contains(evil), "{evil:?} reached the terminal");
        }
    }
    gate.open().await;
    let mut terminal = stage.live(SIZES[1]);
    // The first frame may come before the database has told the time.
    let shot =
        terminal.wait("the failure", |shot| shot.shows("What happened") && shot.shows("漢字") && shot.shows(" UTC"));
    assert!(shot.is_even(), "{}", shot.text());
    terminal.keys("\r");
    let shot = terminal.wait("the file", |shot| shot.shows("About it"));
    assert!(shot.is_even(), "{}", shot.text());
    assert!(terminal.strange().is_empty(), "{:?}", terminal.strange());
}

on_mariadb!(
    a_lost_terminal_leaves_nothing_behind_but_the_migration,
    more_events_than_anyone_can_read_are_counted_and_keys_are_answered,
    an_account_with_a_hostile_name_is_shown_and_not_obeyed,
);
