//! Which connector serves which kind of CRM.

use url::Url;

use super::{Connector, CrmError};
use crate::model::connection::{Connection, CrmTarget, Former, OpenCrmTarget};
use crate::seal::{Sealer, field};

/// The connectors by kind.
pub struct Connectors {
    /// Signed webhooks.
    pub webhook: Box<dyn Connector>,
}

impl Connectors {
    /// Opens a connection's CRM credentials.
    pub fn open(&self, connection: &Connection, sealer: &Sealer) -> Result<OpenCrmTarget, CrmError> {
        match &connection.crm {
            CrmTarget::Webhook { url, secret, former } => {
                let open = |field, sealed| {
                    let opened = sealer.open(connection.id, field, sealed);
                    opened.map_err(|_| CrmError::Settings("the webhook's settings can't be opened"))
                };
                let url = Url::parse(open(field::CRM_URL, url)?.reveal())
                    .map_err(|_| CrmError::Settings("the webhook's address is not a URL"))?;
                let former = former.as_ref().map(|former| {
                    Ok(Former { secret: open(field::CRM_SECRET, &former.secret)?, until: former.until })
                });
                let (secret, former) = (open(field::CRM_SECRET, secret)?, former.transpose()?);
                Ok(OpenCrmTarget::Webhook { url, secret, former })
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
