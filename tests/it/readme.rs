//! The command lines of the README and of the help texts, run: what a reader types works.

use crate::support::{Project, Ran, binary};
use std::collections::BTreeSet;
use std::path::Path;

/// Commands that stay, or want a terminal: of these only the arguments are read.
pub const STAY: [&str; 4] = ["worker", "console", "demo", "migrate --step"];

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("the README")
}

/// The shell blocks of the tour.
fn tour() -> Vec<String> {
    let text = readme();
    let tour = text.split("## Five minutes").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("the tour");
    tour.split("```sh\n").skip(1).filter_map(|block| Some(block.split_once("```")?.0.to_owned())).collect()
}

/// Runs a block in the shell; what asks is answered beforehand.
pub fn shell(project: &Project, folder: &str, block: &str) -> Ran {
    let script = format!(
        "exec 3>&1; caribou() {{ case \"$1 $*\" in \"rollback \"*--dry-run*) '{0}' \"$@\";; \"rollback \"*|\"approve \"*|\
         \"reject \"*) '{0}' \"$@\" --yes;; *) '{0}' \"$@\";; esac; echo \"=> $1 $?\" >&3; }}\n{block}",
        binary().display()
    );
    let command = project.command(&[]);
    let mut shell = std::process::Command::new("bash");
    shell.arg("-c").arg(script).current_dir(project.path(folder));
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.output().expect("a shell").into()
}

/// The commands that a block ran, with their exit statuses.
pub fn ended(ran: &Ran) -> Vec<&str> {
    ran.stdout.lines().filter_map(|line| line.strip_prefix("=> ")).collect()
}

#[test]
fn the_tour_goes_as_it_is_told() {
    let project = Project::empty();
    let blocks = tour();
    let find = |word: &str| blocks.iter().find(|block| block.contains(word)).unwrap_or_else(|| panic!("no {word}"));
    let init = find("caribou init shop").replace("cargo install --path .", "true");
    assert_eq!(ended(&shell(&project, ".", &init)), ["init 0"]);
    let first = shell(&project, "shop", find("0001_orders.sql"));
    assert_eq!(ended(&first), ["plan 0", "rehearse 0", "migrate 0", "status 0", "report 0"], "{first:?}");
    let second = shell(&project, "shop", find("INSERT INTO items VALUES (1), (1)"));
    assert_eq!(ended(&second), ["migrate 1", "events 0"], "{second:?}");
    project.write("shop/migrations/0002_items.sql", "CREATE TABLE items (id INT);\n");
    assert_eq!(ended(&shell(&project, "shop", "caribou migrate")), ["migrate 0"]);
    let back = shell(&project, "shop", find("caribou approve"));
    assert_eq!(ended(&back), ["rollback 0", "rollback 0", "rollbacks 0", "approve 0"], "{back:?}");
}

/// A line as the words that a shell makes of it, up to a comment or another command.
pub fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut begun) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
        match c {
            '\'' => (quoted, begun) = (!quoted, true),
            '#' | '|' | '&' | '>' if !quoted && !begun => break,
            c if c.is_whitespace() && !quoted => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            c => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

/// Lines that begin with `caribou` in a help text, and the commands below it.
fn of_help(project: &Project, above: &[&str], found: &mut BTreeSet<String>) {
    let help = project.run(&[above, &["--help"]].concat()).exits(0).stdout;
    // A long example is wrapped.
    let mut lines = help.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(example) = line.trim_start().strip_prefix("caribou ").filter(|_| line.starts_with("  ")) else {
            continue;
        };
        let mut whole = example.to_owned();
        while whole.matches('\'').count() % 2 == 1 {
            let Some(more) = lines.next() else { break };
            whole = format!("{whole} {}", more.trim());
        }
        found.insert(whole);
    }
    let listed = help.split("\nCommands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
    for line in listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let name = line.split_whitespace().next().expect("a name");
        if name != "help" {
            of_help(project, &[above, &[name]].concat(), found);
        }
    }
}

/// Adds the commands that the README names in its text and its blocks.
fn of_readme(found: &mut BTreeSet<String>) {
    let text = readme();
    let blocks: Vec<&str> = text.split("```").collect();
    for (at, part) in blocks.iter().enumerate() {
        if at % 2 == 1 {
            found.extend(part.lines().filter_map(|line| line.strip_prefix("caribou ")).map(str::to_owned));
            continue;
        }
        let flat = part.split_whitespace().collect::<Vec<_>>().join(" ");
        let spans = flat.split('`').skip(1).step_by(2);
        found.extend(spans.filter_map(|span| span.strip_prefix("caribou ")).map(str::to_owned));
    }
}

#[test]
fn every_command_line_that_is_written_is_understood() {
    let project = Project::empty();
    project.write("caribou.toml", "[database]\nurl = \"sqlite:db\"\n");
    project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
    project.run(&["migrate"]).exits(0);
    let mut lines = BTreeSet::new();
    of_help(&project, &[], &mut lines);
    of_readme(&mut lines);
    assert!(lines.len() > 50, "{} lines: {lines:#?}", lines.len());
    for line in &lines {
        let filled = line.replace("COMMAND", "rollback").replace("ROLE", "worker").replace("USER@HOST", "'me@%'");
        let mut words = words(&filled);
        if STAY.iter().any(|stay| filled.starts_with(stay)) || words.iter().any(|word| word == "--follow") {
            words.push("--help".to_owned());
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ran = project.run(&words);
        assert!(ran.code.is_some_and(|code| code <= 5), "caribou {line}: {ran:?}");
        assert!(!ran.stderr.contains("try '--help'"), "caribou {line}: {}", ran.stderr);
    }
}
