//! The six roles with real accounts: what a role may not do is refused by the server, whatever SQL is typed.

mod by_hand;
mod freeze;
mod inbox;
mod killed;
mod read_only;
mod runner;
mod seeing;
mod settings;
mod stamps;
mod standstill;
mod stress;
mod verbs;

use crate::support::{Fresh, PrivateServer, Project, Ran};
use caribou::database::{Database, ErrorKind, Purpose, Secret, Session, Target, connect};
use caribou::store::{Role, Store};
use std::process::Command;
use std::sync::Arc;

const PASSWORD: &str = "Secret.1";

/// A server with the schemas installed by the worker's account, and an account of each role.
struct Cast {
    fresh: Fresh,
    /// As root, who may look at everything.
    root: Arc<dyn Database>,
}

impl Cast {
    /// In a fresh place of the shared server.
    async fn of(fresh: Fresh) -> Cast {
        let root = fresh.database().await;
        let cast = Cast { fresh, root };
        let store = Store::new(cast.root.clone());
        for role in Role::GRANTED {
            cast.give(&store, role, cast.name(role)).await;
        }
        Store::new(cast.database(Role::Worker).await)
            .install()
            .await
            .expect("the worker's account installs the schemas");
        // Grants on procedures can be given when there are any.
        for role in Role::GRANTED {
            cast.run_all(store.grants(role, &cast.name(role), "127.0.0.1").expect("grants")).await;
        }
        cast
    }

    async fn in_server(server: &PrivateServer) -> Cast {
        Cast::of(Fresh::in_server(server)).await
    }

    /// Makes an account; the worker's has its role at once, to install with.
    async fn give(&self, store: &Store, role: Role, name: String) {
        let mut all = vec![format!("CREATE USER '{name}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'")];
        if role == Role::Worker {
            all.extend(store.grants(role, &name, "127.0.0.1").expect("grants"));
        }
        self.run_all(all).await;
    }

    async fn run_all(&self, statements: Vec<String>) {
        let mut root = self.session().await;
        for sql in statements {
            root.query_text(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        root.close().await;
    }

    /// A session of root.
    async fn session(&self) -> Box<dyn Session> {
        self.root.open(Purpose::Control).await.expect("root may connect")
    }

    /// The name of a role's account: one for each story.
    fn name(&self, role: Role) -> String {
        format!("{}_{}", role.as_str(), self.fresh.schemas().core)
    }

    async fn database(&self, role: Role) -> Arc<dyn Database> {
        let mut target: Target = self.fresh.target.clone();
        let address = target.address_mut().expect("a server");
        address.user = self.name(role);
        address.password = Some(Secret::new(PASSWORD));
        address.tls = Default::default();
        connect(&target).await.unwrap_or_else(|error| panic!("{role:?} may connect: {error}"))
    }

    /// The store as a role sees it.
    async fn store(&self, role: Role) -> Store {
        Store::new(self.database(role).await)
    }

    /// A session of a role for hand-written SQL.
    async fn by_hand(&self, role: Role) -> Box<dyn Session> {
        self.database(role).await.open(Purpose::Control).await.expect("it may connect")
    }

    fn orchestration(&self) -> &str {
        &self.fresh.schemas().orchestration
    }

    /// The first column of the first row, as root sees it.
    async fn number(&self, sql: &str) -> i64 {
        let mut root = self.session().await;
        let rows = root.query_text(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        root.close().await;
        rows.first().map_or(0, |row| row.get_i64(0))
    }

    /// The real binary in a project, as a role.
    fn command(&self, project: &Project, role: Role, arguments: &[&str]) -> Command {
        let mut command = project.command(arguments);
        command.env("CARIBOU_DATABASE_USER", self.name(role)).env("CARIBOU_PASSWORD", PASSWORD);
        command.env("CARIBOU_DATABASE_SSL_MODE", "preferred");
        command
    }

    fn run(&self, project: &Project, role: Role, arguments: &[&str]) -> Ran {
        self.command(project, role, arguments).output().expect("the binary can be run").into()
    }
}

/// The server says no, because of who asks and not of what was asked.
#[track_caller]
fn is_refused(sql: &str, answer: Result<impl Sized, caribou::database::DbError>) {
    match answer {
        Ok(_) => panic!("allowed: {sql}"),
        Err(error) => assert!(matches!(error.kind, ErrorKind::Privilege | ErrorKind::Auth), "{sql}: {error}"),
    }
}

async fn refused(session: &mut dyn Session, sql: &str) {
    is_refused(sql, session.query_text(sql).await);
}
