//! How often a stranger may fail before they wait, and how long: each failure more doubles the wait, up to a bound that
//! a person can sit out.

use std::time::Duration;

/// A counter is forgotten so long after its last failure; longer than any wait.
pub const FORGOTTEN_AFTER: Duration = Duration::from_hours(1);

/// What is knocked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// Admin keys, from one address.
    Keys,
    /// PBX accounts, from one address.
    Accounts,
    /// One application on a PBX, from anywhere.
    Application,
    /// Consents that are begun, from one address.
    Consents,
}

/// How a door is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Patience {
    /// Failures that one process keeps to itself before it writes them down: a typing error costs no write.
    untold: u32,
    /// Failures, written down, without a wait.
    free: u32,
    /// The first wait.
    first: Duration,
    /// The longest wait.
    longest: Duration,
}

impl Door {
    /// Its name in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Accounts => "accounts",
            Self::Application => "application",
            Self::Consents => "consents",
        }
    }

    const fn patience(self) -> Patience {
        match self {
            // An old key in a forgotten program must not lock its office out for long.
            Self::Keys => Patience {
                untold: 2,
                free: 10,
                first: Duration::from_secs(2),
                longest: Duration::from_mins(5),
            },
            // Each try costs the PBX a request or several.
            Self::Accounts => Patience {
                untold: 0,
                free: 20,
                first: Duration::from_mins(1),
                longest: Duration::from_mins(30),
            },
            // Anybody can fail in anybody's name: the wait stays short enough to sit out.
            Self::Application => Patience {
                untold: 0,
                free: 5,
                first: Duration::from_mins(1),
                longest: Duration::from_mins(15),
            },
            Self::Consents => Patience {
                untold: 3,
                free: 10,
                first: Duration::from_mins(1),
                longest: Duration::from_mins(30),
            },
        }
    }

    /// Failures that a process need not write down.
    pub const fn untold(self) -> u32 {
        self.patience().untold
    }

    /// Failures without a wait.
    pub const fn free(self) -> u32 {
        self.patience().free
    }

    /// The wait after so many failures that were written down.
    pub fn wait(self, failures: u32) -> Option<Duration> {
        let Patience { free, first, longest, .. } = self.patience();
        let doublings = failures.checked_sub(free + 1)?;
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        Some(first.saturating_mul(factor).min(longest))
    }
}
