"""The LIGHTLY places of the platform's datasets: where their own datapools lie."""

from configs.errors import InputError
from resources.dataset_settings import stored_settings
from resources.platform.datasets import PlatformDataset, existing_dataset
from resources.platform.errors import PlatformError


def dataset_named(where: str, id: str) -> PlatformDataset:
    """where: the option that names it, for messages. Raises InputError where there is none."""
    try:
        return existing_dataset(id)
    except PlatformError:
        raise InputError(f"{where}={id}: there is no such dataset; give the id of one of yours") from None


def lightly_place(where: str, dataset: PlatformDataset) -> str:
    """Raises InputError where the dataset has none."""
    place = stored_settings(dataset.dataset).get("datasource", {}).get("shared_dir", "")
    if not place:
        raise InputError(
            f"{where}: dataset {dataset.name} has no datasource with purpose LIGHTLY, where its datapool would lie; "
            "set one, for example by set_s3_config(purpose=DatasourcePurpose.LIGHTLY)"
        )
    return str(place)
