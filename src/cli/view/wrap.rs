//! Long lines, broken between words so that a terminal need not break them within.

use anstream::adapter::strip_str;
use unicode_width::UnicodeWidthStr;

/// How much further in a line goes on than it began.
const HANGING: usize = 4;

/// The text with every line at most so wide, where its words allow that.
///
/// What goes on is indented a little more than the line it belongs to; colours take no room.
pub fn wrap(text: &str, width: usize) -> String {
    text.split_inclusive('\n').map(|line| wrap_line(line, width)).collect()
}

fn wrap_line(line: &str, width: usize) -> String {
    if visible(line.trim_end_matches('\n')) <= width {
        return line.to_owned();
    }
    let begin = line.len() - line.trim_start_matches(' ').len();
    let indent = begin + HANGING;
    let (mut text, mut column) = (String::new(), 0);
    for (place, word) in line.split(' ').enumerate() {
        let room = visible(word.trim_end_matches('\n'));
        let gap = usize::from(place > 0);
        if column > indent && room > 0 && column + gap + room > width {
            text.truncate(text.trim_end_matches(' ').len());
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            column = indent;
        } else {
            text.push_str(&" ".repeat(gap));
            column += gap;
        }
        text.push_str(word);
        column += room;
    }
    text
}

fn visible(text: &str) -> usize {
    strip_str(text).to_string().width()
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn a_line_that_fits_is_left_as_it_is() {
        let text = "  + droplet  core   s-1vcpu-1gb        +$6.00\n\nnote: short\n";
        assert_eq!(wrap(text, 80), text);
    }

    #[test]
    fn a_long_line_goes_on_further_in() {
        let text = "  one two three four\nlast";
        assert_eq!(wrap(text, 14), "  one two\n      three\n      four\nlast");
    }

    #[test]
    fn a_word_is_never_broken_and_colour_takes_no_room() {
        let url = "look at https://cloud.digitalocean.com/account/api/tokens";
        assert_eq!(wrap(url, 20), "look at\n    https://cloud.digitalocean.com/account/api/tokens");
        let coloured = "\u{1b}[31merror\u{1b}[0m: five\n";
        assert_eq!(wrap(coloured, 11), coloured);
    }
}
