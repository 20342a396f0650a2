//! The order of names, as people read them.

use std::cmp::Ordering;

/// Compares two names as people do: runs of digits as numbers of any length, the rest byte by byte.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut a_rest, mut b_rest) = (a.as_bytes(), b.as_bytes());
    while let (Some(x), Some(y)) = (a_rest.first(), b_rest.first()) {
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (x, y) = (digits(&mut a_rest), digits(&mut b_rest));
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        } else {
            (a_rest, b_rest) = (&a_rest[1..], &b_rest[1..]);
            x.cmp(y)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    // The same but for leading zeros: any order will do as long as it is always the same.
    a_rest.len().cmp(&b_rest.len()).then_with(|| a.cmp(b))
}

/// Takes the digits at the front, without leading zeros.
fn digits<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    let (mut number, after) = rest.split_at(end);
    *rest = after;
    while number.len() > 1 && number[0] == b'0' {
        number = &number[1..];
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_sort_as_people_read_them() {
        let mut names = ["b", "a10", "a2", "a", "a2b", "a02c", "99999999999999999999999", "100000000000000000000000"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            ["99999999999999999999999", "100000000000000000000000", "a", "a2", "a2b", "a02c", "a10", "b"]
        );
    }

    proptest! {
        #[test]
        fn natural_is_a_total_order(a in "[a0-2]{0,6}", b in "[a0-2]{0,6}", c in "[a0-2]{0,6}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            prop_assert_eq!(natural(&a, &b) == Ordering::Equal, a == b);
            if natural(&a, &b) != Ordering::Greater && natural(&b, &c) != Ordering::Greater {
                prop_assert_ne!(natural(&a, &c), Ordering::Greater);
            }
        }
    }
}
