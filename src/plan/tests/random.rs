//! Plans of directories made at random.

use super::*;
use proptest::prelude::*;

/// Files with dependencies on any of them, some in circles.
fn directory(back_only: bool) -> impl Strategy<Value = Vec<Candidate>> {
    let need = (0usize..30, 0u8..4);
    let table = 0usize..8;
    prop::collection::vec((prop::collection::vec(need, 0..3), table), 1..30).prop_map(move |files| {
        let count = files.len();
        let candidate = |(order, (needs, table)): (usize, (Vec<(usize, u8)>, usize))| {
            let on = |target: usize| if back_only { target % (order + 1) } else { target % count };
            let needs: Vec<String> = needs
                .into_iter()
                .filter(|(target, _)| on(*target) != order)
                .map(|(target, kind)| {
                    let kind = ["requires", "requires", "optional", "conflicts"][usize::from(kind)];
                    format!("{kind}:{}", on(target))
                })
                .collect();
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            file(order, &order.to_string(), &format!("INSERT INTO t{table} VALUES (1)"), &needs)
        };
        files.into_iter().enumerate().map(candidate).collect()
    })
}

proptest! {
    #[test]
    fn the_order_does_not_depend_on_how_files_come(files in directory(false), seed in any::<u64>()) {
        let mut shuffled = files.clone();
        let mut random = fastrand::Rng::with_seed(seed);
        random.shuffle(&mut shuffled);
        prop_assert_eq!(plan_of(files), plan_of(shuffled));
    }

    #[test]
    fn dependencies_objects_and_conflicts_are_kept_apart(files in directory(true)) {
        let plan = plan_of(files.clone());
        prop_assert_eq!(plan.refused.len(), 0);
        prop_assert_eq!(plan.files.len(), files.len());
        let place: HashMap<&str, usize> = plan.files.iter().enumerate().map(|(i, f)| (f.path.as_str(), i)).collect();
        for candidate in &files {
            let own = place[candidate.path.as_str()];
            for need in &candidate.needs {
                let on = place[format!("{}.sql", need.name).as_str()];
                if need.kind != DependencyType::Conflict {
                    prop_assert!(on < own);
                    prop_assert!(plan.files[on].wave < plan.files[own].wave);
                }
                prop_assert_ne!(plan.files[on].wave, plan.files[own].wave);
            }
        }
        let mut taken: HashMap<(u32, String), usize> = HashMap::new();
        for (index, file) in plan.files.iter().enumerate() {
            for touch in file.statements[0].objects.iter().filter(|touch| touch.how.changes()) {
                prop_assert_eq!(taken.insert((file.wave, touch.object.to_string()), index), None);
            }
        }
    }

    /// A circle is told exactly when there is one, and what is told is one.
    #[test]
    fn circles_are_found(files in directory(false)) {
        let plan = plan_of(files.clone());
        let orders: HashMap<String, Vec<String>> = files.iter().map(|f| {
            let needs = f.needs.iter().filter(|n| n.kind != DependencyType::Conflict);
            (f.path.clone(), needs.map(|n| format!("{}.sql", n.name)).collect())
        }).collect();
        // Take away files that wait for nothing, again and again: what is left waits in a circle.
        let mut left = orders.clone();
        loop {
            let free: Vec<String> =
                left.iter().filter(|(_, on)| on.iter().all(|o| !left.contains_key(o))).map(|(f, _)| f.clone()).collect();
            if free.is_empty() { break }
            free.iter().for_each(|f| { left.remove(f); });
        }
        match &plan.refused[..] {
            [] => prop_assert!(left.is_empty()),
            [Refusal::Cycle { circle, .. }] => {
                prop_assert!(circle.len() > 2 && circle.first() == circle.last());
                for pair in circle.windows(2) {
                    prop_assert!(orders[&pair[0]].contains(&pair[1]), "{:?}", circle);
                }
            }
            other => prop_assert!(false, "{other:?}"),
        }
        prop_assert_eq!(plan.files.len(), files.len());
    }
}
