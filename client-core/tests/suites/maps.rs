use client_core::json::{self, Map};
use indexmap::IndexMap;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Change {
    Insert(String, i64),
    Remove(String),
}

fn change() -> impl Strategy<Value = Change> {
    let key = "[a-f]{0,2}";
    prop_oneof![
        3 => (key, any::<i64>()).prop_map(|(key, value)| Change::Insert(key, value)),
        1 => key.prop_map(Change::Remove),
    ]
}

proptest! {
    #[test]
    fn a_map_keeps_its_entries_in_the_order_in_which_their_keys_came(
        changes in prop::collection::vec(change(), 0..120)
    ) {
        let mut map = Map::new();
        let mut expected = IndexMap::<String, i64>::new();
        for change in changes {
            match change {
                Change::Insert(key, value) => {
                    prop_assert_eq!(map.insert(key.as_str(), value), expected.insert(key, value));
                }
                Change::Remove(key) => {
                    prop_assert_eq!(map.remove(&key), expected.shift_remove(&key));
                }
            }
            prop_assert_eq!(map.len(), expected.len());
            prop_assert_eq!(map.is_empty(), expected.is_empty());
        }
        let entries: Vec<(&str, i64)> = map.iter().map(|(key, value)| (key, *value)).collect();
        let wanted: Vec<(&str, i64)> = expected.iter().map(|(key, value)| (key.as_str(), *value)).collect();
        prop_assert_eq!(&entries, &wanted);
        prop_assert!(map.keys().rev().eq(expected.keys().rev().map(String::as_str)));
        prop_assert!(map.values().eq(expected.values()));
        for key in ["", "a", "b", "ab", "dd"] {
            prop_assert_eq!(map.get(key), expected.get(key));
            prop_assert_eq!(map.contains_key(key), expected.contains_key(key));
        }
        prop_assert_eq!(json::to_string(&map), serde_json::to_string(&expected).unwrap());
        prop_assert_eq!(serde_json::to_string(&map).unwrap(), serde_json::to_string(&expected).unwrap());
        prop_assert_eq!(&json::from_slice::<Map<i64>>(&json::to_vec(&map)).unwrap(), &map);
        prop_assert_eq!(&serde_json::from_slice::<Map<i64>>(&json::to_vec(&map)).unwrap(), &map);
        let backwards: Map<i64> = map.clone().into_iter().rev().collect();
        prop_assert_eq!(&backwards, &map);
        prop_assert!(map.into_iter().eq(expected));
    }
}

#[test]
fn a_key_that_comes_twice_in_a_document_has_the_last_value() {
    let map: Map<i64> = json::from_slice(br#"{"a": 1, "b": 2, "a": 3}"#).unwrap();
    assert_eq!(json::to_string(&map), r#"{"a":3,"b":2}"#);
}

#[test]
fn maps_with_another_value_or_another_key_are_not_equal() {
    let map = Map::from([("a", 1), ("b", 2)]);
    assert_ne!(map, Map::from([("a", 1), ("b", 3)]));
    assert_ne!(map, Map::from([("a", 1), ("c", 2)]));
    assert_ne!(map, Map::from([("a", 1)]));
    assert_eq!(format!("{map:?}"), r#"{"a": 1, "b": 2}"#);
}

#[test]
fn values_are_changed_in_place() {
    let mut map = Map::from([("a", 1), ("b", 2)]);
    for (_, value) in &mut map {
        *value += 1;
    }
    *map.get_mut("a").unwrap() = 7;
    map.values_mut().for_each(|value| *value *= 10);
    assert_eq!((map["a"], map["b"]), (70, 30));
    assert_eq!(map.get_mut("c"), None);
}

#[test]
#[should_panic(expected = "no entry `c`")]
fn an_index_that_is_not_there_panics_with_its_key() {
    let _ = Map::from([("a", 1)])["c"];
}
