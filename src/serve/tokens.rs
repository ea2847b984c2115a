//! Who may ask: the bearer tokens of a service, which are read again at SIGHUP.

use std::sync::{PoisonError, RwLock};

use axum::http::{HeaderMap, header};
use blake3::Hash;

use super::problem::{ProblemKind, ServiceProblem};
use super::router::header_text;

/// Reads the tokens from where they are, or says why they cannot be used.
pub type TokenReader = Box<dyn Fn() -> Result<Vec<String>, String> + Send + Sync>;

/// The tokens of a service. Anybody may ask if there are none.
pub struct Tokens {
    read: TokenReader,
    known: RwLock<Vec<Hash>>,
}

impl Tokens {
    /// These tokens, and how they are read again.
    pub fn new(first: &[String], read: TokenReader) -> Self {
        Self { read, known: RwLock::new(hashes(first)) }
    }

    /// Reads them again. If they cannot be used, those from before stay: nobody else is let in, and nobody is shut out.
    pub fn reload(&self) {
        match (self.read)() {
            Ok(tokens) => {
                let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                let fresh = hashes(&tokens);
                if *known != fresh {
                    *known = fresh;
                    tracing::info!(tokens = known.len(), "tokens read again");
                }
            }
            Err(error) => tracing::error!(error, "tokens cannot be read again; those from before stay"),
        }
    }

    /// Whether one is needed.
    pub fn are_needed(&self) -> bool {
        !self.known.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Lets a request in that has one.
    ///
    /// # Errors
    /// `ProblemKind::NoToken` for any other, where one is needed.
    pub fn admit(&self, headers: &HeaderMap) -> Result<(), ServiceProblem> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            return Ok(());
        }
        let given = header_text(headers, header::AUTHORIZATION).and_then(|given| {
            let (scheme, token) = given.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| blake3::hash(token.trim().as_bytes()))
        });
        // Hashes are compared in constant time, and with all tokens.
        if known.iter().filter(|token| given == Some(**token)).count() > 0 {
            return Ok(());
        }
        let detail = "send a token of this service: Authorization: Bearer …";
        Err(ServiceProblem::new(ProblemKind::NoToken, detail))
    }
}

fn hashes(tokens: &[String]) -> Vec<Hash> {
    tokens.iter().map(|token| blake3::hash(token.as_bytes())).collect()
}
