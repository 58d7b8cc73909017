//! A graph of anything: what needs what, and in which order that leaves things.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use thiserror::Error;

/// Nodes by key, each with the keys it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph<K, V> {
    nodes: BTreeMap<K, Node<K, V>>,
}

/// A value and what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node<K, V> {
    /// What stands at this place.
    pub value: V,
    /// What has to be there before it.
    pub needs: BTreeSet<K>,
}

/// A graph in which no order can be found.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GraphError<K: fmt::Display + fmt::Debug> {
    /// Something needs what is not in the graph.
    #[error("{from} needs {to}, which does not exist")]
    Missing {
        /// Who needs it.
        from: K,
        /// What is missing.
        to: K,
    },
    /// Some things need each other in a circle.
    #[error("{} need each other in a circle", path(.0))]
    Cycle(Vec<K>),
}

fn path<K: fmt::Display>(keys: &[K]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" -> ")
}

impl<K, V> Default for Graph<K, V> {
    fn default() -> Self {
        Self { nodes: BTreeMap::new() }
    }
}

impl<K: Clone + Ord + fmt::Display + fmt::Debug, V> Graph<K, V> {
    /// Puts a value at a place; the one that was there before is given back.
    pub fn insert(&mut self, key: K, value: V, needs: impl IntoIterator<Item = K>) -> Option<V> {
        let node = Node { value, needs: needs.into_iter().collect() };
        self.nodes.insert(key, node).map(|node| node.value)
    }

    /// The node at a place.
    pub fn get(&self, key: &K) -> Option<&Node<K, V>> {
        self.nodes.get(key)
    }

    /// Every node, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &Node<K, V>)> {
        self.nodes.iter()
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The keys so that each comes after all it needs; equals stand in the order of the keys.
    pub fn order(&self) -> Result<Vec<K>, GraphError<K>> {
        Ok(self.waves()?.into_iter().flatten().collect())
    }

    /// The keys in waves: each needs only what stands in the waves before it.
    pub fn waves(&self) -> Result<Vec<Vec<K>>, GraphError<K>> {
        let keys: Vec<&K> = self.nodes.keys().collect();
        let waves = waves(&self.needs(&keys)?).map_err(|circle| {
            GraphError::Cycle(circle.into_iter().map(|place| keys[place].clone()).collect())
        })?;
        let named = |wave: Vec<usize>| wave.into_iter().map(|place| keys[place].clone()).collect();
        Ok(waves.into_iter().map(named).collect())
    }

    /// What each node needs, by places among the keys.
    fn needs(&self, keys: &[&K]) -> Result<Vec<Vec<usize>>, GraphError<K>> {
        let needs = self.nodes.iter().map(|(from, node)| {
            let place = |need: &K| {
                let missing = |_| GraphError::Missing { from: from.clone(), to: need.clone() };
                keys.binary_search(&need).map_err(missing)
            };
            node.needs.iter().map(place).collect()
        });
        needs.collect()
    }
}

/// Things in waves, by their places: each needs only what stands in the waves before it. Where
/// some need each other in a circle, that is the error, its first at both ends.
///
/// `needs` has the places of what each needs, once each.
pub fn waves(needs: &[Vec<usize>]) -> Result<Vec<Vec<usize>>, Vec<usize>> {
    let mut open: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (place, own) in needs.iter().enumerate() {
        for need in own {
            needed_by[*need].push(place);
        }
    }
    let mut waves = Vec::new();
    let mut ready: Vec<usize> = (0..needs.len()).filter(|place| open[*place] == 0).collect();
    while !ready.is_empty() {
        let mut next = Vec::new();
        for waiting in ready.iter().flat_map(|place| &needed_by[*place]) {
            open[*waiting] -= 1;
            if open[*waiting] == 0 {
                next.push(*waiting);
            }
        }
        next.sort_unstable();
        waves.push(std::mem::replace(&mut ready, next));
    }
    match open.iter().position(|needs| *needs > 0) {
        None => Ok(waves),
        Some(stuck) => Err(circle_from(stuck, needs, &open)),
    }
}

/// Follows needs among those that never became ready until one comes twice.
fn circle_from(start: usize, needs: &[Vec<usize>], open: &[usize]) -> Vec<usize> {
    let mut walk = vec![start];
    loop {
        let last = walk[walk.len() - 1];
        let next = *needs[last]
            .iter()
            .find(|need| open[**need] > 0)
            .expect("what never became ready needs another such thing");
        if let Some(first) = walk.iter().position(|place| *place == next) {
            return walk[first..].iter().copied().chain([next]).collect();
        }
        walk.push(next);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Graph, GraphError};

    fn graph(edges: &[(&str, &[&str])]) -> Graph<String, ()> {
        let mut graph = Graph::default();
        for (key, needs) in edges {
            graph.insert((*key).to_owned(), (), needs.iter().map(|need| (*need).to_owned()));
        }
        graph
    }

    #[test]
    fn what_can_run_at_once_stands_in_one_wave() {
        let graph = graph(&[("a", &[]), ("b", &[]), ("c", &["a", "b"]), ("d", &["a"])]);
        assert_eq!(graph.waves().unwrap(), [vec!["a", "b"], vec!["c", "d"]]);
    }

    #[test]
    fn a_circle_is_shown_as_a_path() {
        let graph = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]);
        let refused = graph.order().unwrap_err();
        assert_eq!(refused.to_string(), "b -> c -> b need each other in a circle");
    }

    #[test]
    fn a_need_for_nothing_is_refused() {
        let refused = graph(&[("a", &["x"])]).order().unwrap_err();
        assert_eq!(refused, GraphError::Missing { from: "a".to_owned(), to: "x".to_owned() });
    }

    proptest! {
        #[test]
        fn each_comes_after_all_it_needs(
            edges in prop::collection::vec((0u8..40, 0u8..40), 0..120)
        ) {
            let mut needs: Vec<Vec<u8>> = vec![Vec::new(); 40];
            for (one, other) in edges {
                if one != other {
                    needs[usize::from(one.max(other))].push(one.min(other));
                }
            }
            let mut graph = Graph::default();
            for (key, needs) in (0u8..).zip(&needs) {
                graph.insert(key, (), needs.iter().copied());
            }
            let order = graph.order().unwrap();
            prop_assert_eq!(order.len(), 40);
            let place = |key: u8| order.iter().position(|other| *other == key);
            for (key, needs) in (0u8..).zip(&needs) {
                for need in needs {
                    prop_assert!(place(*need) < place(key));
                }
            }
        }
    }
}
