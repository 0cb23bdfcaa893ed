//! The settings of a CRM as a form, made of what its connector says of itself.

use maud::{Markup, html};

use super::layout::{self, Input};
use super::voice::Voice;
use crate::crm::{About, FieldKind};
use crate::http::problem::FieldError;

/// The fields of a kind, with what stands in them.
pub(super) fn show<'a>(
    voice: &Voice,
    about: &About,
    errors: &[FieldError],
    value: impl Fn(&str) -> Option<&'a str>,
) -> Markup {
    html! {
        input type="hidden" name="crm.kind" value=(about.kind);
        @for field in about.fields {
            @let name = format!("crm.{}", field.name);
            ({
                let input = |kind| Input {
                    name: &name,
                    label: &voice.say(field.label),
                    help: &voice.say(field.help),
                    kind,
                    value: value(&name).unwrap_or_default(),
                    optional: field.optional,
                }
                .show(voice, errors);
                match field.kind {
                    FieldKind::Address => input("url"),
                    FieldKind::Text => input("text"),
                    FieldKind::Secret => input("password"),
                    FieldKind::Document => layout::long(
                        voice,
                        (&name, &voice.say(field.label), &voice.say(field.help)),
                        value(&name).unwrap_or_default(),
                        errors,
                    ),
                }
            })
        }
    }
}
