"""Whose address a request came from, also where proxies stand before the service."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

# Whoever has one IPv6 address has all of its network.
ONES_OWN_BITS = 64


def networks_of(text: str) -> tuple[Network, ...]:
    """The networks and addresses of a list with commas; ValueError where one is none."""
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def client_of(host: str | None, forwarded: str, proxies: Sequence[Network]) -> str | None:
    """Who sent a request, by address: the last before our own proxies. None where nobody can say."""
    # What stands before an address that no proxy of ours added may be a lie.
    for hop in (host, *reversed(forwarded.split(","))) if proxies else (host,):
        address = (hop or "").strip()
        who = owner_of(address)
        if who is None or not is_in(address, tuple(proxies)):
            return who
    return None


@lru_cache(maxsize=4_096)
def owner_of(host: str) -> str | None:
    """The address that stands for all of one owner; None where it is none, as with a socket of this machine."""
    try:
        address = plain(host)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address), ONES_OWN_BITS), strict=False))


@lru_cache(maxsize=4_096)
def is_in(host: str, networks: tuple[Network, ...]) -> bool:
    """Whether an address is one of these."""
    return any(plain(host) in network for network in networks)


def plain(host: str) -> IPv4Address | IPv6Address:
    """The address; one of IPv4 as such, also where IPv6 spells it. ValueError where it is none."""
    address = ip_address(host)
    return address if isinstance(address, IPv4Address) else address.ipv4_mapped or address
