//! Who is on the PBX of a site: seven phones of six people, a phone that nobody is mapped to, two queues, two menus.

/// The left part of every extension number.
pub const PREFIX: &str = "4821";
/// What stands behind the `@` in events.
pub const DOMAIN: &str = "sip.pbx.example";
/// The public number.
pub const DID: &str = "442079460100";

/// What an extension is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A phone.
    Phone,
    /// A queue.
    Queue,
    /// A menu.
    Ivr,
}

impl Kind {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Queue => "queue",
            Self::Ivr => "ivr",
        }
    }
}

/// An extension of the PBX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its id.
    pub id: u64,
    /// Its number without the prefix.
    pub short: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The CRM user that it is mapped to.
    pub user: Option<&'static str>,
}

impl Extension {
    const fn phone(id: u64, short: &'static str, user: Option<&'static str>) -> Self {
        Self { id, short, kind: Kind::Phone, user }
    }

    /// `prefix*number`.
    pub fn number(&self) -> String {
        format!("{PREFIX}*{}", self.short)
    }

    /// As `CallerExtension` and `CalledExtension` name it.
    pub fn address(&self) -> String {
        format!("{}@{DOMAIN}", self.number())
    }

    /// As the cases name it: `phone205`, `queue801`, `ivr090`.
    pub fn name(&self) -> String {
        format!("{}{}", self.kind.name(), self.short)
    }

    /// Whether it tells its events: phones that somebody is mapped to, and all queues and menus.
    pub fn speaks(&self) -> bool {
        self.kind != Kind::Phone || self.user.is_some()
    }
}

/// Phones that tell their events. The last is the second phone of its user.
pub const PHONES: [Extension; 7] = [
    Extension::phone(731_205, "205", Some("u205")),
    Extension::phone(731_206, "206", Some("u206")),
    Extension::phone(731_207, "207", Some("u207")),
    Extension::phone(731_208, "208", Some("u208")),
    Extension::phone(731_209, "209", Some("u209")),
    Extension::phone(731_210, "210", Some("u210")),
    Extension::phone(5_000_000_211, "211", Some("u205")),
];
/// A phone that nobody is mapped to: it tells nothing.
pub const SILENT: Extension = Extension::phone(731_212, "212", None);
/// Made after the PBX's list was read.
pub const UNLISTED: Extension = Extension::phone(731_213, "213", None);
/// Queues.
pub const QUEUES: [Extension; 2] = [
    Extension { id: 731_801, short: "801", kind: Kind::Queue, user: None },
    Extension { id: 731_802, short: "802", kind: Kind::Queue, user: None },
];
/// Menus.
pub const IVRS: [Extension; 2] = [
    Extension { id: 731_090, short: "090", kind: Kind::Ivr, user: None },
    Extension { id: 731_091, short: "091", kind: Kind::Ivr, user: None },
];

/// Everybody on the PBX's list.
pub fn everybody() -> impl Iterator<Item = Extension> {
    PHONES.into_iter().chain([SILENT]).chain(QUEUES).chain(IVRS)
}
