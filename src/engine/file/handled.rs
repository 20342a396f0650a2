//! What the handler of a file finds in it, before and after it runs.

use super::texts::FileText;
use crate::engine::inspector::Inspector;
use crate::handlers::{Catalog, Fault, Subject, validate_before};
use crate::model::{Class, File, FileType, Finding, ValidationPhase, ValidationStatus};
use crate::sql;
use std::collections::HashSet;
use std::time::Instant;

/// The name of the check.
const CHECK: &str = "file_type";

/// Lets the handler look. Nothing is said of a doctrine file that is in order: any statement may be in one.
pub(crate) async fn finding(
    inspector: &mut Inspector,
    file: &File,
    text: &FileText,
    phase: ValidationPhase,
) -> Option<Finding> {
    let begun = Instant::now();
    let database = inspector.store.database().as_ref();
    let handler = inspector.options.handlers.of(&text.source.up, file.file_type);
    let (core, made) = (database.schemas().core.as_str(), HashSet::new());
    let mut catalog = Catalog::new(Some(database), core, &made);
    let (script, back) = (text.up.as_ref(), text.down.as_deref());
    let (path, dialect) = (file.path.as_str(), inspector.dialect());
    let subject = Subject { path, text: &text.source.up, script, back, dialect, core };
    let faults = match phase {
        ValidationPhase::Pre => validate_before(handler.as_ref(), &subject, &mut catalog).await,
        ValidationPhase::During => return None,
        ValidationPhase::Post => handler.validate_after(&subject, &mut catalog).await,
    };
    catalog.close().await;
    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let check = CHECK.to_owned();
    let (status, class, result) = match faults {
        Err(error) => (ValidationStatus::Failed, None, format!("it could not be checked: {error}")),
        Ok(faults) if faults.is_empty() && handler.source().name == FileType::Doctrine.as_str() => return None,
        Ok(faults) if faults.is_empty() => (ValidationStatus::Passed, None, format!("as {}", handler.source().name)),
        Ok(faults) => {
            let (status, class) = worth(file.file_type, text, phase);
            (status, class, faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n"))
        }
    };
    Some(Finding { check, status, class, result, ms })
}

/// Before the file runs, a fault stops it; afterwards its class says what follows.
fn worth(file_type: FileType, text: &FileText, phase: ValidationPhase) -> (ValidationStatus, Option<Class>) {
    if phase == ValidationPhase::Pre {
        return (ValidationStatus::Failed, None);
    }
    let declared = sql::directives(&text.source.up).ok().and_then(|directives| directives.class);
    let declared = declared.and_then(|class| Class::parse(&class.to_string()));
    let class = declared.unwrap_or(file_type.usual_class());
    let status = if class == Class::A { ValidationStatus::Failed } else { ValidationStatus::Warning };
    (status, Some(class))
}
