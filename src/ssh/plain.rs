//! Text of a machine's without what a terminal would obey.
//!
//! A log line may hold anything that somebody sent to a service; on a terminal an escape sequence
//! in it moves the cursor, changes the title, or types an answer.

use std::str;

/// What a machine said as text: line ends and tabulators stay, other control characters and whole
/// escape sequences go, and what is no UTF-8 becomes `�`.
pub fn plain(bytes: &[u8]) -> String {
    let mut plain = Plain::default();
    let mut text = plain.push(bytes);
    text.push_str(&plain.end());
    text
}

/// The same for what comes in pieces, which may break anywhere.
#[derive(Clone, Debug, Default)]
pub struct Plain {
    state: State,
    /// The beginning of a character whose rest has not come yet.
    begun: Vec<u8>,
}

/// Where in an escape sequence the text is (ECMA-48, 5.4 and 8.3).
#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// In none.
    #[default]
    Text,
    /// After `ESC`.
    Escape,
    /// In `ESC [ …`, up to a letter.
    Control,
    /// In a title or the like, up to BEL or `ESC \`.
    Title,
    /// After `ESC` in a title.
    TitleEscape,
}

impl Plain {
    /// What can be shown of the next piece.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        let mut text = String::new();
        let mut seen = 0;
        for chunk in all.utf8_chunks() {
            text.extend(chunk.valid().chars().filter(|letter| self.shows(*letter)));
            let broken = chunk.invalid();
            seen += chunk.valid().len() + broken.len();
            if seen == all.len() && is_beginning(broken) {
                self.begun = broken.to_vec();
            } else if !broken.is_empty() && self.shows(char::REPLACEMENT_CHARACTER) {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        text
    }

    /// What is left when nothing more comes.
    pub fn end(&mut self) -> String {
        let broken = std::mem::take(&mut self.begun);
        let shows = !broken.is_empty() && self.shows(char::REPLACEMENT_CHARACTER);
        if shows { char::REPLACEMENT_CHARACTER.to_string() } else { String::new() }
    }

    /// Goes on by one character, and says whether it is one to show.
    fn shows(&mut self, letter: char) -> bool {
        let (next, shown) = match (self.state, letter) {
            // A line's end ends what nobody finished, so that a stray byte hides one line at most.
            (_, '\n') => (State::Text, true),
            (State::Title, '\u{1b}') => (State::TitleEscape, false),
            (_, '\u{1b}') | (State::Escape, ' '..='/') => (State::Escape, false),
            (State::Text | State::Escape, '\u{9b}') | (State::Escape, '[') => {
                (State::Control, false)
            }
            (State::Text, '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}')
            | (State::Escape, ']' | 'P' | 'X' | '^' | '_') => (State::Title, false),
            (State::Text, letter) => (State::Text, letter == '\t' || !is_odd(letter)),
            (State::Control, '@'..='~')
            | (State::Title, '\u{7}' | '\u{9c}')
            | (State::Escape | State::TitleEscape, _) => (State::Text, false),
            (State::Control, _) => (State::Control, false),
            (State::Title, _) => (State::Title, false),
        };
        self.state = next;
        shown
    }
}

/// Whether a character acts instead of being seen: control characters, and those that turn the
/// direction of the text around them (Unicode, UAX 9).
fn is_odd(letter: char) -> bool {
    let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    letter.is_control() || turns
}

/// Whether bytes can be the beginning of a character that was cut by the end of a piece.
fn is_beginning(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::{Plain, plain};

    #[test]
    fn colours_titles_and_other_sequences_go_and_the_text_stays() {
        for (said, shown) in [
            ("a\u{1b}[31;1mred\u{1b}[0m b", "ared b"),
            ("\u{1b}]0;owned\u{7}title", "title"),
            ("\u{1b}]8;;http://x\u{1b}\\link", "link"),
            ("\u{1b}P1$r\u{1b}\\answer", "answer"),
            ("\u{1b}(Bset \u{1b}7cursor\u{1b}8", "set cursor"),
            ("\u{9b}31mred \u{9d}0;t\u{9c}x", "red x"),
            ("bell\u{7} back\u{8} null\0", "bell back null"),
            ("tab\tline\r\n", "tab\tline\n"),
            ("ab\u{202e}cd", "abcd"),
            ("größe 🦀", "größe 🦀"),
        ] {
            assert_eq!(plain(said.as_bytes()), shown, "{said:?}");
        }
        assert_eq!(plain(b"a\xff\xfeb\xe2\x82"), "a\u{fffd}\u{fffd}b\u{fffd}");
    }

    #[test]
    fn a_sequence_that_never_ends_hides_its_line_only() {
        assert_eq!(plain(b"\x1b]0;never\nnext\n"), "\nnext\n");
    }

    #[test]
    fn pieces_that_break_anywhere_give_the_same_text() {
        let said = "a\u{1b}[31mgrö\u{1b}]0;t\u{1b}\\ße 🦀\n".as_bytes();
        for at in 0..said.len() {
            let mut plain = Plain::default();
            let text = plain.push(&said[..at]) + &plain.push(&said[at..]) + &plain.end();
            assert_eq!(text, "agröße 🦀\n", "broken at {at}");
        }
    }
}
