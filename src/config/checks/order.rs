//! `after` may not go in a circle: everybody would wait for everybody.

use crate::config::model::Config;
use crate::config::paper::Paper;
use std::collections::BTreeMap;

pub(super) fn check(config: &Config, paper: &mut Paper) {
    let place: BTreeMap<&str, usize> = config
        .integrations
        .iter()
        .enumerate()
        .map(|(n, i)| (i.name.as_str(), n))
        .collect();
    let next: Vec<Vec<usize>> = config
        .integrations
        .iter()
        .map(|i| {
            i.after
                .iter()
                .filter_map(|a| place.get(a.as_str()).copied())
                .collect()
        })
        .collect();
    for (start, integration) in config.integrations.iter().enumerate() {
        let Some(circle) = circle(&next, start) else {
            continue;
        };
        // A circle is told once, at its first integration.
        if circle.iter().all(|n| *n >= start) {
            let names: Vec<&str> = circle
                .iter()
                .chain([&start])
                .map(|n| config.integrations[*n].name.as_str())
                .collect();
            paper.disagree(
                &format!("integration.{}.after", integration.name),
                format!("goes in a circle: {}", names.join(" after ")),
                "take one of them out",
            );
        }
    }
}

/// The shortest way from `start` back to itself.
fn circle(next: &[Vec<usize>], start: usize) -> Option<Vec<usize>> {
    let mut came_from = vec![None; next.len()];
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for &to in &next[at] {
            if to == start {
                let mut way = vec![at];
                let mut back = at;
                while back != start {
                    back = came_from[back]?;
                    way.push(back);
                }
                way.reverse();
                return Some(way);
            }
            if came_from[to].is_none() {
                came_from[to] = Some(at);
                queue.push_back(to);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::circle;

    #[test]
    fn finds_the_way_back() {
        let next = vec![vec![1], vec![2], vec![0, 3], vec![]];
        assert_eq!(circle(&next, 0), Some(vec![0, 1, 2]));
        assert_eq!(circle(&next, 3), None);
        assert_eq!(circle(&[vec![0]], 0), Some(vec![0]));
    }
}
