//! Requests are taken up, and answered: nothing that stands in a row ends a second worker.
//!
//! Before anything is made of a row it is noted that a worker has taken it up. Should the row end that worker all the
//! same, the next one finds the note and refuses it. A plan that was handed over is examined as a whole before it
//! becomes a batch, and its policy is made what the schema's settings ask for.

use super::revalidate::revalidate;
use super::{examine, repair};
use crate::database::ErrorKind;
use crate::engine::EngineError;
use crate::engine::inspector::Inspector;
use crate::engine::runner::is_one_account;
use crate::engine::statement::reserved;
use crate::engine::worker::Worker;
use crate::model::{Command, Decision, Draft, Floor, Input, SourceText, Submission, Verb, decide};
use crate::sql::Language;
use crate::store::{RequestId, Settings, StoreError, are_grants_installed};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Rules that hold for every batch here.
struct Rules {
    floor: Floor,
    /// Files must run as an account of their own.
    needs_runner: bool,
}

/// The texts of a plan that may become a batch, or the reason why it may not.
pub(crate) type Admission = Result<Vec<SourceText>, String>;

/// Origin of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Made by this process.
    Own,
    /// Read from a row that somebody else wrote.
    Handed,
}

impl Worker {
    /// A command, from its row to its answer.
    pub(crate) async fn take_command(&mut self, command: Command) -> Result<(), EngineError> {
        let id = command.id;
        self.last_command = self.last_command.max(id);
        if !self.take_up(id).await? {
            return Ok(());
        }
        let carried_out = self.on_command(command).await;
        self.answer(id, carried_out, "it cannot be carried out").await
    }

    /// A decision, the same way.
    pub(crate) async fn take_decision(&mut self, decision: Decision) -> Result<(), EngineError> {
        let id = decision.id;
        self.last_decision = self.last_decision.max(id);
        if !self.take_up(id).await? {
            return Ok(());
        }
        let judged = self.decide_on(decision).await;
        self.answer(id, judged, "it cannot be judged").await
    }

    /// Notes that the request is in hand; false where a worker before this one ended with it.
    async fn take_up<I: RequestId>(&mut self, id: I) -> Result<bool, EngineError> {
        self.commit().await?;
        Ok(self.journal.take_up(id).await?)
    }

    /// Commits what came of a request, or refuses it where the trouble lies in what was asked.
    async fn answer<I: RequestId>(
        &mut self,
        id: I,
        done: Result<(), EngineError>,
        refusal: &str,
    ) -> Result<(), EngineError> {
        match done {
            Ok(()) => self.commit().await,
            Err(error) if self.is_of_what_was_asked(&error) => {
                tracing::error!(%error, request = ?id, "{refusal}");
                Ok(self.journal.refuse(id, format!("{refusal}: {error}")).await?)
            }
            Err(error) => Err(error),
        }
    }

    /// Tells whether an error speaks of what was asked, and not of the connection or the lease. Once anything was
    /// appended the journal cannot go on without it: then this worker ends, and the next one refuses the row.
    fn is_of_what_was_asked(&self, error: &EngineError) -> bool {
        let waits = error.database().is_some_and(|e| {
            !matches!(
                e.kind,
                ErrorKind::Syntax | ErrorKind::MissingObject | ErrorKind::Constraint | ErrorKind::Internal
            )
        });
        let is_lost = match error {
            EngineError::LeaseLost(_) | EngineError::StillRunning { .. } | EngineError::OtherServer(_) => true,
            EngineError::Store(StoreError::LeaseLost { .. } | StoreError::Poisoned { .. }) => true,
            _ => waits,
        };
        !is_lost && !self.journal.has_uncommitted()
    }

