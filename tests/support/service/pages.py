"""What is written for others to read and made from the code: docs/openapi.json and the settings of docs/service.md.

`make pages` rewrites both; tests compare them.
"""

import json
import re
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr

from rabatt.service import ServiceSettings, create_app
from rabatt.service.settings import variable_of
from tests.rabatt.service.conftest import KEY
from tests.support.places import DOCS

OPENAPI = DOCS / "openapi.json"
SERVICE = DOCS / "service.md"
TABLE = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- end of settings -->)", re.DOTALL)


def openapi_document() -> dict[str, Any]:
    """The document of all routes as a client gets it."""
    with TemporaryDirectory() as folder:
        app = create_app(ServiceSettings(database=SecretStr(f"sqlite:///{folder}/rabatt.db"), key=SecretStr(KEY)))
        app.state.context.store.close()
    document: dict[str, Any] = json.loads(json.dumps(app.openapi()))
    return document


def openapi_text() -> str:
    """The document as it is kept."""
    # Signs as they are: those who read JSON as YAML do not know the two halves of one.
    return json.dumps(openapi_document(), indent=2, ensure_ascii=False) + "\n"


def settings_table() -> str:
    """Every setting, a row each."""
    rows = ["| variable | default | what it is |", "| --- | --- | --- |"]
    for name, field in ServiceSettings.model_fields.items():
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        default = str(default).lower() if isinstance(default, bool) else default
        rows.append(f"| `{variable_of(name)}` | {'' if default is None else f'`{default}`'} | {field.description} |")
    return "\n" + "\n".join(rows) + "\n\n"


def with_settings(text: str) -> str:
    """The page with the table as it is now."""
    return TABLE.sub(lambda _: settings_table(), text)


if __name__ == "__main__":
    OPENAPI.write_text(openapi_text())
    SERVICE.write_text(with_settings(SERVICE.read_text()))
