//! The console through the real binary on a real terminal, with a real worker and database behind it.

mod attach;
mod blocked;
mod decisions;
mod demo;
mod emergency;
mod found;
mod hostile;
mod leaving;
mod outage;
mod overriding;
mod replaying;
mod restart;
mod roles;
mod shape;
mod stage;
mod storm;
mod supervise;
mod verbs;
