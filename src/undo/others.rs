//! Changes of others between two looks of ours: put into all versions before them, as if they had always been so. Then
//! what stood before the file has them too, and nothing that leads back there takes them away.
//!
//! Where ours and theirs are about the same part, or the object goes with the file that made it, they cannot stay: that
//! is told, and somebody decides.

use super::history::DefinitionHistory;
use super::part_change::PartChange;
use super::parts::{changes, with};
use super::restored::is_written;
use super::theirs::Gap;
use crate::model::RecordedDefinition;
use crate::sql::{AlterOperation, Dialect, How, ObjectKind, Statement, identifiers};
use crate::undo::named;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the statements that are ours: the file's, its script's and those that were derived.
#[derive(Debug, Default)]
pub(crate) struct Ours {
    /// Names that the objects had one after the other.
    renames: Vec<[String; 2]>,
    /// True if something gets another name: what speaks of it is written anew by the server.
    renames_something: bool,
    /// Names in the texts, in lower case.
    words: BTreeSet<String>,
    /// True if none of them can change a definition.
    only_rows: bool,
    /// Names in the texts of other files whose doing is none of others.
    beside: BTreeSet<String>,
}

impl Ours {
    pub(crate) fn new<'s>(statements: impl IntoIterator<Item = &'s Statement>, dialect: Dialect) -> Ours {
        use AlterOperation::{ChangeColumn, RenameColumn};
        let mut ours = Ours { only_rows: true, ..Ours::default() };
        for statement in statements {
            let analysis = &statement.analysis;
            ours.only_rows &= !(analysis.kind.is_ddl() || analysis.kind.is_opaque() || analysis.flags.partial);
            let with = |how| analysis.touches.iter().filter(move |touch| touch.how == how).map(|touch| &touch.object);
            ours.renames.extend(with(How::RenamesFrom).zip(with(How::RenamesTo)).map(|(a, b)| [named(a), named(b)]));
            let is_rename = |o: &AlterOperation| match o {
                ChangeColumn { from, to } => from != to,
                other => matches!(other, RenameColumn { .. }),
            };
            ours.renames_something |= analysis.operations.iter().any(is_rename);
            ours.words.extend(identifiers(&statement.sql, dialect).iter().map(|word| word.to_lowercase()));
        }
        ours.renames_something |= !ours.renames.is_empty();
        ours
    }

    /// The same, where other files stand beside it in whose texts these names are.
    pub(crate) fn beside(self, names: &BTreeSet<String>) -> Ours {
        Ours { beside: names.clone(), ..self }
    }

    /// The names in the texts, in lower case.
    pub(crate) fn into_words(self) -> BTreeSet<String> {
        self.words
    }

    /// True if another file beside it names the part.
    fn is_of_another(&self, change: &PartChange) -> bool {
        self.beside.contains(&change.name().to_lowercase())
    }

    /// An object, and the other names that it had.
    fn family(&self, object: &str) -> Vec<String> {
        let source = object.strip_prefix(SOURCE);
        let as_table = |name: &str| format!("{} {name}", ObjectKind::Table.as_str());
        let mut all = vec![source.map_or_else(|| object.to_owned(), as_table)];
        loop {
            let is_in = |name: &String| all.iter().any(|one| one.eq_ignore_ascii_case(name));
            let next = self.renames.iter().find_map(|[a, b]| match (is_in(a), is_in(b)) {
                (true, false) => Some(b.clone()),
                (false, true) => Some(a.clone()),
                _ => None,
            });
            match next {
                Some(next) => all.push(next),
                None => break,
            }
        }
        if source.is_some() {
            let table = as_table("");
            all.iter_mut().for_each(|name| *name = format!("{SOURCE}{}", name.trim_start_matches(&table)));
        }
        all
    }

    /// True if a change of what was never looked at after a statement of ours is certainly none of it.
    fn is_foreign(&self, change: &PartChange) -> bool {
        let name = change.name().to_lowercase();
        self.only_rows || (change.was.is_none() && !change.is_whole() && !self.words.contains(&name))
    }

    /// True if the server may have written it anew because something else got another name.
    fn may_be_rewritten(&self, change: &PartChange, dialect: Dialect) -> bool {
        let speaks = change.is_whole() || change.part.starts_with("constraint ");
        dialect.is_mysql_family() && self.renames_something && speaks && change.was.is_some() && change.is.is_some()
    }
}

