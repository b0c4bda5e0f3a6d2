"""Which versions of the client there are. It asks for these without a token."""

from fastapi import APIRouter

router = APIRouter(prefix="/v1/versions/pip")

OLDEST = "1.2.0"  # tried with 1.2.47 and 1.5.26
NEWEST = "1.5.26"  # the last one that knows the platform


@router.get("/minimum")
def minimum() -> str:
    return OLDEST


@router.get("/latest")
def latest() -> str:
    return NEWEST
