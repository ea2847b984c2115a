//! A course that is served. It is read again as a whole when it changes; what is asked for in the meantime is answered from
//! what was read before, and a version that somebody listens to stays as it was.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use serde_json::Value;
use tokio::sync::OnceCell;

use super::problem::ServiceProblem;
use super::request::VersionRequest;
use super::service::Service;
use super::version::ServedVersion;
use crate::engine::{Engine, Error};

/// Opens a course: the first time, and again with what is known of its sounds.
pub type CourseOpener = Box<dyn Fn(Option<&Engine>) -> Result<Engine, Error> + Send + Sync>;

/// The versions of a course that stay open, those that were asked for last.
const MOST_VERSIONS: usize = 256;
/// How many earlier states of a course are still answered from.
const MOST_EARLIER: usize = 2;

/// A course, under its name in addresses.
pub struct ServedCourse {
    pub name: String,
    opener: CourseOpener,
    /// The present state first.
    states: RwLock<Vec<Arc<CourseState>>>,
    reopening: Mutex<()>,
}

/// A course as it was when it was read.
pub struct CourseState {
    pub engine: Arc<Engine>,
    /// What the system says of its files; `None` where that cannot tell whether they have changed.
    stamp: Option<String>,
    versions: Mutex<Recent<Arc<OnceCell<Arc<ServedVersion>>>>>,
    documents: Mutex<Recent<Arc<OnceCell<Arc<Value>>>>>,
}

/// Values by key, of which those that are not used make room.
struct Recent<T> {
    held: HashMap<String, (T, u64)>,
    uses: u64,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { held: HashMap::new(), uses: 0 }
    }
}

impl<T: Clone + Default> Recent<T> {
    fn get(&mut self, key: &str) -> T {
        self.uses += 1;
        if let Some((value, last_use)) = self.held.get_mut(key) {
            *last_use = self.uses;
            return value.clone();
        }
        if self.held.len() >= MOST_VERSIONS {
            let oldest = self.held.iter().min_by_key(|(_, (_, last_use))| *last_use);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.held.remove(&oldest);
            }
        }
        let value = T::default();
        self.held.insert(key.to_owned(), (value.clone(), self.uses));
        value
    }
}

impl ServedCourse {
    /// Opens a course.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn open(name: String, opener: CourseOpener) -> Result<Self, Error> {
        let state = CourseState::of(opener(None)?);
        let states = RwLock::new(vec![Arc::new(state)]);
        Ok(Self { name, opener, states, reopening: Mutex::default() })
    }

    /// The course as it is now.
    pub fn now(&self) -> Arc<CourseState> {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&states[0])
    }

    /// The course as it was before.
    fn earlier(&self) -> Vec<Arc<CourseState>> {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        states[1..].to_vec()
    }

    /// Reads the course again, if it has changed. Returns whether it had. On an error it stays as it was.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn reload(&self) -> Result<bool, Error> {
        let _alone = self.reopening.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.now();
        let fresh = CourseState::of((self.opener)(Some(&before.engine))?);
        if fresh.stamp.is_some() && fresh.stamp == before.stamp {
            return Ok(false);
        }
        let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
        states.insert(0, Arc::new(fresh));
        states.truncate(1 + MOST_EARLIER);
        Ok(true)
    }

    /// A version of the course as it is now; or, where a fingerprint is named, as it was when it had it.
    ///
    /// # Errors
    /// [`ServiceProblem`] if there is no such version.
    pub async fn version(
        &self,
        request: &VersionRequest,
        fingerprint: Option<&str>,
        service: &Arc<Service>,
    ) -> Result<Arc<ServedVersion>, ServiceProblem> {
        let key = format!("{} {}", request.job.script, request.canonical(None, None));
        if let Some(wanted) = fingerprint {
            let earlier = self.earlier().into_iter().filter_map(|state| state.held_version(&key));
            let is_it = |version: &Arc<ServedVersion>| {
                version.format(request.format).is_ok_and(|format| version.fingerprint(format) == wanted)
            };
            if let Some(version) = earlier.into_iter().find(is_it) {
                return Ok(version);
            }
        }
        self.now().version(&key, request, service).await
    }

    /// How many versions are open.
    pub fn versions(&self) -> usize {
        self.now().versions().held.len()
    }
}

impl CourseState {
    fn of(engine: Engine) -> Self {
        let stamp = engine.inputs_stamp().ok().flatten();
        Self { engine: Arc::new(engine), stamp, versions: Mutex::default(), documents: Mutex::default() }
    }

    /// A version, planned once for all who ask for it.
    async fn version(
        &self,
        key: &str,
        request: &VersionRequest,
        service: &Arc<Service>,
    ) -> Result<Arc<ServedVersion>, ServiceProblem> {
        let cell = self.versions().get(key);
        let open =
            || async { ServedVersion::open(Arc::clone(&self.engine), request, service).await.map(Arc::new) };
        let opened = cell.get_or_try_init(open).await.cloned();
        if opened.is_err() {
            // What cannot be takes no room.
            let mut versions = self.versions();
            if versions.held.get(key).is_some_and(|(cell, _)| cell.get().is_none()) {
                versions.held.remove(key);
            }
        }
        opened
    }

    fn held_version(&self, key: &str) -> Option<Arc<ServedVersion>> {
        self.versions().held.get(key)?.0.get().cloned()
    }

    fn versions(&self) -> MutexGuard<'_, Recent<Arc<OnceCell<Arc<ServedVersion>>>>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A document of the course that is made once and kept while the course stays as it is.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn document<F: Future<Output = Result<Value, ServiceProblem>>>(
        &self,
        key: &str,
        make: impl FnOnce() -> F,
    ) -> Result<Arc<Value>, ServiceProblem> {
        let cell = self.documents.lock().unwrap_or_else(PoisonError::into_inner).get(key);
        cell.get_or_try_init(|| async { make().await.map(Arc::new) }).await.cloned()
    }
}
