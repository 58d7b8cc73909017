//! Copying images to other regions, and keeping backups as snapshots.

use axum::http::StatusCode;
use serde::Deserialize;

use crate::sandbox::{
    actions::{self, Held, Work},
    answer::{Answer, Refusal, Reply},
    call::Call,
    catalog::{self, Image, ImageKind},
    images,
    routes::{Method, Route},
    world::{Effect, World},
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/images/{image_id}/actions", list),
    Route::new(Method::Post, "/v2/images/{image_id}/actions", act),
    Route::new(Method::Get, "/v2/images/{image_id}/actions/{action_id}", get),
];

/// Seconds a copy takes, and a conversion.
const TRANSFER: u32 = 60;
const CONVERSION: u32 = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Transfer,
    Convert,
}

#[derive(Deserialize)]
struct Wanted {
    r#type: Kind,
    region: Option<String>,
}

fn act(world: &mut World, call: &Call) -> Reply {
    let image = images::ready(world, call)?;
    let wanted: Wanted = call.json()?;
    let work = match wanted.r#type {
        Kind::Transfer => transfer(image, wanted.region.as_deref())?,
        Kind::Convert => convert(image)?,
    };
    let action = actions::begin(world, &call.terms, work);
    Ok(Answer::one(StatusCode::CREATED, "action", actions::view(&action)))
}

fn transfer(image: &Image, region: Option<&str>) -> Result<Work, Refusal> {
    let region = region.ok_or_else(|| Refusal::unprocessable("missing field `region`"))?;
    if !catalog::has_region(region) {
        return Err(Refusal::unprocessable("region is not valid"));
    }
    if image.regions.iter().any(|own| own == region) {
        return Err(Refusal::unprocessable("the image is in this region already"));
    }
    let effect = Effect::Spread { region: region.to_owned() };
    Ok(Work { kind: "transfer", seconds: TRANSFER, ..work(image, region, effect) })
}

fn convert(image: &Image) -> Result<Work, Refusal> {
    if image.kind != ImageKind::Backup {
        return Err(Refusal::unprocessable("only a backup can be converted to a snapshot"));
    }
    let region = image.regions.first().map_or("", String::as_str);
    Ok(work(image, region, Effect::Convert))
}

fn work(image: &Image, region: &str, effect: Effect) -> Work {
    Work {
        kind: "convert",
        seconds: CONVERSION,
        held: Held { image: Some(image.id), ..Held::default() },
        region: region.to_owned(),
        effect,
    }
}

fn list(world: &mut World, call: &Call) -> Reply {
    let id = images::find(world, call.capture(0)).ok_or_else(Refusal::not_found)?.id;
    actions::list_where(world, call, |action| action.held.image == Some(id))
}

fn get(world: &mut World, call: &Call) -> Reply {
    let id = images::find(world, call.capture(0)).ok_or_else(Refusal::not_found)?.id;
    actions::get_where(world, call, 1, |action| action.held.image == Some(id))
}