    async fn on_command(&mut self, mut command: Command) -> Result<(), EngineError> {
        let is_held = self.journal.world().system.other.is_some();
        if matches!(command.verb, Verb::Freeze | Verb::Thaw { .. }) && !is_held {
            return self.take_freeze_command(command).await;
        }
        if let Some(files) = repair::named(&command).filter(|_| !is_held) {
            return self.take_repair(command, &files).await;
        }
        let mut texts = Vec::new();
        if let Some(plan) = command.submission.as_mut() {
            match self.admit(plan, Source::Handed).await? {
                Ok(admitted) => texts = admitted,
                Err(reason) => return Ok(self.journal.refuse(command.id, reason).await?),
            }
        } else if self.journal.world().batch(command.batch).is_none() {
            // A retry may speak of a batch that has ended.
            self.journal.load(command.batch).await?;
        }
        if matches!(command.verb, Verb::RollBack { .. }) {
            self.load_from(command.batch).await?;
        }
        let before = self.journal.world().ids.batch;
        self.apply_request(Input::Commanded(command))?;
        if self.journal.world().ids.batch > before {
            self.store_texts(texts).await?;
        }
        Ok(())
    }

    /// Decides on what somebody asked: a defect in deciding is an answer, and not the worker's end.
    pub(crate) fn apply_request(&mut self, input: Input) -> Result<(), EngineError> {
        let world = self.journal.world();
        let decided = catch_unwind(AssertUnwindSafe(|| decide(world, input))).map_err(|_| EngineError::Panicked)?;
        let drafts: Vec<Draft> = decided?;
        self.journal.append(drafts);
        Ok(())
    }

    /// Keeps the texts of a plan that has been accepted, before that is durable.
    pub(crate) async fn store_texts(&mut self, texts: Vec<SourceText>) -> Result<(), EngineError> {
        self.journal.put_texts(&texts).await?;
        self.inspector.texts.add(texts);
        Ok(())
    }

    /// Makes a plan what may become a batch here, and gives its texts.
    pub(crate) async fn admit(&mut self, plan: &mut Submission, from: Source) -> Result<Admission, EngineError> {
        let rules = self.rules().await?;
        if rules.needs_runner && is_one_account(&self.inspector.store).await? {
            return Ok(Err(ONE_ACCOUNT.to_owned()));
        }
        let language = Language::new(self.inspector.dialect(), &self.inspector.store.database().globals())
            .with(&plan.policy.session);
        let examined = match from {
            Source::Own => examine::texts(&plan.texts),
            Source::Handed => catch_unwind(AssertUnwindSafe(|| examine::examine(plan, &language)))
                .unwrap_or_else(|_| Err("it cannot be examined".to_owned())),
        };
        // What was asked for is examined, and what will be is at least as strict.
        plan.policy.keep_to(&rules.floor);
        let reserved = || {
            let reached =
                |text: &SourceText| reserved::reached(&self.inspector.store, text, &language.for_file(&text.up));
            plan.texts.iter().find_map(|text| Some((text, reached(text)?)))
        };
        let settings = || reserved::in_settings(&self.inspector.store, &plan.policy.session);
        let refused = match (examined, reserved(), settings()) {
            (Err(reason), _, _) => Some(format!("the plan cannot become a batch: {reason}")),
            (Ok(()), Some((text, reached)), _) => Some(format!("{}: {}", text.path, reached.message)),
            (Ok(()), None, Some(message)) => Some(message),
            (Ok(()), None, None) => None,
        };
        if let Some(reason) = refused {
            return Ok(Err(reason));
        }
        if let Err(error) = self.journal.check_texts(&plan.texts) {
            return Ok(Err(error.to_string()));
        }
        let Inspector { reader, .. } = &mut self.inspector;
        revalidate(reader, self.journal.world(), plan).await?;
        Ok(Ok(std::mem::take(&mut plan.texts)))
    }

    async fn rules(&mut self) -> Result<Rules, EngineError> {
        let store = self.inspector.store.clone();
        let session = self.inspector.reader.session();
        let settings = Settings::read(session, &store).await?;
        let guarded = are_grants_installed(session, &store).await?;
        Ok(Rules { floor: settings.floor(guarded), needs_runner: settings.needs_runner(guarded) })
    }
}

const ONE_ACCOUNT: &str = "the environment is production and needs four eyes, and here files run as the worker's own \
     account, which may change the journal: give them an account of their own ([runner] in the worker's caribou.toml; \
     `caribou schema grants runner USER@HOST`)";
