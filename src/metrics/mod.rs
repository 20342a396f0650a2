//! Metrics for Prometheus. They are fed by the events that a worker has published, as any other follower is, and by a look
//! at the database when somebody asks: nothing of it is in the engine's way.
//!
//! | file | is |
//! |---|---|
//! | `catalogue` | every metric: its name, what it is, its labels |
//! | `recorder` | events into metrics |
//! | `observer` | a look at the database at the time of a scrape |
//! | `process` | resources of this process |
//! | `server` | the HTTP endpoint |

mod catalogue;
mod observer;
mod process;
mod recorder;
mod server;

pub use server::{MetricsServer, ReplicaLags, metrics_address};
