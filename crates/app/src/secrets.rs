//! Passwords, and the random words that stand for a session or an API token.
//!
//! A password is kept as an argon2id hash with OWASP's parameters, made on a thread where it blocks nobody; a token is
//! kept as its SHA-256 digest only. Nothing here stores or logs anything.

use crate::error::{Error, Result};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

pub const PASSWORD_MIN: usize = 12;
const PASSWORD_MAX: usize = 256;
/// Costs what a real hash costs and fits no password anybody knows.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keS1ubw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// 32 random bytes in hexadecimal.
pub fn random_word() -> Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|cause| Error::broken(cause.to_string()))?;
    Ok(hex::encode(bytes))
}

/// What is stored in place of a token. The token is random, so a fast digest is enough.
pub fn digest(word: &str) -> String {
    hex::encode(Sha256::digest(word.as_bytes()))
}

/// Compares without telling by its duration how much is right.
pub fn same(one: &str, other: &str) -> bool {
    bool::from(subtle::ConstantTimeEq::ct_eq(one.as_bytes(), other.as_bytes()))
}

/// Refuses a password that is too short to be one.
pub fn check_password(password: &str) -> Result<(), String> {
    match password.chars().count() {
        length if length < PASSWORD_MIN => Err(format!(
            "use {PASSWORD_MIN} characters or more; this has {length}. A few words in a row are easy to keep."
        )),
        length if length > PASSWORD_MAX => Err(format!("use up to {PASSWORD_MAX} characters; this has {length}")),
        _ => Ok(()),
    }
}

pub async fn hash_password(password: String) -> Result<String> {
    alone(move || {
        let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes()).map_err(|e| e.to_string())?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether `password` belongs to `hash`. Without a hash, for a user who does not exist, the same work is done for nothing.
pub async fn verify_password(password: String, hash: Option<String>) -> Result<bool> {
    alone(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODYS_HASH.to_owned());
        let hash = PasswordHash::new(&hash).map_err(|e| e.to_string())?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await
}

/// Each hash takes 19 MiB and a core, so only a few run at once.
async fn alone<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T> {
    static FREE: Semaphore = Semaphore::const_new(4);
    let _permit = FREE.acquire().await.map_err(Error::broken)?;
    tokio::task::spawn_blocking(work).await.map_err(Error::broken)?.map_err(Error::broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_sha_256() {
        // printf abc | sha256sum
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn words_are_long_and_never_the_same() {
        let (one, two) = (random_word().unwrap(), random_word().unwrap());
        assert!(one.len() == 64 && one != two);
    }

    #[test]
    fn short_passwords_are_told_how_short() {
        assert!(check_password("eleven char").unwrap_err().contains("this has 11"));
        assert!(check_password("twelve chars").is_ok());
        assert!(check_password(&"x".repeat(257)).is_err());
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_with_owasps_parameters() {
        let hash = hash_password("correct horse battery".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify_password("correct horse battery".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!verify_password("correct horse batterz".to_owned(), Some(hash)).await.unwrap());
        assert!(!verify_password(String::new(), None).await.unwrap());
    }
}
