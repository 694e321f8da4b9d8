"""What pydantic says of a field becomes a sentence of ours."""

from typing import Annotated

import pytest
from pydantic import BaseModel, Field, ValidationError

from rules import Fault
from rules.refuse import faults_of


class Few(BaseModel):
    """Something of which few are taken."""

    names: Annotated[list[str], Field(max_length=2)]


def test_a_list_that_is_too_long_says_how_many_are_taken() -> None:
    with pytest.raises(ValidationError) as error:
        Few.model_validate({"names": ["a", "b", "c"]})
    assert faults_of(error.value, Few) == [Fault("names", "2 at most are taken; here are 3")]
