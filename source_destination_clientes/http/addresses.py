"""Which addresses are of the public Internet, by tables of our own: those of Python differ from one patch release to the next.

https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry.
"""

import ipaddress
from ipaddress import IPv4Address, IPv6Address
from typing import Final

_PRIVATE_4: Final = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
            # Azure's own services answer to every machine there.
            "168.63.129.16/32",
        ),
    )
)
_PUBLIC_6: Final = ipaddress.IPv6Network("2000::/3")
_PRIVATE_6: Final = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_TEREDO: Final = ipaddress.IPv6Network("2001::/32")
_SIX_TO_FOUR: Final = ipaddress.IPv6Network("2002::/16")
_LAST_FOUR: Final = tuple(
    map(ipaddress.IPv6Network, ("::ffff:0:0/96", "::ffff:0:0:0/96", "::/96", "64:ff9b::/96"))
)
"""IPv4-mapped, IPv4-translated, IPv4-compatible and NAT64: the IPv4 address is the last four bytes."""

_LOCAL_NAT64: Final = ipaddress.IPv6Network("64:ff9b:1::/48")
"""NAT64 of an operator's own (RFC 8215): where in it the IPv4 address is, he alone knows."""


def is_public(address: str) -> bool:
    """The address belongs to the public Internet, and so does the IPv4 address that is inside an IPv6 address.

    What is no address is not public.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in _PRIVATE_4)
    if parsed in _LOCAL_NAT64 or parsed.scope_id:
        return False
    inner = _inner(parsed)
    if inner:
        return all(is_public(str(each)) for each in inner)
    return parsed in _PUBLIC_6 and not any(parsed in network for network in _PRIVATE_6)


def _inner(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that a packet to this address ends up at or goes by."""
    packed = address.packed
    if any(address in network for network in _LAST_FOUR):
        return [IPv4Address(packed[12:])]
    if address in _SIX_TO_FOUR:
        return [IPv4Address(packed[2:6])]
    if address in _TEREDO:
        return [IPv4Address(packed[4:8]), IPv4Address(bytes(byte ^ 0xFF for byte in packed[12:]))]
    return []
