//! The worst moment: applications cannot write, and the worker that froze them is gone. Ended from the console, alone.

use super::stage::{SIZES, Stage, ask, confirm};
use crate::support::{Fresh, PrivateServer, Shot, on_mariadb};
use vt100::Color;

const EMERGENCY: &str = "Thaw in an EMERGENCY";

/// True if a text stands on the screen in red, in reverse.
fn is_red_banner(shot: &Shot, text: &str) -> bool {
    shot.cell_of(text).is_some_and(|cell| cell.inverse() && matches!(cell.fgcolor(), Color::Idx(1 | 9)))
}

async fn a_freeze_without_its_worker_is_ended_from_the_console(shared: Fresh) {
    let server = PrivateServer::own(shared.kind, &[]);
    let mut stage = Stage::new(Fresh::in_server(&server));
    let (operator, emergency) = (stage.account("operator").await, stage.account("emergency").await);
    let read_only = || server.ask("SELECT @@GLOBAL.read_only").expect("an answer").trim().to_owned();
    stage.herds(2);
    stage.start_worker();
    stage.hand_over(&["--step"]);
    let mut terminal = stage.console(&["--user", &emergency], SIZES[1]);
    terminal.wait("a batch that holds", |shot| shot.shows("LIVE") && shot.shows("STEPPING"));

    // Frozen, with a worker that watches over it.
    let shot = ask(&mut terminal, "F", "Freeze the system");
    assert!(shot.shows("Nobody else can write"), "{}", shot.text());
    confirm(&mut terminal, "Freeze the system", &["the importer runs"]);
    let shot = terminal.wait("the freeze", |shot| shot.shows("FROZEN") && shot.shows("ENFORCED by read_only"));
    assert!(shot.shows("the importer runs") && shot.shows("F thaws"), "{}", shot.text());
    assert!(!is_red_banner(&shot, "FROZEN"), "somebody watches over it: {}", shot.text());
    assert_eq!(read_only(), "1");

    // The worker is gone: red, with what it means and what ends it.
    stage.kill_worker();
    let shot = terminal.wait("the loss", |shot| shot.shows("NO WORKER: applications cannot write"));
    assert!(shot.shows("F ends it, without a worker"), "{}", shot.text());
    assert!(is_red_banner(&shot, "FROZEN"), "{}", shot.text());

    // An operator may ask, and nobody is there to be asked: the server says what is missing.
    let name = stage.status()["batch"]["name"].as_str().expect("a name").to_owned();
    let mut asking = stage.console(&["--user", &operator], SIZES[1]);
    asking.wait_text("NO WORKER: applications cannot write");
    ask(&mut asking, "F", EMERGENCY);
    confirm(&mut asking, EMERGENCY, &["orders are lost", &name]);
    asking.wait_text("schema grants emergency");
    assert_eq!(read_only(), "1");
    drop(asking);

    // The account for it: what will be done is said, and the name has to be typed.
    let shot = ask(&mut terminal, "F", EMERGENCY);
    assert!(shot.shows("sets read_only = 0") && shot.shows("caribou thaw --emergency"), "{}", shot.text());
    terminal.keys("orders are lost\t\t\r");
    terminal.wait_frames(1);
    assert!(terminal.shot().shows(EMERGENCY), "Accept is dead without the name: {}", terminal.shot().text());
    terminal.keys(&format!("{name}\r"));
    terminal.wait_gone(EMERGENCY);
    let shot = terminal.wait("what became of it", |shot| shot.shows("LIFTED: applications can write"));
    assert!(!is_red_banner(&shot, "FROZEN"), "{}", shot.text());
    assert_eq!(read_only(), "0");
    // Once is enough.
    terminal.keys("F");
    terminal.wait_text("it is lifted on the server already");

    // The next worker writes it down; nothing is frozen before somebody says that it is over.
    stage.start_worker();
    terminal.wait("the emergency", |shot| shot.shows("EMERGENCY") && shot.shows("F says that it is over"));
    let shot = ask(&mut terminal, "F", "Thaw the system");
    assert!(shot.shows("The emergency is over"), "{}", shot.text());
    terminal.keys("y");
    terminal.wait_gone("EMERGENCY");
    ask(&mut terminal, "P", "Resume the batch");
    terminal.keys("y");
    terminal.wait("the end of the batch", |shot| shot.shows("2/2") && shot.shows("COMPLETED"));
    let events = stage.project.run(&["events", "0", "--format", "json"]).stdout;
    assert!(events.contains("orders are lost") && events.contains(&emergency), "{events}");
}

on_mariadb!(a_freeze_without_its_worker_is_ended_from_the_console);
