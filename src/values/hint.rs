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

/// [`did_you_mean`], or else everything that could have been meant.
pub fn meant_or_known<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    let all = || format!("it is one of `{}`", known.join("`, `"));
    did_you_mean(word, known.iter().copied()).or_else(|| (!known.is_empty()).then(all))
}

#[cfg(test)]
mod tests {
    use super::{closest, did_you_mean, meant_or_known};

    #[test]
    fn a_swapped_letter_is_recognised_and_another_word_is_not() {
        assert_eq!(closest("sise", ["image", "size"]), Some("size"));
        assert_eq!(closest("iamge", ["image", "size"]), Some("image"));
        assert_eq!(closest("colour", ["image", "size"]), None);
        assert_eq!(did_you_mean("sise", ["size"]).as_deref(), Some("did you mean `size`?"));
    }

    #[test]
    fn where_no_word_is_near_all_of_them_are_named() {
        let meant = |word| meant_or_known(word, ["app", "vector"]);
        assert_eq!(meant("vectr").as_deref(), Some("did you mean `vector`?"));
        assert_eq!(meant("nobody").as_deref(), Some("it is one of `app`, `vector`"));
        assert_eq!(meant_or_known("nobody", []), None);
    }
}
