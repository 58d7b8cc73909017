//! The tokens that callers show: one, or two while the old one is still in use somewhere.
//!
//! What is kept of a token is its SHA-256; what is shown is hashed too, and the two are compared in
//! constant time, so that neither the time nor the length of an answer tells anything.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};
use thiserror::Error;

/// The fewest characters of a token: 32 of chance are beyond guessing, even if they are digits only.
const SHORTEST: usize = 32;

/// The most tokens that are good at once: the new one, and the old one until everybody has the new.
const MOST: usize = 2;

/// The largest file that is read for one.
const LARGEST: u64 = 4096;

/// The bits of a file's mode by which everybody may read it.
const ANYBODY: u32 = 0o004;

/// The tokens that are good.
#[derive(Clone)]
pub struct Tokens {
    digests: Vec<[u8; 32]>,
}

/// Why a file of tokens cannot be used; it never says what is in it.
#[derive(Debug, Error)]
pub enum TokenError {
    /// It cannot be read, or made.
    #[error("cannot {doing} the token file `{}`", path.display())]
    Io {
        /// `read`, say.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Every user of the machine can read it.
    #[error("the token file `{}` can be read by everybody on this machine", .0.display())]
    Open(PathBuf),
    /// It holds something else than one or two tokens.
    #[error("the token file `{}` {wrong}", path.display())]
    Wrong {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        wrong: &'static str,
    },
}

impl Tokens {
    /// Reads the tokens of a file, one a line.
    pub fn read(path: &Path) -> Result<Self, TokenError> {
        let failed = |source| TokenError::Io { doing: "read", path: path.to_owned(), source };
        let about = fs::metadata(path).map_err(failed)?;
        let wrong = |wrong| TokenError::Wrong { path: path.to_owned(), wrong };
        if about.permissions().mode() & ANYBODY != 0 {
            return Err(TokenError::Open(path.to_owned()));
        }
        if about.len() > LARGEST {
            return Err(wrong("is too long for two tokens"));
        }
        let text = SecretString::from(fs::read_to_string(path).map_err(failed)?);
        Self::parse(&text).map_err(wrong)
    }

    /// Makes a token of chance in a file that only its owner may read.
    pub fn make(path: &Path) -> Result<(), TokenError> {
        let failed = |source| TokenError::Io { doing: "make", path: path.to_owned(), source };
        let mut bytes = [0; SHORTEST];
        getrandom::fill(&mut bytes).map_err(|error| failed(io::Error::other(error)))?;
        let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let digits: String = halves.filter_map(|half| char::from_digit(half.into(), 16)).collect();
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
        writeln!(file, "{digits}").and_then(|()| file.sync_all()).map_err(failed)
    }

    fn parse(text: &SecretString) -> Result<Self, &'static str> {
        let lines: Vec<&str> =
            text.expose_secret().lines().filter(|line| !line.is_empty()).collect();
        if lines.is_empty() {
            return Err("is empty");
        }
        if lines.len() > MOST {
            return Err("has more than two tokens, one a line");
        }
        if lines.iter().any(|line| line.len() < SHORTEST) {
            return Err("has a token of less than 32 characters");
        }
        if !lines.iter().all(|line| line.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err("has a blank or another odd character in a token");
        }
        Ok(Self { digests: lines.into_iter().map(|line| Sha256::digest(line).into()).collect() })
    }

    /// Whether the value of an `Authorization` header shows a good one, as a bearer.
    pub fn admit_bearer(&self, header: &[u8]) -> bool {
        after_scheme(header, b"bearer ").is_some_and(|shown| self.admit(shown))
    }

    /// Whether it shows a good one, as the password of whatever user.
    pub fn admit_basic(&self, header: &[u8]) -> bool {
        let pair =
            after_scheme(header, b"basic ").and_then(|text| BASE64_STANDARD.decode(text).ok());
        let Some(pair) = pair else { return false };
        let password = pair.splitn(2, |byte| *byte == b':').nth(1);
        password.is_some_and(|shown| self.admit(shown))
    }

    /// Compares with every token, whichever of them fits.
    fn admit(&self, shown: &[u8]) -> bool {
        let shown: [u8; 32] = Sha256::digest(shown).into();
        let fits = |known: &[u8; 32]| known.ct_eq(&shown);
        self.digests.iter().map(fits).fold(Choice::from(0), |any, one| any | one).into()
    }
}

/// What follows the scheme of an `Authorization` header, if it is that one.
fn after_scheme<'a>(header: &'a [u8], scheme: &[u8]) -> Option<&'a [u8]> {
    let (own, rest) = header.split_at_checked(scheme.len())?;
    own.eq_ignore_ascii_case(scheme).then_some(rest)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const OLD: &str = "0123456789abcdef0123456789abcdef";
    const NEW: &str = "fedcba9876543210fedcba9876543210";

    fn tokens(text: &str) -> Result<Tokens, &'static str> {
        Tokens::parse(&SecretString::from(text))
    }

    #[test]
    fn both_tokens_of_a_rotation_are_good_and_no_other() {
        let both = tokens(&format!("{NEW}\n{OLD}\n")).unwrap();
        for good in [OLD, NEW] {
            assert!(both.admit_bearer(format!("Bearer {good}").as_bytes()));
            assert!(both.admit_bearer(format!("bearer {good}").as_bytes()));
        }
        for bad in
            ["Bearer ", "Bearer", "", OLD, "Basic 0123", &format!("Bearer {OLD} "), "Bearer x"]
        {
            assert!(!both.admit_bearer(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn a_browser_shows_the_token_as_its_password() {
        let one = tokens(NEW).unwrap();
        let header = |pair: &str| format!("Basic {}", BASE64_STANDARD.encode(pair)).into_bytes();
        assert!(one.admit_basic(&header(&format!("anybody:{NEW}"))));
        assert!(one.admit_basic(&header(&format!(":{NEW}"))));
        for bad in [NEW.to_owned(), format!("{NEW}:"), format!("a:{OLD}"), format!("a:b:{NEW}")] {
            assert!(!one.admit_basic(&header(&bad)), "{bad}");
        }
        assert!(!one.admit_basic(b"Basic ====="));
    }

    #[test]
    fn a_file_that_is_no_token_is_refused_with_what_is_wrong() {
        let refused = |text: &str| tokens(text).err();
        assert_eq!(refused("\n\n"), Some("is empty"));
        assert_eq!(refused("short"), Some("has a token of less than 32 characters"));
        assert_eq!(
            refused(&format!("{OLD}\n{NEW}\n{OLD}x")),
            Some("has more than two tokens, one a line")
        );
        assert!(refused(&format!("{OLD} {NEW}")).unwrap().contains("odd character"));
    }

    #[test]
    fn a_token_that_is_made_is_nobody_elses_and_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        Tokens::make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&path).unwrap();
        let read = Tokens::read(&path).unwrap();
        assert!(read.admit_bearer(format!("Bearer {}", text.trim()).as_bytes()));
        assert!(Tokens::make(&path).is_err(), "one that is there is never overwritten");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Tokens::read(&path), Err(TokenError::Open(_))));
    }
}
