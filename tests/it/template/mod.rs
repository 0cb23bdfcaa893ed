//! CRMs by template: each example that is shipped, against a fake in its CRM's shapes, and what is refused when saved.

mod examples;
mod pipedrive;
mod refused;

use ringbridge::crm::template::{self, TemplateConnector};
use ringbridge::http_client::{self, Targets};
use ringbridge::model::crm_target::OpenCrmTarget;
use ringbridge::model::secret::Secret;
use simulators::patience::PATIENT;
use simulators::template_crms::{TOKEN, TemplateCrm};

/// The settings of one.
pub(crate) fn target(crm: &TemplateCrm) -> OpenCrmTarget {
    let fields = [
        (template::URL, crm.url()),
        (template::SECRET, TOKEN.to_owned()),
        (template::TEMPLATE, crm.crm.example().to_owned()),
    ];
    OpenCrmTarget::new(template::KIND, fields.map(|(name, value)| (name, Secret::new(value))))
}

fn connector() -> TemplateConnector {
    TemplateConnector::new(http_client::for_crm(PATIENT, Targets::AnyAddress).unwrap())
}
