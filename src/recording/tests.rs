//! Recordings written, opened, cut and damaged.

use super::*;
use crate::model::testing::{Ledger, submission};
use crate::model::{Checksum, FileType, Input, Millis, SourceText, Token, World};

/// A journal of one batch of some files, each with a statement.
fn parts(files: usize) -> Parts {
    let mut ledger = Ledger::default();
    ledger.give(Input::LeaseTaken {
        token: Token(1),
        holder: "w1@db-tools:4242".into(),
        connection: 7,
        server: "uuid-of-prod-db1".into(),
        files_as_worker: false,
        versions: Default::default(),
    });
    let planned: Vec<(FileType, u32, &[usize])> = vec![(FileType::Doctrine, 1, &[][..]); files];
    let submission = submission(&planned);
    ledger.give(Input::Submitted { submission: Box::new(submission), operator: "ana@10.4.%".into(), command: None });
    let up = "INSERT INTO people VALUES ('k.berg@example', 4711)";
    let source = SourceText {
        checksum: Checksum("s0".into()),
        path: "0001_file.sql".into(),
        up: up.into(),
        down: None,
        verify: None,
    };
    let origin =
        Origin { label: "prod-db1".into(), kind: "mariadb".into(), account: "ana@10.4.%".into(), ..Origin::default() };
    let facts = Facts { caribou: "0.1.0".into(), origin, batch: crate::model::BatchId(1), ..Facts::default() };
    let marks = vec![Bookmark { at: Millis(5), note: "look here".into() }];
    Parts { facts, begin: World::default(), sources: vec![source], events: ledger.events, marks }
}

fn world_of(parts: &Parts, events: usize) -> World {
    let mut world = parts.begin.clone();
    parts.events.iter().take(events).for_each(|event| drop(world.apply(event)));
    world
}

#[test]
fn what_is_written_is_read_again() {
    let parts = parts(40);
    let mut recording = Recording::open(write(&parts).unwrap()).unwrap();
    let all = recording.events();
    assert_eq!(recording.read(0..all).unwrap(), parts.events);
    assert_eq!((recording.damage(), recording.facts().events), (None, parts.events.len() as u64));
    assert_eq!(
        (recording.marks(), recording.source(&Checksum("s0".into())).unwrap()),
        (&parts.marks[..], Some(parts.sources[0].clone()))
    );
    assert_eq!(recording.world_after(all).unwrap(), world_of(&parts, parts.events.len()));
}

#[test]
fn the_world_at_any_event_is_the_one_that_was() {
    let parts = parts(3_000);
    let mut recording = Recording::open(write(&parts).unwrap()).unwrap();
    assert!(recording.index().checkpoints.len() > 1, "the journal is long enough for a checkpoint");
    for n in [0, 1, 7, 1_000, 1_999, 2_500, parts.events.len()] {
        assert_eq!(recording.world_after(n as u64).unwrap(), world_of(&parts, n), "after {n} events");
    }
}

#[test]
fn cut_anywhere_it_plays_up_to_the_cut_and_says_so() {
    let parts = parts(3_000);
    let bytes = write(&parts).unwrap();
    let whole = Recording::open(bytes.clone()).unwrap();
    let ends: Vec<usize> = whole.index().events.iter().map(|block| block.at).collect();
    assert!(ends.len() >= 3, "{} blocks of events", ends.len());
    for at in ends.iter().flat_map(|at| [at - 1, *at, at + 1, at + 100]).chain([bytes.len() - 1, bytes.len() - 16]) {
        let mut recording = Recording::open(bytes[..at].to_vec()).unwrap();
        let damage = recording.damage().cloned().unwrap();
        let all = recording.events();
        assert_eq!(
            (damage.kind, damage.missing_events),
            (DamageKind::Cut, parts.events.len() as u64 - all),
            "cut at {at}"
        );
        assert_eq!(recording.read(0..all).unwrap()[..], parts.events[..all as usize]);
        assert_eq!(recording.world_after(all).unwrap(), world_of(&parts, all as usize));
        assert!(damage.to_string().starts_with("cut at byte"), "{damage}");
    }
    for at in [0, 5, 20, 25, 60] {
        Recording::open(bytes[..at].to_vec()).unwrap_err();
    }
}

