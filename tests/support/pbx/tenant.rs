//! Who lives on the simulated PBX: clients with their applications, user and extensions. `Tenant::demo` is
//! the cast of docs/pbx.md §11.

use serde::{Deserialize, Serialize};

use super::extension::{Agent, Extension, ExtensionKind};

/// The App ID of the demo client's trusted application.
pub const DEMO_APP_ID: &str = "5d2c1f0a9b8e47d6a3c4b5e6f7089a1b";
/// The App Secret of the demo client's trusted application.
pub const DEMO_APP_SECRET: &str = "c0ffee00112233445566778899aabbcc";

/// App ID and App Secret of the public application to which the demo client can consent.
pub const DEMO_PUBLIC_APP: (&str, &str) =
    ("9c8b7a6f5e4d3c2b1a0f9e8d7c6b5a49", "facade00ffeeddccbbaa998877665544");

/// How an application gets its tokens (docs/pbx.md §1.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppKind {
    /// `client_credentials`: acts as the user who created it.
    Trusted,
    /// `authorization_code`: acts as the user who consented; only these redirect URLs are registered.
    Public(Vec<String>),
}

/// An OAuth application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// App ID, sent as `client_id` to `/oauth/token`.
    pub id: String,
    /// App Secret.
    pub secret: String,
    /// The grant that it may use.
    pub kind: AppKind,
}

/// The user behind the tokens of a client (docs/pbx.md §1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserKind {
    /// A client-level administrator with full access: what an integration needs.
    ClientAdmin,
    /// A client-level user who may only read.
    ReadOnly,
    /// A user of one extension, who sees only that one.
    ExtensionLevel(u64),
    /// A user, or a client, that the provider blocked.
    Blocked,
    /// A provider-level user with this dealer id, who belongs to no client.
    Dealer(u64),
}

/// One client of the PBX.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// PBX client id.
    pub client_id: u64,
    /// Company name.
    pub name: String,
    /// Left part of every extension name; may begin with 0, hence text.
    pub prefix: String,
    /// Digits after the `*`.
    pub extension_len: u8,
    /// SIP domain.
    pub domain: String,
    /// Public numbers, without `+`.
    pub dids: Vec<String>,
    /// Applications whose tokens act for this client.
    pub apps: Vec<App>,
    /// The user behind the tokens.
    pub user: UserKind,
    /// Extensions in the order of the list.
    pub extensions: Vec<Extension>,
    /// Queue agents.
    pub agents: Vec<Agent>,
    /// A phone whose events nobody gets.
    #[serde(default)]
    pub unheard: Option<u64>,
}

impl Tenant {
    /// A client without extensions, with one trusted application.
    pub fn new(client_id: u64, name: &str, prefix: &str, app_id: &str, app_secret: &str) -> Self {
        let trusted = App { id: app_id.into(), secret: app_secret.into(), kind: AppKind::Trusted };
        Self {
            client_id,
            name: name.into(),
            prefix: prefix.into(),
            extension_len: 3,
            domain: "sip.pbx.example".into(),
            dids: Vec::new(),
            apps: vec![trusted],
            user: UserKind::ClientAdmin,
            extensions: Vec::new(),
            agents: Vec::new(),
            unheard: None,
        }
    }

    /// The cast of docs/pbx.md §11: three phones, a queue, an IVR and a fax; agents of the queue at two of the phones, and
    /// one at an outside number.
    pub fn demo() -> Self {
        let mut demo = Self::new(90_417, "Example Trading Ltd", "4821", DEMO_APP_ID, DEMO_APP_SECRET)
            .with_extension(731_205, "205", ExtensionKind::Phone, "Mary Example")
            .with_extension(731_206, "206", ExtensionKind::Phone, "John Sample")
            .with_extension(731_207, "207", ExtensionKind::Phone, "Zoë Пример")
            .with_extension(731_801, "801", ExtensionKind::Queue, "Sales queue")
            .with_extension(731_099, "099", ExtensionKind::Ivr, "Main menu")
            .with_extension(731_900, "900", ExtensionKind::Fax, "Fax");
        demo.dids.push("442079460100".into());
        demo.agents =
            vec![Agent::new(5512, 731_205), Agent::new(5513, 731_206), Agent::remote(5601, "+442079460188")];
        demo
    }

    /// A second, unrelated client whose prefix begins with 0.
    pub fn other() -> Self {
        let (id, secret) = ("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "0badc0de0badc0de0badc0de0badc0de");
        let mut other = Self::new(90_532, "Sample Logistics", "0377", id, secret)
            .with_extension(742_101, "101", ExtensionKind::Phone, "Ann Other")
            .with_extension(742_102, "102", ExtensionKind::Phone, "Bob Other")
            .with_extension(742_800, "800", ExtensionKind::Queue, "Helpdesk")
            .with_extension(742_100, "100", ExtensionKind::Ivr, "Menu");
        other.dids.push("442079460200".into());
        other
    }

    /// Adds an active extension.
    #[must_use]
    pub fn with_extension(mut self, id: u64, number: &str, kind: ExtensionKind, label: &str) -> Self {
        self.extensions.push(Extension::new(id, number, kind, label));
        self
    }

    /// Adds a second queue, 802 with id 731802, for calls that go through two.
    #[must_use]
    pub fn with_second_queue(self) -> Self {
        self.with_extension(731_802, "802", ExtensionKind::Queue, "Support queue")
    }

    /// Adds a phone without events, 208 with id 731208.
    #[must_use]
    pub fn with_unheard_phone(mut self) -> Self {
        self.unheard = Some(731_208);
        self.with_extension(731_208, "208", ExtensionKind::Phone, "Reception")
    }

    /// Adds `count` phones on the first free numbers from 300 (or 3000, 30) on; ids follow the highest one.
    #[must_use]
    pub fn with_phones(mut self, count: usize) -> Self {
        let first = 3 * 10_u64.pow(u32::from(self.extension_len).saturating_sub(1));
        let taken: Vec<String> = self.extensions.iter().map(|one| one.number.clone()).collect();
        let next_id = self.extensions.iter().map(|one| one.id).max().unwrap_or(800_000) + 1;
        let numbers = (first..).map(|n| n.to_string()).filter(|n| !taken.contains(n)).take(count);
        let added = (next_id..).zip(numbers).map(|(id, number)| {
            Extension::new(id, &number, ExtensionKind::Phone, &format!("Phone {number}"))
        });
        self.extensions.extend(added.collect::<Vec<_>>());
        self
    }

    /// Adds a public application with these redirect URLs.
    #[must_use]
    pub fn with_public_app(mut self, id: &str, secret: &str, redirect_uris: &[&str]) -> Self {
        let kind = AppKind::Public(redirect_uris.iter().map(|&uri| uri.to_owned()).collect());
        self.apps.push(App { id: id.into(), secret: secret.into(), kind });
        self
    }

    /// The same client with another kind of user behind its tokens.
    #[must_use]
    pub const fn with_user(mut self, user: UserKind) -> Self {
        self.user = user;
        self
    }

    /// The full name of an extension, `prefix*number`.
    pub fn full_number(&self, extension: &Extension) -> String {
        format!("{}*{}", self.prefix, extension.number)
    }

    /// The extension with this id.
    pub fn extension(&self, id: u64) -> Option<&Extension> {
        self.extensions.iter().find(|one| one.id == id)
    }
}
