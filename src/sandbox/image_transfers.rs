//! Giving images to other accounts.
//!
//! The sandbox has one account, so the answer of the other one comes with the same token: an image
//! that is accepted leaves.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    answer::{Answer, Refusal, Reply},
    call::Call,
    images,
    routes::{Method, Route},
    world::{Numbered, World},
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Post, "/v2/images/{image_id}/account_transfer", offer),
    Route::new(Method::Post, "/v2/images/{image_id}/account_transfer/accept", accept),
    Route::new(Method::Post, "/v2/images/{image_id}/account_transfer/cancel", withdraw),
    Route::new(Method::Post, "/v2/images/{image_id}/account_transfer/decline", withdraw),
];

/// An image that was offered to another account and not answered for yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Transfer {
    /// The image's number.
    pub image: u64,
    /// The other account, by e-mail address or uuid.
    pub recipient: String,
}

#[derive(Deserialize)]
struct Offer {
    recipient_email: Option<String>,
    recipient_uuid: Option<String>,
}

fn offer(world: &mut World, call: &Call) -> Reply {
    let image = images::ready(world, call)?.id;
    let offer: Offer = call.json()?;
    let recipient = offer.recipient_email.or(offer.recipient_uuid);
    let missing = || Refusal::bad_request("recipient_email or recipient_uuid is required");
    let recipient = recipient.filter(|name| !name.is_empty()).ok_or_else(missing)?;
    if world.transfers.values().any(|transfer| transfer.image == image) {
        return Err(Refusal::bad_request("the image is offered to an account already"));
    }
    let id = world.ids.number(Numbered::Transfer);
    world.transfers.insert(id, Transfer { image, recipient });
    Ok(Answer::one(StatusCode::CREATED, "transfer_id", id))
}

#[derive(Deserialize)]
struct Reference {
    transfer_id: u64,
    recipient_uuid: Option<String>,
}

/// The image leaves the account.
fn accept(world: &mut World, call: &Call) -> Reply {
    let (image, reference) = open(world, call)?;
    if reference.recipient_uuid.is_none_or(|uuid| uuid.is_empty()) {
        return Err(Refusal::bad_request("recipient_uuid is required"));
    }
    world.transfers.remove(&reference.transfer_id);
    images::retire(world, image);
    Ok(Answer::empty(StatusCode::CREATED))
}

/// The image stays; who said so makes no difference.
fn withdraw(world: &mut World, call: &Call) -> Reply {
    let (_, reference) = open(world, call)?;
    world.transfers.remove(&reference.transfer_id);
    Ok(Answer::no_content())
}

/// The image in the path and its offer in the body.
fn open(world: &World, call: &Call) -> Result<(u64, Reference), Refusal> {
    let image = images::ready(world, call)?.id;
    let reference: Reference = call.json()?;
    let offered = world.transfers.get(&reference.transfer_id);
    match offered.filter(|transfer| transfer.image == image) {
        Some(_) => Ok((image, reference)),
        None => Err(Refusal::bad_request("the image has no such transfer")),
    }
}
