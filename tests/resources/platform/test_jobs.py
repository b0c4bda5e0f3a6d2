import pytest

from resources.platform.bit_masks import BitMask
from resources.platform.datasets import PlatformDataset
from resources.platform.errors import PlatformError
from resources.platform.jobs import add_job, fail_job, find_job, finish_job, finish_sampling, take_job, waiting_jobs
from resources.platform.samples import NewSample, append_samples
from resources.platform.tags import NewTag, create_tag, find_tag, tags_of

ASKED = {"embedding": "e", "newTagName": "chosen", "method": "CORESET", "preselectedTag": None}


def test_a_selection_is_taken_once_and_makes_its_tag(dataset: PlatformDataset) -> None:
    append_samples(dataset.id, (NewSample(f"{i}.jpg") for i in range(9)))
    query = create_tag(dataset.id, NewTag("initial-tag", BitMask.full(9), 9)).id
    job = add_job(dataset.id, "SAMPLING", ASKED | {"queryTag": query})
    assert (job.status, job.kind, job.result, job.error) == ("WAITING", "SAMPLING", None, None)
    assert add_job(dataset.id, "SAMPLING", ASKED | {"queryTag": query}).id == job.id  # asked for again
    assert waiting_jobs() == [job] == [find_job(job.id)]
    with pytest.raises(PlatformError, match="is not running"):
        finish_sampling(job, BitMask.of_indices([1]), 9)
    assert [each.name for each in tags_of(dataset.id)] == ["initial-tag"]  # both or neither
    taken = take_job(job.id)
    assert taken and taken.status == "RUNNING" and take_job(job.id) is None and waiting_jobs() == []
    tag = finish_sampling(taken, BitMask.of_indices([1]), 9)
    found = find_tag(dataset.id, tag.id)
    assert found and (found.name, found.creator, found.previous) == ("chosen", "SAMPLER_CORESET", query)
    done = find_job(job.id)
    assert done and (done.status, done.result, done.asked) == ("FINISHED", tag.id, job.asked)
    with pytest.raises(PlatformError):
        fail_job(taken, "too late")


def test_other_ends(dataset: PlatformDataset) -> None:
    jobs = [add_job(dataset.id, "EMBEDDINGS2D", {"embedding": "e", "method": method}) for method in ("PCA", "TSNE")]
    assert waiting_jobs() == jobs
    first, second = (take_job(each.id) for each in jobs)
    assert first and second
    finish_job(first, "/there.csv")
    fail_job(second, "no memory")
    assert [(each.status, each.result, each.error) for each in map(find_job, (first.id, second.id)) if each] == [
        ("FINISHED", "/there.csv", None),
        ("FAILED", None, "no memory"),
    ]
    assert find_job("0" * 24) is None and take_job("0" * 24) is None
