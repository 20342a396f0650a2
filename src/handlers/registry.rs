//! The types that there are.

use super::agent::Agent;
use super::doctrine::Doctrine;
use super::documentation::Documentation;
use super::module::Module;
use super::{Catalog, Fault, Handler, Subject};
use crate::database::DbError;
use crate::model::FileType;
use crate::source::Types;
use crate::sql;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The handlers, by name. The first handles a file of which nothing says anything.
#[derive(Debug, Clone)]
pub struct Handlers(Vec<Arc<dyn Handler>>);

impl Handlers {
    /// Doctrine, module, agent, documentation.
    pub fn standard() -> Handlers {
        Handlers(vec![Arc::new(Doctrine), Arc::new(Module::default()), Arc::new(Agent), Arc::new(Documentation)])
    }

    /// The same, with the prefixes of modules whose objects do not begin with the module's name and `_`.
    pub fn with_prefixes(self, prefixes: BTreeMap<String, String>) -> Handlers {
        self.with(Arc::new(Module { prefixes }))
    }

    /// The same and one more; of the same name it takes the other's place.
    pub fn with(mut self, handler: Arc<dyn Handler>) -> Handlers {
        self.0.retain(|known| known.source().name != handler.source().name);
        self.0.push(handler);
        self
    }

    /// What a directory has to know of them.
    pub fn types(&self) -> Types {
        Types::new(self.0.iter().map(|handler| handler.source()))
    }

    /// The handler with a name.
    pub fn find(&self, name: &str) -> Option<&Arc<dyn Handler>> {
        self.0.iter().find(|handler| handler.source().name == name)
    }

    /// The handler of a file that has been planned: the one that its text names, else the one of the type that it is
    /// recorded by.
    pub fn of(&self, text: &str, recorded_as: FileType) -> Arc<dyn Handler> {
        let named = sql::directives(text).ok().and_then(|directives| directives.file_type);
        let found = named.and_then(|name| self.find(&name)).or_else(|| self.find(recorded_as.as_str()));
        found.map_or_else(|| Arc::new(Doctrine), Arc::clone)
    }
}

impl Default for Handlers {
    fn default() -> Handlers {
        Handlers::standard()
    }
}

/// Validates a file before anything of it runs, as its handler does, and that it has no steps that its type does not have.
///
/// # Errors
/// The database's.
pub async fn validate_before(
    handler: &dyn Handler,
    file: &Subject<'_>,
    catalog: &mut Catalog<'_>,
) -> Result<Vec<Fault>, DbError> {
    let mut faults = foreign_steps(handler, file);
    faults.extend(handler.validate_before(file, catalog).await?);
    Ok(faults)
}

/// The statements of a file that only a type with steps of its own may have.
fn foreign_steps(handler: &dyn Handler, file: &Subject<'_>) -> Vec<Fault> {
    if handler.has_steps() {
        return Vec::new();
    }
    let scripts = [Some(file.script), file.back].into_iter().flatten();
    let own = scripts.flat_map(|script| &script.statements).filter(|statement| statement.analysis.kind.is_own());
    own.map(|statement| Fault::new(statement.line, format!("{}: take this statement out", handler.no_steps())))
        .collect()
}
