//! Large things that several versions need at once: there is one of each as long as somebody uses it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::cache::CacheKey;

/// Things that somebody uses, by a key of all that they depend on.
pub(super) struct InUse<T: ?Sized>(Mutex<HashMap<CacheKey, Weak<T>>>);

impl<T: ?Sized> Default for InUse<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: ?Sized> InUse<T> {
    /// One that is in use, or a new one.
    ///
    /// # Errors
    /// Those of `make`.
    pub(super) fn get<E>(
        &self,
        key: CacheKey,
        make: impl FnOnce() -> Result<Arc<T>, E>,
    ) -> Result<Arc<T>, E> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(used) = lock().get(&key).and_then(Weak::upgrade) {
            return Ok(used);
        }
        // Two threads may make the same one; neither waits for another.
        let made = make()?;
        let mut all = lock();
        all.retain(|_, one| one.strong_count() > 0);
        all.insert(key, Arc::downgrade(&made));
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::super::cache::CacheKeyBuilder;
    use super::*;

    #[test]
    fn there_is_one_of_each_as_long_as_somebody_uses_it() {
        let (all, key) = (InUse::<[f32]>::default(), |name: &str| CacheKeyBuilder::new(name).finish());
        let get =
            |name: &str, value: f32| all.get(key(name), || Ok::<_, Infallible>([value].into())).unwrap();
        let first = get("a", 1.0);
        assert!(Arc::ptr_eq(&first, &get("a", 2.0)));
        assert_eq!(*get("b", 3.0), [3.0]);
        drop(first);
        assert_eq!(*get("a", 4.0), [4.0], "nobody used the first any more");
    }
}
