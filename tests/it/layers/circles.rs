//! Circles between files, found by reading the source: which file names an item of which other file, and which files
//! can reach each other so.
//!
//! A `pub use` is looked through: who uses a name of `mod.rs` that stands in a file below depends on that file. Naming a
//! module (`mod x;`, `use super::x;`) is no dependence, naming something in it is. Test code is left out.

use super::tokens::tokens;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The path of a module or an item, from the root of the crate.
type ItemPath = Vec<String>;

/// Of each pair of files (one that uses, one that is used), the names that draw the edge.
type Edges = BTreeMap<(ItemPath, ItemPath), BTreeSet<String>>;

/// One file, as far as it matters here.
#[derive(Default)]
struct Module {
    /// Items that it uses: imports, and paths in the code. A glob ends in `*`.
    uses: Vec<ItemPath>,
    /// Items that it imports, by the name that they have here.
    imports: BTreeMap<String, ItemPath>,
    /// Items that it exports again, by the name that they have here.
    exports: BTreeMap<String, ItemPath>,
    /// The modules all of which it exports again.
    glob_exports: Vec<ItemPath>,
    /// The names of the items that it defines.
    items: BTreeSet<String>,
    /// The modules below it that are tests.
    tests: Vec<ItemPath>,
}

/// The crate: every file by the path of its module.
pub(super) struct Crate {
    modules: BTreeMap<ItemPath, Module>,
}

impl Crate {
    /// Reads all files below a directory.
    pub(super) fn read(src: &Path) -> Crate {
        let mut files = Vec::new();
        super::rust_files(src, &mut files);
        let source = |file: &std::path::PathBuf| {
            let path = file.strip_prefix(src).unwrap().to_str().unwrap().replace('\\', "/");
            (path, fs::read_to_string(file).unwrap())
        };
        let sources: Vec<(String, String)> = files.iter().map(source).collect();
        Crate::parse(sources.iter().map(|(path, text)| (path.as_str(), text.as_str())))
    }

    fn parse<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Crate {
        let files: Vec<(ItemPath, &str)> = files.map(|(path, text)| (module_path(path), text)).collect();
        let known: BTreeSet<ItemPath> = files.iter().map(|(path, _)| path.clone()).collect();
        let read = |(path, text): (ItemPath, &str)| {
            let module = Reader { path: &path, known: &known, module: Module::default() }.read(text);
            (path, module)
        };
        let mut modules: BTreeMap<ItemPath, Module> = files.into_iter().map(read).collect();
        let tests: Vec<ItemPath> = modules.values().flat_map(|module| module.tests.clone()).collect();
        modules.retain(|path, _| !tests.iter().any(|test| path.starts_with(test)));
        Crate { modules }
    }

    /// Finds who uses whom.
    pub(super) fn edges(&self) -> Edges {
        let mut edges = Edges::new();
        for (path, module) in &self.modules {
            for used in &module.uses {
                let Some(owner) = self.owner(used, 0) else { continue };
                if owner != *path && !owner.is_empty() {
                    let name = used.last().cloned().unwrap_or_default();
                    edges.entry((path.clone(), owner)).or_default().insert(name);
                }
            }
        }
        edges
    }

    /// The file in which the item of that path stands; none where the path names a module.
    fn owner(&self, path: &[String], depth: usize) -> Option<ItemPath> {
        // Two modules that export each other's names would be followed for ever.
        if depth > 12 {
            return None;
        }
        let end = (0..=path.len()).rev().find(|end| self.modules.contains_key(&path[..*end]))?;
        let (owner, rest) = path.split_at(end);
        let (name, below) = rest.split_first()?;
        let module = &self.modules[owner];
        if let Some(exported) = module.exports.get(name) {
            return self.owner(&[exported, below].concat(), depth + 1);
        }
        let in_glob = module.glob_exports.iter().find_map(|glob| {
            let found = self.owner(&[glob, rest].concat(), depth + 1)?;
            self.modules[&found].items.contains(name).then_some(found)
        });
        in_glob.or_else(|| Some(owner.to_vec()))
    }
}

