"""Competency frameworks as CASE 1.1 packages: CFDocument, CFItem and CFAssociation (1EdTech), in and out.

Our item id is the CFItem ``uri``, our code its ``humanCodingScheme``, our statement its ``fullStatement``; ``parent``
is an association isChildOf, ``replaces`` is replacedBy read backwards. Identifiers are made from the IRIs, so the same
framework gives the same package.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from lrs.xapi.faults import Fault
from projector.mastery.times import instant, render
from projector.registry.catalogue import PublishedFramework
from projector.registry.contracts import fault, refused
from projector.registry.faults import invalid

MAX_CASE_BYTES = 32 * 1024 * 1024
_CHILD, _REPLACED = "isChildOf", "replacedBy"
_NAME = "CASE package"

Document = Mapping[str, Any]


def to_case(framework: Document, *, changed: str, creator: str) -> dict[str, Any]:
    """Return the CFPackage of a framework, with its ``creator`` and when it was ``changed`` (RFC 3339)."""
    document = _cf_document(framework, changed, creator)
    link = _link(framework["id"], framework["title"])
    items = [_cf_item(item, link, changed) for item in framework["items"]]
    titles = {item["id"]: item["statement"] for item in framework["items"]}
    associations = [_association(*one, titles, link, changed) for one in _pairs(framework)]
    return {"CFDocument": document, "CFItems": items, "CFAssociations": associations}


def published_case(framework: PublishedFramework) -> dict[str, Any]:
    """Return the CFPackage of a framework version, changed when it was published."""
    return to_case(framework.document, changed=render(instant(framework.recorded)), creator="Mastrail")


def from_case(package: object, *, version: str | None = None) -> dict[str, Any]:
    """Return the framework of a CFPackage, not yet checked as one. ``version`` is needed where the package has none.

    Raises InvalidDocument with the pointer of what is missing, of an item with two parents, and of what leads nowhere.
    """
    if not isinstance(package, Mapping) or not isinstance(package.get("CFDocument"), Mapping):
        raise invalid("a CASE package has a CFDocument", "/CFDocument", _NAME)
    document = package["CFDocument"]
    items = _members(package, "CFItems")
    faults = [*_missing(document, ("uri", "title"), "/CFDocument")]
    for place, item in enumerate(items):
        faults += _missing(item, ("uri", "fullStatement"), f"/CFItems/{place}")
    if faults:
        raise refused(_NAME, faults)
    named = version or document.get("version")
    if not named:
        raise invalid("the package has no version, so one has to be given", "/CFDocument/version", _NAME)
    parents, replaces = _relations(package, {item["uri"] for item in items}, document["uri"])
    framework = {"apiVersion": "mastrail/v1", "kind": "Framework", "id": document["uri"], "version": str(named)}
    if document.get("description"):
        framework["description"] = document["description"]
    return {**framework, "title": document["title"], "items": [_item(item, parents, replaces) for item in items]}


def _item(item: Document, parents: Mapping[str, str], replaces: Mapping[str, list[str]]) -> dict[str, Any]:
    uri = item["uri"]
    found: dict[str, Any] = {"id": uri}
    if item.get("humanCodingScheme"):
        found["code"] = item["humanCodingScheme"]
    found["statement"] = item["fullStatement"]
    if uri in parents:
        found["parent"] = parents[uri]
    if uri in replaces:
        found["replaces"] = replaces[uri]
    return found


def _relations(package: Document, known: set[str], document_uri: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    parents: dict[str, str] = {}
    replaces: dict[str, list[str]] = {}
    faults: list[Fault] = []
    for place, one in enumerate(_members(package, "CFAssociations")):
        at, kind = f"/CFAssociations/{place}", one.get("associationType")
        if kind not in (_CHILD, _REPLACED):
            continue
        origin, target = _uri(one, "originNodeURI"), _uri(one, "destinationNodeURI")
        if origin is None or target is None:
            faults.append(fault("an association names two nodes by uri", at))
        elif kind == _REPLACED:
            replaces.setdefault(target, []).append(origin)
        elif target != document_uri:
            faults += _child_faults(origin, target, known, parents, at)
            parents[origin] = target
    if faults:
        raise refused(_NAME, faults)
    return parents, replaces


def _child_faults(origin: str, target: str, known: set[str], parents: Mapping[str, str], at: str) -> Iterator[Fault]:
    if origin not in known:
        yield fault("no item of the package has this uri", f"{at}/originNodeURI")
    if target not in known:
        yield fault("no item of the package has this uri", f"{at}/destinationNodeURI")
    if parents.get(origin, target) != target:
        yield fault("an item with two parents cannot be kept: a framework is a forest", f"{at}/destinationNodeURI")


def _uri(association: Document, name: str) -> str | None:
    node = association.get(name)
    found = node.get("uri") if isinstance(node, Mapping) else None
    return found if isinstance(found, str) and found else None


def _members(package: Document, name: str) -> Sequence[Document]:
    found = package.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise invalid("a list of objects is wanted", f"/{name}", _NAME)
    return found


def _missing(found: Document, names: Sequence[str], at: str) -> Iterator[Fault]:
    for name in names:
        if not isinstance(found.get(name), str) or not found[name]:
            yield fault("a text is wanted", f"{at}/{name}")


def _identifier(text: str) -> str:
    return str(uuid5(NAMESPACE_URL, text))


def _link(uri: str, title: str) -> dict[str, str]:
    return {"title": title, "identifier": _identifier(uri), "uri": uri}


def _cf_document(framework: Document, changed: str, creator: str) -> dict[str, Any]:
    uri = framework["id"]
    found = {
        "identifier": _identifier(uri),
        "uri": uri,
        "creator": creator,
        "title": framework["title"],
        "lastChangeDateTime": changed,
        "version": framework["version"],
        "caseVersion": "1.1",
        "CFPackageURI": _link(f"{uri}#package", framework["title"]),
    }
    return {**found, "description": framework["description"]} if "description" in framework else found


def _cf_item(item: Document, document: Document, changed: str) -> dict[str, Any]:
    found = {
        "identifier": _identifier(item["id"]),
        "uri": item["id"],
        "fullStatement": item["statement"],
        "CFItemType": "Competency",
        "CFDocumentURI": dict(document),
        "lastChangeDateTime": changed,
    }
    return {**found, "humanCodingScheme": item["code"]} if "code" in item else found


def _pairs(framework: Document) -> Iterator[tuple[str, str, str]]:
    """Yield (association type, origin, destination); an item without a parent is a child of the document."""
    for item in framework["items"]:
        yield _CHILD, item["id"], item.get("parent", framework["id"])
        for replaced in item.get("replaces", ()):
            yield _REPLACED, replaced, item["id"]


def _association(  # noqa: PLR0913, PLR0917 - a pair, and what every association repeats
    kind: str, origin: str, target: str, titles: Mapping[str, str], document: Document, changed: str
) -> dict[str, Any]:
    uri = f"{document['uri']}#{kind}:{_identifier(f'{origin} {target}')}"
    return {
        "identifier": _identifier(uri),
        "uri": uri,
        "associationType": kind,
        "originNodeURI": _link(origin, titles.get(origin, origin)),
        "destinationNodeURI": _link(target, titles.get(target, document["title"])),
        "CFDocumentURI": dict(document),
        "lastChangeDateTime": changed,
    }
