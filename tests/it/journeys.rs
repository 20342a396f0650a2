//! Journeys from end to end: what people live through with a migration, each told whole.

mod again;
mod host;
mod other_server;
mod upgrade;
