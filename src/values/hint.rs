//! "Did you mean": the known word nearest to a mistyped one.

use strsim::damerau_levenshtein;

/// The known word nearest to `word`, if it is near enough to be meant.
///
/// Near enough is a third of the word's length in edits, and at least one.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let bound = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The sentence that offers [`closest`], if there is one.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    closest(word, known).map(|candidate| format!("did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::{closest, did_you_mean};

    #[test]
    fn a_swapped_letter_is_recognised_and_another_word_is_not() {
        assert_eq!(closest("sise", ["image", "size"]), Some("size"));
        assert_eq!(closest("iamge", ["image", "size"]), Some("image"));
        assert_eq!(closest("colour", ["image", "size"]), None);
        assert_eq!(did_you_mean("sise", ["size"]).as_deref(), Some("did you mean `size`?"));
    }
}
