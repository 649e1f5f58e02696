"""The registry over HTTP: documents, assignments, trust, people and decisions; who changes what, and why."""

from fastapi import APIRouter

from projector.api.asking import Authorize
from projector.api.describing import Routes
from projector.api.registry_asking import Registry
from projector.api.registry_in import add_documents_in, add_trials
from projector.api.registry_out import add_documents_out
from projector.api.registry_people import add_assignments, add_people


def registry_router(registry: Registry, *, authorize: Authorize) -> APIRouter:
    """Return the routes of the registry."""
    routes = Routes(APIRouter(tags=["registry"]), authorize)
    add_documents_in(routes, registry)
    add_documents_out(routes, registry)
    add_assignments(routes, registry)
    add_people(routes, registry)
    add_trials(routes, registry)
    return routes.router
