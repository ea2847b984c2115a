//! The description of the service, in `OpenAPI` 3.1, from the tables that the service itself reads.

use utoipa::openapi::path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, Schema};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, RefOr,
    Required, ResponseBuilder,
};

use super::documents::FILES;
use super::problem::{PROBLEM_TYPE, ProblemKind};
use super::request::PARAMETERS;
use super::schema;
use super::wish::WISH_PARAMETERS;
use crate::delivery::format::Format;
use crate::export::format::facts;

/// An address of the service.
struct Address {
    path: String,
    summary: &'static str,
    /// The media types of its answer.
    media_types: Vec<&'static str>,
    /// The shape of its answer, where that is JSON of the service's own.
    schema: Option<RefOr<Schema>>,
    /// Whether it has the parameters of a version.
    of_version: bool,
    problems: Vec<ProblemKind>,
}

/// The problems of any request.
const OF_ANY: [ProblemKind; 3] = [ProblemKind::BadParameter, ProblemKind::NoToken, ProblemKind::TooMany];
/// The problems of a version.
const OF_VERSION: [ProblemKind; 9] = [
    ProblemKind::NotFound,
    ProblemKind::VersionGone,
    ProblemKind::ImpossibleLength,
    ProblemKind::ImpossibleVersion,
    ProblemKind::NotRecorded,
    ProblemKind::Busy,
    ProblemKind::TooSlow,
    ProblemKind::Stopping,
    ProblemKind::Failed,
];

/// The name of the tokens in the description.
const BEARER: &str = "token";
/// The address of a track.
const TRACK: &str = "/v1/courses/{course}/tracks/{track}";

fn addresses() -> Vec<Address> {
    let plain = |path: &str, summary, media_type| Address {
        path: path.to_owned(),
        summary,
        media_types: vec![media_type],
        schema: None,
        of_version: false,
        problems: Vec::new(),
    };
    let of_track = |path: &str, summary, media_types: Vec<&'static str>| Address {
        path: format!("{TRACK}{path}"),
        summary,
        media_types,
        schema: None,
        of_version: true,
        problems: [&OF_ANY[..], &OF_VERSION].concat(),
    };
    let mut sounds: Vec<&str> = Format::WORDS.iter().map(|(_, format)| facts(*format).media_type).collect();
    sounds.sort_unstable();
    sounds.dedup();
    let mut audio = of_track("/audio", "The sound of a version, with ranges", sounds);
    audio.problems.extend([ProblemKind::OutsideRange, ProblemKind::OtherVersion]);
    let mut all = vec![
        Address {
            schema: Some(schema::status()),
            ..plain("/health", "Whether the service is alive", "application/json")
        },
        Address {
            schema: Some(schema::status()),
            ..plain("/ready", "Whether it takes new work: 503 if it does not", "application/json")
        },
        Address {
            problems: OF_ANY.to_vec(),
            ..plain("/metrics", "Metrics for Prometheus", super::metrics::METRICS_TYPE)
        },
        Address {
            problems: OF_ANY.to_vec(),
            ..plain("/v1/openapi.json", "This document", "application/json")
        },
        Address {
            problems: OF_ANY.to_vec(),
            schema: Some(schema::courses()),
            ..plain("/v1/courses", "The courses", "application/json")
        },
        Address {
            schema: Some(schema::course()),
            problems: [&OF_ANY[..], &[ProblemKind::NotFound]].concat(),
            ..plain("/v1/courses/{course}", "What a course has", "application/json")
        },
        Address {
            schema: Some(schema::track()),
            ..of_track("", "What a track can be: lengths, levels, voices, choices", vec!["application/json"])
        },
        audio,
        Address {
            schema: Some(schema::version()),
            ..of_track(
                "/version",
                "A version, with the addresses of its sound that never change",
                vec!["application/json"],
            )
        },
    ];
    all.extend(FILES.iter().map(|file| {
        let types =
            if file.path == "cover" { vec!["image/png", "image/jpeg"] } else { vec![file.media_type] };
        of_track(&format!("/{}", file.path), file.about, types)
    }));
    all
}

