//! How often one client asks: a bucket that fills at the allowed rate, with room for a burst.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;

use super::problem::{ProblemKind, ServiceProblem};

/// How many seconds of requests may come at once.
const BURST: f64 = 4.0;
/// Clients that are remembered before those with full buckets are forgotten.
const MANY: usize = 10_000;

/// The clients of a service.
pub struct Clients {
    rate: Option<f64>,
    /// How many requests may come at once.
    burst: f64,
    behind_proxy: bool,
    buckets: Mutex<HashMap<IpAddr, ClientBucket>>,
}

struct ClientBucket {
    left: f64,
    at: Instant,
}

impl Clients {
    pub fn new(rate: Option<f64>, behind_proxy: bool) -> Self {
        Self::with_burst(rate, rate.unwrap_or_default() * BURST, behind_proxy)
    }

    /// The same with so many requests at once.
    pub fn with_burst(rate: Option<f64>, burst: f64, behind_proxy: bool) -> Self {
        Self { rate, burst, behind_proxy, buckets: Mutex::default() }
    }

    /// Counts a request at this time.
    ///
    /// # Errors
    /// [`ProblemKind::TooMany`] with the time after which there is room again.
    pub fn admit(&self, peer: IpAddr, headers: &HeaderMap, now: Instant) -> Result<(), ServiceProblem> {
        let Some(rate) = self.rate else { return Ok(()) };
        let most = self.burst.max(1.0);
        let filled = |bucket: &ClientBucket| {
            let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
            (bucket.left + passed * rate).min(most)
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MANY {
            buckets.retain(|_, bucket| filled(bucket) < most);
        }
        let client = self.client(peer, headers);
        let bucket = buckets.entry(client).or_insert(ClientBucket { left: most, at: now });
        let left = filled(bucket);
        bucket.at = now;
        if left >= 1.0 {
            bucket.left = left - 1.0;
            return Ok(());
        }
        bucket.left = left;
        let wait = Duration::from_secs_f64(((1.0 - left) / rate).min(3_600.0).ceil());
        Err(ServiceProblem::for_now(
            ProblemKind::TooMany,
            "too many requests from this address; ask again",
            wait,
        ))
    }

    /// Who asks: the other end of the connection, or the last address that the proxy in front has added.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let forwarded = || {
            let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
            last.rsplit(',').next()?.trim().parse().ok()
        };
        let client = if self.behind_proxy { forwarded().unwrap_or(peer) } else { peer };
        match client {
            // One household has a whole network of these.
            IpAddr::V6(own) => {
                let [a, b, c, d, ..] = own.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
            IpAddr::V4(_) => client,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_in_and_then_the_rate() {
        let clients = Clients::new(Some(2.0), true);
        let (start, none) = (Instant::now(), HeaderMap::new());
        let [one, other]: [IpAddr; 2] = [[10, 0, 0, 1], [10, 0, 0, 2]].map(IpAddr::from);
        let ask = |who, millis| clients.admit(who, &none, start + Duration::from_millis(millis));
        assert!((0..8).all(|_| ask(one, 0).is_ok()));
        let refused = ask(one, 0).unwrap_err();
        assert_eq!((refused.kind, refused.retry_after), (ProblemKind::TooMany, Some(Duration::from_secs(1))));
        assert!(ask(other, 0).is_ok());
        assert!(ask(one, 400).is_err());
        assert!(ask(one, 600).is_ok());
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "1.2.3.4, 10.0.0.9".parse().unwrap());
        assert!(clients.admit(one, &headers, start + Duration::from_millis(600)).is_ok());
        assert!(Clients::new(None, false).admit(one, &none, start).is_ok());
    }

    #[test]
    fn addresses_of_one_network_are_one_client() {
        let clients = Clients::new(Some(0.1), false);
        let now = Instant::now();
        let ask = |text: &str| clients.admit(text.parse().unwrap(), &HeaderMap::new(), now);
        assert!(ask("2001:db8:1:2:3::4").is_ok());
        assert!(ask("2001:db8:1:2::9").is_err());
        assert!(ask("2001:db8:1:3::9").is_ok());
    }
}
