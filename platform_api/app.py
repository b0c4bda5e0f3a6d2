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
    embeddings_2d,
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
from platform_api.site.errors import add_page_errors
from platform_api.site.routes import dataset, login, overview
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
    embeddings_2d.router,
    predictions.router,
    metadata.router,
)

PAGES = (login.router, overview.router, dataset.router)


def build_app() -> FastAPI:
    app = FastAPI(
        title="Winnow's platform API",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        responses=ERRORS,
    )
    add_error_handlers(app)
    add_page_errors(app)
    app.add_middleware(BodyLimit)
    for router in (*ROUTERS, *PAGES):
        app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    with dagster_instance() as instance:
        app.state.instance = instance
        yield
