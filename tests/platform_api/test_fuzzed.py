"""Requests that nobody would write, made from the API's own schema: none is an error of the server."""

from typing import Any

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from platform_api.app import build_app
from tests.platform_api.test_access_matrix import World, ann, dataset, world  # noqa: F401 - fixtures

EXAMPLES = 25  # of each route
SCHEMA = schemathesis.openapi.from_dict(build_app().openapi())
ROUTES = [each.ok() for each in SCHEMA.get_all_operations()]
SECRET = "Traceback (most recent call last)"


def test_no_request_is_an_error_of_the_server(world: World) -> None:  # noqa: F811
    client = TestClient(world.client.app, base_url="http://127.0.0.1", raise_server_exceptions=False)
    ids = {name: value for name, value in world.ids.items() if len(value) == 24}
    for route in sorted(ROUTES, key=lambda each: (each.method == "delete", each.path.count("{"))):

        @hypothesis.seed(0)
        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=route.as_strategy(), is_known=st.booleans() | st.just(True))
        def check(case: Any, is_known: bool) -> None:
            parameters = case.path_parameters or {}
            if is_known:  # else nothing behind the ids is ever reached
                case.path_parameters = {**parameters, **{name: ids[name] for name in parameters if name in ids}}
            asked = case.as_transport_kwargs(base_url="http://127.0.0.1")
            asked.pop("cookies", None)
            asked["params"] = {**(asked.get("params") or {}), "token": world.tokens["ann"]}
            answer = client.request(**asked, follow_redirects=False)
            said = f"{asked}\n{answer.status_code} {answer.text[:500]}"
            assert answer.status_code < 500, said
            assert SECRET not in answer.text, said
            if answer.status_code >= 400 and case.method != "HEAD":
                body = answer.json()
                assert set(body) == {"code", "error"} and body["error"] and "\n" not in body["error"], said

        check()
