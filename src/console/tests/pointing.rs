//! Pointing: lines of the help, keys that are told on a screen, heads of columns, scrollbars.

use super::deciding::looked;
use super::support::*;
use crate::console::state::action::Screen;
use crate::console::state::files::Sort;
use crate::console::state::message::Input;
use crate::model::FileId;
use crossterm::event::KeyCode;

/// Column and row of a text on the screen, below the header.
fn place(desk: &mut Desk, wanted: &str) -> (u16, u16) {
    let screen = desk.screen(120, 40);
    let found = screen
        .lines()
        .enumerate()
        .skip(4)
        .find_map(|(row, line)| line.find(wanted).map(|at| (row, line[..at].chars().count())));
    let (row, column) = found.unwrap_or_else(|| panic!("{wanted}: {screen}"));
    (column as u16, row as u16)
}

fn click(desk: &mut Desk, wanted: &str) {
    let (column, row) = place(desk, wanted);
    desk.give(Input::Click { column, row });
    desk.give(Input::Painted);
}

#[test]
fn enter_on_a_line_of_the_help_does_that_key() {
    let mut desk = Desk::on(&running());
    desk.screen(120, 40);
    desk.press("?");
    assert!(desk.screen(120, 40).contains("›  S "), "{}", desk.screen(120, 40));
    desk.press("j");
    desk.key(KeyCode::Enter);
    assert!(desk.app.help.is_none());
    let dialog = desk.app.dialog.take().unwrap();
    assert_eq!(dialog.title.as_str(), "Pause the batch", "a change still asks");
    desk.press("?l");
    let around = desk.screen(120, 40);
    assert!(around.lines().any(|line| line.contains("›  ")), "{around}");
    desk.press("jj");
    desk.key(KeyCode::Enter);
    assert!(desk.app.help.is_none(), "{}", desk.screen(120, 40));
    desk.press("?/kill the running");
    desk.key(KeyCode::Enter);
    desk.key(KeyCode::Enter);
    assert!(desk.screen(120, 40).ends_with(":abort"), "a command is typed: {}", desk.screen(120, 40));
}

#[test]
fn what_does_not_work_now_says_why_also_from_the_help() {
    let mut desk = Desk::on(&running());
    desk.screen(120, 40);
    desk.press("?/failed file");
    desk.key(KeyCode::Enter);
    assert!(desk.screen(120, 40).contains("not now:"), "{}", desk.screen(120, 40));
    desk.key(KeyCode::Enter);
    assert!(desk.app.dialog.is_none() && !desk.notice().is_empty());
}

#[test]
fn the_whole_help_can_be_walked_on_a_small_screen() {
    let mut desk = Desk::on(&running());
    desk.screen(80, 24);
    desk.press("?G");
    assert!(desk.screen(80, 24).contains("is not known"), "{}", desk.screen(80, 24));
    desk.press("gkk");
    assert!(desk.screen(80, 24).contains("Changing, each asks first"), "{}", desk.screen(80, 24));
}

#[test]
fn a_click_on_the_help_goes_there_and_then_does_it() {
    let mut desk = Desk::on(&running());
    desk.screen(120, 40);
    desk.press("m?");
    click(&mut desk, "pause before the next statement");
    assert!(desk.app.dialog.is_none() && desk.screen(120, 40).contains("›  P "), "{}", desk.screen(120, 40));
    click(&mut desk, "pause before the next statement");
    assert!(desk.app.dialog.is_some());
}

#[test]
fn a_key_that_is_told_on_a_screen_can_be_clicked_with_its_words() {
    let mut desk = Desk::on(&windowed());
    desk.screen(120, 40);
    desk.press("m");
    click(&mut desk, "opens it");
    assert_eq!(desk.app.screen, Screen::Decisions);
    click(&mut desk, " blast radius, diff");
    assert!(desk.app.decisions.lookup.is_some());
}

#[test]
fn a_click_on_a_pane_gives_it_the_keys() {
    let mut desk = Desk::on(&windowed());
    desk.screen(120, 40);
    desk.press("m");
    looked(&mut desk);
    click(&mut desk, "no later batch stands on it");
    assert!(desk.screen(120, 40).contains("› Can it still be undone?"), "{}", desk.screen(120, 40));
}

#[test]
fn heads_of_columns_sort() {
    let mut desk = Desk::on(&running());
    desk.screen(120, 40);
    desk.press("m2");
    for (head, sort) in
        [("state  ", Sort::State), ("time", Sort::Time), ("file (", Sort::Name), ("file (", Sort::Order)]
    {
        click(&mut desk, head);
        assert_eq!(desk.app.files.sort, sort, "{head}");
    }
    click(&mut desk, "undo ");
    assert_eq!(desk.app.files.sort, Sort::Order, "nothing is sorted by it");
}

#[test]
fn a_click_on_the_scrollbar_goes_there() {
    let mut desk = Desk::on(&planned(&[1; 200]));
    desk.screen(120, 40);
    desk.press("m2");
    let (_, top) = place(&mut desk, "file (");
    let bottom =
        (top..40).take_while(|y| ["█", "│"].contains(&symbol(&mut desk, 119, *y + 1).as_str())).last().unwrap();
    desk.give(Input::Click { column: 119, row: bottom + 1 });
    assert_eq!(desk.app.files.top + usize::from(bottom - top) + 1, desk.app.files.lines(), "the end");
    desk.give(Input::Click { column: 119, row: top + 1 });
    assert_eq!((desk.app.files.top, desk.app.files.selected()), (0, Some(FileId(1))));
}

fn symbol(desk: &mut Desk, x: u16, y: u16) -> String {
    desk.frame(120, 40)[(x, y)].symbol().to_owned()
}
