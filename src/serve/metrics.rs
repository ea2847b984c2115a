//! What is counted, for Prometheus.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// The labels of a request: its route and its status.
type RequestLabels = [(&'static str, String); 2];
/// One label.
type OneLabel = [(&'static str, &'static str); 1];

/// The media type of the answer.
pub const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    answer_seconds: Histogram,
    sent: Counter,
    pieces: Family<OneLabel, Counter>,
    spools: Family<OneLabel, Counter>,
    reloads: Family<OneLabel, Counter>,
    pub streams: Gauge,
    waiting: Gauge,
    versions: Gauge,
    bed_windows: Family<OneLabel, Gauge<i64>>,
    kept_bytes: Gauge<f64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        let mut metrics = Self {
            registry: Registry::with_prefix("adem"),
            requests: Family::default(),
            answer_seconds: Histogram::new(buckets),
            sent: Counter::default(),
            pieces: Family::default(),
            spools: Family::default(),
            reloads: Family::default(),
            streams: Gauge::default(),
            waiting: Gauge::default(),
            versions: Gauge::default(),
            bed_windows: Family::default(),
            kept_bytes: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("requests", "Requests by route and status", metrics.requests.clone());
        registry.register(
            "answer_seconds",
            "Time from a request to the head of its answer",
            metrics.answer_seconds.clone(),
        );
        registry.register("sent_bytes", "Bytes of sound that were sent", metrics.sent.clone());
        registry.register(
            "pieces",
            "Pieces of WAV files: made, made alone, or waited for",
            metrics.pieces.clone(),
        );
        registry.register(
            "spools",
            "Files of other formats: made, found, stopped or failed",
            metrics.spools.clone(),
        );
        registry.register("reloads", "Courses that were read again, by outcome", metrics.reloads.clone());
        registry.register("streams", "Answers with sound that are being sent", metrics.streams.clone());
        registry.register("queue_length", "Work that waits for a thread", metrics.waiting.clone());
        registry.register("versions", "Versions that are open", metrics.versions.clone());
        registry.register(
            "bed_windows",
            "Windows of generated beds: made or found",
            metrics.bed_windows.clone(),
        );
        registry.register("kept_bytes", "Bytes of finished files", metrics.kept_bytes.clone());
        metrics
    }
}

impl Metrics {
    pub fn request(&self, route: &str, status: u16, seconds: f64) {
        let labels = [("route", route.to_owned()), ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
        self.answer_seconds.observe(seconds);
    }

    pub fn sent(&self, bytes: usize) {
        self.sent.inc_by(bytes as u64);
    }

    pub fn piece_found(&self) {
        self.pieces.get_or_create(&[("how", "waited")]).inc();
    }

    /// A piece was made, going on from the one before or alone.
    pub fn piece_made(&self, went_on: bool) {
        self.pieces.get_or_create(&[("how", if went_on { "made" } else { "alone" })]).inc();
    }

    pub fn spool(&self, how: &'static str) {
        self.spools.get_or_create(&[("how", how)]).inc();
    }

    pub fn reloaded(&self, fine: bool) {
        self.reloads.get_or_create(&[("outcome", if fine { "fine" } else { "failed" })]).inc();
    }

    /// The text for Prometheus, with these values of the moment.
    pub fn text(&self, waiting: usize, versions: usize, beds: [u64; 2], kept: u64) -> String {
        self.waiting.set(waiting as i64);
        self.versions.set(versions as i64);
        for (how, count) in ["made", "found"].into_iter().zip(beds) {
            self.bed_windows.get_or_create(&[("how", how)]).set(count as i64);
        }
        self.kept_bytes.set(kept as f64);
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
