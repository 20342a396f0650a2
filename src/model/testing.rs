//! Builders for the tests of this folder.
