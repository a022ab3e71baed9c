from __future__ import annotations

import hashlib

import pytest
from lxml import etree

from ihe_profiles.soap.digest import canonical_digest, digest
from ihe_profiles.soap.faults import SoapFault

TEXT = '<h xmlns:x="urn:x"><q><x:a b="1"/>é &amp; \r</q> and a tail</h>'


@pytest.mark.parametrize("exclusive", [True, False])
def test_the_digest_is_that_of_the_canonical_form(exclusive: bool) -> None:
    for element in etree.fromstring(TEXT).iter():
        whole = etree.tostring(element, method="c14n", exclusive=exclusive)
        found = canonical_digest(element, exclusive=exclusive)
        assert found == hashlib.sha256(whole).digest()


def test_what_has_no_canonical_form_is_refused() -> None:
    """A relative namespace name (Canonical XML 1.0, 1.3)."""
    with pytest.raises(SoapFault) as refused:
        digest(etree.fromstring('<q xmlns:x="relative"/>'))
    assert refused.value.key == "namespace-relative"
    assert "The XML of q has no canonical form" in str(refused.value)
