from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, StringConstraints, ValidationError, create_model

from marshrut.domain.base import Code, Instant, Private, PrivateFieldError, Wire, stamp
from marshrut.domain.outcomes import Outcome
from tests.fixtures.cases import NOON, sayings
from workflows.registry import OUTCOMES

LEAKS = [
    str,
    str | None,
    tuple[str, ...],
    list[str],
    dict[str, int],
    dict[Code, str],
    dict[Code, list[str | None]],
    Annotated[str, StringConstraints(max_length=10)],
    Annotated[str | None, Field(max_length=3)],
    Private[Code],
    Private[str] | None,
    tuple[Private[Code], ...],
    Private[datetime],
]
SAFE = [Code, Code | None, tuple[Code, ...], dict[Code, int], Instant | None, bool, Literal["a", "b"], int | float]


@pytest.mark.parametrize("kind", LEAKS, ids=range(len(LEAKS)))
def test_what_travels_into_temporal_holds_no_text(kind: Any) -> None:
    """A model that travels into Temporal and could carry a name cannot even be declared."""
    with pytest.raises(PrivateFieldError, match=r"Leaky\.note"):
        create_model("Leaky", __base__=Wire, note=(kind, ...))


@pytest.mark.parametrize("kind", SAFE, ids=range(len(SAFE)))
def test_codes_numbers_and_times_travel(kind: Any) -> None:
    """Codes, numbers and times may travel."""
    assert "note" in create_model("Sound", __base__=Wire, note=(kind, ...)).model_fields


def test_the_fence_knows_heirs() -> None:
    """A field that an heir adds is looked at as well."""

    class Sound(Wire):
        code: Code

    with pytest.raises(PrivateFieldError, match=r"Heir\.text"):
        create_model("Heir", __base__=Sound, text=(str, ...))


@pytest.mark.parametrize("text", ["Иван Петров", "", "a b", "line\n", "a;b", "x" * 201])
def test_a_code_is_no_sentence(text: str) -> None:
    """Nothing with a space in it, nothing long and nothing empty is a code."""

    class Coded(Wire):
        code: Code

    with pytest.raises(ValidationError):
        Coded(code=text)


def test_values_are_frozen_and_closed() -> None:
    """A value cannot be changed, and takes no field that it does not know."""

    class Coded(Wire):
        code: Code

    with pytest.raises(ValidationError, match="frozen"):
        Coded(code="a").code = "b"  # type: ignore[misc]  # the point of the test
    with pytest.raises(ValidationError, match="extra"):
        Coded.model_validate({"code": "a", "name": "b"})


def test_an_outcome_keeps_its_free_text_private() -> None:
    """An outcome with free text that is not marked private cannot be declared."""
    with pytest.raises(PrivateFieldError, match=r"Told\.note"):

        class Told(Outcome, track="t", step="s"):
            result: Literal["done"]
            note: str | None = None


def test_an_outcome_can_do_without_what_is_private() -> None:
    """A private field that the journey could not do without cannot be declared."""
    with pytest.raises(PrivateFieldError, match="do without"):

        class Told(Outcome, track="t", step="s"):
            result: Literal["done"]
            note: Private[str]


def test_an_outcome_has_a_result() -> None:
    """A track branches on the result, so there is always one."""
    with pytest.raises(TypeError, match="no result"):

        class Told(Outcome, track="t", step="s"):
            note: Private[str] | None = None


class Met(Outcome, track="t", step="met"):
    result: Literal["yes", "no"]
    score: int | None = None
    missing: tuple[Literal["a", "b"], ...] = ()
    at: Instant | None = None
    note: Private[str] | None = None
    names: Private[tuple[str, ...]] = ()


def test_an_outcome_parts_in_two() -> None:
    """What a person fills in falls into codes for the journey and private values for SQL, each field in one of them."""
    met = Met(result="yes", score=3, missing=("a",), at=NOON, note="a text", names=("a name",))
    assert met.codes() == {"result": "yes", "score": 3, "missing": ("a",), "at": "2026-03-02T12:00:00Z"}
    assert met.private() == {"note": "a text", "names": ["a name"]}
    assert Met.name() == "t.met"


def test_codes_make_the_outcome_again() -> None:
    """A track sees what was said without what is private, even where that was sent along."""
    met = Met(result="yes", missing=("a", "b"), at=NOON, note="a text")
    assert Met.from_codes(met.codes()) == Met(result="yes", missing=("a", "b"), at=NOON)
    assert Met.from_codes({"result": "no", "note": "x", "names": ("y",)}) == Met(result="no")


@pytest.mark.parametrize("codes", [{}, {"result": "perhaps"}, {"result": "yes", "more": 1}])
def test_codes_that_do_not_fit_are_refused(codes: dict[str, Any]) -> None:
    """Codes that are no outcome of the step make none."""
    with pytest.raises(ValidationError):
        Met.from_codes(codes)


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES.keys())
def test_the_codes_of_every_step_go_there_and_back(outcome: type[Outcome]) -> None:
    """Every outcome of every step of the procedures survives the way to the journey and back."""
    results = set()
    for said in sayings(outcome):
        assert outcome.from_codes(said).codes() == said
        results.add(said["result"])
    assert results == set(outcome.model_fields["result"].annotation.__args__)  # type: ignore[union-attr]  # it has one


def test_a_stamp_is_the_same_instant_everywhere() -> None:
    """An instant makes the same key whatever zone it was told in, and a key is a code."""
    moscow = datetime(2026, 2, 12, 21, tzinfo=timezone(timedelta(hours=3)))
    assert stamp(moscow) == stamp(datetime(2026, 2, 12, 18, tzinfo=UTC)) == "20260212T180000Z"
