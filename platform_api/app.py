"""The application: its routes, its errors, its limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from platform_api.body_limit import BodyLimit
from platform_api.errors import ERRORS, add_error_handlers
from platform_api.routes import (
    datasets,
    datasource_files,
    datasources,
    embeddings,
    exports,
    files,
    health,
    metadata,
    predictions,
    runs,
    samples,
    schedule,
    tags,
    versions,
    worker_configs,
    workers,
)
from resources.instance import dagster_instance

# Those that clients poll come first: routes are looked through in this order.
ROUTERS = (
    runs.router,
    schedule.router,
    health.router,
    versions.router,
    datasets.router,
    datasources.router,
    datasource_files.router,
    files.router,
    worker_configs.router,
    workers.router,
    samples.router,
    tags.router,
    exports.router,
    embeddings.router,
    predictions.router,
    metadata.router,
)


def build_app() -> FastAPI:
    app = FastAPI(
        title="Winnow's platform API",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        responses=ERRORS,
    )
    add_error_handlers(app)
    app.add_middleware(BodyLimit)
    for router in ROUTERS:
        app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    with dagster_instance() as instance:
        app.state.instance = instance
        yield
