use super::super::{Dialect, analyse};
#[test]
fn x() {
    println!("{:?}", analyse("SELECT 1", Dialect::MySql));
}
