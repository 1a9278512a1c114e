"""A model field for a fixed number of float64 values in one binary column."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext

Vector = npt.NDArray[np.float64]

if TYPE_CHECKING:
    _Base = models.BinaryField[Any, Vector]
else:
    _Base = models.BinaryField


class PackedArrayField(_Base):
    """Stores a vector as packed little-endian float64, bit for bit, and gives it back read-only.

    `size` is the number of values, None for any; a vector of another length or shape is refused.
    """

    _pyi_private_set_type: Any
    _pyi_private_get_type: Vector  # type: ignore[assignment]

    def __init__(self, *args: Any, size: int | None, **kwargs: Any) -> None:
        self.size = size
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Add `size` for migrations."""
        name, path, args, kwargs = super().deconstruct()
        kwargs["size"] = self.size
        return name, path, args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Vector | None:
        """Unpack a stored value."""
        return None if value is None else self.to_python(bytes(value))

    def to_python(self, value: Any) -> Vector:
        """Return a read-only vector from bytes or from anything array-like."""
        if isinstance(value, bytes | memoryview):
            vector = np.frombuffer(bytes(value), dtype="<f8").astype(np.float64, copy=False)
        else:
            vector = np.array(value, dtype=np.float64)
        if vector.ndim != 1 or self.size not in (None, len(vector)):
            wanted = "A row of values is" if self.size is None else f"{self.size} values are"
            raise ValidationError(
                gettext("%(wanted)s needed, not shape %(shape)s.")
                % {"wanted": wanted, "shape": vector.shape}
            )
        vector.flags.writeable = False
        return vector

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Pack a vector."""
        if value is not None and not isinstance(value, bytes):
            value = self.to_python(value).astype("<f8").tobytes()
        return super().get_db_prep_value(value, connection, prepared)

    def value_to_string(self, obj: models.Model) -> str:
        """Serialise for `dumpdata`."""
        vector: Vector | None = self.value_from_object(obj)
        return "" if vector is None else vector.astype("<f8").tobytes().hex()
