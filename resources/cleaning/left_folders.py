"""Run folders of ended runs that belong into a bucket, and are still in the state folder: puts them there."""

from resources.cleaning.file_sizes import last_change, size_of
from resources.cleaning.removed import Removed
from resources.earlier_run import written_by
from resources.home import home
from resources.locks import staging_door, staging_lock
from resources.output_place import output_store
from resources.staged_folder import StagedFolder, place_of


def send_left_folders(before: float, *, dry_run: bool) -> Removed:
    """Those that nothing has changed since this time (seconds since 1970), and no process of their run works in.

    One that cannot be put stays: a line of the log says why.
    """
    sent = Removed("run folders that were left here")
    for folder in sorted((home() / "runs").glob("*")):
        dataset = written_by(folder)[1]
        place = place_of(folder, dataset)
        if not place or last_change(folder) >= before:
            continue
        size = size_of(folder)
        with staging_door(folder.name):
            if dry_run:
                with staging_lock(folder.name) as is_only:
                    is_left = is_only()
            else:
                StagedFolder(output_store(place, dataset), folder.name).send_if_left()
                is_left = not folder.exists()
        if is_left:
            sent.add(size)
    return sent
