//! The server is restarted in the middle of a batch, is not there at the start, or is far away: the console says so on
//! each of its screens, and goes on.

use super::stage::{SCREENS, SIZES, Stage, ask, do_it, is_live};
use crate::support::{Fresh, PrivateServer, Project, Proxy, Shot, Terminal, on_mariadb};
use std::time::Duration;

const STEP: &str = "Step to the next statement boundary";

/// Milliseconds of the round trip that the header shows.
fn round_trip(shot: &Shot) -> Option<u64> {
    let line = shot.line_with("rtt")?;
    let told = line.split("rtt").nth(1)?.trim_start();
    let (number, rest) = told.split_once(' ')?;
    let scale = if rest.trim_start().starts_with("ms") { 1.0 } else { 1000.0 };
    number.parse::<f64>().ok().map(|number| (number * scale) as u64)
}

async fn a_restart_in_the_middle_is_lived_through_on_every_screen(shared: Fresh) {
    let mut server = PrivateServer::own(shared.kind, &[]);
    let mut stage = Stage::new(Fresh::in_server(&server));
    stage.project.migration("001_herd.sql", "CREATE TABLE herd_1 (id INT);\nINSERT INTO herd_1 VALUES (7);\n");
    stage.project.migration("002_herd.sql", "CREATE TABLE herd_2 (id INT);\n");
    stage.start_worker();
    stage.hand_over(&["--step"]);
    let mut terminal = stage.live(SIZES[1]);
    terminal.wait_text("STEPPING");
    do_it(&mut terminal, "S", STEP);
    terminal.wait_text("statements  1 of 3");
    server.crash();
    terminal.wait_text("STALE");
    for (key, tab) in SCREENS {
        terminal.keys(key);
        let shot = terminal.wait(tab, |shot| shot.shows(tab));
        // What is known is how old it is, and that it is being tried again; nothing is said of now.
        assert!(shot.shows("STALE") && !shot.shows("● LIVE"), "{tab}: {}", shot.text());
        assert!(shot.shows("not connected, next try in") && shot.shows("batch 1"), "{tab}: {}", shot.text());
        assert!(!shot.shows("NO WORKER"), "nobody can say that: {}", shot.text());
        let keys = shot.lines().last().cloned().unwrap_or_default();
        assert!(!keys.contains("step") && keys.contains("? help"), "{tab}: {}", shot.text());
    }
    terminal.wait_text("not connected, trying again");
    terminal.keys("1S");
    terminal.wait_text("changes wait for the connection");
    server.restart();
    terminal.wait("LIVE again", is_live);
    stage.until("the worker again", |status| status["worker"]["alive"] == true);
    for (key, tab) in SCREENS {
        terminal.keys(key);
        let shot = terminal.wait(tab, |shot| shot.shows(tab) && is_live(shot));
        assert!(shot.shows("batch 1") && shot.shows("0/2 files"), "{tab}: {}", shot.text());
    }
    terminal.wait_text("the connection is there again");
}

async fn a_server_that_is_not_there_at_the_start_is_awaited(shared: Fresh) {
    let mut server = PrivateServer::own(shared.kind, &[]);
    let stage = Stage::new(Fresh::in_server(&server));
    stage.herds(2);
    stage.project.run(&["migrate"]).exits(0);
    server.crash();
    let mut terminal = stage.console(&[], SIZES[1]);
    let shot = terminal.wait("what is wrong", |shot| shot.shows("Not attached yet") && shot.shows("NOT CONNECTED"));
    assert!(shot.shows("nothing here needs a restart"), "{}", shot.text());
    for (key, tab) in SCREENS {
        terminal.keys(key);
        let shot = terminal.wait(tab, |shot| shot.shows(tab));
        assert!(shot.shows("NOT CONNECTED") && shot.shows("next try in"), "{tab}: {}", shot.text());
        assert!(!shot.shows("LIVE") && !shot.shows("COMPLETED"), "{tab}: {}", shot.text());
    }
    terminal.keys("1");
    server.restart();
    terminal.wait("the batch", |shot| is_live(shot) && shot.shows("2/2 files") && shot.shows("COMPLETED"));
}

/// 300 ms there and back.
async fn a_slow_way_to_the_server_makes_nothing_stale(shared: Fresh) {
    let mut stage = Stage::new(shared);
    stage.herds(2);
    stage.start_worker();
    stage.hand_over(&["--step"]);
    let proxy = Proxy::before(stage.fresh().port().expect("a server"));
    proxy.slow_down(Duration::from_millis(150));
    let far = Project::empty();
    far.write("caribou.toml", format!("[database]\nurl = \"{}\"\n", stage.fresh().url_through(proxy.port)));
    let (columns, rows) = SIZES[1];
    let mut terminal = Terminal::start(&far.on_terminal(&["console"]), columns, rows);
    let shot = terminal.wait("a console far away", |shot| is_live(shot) && shot.shows("step mode: S"));
    assert!(round_trip(&shot).is_some_and(|ms| ms >= 300), "{}", shot.text());
    for (key, tab) in SCREENS {
        terminal.keys(key);
        terminal.wait(tab, |shot| shot.shows(tab) && is_live(shot) && !shot.shows("NO WORKER"));
    }
    terminal.keys("8");
    // What a screen asks for comes, although each question takes its time.
    terminal.wait("the checklist", |shot| shot.shows("[8 Checklist") && shot.shows("System backup"));
    terminal.keys("1");
    do_it(&mut terminal, "S", STEP);
    terminal.wait("the step", |shot| shot.shows("1/2 files") || shot.shows("statements  1 of 2"));
    ask(&mut terminal, "P", "Resume the batch");
    terminal.keys("y");
    terminal.wait("the end", |shot| shot.shows("2/2 files") && shot.shows("COMPLETED"));
}

on_mariadb!(
    a_restart_in_the_middle_is_lived_through_on_every_screen,
    a_server_that_is_not_there_at_the_start_is_awaited,
    a_slow_way_to_the_server_makes_nothing_stale,
);
