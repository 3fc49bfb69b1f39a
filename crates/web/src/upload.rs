//! Uploaded files: the parts called `file` of a form. The form's token comes first and was checked on the way in.

use crate::{
    error::{PageError, PageResult},
    typed::Typed,
};
use axum::{
    extract::{FromRequest, Multipart, Request, multipart::MultipartError},
    http::StatusCode,
};

/// What was chosen; a form without a file has an empty one.
#[derive(Debug, Default)]
pub struct Upload {
    pub file_name: String,
    pub content: Vec<u8>,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let mut parts = Multipart::from_request(request, state).await.map_err(|error| {
            PageError::Wrong(StatusCode::BAD_REQUEST, format!("The upload was not understood: {error}."))
        })?;
        while let Some(part) = parts.next_field().await.map_err(refused)? {
            if part.name() == Some("file") {
                let file_name = part.file_name().unwrap_or_default().to_owned();
                let content = part.bytes().await.map_err(refused)?;
                return Ok(Self { file_name, content: content.into() });
            }
        }
        Ok(Self::default())
    }
}

/// The fields of a form with its files, each with its name.
pub(crate) async fn fields(mut parts: Multipart) -> PageResult<(Typed, Vec<(String, Vec<u8>)>)> {
    let (mut typed, mut files) = (Typed::default(), vec![]);
    while let Some(part) = parts.next_field().await.map_err(refused)? {
        let field = part.name().unwrap_or_default().to_owned();
        if field == "file" {
            let file_name = part.file_name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(refused)?.to_vec();
            files.extend((!file_name.is_empty()).then_some((file_name, bytes)));
        } else {
            typed = typed.with(field, part.text().await.map_err(refused)?);
        }
    }
    Ok((typed, files))
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over so")]
fn refused(error: MultipartError) -> PageError {
    let status = error.status();
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return PageError::Wrong(
            status,
            "This file is larger than this page takes. Files of data may be larger at the command line.".to_owned(),
        );
    }
    PageError::Wrong(StatusCode::BAD_REQUEST, format!("The upload was not understood: {error}."))
}
