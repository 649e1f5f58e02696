"""What an operator watches: counts and times, by resource and by the name of a credential, never by a person."""

from collections.abc import Sequence
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.registry import Collector

from lrs.api.messages import Reply

_RESOURCES = frozenset(
    {"statements", "activities", "activities/state", "activities/profile", "agents", "agents/profile", "about"}
)
_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"})
NO_CREDENTIAL = "none"


class Metrics:
    """The counters of one server, and what ``others`` measure whenever the page is asked for."""

    def __init__(self, others: Sequence[Collector] = ()) -> None:
        self.registry = CollectorRegistry()
        for other in others:
            self.registry.register(other)
        self._requests = Counter(
            "mastrail_requests", "Requests answered.", ("resource", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "mastrail_request_seconds", "Time from request to answer.", ("resource",), registry=self.registry
        )
        self._stored = Counter("mastrail_statements_stored", "Statements stored.", registry=self.registry)
        self._refused = Counter(
            "mastrail_refused_requests", "Requests refused.", ("credential", "refusal"), registry=self.registry
        )
        self._advised = Counter(
            "mastrail_advice", "Requests taken that break a SHOULD.", ("credential", "advice"), registry=self.registry
        )
        self._dropped = Counter(
            "mastrail_rejected_dropped", "Refused requests that the journal did not keep.", registry=self.registry
        )

        self._answered_as = cache(self._counters)

    def _counters(self, resource: str, method: str, status: int) -> tuple[Counter, Histogram]:
        return self._requests.labels(resource, method, str(status)), self._seconds.labels(resource)

    def answered(self, resource: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        named = resource if resource in _RESOURCES else "other"
        requests, times = self._answered_as(named, method if method in _METHODS else "other", status)
        requests.inc()
        times.observe(seconds)

    def stored(self, statements: int) -> None:
        """Count statements that were stored."""
        self._stored.inc(statements)

    def refused(self, credential: str, refusal: str) -> None:
        """Count one refused request of a credential by the name of its refusal."""
        self._refused.labels(credential, refusal).inc()

    def advised(self, credential: str, advice: str) -> None:
        """Count one thing that a client of a credential should do otherwise."""
        self._advised.labels(credential, advice).inc()

    def dropped(self, requests: int) -> None:
        """Count refused requests that the journal dropped."""
        self._dropped.inc(requests)

    def page(self) -> Reply:
        """Return all counters in the text format of Prometheus."""
        return Reply(200, generate_latest(self.registry), "text/plain; version=0.0.4; charset=utf-8")
