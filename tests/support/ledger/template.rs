//! CRMs by template: the subject of each call, and its seconds where the example sends them.

use serde_json::{Value, json};

use super::words::{as_subject, behind, digits, subject};
use super::{Entry, Ledger};
use crate::outside::Expected;
use crate::template_crms::{Crm, TOKEN, TemplateCrm};

impl Ledger for TemplateCrm {
    fn origin(&self) -> String {
        self.url()
    }

    fn settings(&self, proxy: &str) -> Value {
        let template = self.crm.example();
        json!({ "kind": "template", "url": proxy, "secret": TOKEN, "template": template })
    }

    fn users(&self) -> [String; 3] {
        let prefix = if self.crm == Crm::EspoCrm { "u" } else { "" };
        [7, 8, 9].map(|user| format!("{prefix}{user}"))
    }

    fn changes(&self) -> bool {
        // Pipedrive's call log has no way to change an entry.
        self.crm != Crm::Pipedrive
    }

    fn wanted(&self, expected: &Expected) -> Option<String> {
        let clock = format!("{:02}:{:02}", expected.talk_seconds / 60, expected.talk_seconds % 60);
        let seconds = match self.crm {
            Crm::Pipedrive => expected.talk_seconds.to_string(),
            Crm::Zoho => clock,
            Crm::Odoo => format!("0:{clock}"),
            Crm::EspoCrm => "-".to_owned(),
        };
        // Odoo keeps calls with a contact.
        let kept = self.crm != Crm::Odoo || !expected.external.is_empty();
        kept.then(|| format!("{} {seconds}", subject(expected)))
    }

    fn entries(&self) -> Vec<Entry> {
        let crm = self.crm;
        let entry = |(_, call): &(u64, Value)| {
            let text = |name: &str| call[name].as_str().unwrap_or_default();
            let (subject, seconds, mark) = match crm {
                Crm::Pipedrive => (text("subject"), text("duration"), behind(text("note"), "Ringbridge: ")),
                Crm::Zoho => (text("Subject"), text("Call_Duration"), text("Ringbridge_Id")),
                Crm::EspoCrm => (text("name"), "-", behind(text("description"), "Ringbridge: ")),
                Crm::Odoo => {
                    let said = text("body").split("<br/>").next().unwrap_or_default();
                    let clock = said.rsplit(", ").next().unwrap_or_default();
                    (text("subject"), clock, behind(text("body"), "Ringbridge: "))
                }
            };
            Entry { mark: mark.to_owned(), line: format!("{} {seconds}", as_subject(subject)) }
        };
        self.state().calls.iter().map(entry).collect()
    }

    fn contacts(&self) -> Vec<String> {
        self.state().contacts.iter().map(|(_, number)| digits(number)).collect()
    }
}
