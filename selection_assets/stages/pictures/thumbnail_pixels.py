"""A thumbnail of our own making into its picture: as Pillow decodes it, without its search for the format.

Pictures of outside go through `model_pixels`.
"""

import simplejpeg
from PIL import Image

from configs.errors import InputError


def decode_thumbnail(jpeg: bytes, key: str) -> Image.Image:
    """The RGB picture. Raises InputError where it is damaged."""
    try:
        return Image.fromarray(simplejpeg.decode_jpeg(jpeg, "RGB"))
    except ValueError as error:
        raise InputError(
            f"the thumbnail {key} is damaged; delete cache.sqlite in DAGSTER_HOME and run again"
        ) from error
