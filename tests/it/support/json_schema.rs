//! The published JSON Schemas, and a check against them: of the keywords that they use, and stricter than they are. What a
//! schema does not name must not be there.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

/// A schema of `docs/reference/json/`.
pub struct JsonSchema {
    /// Name of its file, without the ending.
    pub name: String,
    root: Value,
}

/// Names of an object's members that a schema has looked at.
type Seen = BTreeSet<String>;

static PUBLISHED: LazyLock<Vec<JsonSchema>> = LazyLock::new(|| {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/json");
    let entries = std::fs::read_dir(directory).expect("the schemas");
    let read = |path: &Path| {
        let name = path.file_name()?.to_str()?.strip_suffix(".schema.json")?.to_owned();
        let text = std::fs::read_to_string(path).expect("a schema");
        Some(JsonSchema { name, root: serde_json::from_str(&text).expect("JSON") })
    };
    entries.filter_map(|entry| read(&entry.expect("an entry").path())).collect()
});

/// All schemas that are published.
pub fn published() -> &'static [JsonSchema] {
    &PUBLISHED
}

/// Checks what a command printed against the schemas that are about it; gives the names of those that it fits. A command
/// that no schema is about prints no JSON.
///
/// # Panics
/// When it fits none.
#[track_caller]
pub fn check_output(arguments: &[&str], stdout: &str) -> Vec<&'static str> {
    let is_json = arguments.windows(2).any(|pair| pair == ["--format", "json"]);
    if !is_json || stdout.is_empty() || ["--help", "--export", "--version"].iter().any(|no| arguments.contains(no)) {
        return Vec::new();
    }
    let about: Vec<&JsonSchema> = published().iter().filter(|schema| schema.is_about(arguments)).collect();
    let tried: Vec<(&str, Result<(), String>)> =
        about.iter().map(|schema| (schema.name.as_str(), schema.check_all(stdout))).collect();
    let fit: Vec<&str> = tried.iter().filter(|(_, result)| result.is_ok()).map(|(name, _)| *name).collect();
    assert!(about.is_empty() || !fit.is_empty(), "caribou {arguments:?} fits no schema: {tried:?}\n{stdout}");
    fit
}

impl JsonSchema {
    /// The commands of its title, and what stands behind them.
    fn title(&self) -> (&str, &str) {
        self.root["title"].as_str().and_then(|title| title.split_once(" --format json")).expect("a title")
    }

    fn is_about(&self, arguments: &[&str]) -> bool {
        let fits = |command: &str| {
            let mut words = command.trim_start_matches("caribou ").split(' ').filter(|word| *word != "--headless");
            let is_there = |word: &str| match word {
                "NAME" => arguments.get(1).is_some_and(|name| !name.starts_with('-')),
                word => arguments.contains(&word),
            };
            words.next() == arguments.first().copied() && words.all(is_there)
        };
        self.title().0.split(", ").any(fits)
    }

    fn check_all(&self, stdout: &str) -> Result<(), String> {
        let parse = |text: &str| serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"));
        match self.title().1 {
            "" => self.check(&parse(stdout)?),
            _ => stdout.lines().try_for_each(|line| self.check(&parse(line)?)),
        }
    }

    /// Checks a document.
    ///
    /// # Errors
    /// The place where it is otherwise.
    pub fn check(&self, document: &Value) -> Result<(), String> {
        self.closed(&self.root, document, "$")
    }

    /// Checks a value, which holds nothing but what the schema names.
    fn closed(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let seen = self.apply(schema, value, at)?;
        let unknown = value.as_object().and_then(|object| object.keys().find(|key| !seen.contains(*key)));
        unknown.map_or(Ok(()), |key| Err(format!("{at}.{key} is in no schema")))
    }

