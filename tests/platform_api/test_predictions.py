"""Predictions, by the real client and by bare requests."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from resources.platform.predictions import prediction_tasks, predictions_of
from resources.platform.samples import sample_id
from tests.platform_api.conftest import Client
from tests.platform_api.filled import filled

Ask = Callable[..., requests.Response]
CATEGORIES = [{"id": 0, "name": "dog"}, {"id": 7, "name": "cat ä"}]
SINGLETONS: dict[str, dict[str, Any]] = {
    "CLASSIFICATION": {},
    "OBJECT_DETECTION": {"bbox": [0, 1.5, 20, 30]},
    "SEMANTIC_SEGMENTATION": {"segmentation": [0, 5, 100]},
    "INSTANCE_SEGMENTATION": {"segmentation": [3, 4], "bbox": [1, 2, 3, 4]},
    "KEYPOINT_DETECTION": {"keypoints": [1, 2, 0.5, 3, 4.5, 1]},
}


@pytest.mark.parametrize("kind", SINGLETONS)
def test_predictions_of_every_kind(client: Client, token: str, kind: str) -> None:
    from lightly.openapi_generated.swagger_client.models import PredictionSingleton, PredictionTaskSchema

    ann = client(token)
    id = filled(ann, "cats")
    keypoints = {"keypointNames": ["nose", "tail"], "keypointSkeleton": [[0, 1]]} if "KEY" in kind else {}
    schema = {"name": "my/task", "type": kind, "categories": [each | keypoints for each in CATEGORIES]}
    ann.create_or_update_prediction_task_schema(PredictionTaskSchema.from_dict(schema), prediction_version_id=0)
    assert prediction_tasks(id) == {"my/task": schema}
    body = {"type": kind, "taskName": "my/task", "categoryId": 7, "score": 1, "probabilities": [0, 1]}
    first = [body | SINGLETONS[kind], body | SINGLETONS[kind] | {"score": 0.5}]
    for singletons in (first, first[1:]):
        typed = [PredictionSingleton.from_dict(each) for each in singletons]
        ann.create_or_update_prediction(sample_id(id, 3), typed, prediction_version_id=0)
        assert predictions_of(id, 3) == {"my/task": singletons}
    assert predictions_of(id, 2) == {}


def test_what_does_not_fit(client: Client, token: str, ask: Ask) -> None:
    ann = client(token)
    id = filled(ann, "cats")
    tasks, samples = (f"/v1/datasets/{id}/predictions/{part}" for part in ("tasks", f"samples/{sample_id(id, 0)}"))
    boxes = {"name": "boxes", "type": "OBJECT_DETECTION", "categories": CATEGORIES}
    for change, code in (
        (
            {"categories": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]},
            "PREDICTION_TASK_SCHEMA_CATEGORIES_NOT_UNIQUE",
        ),
        ({"categories": [{"id": -1, "name": "a"}]}, "MALFORMED_REQUEST"),
        ({"categories": [{"id": 1, "name": ""}]}, "MALFORMED_REQUEST"),
        ({"categories": [{"id": 1, "name": "a", "keypointNames": ["x"]}]}, "MALFORMED_REQUEST"),
        ({"name": "a b"}, "MALFORMED_REQUEST"),
        ({"name": "../a\n"}, "MALFORMED_REQUEST"),
        ({"type": "OTHER"}, "MALFORMED_REQUEST"),
    ):
        answer = ask("POST", tasks, json=boxes | change)
        assert (answer.status_code, answer.json()["code"]) == (422, code), change
    assert ask("POST", tasks, json=boxes, params={"predictionUUIDTimestamp": -1}).status_code == 422
    assert ask("POST", tasks, json=boxes).status_code == 201
    people = {
        "name": "people",
        "type": "KEYPOINT_DETECTION",
        "categories": [{"id": 0, "name": "a", "keypointNames": ["x"]}],
    }
    assert ask("POST", tasks, json=people, params={"predictionUUIDTimestamp": 5}).status_code == 201
    box = {"type": "OBJECT_DETECTION", "taskName": "boxes", "categoryId": 0, "score": 0.5, "bbox": [0, 0, 1, 1]}
    point = {"type": "KEYPOINT_DETECTION", "taskName": "people", "categoryId": 0, "score": 0.5, "keypoints": [1, 2, 1]}
    for each, code in (
        (box | {"taskName": "no"}, "PREDICTION_TASK_SCHEMA_UNKNOWN"),
        (box | {"taskName": "people"}, "BAD_REQUEST"),
        (box | {"categoryId": 5}, "BAD_REQUEST"),
        (box | {"score": 1.5}, "MALFORMED_REQUEST"),
        (box | {"bbox": [0, 0, 1]}, "MALFORMED_REQUEST"),
        (box | {"bbox": [0, 0, -1, 1]}, "MALFORMED_REQUEST"),
        (box | {"segmentation": [1]}, "MALFORMED_REQUEST"),
        (box | {"cropSampleId": "x"}, "MALFORMED_REQUEST"),
        (point | {"keypoints": [1, 2, 1, 1]}, "BAD_REQUEST"),
        (point | {"keypoints": [1, 2, 1, 1, 2, 1]}, "BAD_REQUEST"),
        ("text", "MALFORMED_REQUEST"),
    ):
        answer = ask("POST", samples, json=[box, each])
        assert (answer.status_code, answer.json()["code"]) == (422, code), each
    assert predictions_of(id, 0) == {}
    assert ask("POST", samples, json=[box, point]).json() == {"id": sample_id(id, 0)}
    assert ask("POST", samples, json=[]).status_code == 201
    assert {task: len(each) for task, each in predictions_of(id, 0).items()} == {"boxes": 1, "people": 1}
