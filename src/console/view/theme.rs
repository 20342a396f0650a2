//! Styles. Sixteen colours and the terminal's own background; every role is also told apart by a word
//! or a symbol, so that a screen without colour loses nothing.

use crate::console::state::options::Theme;
use ratatui::style::{Color, Modifier, Style};

/// Role of a piece of text; the theme says how that looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Text,
    Faint,
    Strong,
    Key,
    Good,
    Active,
    Caution,
    Bad,
    /// Not now and not real: replay, drill, demo.
    Unreal,
    /// The row or button under the cursor.
    Selected,
    /// A banner over the full width for what is dangerous.
    BadBanner,
    CautionBanner,
    UnrealBanner,
    Keyword,
    Literal,
    Comment,
}

/// Foreground and modifier of the plain roles, by theme: default, light, high-contrast, blue-orange.
type Look = (Option<Color>, Modifier);

const NONE: Modifier = Modifier::empty();
const BOLD: Modifier = Modifier::BOLD;
const DIM: Modifier = Modifier::DIM;

const fn ink(colour: Color) -> Look {
    (Some(colour), NONE)
}
const fn bold(colour: Color) -> Look {
    (Some(colour), BOLD)
}
const PLAIN: Look = (None, NONE);
const LINED: Look = (None, BOLD.union(Modifier::UNDERLINED));

impl Theme {
    /// The style of a role.
    pub fn style(self, role: Role) -> Style {
        let (colour, modifier) = self.look(role);
        let style = Style::new().add_modifier(modifier);
        match colour {
            Some(colour) if self.colour => style.fg(colour),
            _ => style,
        }
    }

    fn look(self, role: Role) -> Look {
        use Color::*;
        let by = |looks: [Look; 4]| looks[self.name as usize];
        match role {
            Role::Text => PLAIN,
            Role::Faint => by([(None, DIM), ink(DarkGray), PLAIN, (None, DIM)]),
            Role::Strong => (None, BOLD),
            Role::Key => by([bold(Cyan), LINED, LINED, LINED]),
            Role::Good => by([ink(Green), ink(Green), bold(LightGreen), ink(LightBlue)]),
            Role::Active => by([bold(LightBlue), bold(Blue), bold(LightCyan), bold(LightCyan)]),
            Role::Caution => by([bold(Yellow), bold(Magenta), bold(LightYellow), bold(Yellow)]),
            Role::Bad => by([bold(LightRed), bold(Red), bold(LightRed), bold(LightYellow)]),
            Role::Unreal => by([ink(Magenta), ink(Cyan), bold(LightMagenta), ink(Magenta)]),
            Role::Selected => (None, Modifier::REVERSED),
            Role::BadBanner => by([bold(LightRed), bold(Red), bold(LightRed), bold(LightYellow)]).reversed(),
            Role::CautionBanner => by([bold(Yellow), bold(Magenta), bold(LightYellow), bold(Yellow)]).reversed(),
            Role::UnrealBanner => by([ink(Magenta), ink(Cyan), bold(LightMagenta), ink(Magenta)]).reversed(),
            Role::Keyword => by([ink(LightBlue), ink(Blue), (None, BOLD), ink(LightBlue)]),
            Role::Literal => by([ink(Green), ink(Green), ink(LightGreen), ink(Yellow)]),
            Role::Comment => by([(None, DIM), ink(DarkGray), PLAIN, (None, DIM)]),
        }
    }
}

trait Reversed {
    fn reversed(self) -> Self;
}

impl Reversed for Look {
    fn reversed(self) -> Look {
        (self.0, self.1.union(Modifier::REVERSED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::state::options::ThemeName;

    impl Role {
        const ALL: [Role; 16] = [
            Role::Text,
            Role::Faint,
            Role::Strong,
            Role::Key,
            Role::Good,
            Role::Active,
            Role::Caution,
            Role::Bad,
            Role::Unreal,
            Role::Selected,
            Role::BadBanner,
            Role::CautionBanner,
            Role::UnrealBanner,
            Role::Keyword,
            Role::Literal,
            Role::Comment,
        ];
    }

    #[test]
    fn no_theme_sets_a_background_or_leaves_the_sixteen_colours() {
        for name in ThemeName::ALL {
            for role in Role::ALL {
                let style = Theme { name, colour: true }.style(role);
                assert_eq!(style.bg, None, "{name:?} {role:?}");
                assert!(!matches!(style.fg, Some(Color::Rgb(..) | Color::Indexed(_))), "{name:?} {role:?}");
            }
        }
    }

    #[test]
    fn without_colour_there_is_none() {
        for name in ThemeName::ALL {
            for role in Role::ALL {
                assert_eq!(Theme { name, colour: false }.style(role).fg, None);
            }
        }
    }

    /// One colour, one meaning.
    #[test]
    fn no_two_meanings_look_the_same_in_any_theme() {
        use Role::*;
        let meanings = [Text, Strong, Active, Good, Caution, Bad, Key, Unreal, Selected];
        let banners = [BadBanner, CautionBanner, UnrealBanner];
        for name in ThemeName::ALL {
            let theme = Theme { name, colour: true };
            let all: Vec<Role> = meanings.into_iter().chain(banners).collect();
            for (n, one) in all.iter().enumerate() {
                for other in &all[n + 1..] {
                    assert_ne!(theme.style(*one), theme.style(*other), "{name:?} {one:?} {other:?}");
                }
            }
        }
    }
}
