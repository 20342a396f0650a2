//! The few things that screens are drawn with. All of them take [`super::safe_text::SafeText`] only.

pub mod ascii;
pub mod bar;
pub mod difference;
pub mod pen;
pub mod scroll;
pub mod words;
