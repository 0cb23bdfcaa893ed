//! The one read with which an event begins: who sent it, and what concerns its call as a whole.

use std::collections::BTreeSet;

use super::document::{self, Stored};
use super::item::Item;
use super::record::{CallItem, read_call};
use super::{Store, StoreError, keys};
use crate::model::call::{BundleInfo, MainExtension, RecordId};
use crate::model::connection::Connection;
use crate::model::extension::{Admission, Extension, ExtensionKind};
use crate::model::ids::{CallId, CrmUserId, ExtensionId};
use crate::model::token::EventToken;

/// Who sent an event: the connection and the extension that its token belongs to.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The connection.
    pub connection: Stored<Connection>,
    /// The extension.
    pub extension: Extension,
    /// The main extension of its employee, if the event named one and the list has it.
    pub main: Option<Extension>,
    /// The call as a whole, if anything concerned it.
    pub call: Option<CallItem>,
    /// Which events the URL lets in.
    pub admission: Admission,
}

impl Sender {
    /// Whose the calls of an extension are that takes part here.
    pub fn user_of(&self, id: ExtensionId) -> Option<&CrmUserId> {
        let known = [Some(&self.extension), self.main.as_ref()].into_iter().flatten();
        known.filter(|extension| extension.listed.id == id).find_map(|extension| extension.crm_user.as_ref())
    }

    /// The main extension, as a leg keeps it.
    pub fn main_extension(&self) -> Option<MainExtension> {
        let listed = &self.main.as_ref()?.listed;
        Some(MainExtension { id: listed.id, number: listed.number.clone() })
    }
}

impl Store {
    /// Finds who a token belongs to, in one round trip. `None` for a token that is not, or no longer, in use.
    pub async fn sender(
        &self,
        token: &EventToken,
        call: Option<&CallId>,
        bundle: Option<&BundleInfo>,
    ) -> Result<Option<Sender>, StoreError> {
        let pk = keys::connection(token.connection);
        let mut wanted = BTreeSet::from([
            (pk.clone(), keys::META.to_owned()),
            (pk.clone(), keys::extension(token.extension)),
        ]);
        let bundle = bundle.filter(|bundle| bundle.extension_id != token.extension);
        wanted.extend(bundle.map(|bundle| (pk.clone(), keys::extension(bundle.extension_id))));
        wanted.extend(call.map(|call| {
            let key = RecordId::call_key(token.connection, call);
            (keys::call(token.connection, key), keys::CALL.to_owned())
        }));
        let (mut connection, mut extensions, mut call) = (None, Vec::new(), None);
        for attributes in self.batch_get(wanted).await? {
            let sk = attributes.get("sk").and_then(|sk| sk.as_s().ok()).map_or("", String::as_str);
            match sk {
                // One that can't be read is found, and reported, by whoever looks at the whole call.
                keys::CALL => call = read_call(attributes).ok(),
                keys::META => connection = Some(document::read::<Connection>(&Item::new(attributes)?)?),
                _ => extensions.push(document::read::<Extension>(&Item::new(attributes)?)?.value),
            }
        }
        Ok(known(token, bundle, connection, extensions, call))
    }
}

fn known(
    token: &EventToken,
    bundle: Option<&BundleInfo>,
    connection: Option<Stored<Connection>>,
    mut extensions: Vec<Extension>,
    call: Option<CallItem>,
) -> Option<Sender> {
    let connection = connection.filter(|connection| !connection.value.closing)?;
    let place = extensions.iter().position(|extension| extension.listed.id == token.extension)?;
    let extension = extensions.swap_remove(place);
    // Number and id must belong together, and a queue is nobody's main extension.
    let main = extensions.pop().filter(|main| {
        main.listed.kind == ExtensionKind::Phone
            && bundle.is_some_and(|bundle| bundle.number == main.listed.number)
    });
    let admission = extension.events.admits(&token.digest())?;
    Some(Sender { connection, extension, main, call, admission })
}
