//! The score sheet: what somebody would have done, beside what was done.

use super::questions::Question;
use crate::model::Millis;
use std::fmt::Write;

/// An answer beside what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    Same,
    /// It can be argued: whoever leads the drill decides.
    Arguable,
    Otherwise,
}

impl Grade {
    /// The sign on the sheet.
    pub fn sign(self) -> &'static str {
        match self {
            Grade::Same => "=",
            Grade::Arguable => "≈",
            Grade::Otherwise => "≠",
        }
    }

    fn next(self) -> Grade {
        match self {
            Grade::Same => Grade::Otherwise,
            Grade::Otherwise => Grade::Arguable,
            Grade::Arguable => Grade::Same,
        }
    }
}

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Number of the question, from 0.
    pub question: usize,
    /// In the words of the choice, or as it was typed.
    pub said: String,
    /// Time for thinking, in milliseconds.
    pub ms: u64,
    pub grade: Grade,
    /// True if it was typed: its grade can be changed.
    pub typed: bool,
}

/// The questions of a drill and the answers so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    pub batch: String,
    pub trainee: Option<String>,
    pub questions: Vec<Question>,
    pub answers: Vec<Answer>,
}

impl Sheet {
    /// Keeps an answer: a choice by its place, or a text.
    pub fn answer(&mut self, question: usize, choice: Option<usize>, typed: &str, ms: u64) {
        let Some(asked) = self.questions.get(question) else { return };
        let act = choice.and_then(|n| asked.choices.get(n));
        let grade = match act {
            Some(act) if *act == asked.done => Grade::Same,
            Some(_) => Grade::Otherwise,
            None => Grade::Arguable,
        };
        let said = act.map_or_else(|| typed.trim().to_owned(), |act| act.word().to_owned());
        self.answers.push(Answer { question, said, ms, grade, typed: act.is_none() });
    }

    /// Changes the grade of an answer that was typed; false where it was chosen.
    pub fn judge(&mut self, answer: usize) -> bool {
        match self.answers.get_mut(answer) {
            Some(answer) if answer.typed => {
                answer.grade = answer.grade.next();
                true
            }
            _ => false,
        }
    }

    /// The question that stands at a stop, and is not answered.
    pub fn asked_at(&self, stop: u64) -> Option<usize> {
        let place = self.questions.iter().position(|question| question.stop == stop)?;
        self.answers.iter().all(|answer| answer.question != place).then_some(place)
    }

    /// `3 of 5 as they did · 1 otherwise · 1 can be argued · median 31 s`
    pub fn summary(&self) -> String {
        let count = |grade| self.answers.iter().filter(|answer| answer.grade == grade).count();
        let mut words = format!(
            "{} of {} as they did · {} otherwise · {} can be argued",
            count(Grade::Same),
            self.answers.len(),
            count(Grade::Otherwise),
            count(Grade::Arguable)
        );
        let mut times: Vec<u64> = self.answers.iter().map(|answer| answer.ms).collect();
        times.sort_unstable();
        if let Some(median) = times.get(times.len() / 2) {
            // Writing to a string cannot fail.
            let _ = write!(words, " · median {} s", median / 1000);
        }
        words
    }

    /// The sheet as Markdown.
    pub fn markdown(&self, today: Millis) -> String {
        let day = today.to_utc().format("%Y-%m-%d");
        let trainee = self.trainee.as_deref().unwrap_or("not named");
        let mut text =
            format!("# Drill: {}\n\nTrainee: {}, {day}\n\n{}\n\n", cell(&self.batch), cell(trainee), self.summary());
        text.push_str(
            "| | when | what happened | you said | was done | your time | theirs |\n|---|---|---|---|---|---|---|\n",
        );
        for answer in &self.answers {
            let Some(asked) = self.questions.get(answer.question) else { continue };
            let when = asked.at.to_utc().format("%H:%M:%S");
            let line = [
                answer.grade.sign().to_owned(),
                when.to_string(),
                cell(&asked.title),
                cell(&answer.said),
                cell(&asked.done_words()),
                minutes(Some(answer.ms)),
                minutes(asked.their_ms),
            ];
            text.push_str(&format!("| {} |\n", line.join(" | ")));
        }
        for answer in &self.answers {
            let Some(asked) = self.questions.get(answer.question) else { continue };
            text.push_str(&format!("\n## {}: {}\n\n", asked.at.to_utc().format("%H:%M:%S"), cell(&asked.title)));
            asked.situation.iter().for_each(|line| text.push_str(&format!("> {}\n", cell(line))));
            text.push_str(&format!(
                "\nYou: {}. They: {}. {}\n",
                cell(&answer.said),
                cell(&asked.done_words()),
                asked.done.lesson()
            ));
        }
        text
    }
}

impl Question {
    /// What was done, and by whom.
    pub fn done_words(&self) -> String {
        match &self.by {
            Some(by) => format!("{}, by {by}", self.done.word()),
            None => self.done.word().to_owned(),
        }
    }
}

/// `1:04`, `-` where there is none.
pub fn minutes(ms: Option<u64>) -> String {
    ms.map_or_else(|| "-".to_owned(), |ms| format!("{}:{:02}", ms / 60_000, ms / 1000 % 60))
}

/// A text that stays in its cell and is no markup.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '|' | '<' | '>' | '*' | '_' | '`' | '[' | ']' | '#' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
