//! Where an account is: a name below one of the vendor's domains. What a token is sent to is never anything else
//! (docs/kommo.md §1).

use reqwest::header::HOST;
use reqwest::{Method, RequestBuilder};
use url::{Host, Url};

use crate::crm::CrmError;
use crate::http_client::CrmClient;

/// The domains below which accounts are.
const DOMAINS: [&str; 3] = ["kommo.com", "amocrm.ru", "amocrm.com"];

/// An account's address, such as `example.kommo.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account(String);

impl Account {
    /// Reads a name or a URL; `None` for what can't be an account.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let url = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&url).ok()?;
        let plain = url.scheme() == "https" && url.port().is_none() && url.username().is_empty();
        let Some(Host::Domain(host)) = url.host().filter(|_| plain) else { return None };
        let name = DOMAINS.iter().find_map(|domain| host.strip_suffix(domain)?.strip_suffix('.'))?;
        (!name.is_empty() && name != "www").then(|| Self(host.to_owned()))
    }

    /// Its name.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Where those who work with it consent.
    pub(super) fn consents_at(&self) -> String {
        let domain = DOMAINS.iter().find(|domain| self.0.ends_with(**domain));
        format!("https://www.{}/oauth", domain.unwrap_or(&DOMAINS[0]))
    }
}

/// How accounts are reached: each at its own address, or all at one that stands before them.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// What requests are made with.
    pub(super) client: CrmClient,
    /// What stands for every account, if anything does; it goes by the name in `Host`.
    pub(super) instead: Option<Url>,
}

impl Way {
    /// Starts a request to an account; `path` begins with a slash.
    pub(super) fn request(
        &self,
        method: Method,
        account: &Account,
        path: &str,
    ) -> Result<RequestBuilder, CrmError> {
        let url = match &self.instead {
            Some(base) => format!("{}{path}", base.as_str().trim_end_matches('/')),
            None => format!("https://{}{path}", account.as_str()),
        };
        let url = Url::parse(&url).map_err(|_| CrmError::Settings("the account's address is not a URL"))?;
        let request = self.client.request(method, &url)?;
        Ok(if self.instead.is_some() { request.header(HOST, account.as_str()) } else { request })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_an_account_is_one() {
        for (text, wanted) in [
            ("example.kommo.com", Some("example.kommo.com")),
            (" https://Example.amocrm.ru/leads/list?x=1 ", Some("example.amocrm.ru")),
            ("example.amocrm.com", Some("example.amocrm.com")),
            ("www.kommo.com", None),
            ("kommo.com", None),
            ("example", None),
            ("http://example.kommo.com", None),
            ("example.kommo.com:8443", None),
            ("https://example.kommo.com@elsewhere.example", None),
            ("kommo.com.elsewhere.example", None),
            ("examplekommo.com", None),
            ("https://127.0.0.1", None),
            ("", None),
        ] {
            assert_eq!(Account::parse(text).as_ref().map(Account::as_str), wanted, "{text}");
        }
        let account = Account::parse("example.amocrm.ru").unwrap();
        assert_eq!(account.consents_at(), "https://www.amocrm.ru/oauth");
    }
}
