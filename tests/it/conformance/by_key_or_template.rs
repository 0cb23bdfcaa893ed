//! Subjects of the connectors that know their records by a key, or by what a template says.

use ringbridge::model::crm_target::OpenCrmTarget;
use simulators::retailcrm::{RetailCrm, RetailFault};
use simulators::template_crms::TemplateCrm;

use super::{Hurt, Subject};

impl Subject for RetailCrm {
    fn target(&self) -> OpenCrmTarget {
        crate::retailcrm::target(self)
    }

    fn user(&self) -> &'static str {
        "27"
    }

    fn hurt(&self, hurt: Hurt) {
        let fault = match hurt {
            Hurt::LostAnswer => RetailFault::LostAnswer,
            Hurt::Endless => RetailFault::Endless,
            Hurt::Unauthorised => RetailFault::Status(401),
        };
        self.fail(None, fault);
    }

    fn records(&self) -> usize {
        self.logged().len()
    }
}

impl Subject for TemplateCrm {
    fn target(&self) -> OpenCrmTarget {
        crate::template::target(self)
    }

    fn hurt(&self, hurt: Hurt) {
        self.fail(match hurt {
            Hurt::LostAnswer => RetailFault::LostAnswer,
            Hurt::Endless => RetailFault::Endless,
            Hurt::Unauthorised => RetailFault::Status(401),
        });
    }

    fn records(&self) -> usize {
        self.state().calls.len()
    }
}
