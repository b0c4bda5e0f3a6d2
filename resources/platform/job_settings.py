"""What a job's run is told: the dataset's places, and the three dictionaries that somebody scheduled."""

from pathlib import PurePosixPath

from configs.errors import InputError
from configs.run_settings import Named, merge, resolve, resolve_run
from configs.spellings.config_dictionaries import settings_of_job
from resources.dataset_settings import stored_settings
from resources.home import home
from resources.platform.datasets import PlatformDataset
from resources.platform.own_pictures import own_input
from resources.platform.references import check_references
from resources.platform.users import User
from resources.platform.worker_configs import Dictionaries

RESULTS = "platform_runs"  # in the state folder, of datasets that have no LIGHTLY place


def check_dictionaries(dictionaries: Dictionaries) -> None:
    """Raises InputError for what no run can be told."""
    resolve(_settings_below_the_run(dictionaries))


def job_settings(user: User, dataset: PlatformDataset, dictionaries: Dictionaries) -> Named:
    """user: who schedules the job. Raises InputError where the dataset has no input, as `check_references`, and as a
    run would."""
    stored = stored_settings(dataset.dataset)
    places: Named = {each: stored[each] for each in ("datasource", "run_folder") if each in stored}
    if own := own_input(dataset.dataset):  # and not where the command that has uploaded them found them
        places["datasource"] = {**places.get("datasource", {}), "input_dir": own}
    if not places.get("datasource", {}).get("input_dir"):
        raise InputError("the dataset has no datasource for its input; set one, for instance by set_s3_config")
    results = {"run_folder": {"output_dir": str(home() / RESULTS / dataset.dataset)}}
    named = merge(merge(results, places), _settings_below_the_run(dictionaries))
    check_references(user, dataset, named)
    resolve_run(named)
    return named


def _settings_below_the_run(dictionaries: Dictionaries) -> Named:
    """What is asked for. Nobody but the operator names folders of the machine: raises InputError for one."""
    named = settings_of_job(**dictionaries)
    callback = named.get("checkpoint", {}).get("training", {}).get("checkpoint_callback", {})
    folder = PurePosixPath(callback.get("dirpath") or "")
    if folder.is_absolute() or ".." in folder.parts or str(folder).startswith("~"):
        raise InputError(
            f"lightly_config.checkpoint_callback.dirpath={str(folder)!a}: checkpoints of jobs lie in the folder of the "
            "run; give a path below it, or leave it out"
        )
    return named
