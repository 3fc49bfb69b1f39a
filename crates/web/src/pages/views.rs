//! Named views above a list: links to the list as it was narrowed and sorted once, keeping the present one, forgetting
//! one. A list asks for its `Views` and includes `views/bar.html`.

use crate::{
    error::{PageResult, sentence_of},
    filters::Filters,
    form::Form,
    server::Site,
    session::Session,
};
use app::{
    App,
    views::{self, SaveView},
};
use axum::{Router, extract::State, response::IntoResponse as _, routing::post};
use serde::Deserialize;

pub fn router() -> Router<Site> {
    Router::new().route("/views", post(save)).route("/views/remove", post(remove))
}

/// What a person keeps of one list.
pub(crate) struct Views {
    /// Its address without the slash in front.
    pub list: String,
    /// What the present one is narrowed to and sorted by.
    pub query: String,
    pub kept: Vec<Kept>,
}

pub(crate) struct Kept {
    pub name: String,
    pub href: String,
    pub is_current: bool,
}

impl Views {
    pub(crate) async fn of(app: &App, session: &Session, form: &Filters) -> PageResult<Self> {
        let here = form.with("after", "");
        let (path, query) = here.split_once('?').unwrap_or((&here, ""));
        let list = path.trim_start_matches('/').to_owned();
        let rows = views::list(app, &session.caller, Some(&list)).await?;
        let kept = |row: views::SavedViewRow| Kept {
            href: address(&row.list, &row.query),
            is_current: row.query == query,
            name: row.name,
        };
        Ok(Self { kept: rows.into_iter().map(kept).collect(), query: query.to_owned(), list })
    }

    /// Whether there is anything to keep that is not kept.
    pub(crate) fn is_new(&self) -> bool {
        !self.query.is_empty() && self.kept.iter().all(|view| !view.is_current)
    }
}

fn address(list: &str, query: &str) -> String {
    if query.is_empty() { format!("/{list}") } else { format!("/{list}?{query}") }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ViewForm {
    list: String,
    name: String,
    query: String,
}

async fn save(State(app): State<App>, session: Session, form: Form<ViewForm>) -> PageResult {
    let ViewForm { list, name, query } = &*form;
    let view = SaveView { list: list.clone(), name: name.clone(), query: query.clone() };
    match views::save(&app, &session.caller, view).await {
        Ok(()) => {
            let said = format!("The view {} was saved.", name.trim());
            Ok(session.go(address(list, query)).saying(said).into_response())
        }
        Err(error @ (app::Error::Invalid(_) | app::Error::Refused(_))) => {
            let is_plain = views::is_list(list) && views::is_query(query);
            let back = if is_plain { address(list, query) } else { "/".to_owned() };
            Ok(session.go(back).warning(sentence_of(&error)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn remove(State(app): State<App>, session: Session, form: Form<ViewForm>) -> PageResult {
    views::remove(&app, &session.caller, &form.list, &form.name).await?;
    let said = format!("The view {} was removed.", form.name);
    // A list that nothing was kept of can be anything that was typed.
    let back = if views::is_list(&form.list) { format!("/{}", form.list) } else { "/".to_owned() };
    Ok(session.go(back).saying(said).into_response())
}
