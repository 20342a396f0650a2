//! The worker freezes and thaws. What is about to be done is durable before it is done.

use super::read_only::Set;
use super::{drain, reach, read_only};
use crate::database::{ErrorKind, Purpose, ServerKind, is_read_only, may_set_read_only, server_facts, set_read_only};
use crate::engine::EngineError;
use crate::engine::worker::Worker;
use crate::model::{BatchId, FreezeMeans, FreezeStep, Input, user_of};

/// A freeze that is wanted.
pub(super) struct Wanted {
    pub(super) reason: String,
    /// The batch whose policy wants it.
    pub(super) batch: Option<BatchId>,
    /// The account of the operator who wants it.
    pub(super) operator: Option<String>,
}

/// Why a server that others made read-only is let alone.
const FOREIGN: &str = "the server is read_only, and no journal of ours says so: it was set by others, or this is a replica; \
     it is not ours to set, nor to lift";

impl Worker {
    /// Freezes by the best means; nothing of ours is under way. `Err`: why it is not frozen, and nothing is changed then.
    pub(super) async fn freeze(&mut self, wanted: Wanted) -> Result<Result<(), String>, EngineError> {
        let frozen = match self.inspector.kind() {
            ServerKind::Sqlite => self.freeze_file(wanted).await?,
            ServerKind::MariaDb | ServerKind::MySql => self.freeze_server(wanted).await?,
        };
        self.freezing.is_busy();
        Ok(frozen)
    }

    async fn freeze_file(&mut self, wanted: Wanted) -> Result<Result<(), String>, EngineError> {
        if !self.freezing.lock.take(&self.inspector.store).await? {
            return Ok(Err(
                "another program writes to the core file and has not ended within 3 s: ask again".to_owned()
            ));
        }
        self.step(self.begun(FreezeMeans::WriteLock, &wanted), wanted.operator.clone()).await?;
        let reach = vec![
            "every other program that writes to the core file: it waits, and fails with `database is locked`"
                .to_owned(),
            "while files run, its write can come between two statements".to_owned(),
        ];
        self.step(FreezeStep::Proven { proof: super::write_lock::PROOF.to_owned(), reach }, wanted.operator).await?;
        Ok(Ok(()))
    }

    async fn freeze_server(&mut self, wanted: Wanted) -> Result<Result<(), String>, EngineError> {
        let mut session = self.inspector.store.database().open(Purpose::Control).await?;
        if is_read_only(session.as_mut()).await? {
            session.close().await;
            return Ok(Err(FOREIGN.to_owned()));
        }
        // It may have become one since the worker began.
        if let Some(source) = server_facts(session.as_mut()).await?.replicates_from.first() {
            session.close().await;
            return Ok(Err(format!(
                "this server is a replica of {source}: what keeps others from writing to it is not ours to set; freeze its source"
            )));
        }
        if !may_set_read_only(session.as_mut()).await? {
            session.close().await;
            let account = self.inspector.store.database().account();
            let why = format!("{account} may not set read_only: `caribou schema grants worker` says what it lacks");
            return self.announce(wanted, why).await.map(Ok);
        }
        let own = self.inspector.sessions.connections();
        if let Err(open) = drain::drained(session.as_mut(), &own).await? {
            session.close().await;
            return Ok(Err(open));
        }
        self.step(self.begun(FreezeMeans::ReadOnly, &wanted), wanted.operator.clone()).await?;
        self.freezing.guard.set();
        let set = read_only::set(&self.inspector.store, session.as_mut()).await?;
        let frozen = match set {
            Set::Proven(proof) => {
                let user = user_of(self.inspector.store.database().account()).to_owned();
                let reach = reach::reach(session.as_mut(), &user).await?;
                self.step(FreezeStep::Proven { proof, reach }, wanted.operator).await?;
                Ok(())
            }
            Set::Not(why) => {
                self.not_set(&why).await?;
                Err(why)
            }
            Set::StopsOurs(why) => {
                self.not_set(&why).await?;
                self.announce(wanted, why).await?;
                Ok(())
            }
        };
        session.close().await;
        Ok(frozen)
    }

    /// What was about to be set is not.
    async fn not_set(&mut self, why: &str) -> Result<(), EngineError> {
        self.freezing.guard.clear();
        let proof = "nothing of it is in force".to_owned();
        self.step(FreezeStep::Thawed { reason: why.to_owned(), proof }, None).await
    }

    /// Nothing but the word: everybody is told why.
    async fn announce(&mut self, wanted: Wanted, why: String) -> Result<(), EngineError> {
        self.step(self.begun(FreezeMeans::Advisory, &wanted), wanted.operator.clone()).await?;
        let reach = vec!["nobody is kept from writing".to_owned()];
        self.step(FreezeStep::Proven { proof: format!("ADVISORY: {why}"), reach }, wanted.operator).await?;
        self.tell_freeze("the freeze is advisory", why).await
    }

    fn begun(&self, means: FreezeMeans, wanted: &Wanted) -> FreezeStep {
        let holder = self.inspector.options.holder.clone();
        FreezeStep::Begun {
            means,
            reason: wanted.reason.clone(),
            batch: wanted.batch,
            token: self.journal.token(),
            holder,
        }
    }

    /// Lets others write again. Reading it back says whether that is so.
    pub(super) async fn thaw(&mut self, reason: String, operator: Option<String>) -> Result<(), EngineError> {
        let Some(freeze) = self.journal.world().system.frozen() else { return Ok(()) };
        let means = freeze.means;
        self.step(FreezeStep::ThawBegun { reason: reason.clone() }, operator.clone()).await?;
        let proof = match means {
            FreezeMeans::ReadOnly => self.lift().await?,
            FreezeMeans::WriteLock => {
                self.freezing.lock.release().await;
                "the write lock is not taken any more"
            }
            FreezeMeans::Advisory => "nobody was kept from writing",
        };
        self.freezing.file = None;
        self.step(FreezeStep::Thawed { reason, proof: proof.to_owned() }, operator).await
    }

    /// Lifts `read_only`, and reads it back.
    pub(super) async fn lift(&mut self) -> Result<&'static str, EngineError> {
        let mut session = self.inspector.store.database().open(Purpose::Control).await?;
        let was_on = is_read_only(session.as_mut()).await?;
        if was_on {
            set_read_only(session.as_mut(), false).await?;
        }
        let stands = is_read_only(session.as_mut()).await?;
        session.close().await;
        if stands {
            let why = "the server took SET GLOBAL read_only = 0, and is still read_only";
            return Err(crate::database::DbError::new(ErrorKind::Internal, "lift the freeze", why).into());
        }
        self.freezing.guard.clear();
        Ok(if was_on { "@@GLOBAL.read_only read back as 0" } else { "@@GLOBAL.read_only was 0 already" })
    }

    /// One step, durable.
    pub(super) async fn step(&mut self, change: FreezeStep, operator: Option<String>) -> Result<(), EngineError> {
        self.apply_input(Input::FreezeStepped { change, operator })?;
        self.commit().await
    }

    /// Tells people, durably.
    pub(super) async fn tell_freeze(&mut self, title: &'static str, message: String) -> Result<(), EngineError> {
        self.apply_input(Input::FreezeAlert { title, message })?;
        self.commit().await
    }
}
