//! Integration tests: one module per story, all in one binary, so that they share their private servers.

mod bad_configuration;
mod checks;
mod conformance;
mod engine;
mod layers;
mod private_servers;
mod real_input;
mod store;
mod support;
mod terminal;
