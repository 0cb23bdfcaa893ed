//! The configuration of a test's world.

use ringbridge::config::Config;

use crate::world::SEALING_KEY;

/// The variables that every test has, and others, of which the later ones count.
#[expect(clippy::expect_used, reason = "the pairs are constants")]
pub(crate) fn config(table: &str, queue_url: &str, variables: &[(&'static str, &str)]) -> Config {
    let pairs = [
        ("RINGBRIDGE_TABLE", table),
        ("RINGBRIDGE_QUEUE_URL", queue_url),
        ("RINGBRIDGE_SEALING_KEY", SEALING_KEY),
        ("RINGBRIDGE_PUBLIC_URL", "https://bridge.example"),
        ("RINGBRIDGE_PBX_HOSTS", "https://pbx.example"),
        ("RINGBRIDGE_CRM_TIMEOUT", "2m"),
        // By the machine's clock (`PATIENCE`), as messages of SQS: longer than a test takes, so that none comes.
        ("RINGBRIDGE_MISSED_HOLD", "1m"),
        ("RINGBRIDGE_BITRIX24_OAUTH", "https://tokens.invalid/"),
        ("RINGBRIDGE_ALLOW_PRIVATE_TARGETS", "true"),
    ];
    // Of two values of one variable the later one counts.
    let pairs = pairs.iter().chain(variables);
    Config::from_pairs(pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).expect("valid")
}
