from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pytest

from configs.errors import InputError
from selection_assets.stages.embedding import sample_vectors as module
from selection_assets.stages.embedding.sample_vectors import sample_vectors

KEYS = ["b", "a", "c", "a", "d", "b"]
Block = tuple[np.ndarray, np.ndarray]


def vector(key: str) -> np.ndarray:
    return np.array([ord(key), 1 / ord(key), -1], np.float32)


class Memory(dict[str, bytes]):
    def known(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        return {key: self[key] for key in keys if key in self}

    def remember(self, vectors: Sequence[tuple[str, bytes]]) -> None:
        self.update(vectors)


def embed(keys: list[str]) -> Iterator[Block]:
    for start in range(0, len(keys), 2):
        yield np.arange(start, min(start + 2, len(keys))), np.stack([vector(key) for key in keys[start : start + 2]])


def test_every_row_has_the_vector_of_its_content() -> None:
    memory = Memory()
    found = sample_vectors(KEYS, 3, known=memory.known, remember=memory.remember, embed=embed, model_name="m")
    assert found.vectors.tolist() == [vector(key).tolist() for key in KEYS]
    assert found.vectors.dtype == np.float32
    assert (found.embedded, found.remembered) == (4, 0)
    assert memory == {key: vector(key).tobytes() for key in "bacd"}


@pytest.mark.parametrize("store_every", [1, 2, 512])
def test_what_is_remembered_is_not_embedded_again(monkeypatch: pytest.MonkeyPatch, store_every: int) -> None:
    monkeypatch.setattr(module, "STORE_EVERY", store_every)
    memory = Memory({"a": np.array([7, 8, 9], np.float32).tobytes(), "x": b""})
    asked: list[list[str]] = []

    def embed_these(keys: list[str]) -> Iterator[Block]:
        asked.append(keys)
        return embed(keys)

    def run() -> module.SampleVectors:
        return sample_vectors(KEYS, 3, known=memory.known, remember=memory.remember, embed=embed_these, model_name="m")

    found = run()
    assert asked == [["b", "c", "d"]]
    assert found.vectors.tolist() == [[7, 8, 9] if key == "a" else vector(key).tolist() for key in KEYS]
    assert (found.embedded, found.remembered) == (3, 1)
    again = run()
    assert len(asked) == 1 and (again.embedded, again.remembered) == (0, 4)
    assert np.array_equal(again.vectors, found.vectors)


def test_the_memory_is_asked_and_told_of_512_vectors_at_most() -> None:
    keys = [f"{number}" for number in range(1_100)]
    asked: list[int] = []
    told: list[int] = []

    def one_by_one(keys: list[str]) -> Iterator[Block]:
        yield from ((np.array([row]), np.zeros((1, 3), np.float32)) for row in range(len(keys)))

    sample_vectors(
        keys, 3, known=lambda part: asked.append(len(part)) or {}, remember=lambda part: told.append(len(part)),
        embed=one_by_one, model_name="m",
    )  # fmt: skip
    assert asked == told == [512, 512, 76]


@pytest.mark.parametrize("damaged", [b"", b"abc", bytes(8), bytes(16), np.array([1, np.nan, 2], np.float32).tobytes()])
def test_a_damaged_memory_is_embedded_again(damaged: bytes) -> None:
    memory = Memory({"a": damaged})
    found = sample_vectors(["a"], 3, known=memory.known, remember=memory.remember, embed=embed, model_name="m")
    assert found.vectors.tolist() == [vector("a").tolist()]
    assert memory["a"] == vector("a").tobytes()


def test_a_picture_left_out_ends_the_run_and_the_others_are_remembered() -> None:
    memory = Memory()

    def without_the_second(keys: list[str]) -> Iterator[Block]:
        for rows, block in embed(keys):
            yield rows[rows != 1], block[rows != 1]

    with pytest.raises(InputError, match="2 samples have no embedding, first a; run again"):
        sample_vectors(KEYS, 3, known=memory.known, remember=memory.remember, embed=without_the_second, model_name="m")
    assert sorted(memory) == ["b", "c", "d"]


def test_an_error_halfway_loses_nothing_that_was_done() -> None:
    memory = Memory()

    def breaks(keys: list[str]) -> Iterator[Block]:
        yield next(iter(embed(keys)))
        raise InputError("c.png changed during the run")

    with pytest.raises(InputError, match="changed during the run"):
        sample_vectors(KEYS, 3, known=memory.known, remember=memory.remember, embed=breaks, model_name="m")
    assert sorted(memory) == ["a", "b"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_model_without_numbers_is_named_and_not_remembered(value: float) -> None:
    memory = Memory()

    def broken(keys: list[str]) -> Iterator[Block]:
        for rows, block in embed(keys):
            yield rows, np.where(rows[:, None] == 3, np.float32(value), block)

    with pytest.raises(InputError, match="the model resnet-9 gives NaN or infinite embeddings"):
        sample_vectors(KEYS, 3, known=memory.known, remember=memory.remember, embed=broken, model_name="resnet-9")
    assert sorted(memory) == ["a", "b"]


def test_no_samples() -> None:
    memory = Memory()
    found = sample_vectors([], 3, known=memory.known, remember=memory.remember, embed=embed, model_name="m")
    assert found.vectors.shape == (0, 3)
