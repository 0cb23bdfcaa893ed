//! Which connector serves which kind of CRM.

use url::Url;

use super::bitrix24::Bitrix24Connector;
use super::bottlecrm::BottleCrmConnector;
use super::hubspot::HubSpotConnector;
use super::kommo::KommoConnector;
use super::retailcrm::RetailCrmConnector;
use super::template::TemplateConnector;
use super::webhook::{Poster, WebhookConnector};
use super::{About, Connector, CrmError};
use crate::http_client::CrmClient;
use crate::model::connection::Connection;
use crate::model::crm_target::{CrmTarget, OpenCrmTarget};
use crate::model::secret::crm_field;
use crate::seal::Sealer;

/// Where the vendors give out tokens or are asked, for the kinds whose customers don't say so.
#[derive(Clone, Debug)]
pub struct AuthServers {
    /// Bitrix24's.
    pub bitrix24: Url,
    /// HubSpot's API.
    pub hubspot: Url,
    /// What stands for every account of Kommo, if anything does.
    pub kommo: Option<Url>,
}

/// The connectors.
pub struct Connectors {
    kinds: Vec<Box<dyn Connector>>,
    poster: Option<Poster>,
}

impl Connectors {
    /// Every kind that there is.
    pub fn all(client: &CrmClient, servers: &AuthServers) -> Self {
        let kinds: Vec<Box<dyn Connector>> = vec![
            Box::new(WebhookConnector::new(client.clone())),
            Box::new(Bitrix24Connector::new(client.clone(), servers.bitrix24.clone())),
            Box::new(BottleCrmConnector::new(client.clone())),
            Box::new(KommoConnector::new(client.clone(), servers.kommo.clone())),
            Box::new(HubSpotConnector::new(client.clone(), servers.hubspot.clone())),
            Box::new(RetailCrmConnector::new(client.clone())),
            Box::new(TemplateConnector::new(client.clone())),
        ];
        Self { kinds, poster: Some(Poster::new(client.clone())) }
    }

    /// These ones.
    pub fn new(connectors: Vec<Box<dyn Connector>>) -> Self {
        Self { kinds: connectors, poster: None }
    }

    /// What posts webhooks that are no records, over the same client.
    pub fn poster(&self) -> Result<&Poster, CrmError> {
        self.poster.as_ref().ok_or(CrmError::Settings("this process posts no webhooks"))
    }

    /// Opens a connection's CRM settings.
    pub fn open(connection: &Connection, sealer: &Sealer) -> Result<OpenCrmTarget, CrmError> {
        Self::open_target(connection, &connection.crm, sealer)
    }

    /// Opens settings that were sealed for a connection.
    pub fn open_target(
        connection: &Connection,
        target: &CrmTarget,
        sealer: &Sealer,
    ) -> Result<OpenCrmTarget, CrmError> {
        target
            .try_map(|field, sealed| sealer.open(connection.id, &crm_field(field), sealed))
            .map_err(|_| CrmError::Settings("they can't be opened with the configured sealing keys"))
    }

    /// The connector of a kind.
    pub fn of(&self, kind: &str) -> Result<&dyn Connector, CrmError> {
        let found = self.kinds.iter().find(|connector| connector.about().kind == kind);
        found.map(AsRef::as_ref).ok_or(CrmError::Settings("this version knows no such kind of CRM"))
    }

    /// What each kind says of itself.
    pub fn about(&self) -> impl Iterator<Item = &'static About> {
        self.kinds.iter().map(|connector| connector.about())
    }
}
