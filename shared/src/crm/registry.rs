//! Which connector serves which kind of CRM.

use url::Url;

use super::{Connector, CrmError};
use crate::model::connection::{Connection, CrmTarget, OpenCrmTarget};
use crate::seal::Sealer;

/// The connectors by kind.
pub struct Connectors {
    /// Signed webhooks.
    pub webhook: Box<dyn Connector>,
}

impl Connectors {
    /// Opens a connection's CRM credentials.
    pub fn open(&self, connection: &Connection, sealer: &Sealer) -> Result<OpenCrmTarget, CrmError> {
        match &connection.crm {
            CrmTarget::Webhook { url, secret } => {
                let url =
                    Url::parse(url).map_err(|_| CrmError::Settings("the webhook's address is not a URL"))?;
                let opened = sealer.open(connection.id, secret);
                let secret =
                    opened.map_err(|_| CrmError::Settings("the webhook's secret can't be opened"))?;
                Ok(OpenCrmTarget::Webhook { url, secret })
            }
        }
    }

    /// The connector of a target.
    pub fn of(&self, target: &OpenCrmTarget) -> &dyn Connector {
        match target {
            OpenCrmTarget::Webhook { .. } => self.webhook.as_ref(),
        }
    }
}
