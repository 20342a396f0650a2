//! A crashed batch is found by somebody who was not there: what stands, what the next worker found out, what to press.

use super::stage::{SIZES, Stage, ask, confirm};
use crate::support::{Fresh, Shot, Terminal, on_both_servers};

/// Text of the right pane of an opened file, its lines joined again where they were broken.
fn about(shot: &Shot) -> String {
    let from = usize::from(SIZES[1].0) * 3 / 5 + 1;
    let lines = shot.lines();
    let right = lines.iter().map(|line| line.chars().skip(from).collect::<String>().trim().to_owned());
    right.collect::<Vec<_>>().join(" ")
}

fn says(shot: &Shot, texts: &[&str]) -> bool {
    let about = about(shot);
    texts.iter().all(|text| about.contains(text))
}

/// A batch whose worker is killed while its second statement is under way, and a console that sees it. The batch is let go
/// on the screen: whoever handed it over is gone by then and takes nobody's place.
fn dies(stage: &mut Stage) -> Terminal {
    stage.start_worker();
    stage.hand_over(&["--step"]);
    let mut terminal = stage.live(SIZES[1]);
    terminal.wait_text("STEPPING");
    ask(&mut terminal, "P", "Resume the batch");
    terminal.keys("y");
    terminal.wait_text("statement 2/2, running");
    stage.kill_worker();
    let lost = "Under way when the worker went";
    let found = terminal.wait("the loss", |shot| shot.shows("NO WORKER") && shot.shows(lost));
    assert!(!found.shows("running for"), "nobody knows whether it runs: {}", found.text());
    terminal.keys("\r");
    terminal.wait("what stands", |shot| says(shot, &["and the worker is gone", "start a worker (caribou worker)"]));
    terminal
}

/// A file whose second statement stays until somebody ends it.
fn long(table: &str, engine: &str) -> String {
    format!("CREATE TABLE {table} (id INT PRIMARY KEY) ENGINE = {engine};\nINSERT INTO {table} SELECT SLEEP(50);\n")
}

async fn what_a_worker_left_is_looked_at_and_taken_back(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.herds(1);
    stage.project.migration("002_herd.sql", long("herd_2", "InnoDB"));
    let terminal = dies(&mut stage);
    stage.start_worker();
    let shot = terminal.wait("what was found", |shot| {
        says(shot, &["found out after a crash", "statement 2 did not take effect", "known because", "verified"])
    });
    assert!(!shot.shows("NO WORKER"), "{}", shot.text());
    let status = stage.until("an end", |status| {
        ["failed", "rolled_back"].iter().any(|end| status["batch"]["status"] == *end)
            && status["files"][1]["state"] == "idle"
    });
    assert_eq!(status["files"][1]["status"], "rolled_back", "{status:#}");
    // Corrected, nothing stands in the way of the next run.
    stage.project.migration("002_herd.sql", "CREATE TABLE herd_2 (id INT PRIMARY KEY);\n");
    stage.hand_over(&[]);
    stage.until("a good end", |status| status["batch"]["status"] == "completed");
}

/// The undo that follows a crash meets what somebody did meanwhile. Put right, it is ordered again from the screen.
async fn an_undo_that_failed_after_a_crash_is_ordered_again(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.herds(1);
    // What is under way holds no lock on the table, so that somebody can get at it.
    stage.project.migration("002_herd.sql", "CREATE TABLE herd_2 (id INT PRIMARY KEY);\nSELECT SLEEP(50);\n");
    stage.project.migration("002_herd.rollback.sql", "DROP TABLE herd_2;\n");
    let mut terminal = dies(&mut stage);
    stage.ask("ALTER TABLE herd_2 RENAME TO herd_away").await;
    stage.start_worker();
    stage.until("a file for a person", |status| status["files"][1]["state"] == "failed");
    terminal.wait("what to do", |shot| says(shot, &["R orders its undo again", ":settle --as completed"]));
    stage.ask("ALTER TABLE herd_away RENAME TO herd_2").await;
    let title = "Roll back (class B)";
    ask(&mut terminal, "R", title);
    let name = stage.status()["batch"]["name"].as_str().expect("a name").to_owned();
    confirm(&mut terminal, title, &["it has its name again", &name]);
    let status = stage.until("the undo", |status| status["files"][1]["status"] == "rolled_back");
    assert_eq!(status["files"][1]["state"], "idle", "{status:#}");
    terminal.wait("the end on the screen", |shot| shot.shows("↶ rolled_back") && says(shot, &["verified"]));
}

/// Rows of a table without transactions: nobody can say whether they came, and a person has the last word.
async fn what_nobody_can_say_is_settled_from_the_screen(fresh: Fresh) {
    let mut stage = Stage::new(fresh);
    stage.project.migration("001_herd.sql", long("herd_1", "MyISAM"));
    let mut terminal = dies(&mut stage);
    stage.start_worker();
    stage.until("a file for a person", |status| status["files"][0]["state"] == "failed");
    let doubt = ["look at the database whether statement 2 took effect", "mend it by hand", "statement 2 IN DOUBT"];
    terminal.wait("the doubt, and what to do", |shot| says(shot, &doubt));
    stage.ask("DROP TABLE herd_1").await;
    let shot = ask(&mut terminal, ":settle --as rolled_back\r", "Settle the file");
    assert!(shot.shows("Your word is taken for it"), "{}", shot.text());
    confirm(&mut terminal, "Settle the file", &["dropped it by hand"]);
    stage.until("the word that was given", |status| status["batch"]["status"] == "rolled_back");
    terminal.wait_text("ROLLED BACK");
    let events = stage.project.run(&["events", "--format", "json"]).stdout;
    assert!(events.contains("dropped it by hand"), "{events}");
}

// SQLite has no statement that only waits.
on_both_servers!(
    what_a_worker_left_is_looked_at_and_taken_back,
    an_undo_that_failed_after_a_crash_is_ordered_again,
    what_nobody_can_say_is_settled_from_the_screen,
);
