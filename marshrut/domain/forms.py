"""What a person fills in: one definition gives the API, its schema, the form and what the journey may know.

Free text, names, phones, document and receipt numbers are `Private[...]`: they are kept, encrypted, with the command
that brought them, and the journey is given the rest.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import TypeAdapter

from marshrut.domain.base import Model, PrivateFieldError, is_free_text, is_private
from marshrut.domain.events import OutcomeCodes

_CODES: TypeAdapter[OutcomeCodes] = TypeAdapter(OutcomeCodes)


class Form(Model):
    """Some fields, of which the journey may know those that are not private.

    Raises:
        PrivateFieldError: at import, when a subclass holds free text that is not marked `Private`.
    """

    private_fields: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.private_fields = frozenset(name for name, field in cls.model_fields.items() if is_private(field))
        for name, field in cls.model_fields.items():
            if name not in cls.private_fields and is_free_text(field):
                raise PrivateFieldError(f"{cls.__name__}.{name} is free text and not marked Private")
            if name in cls.private_fields and field.is_required():
                raise PrivateFieldError(f"{cls.__name__}.{name} is private, so the journey must be able to do without")

    def codes(self) -> OutcomeCodes:
        """What the journey may know: the fields that are not private, as JSON values."""
        return _CODES.validate_python(
            self.model_dump(mode="json", exclude=set(self.private_fields), exclude_none=True), strict=False
        )

    def private(self) -> dict[str, Any]:
        """What only SQL may keep, as JSON values."""
        return self.model_dump(mode="json", include=set(self.private_fields), exclude_none=True)

    @classmethod
    def from_codes(cls, codes: OutcomeCodes) -> Self:
        """The form as a track sees it, its private fields empty.

        Raises:
            pydantic.ValidationError: when the codes do not fit the fields, or name a private one.
        """
        return cls.model_validate({name: value for name, value in codes.items() if name not in cls.private_fields})