    fn apply(&self, schema: &Value, value: &Value, at: &str) -> Result<Seen, String> {
        let Some(keywords) = schema.as_object() else {
            assert_eq!(schema, &Value::Bool(true), "a schema");
            return Ok(value.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default());
        };
        let mut seen = Seen::new();
        for (keyword, wanted) in keywords {
            match keyword.as_str() {
                "properties" | "additionalProperties" | "required" => {
                    self.members(schema, (keyword, wanted), value, (at, &mut seen))?;
                }
                "$ref" | "allOf" | "anyOf" | "oneOf" => seen.extend(self.combined(keyword, wanted, value, at)?),
                "items" | "prefixItems" => self.items(keyword, wanted, value, at)?,
                _ => plain(keyword, wanted, value).map_err(|why| format!("{at}: {why}"))?,
            }
        }
        Ok(seen)
    }

    fn members(
        &self,
        schema: &Value,
        (keyword, wanted): (&str, &Value),
        value: &Value,
        (at, seen): (&str, &mut Seen),
    ) -> Result<(), String> {
        let Some(object) = value.as_object() else { return Ok(()) };
        if keyword == "required" {
            let names = wanted.as_array().expect("names").iter().filter_map(Value::as_str);
            let missing: Vec<&str> = names.filter(|name| !object.contains_key(*name)).collect();
            return if missing.is_empty() { Ok(()) } else { Err(format!("{at} has no {missing:?}")) };
        }
        for (name, member) in object {
            let of = match keyword {
                "properties" => wanted.get(name),
                _ => Some(wanted).filter(|_| schema["properties"].get(name).is_none()),
            };
            if let Some(of) = of {
                self.closed(of, member, &format!("{at}.{name}"))?;
                seen.insert(name.clone());
            }
        }
        Ok(())
    }

    fn combined(&self, keyword: &str, wanted: &Value, value: &Value, at: &str) -> Result<Seen, String> {
        if keyword == "$ref" {
            let pointer = wanted.as_str().and_then(|of| of.strip_prefix('#')).expect("a reference into the same file");
            return self.apply(self.root.pointer(pointer).expect("what is referred to"), value, at);
        }
        let tried = wanted.as_array().expect("schemas").iter().map(|one| self.apply(one, value, at));
        let (fit, other): (Vec<_>, Vec<_>) = tried.partition(Result::is_ok);
        let is_right = match keyword {
            "allOf" => other.is_empty(),
            "anyOf" => !fit.is_empty(),
            _ => fit.len() == 1,
        };
        let why: Vec<String> = other.into_iter().filter_map(Result::err).collect();
        let seen = fit.into_iter().flatten().flatten().collect();
        if is_right { Ok(seen) } else { Err(format!("{at}: not {keyword}: {}", why.join("; "))) }
    }

    fn items(&self, keyword: &str, wanted: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            let of = if keyword == "items" { Some(wanted) } else { wanted.get(index) };
            of.map_or(Ok(()), |of| self.closed(of, item, &format!("{at}[{index}]")))?;
        }
        Ok(())
    }
}

/// Checks a value against a keyword that looks no further.
fn plain(keyword: &str, wanted: &Value, value: &Value) -> Result<(), String> {
    let is_type = |name: &Value| match name.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("string") => value.is_string(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => panic!("the type {name}"),
    };
    let length = value.as_array().map(Vec::len);
    let limit = || wanted.as_u64().expect("a number") as usize;
    let is_right = match keyword {
        "type" => wanted.as_array().map_or_else(|| is_type(wanted), |types| types.iter().any(is_type)),
        "const" => value == wanted,
        "enum" => wanted.as_array().expect("values").contains(value),
        "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().expect("a number")),
        "maximum" => value.as_f64().is_none_or(|number| number <= wanted.as_f64().expect("a number")),
        "minItems" => length.is_none_or(|length| length >= limit()),
        "maxItems" => length.is_none_or(|length| length <= limit()),
        "$schema" | "$defs" | "title" | "description" | "default" | "format" => true,
        _ => panic!("nothing here knows the keyword {keyword}"),
    };
    if is_right { Ok(()) } else { Err(format!("{value} is not of {keyword} {wanted}")) }
}
