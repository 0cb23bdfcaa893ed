//! Waits between repeats of what DynamoDB left undone: a table that is asked too much is not asked again at once, nor
//! by everybody at the same moment.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::StoreError;
use crate::clock::Clock;
use crate::model::ids::Random;

/// The longest of the first wait; the next are twice as long each.
const FIRST: Duration = Duration::from_millis(25);
/// The longest of any. All together last two and a half seconds at most, which whoever waits for an answer has.
const LONGEST: Duration = Duration::from_millis(800);
/// Repeats in a row that bring nothing.
const REPEATS: u32 = 7;

/// Where the store's waits come from.
#[derive(Clone)]
pub struct Pace {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// A table that is asked too much left something undone, again and again.
#[derive(Debug, thiserror::Error)]
#[error("part of the request was left undone again and again")]
struct LeftUndone;

impl Pace {
    /// By this clock; apart from others by this randomness.
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { clock, random }
    }

    /// Waits before a repeat, after so many that brought nothing; an error once there were enough of them.
    pub(super) async fn wait(&self, in_vain: u32) -> Result<(), StoreError> {
        if in_vain >= REPEATS {
            return Err(StoreError::Unavailable(Box::new(LeftUndone)));
        }
        let longest = (FIRST * 2_u32.pow(in_vain)).min(LONGEST);
        let mut byte = [0];
        self.random.fill(&mut byte);
        self.clock.sleep(longest.mul_f64(0.5 + f64::from(byte[0]) / 512.0)).await;
        Ok(())
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pace")
    }
}
