//! Placeholders in a text: `${name}`, or between other signs.

/// A placeholder as it stands in a text.
pub(super) struct Placeholder<'a> {
    pub name: &'a str,
    /// The line where it begins, from 1.
    pub line: usize,
}

/// Puts values in place of a text's placeholders. What stays as it is has no value; what is never closed is none.
///
/// # Errors
/// The first that the values give.
pub(super) fn fill<E>(
    text: &str,
    (prefix, suffix): (&str, &str),
    mut value: impl FnMut(Placeholder<'_>) -> Result<Option<String>, E>,
) -> Result<String, E> {
    let mut done = String::with_capacity(text.len());
    let (mut rest, mut line) = (text, 1);
    while let Some(at) = rest.find(prefix) {
        let behind = &rest[at + prefix.len()..];
        let Some(length) = behind.find(suffix) else { break };
        let name = &behind[..length];
        line += rest[..at].matches('\n').count();
        let end = at + prefix.len() + length + suffix.len();
        done.push_str(&rest[..at]);
        // A name is on one line; what is longer is no placeholder.
        let filled = if name.contains('\n') { None } else { value(Placeholder { name, line })? };
        match filled {
            Some(value) => {
                done.push_str(&value);
                rest = &rest[end..];
            }
            None => {
                done.push_str(prefix);
                rest = behind;
            }
        }
    }
    done.push_str(rest);
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_place_of_names() {
        let mut lines = Vec::new();
        let filled = fill("a ${x}\n${y} ${ z\n} ${x}${", ("${", "}"), |placeholder| {
            lines.push((placeholder.name.to_owned(), placeholder.line));
            Ok::<_, ()>((placeholder.name == "x").then(|| "1".to_owned()))
        });
        assert_eq!(filled, Ok("a 1\n${y} ${ z\n} 1${".to_owned()));
        assert_eq!(lines, [("x".to_owned(), 1), ("y".to_owned(), 2), ("x".to_owned(), 3)]);
        assert_eq!(fill("#[x]", ("#[", "]"), |_| Ok::<_, ()>(Some("v".to_owned()))), Ok("v".to_owned()));
        assert_eq!(fill("\n${x}", ("${", "}"), |placeholder| Err::<Option<String>, _>(placeholder.line)), Err(2));
    }
}
