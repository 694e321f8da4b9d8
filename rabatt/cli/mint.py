"""`rabatt token`: a token to try the service with."""

import re
from datetime import timedelta
from typing import Annotated

import typer

from rabatt.cli.service_call import in_sentences, read_settings, say
from rules.fault import nearest_name, shown, suggestion

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LONGEST = timedelta(days=3650)


def token(
    account: Annotated[
        str, typer.Option(metavar="ID", help="The account: P or T and eight digits.", show_default=False)
    ],
    scope: Annotated[
        list[str], typer.Option(metavar="SCOPE", help="What it may do; may be given again.", show_default=False)
    ],
    customer: Annotated[
        str | None, typer.Option(metavar="ID", help="The customer it speaks for.", show_default=False)
    ] = None,
    subject: Annotated[str, typer.Option(help="Who sends it, as it is noted beside what is changed.")] = "rabatt token",
    expires: Annotated[str, typer.Option(metavar="TIME", help="For how long it holds: 30m, 1h, 7d.")] = "1h",
) -> None:
    """Print a token for the service, signed with its key.

    With the default settings the key is rabatt.key in this folder, which is made when there is none.
    """
    with in_sentences():
        from rabatt.service.bearer_tokens import Tokens, is_name
        from rabatt.service.clock import machine_time
        from rabatt.service.entry.access import ACCOUNT, SCOPES

        scopes = [name for given in scope for name in given.split()]
        lifetime = span(expires)
        faults = []
        if ACCOUNT.fullmatch(account) is None:
            faults.append(f"--account: an account is P or T and eight digits; here is {shown(account)}")
        if not scopes:
            faults.append("--scope: name one scope at least")
        for name in scopes:
            if name not in SCOPES:
                nearest = suggestion(nearest_name(name, tuple(sorted(SCOPES))))
                faults.append(f"--scope: there is no scope {shown(name)}{nearest or f'; there are {known(SCOPES)}'}")
        if "user:receipts" in scopes and customer is None:
            faults.append("--customer: user:receipts reaches one customer's receipts; say whose")
        for option, value in (("--customer", customer), ("--subject", subject)):
            if value is not None and not is_name(value):
                faults.append(f"{option}: this is text, without control characters and others that cannot be seen")
        if lifetime is None:
            faults.append(f"--expires: write a number and s, m, h or d, such as 30m; here is {shown(expires)}")
        if faults or lifetime is None:
            say(*faults)
            raise typer.Exit(2)
        tokens = Tokens(read_settings())
        try:
            minted = tokens.mint(
                account,
                " ".join(dict.fromkeys(scopes)),
                subject=subject,
                customer_id=customer,
                now=machine_time(),
                lifetime=lifetime,
            )
        except ValueError as problem:
            say(str(problem))
            raise typer.Exit(2) from None
        print(minted)


def known(scopes: frozenset[str]) -> str:
    """All scopes, in a sentence."""
    return ", ".join(sorted(scopes))


def span(text: str) -> timedelta | None:
    """The span of time that the text spells; None where it spells none, or a longer one than any token should have."""
    found = re.fullmatch(r"([1-9]\d{0,8})([smhd])", text, re.ASCII)
    if found is None:
        return None
    lifetime = timedelta(**{UNITS[found[2]]: int(found[1])})
    return lifetime if lifetime <= LONGEST else None
