use std::hash::{BuildHasher, DefaultHasher, RandomState};
use std::sync::LazyLock;

/// A JSON object of equal values, in the order of the document.
pub type Map<T> = indexmap::IndexMap<String, T, MapHasher>;

/// Hashes the keys of a [`Map`] with one random seed for the whole process, so that an empty map
/// costs nothing to make.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct MapHasher;

impl MapHasher {
    pub(crate) const NEW: Self = Self;
}

static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl BuildHasher for MapHasher {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        SEED.build_hasher()
    }
}
