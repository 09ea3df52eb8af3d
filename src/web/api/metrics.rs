//! What monitors ask for, in the text format of Prometheus. Labels are names of integrations and endpoints, statuses, buckets
//! and codes; no name of a file or a person.

use crate::ledger::EndpointState;
use crate::operations::{EndpointMetrics, IntegrationMetrics, Metrics};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::fmt::{self, Error};

/// The media type of the text.
pub(super) const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The metrics as text.
///
/// # Errors
/// The encoder failed.
pub(super) fn text(metrics: Metrics) -> Result<String, Error> {
    let mut registry = Registry::with_prefix("feedgate");
    registry.register_collector(Box::new(Told(metrics)));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

/// The metrics, as the encoder asks for them.
#[derive(Debug)]
struct Told(Metrics);

impl Collector for Told {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let all = &self.0.integrations[..];
        let to = &mut encoder;
        let by_word: [(&str, &str, &'static str, Counts); 3] = [
            ("runs", "Runs that ended, by status", "status", |i| &i.runs),
            ("records", "Records, by bucket", "bucket", |i| &i.records),
            ("findings", "Findings, by code", "code", |i| &i.findings),
        ];
        for (name, help, label, counts) in by_word {
            let samples = all.iter().flat_map(|integration| {
                let counts = counts(integration).iter();
                counts.map(|(word, count)| {
                    let labels = vec![("integration", &*integration.name), (label, &**word)];
                    (labels, *count)
                })
            });
            counters(to, name, help, samples)?;
        }
        durations(to, all)?;
        of_integrations(to, all)?;
        of_endpoints(to, &self.0.endpoints)?;
        let messages = &self.0.messages;
        alone(
            to,
            "messages_waiting",
            "Messages to people that are not sent yet",
            count(messages.count),
        )?;
        alone(
            to,
            "messages_oldest_age_seconds",
            "Age of the oldest message that is not sent yet",
            messages.oldest_age.unwrap_or_default(),
        )?;
        let bytes = i64::try_from(self.0.ledger_bytes).unwrap_or(i64::MAX);
        alone(to, "ledger_bytes", "Size of the ledger and its log", bytes)?;
        let runs = i64::from(self.0.daemon_runs);
        alone(
            to,
            "daemon_running",
            "Whether a daemon runs on the site",
            runs,
        )
    }
}

type Counts = fn(&IntegrationMetrics) -> &std::collections::BTreeMap<String, u64>;

/// The names and values of a sample's labels.
type Labels<'l> = Vec<(&'static str, &'l str)>;

fn counters<'l>(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    samples: impl Iterator<Item = (Labels<'l>, u64)>,
) -> fmt::Result {
    let mut family = to.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, value) in samples {
        ConstCounter::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

fn gauges<'l>(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    samples: impl Iterator<Item = (Labels<'l>, i64)>,
) -> fmt::Result {
    let mut family = to.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in samples {
        ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

fn alone(to: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: i64) -> fmt::Result {
    let encoder = to.encode_descriptor(name, help, None, MetricType::Gauge)?;
    ConstGauge::new(value).encode(encoder)
}

fn durations(to: &mut DescriptorEncoder<'_>, all: &[IntegrationMetrics]) -> fmt::Result {
    let help = "How long runs took";
    let mut family =
        to.encode_descriptor("run_duration_seconds", help, None, MetricType::Histogram)?;
    for integration in all {
        let durations = &integration.durations;
        let mut before = 0;
        let buckets = durations.buckets.iter().map(|(bound, no_longer)| {
            let own = no_longer - before;
            before = *no_longer;
            let bound = match *bound {
                u32::MAX => f64::INFINITY,
                bound => f64::from(bound),
            };
            (bound, own)
        });
        let buckets: Vec<(f64, u64)> = buckets.collect();
        let labels = vec![("integration", &*integration.name)];
        #[expect(clippy::cast_precision_loss, reason = "seconds of all runs")]
        let seconds = durations.seconds as f64;
        family
            .encode_family(&labels)?
            .encode_histogram::<NoLabelSet>(seconds, before, &buckets, None)?;
    }
    Ok(())
}

fn of_integrations(to: &mut DescriptorEncoder<'_>, all: &[IntegrationMetrics]) -> fmt::Result {
    type Value = fn(&IntegrationMetrics) -> Option<i64>;
    let values: [(&str, &str, Value); 7] = [
        ("held_runs", "Runs that are Held", |i| whole(i.open.held)),
        (
            "failed_runs_open",
            "Failed runs without a later success of the same source",
            |i| whole(i.open.failed),
        ),
        (
            "rejected_records_open",
            "Rejected records that wait for their correction",
            |i| whole(i.open.rejected),
        ),
        (
            "late_files",
            "Files that were expected and have not come",
            |i| whole(i.open.late),
        ),
        ("queue_files", "Files in the queue", |i| {
            Some(count(i.queue.count))
        }),
        (
            "queue_oldest_age_seconds",
            "Age of the oldest file in the queue",
            |i| Some(i.queue.oldest_age.unwrap_or_default()),
        ),
        (
            "inbound_look_age_seconds",
            "Time since the daemon last looked into the inbound folder",
            |i| i.look_age,
        ),
    ];
    for (name, help, value) in values {
        let samples = all.iter().filter_map(|integration| {
            Some((
                vec![("integration", &*integration.name)],
                value(integration)?,
            ))
        });
        gauges(to, name, help, samples)?;
    }
    Ok(())
}

fn of_endpoints(to: &mut DescriptorEncoder<'_>, all: &[EndpointMetrics]) -> fmt::Result {
    let states = [
        EndpointState::Working,
        EndpointState::Failing,
        EndpointState::Stopped,
    ];
    let samples = all.iter().flat_map(|endpoint| {
        states.iter().map(|state| {
            let labels = vec![("endpoint", &*endpoint.name), ("state", state.as_str())];
            (labels, i64::from(endpoint.state == Some(*state)))
        })
    });
    gauges(
        to,
        "endpoint_state",
        "1 for the state that an endpoint is in",
        samples,
    )?;
    let files = all
        .iter()
        .map(|e| (vec![("endpoint", &*e.name)], count(e.outbox.count)));
    gauges(to, "outbox_files", "Files that are not sent yet", files)?;
    let ages = all.iter().map(|e| {
        let age = e.outbox.oldest_age.unwrap_or_default();
        (vec![("endpoint", &*e.name)], age)
    });
    gauges(
        to,
        "outbox_oldest_age_seconds",
        "Age of the oldest file that is not sent yet",
        ages,
    )
}

fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn whole(count: u64) -> Option<i64> {
    i64::try_from(count).ok()
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::operations::{Backlog, Durations, EndpointMetrics, IntegrationMetrics, Metrics};

    #[test]
    fn counts_and_times_are_told_in_the_text_format() {
        let metrics = Metrics {
            integrations: vec![IntegrationMetrics {
                name: "hr".to_owned(),
                runs: [("Held".to_owned(), 2)].into(),
                durations: Durations {
                    buckets: vec![(1, 3), (5, 4), (u32::MAX, 6)],
                    seconds: 70,
                },
                ..IntegrationMetrics::default()
            }],
            endpoints: vec![EndpointMetrics {
                name: "bank".to_owned(),
                state: None,
                outbox: Backlog {
                    count: 4,
                    oldest_age: Some(9),
                },
            }],
            ..Metrics::default()
        };
        let text = text(metrics).expect("text");
        for line in [
            "feedgate_runs_total{integration=\"hr\",status=\"Held\"} 2",
            "feedgate_run_duration_seconds_bucket{le=\"5.0\",integration=\"hr\"} 4",
            "feedgate_run_duration_seconds_bucket{le=\"+Inf\",integration=\"hr\"} 6",
            "feedgate_run_duration_seconds_sum{integration=\"hr\"} 70.0",
            "feedgate_run_duration_seconds_count{integration=\"hr\"} 6",
            "feedgate_queue_files{integration=\"hr\"} 0",
            "feedgate_endpoint_state{endpoint=\"bank\",state=\"failing\"} 0",
            "feedgate_outbox_files{endpoint=\"bank\"} 4",
            "feedgate_outbox_oldest_age_seconds{endpoint=\"bank\"} 9",
            "feedgate_ledger_bytes 0",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("inbound_look_age_seconds{"));
    }
}
