//! Configuration: `caribou.toml`, `CARIBOU_…`, flags. Each value knows where it comes from.

mod alert_timing;
mod directories;
mod error;
pub mod file;
mod firm;
mod group;
mod hook_secrets;
mod hooks;
pub mod keys;
mod kind;
mod load;
mod password;
mod probes;
mod profile;
mod prolonged;
mod settings;
mod target;
#[cfg(test)]
mod tests;
mod thresholds;
mod throttle;
mod value;
mod values;

pub use error::ConfigError;
pub use hook_secrets::{hook_names, hooks, notify_settings};
pub use load::{Config, Sources};
pub use probes::DeclaredProbe;
pub use settings::{Origin, Setting};
pub use target::{refuse_password_in_flag, target};
pub(crate) use throttle::throttle;
pub use value::{argv, duration};
pub use values::{ChecklistPolicy, Migrations, OnFailure};