const SOURCE: &str = "source of ";

/// The objects that stand again as they did before others changed them: that is over, whatever it was.
fn put_back(gaps: &[Gap]) -> BTreeSet<String> {
    let mut ends: BTreeMap<&str, [&Gap; 2]> = BTreeMap::new();
    for gap in gaps {
        ends.entry(&gap.object).and_modify(|[_, last]| *last = gap).or_insert([gap, gap]);
    }
    let is_over = |[first, last]: &[&Gap; 2]| first.from == last.to;
    ends.into_iter().filter(|(_, ends)| is_over(ends)).map(|(object, _)| object.to_owned()).collect()
}

impl DefinitionHistory {
    /// The history as if all that others have changed between our looks had always been so; `now` is how things stand.
    pub(crate) fn with_others(
        mut self,
        now: &[RecordedDefinition],
        ours: &Ours,
        dialect: Dialect,
    ) -> DefinitionHistory {
        for RecordedDefinition { object, text } in now {
            self.gap(None, object, text.as_deref());
        }
        let gaps = self.take_gaps();
        let put_back = put_back(&gaps);
        for gap in gaps {
            if put_back.contains(&gap.object) || self.is_of_a_view(&gap) {
                continue;
            }
            for change in changes(gap.from.as_deref(), gap.to.as_deref(), dialect) {
                if !(self.is_followed(&gap.object) || ours.is_foreign(&change))
                    || ours.may_be_rewritten(&change, dialect)
                    || ours.is_of_another(&change)
                {
                    continue;
                }
                self.put_in(&gap, &change, ours, dialect);
            }
        }
        self
    }

    /// True if what came or went under a table's name is a view that has a history of its own: both have one name space,
    /// and a server that is asked for the table shows the view.
    fn is_of_a_view(&self, gap: &Gap) -> bool {
        let is_view = |text: &String| !text.starts_with("CREATE TABLE") && text.contains(" VIEW ");
        let alone = match (&gap.from, &gap.to) {
            (Some(text), None) | (None, Some(text)) => is_view(text),
            _ => false,
        };
        let Some(name) = gap.object.strip_prefix("table ").filter(|_| alone) else { return false };
        self.first(&format!("view {name}")).is_some()
    }

    fn put_in(&mut self, gap: &Gap, change: &PartChange, ours: &Ours, dialect: Dialect) {
        let family = ours.family(&gap.object);
        let stood = family.iter().any(|name| self.first(name).flatten().is_some());
        let put = self.rebased(gap, change, &family, dialect);
        if put.is_none() || !stood {
            self.others.lost.insert((gap.object.clone(), change.part.to_lowercase()), change.clone());
        }
        if put.is_some() {
            for name in family.iter().filter(|name| !change.is_whole() || **name == gap.object) {
                self.put_into_undone(name, change, dialect);
            }
        }
        for (name, at, text) in put.unwrap_or_default() {
            let first = self.first(&name).map(|text| text.map(str::to_owned));
            if let Some(first) = first {
                self.others.first.entry(name.clone()).or_insert(first);
            }
            if let Some(version) = self.versions_mut(&name).get_mut(at) {
                version.text = text;
            }
        }
    }

    /// The versions before a change of others, with that in them; `None` where one has something else there.
    fn rebased(
        &self,
        gap: &Gap,
        change: &PartChange,
        family: &[String],
        dialect: Dialect,
    ) -> Option<Vec<(String, usize, Option<String>)>> {
        let mut put = Vec::new();
        for name in family.iter().filter(|name| !change.is_whole() || **name == gap.object) {
            for (at, version) in self.versions(name).iter().enumerate() {
                if gap.before.is_some_and(|before| version.after.is_some_and(|after| after >= before)) {
                    continue;
                }
                match &version.text {
                    text if change.is_whole() && !version.found => {
                        // As a whole it is theirs only where nothing of ours ever changed it.
                        (*text == change.was).then_some(())?;
                        put.push((name.clone(), at, change.is.clone()));
                    }
                    None => {}
                    Some(_) if change.is_whole() => {}
                    Some(text) => put.push((name.clone(), at, Some(with(text, change, dialect)?))),
                }
            }
        }
        Some(put)
    }

