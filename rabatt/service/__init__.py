"""The engine over HTTP: rules, grants, claims and receipts of many accounts, kept in a database (docs/service.md).

A request passes `entry`, is read by `bodies`, evaluated by `evaluation` or looked up in `store`, and answered by
`routes`; `notes` are the credit notes, `schemas` the OpenAPI document. This package owns the paths, who may use them,
and the store. It refuses to know what a rule gives: the engine alone decides that, and what it answers goes out to the
byte. Decision 0011.
"""

from rabatt.service.app import create_app
from rabatt.service.settings import ServiceSettings

__all__ = ["ServiceSettings", "create_app"]
