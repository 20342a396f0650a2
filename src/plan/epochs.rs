//! Epochs: the version stamp of the system after each file.

use super::{Options, Refusal};
use crate::model::Epoch;

/// In a dotted version each number but the first has room for three digits: 4.0.25 is 4_000_025.
const BASE: i64 = 1000;

/// Dotted versions are written with at least this many numbers, so that 4.1 comes after 4.0.25.
const PARTS: usize = 3;

/// The epoch that a version stands for: a single number is itself, a dotted one counts in thousands. `None` where it does
/// not fit or there is no version.
fn epoch_from_version(numbers: &[u64]) -> Option<i64> {
    match numbers {
        [] => None,
        [only] => i64::try_from(*only).ok(),
        [first, rest @ ..] => {
            let padded = rest.iter().copied().chain(std::iter::repeat_n(0, (PARTS - 1).saturating_sub(rest.len())));
            padded
                .map(|n| i64::try_from(n).ok().filter(|n| *n < BASE))
                .try_fold(i64::try_from(*first).ok()?, |sum, n| sum.checked_mul(BASE)?.checked_add(n?))
        }
    }
}

/// The epoch after each file, from the versions in the order in which the files start. Each is beyond the one before it,
/// by one where its version is not; files that share a version share an epoch. A manifest's `epoch_to` is where the last
/// one leads, and no file goes beyond it.
pub(super) fn epochs<'a>(versions: impl Iterator<Item = &'a [u64]>, options: &Options) -> Vec<Epoch> {
    let mut before = options.epoch.0;
    let mut version_before: &[u64] = &[];
    let mut epochs: Vec<Epoch> = versions
        .map(|numbers| {
            let shared = !numbers.is_empty() && numbers == version_before;
            if !shared {
                let epoch =
                    epoch_from_version(numbers).filter(|epoch| *epoch > before).unwrap_or(before.saturating_add(1));
                before = options.epoch_to.map_or(epoch, |last| epoch.min(last.0));
            }
            version_before = numbers;
            Epoch(before)
        })
        .collect();
    if let (Some(last), Some(to)) = (epochs.last_mut(), options.epoch_to) {
        *last = to;
    }
    epochs
}

/// Refuses epochs of the manifest that do not fit the system; `None` where they do.
pub(super) fn check(options: &Options) -> Option<Refusal> {
    let epoch = options.epoch.0;
    if let Some(from) = options.epoch_from.filter(|from| *from != options.epoch) {
        let advice = "run the batches before this one, or correct the manifest";
        return Some(Refusal::Epoch { key: "epoch_from", said: from.0, epoch, advice });
    }
    let to = options.epoch_to.filter(|to| *to <= options.epoch)?;
    let advice = "an epoch never goes backwards except by rollback; give a higher one";
    Some(Refusal::Epoch { key: "epoch_to", said: to.0, epoch, advice })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Dialect;

    #[test]
    fn versions_become_epochs() {
        let cases: [(&[u64], Option<i64>); 9] = [
            (&[], None),
            (&[42], Some(42)),
            (&[20_260_101_120_000], Some(20_260_101_120_000)),
            (&[4, 0, 25], Some(4_000_025)),
            (&[4, 1], Some(4_001_000)),
            (&[4, 0, 25, 1], Some(4_000_025_001)),
            (&[4, 1000], None),
            (&[u64::MAX], None),
            (&[u64::MAX / 4, 1, 1], None),
        ];
        for (numbers, epoch) in cases {
            assert_eq!(epoch_from_version(numbers), epoch, "{numbers:?}");
        }
    }

    fn of(versions: &[&[u64]], epoch: i64, to: Option<i64>) -> Vec<i64> {
        let mut options = Options::new(Dialect::Sqlite, "2026-11-22");
        options.epoch = Epoch(epoch);
        options.epoch_to = to.map(Epoch);
        epochs(versions.iter().copied(), &options).into_iter().map(|epoch| epoch.0).collect()
    }

    #[test]
    fn epochs_only_grow() {
        assert_eq!(of(&[&[1], &[2], &[10]], 0, None), [1, 2, 10]);
        assert_eq!(of(&[&[3], &[], &[12]], 7, None), [8, 9, 12]);
        assert_eq!(of(&[&[4, 0, 25], &[4, 0, 25], &[4, 0, 26]], 0, None), [4_000_025, 4_000_025, 4_000_026]);
        assert_eq!(of(&[&[1], &[2], &[20]], 0, Some(9)), [1, 2, 9]);
        assert_eq!(of(&[&[1], &[2]], 0, Some(9)), [1, 9]);
        assert_eq!(of(&[], 5, Some(9)), [] as [i64; 0]);
    }
}
