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

    /// The values so that each comes after all that its key needs, in the order of [`Graph::order`].
    pub fn into_order(mut self) -> Result<Vec<V>, GraphError<K>> {
        let order = self.order()?;
        Ok(order.iter().filter_map(|key| self.nodes.remove(key)).map(|node| node.value).collect())
    }

    /// The keys in waves: each needs only what stands in the waves before it.
    pub fn waves(&self) -> Result<Vec<Vec<K>>, GraphError<K>> {
        self.refuse_missing()?;
        let mut open: BTreeMap<&K, usize> =
            self.nodes.iter().map(|(key, node)| (key, node.needs.len())).collect();
        let needed_by = self.needed_by();
        let mut waves = Vec::new();
        let mut ready: BTreeSet<&K> =
            open.iter().filter(|(_, needs)| **needs == 0).map(|(key, _)| *key).collect();
        while !ready.is_empty() {
            let mut next = BTreeSet::new();
            for key in &ready {
                open.remove(*key);
                for waiting in needed_by.get(*key).into_iter().flatten() {
                    if let Some(needs) = open.get_mut(*waiting) {
                        *needs -= 1;
                        if *needs == 0 {
                            next.insert(*waiting);
                        }
                    }
                }
            }
            waves.push(ready.into_iter().cloned().collect());
            ready = next;
        }
        match open.keys().next() {
            None => Ok(waves),
            Some(stuck) => Err(GraphError::Cycle(self.cycle_from(stuck, &open))),
        }
    }

    fn refuse_missing(&self) -> Result<(), GraphError<K>> {
        for (from, node) in &self.nodes {
            if let Some(to) = node.needs.iter().find(|need| !self.nodes.contains_key(*need)) {
                return Err(GraphError::Missing { from: from.clone(), to: to.clone() });
            }
        }
        Ok(())
    }

    fn needed_by(&self) -> BTreeMap<&K, Vec<&K>> {
        let mut needed_by: BTreeMap<&K, Vec<&K>> = BTreeMap::new();
        for (key, node) in &self.nodes {
            for need in &node.needs {
                needed_by.entry(need).or_default().push(key);
            }
        }
        needed_by
    }

    /// Follows needs among the nodes that never became ready until one comes twice.
    fn cycle_from(&self, start: &K, stuck: &BTreeMap<&K, usize>) -> Vec<K> {
        let mut walk = vec![start];
        loop {
            let last = walk[walk.len() - 1];
            let next = self.nodes[last]
                .needs
                .iter()
                .find(|need| stuck.contains_key(need))
                .expect("a node that never became ready needs another such node");
            if let Some(first) = walk.iter().position(|key| *key == next) {
                return walk[first..].iter().copied().chain([next]).cloned().collect();
            }
            walk.push(next);
        }
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
