//! What of ours is on the simulated PBX.

use super::world::{AGENTS, FAX, IVR, JOHN, MARY, OURS, OURS_OF_AGENTS, QUEUE, SettingsWorld, ZOE};

impl SettingsWorld {
    /// The kinds of our events on an extension, sorted; all of them must carry the same token.
    pub(crate) fn ours(&self, extension: u64) -> Vec<String> {
        let handlers = self.pbx.events(extension);
        let ours: Vec<_> = handlers.iter().filter(|one| one.url.starts_with(OURS)).collect();
        assert!(ours.windows(2).all(|pair| pair[0].url == pair[1].url), "{ours:?}");
        assert!(ours.iter().all(|one| one.method == "POST"), "{ours:?}");
        let mut kinds: Vec<_> = ours.iter().map(|one| one.event_type.clone()).collect();
        kinds.sort();
        kinds
    }

    /// The kinds of our events on a queue agent, sorted; both must carry the same token.
    pub(crate) fn ours_of_agent(&self, agent: u64) -> Vec<String> {
        let handlers = self.pbx.agent_events(agent);
        let ours: Vec<_> = handlers.iter().filter(|one| one.url.starts_with(OURS_OF_AGENTS)).collect();
        assert!(ours.windows(2).all(|pair| pair[0].url == pair[1].url), "{ours:?}");
        let mut kinds: Vec<_> = ours.iter().map(|one| one.event_type.clone()).collect();
        kinds.sort();
        kinds
    }

    /// That exactly these extensions have all their events, and the others of the demo client none of ours; and the agents
    /// theirs, if the queue is among them.
    pub(crate) fn assert_installed(&self, wanted: &[u64]) {
        for extension in [MARY, JOHN, ZOE, QUEUE, IVR, FAX] {
            let kinds: &[&str] = match extension {
                QUEUE | IVR => &["hangup"],
                _ => &["answer", "dial-in", "dial-out", "hangup"],
            };
            let kinds = if wanted.contains(&extension) { kinds } else { &[] };
            assert_eq!(self.ours(extension), kinds, "extension {extension}");
        }
        for agent in AGENTS {
            let kinds: &[&str] = if wanted.contains(&QUEUE) { &["agent-login", "agent-logout"] } else { &[] };
            assert_eq!(self.ours_of_agent(agent), kinds, "agent {agent}");
        }
        assert_eq!(self.pbx.violations(), []);
    }
}