    /// What others have changed and an undo leaves as they made it.
    pub(crate) fn left_alone(&self, dialect: Dialect) -> Vec<String> {
        let names = self.others.first.keys().filter(|name| !is_written(name));
        let mut told = Vec::new();
        for name in names {
            let first = self.others.first.get(name).and_then(Option::as_deref);
            let with_theirs = self.first(name).flatten();
            told.extend(changes(first, with_theirs, dialect).iter().map(|change| change.sentence(name)));
        }
        told
    }

    /// What others have made that an undo would take away, by object.
    pub(crate) fn overwritten(&self) -> impl Iterator<Item = (&str, &PartChange)> {
        let theirs = self.others.lost.iter().filter(|((name, _), change)| change.is.is_some() && !is_written(name));
        theirs.map(|((name, _), change)| (name.as_str(), change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BatchId, Event, EventKind, FileId, Millis, Phase, Seq};
    use crate::sql::statements;

    const BEFORE: &str = "CREATE TABLE `t` (\n  `a` int(11) DEFAULT NULL\n) ENGINE=InnoDB";
    const OURS: &str = "CREATE TABLE `t` (\n  `a` int(11) DEFAULT NULL,\n  `x` int(11) DEFAULT NULL\n) ENGINE=InnoDB";
    const BOTH: &str = "CREATE TABLE `t` (\n  `a` int(11) DEFAULT NULL,\n  `x` int(11) DEFAULT NULL,\n  `theirs` int(11) DEFAULT NULL\n) ENGINE=InnoDB";
    const THEIRS: &str =
        "CREATE TABLE `t` (\n  `a` int(11) DEFAULT NULL,\n  `theirs` int(11) DEFAULT NULL\n) ENGINE=InnoDB";

    fn table(text: Option<&str>) -> Vec<RecordedDefinition> {
        vec![("table t".to_owned(), text.map(str::to_owned)).into()]
    }

    fn event(kind: EventKind) -> Event {
        Event { batch: BatchId(1), seq: Seq(1), at: Millis(0), operator: None, kind }
    }

    fn captured(text: Option<&str>) -> Event {
        let (file, fingerprint, definitions) = (FileId(1), "1:".into(), table(text));
        let kind = EventKind::FileCaptured {
            file,
            fingerprint,
            definitions,
            orphans: None,
            relations: Vec::new(),
            before: None,
        };
        event(kind)
    }

    fn started(phase: Phase, statement: u32, found: Vec<RecordedDefinition>) -> Event {
        event(EventKind::StatementStarted {
            file: FileId(1),
            statement,
            phase,
            hash: crate::model::Checksum(String::new()),
            line: 1,
            fingerprint: "1:".into(),
            connection: 1,
            kept: Vec::new(),
            shares: false,
            found,
        })
    }

    fn finished(phase: Phase, statement: u32, text: Option<&str>) -> Event {
        event(EventKind::StatementFinished {
            file: FileId(1),
            statement,
            phase,
            rows: 0,
            ms: 0,
            warnings: Vec::new(),
            fingerprint: "1:".into(),
            definitions: table(text),
            kept: Vec::new(),
        })
    }

    fn with_others(events: &[Event], now: Option<&str>, sql: &str) -> DefinitionHistory {
        let statements = statements(sql, Dialect::MariaDb).unwrap();
        let ours = Ours::new(&statements, Dialect::MariaDb);
        DefinitionHistory::from_events(events).with_others(&table(now), &ours, Dialect::MariaDb)
    }

    const ADDS: &str = "ALTER TABLE t ADD x INT";
    const TOLD: &str = "the column theirs of table t was added";

    #[test]
    fn what_others_add_after_the_file_belongs_to_what_stood_before_it() {
        let events =
            [captured(Some(BEFORE)), started(Phase::Forward, 0, vec![]), finished(Phase::Forward, 0, Some(OURS))];
        let history = with_others(&events, Some(BOTH), ADDS);
        assert_eq!(history.first("table t"), Some(Some(THEIRS)));
        assert_eq!(history.last("table t"), Some(Some(BOTH)));
        assert_eq!(history.left_alone(Dialect::MariaDb), [TOLD]);
        assert_eq!(history.overwritten().count(), 0);
        assert_eq!(with_others(&events, Some(OURS), ADDS).left_alone(Dialect::MariaDb), [""; 0]);
    }

    #[test]
    fn what_others_add_in_the_middle_of_an_undo_stays_too() {
        let events = [
            captured(Some(BEFORE)),
            finished(Phase::Forward, 0, Some(OURS)),
            started(Phase::Undo, 0, table(Some(BOTH))),
            finished(Phase::Undo, 0, Some(THEIRS)),
        ];
        let history = with_others(&events, Some(THEIRS), ADDS);
        assert_eq!(history.first("table t"), Some(Some(THEIRS)));
        assert_eq!(history.left_alone(Dialect::MariaDb), [TOLD]);
    }

    #[test]
    fn what_others_add_between_two_statements_is_none_of_the_second() {
        let events = [
            captured(Some(BEFORE)),
            started(Phase::Forward, 0, table(Some(THEIRS))),
            finished(Phase::Forward, 0, Some(BOTH)),
        ];
        let history = with_others(&events, Some(BOTH), ADDS);
        assert_eq!(history.before("table t", 0), Some(Some(THEIRS)));
        assert_eq!(history.first("table t"), Some(Some(THEIRS)));
    }

    #[test]
    fn what_goes_with_its_table_or_is_ours_too_is_not_left_alone() {
        let made = [captured(None), finished(Phase::Forward, 0, Some(OURS))];
        let history = with_others(&made, Some(BOTH), "CREATE TABLE t (a INT, x INT)");
        assert_eq!(history.first("table t"), Some(None));
        assert_eq!(history.overwritten().map(|(name, change)| change.sentence(name)).collect::<Vec<_>>(), [TOLD]);
        let wider = OURS.replace("`x` int(11)", "`x` bigint(20)");
        let added = [captured(Some(BEFORE)), finished(Phase::Forward, 0, Some(OURS))];
        let history = with_others(&added, Some(&wider), ADDS);
        assert_eq!(history.first("table t"), Some(Some(BEFORE)));
        assert_eq!(history.overwritten().count(), 1);
    }

    #[test]
    fn steps_that_were_rolled_back_are_nobodys_change() {
        let undone = EventKind::TransactionUndone {
            file: FileId(1),
            phase: Phase::Undo,
            from: 0,
            effect: crate::model::Effect::None,
            evidence: String::new(),
        };
        let events = [
            captured(Some(BEFORE)),
            finished(Phase::Forward, 0, Some(OURS)),
            finished(Phase::Undo, 0, Some(BEFORE)),
            event(undone),
        ];
        let history = with_others(&events, Some(OURS), ADDS);
        assert_eq!((history.left_alone(Dialect::MariaDb).len(), history.overwritten().count()), (0, 0));
    }

    #[test]
    fn a_table_keeps_what_others_gave_it_under_its_other_name() {
        let now = |t: Option<&str>, u: Option<&str>| {
            let of = |name: &str, text: Option<&str>| (format!("table {name}"), text.map(str::to_owned)).into();
            vec![of("t", t), of("u", u)]
        };
        let renamed = |text: &str| text.replace("`t`", "`u`");
        let mut events = [captured(Some(BEFORE)), finished(Phase::Forward, 0, None)];
        let ours = renamed(BEFORE);
        for (event, text) in events.iter_mut().zip([None, Some(ours.as_str())]) {
            let (EventKind::FileCaptured { definitions, .. } | EventKind::StatementFinished { definitions, .. }) =
                &mut event.kind
            else {
                continue;
            };
            definitions.push(("table u".to_owned(), text.map(str::to_owned)).into());
        }
        let statements = statements("RENAME TABLE t TO u", Dialect::MariaDb).unwrap();
        let ours = Ours::new(&statements, Dialect::MariaDb);
        let history = DefinitionHistory::from_events(&events);
        let history = history.with_others(&now(None, Some(&renamed(THEIRS))), &ours, Dialect::MariaDb);
        assert_eq!(history.first("table t"), Some(Some(THEIRS)));
        assert_eq!(history.left_alone(Dialect::MariaDb), [TOLD]);
        assert_eq!(history.overwritten().count(), 0);
    }
}
