//! Luck that a seed repeats.

/// The model's own generator: equal seeds tell equal stories.
#[derive(Clone, Debug)]
pub(super) struct Luck(u64);

impl Luck {
    /// The luck of one call: it depends on nothing but the seed and the call's number.
    pub(super) fn of(seed: u64, call: u64) -> Self {
        let mut luck = Self(seed ^ call.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        luck.draw();
        Self(luck.draw() ^ call)
    }

    pub(super) const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.draw() % u64::try_from(bound).unwrap_or(1)).unwrap_or_default()
    }

    /// So many times of a hundred.
    pub(super) const fn percent(&mut self, share: u64) -> bool {
        self.draw() % 100 < share
    }

    /// From `low` to `high`, in microseconds, the ends in seconds.
    pub(super) fn span(&mut self, low: f64, high: f64) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "some minutes in microseconds")]
        let (low, high) = ((low * 1e6) as i64, (high * 1e6) as i64);
        low + i64::try_from(self.draw() % u64::try_from(high - low + 1).unwrap_or(1)).unwrap_or_default()
    }

    /// One of these.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Some of these, all different.
    pub(super) fn some<T: Copy>(&mut self, from: &[T], count: usize) -> Vec<T> {
        let mut all = from.to_vec();
        self.shuffle(&mut all);
        all.truncate(count);
        all
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }

    /// 32 hexadecimal digits.
    pub(super) fn hex(&mut self) -> String {
        format!("{:016x}{:016x}", self.draw(), self.draw())
    }
}
