//! Integration tests: one module per story, all in one binary, so that they share their private servers.

mod bad_configuration;
mod checks;
mod cli_bad_input;
mod cli_demo;
mod cli_migrate;
mod cli_project;
mod cli_terminal;
mod conformance;
mod console;
mod crash;
mod engine;
mod full_disk;
mod inverse;
mod kept;
mod layers;
mod parallel;
mod picture;
mod private_servers;
mod real_input;
mod seed_cases;
mod session_state;
mod store;
mod support;
mod terminal;
mod windows;
