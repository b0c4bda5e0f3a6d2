import functools
import hashlib

import numpy as np
import torch

from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.embedding_model import weights_name
from selection_assets.stages.models.preprocessing import MEAN, STD
from selection_assets.stages.models.resnet import embed_batch
from selection_assets.stages.models.seeded_weights import procedural_pictures, seeded_backbone

SMALL = Architecture("resnet-9", 0.125, 16)


@functools.cache
def build(seed: int = 1, architecture: Architecture = SMALL) -> torch.nn.Sequential:
    return seeded_backbone(architecture, torch.tensor(MEAN), torch.tensor(STD), seed)


def test_body_is_the_same_on_every_machine_and_in_every_version() -> None:
    """A change here changes all embeddings made without a checkpoint: raise SEEDED_VERSION on purpose, or undo it."""
    digest = hashlib.sha256()
    for name, tensor in build().state_dict().items():
        if tensor.dim() == 4 and not name.startswith("7."):
            digest.update(tensor.numpy().tobytes())
    assert digest.hexdigest()[:16] == "c131b65d098c51d8"


def test_vectors_stay_as_they_were() -> None:
    ramp = torch.linspace(-2, 2, 3 * 64 * 64).view(1, 3, 64, 64)
    assert np.allclose(embed_batch(build(), ramp)[0, :4].numpy(), [3.3791, 3.2103, -2.5793, 3.0499], atol=2e-3)


def test_seed_decides() -> None:
    assert weights_name(build(1)) == weights_name(build.__wrapped__(1))
    assert weights_name(build(1)) != weights_name(build(2))


def test_features_are_centred_and_uncorrelated_on_the_procedural_pictures() -> None:
    pictures = torch.from_numpy(procedural_pictures(1))
    normalised = ((pictures - torch.tensor(MEAN)) / torch.tensor(STD)).permute(0, 3, 1, 2)
    vectors = embed_batch(build(), normalised).numpy().astype(np.float64)
    covariance = np.cov(vectors.T, bias=True)
    spread = np.sqrt(np.diag(covariance))
    assert np.abs(vectors.mean(axis=0)).max() < 1e-3 * spread.max()
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 1e-3 * spread.max() ** 2
    assert (np.diff(spread) < 0).all()


def test_more_features_than_pictures_are_finite_and_not_constant() -> None:
    backbone = build(architecture=Architecture("resnet-9", 0.25, 80))
    batch = torch.randn(20, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    vectors = embed_batch(backbone, batch).numpy()
    assert np.isfinite(vectors).all()
    assert (vectors.std(axis=0) > 0).all()


def test_unlike_pictures_point_in_unlike_directions() -> None:
    """With a random last layer the mean cosine is 0.9 or more."""
    pictures = torch.from_numpy(procedural_pictures(99))  # not the ones that the last layer was fitted to
    vectors = embed_batch(build(), ((pictures - torch.tensor(MEAN)) / torch.tensor(STD)).permute(0, 3, 1, 2)).numpy()
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = (unit @ unit.T)[np.triu_indices(len(unit), 1)]
    assert abs(cosines.mean()) < 0.4
