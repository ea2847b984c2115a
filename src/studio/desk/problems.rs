//! What is wrong in the course, as `adem check` tells it.

use axum::extract::State;
use serde_json::json;

use crate::diag::{Severity, one_for_each_cause};
use crate::event::Task;
use crate::studio::SharedStudio;
use crate::studio::answer::{Answer, as_json, blocking, diagnostics, told};

pub(super) async fn problems(State(studio): State<SharedStudio>) -> Answer {
    let found = blocking(move || {
        let generation = studio.course.generation();
        if let Some(found) =
            super::lock(&studio.desk.problems).clone().filter(|(known, _)| *known == generation)
        {
            return Ok(found.1);
        }
        let checked = match &*studio.course.engine() {
            Ok(engine) => engine.check(&Task::silent()).map_err(|error| told(&error))?,
            Err(error) => return Err(told(error)),
        };
        let all = one_for_each_cause(checked.found);
        let count = |severity: Severity| all.iter().filter(|one| one.severity == severity).count();
        let answer = json!({
            "generation": generation,
            "errors": count(Severity::Error),
            "warnings": count(Severity::Warning),
            "found": diagnostics(&all, &checked.course.sources),
        });
        *super::lock(&studio.desk.problems) = Some((generation, answer.clone()));
        Ok(answer)
    });
    as_json(&found.await?)
}