#[test]
fn a_flipped_bit_is_found_and_its_place_is_said() {
    let parts = parts(3_000);
    let bytes = write(&parts).unwrap();
    let whole = Recording::open(bytes.clone()).unwrap();
    let blocks: Vec<usize> = whole.index().events.iter().map(|block| block.at).collect();
    for (n, at) in blocks.iter().enumerate() {
        for within in [0, 3, 7, 12, 40] {
            let mut flipped = bytes.clone();
            flipped[at + within] ^= 0x10;
            let mut recording = Recording::open(flipped).unwrap();
            let damage = recording.damage().cloned().unwrap();
            assert_eq!((damage.kind, damage.at_byte), (DamageKind::Corrupt, *at), "byte {within} of block {n}");
            let all = recording.events();
            assert_eq!(all, whole.index().events[n].before);
            assert_eq!(recording.read(0..all).unwrap()[..], parts.events[..all as usize]);
        }
    }
    let mut head = bytes.clone();
    head[30] ^= 1;
    let error = Recording::open(head).unwrap_err().to_string();
    assert!(error.contains("facts"), "{error}");
}

#[test]
fn what_is_none_or_of_another_version_is_refused_with_words() {
    let refused = |bytes: &[u8]| Recording::open(bytes.to_vec()).unwrap_err().to_string();
    assert!(refused(b"PK\x03\x04").contains("no recording"));
    let newer = refused(b"caribou recording 9\nwhatever");
    assert!(newer.contains('9') && newer.contains("newer"), "{newer}");
    assert!(refused(b"caribou recording 1\n").contains("damaged"));
}

#[test]
fn a_block_that_claims_to_be_huge_is_not_unpacked() {
    let mut out = Vec::new();
    block::append(&mut out, block::Kind::Facts, b"{}").unwrap();
    out[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
    let block = block::Block::at(&out, 0).unwrap();
    assert!(block.unpack().is_err() && !block.is_sound());
}

#[test]
fn a_file_that_was_tampered_with_is_played_or_refused_and_nothing_else() {
    let bytes = write(&parts(60)).unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..400 {
        let mut tampered = bytes.clone();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(0..tampered.len());
            tampered[at] = random.u8(..);
        }
        tampered.truncate(random.usize(0..=tampered.len()));
        let Ok(mut recording) = Recording::open(tampered) else { continue };
        let all = recording.events();
        assert!(recording.read(0..all).is_ok_and(|events| events.len() as u64 == all));
    }
}

#[test]
fn an_index_that_lies_is_made_anew() {
    let parts = parts(60);
    let bytes = write(&parts).unwrap();
    let sound = Recording::open(bytes.clone()).unwrap();
    let mut index = sound.index().clone();
    index.events[0].before = u64::MAX - 3;
    let mut out = sound.before_the_marks().unwrap().to_vec();
    let marks: &[Bookmark] = &[];
    block::append_json(&mut out, block::Kind::Marks, &marks).unwrap();
    let at = block::append_json(&mut out, block::Kind::Index, &index).unwrap();
    out.extend((at as u64).to_le_bytes());
    out.extend(block::END);
    let mut recording = Recording::open(out).unwrap();
    assert_eq!(recording.read(0..u64::MAX).unwrap(), parts.events);
}

#[test]
fn marks_are_put_in_and_all_else_stays() {
    let parts = parts(3);
    let recording = Recording::open(write(&parts).unwrap()).unwrap();
    let marks = vec![Bookmark { at: Millis(9), note: "another".into() }];
    let mut again = Recording::open(with_marks(&recording, &marks).unwrap()).unwrap();
    assert_eq!((again.marks(), again.damage()), (&marks[..], None));
    assert_eq!(again.read(0..1_000).unwrap(), parts.events);
}

