"""The scripts of the page, the data that they draw, and the policy that lets them do nothing else."""

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent
SCRIPTS: Final = ("vendored/vega.min.js", "vendored/vega-lite.min.js", "vendored/vega-embed.min.js", "draw.js")
# Names a file that is not beside the page, and that a browser's tools for developers would look for.
_SOURCE_MAP: Final = "\n//# sourceMappingURL="


@cache
def script(name: str) -> str:
    """Return the text of a script."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return text.partition(_SOURCE_MAP)[0]


def policy(scripts: Sequence[str]) -> str:
    """Return the content security policy: these scripts run, styles are of the page, and nothing is fetched or sent."""
    hashes = " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def json_for_page(data: Any) -> str:
    """Return data as JSON that no text in it can end, or turn into markup."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
