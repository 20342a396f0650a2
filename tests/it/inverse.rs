//! Derived undo on real servers: a statement runs, its inverse is derived from the definitions before and after, the
//! inverse runs, and every definition of the schema is what it was, and every row as far as the inverse says so.

mod alterations;
mod capture;
mod case;
mod columns;
mod keys;
mod objects;
mod options;
mod random;
mod sqlite;
mod undone;
