//! What is asked of the API: a method, a path, a query and a body.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// The methods dostack uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or starts an action: the one method that is not repeated when its answer is lost.
    Post,
    /// Replaces the whole of a thing, so that twice is as good as once.
    Put,
    /// Deletes: a thing that is missing counts as deleted.
    Delete,
}

impl Method {
    /// The method's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What comes of a call that is carried out twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twice {
    /// No more than of one: a read, a replacement, a deletion.
    Same,
    /// A refusal: the name is taken, or it is so already.
    Refused,
    /// Two things, and nothing but our own care keeps the second one away.
    Doubled,
}

/// A method and a path, as errors and logs name a call: `POST /v2/volumes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// How it is asked.
    pub method: Method,
    /// Where, from the first slash on and without the query.
    pub path: String,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.path)
    }
}

/// One call, ready to be sent as often as it takes.
#[derive(Clone)]
pub struct Request {
    /// How it is asked.
    pub method: Method,
    /// What would come of asking twice.
    pub twice: Twice,
    /// The parts of the path, not yet escaped.
    pub path: Vec<String>,
    /// The query in the order it is sent.
    pub query: Vec<(&'static str, String)>,
    /// The JSON body, if the call has one.
    pub body: Option<Value>,
}

impl Request {
    /// A read of `path`.
    pub fn get(path: &[&str]) -> Self {
        Self::new(Method::Get, path)
    }

    /// A create, or an action, under `path`, of which DigitalOcean refuses a second one.
    pub fn post(path: &[&str], body: &impl Serialize) -> Self {
        Self::new(Method::Post, path).with_body(body)
    }

    /// A create under `path` of something of which there can be two alike.
    pub fn post_once(path: &[&str], body: &impl Serialize) -> Self {
        Self { twice: Twice::Doubled, ..Self::post(path, body) }
    }

    /// A replacement of what lies at `path`.
    pub fn put(path: &[&str], body: &impl Serialize) -> Self {
        Self::new(Method::Put, path).with_body(body)
    }

    /// A deletion of what lies at `path`.
    pub fn delete(path: &[&str]) -> Self {
        Self::new(Method::Delete, path)
    }

    /// The same call with one more query field.
    pub fn with_query(mut self, name: &'static str, value: &str) -> Self {
        self.query.push((name, value.to_owned()));
        self
    }

    /// The same call with a body.
    pub fn with_body(mut self, body: &impl Serialize) -> Self {
        let body = serde_json::to_value(body).expect("request bodies have text keys only");
        self.body = Some(body);
        self
    }

    /// The call as errors and logs name it.
    pub fn call(&self) -> Call {
        Call { method: self.method, path: format!("/v2/{}", self.path.join("/")) }
    }

    fn new(method: Method, path: &[&str]) -> Self {
        let twice = match method {
            Method::Post => Twice::Refused,
            Method::Get | Method::Put | Method::Delete => Twice::Same,
        };
        let path = path.iter().map(|&part| part.to_owned()).collect();
        Self { method, twice, path, query: Vec::new(), body: None }
    }
}
