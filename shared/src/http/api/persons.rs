//! `DELETE /persons?number=`: erases what is kept of a person, and says how much it was.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi, Who};
use crate::clock::Timestamp;
use crate::flow::connection::audit;
use crate::flow::connection::persons::{self, Part, Place, Wanted};
use crate::http::Problem;
use crate::http::problem::FieldError;
use crate::model::audit::Act;
use crate::storage::is_place;
use crate::view::connection::{Erased, Erasure};

pub(super) fn routes() -> Routes {
    let doc = Doc::new(
        "erasePerson",
        "Erases every call in which a number took part; the PBX and the CRM keep their own copies",
    )
    .needs("number", "The number, in any spelling")
    .query("cursor", "From the answer before, until there is none")
    .gives::<Erasure>(200, "What was erased; with a cursor there may be more")
    .ends(422, "Fields of the query are wrong");
    Routes::new().on("delete", "/api/v1/persons", erase, doc)
}

/// Who is to be erased, and where to go on.
struct Query {
    wanted: Wanted,
    place: Option<Place>,
}

impl FromRequestParts<SettingsApi> for Query {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &SettingsApi) -> Result<Self, Response> {
        let (mut wanted, mut place, mut errors) = (None, None, Vec::new());
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            let message = match name.as_ref() {
                "number" => {
                    wanted = Wanted::parse(&value);
                    continue;
                }
                "cursor" => {
                    place = read_place(&value);
                    if place.is_some() || value.is_empty() {
                        continue;
                    }
                    "this must be the cursor of an answer before, whole"
                }
                _ => "there is no such field; there are number and cursor",
            };
            errors.push(FieldError { path: name.into_owned(), message: message.to_owned() });
        }
        if wanted.is_none() {
            let message =
                "this must be a telephone number of 5 to 20 digits, such as +442079460555".to_owned();
            errors.push(FieldError { path: "number".to_owned(), message });
        }
        match wanted {
            Some(wanted) if errors.is_empty() => Ok(Self { wanted, place }),
            _ => Err(Problem::fields(errors).into_response()),
        }
    }
}

async fn erase(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    who: Who,
    query: Query,
) -> Result<Json<Erasure>, Refusal> {
    let id = connection.value.id;
    if query.place.is_none() {
        audit::note(&api.settings, id, &who.0, Act::PersonErased).await?;
    }
    let erased = persons::erase(&api.calls, id, &query.wanted, query.place).await?;
    let cursor = erased.next.as_ref().map(write_place);
    Ok(Json(Erasure { erased: Erased { calls: erased.calls, records: erased.records }, cursor }))
}

fn write_place(place: &Place) -> String {
    let part = match place.part {
        Part::Logged => "logged",
        Part::Unlogged => "unlogged",
        Part::Live => "live",
    };
    format!("{part}.{}", place.cursor.as_deref().unwrap_or_default())
}

fn read_place(text: &str) -> Option<Place> {
    let (part, cursor) = text.split_once('.')?;
    let part = match part {
        "logged" => Part::Logged,
        "unlogged" => Part::Unlogged,
        "live" => Part::Live,
        _ => return None,
    };
    let cursor = (!cursor.is_empty()).then(|| cursor.to_owned());
    let ever = Timestamp::from_micros(i64::MAX);
    let is_sound = cursor.as_ref().is_none_or(|cursor| is_place(cursor, Timestamp::default(), ever));
    is_sound.then_some(Place { part, cursor })
}
