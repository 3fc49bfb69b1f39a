//! The OpenAPI document, made from the endpoints, and the reference page that shows it offline.
//!
//! What holds for every operation is added here once: who may call, which problems may come back, the idempotency key.

use super::problem::Problem;
use crate::server::Site;
use axum::{
    Router,
    extract::Path,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use std::sync::{Arc, LazyLock};
use utoipa::{
    PartialSchema as _, ToSchema as _,
    openapi::{
        ComponentsBuilder, ContentBuilder, HeaderBuilder, Info, OpenApi, OpenApiBuilder, Ref, RefOr, Required,
        Response as Described, ResponseBuilder, Server,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, Type},
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_swagger_ui::Config;

const DESCRIPTION: &str = "Everything that the pages do, for programs.

Send `Authorization: Bearer qt_…` with a token from *Users, API tokens* or `quittance token add`.
Amounts are `{\"amount\": \"1234.50\", \"currency\": \"EUR\"}`; dates are `2026-08-31`; instants are in UTC.
Lists come in pages: send `next` of a page as `after` to get the one behind it.
Errors are `application/problem+json` and name the fields that are wrong.
Send an `Idempotency-Key` with a change, and sending it again, after a broken connection say, changes nothing twice.";

pub(super) fn about() -> OpenApi {
    let info = Info::builder().title("Quittance").version(env!("CARGO_PKG_VERSION")).description(Some(DESCRIPTION));
    OpenApiBuilder::new().info(info).servers(Some([Server::new("/api/v1")])).build()
}

/// Adds what every operation has.
fn complete(document: &mut OpenApi) {
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let mut components = ComponentsBuilder::from(document.components.take().unwrap_or_default())
        .security_scheme("token", bearer)
        .schema(Problem::name(), Problem::schema());
    let mut parts = Vec::new();
    Problem::schemas(&mut parts);
    components = components.schemas_from_iter(parts);
    document.components = Some(components.build());
    document.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    for (path, item) in &mut document.paths.paths {
        let changing = [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in changing.into_iter().flatten() {
            operation.parameters.get_or_insert_default().push(RefOr::T(idempotency_key()));
            problems(operation, &["409", "413", "415", "422"]);
            if takes_version(operation) {
                problems(operation, &["412", "428"]);
            }
        }
        let versioned = [&item.put, &item.patch, &item.delete].into_iter().flatten().any(takes_version);
        if let (Some(get), true) = (&mut item.get, versioned) {
            header(get, "200", "ETag", "Its version, to send as If-Match with a change.");
        }
        let all = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in all.into_iter().flatten() {
            header(operation, "201", "Location", "The address of what was made.");
            say_scope(operation);
            problems(operation, &["400", "401", "403", "429", "default"]);
            if path.contains('{') {
                problems(operation, &["404"]);
            }
        }
    }
}

fn takes_version(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == "If-Match"))
}

/// Notes a header of an answer that there is.
fn header(operation: &mut Operation, status: &str, name: &str, about: &str) {
    if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(status) {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let header = HeaderBuilder::new().schema(Some(text)).description(Some(about)).build();
        response.headers.insert(name.to_owned(), header.into());
    }
}

/// Says the scope that an operation asks for where people read.
fn say_scope(operation: &mut Operation) {
    let asked = serde_json::to_value(&operation.security).unwrap_or_default();
    if let Some(scope) = asked[0]["token"][0].as_str() {
        let text = operation.description.take().map(|text| format!("{text}\n\n")).unwrap_or_default();
        operation.description = Some(format!("{text}Needs the scope `{scope}`."));
    }
}

fn idempotency_key() -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The same key with the same request is carried out once."))
        .schema(Some(text))
        .build()
}

fn problems(operation: &mut Operation, statuses: &[&str]) {
    for status in statuses {
        let described = || RefOr::T(problem(status));
        operation.responses.responses.entry((*status).to_owned()).or_insert_with(described);
    }
}

fn problem(status: &str) -> Described {
    let code = status.parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
    let words = code.and_then(|code| code.canonical_reason()).unwrap_or("Something else went wrong");
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    ResponseBuilder::new().description(words).content("application/problem+json", content).build()
}

/// The reference page uses style attributes of its own; scripts stay as forbidden as everywhere.
const DOCS_POLICY: (HeaderName, HeaderValue) = (
    header::CONTENT_SECURITY_POLICY,
    HeaderValue::from_static(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         font-src 'self' data:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    ),
);

static REFERENCE: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::new(["/api/openapi.json"]).default_models_expand_depth(0).doc_expansion("list");
    Arc::new(config.use_base_layout())
});

/// Made for its first reader: most servers have none.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let mut document = super::endpoints().into_openapi();
    complete(&mut document);
    document.to_pretty_json().unwrap_or_default()
});

pub(super) fn router() -> Router<Site> {
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Router::new()
        .route("/openapi.json", get(async move || (json, DOCUMENT.as_str())))
        .route("/docs", get(async || Redirect::permanent("/api/docs/")))
        .route("/docs/", get(async || reference("index.html")))
        .route("/docs/{file}", get(async |Path(file): Path<String>| reference(&file)))
}

fn reference(file: &str) -> Response {
    match utoipa_swagger_ui::serve(file, REFERENCE.clone()) {
        Ok(Some(file)) => {
            let kind = HeaderValue::try_from(file.content_type).unwrap_or(HeaderValue::from_static("text/plain"));
            let packed = file.gzpipped.then_some([(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
            ([DOCS_POLICY, (header::CONTENT_TYPE, kind)], packed, file.bytes.into_owned()).into_response()
        }
        Ok(None) => Problem::not_found("The reference has no such file.").into_response(),
        Err(error) => Problem::from(app::Error::broken(error.to_string())).into_response(),
    }
}
