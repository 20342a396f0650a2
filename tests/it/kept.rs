//! Keeping what a statement destroys, and putting it back, on every server.

mod bench;
mod columns;
mod crash;
mod foreign_keys;
mod moved;
mod parked;
mod retention;
mod rows;
mod types;
