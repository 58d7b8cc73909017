//! Answers that are kept for whoever asks the same again.
//!
//! A page of 200 droplets is 300 kB of text. As long as nothing in the account changes it is the same
//! text, so it is written once.

use std::collections::BTreeMap;

use axum::body::Bytes;

use crate::sandbox::core::Visit;

/// Smaller answers are written as fast as they are found again, in bytes.
const WORTHWHILE: usize = 4 << 10;

/// How much is kept, in bytes; beyond that everything is forgotten and kept anew.
const ROOM: usize = 32 << 20;

/// The answers to calls that only read, since the last change.
#[derive(Debug, Default)]
pub struct Kept {
    answers: BTreeMap<Question, Bytes>,
    bytes: usize,
}

/// All that such an answer depends on beside the account.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    origin: String,
    path: String,
    query: String,
}

impl Question {
    /// What a call asks for that only reads: by which name it knows us, and where it looks.
    pub fn of(visit: &Visit) -> Self {
        let Visit { origin, path, query, .. } = visit;
        Self { origin: origin.clone(), path: path.clone(), query: query.clone() }
    }
}

impl Kept {
    /// What was answered before.
    pub fn get(&self, question: &Question) -> Option<Bytes> {
        self.answers.get(question).cloned()
    }

    /// Keeps an answer, if that is worthwhile.
    pub fn keep(&mut self, question: Question, answer: &Bytes) {
        if answer.len() < WORTHWHILE {
            return;
        }
        if self.bytes + answer.len() > ROOM {
            self.forget();
        }
        self.bytes += answer.len();
        self.answers.insert(question, answer.clone());
    }

    /// Forgets everything: something changed.
    pub fn forget(&mut self) {
        self.answers.clear();
        self.bytes = 0;
    }
}
