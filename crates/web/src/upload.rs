//! Uploaded files: the parts called `file` of a form. The form's token comes first and was checked on the way in.

use crate::{
    error::{PageError, PageResult},
    typed::Typed,
};
use app::Error;
use axum::{
    extract::{FromRequest, Multipart, Request, multipart::MultipartError},
    http::StatusCode,
};

/// What was chosen; a form without a file has an empty one, and one that is too large has no content.
#[derive(Debug, Default)]
pub struct Upload {
    file_name: String,
    content: Vec<u8>,
    is_too_large: bool,
}

impl Upload {
    /// The file's name and what is in it.
    pub(crate) fn taken(self) -> Result<(String, Vec<u8>), Error> {
        if self.is_too_large {
            return Err(too_large(&self.file_name));
        }
        if self.file_name.is_empty() {
            return Err(Error::field("file", "choose a file"));
        }
        Ok((self.file_name, self.content))
    }
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let mut parts = Multipart::from_request(request, state).await.map_err(|error| {
            PageError::Wrong(StatusCode::BAD_REQUEST, format!("The upload was not understood: {error}."))
        })?;
        loop {
            let part = match parts.next_field().await {
                Ok(Some(part)) => part,
                Ok(None) => return Ok(Self::default()),
                Err(error) if is_too_large(&error) => return Ok(Self { is_too_large: true, ..Self::default() }),
                Err(error) => return Err(refused(error)),
            };
            if part.name() == Some("file") {
                let file_name = part.file_name().unwrap_or_default().to_owned();
                return match part.bytes().await {
                    Ok(content) => Ok(Self { file_name, content: content.into(), is_too_large: false }),
                    Err(error) if is_too_large(&error) => Ok(Self { file_name, is_too_large: true, ..Self::default() }),
                    Err(error) => Err(refused(error)),
                };
            }
        }
    }
}

/// The fields of a form with its files, each with its name; the first file that is too large is the last one read.
pub(crate) async fn fields(mut parts: Multipart) -> PageResult<(Typed, Result<Vec<(String, Vec<u8>)>, Error>)> {
    let (mut typed, mut files) = (Typed::default(), vec![]);
    loop {
        let part = match parts.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => return Ok((typed, Ok(files))),
            Err(error) if is_too_large(&error) => return Ok((typed, Err(too_large("")))),
            Err(error) => return Err(refused(error)),
        };
        let field = part.name().unwrap_or_default().to_owned();
        if field == "file" {
            let file_name = part.file_name().unwrap_or_default().to_owned();
            let bytes = match part.bytes().await {
                Ok(bytes) => bytes.to_vec(),
                Err(error) if is_too_large(&error) => return Ok((typed, Err(too_large(&file_name)))),
                Err(error) => return Err(refused(error)),
            };
            files.extend((!file_name.is_empty()).then_some((file_name, bytes)));
        } else {
            typed = typed.with(field, part.text().await.map_err(refused)?);
        }
    }
}

fn is_too_large(error: &MultipartError) -> bool {
    error.status() == StatusCode::PAYLOAD_TOO_LARGE
}

/// The limit stands beside the field on each page.
fn too_large(file_name: &str) -> Error {
    let file = if file_name.is_empty() { "the file" } else { file_name };
    Error::field("file", format!("{file} is larger than this page takes"))
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over so")]
fn refused(error: MultipartError) -> PageError {
    if is_too_large(&error) {
        let sentence = "This form is larger than this page takes. Files of data may be larger at the command line.";
        return PageError::Wrong(StatusCode::PAYLOAD_TOO_LARGE, sentence.to_owned());
    }
    PageError::Wrong(StatusCode::BAD_REQUEST, format!("The upload was not understood: {error}."))
}