/// The whole description.
pub fn document() -> OpenApi {
    let mut paths = PathsBuilder::new();
    for address in addresses() {
        let mut item = PathItem::new(HttpMethod::Get, operation(&address, true));
        item.head = Some(operation(&address, false));
        paths = paths.path(&address.path, item);
    }
    paths = paths.path(format!("{TRACK}/wishes"), PathItem::new(HttpMethod::Post, wish()));
    let info = InfoBuilder::new().title("adem serve").version(env!("CARGO_PKG_VERSION")).description(Some(
        "Guided meditations in any length, language and version, as sound and as what is beside it.",
    ));
    let mut bearer = Http::new(HttpAuthScheme::Bearer);
    bearer.description =
        Some("Where the service has tokens, everywhere but at /health and /ready".to_owned());
    let components = ComponentsBuilder::new().security_scheme(BEARER, SecurityScheme::Http(bearer)).build();
    // Without a token, or with one: only the service knows whether it has any.
    let security =
        [SecurityRequirement::default(), SecurityRequirement::new::<_, [&str; 0], &str>(BEARER, [])];
    OpenApiBuilder::new()
        .info(info)
        .paths(paths)
        .components(Some(components))
        .security(Some(security))
        .build()
}

fn operation(address: &Address, with_body: bool) -> Operation {
    let mut operation = place(OperationBuilder::new().summary(Some(address.summary)), &address.path);
    for known in PARAMETERS.iter().filter(|_| address.of_version) {
        let parameter = ParameterBuilder::new()
            .name(known.name)
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(known.about))
            .schema(Some(schema::parameter(known.values)));
        operation = operation.parameter(parameter);
    }
    let is_sound = address.path.ends_with("/audio");
    if is_sound {
        for name in ["Range", "If-Range", "If-Match", "If-None-Match"] {
            let parameter = ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .schema(Some(schema::parameter(&[])));
            operation = operation.parameter(parameter);
        }
    }
    let answer = |about: &str| {
        let mut response = ResponseBuilder::new().description(about);
        for media_type in address.media_types.iter().filter(|_| with_body) {
            response =
                response.content(*media_type, ContentBuilder::new().schema(address.schema.clone()).build());
        }
        response
    };
    operation = operation.response("200", answer("The whole"));
    if is_sound {
        operation = operation.response("206", answer("The range that was asked for"));
    }
    if address.path.contains("/courses/") {
        operation = operation
            .response("304", ResponseBuilder::new().description("What the client has is up to date"));
    }
    if address.path == "/ready" {
        operation = operation.response("503", ResponseBuilder::new().description("It takes no new work"));
    }
    problems(operation, &address.problems, with_body).build()
}

/// Where something is sent: a wish for a phrase.
fn wish() -> Operation {
    let about = "Takes own words for a phrase, and answers with the id by which `own` names them";
    let mut operation = place(OperationBuilder::new().summary(Some(about)), TRACK);
    for (name, about) in WISH_PARAMETERS {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Query)
            .required(if name == "phrase" { Required::True } else { Required::False })
            .description(Some(about))
            .schema(Some(schema::parameter(&[])));
        operation = operation.parameter(parameter);
    }
    let body = RequestBodyBuilder::new()
        .content("application/json", ContentBuilder::new().schema(Some(schema::wish_text())).build())
        .content("audio/*", ContentBuilder::new().build())
        .required(Some(Required::True));
    let kept = ResponseBuilder::new()
        .description("It is kept")
        .content("application/json", ContentBuilder::new().schema(Some(schema::wish())).build());
    let all = [
        &OF_ANY[..],
        &OF_VERSION,
        &[ProblemKind::ImpossibleWish, ProblemKind::OtherMedia, ProblemKind::TooLarge],
    ]
    .concat();
    problems(operation.request_body(Some(body.build())).response("201", kept), &all, true).build()
}

/// The parameters that are in the path.
fn place(mut operation: OperationBuilder, path: &str) -> OperationBuilder {
    for name in ["course", "track"].into_iter().filter(|name| path.contains(&format!("{{{name}}}"))) {
        let about = if name == "course" { "The name of a course" } else { "The id or the number of a track" };
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(about))
            .schema(Some(schema::parameter(&[])));
        operation = operation.parameter(parameter);
    }
    operation
}

/// The answers for problems.
fn problems(mut operation: OperationBuilder, kinds: &[ProblemKind], with_body: bool) -> OperationBuilder {
    let mut problems: Vec<(u16, Vec<&str>)> = Vec::new();
    for problem in kinds {
        let status = problem.status().as_u16();
        match problems.iter_mut().find(|(known, _)| *known == status) {
            Some((_, names)) => names.push(problem.name()),
            None => problems.push((status, vec![problem.name()])),
        }
    }
    for (status, names) in problems {
        let mut response = ResponseBuilder::new().description(names.join(", "));
        if with_body {
            response =
                response.content(PROBLEM_TYPE, ContentBuilder::new().schema(Some(schema::problem())).build());
        }
        operation = operation.response(status.to_string(), response);
    }
    operation
}
