"""What routes answer with, whatever they are about."""

from fastapi import Response


def json_answer(text: str | bytes, status: int = 200) -> Response:
    """The answer that a JSON text is."""
    return Response(text, status, media_type="application/json")
