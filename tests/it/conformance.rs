//! One interface, three servers: what every server must do alike.

mod ending;
mod failing;
mod inspecting;
mod knowing;
mod native;
mod sqlite_files;
mod sqlite_killed;
mod values;
