//! Delivery of alerts: by a command, a webhook or e-mail, beside the engine and never in its way.
//!
//! The rows of `migration_alerts` are what there is to tell, and rows of the ephemeral `job_queue` say what was told,
//! when, and by which hook. So nothing waits in memory: after a restart what is still to be told is found again, and what
//! was told is not told twice, but for a crash between the two; each telling has a key by which a receiver knows it again.
//!
//! | file | is |
//! |---|---|
//! | `settings` | hooks as they are configured |
//! | `message` | what a hook is told: JSON, the form of Slack, a mail's subject and text |
//! | `due` | which hook is to be told what |
//! | `command`, `webhook`, `mail` | the ways |
//! | `deliver` | one telling by the way of its hook |
//! | `notifier` | the task: looks, tells, tries again |

mod command;
mod deliver;
mod due;
mod mail;
mod message;
mod notifier;
mod settings;
mod webhook;

pub use command::run as run_command;
pub use deliver::deliver;
pub use message::AlertMessage;
pub use notifier::{HookReport, Wake, notify};
pub use settings::{Hook, HookAddress, NotifySettings, WebhookFormat};