#[test]
fn redaction_leaves_no_account_host_or_literal() {
    let parts = redact(&parts(3)).unwrap();
    let bytes = write(&parts).unwrap();
    let scan = scan::Scan::walk(&bytes, "caribou recording 1\n".len());
    let all: Vec<u8> = scan.blocks.iter().flat_map(|block| block.unpack().unwrap()).collect();
    let text = String::from_utf8_lossy(&all);
    for secret in ["ana", "10.4", "db-tools", "prod-db1", "k.berg", "4711"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains("user-1") && text.contains("0001_file.sql") && text.contains("people"), "{text}");
}

#[test]
fn seeking_equals_playing() {
    let parts = parts(2_500);
    let bytes = write(&parts).unwrap();
    let player =
        || Player::new(Recording::open(bytes.clone()).unwrap(), None, Speed::default(), Default::default()).unwrap();
    let mut playing = player();
    let mut seeking = player();
    for second in [1, 60, 61, 1_000, 2_400, 30, 2_500, 2_499] {
        if second == 30 {
            playing = player();
        }
        let at = parts.events[0].at.plus(second * 1000);
        while playing.transport().at < at {
            playing.advance(at.since(playing.transport().at).min(7_000) * 1000).unwrap();
        }
        seeking.obey(&Order::Seek(at)).unwrap();
        if second != 2_499 {
            assert_eq!(
                (playing.world(), playing.transport().event),
                (seeking.world(), seeking.transport().event),
                "at {second} s"
            );
        }
        assert_eq!(seeking.world(), &world_of(&parts, seeking.transport().event as usize));
    }
}

#[test]
fn it_plays_to_its_end_and_begins_anew() {
    let parts = parts(5);
    let recording = Recording::open(write(&parts).unwrap()).unwrap();
    let mut player = Player::new(recording, Some(200), Speed::parse("64x").unwrap(), Default::default()).unwrap();
    let mut played = player.transport().event;
    while !player.transport().ended {
        played += player.advance(1_000).unwrap().len() as u64;
    }
    assert_eq!((played, player.world()), (parts.events.len() as u64, &world_of(&parts, parts.events.len())));
    assert!(player.obey(&Order::PlayPause).unwrap());
    assert_eq!((player.transport().event, player.transport().playing), (1, true));
}

#[test]
fn it_waits_at_a_stop_until_it_is_released() {
    let parts = parts(5);
    let recording = Recording::open(write(&parts).unwrap()).unwrap();
    let mut player = Player::new(recording, None, Speed::default(), [3].into()).unwrap();
    player.advance(60_000_000).unwrap();
    assert_eq!((player.transport().event, player.transport().stopped), (3, Some(3)));
    assert!(player.advance(60_000_000).unwrap().is_empty());
    for _ in 0..10 {
        player.obey(&Order::Tenth { forward: true }).unwrap();
    }
    assert_eq!(player.transport().event, 3, "nothing is seen before it is answered");
    player.obey(&Order::Release).unwrap();
    assert!(!player.advance(2_000_000).unwrap().is_empty());
}

#[test]
fn the_words_of_a_clock_find_their_moment() {
    let begin = Millis(1_768_471_445_000); // 10:04:05
    let end = begin.plus(3_600_000 * 20);
    assert_eq!(moment("10:05", begin, end), Some(begin.plus(55_000)));
    assert_eq!(moment("10:04", begin, end), Some(begin.plus(0)).map(|at| Millis(at.0 - 5_000)));
    assert_eq!(moment("02:00:01", begin, end), Some(begin.plus(57_356_000)));
    assert_eq!([moment("9:00", begin, end), moment("soon", begin, end), moment("25:00", begin, end)], [None; 3]);
}
