//! Makes calls: which events a call produces (docs/pbx.md §7), and their delivery to the registered URLs.

mod calling;
mod cast;
mod emission;
mod leg;
mod live;
mod paced;
mod rare;
mod scenario;
mod script;
mod sender;

pub use cast::{Cast, Party, Recording};
pub use emission::{Emission, encode};
pub use live::{Begin, LegState, LiveCall, LiveLeg, Step};
pub use scenario::{Entrance, NAMED, Named, Outcome, Scenario, named};
pub use script::script;
pub(super) use sender::Parcel;
pub use sender::{Delivery, DeliveryReport, Order, Played, Unplayable};
