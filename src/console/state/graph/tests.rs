use super::*;
use crate::console::tests::support::{BATCH, begin, complete, submitted};
use crate::model::FileType;
use crate::model::testing::{Ledger, submission};

/// Files by wave and needs.
fn batch_of(shapes: &[(u32, &[usize])]) -> Ledger {
    let files: Vec<(FileType, u32, &[usize])> = shapes.iter().map(|(_, on)| (FileType::Doctrine, 1, *on)).collect();
    let mut plan = submission(&files);
    plan.files.iter_mut().zip(shapes).for_each(|(file, (wave, _))| file.wave = *wave);
    submitted(plan)
}

fn view(ledger: &Ledger, space: Space) -> GraphView {
    let mut view = GraphView::default();
    view.settle(ledger.world.batch(BATCH), &Forecast::default(), space);
    view
}

fn wide(columns: usize, lanes: usize) -> Space {
    Space { columns, lanes, rows: 0 }
}

fn ends(view: &GraphView) -> Vec<((usize, usize), (usize, usize))> {
    view.edges.iter().map(|edge| (edge.from, edge.to)).collect()
}

#[test]
fn a_need_that_others_imply_is_not_drawn() {
    let ledger = batch_of(&[(1, &[]), (2, &[0]), (3, &[0, 1]), (3, &[0])]);
    let view = view(&ledger, wide(5, 5));
    assert_eq!(ends(&view), [((0, 0), (1, 0)), ((1, 0), (2, 0)), ((0, 0), (2, 1))]);
    assert!(view.edges[0].of_cursor && !view.edges[1].of_cursor, "the cursor is on the first file");
}

#[test]
fn the_wave_that_runs_is_in_the_middle_and_the_cursors_is_always_there() {
    let needs: Vec<[usize; 1]> = (0..9).map(|n: usize| [n.saturating_sub(1)]).collect();
    let shapes: Vec<(u32, &[usize])> =
        (0..9).map(|n| (n as u32 + 1, if n == 0 { &[][..] } else { &needs[n][..] })).collect();
    let mut ledger = batch_of(&shapes);
    (1..=4).for_each(|file| complete(&mut ledger, FileId(file)));
    begin(&mut ledger, FileId(5));
    let mut view = view(&ledger, wide(3, 4));
    let shown = |view: &GraphView| view.columns.iter().map(|column| column.wave).collect::<Vec<_>>();
    assert_eq!((shown(&view), view.cursor), (vec![3, 4, 5], Some(FileId(5))));
    let batch = ledger.world.batch(BATCH);
    for (step, wanted) in
        [(Step::Waves(1), vec![3, 4, 5]), (Step::Waves(1), vec![4, 5, 6]), (Step::Files(9), vec![6, 7, 8])]
    {
        view.step(batch.unwrap(), step);
        view.settle(batch, &Forecast::default(), wide(3, 4));
        assert_eq!(shown(&view), wanted);
    }
    view.step(batch.unwrap(), Step::Files(-99));
    assert_eq!(view.cursor, Some(FileId(1)));
    view.step(batch.unwrap(), Step::Waves(-1));
    assert_eq!(view.cursor, Some(FileId(1)));
}

#[test]
fn a_wave_that_has_no_room_shows_what_matters_and_counts_the_rest() {
    let mut ledger = batch_of(&[(1, &[][..]); 10]);
    (1..=6).for_each(|file| complete(&mut ledger, FileId(file)));
    begin(&mut ledger, FileId(9));
    let view = view(&ledger, wide(2, 4));
    let column = &view.columns[0];
    assert_eq!(column.files, [FileId(8), FileId(9), FileId(10)], "around the one that runs");
    assert_eq!((column.hidden, column.hidden_done), (7, 6));
}

#[test]
fn a_list_leaves_out_what_is_done_where_there_is_no_room() {
    let mut ledger = batch_of(&[(1, &[]), (1, &[]), (2, &[0]), (3, &[2])]);
    [1, 2].into_iter().for_each(|file| complete(&mut ledger, FileId(file)));
    begin(&mut ledger, FileId(3));
    let list = |rows| view(&ledger, Space { rows, ..Space::default() }).rows;
    assert_eq!(list(9).len(), 7);
    let file = |n| Row::File(FileId(n));
    assert_eq!(list(5), [Row::Wave(0), Row::Wave(1), file(3), Row::Wave(2), file(4)]);
}
