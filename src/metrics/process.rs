//! Resources of this process, as Linux tells them. Elsewhere they stay at zero.

use super::catalogue::Catalogue;

/// Units of processor time in a second, as the kernel counts them for programs on every architecture.
const TICKS: f64 = 100.0;

/// Reads them.
pub(super) fn observe(catalogue: &Catalogue) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The program's name may hold anything, and stands in brackets.
    let fields: Vec<&str> = stat.rsplit_once(')').map_or(Vec::new(), |(_, rest)| rest.split_whitespace().collect());
    let number = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    // It only grows.
    catalogue.cpu.inc_by(((number(11) + number(12)) / TICKS - catalogue.cpu.get()).max(0.0));
    catalogue.threads.set(number(17) as i64);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    catalogue.memory.set(resident.unwrap_or(0_i64) * 1024);
    let open = std::fs::read_dir("/proc/self/fd").map(|entries| entries.count()).unwrap_or_default();
    catalogue.descriptors.set(i64::try_from(open).unwrap_or_default());
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_this_process() {
        let catalogue = Catalogue::new().unwrap();
        observe(&catalogue);
        assert!(catalogue.memory.get() > 1 << 20, "{}", catalogue.memory.get());
        assert!(catalogue.threads.get() >= 1 && catalogue.descriptors.get() >= 3);
    }
}
