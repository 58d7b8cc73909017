//! SSH keys: unique by what they are, not by what they are called.

use axum::http::StatusCode;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use ssh_key::PublicKey;

use crate::sandbox::{
    answer::{Answer, Refusal, Reply},
    call::Call,
    pages,
    routes::{Method, Route},
    world::{Numbered, World},
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/account/keys", list),
    Route::new(Method::Post, "/v2/account/keys", create),
    Route::new(Method::Get, "/v2/account/keys/{ssh_key_identifier}", get),
    Route::new(Method::Put, "/v2/account/keys/{ssh_key_identifier}", rename),
    Route::new(Method::Delete, "/v2/account/keys/{ssh_key_identifier}", delete),
];

/// An SSH key of the account, also in the form the API shows it.
#[expect(clippy::struct_field_names, reason = "the API's name")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Key {
    /// The number requests use.
    pub id: u64,
    /// MD5 of the key's bytes, as pairs of digits; requests use it too.
    pub fingerprint: String,
    /// The key as it was sent.
    pub public_key: String,
    /// The name people read; not unique.
    pub name: String,
}

/// Finds a key by its number or its fingerprint.
pub fn find<'a>(world: &'a World, identifier: &str) -> Option<&'a Key> {
    let by_number = identifier.parse().ok().and_then(|id: u64| world.keys.get(&id));
    by_number.or_else(|| world.keys.values().find(|key| key.fingerprint == identifier))
}

fn list(world: &mut World, call: &Call) -> Reply {
    pages::list(call, "ssh_keys", world.keys.values().collect(), |key| key)
}

#[derive(Deserialize)]
struct NewKey {
    name: String,
    public_key: String,
}

fn create(world: &mut World, call: &Call) -> Reply {
    let new: NewKey = call.json()?;
    let fingerprint = fingerprint(&new.public_key)?;
    if new.name.trim().is_empty() {
        return Err(Refusal::unprocessable("Name can't be blank"));
    }
    if world.keys.values().any(|key| key.fingerprint == fingerprint) {
        return Err(Refusal::unprocessable("SSH Key is already in use on your account"));
    }
    let id = world.ids.number(Numbered::Key);
    let key = Key { id, fingerprint, public_key: new.public_key, name: new.name };
    let answer = Answer::one(StatusCode::CREATED, "ssh_key", &key);
    world.keys.insert(id, key);
    Ok(answer)
}

fn fingerprint(public_key: &str) -> Result<String, Refusal> {
    let refused = || {
        let message = "Key invalid, key should be of the format `type key comment`";
        Refusal::unprocessable(message)
    };
    let key = PublicKey::from_openssh(public_key.trim()).map_err(|_| refused())?;
    let bytes = key.to_bytes().map_err(|_| refused())?;
    let pairs: Vec<String> = Md5::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(pairs.join(":"))
}

fn get(world: &mut World, call: &Call) -> Reply {
    let key = find(world, call.capture(0)).ok_or_else(Refusal::not_found)?;
    Ok(Answer::one(StatusCode::OK, "ssh_key", key))
}

#[derive(Deserialize)]
struct NewName {
    name: String,
}

fn rename(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call.capture(0)).ok_or_else(Refusal::not_found)?.id;
    let new: NewName = call.json()?;
    if new.name.trim().is_empty() {
        return Err(Refusal::unprocessable("Name can't be blank"));
    }
    let key = world.keys.get_mut(&id).ok_or_else(Refusal::not_found)?;
    key.name = new.name;
    Ok(Answer::one(StatusCode::OK, "ssh_key", &*key))
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call.capture(0)).ok_or_else(Refusal::not_found)?.id;
    world.keys.remove(&id);
    Ok(Answer::no_content())
}
