//! A tape: what a screen has to know of a recording beside its events.

use super::drill::Question;
use super::error::Damage;
use super::facts::Facts;
use super::matter::Matter;
use super::player::Player;
use super::timeline::Timeline;

/// Facts, time and what matters of a recording; they do not change while it plays, unless a note is put.
#[derive(Debug, Clone, PartialEq)]
pub struct Tape {
    pub facts: Facts,
    pub timeline: Timeline,
    pub matters: Vec<Matter>,
    pub damage: Option<Damage>,
    /// Number of events that can be played.
    pub events: u64,
    /// Where it is a drill.
    pub drill: Option<Drill>,
}

/// A drill: who answers which questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drill {
    pub trainee: Option<String>,
    pub questions: Vec<Question>,
}

impl Tape {
    /// The tape of what a player plays.
    pub fn new(player: &Player, drill: Option<Drill>) -> Tape {
        let recording = player.recording();
        Tape {
            facts: recording.facts().clone(),
            timeline: player.timeline().clone(),
            matters: recording.matters().to_vec(),
            damage: recording.damage().cloned(),
            events: recording.events(),
            drill,
        }
    }
}
