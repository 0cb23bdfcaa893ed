//! Subjects of the connectors that a token lets in, or a consent.

use ringbridge::model::crm_target::OpenCrmTarget;
use simulators::hubspot::{HubFault, HubSpot};
use simulators::kommo::{Kommo, KommoFault};

use super::{Hurt, Subject};

impl Subject for HubSpot {
    fn target(&self) -> OpenCrmTarget {
        crate::hubspot::target()
    }

    fn hurt(&self, hurt: Hurt) {
        let fault = match hurt {
            Hurt::LostAnswer => HubFault::LostAnswer,
            Hurt::Endless => HubFault::Endless,
            Hurt::Unauthorised => HubFault::Status(401),
        };
        self.fail(None, fault);
    }

    fn records(&self) -> usize {
        assert_eq!(self.state().contacts.len(), 1, "one contact");
        assert_eq!(self.state().ties.len(), 1, "one association");
        self.logged().len()
    }
}

impl Subject for Kommo {
    fn target(&self) -> OpenCrmTarget {
        crate::kommo::let_in_by_token()
    }

    fn hurt(&self, hurt: Hurt) {
        let fault = match hurt {
            Hurt::LostAnswer => KommoFault::LostAnswer,
            Hurt::Endless => KommoFault::Endless,
            Hurt::Unauthorised => KommoFault::Status(401),
        };
        self.fail(None, fault);
    }

    fn records(&self) -> usize {
        assert_eq!(self.state().contacts.len(), 1, "one contact");
        self.logged().len()
    }
}
