//! The console through the real binary on a real terminal, with a real worker and database behind it.

mod attach;
mod decisions;
mod demo;
mod found;
mod hostile;
mod leaving;
mod outage;
mod roles;
mod shape;
mod stage;
mod verbs;
