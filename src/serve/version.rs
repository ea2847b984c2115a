//! A version that is open: its plan, what its sound is made of, and the WAV files of it that somebody listens to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;

use super::pool::RenderPool;
use super::problem::{ProblemKind, RETRY, ServiceProblem};
use super::request::VersionRequest;
use super::service::Service;
use crate::delivery::format::Format;
use crate::delivery::mix::Mix;
use crate::engine::{
    AskedLength, Engine, FitReport, Ingredients, LengthOptions, Listening, ListeningJob, Plan, PlanJob,
    RenderJob, possible,
};
use crate::event::{Cancel, Silent, Task};
use crate::unit::literal::print_duration;
use crate::unit::{Rounding, Seconds, THOUSANDTH};

/// How long and how large the work of one request may be.
#[derive(Clone, Copy, Debug)]
pub struct WorkLimits {
    /// The longest version.
    pub longest: Seconds,
    /// The time for the plan of a version, and for the measurement that some need.
    pub patience: Duration,
}

/// An open version of a course as it was when it was opened.
pub struct ServedVersion {
    pub engine: Arc<Engine>,
    pub plan: Arc<Plan>,
    pub mix: Mix,
    ingredients: Ingredients,
    listenings: Mutex<BTreeMap<Format, Arc<OnceCell<Arc<Listening>>>>>,
}

impl ServedVersion {
    /// Plans a version.
    ///
    /// # Errors
    /// [`ServiceProblem`] if there is no such version.
    pub async fn open(
        engine: Arc<Engine>,
        request: &VersionRequest,
        service: &Arc<Service>,
    ) -> Result<Self, ServiceProblem> {
        let (pool, limits) = (&service.pool, service.options.limits);
        if let Some(AskedLength::Exactly(length)) = request.job.length.length
            && length > limits.longest
        {
            return Err(too_long(&engine, &request.job, service).await);
        }
        pool.admit()?;
        let (mut job, mix) = (request.job.clone(), request.mix);
        if !request.own.is_empty() {
            job = with_wishes(&engine, request, service).await?;
        }
        let (plan, ingredients) = {
            let engine = Arc::clone(&engine);
            patiently(pool, limits.patience, move |task| plan(&engine, &job, mix, task)).await?
        };
        let length = plan.timeline.frames.told(plan.timeline.rate, THOUSANDTH, Rounding::Down);
        if length > limits.longest {
            return Err(too_long(&engine, &request.job, service).await);
        }
        Ok(Self { engine, plan: Arc::new(plan), mix, ingredients, listenings: Mutex::default() })
    }

    /// The format that was asked for, or that of the preset.
    ///
    /// # Errors
    /// [`ProblemKind::ImpossibleVersion`] if the version cannot have it.
    pub fn format(&self, asked: Option<Format>) -> Result<Format, ServiceProblem> {
        let preset = &self.plan.session.preset;
        let format = asked.unwrap_or(preset.format);
        possible(format, &preset.coding, self.plan.timeline.rate)?;
        Ok(format)
    }

    /// A hash of everything the bytes of its file in a format depend on.
    pub fn fingerprint(&self, format: Format) -> String {
        self.ingredients.fingerprint(format)
    }

    /// Its length.
    pub fn seconds(&self) -> f64 {
        self.plan.timeline.frames.seconds(self.plan.timeline.rate)
    }

    /// The job that renders it.
    pub fn render_job(&self) -> RenderJob {
        RenderJob { mix: self.mix, ..RenderJob::default() }
    }

    /// It as a WAV that is not rendered yet, opened once for all.
    ///
    /// # Errors
    /// [`ServiceProblem`] if its sounds cannot be opened.
    pub async fn listening(
        &self,
        format: Format,
        pool: &RenderPool,
        limits: WorkLimits,
    ) -> Result<Arc<Listening>, ServiceProblem> {
        let cell = {
            let mut listenings = self.listenings.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(listenings.entry(format).or_default())
        };
        let open = || async {
            pool.admit()?;
            let (engine, plan, mix) = (Arc::clone(&self.engine), Arc::clone(&self.plan), self.mix);
            let opened = patiently(pool, limits.patience, move |task| {
                Listening::open(engine, plan, ListeningJob { mix, format }, task)
                    .map_err(ServiceProblem::from)
            });
            opened.await.map(Arc::new)
        };
        cell.get_or_try_init(open).await.cloned()
    }
}

