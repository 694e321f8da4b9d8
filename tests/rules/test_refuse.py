"""What pydantic says of a field becomes a sentence of ours."""

from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from rules import Fault
from rules.refuse import faults_of
from rules.validate import Faulty, reader_of


class Few(BaseModel):
    """Something of which few are taken."""

    names: Annotated[list[str], Field(max_length=2)]


def test_a_list_that_is_too_long_says_how_many_are_taken() -> None:
    with pytest.raises(Faulty) as faulty:
        reader_of(Few).read({"names": ["a", "b", "c"]})
    assert faults_of(faulty.value, Few) == [Fault("names", "2 at most are taken; here are 3")]
