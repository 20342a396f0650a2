//! Keeping what a statement destroys, and putting it back, on every server.

mod bench;
mod moved;
mod rows;
