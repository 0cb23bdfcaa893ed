//! Queue agents, and who is told of notices.

use crate::text::pages::page_texts;

page_texts! {
    /// Queue agents, and who is told of notices.
    Told {
        agents_help: "Who of the queues takes calls, as their log-ins and log-outs tell. The page keeps itself up to date.",
        agent: "Agent",
        place: "Takes calls at",
        status: "Status",
        since: "Since",
        available: "ready",
        logged_out: "logged out",
        unknown: "not known yet",
        remote: "outside number",
        no_agents: "The PBX lists no agents, or nobody is mapped yet.",
        list_pending: "The PBX's agents are being read.",
        list_failed: "The PBX does not show its agents: {}",
        ready_count: "{} of {} are ready",
        title: "Who is told",
        intro: "Notices also go out: at once what stops calls, everything else in one digest a day. One message for each cause.",
        who: "Who is told of notices",
        email: "E-mail addresses",
        email_help: "One a line, at most five.",
        no_mail: "This installation sends no e-mail; its operator can switch it on.",
        webhook_url: "Webhook",
        webhook_url_help: "Notices are posted to this address, signed. Empty: nowhere.",
        webhook_secret: "Signing secret",
        webhook_secret_help: "whsec_ followed by base64. Leave it empty to keep the one before.",
        digest: "One digest a day",
        digest_help: "Of what stops no calls. Without it only the urgent is told.",
        language: "Language of the messages",
        language_help: "What their readers read.",
        saved: "Saved.",
        test: "Send a test",
        test_email: "E-mail",
        sent: "sent",
        test_nobody: "Nobody is to be told: enter an address or a webhook, and save it first.",
        test_soon: "A test was sent a moment ago; look whether it came, or try again in a minute.",
    }
}
