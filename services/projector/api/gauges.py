"""What an operator watches of the projector: how far it is behind the log, and each publish target behind it."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from lrs.log.faults import StoreFault
from projector.api.status import Log, published
from projector.store.faults import ProjectionFault
from projector.store.live import LiveProjection


class ProjectorGauges(Collector):
    """Reads the live projection when the counters are asked for; tells nothing while it cannot be read."""

    def __init__(self, projection: LiveProjection, log: Log) -> None:
        self._projection = projection
        self._log = log

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges."""
        try:
            head, _ = self._log.head()
            with self._projection.snapshot() as snapshot:
                folded, targets = snapshot.position(), published(snapshot, head)
        except (ProjectionFault, StoreFault):
            return
        yield GaugeMetricFamily("mastrail_projection_lag", "Log entries not folded yet.", max(0, head - folded))
        behind = GaugeMetricFamily(
            "mastrail_publish_lag",
            "What a target has not acknowledged yet: events, states, or log entries.",
            labels=["target"],
        )
        for target in targets:
            behind.add_metric([target["target"]], target["lag"])
        yield behind
