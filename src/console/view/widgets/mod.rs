//! The few things that screens are drawn with. All of them take [`SafeText`](crate::console::SafeText) only.

pub mod ascii;
pub mod bar;
pub mod beside;
pub mod canvas;
pub mod chart;
pub mod difference;
pub mod line_grid;
pub mod scroll;
pub mod styled_line;
pub mod table;
