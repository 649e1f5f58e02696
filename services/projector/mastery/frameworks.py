"""Competency frameworks as entries of the log (mastery.md section 17)."""

from collections.abc import Mapping
from typing import Any

from projector.mastery.canonical import plain
from projector.mastery.checks import check_schema
from projector.mastery.envelope import Publication
from projector.mastery.registry import FRAMEWORK, keep_version


def publish_framework(publication: Publication, body: Mapping[str, Any]) -> None:
    """Keep the framework version of ``body["document"]`` and say that it is published.

    Raises InvalidDocument when it breaks its schema or when the version is there with other content.
    """
    document = plain(body.get("document"))
    check_schema(document, "framework")
    version = keep_version(publication.documents, FRAMEWORK, document)
    content = {
        "framework": {"id": document["id"], "version": document["version"], "sha256": version.sha256},
        "cause": {"code": "FRAMEWORK_CHANGED", "position": publication.position},
    }
    publication.emit("framework.published", publication.recorded, None, "", content)
