use super::canvas::escaped;

#[test]
fn nothing_a_name_says_becomes_markup() {
    assert_eq!(escaped("<a href='x'>&\"\u{7}"), "&lt;a href=&apos;x&apos;&gt;&amp;&quot; ");
}
