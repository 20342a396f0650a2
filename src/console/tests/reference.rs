//! The reference of the keys, made from the table that they are read by.

use crate::console::state::action::{Places, Screen};
use crate::console::state::keymap::{Binding, Keymap};
use crate::console::state::replay;
use crate::written::{head, row, stands};
use std::collections::BTreeMap;

fn places(binding: &Binding) -> String {
    if binding.places == Places::EVERYWHERE {
        return "everywhere".to_owned();
    }
    let screens = Screen::all().filter(|screen| binding.places.meet(screen.place())).map(Screen::name);
    let detail = binding.places.meet(Places::DETAIL).then_some("a file");
    screens.chain(detail).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_reference_of_the_keys_is_what_the_console_reads() {
    let keymap = Keymap::new(&BTreeMap::new()).expect("the usual keys");
    let mut text = "# Keys of the console\n\n<!-- made from the program: CARIBOU_WRITE_DOCS=1 cargo test --lib reference \
                    -->\n\n`?` shows them, with those of your own: `[console.keys] WORD = \"F8\"`. `:` opens the palette, \
                    which takes the words.\n"
        .to_owned();
    for (title, changes) in [("Reading", false), ("Changing", true)] {
        text.push_str(&format!("\n## {title}\n\n{}", head(&["key", "does", "where", "word"])));
        let bindings = keymap.at(Places::EVERYWHERE).filter(|binding| binding.changes == changes);
        text.extend(bindings.map(|binding| {
            let keys: Vec<String> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
            row(&[&keys.join(", "), binding.help, &places(binding), &format!("`{}`", binding.word)])
        }));
    }
    text.push_str(&format!("\n## In a replay\n\n{}", head(&["key", "does"])));
    text.extend(replay::KEYS.iter().map(|binding| row(&[&format!("`{}`", binding.keys), binding.help])));
    stands("keys.md", &text);
}
