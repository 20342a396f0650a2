//! Frames from the state: `draw` makes one of the regions that `layout` cuts, the `screens` and the `widgets` that they
//! are made of, in the colours of `theme`. Beside it stand the sentences that people read there and in dialogs: events
//! (`sentence`), what is waited for (`waiting`), what a change leads to (`consequence`; `freezing`, `letting_pass`), what a rollback would do
//! (`blast`), the plans of slower queries (`explain`), the ways out of an alert (`alert_ways`), states by word and symbol (`badges`). Nothing here changes the state.

pub(crate) mod ahead;
pub(crate) mod alert_ways;
pub(crate) mod badges;
pub(crate) mod blast;
pub(crate) mod consequence;
pub(crate) mod dialog;
pub(crate) mod draw;
pub(crate) mod explain;
pub(crate) mod file_events;
pub(crate) mod freezing;
pub(crate) mod highlight;
pub(crate) mod layout;
pub(crate) mod letting_pass;
pub(crate) mod progress;
pub(crate) mod prompt;
pub(crate) mod replay_frame;
pub(crate) mod screens;
pub(crate) mod sentence;
pub(crate) mod standing;
pub(crate) mod statement;
pub(crate) mod system_line;
pub(crate) mod theme;
pub(crate) mod waiting;
pub(crate) mod widgets;
