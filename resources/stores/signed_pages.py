"""Plain requests, for what obstore cannot ask: listings with keys that it takes for no path, and rules of buckets."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from resources.stores.provider import CannotListError
from resources.stores.retries import RETRIES

if TYPE_CHECKING:
    from requests import Response, Session


def session() -> "Session":
    """Tries again what a server refuses for the moment."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    found = requests.Session()
    found.auth = lambda request: request  # else a .netrc file would replace our authorization
    again = Retry(
        RETRIES["max_retries"], backoff_factor=0.1, backoff_max=15, status_forcelist=(429, 500, 502, 503, 504),
        raise_on_status=False,
    )  # fmt: skip
    for scheme in ("http://", "https://"):
        found.mount(scheme, HTTPAdapter(max_retries=again))
    return found


def answered(
    asking: "Session", url: str, query: Mapping[str, str], headers: Mapping[str, str], method: str = "GET"
) -> "Response":
    """Whatever the server says. Raises CannotListError, in which neither URL nor query stand, where it says nothing."""
    from requests import RequestException

    try:
        return asking.request(method, url, params=query, headers=headers, timeout=(10, 60))
    except RequestException as error:
        raise CannotListError(type(error).__name__) from None


def _good(asking: "Session", url: str, query: Mapping[str, str], headers: Mapping[str, str]) -> "Response":
    answer = answered(asking, url, query, headers)
    if not answer.ok:
        raise CannotListError(f"status code: {answer.status_code} {answer.text}")
    return answer


def json_page(asking: "Session", url: str, query: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
    """One answer in JSON. Raises CannotListError."""
    answer = _good(asking, url, query, headers)
    try:
        return dict(answer.json())
    except ValueError as error:
        raise CannotListError(f"the answer is no JSON ({error})") from None


def page(asking: "Session", url: str, query: Mapping[str, str], headers: Mapping[str, str]) -> ElementTree.Element:
    """The root of one answer in XML, without namespaces. Raises CannotListError."""
    answer = _good(asking, url, query, headers)
    try:
        root = ElementTree.fromstring(answer.content)
    except ElementTree.ParseError as error:
        raise CannotListError(f"the listing is no XML ({error})") from None
    for each in root.iter():
        each.tag = each.tag.rpartition("}")[2]
    return root
