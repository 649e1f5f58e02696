"""The versions of xAPI that conformance is shown for."""

VERSIONS = ("1.0.3", "2.0.0")