/// The version of a request, with the wishes that it names.
///
/// # Errors
/// [`ServiceProblem`] if one of them is not kept.
pub async fn with_wishes(
    engine: &Arc<Engine>,
    request: &VersionRequest,
    service: &Arc<Service>,
) -> Result<PlanJob, ServiceProblem> {
    let (engine, service) = (Arc::clone(engine), Arc::clone(service));
    let (mut job, own) = (request.job.clone(), request.own.clone());
    let found = tokio::task::spawn_blocking(move || {
        service.wishes.resolve(&engine, &own, &mut job)?;
        Ok(job)
    });
    let failed = |_| ServiceProblem::new(ProblemKind::Failed, "the service failed; its log says why");
    found.await.map_err(failed)?
}

/// The problem of a length that the service does not make, with the longest that it does make of this version.
async fn too_long(engine: &Arc<Engine>, job: &PlanJob, service: &Arc<Service>) -> ServiceProblem {
    let WorkLimits { longest, patience } = service.options.limits;
    let limits = engine.script(&job.script).ok().and_then(|script| script.length);
    let most = limits.map_or(longest, |own| own.most.min(longest));
    let mut detail = format!("this service makes nothing longer than {}", print_duration(longest));
    let mut nearest = Vec::new();
    match limits {
        Some(own) if own.least > most => {
            detail = format!("{detail}, and this track is never shorter than {}", print_duration(own.least));
        }
        _ => {
            let length = LengthOptions { length: Some(AskedLength::Exactly(most)), ..job.length.clone() };
            let (engine, job) = (Arc::clone(engine), PlanJob { length, ..job.clone() });
            let fit = patiently(&service.pool, patience, move |task| Ok(engine.fit(&job, 1, task)?));
            if let Ok(FitReport { aim: Some(aim), rate, .. }) = fit.await {
                let below = || aim.below.map(|frames| frames.told(rate, THOUSANDTH, Rounding::Down));
                let found = if aim.fits { Some(most) } else { below() };
                nearest.extend(found.filter(|near| limits.is_none_or(|own| own.least <= *near)));
            }
        }
    }
    ServiceProblem { nearest, ..ServiceProblem::new(ProblemKind::ImpossibleLength, detail) }
}

fn plan(
    engine: &Engine,
    job: &PlanJob,
    mix: Mix,
    task: &Task<'_>,
) -> Result<(Plan, Ingredients), ServiceProblem> {
    let plan = match engine.plan(job, task) {
        Ok(plan) => plan,
        Err(error) => {
            let problem = ServiceProblem::of(&error);
            log(&problem, &error);
            return Err(with_nearest(problem, engine, job, task));
        }
    };
    engine.require_clips(&plan)?;
    let render = RenderJob { mix, ..RenderJob::default() };
    let ingredients = engine.ingredients(&plan, &render)?;
    Ok((plan, ingredients))
}

/// Says in the log what a listener is not told.
fn log(problem: &ServiceProblem, error: &crate::engine::Error) {
    if matches!(problem.kind, ProblemKind::Failed | ProblemKind::Busy) {
        tracing::error!(%error, "a version cannot be planned");
    }
}

/// Adds the nearest lengths that can be.
fn with_nearest(
    mut problem: ServiceProblem,
    engine: &Engine,
    job: &PlanJob,
    task: &Task<'_>,
) -> ServiceProblem {
    if problem.kind != ProblemKind::ImpossibleLength || !problem.nearest.is_empty() {
        return problem;
    }
    let Ok(report) = engine.fit(job, 1, task) else { return problem };
    let limits = engine.script(&job.script).ok().and_then(|script| script.length);
    let Some(aim) = report.aim else { return problem };
    // Rounded away from the length that was asked for, so that what is told can be.
    let near = [(aim.below, Rounding::Down), (aim.above, Rounding::Up)];
    let told = near.into_iter().filter_map(|(frames, rounding)| {
        let length = frames?.told(report.rate, THOUSANDTH, rounding);
        limits.is_none_or(|limits| (limits.least..=limits.most).contains(&length)).then_some(length)
    });
    problem.nearest = told.collect();
    problem
}

/// Does work that stops after a while, or when nobody waits for it any more.
///
/// # Errors
/// Those of the work, and [`ProblemKind::TooSlow`].
pub async fn patiently<T: Send + 'static>(
    pool: &RenderPool,
    patience: Duration,
    work: impl FnOnce(&Task<'_>) -> Result<T, ServiceProblem> + Send + 'static,
) -> Result<T, ServiceProblem> {
    let stop = StopOnDrop(Cancel::new());
    let cancel = stop.0.clone();
    let done = pool.run(Instant::now(), move || work(&Task::new(&Silent, cancel)));
    match tokio::time::timeout(patience, done).await {
        Ok(done) => done?,
        Err(_) => Err(ServiceProblem::for_now(ProblemKind::TooSlow, "this took too long; ask again", RETRY)),
    }
}

/// Stops a task when it is dropped.
pub struct StopOnDrop(pub Cancel);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