/// The sets of files that can reach each other, each with the edges between its members.
pub(super) fn circles(edges: &Edges) -> Vec<Vec<String>> {
    let mut next: BTreeMap<&ItemPath, Vec<&ItemPath>> = BTreeMap::new();
    for (from, to) in edges.keys() {
        next.entry(from).or_default().push(to);
    }
    let reach = |from| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(file) = open.pop() {
            open.extend(next.get(file).into_iter().flatten().copied().filter(|file| seen.insert(*file)));
        }
        seen
    };
    let reached: BTreeMap<&ItemPath, BTreeSet<&ItemPath>> = next.keys().map(|file| (*file, reach(*file))).collect();
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut done = BTreeSet::new();
    for (file, all) in &reached {
        let members: BTreeSet<&ItemPath> =
            all.iter().copied().filter(|other| reached.get(other).is_some_and(|back| back.contains(file))).collect();
        if members.is_empty() || !done.insert(members.clone()) {
            continue;
        }
        let within = edges.iter().filter(|((from, to), _)| members.contains(from) && members.contains(to));
        let told = within.map(|((from, to), names)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("{} uses {} of {}", from.join("::"), names.join(", "), to.join("::"))
        });
        found.push(told.collect());
    }
    found
}

/// The module that a file holds: `a/b.rs` and `a/b/mod.rs` are `a::b`.
fn module_path(file: &str) -> ItemPath {
    let mut path: ItemPath = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        path.pop();
    }
    path
}

/// Reads one file, token by token.
struct Reader<'a> {
    path: &'a [String],
    known: &'a BTreeSet<ItemPath>,
    module: Module,
}

impl Reader<'_> {
    fn read(mut self, text: &str) -> Module {
        let tokens = tokens(text);
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let mut paths = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let rest = &tokens[at..];
            at += match rest {
                ["#", "[", "cfg", "(", "test", ")", "]", ..] => self.test_item(rest),
                ["use", ..] => self.import(rest, is_public(&tokens[..at])),
                ["fn" | "struct" | "enum" | "trait" | "const" | "static" | "type", name, ..] => {
                    self.module.items.insert((*name).to_owned());
                    2
                }
                [first, "::", ..] if is_name(first) && !tokens[..at].ends_with(&["::"]) => {
                    let (path, len) = plain_path(rest);
                    paths.push(path);
                    len
                }
                _ => 1,
            };
        }
        for path in paths {
            if let Some(absolute) = self.absolute(&path) {
                self.module.uses.push(absolute);
            }
        }
        self.module
    }

    /// Skips an item that is only there for tests; gives its length.
    fn test_item(&mut self, tokens: &[&str]) -> usize {
        let mut depth = 0usize;
        for (at, token) in tokens.iter().enumerate().skip(7) {
            match *token {
                "mod" if depth == 0 => {
                    self.module.tests.push([self.path, &[tokens[at + 1].to_owned()]].concat());
                }
                "{" | "(" | "[" => depth += 1,
                "}" if depth == 1 => return at + 1,
                "}" | ")" | "]" => depth -= 1,
                ";" if depth == 0 => return at + 1,
                _ => {}
            }
        }
        tokens.len()
    }

    /// Takes up a `use`; gives its length.
    fn import(&mut self, tokens: &[&str], public: bool) -> usize {
        let end = tokens.iter().position(|token| *token == ";").unwrap_or(tokens.len());
        for (path, name) in use_tree(&tokens[1..end]) {
            let Some(absolute) = self.absolute(&path) else { continue };
            match (public, name.as_str()) {
                (true, "*") => self.module.glob_exports.push(absolute[..absolute.len() - 1].to_vec()),
                (true, _) => {
                    self.module.exports.insert(name, absolute);
                }
                (false, _) => {
                    self.module.imports.insert(name, absolute.clone());
                    self.module.uses.push(absolute);
                }
            }
        }
        end
    }

    /// A path as seen from the root of the crate; none where it leads out of it, or begins with an item of this file.
    fn absolute(&self, path: &[String]) -> Option<ItemPath> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([self.path, rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                let base = &self.path[..self.path.len().checked_sub(ups)?];
                Some([base, &path[ups..]].concat())
            }
            _ => {
                let child = [self.path, &path[..1]].concat();
                if self.known.contains(&child) {
                    return Some([&child, rest].concat());
                }
                self.module.imports.get(first).map(|import| [import, rest].concat())
            }
        }
    }
}

/// True if what stands before a `use` makes it visible elsewhere: `pub`, `pub(crate)`, `pub(in a::b)`.
fn is_public(before: &[&str]) -> bool {
    matches!(before, [.., "pub" | ")"])
}

