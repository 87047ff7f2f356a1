"""Which addresses are of the public Internet."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.http.addresses import is_public

PRIVATE_4 = [
    "10.0.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.31.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.0.192",
    "168.63.129.16",
    "224.0.0.1",
    "255.255.255.255",
    "0.0.0.0",
]
PUBLIC_4 = ["8.8.8.8", "200.160.2.3", "172.32.0.1", "168.63.129.17", "223.255.255.255"]


def shells(address: str) -> list[str]:
    """IPv6 addresses that lead to an IPv4 address."""
    number = int(ipaddress.IPv4Address(address))
    high, low = number >> 16, number & 0xFFFF
    other = number ^ 0xFFFFFFFF
    return [
        f"::ffff:{address}",
        f"::ffff:0:{address}",
        f"::{address}",
        f"64:ff9b::{address}",
        f"2002:{high:x}:{low:x}::1",
        f"2001:0:808:808:0:0:{other >> 16:x}:{other & 0xFFFF:x}",
    ]


@pytest.mark.parametrize("address", PRIVATE_4)
def test_a_private_address_is_none_in_any_shell(address: str) -> None:
    assert not is_public(address)
    assert [shell for shell in shells(address) if is_public(shell)] == []


@pytest.mark.parametrize("address", PUBLIC_4)
def test_a_public_address_stays_reachable_over_nat64_and_in_every_other_shell(address: str) -> None:
    assert is_public(address)
    assert [shell for shell in shells(address) if not is_public(shell)] == []


@pytest.mark.parametrize(
    "address",
    [
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "2804:14c::1%eth0",
        "fc00::1",
        "fd00::1",
        "fec0::1",
        "ff02::1",
        "64:ff9b:1::808:808",
        "2001:db8::1",
        "3fff::1",
        "100::1",
        "5f00::1",
        "no address",
        "",
    ],
)
def test_what_is_no_address_of_the_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["2804:14c::1", "2606:4700::1111", "2a00:1450::1"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_a_shell_is_judged_as_what_is_inside(address: ipaddress.IPv4Address) -> None:
    assert {is_public(shell) for shell in shells(str(address))} == {is_public(str(address))}


@given(st.ip_addresses(v=4))
def test_nothing_is_public_that_python_takes_for_private(address: ipaddress.IPv4Address) -> None:
    assert not is_public(str(address)) or not address.is_private
