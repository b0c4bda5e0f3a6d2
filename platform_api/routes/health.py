"""Whether the server can work. No token; nothing is told but a word."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from configs.errors import InputError
from resources.catalog.database import catalog_reading

router = APIRouter()


@router.get("/healthz", responses={503: {"description": "The catalog's database cannot be asked."}})
def health() -> JSONResponse:
    try:
        with catalog_reading() as connection:
            connection.execute(select(1))
    except (InputError, SQLAlchemyError):
        return JSONResponse({"status": "database"}, 503)
    return JSONResponse({"status": "ok"})