/// The path at the beginning, and how many tokens it takes.
fn plain_path(tokens: &[&str]) -> (ItemPath, usize) {
    let mut path = vec![tokens[0].to_owned()];
    let mut at = 1;
    while let ["::", name, ..] = &tokens[at..] {
        if !is_name(name) {
            break;
        }
        path.push((*name).to_owned());
        at += 2;
    }
    (path, at)
}

/// Reads what a tree of imports names: each path, and the name under which it is known from there on.
fn use_tree(tokens: &[&str]) -> Vec<(ItemPath, String)> {
    let Some(open) = tokens.iter().position(|token| *token == "{") else {
        let (path, alias) = match tokens {
            [path @ .., "as", alias] => (path, Some(*alias)),
            path => (path, None),
        };
        let mut path: ItemPath = path.iter().filter(|part| **part != "::").map(|part| (*part).to_owned()).collect();
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = alias.map(str::to_owned).or_else(|| path.last().cloned());
        return name.map(|name| (path, name)).into_iter().collect();
    };
    let before: ItemPath = tokens[..open].iter().filter(|part| **part != "::").map(|part| (*part).to_owned()).collect();
    let inside = &tokens[open + 1..tokens.len() - 1];
    let mut depth = 0;
    let branches = inside.split(|token| {
        depth += i32::from(*token == "{") - i32::from(*token == "}");
        *token == "," && depth == 0
    });
    let below = branches.filter(|branch| !branch.is_empty()).flat_map(|branch| match branch {
        // `a::{self}` names `a` itself.
        ["self"] => vec![(Vec::new(), before.last().cloned().unwrap_or_default())],
        branch => use_tree(branch),
    });
    below.map(|(path, name)| ([before.as_slice(), &path].concat(), name)).collect()
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finds who uses whom among small files, as `user item owner`.
    fn edges(files: &[(&str, &str)]) -> Vec<String> {
        let edges = Crate::parse(files.iter().copied()).edges();
        let all = edges.iter().flat_map(|((from, to), names)| {
            names.iter().map(|name| format!("{} {name} {}", from.join("::"), to.join("::")))
        });
        all.collect()
    }

    #[test]
    fn imports_are_followed_through_trees_and_names() {
        let files = [
            ("a/mod.rs", "mod b;\nmod c;"),
            ("a/b.rs", "use super::c::{One, two::{self}, Three as Other}; use crate::d; fn f() { d::g(); }"),
            ("a/c.rs", "pub struct One;"),
            ("d.rs", "pub fn g() {}"),
        ];
        assert_eq!(edges(&files), ["a::b One a::c", "a::b Three a::c", "a::b two a::c", "a::b g d"]);
    }

    #[test]
    fn an_export_is_looked_through() {
        let files = [
            ("a/mod.rs", "mod b;\npub(crate) use b::One;\npub use c::*;\nmod c;\npub struct Own;"),
            ("a/b.rs", "pub struct One;"),
            ("a/c.rs", "pub struct Two;"),
            ("d.rs", "use crate::a::{One, Two, Own};"),
        ];
        assert_eq!(edges(&files), ["d Own a", "d One a::b", "d Two a::c"]);
    }

    #[test]
    fn paths_in_the_code_count_and_modules_alone_do_not() {
        let files = [
            ("a.rs", "fn f() { crate::b::g(); super::b::h::<u8>(); }"),
            ("b.rs", "use crate::a; fn g() {} fn h<T>() {}"),
        ];
        assert_eq!(edges(&files), ["a g b", "a h b"]);
    }

    #[test]
    fn tests_comments_and_strings_are_left_out() {
        let files = [
            ("a.rs", "// crate::b::x\nfn f<'a>() { (\"crate::b::x\", r#\"\" crate::b::x\"#, '\"', crate::b::y) }"),
            ("b.rs", "#[cfg(test)]\nmod tests { use crate::a::f; }\n#[cfg(test)]\nmod more;\nfn y() {}"),
            ("b/more.rs", "use crate::a::f;"),
        ];
        assert_eq!(edges(&files), ["a y b"]);
    }

    #[test]
    fn a_circle_is_told_with_its_edges() {
        let files = [
            ("a.rs", "use crate::b::One; use crate::c::Three;"),
            ("b.rs", "use crate::a::Two;"),
            ("c.rs", "fn f() {}"),
        ];
        let found = circles(&Crate::parse(files.into_iter()).edges());
        assert_eq!(found, [["a uses One of b", "b uses Two of a"]]);
    }
}
