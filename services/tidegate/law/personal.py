"""Rows 9 to 18: personal data that is collected in Hong Kong, or leaves the Mainland.

Rows 10 to 18 are asked only where data leaves the Mainland, or did so before under a contract whose stamp it carries.
Row 9 is a regime beside that of the Mainland and not instead of it: what was collected in Hong Kong and leaves again
from a hub in Shenzhen has to satisfy both.
"""

from __future__ import annotations

from tidegate.law.edges import Edge
from tidegate.law.facts import Action, Bucket, Decision, Facts, Mechanism, Origin, Task, Tri
from tidegate.law.parameters import Law
from tidegate.law.rows import Row, export_law_applies, is_ciio, row, sensitive, stays

_SCENARIOS = (Mechanism.ART5_CONTRACT, Mechanism.ART5_HR, Mechanism.ART5_EMERGENCY)
_GBA = {Mechanism.GBA_SC_HK: "HK", Mechanism.GBA_SC_MO: "MO"}


@row(
    9,
    "collected in Hong Kong",
    ("PDPO DPP1-DPP4", "s.33 switched off"),
    "PASS under HK_DPP, HOLD where its filing is late, else DROP",
)
def row_9_hong_kong(facts: Facts, law: Law) -> Decision | None:
    """Personal data that a data user of Hong Kong collected there, whether or not it leaves.

    Purpose and class of transferee have to be those of the notice, under a contract with a retention. A Greater Bay
    Area contract is one too; where it alone is there and a filing of it is late, the delivery waits. Where export law
    of the Mainland applies as well, this row lets it be asked next.
    """
    if not facts.personal or facts.origin is not Origin.HONG_KONG:
        return None
    if not facts.papers & {Mechanism.HK_DPP, Mechanism.GBA_SC_HK}:
        if Mechanism.GBA_SC_HK in facts.overdue:
            return stays(9, "filing_overdue", Action.HOLD)
        return stays(9, "no_hong_kong_contract")
    if export_law_applies(facts):
        return None
    return Decision(9, Action.PASS, Mechanism.HK_DPP, "hong_kong_collected")


@row(
    10,
    "no basis on record",
    ("CAC Provisions 10", "PIPL 13, 29, 31, 39, 55"),
    "DROP, even where a mechanism is exempt",
    parameters=("records_years", "minor_years"),
)
def row_10_no_basis(facts: Facts, law: Law) -> Decision | None:
    """Basis, notice, separate consent where consent is the basis, a guardian's under 14, a PIPIA: one is missing."""
    if _asked(facts) and facts.evidence is not Tri.YES:
        return stays(10, "no_basis_on_record")
    return None


@row(11, "collected overseas", ("CAC Provisions 4",), "PASS, ART4_TRANSIT")
def row_11_transit(facts: Facts, law: Law) -> Decision | None:
    """Collected overseas, and its lineage proves that nothing personal or important of the Mainland was mixed in."""
    overseas = facts.origin in (Origin.OVERSEAS, Origin.HONG_KONG)
    if _asked(facts) and overseas and facts.unmixed is Tri.YES and facts.stamp is None:
        return Decision(11, Action.PASS, Mechanism.ART4_TRANSIT, "transit")
    return None


@row(
    12,
    "exempt scenario",
    ("CAC Provisions 5(1)(1)-(3)", "NDSMR 35", "Order 25 Art. 10"),
    "PASS; counted as exempt, and in the main counter too unless the setting says otherwise",
    parameters=("statutory_duty_small_handler",),
    points=("exempt_counts",),
    carried=(*_SCENARIOS, Mechanism.STATUTORY_DUTY),
)
def row_12_exempt(facts: Facts, law: Law) -> Decision | None:
    """A contract with the person, HR or an emergency is confirmed and the field is on the scenario's minimum list.

    A statutory duty serves a proved small handler from the day the law says; others only with a sign-off of counsel.
    A publisher outside the Mainland has no Article 5 exemption.
    """
    if not _asked(facts) or not _mainland_exporter(facts):
        return None
    counts = _counted(facts, Bucket.EXEMPT, main=law.points.exempt_counts)
    for mechanism in _SCENARIOS:
        if _carried(mechanism, facts, law):
            return Decision(12, Action.PASS, mechanism, "exempt_scenario", counts)
    small = facts.exporter.small_handler is Tri.YES and law["statutory_duty_small_handler"] == 1
    if _carried(Mechanism.STATUTORY_DUTY, facts, law) and (small or facts.counsel is Tri.YES):
        return Decision(12, Action.PASS, Mechanism.STATUTORY_DUTY, "statutory_duty", counts)
    return None


@row(
    13,
    "off the negative list",
    ("CAC Provisions 6",),
    "PASS, FTZ_OFFLIST; Shanghai: report within 15 business days",
    parameters=("off_list_report_days",),
    points=("shanghai_reference", "exempt_counts"),
    carried=(Mechanism.FTZ_OFFLIST,),
)
def row_13_off_list(facts: Facts, law: Law) -> Decision | None:
    """The exporter's area has a verified list for its sector, the field is not on it, and it is no CIIO.

    It exports from there too: storage and relays in the Mainland are in the area. Where the area asks for a filing
    reference first, it is there.
    """
    edge = _list_edge(facts, law)
    if not _asked(facts) or edge is None or facts.stamp is not None:
        return None
    if is_ciio(facts) or facts.off_list is not Tri.YES:
        return None
    asked = edge.reference == "always" or bool(edge.reference and getattr(law.points, edge.reference))
    if asked and facts.list_reference is not Tri.YES:
        return None
    counts = _counted(facts, Bucket.EXEMPT, main=law.points.exempt_counts)
    tasks = (Task.REPORT_OFF_LIST,) if edge.report_afterwards else ()
    return Decision(13, Action.PASS, Mechanism.FTZ_OFFLIST, "off_list", counts, tasks)


@row(
    14,
    "Greater Bay Area contract",
    ("GBA guidelines with Hong Kong (2023 No. 3)", "with Macao (2024 No. 1)", "PIPL 40"),
    "PASS, no threshold; stamped for the recipient's own jurisdiction; both sides file",
    parameters=("gba_filing_days",),
    points=("gba_ciio", "gba_counts"),
    carried=tuple(_GBA),
)
def row_14_greater_bay_area(facts: Facts, law: Law) -> Decision | None:
    """A contract between one of the nine cities and Hong Kong, or Macao, is in effect and names field and purpose.

    Every place of the route lies on that edge. A stamped event goes on inside its stamp for what the contract names.
    One whose filing is late holds, of a CIIO as well: to be one, or not to know, is no way around the filing.
    """
    if not _asked(facts):
        return None
    for mechanism, other_side in _GBA.items():
        if not _on_gba_edge(mechanism, other_side, facts, law):
            continue
        counts = _counted(facts, Bucket.GBA, main=law.points.gba_counts)
        if mechanism in facts.papers and (not is_ciio(facts) or law.points.gba_ciio):
            stamp = facts.stamp if facts.stamp is not None else _jurisdiction(facts, law)
            return Decision(14, Action.PASS, mechanism, "gba_contract", counts, (Task.FILE_GBA,), stamp)
        if mechanism in facts.overdue:
            return stays(14, "filing_overdue", Action.HOLD)
    return None


@row(15, "CIIO", ("CAC Provisions 7(1)", "PIPL 40"), "PASS under an assessment, else DROP")
def row_15_ciio(facts: Facts, law: Law) -> Decision | None:
    """Personal data of a CIIO, or of whoever may be one, that no row above let through."""
    if not _asked(facts) or not is_ciio(facts):
        return None
    return _assessed(15, facts, law, "ciio_no_assessment")


@row(
    16,
    "above the upper threshold",
    ("CAC Provisions 7(2)", "CAC answers of 30 January 2026"),
    "PASS under an assessment, else DROP; an assessment has to cover what left since 1 January",
    parameters=("pi_assessment", "spi_assessment"),
)
def row_16_assessment(facts: Facts, law: Law) -> Decision | None:
    """As many people as need an assessment, this event's included; and nobody knows how many counts as that many."""
    threshold = law["spi_assessment"] if sensitive(facts) else law["pi_assessment"]
    if not _asked(facts) or (facts.people is not None and facts.people < threshold):
        return None
    reason = "no_assessment_uncounted" if facts.people is None else "no_assessment_above_threshold"
    return _assessed(16, facts, law, reason)


@row(
    17,
    "between the thresholds",
    ("CAC Provisions 8", "Certification Measures 5"),
    "PASS under a standard contract or a certificate (or an assessment, which is more), else DROP",
    parameters=("pi_contract", "pi_assessment", "spi_assessment", "certificate_route", "scc_filing_days"),
    carried=(Mechanism.SCC, Mechanism.CERT, Mechanism.ASSESSMENT),
)
def row_17_contract(facts: Facts, law: Law) -> Decision | None:
    """Sensitive data from the first person on, and other personal data from the lower threshold on."""
    if not _asked(facts) or facts.people is None:
        return None
    if not sensitive(facts) and facts.people < law["pi_contract"]:
        return None
    return _contracted(17, facts, law) or stays(17, "no_contract_above_threshold")


@row(
    18,
    "few people",
    ("CAC Provisions 5(1)(4)",),
    "PASS, ART5_SMALL, or from outside the Mainland under a paper of row 17; counted",
    parameters=("pi_contract",),
)
def row_18_small(facts: Facts, law: Law) -> Decision | None:
    """Not sensitive, and of fewer people than the lower threshold.

    A publisher outside the Mainland has no Article 5 exemption: what carries more people carries few.
    """
    if not _asked(facts) or sensitive(facts) or facts.people is None:
        return None
    if _mainland_exporter(facts):
        return Decision(18, Action.PASS, Mechanism.ART5_SMALL, "few_people", _counted(facts))
    return _contracted(18, facts, law)


ROWS: tuple[Row, ...] = (
    row_9_hong_kong,
    row_10_no_basis,
    row_11_transit,
    row_12_exempt,
    row_13_off_list,
    row_14_greater_bay_area,
    row_15_ciio,
    row_16_assessment,
    row_17_contract,
    row_18_small,
)


def _asked(facts: Facts) -> bool:
    return facts.personal and export_law_applies(facts)


def _mainland_exporter(facts: Facts) -> bool:
    return facts.exporter.zone is not None and facts.exporter.zone.mainland and facts.stamp is None


def _counted(facts: Facts, shadow: Bucket | None = None, *, main: bool = True) -> frozenset[Bucket]:
    """The buckets in which the persons behind a field are counted."""
    bucket = Bucket.SPI if sensitive(facts) else Bucket.PI
    return frozenset(one for one in (shadow, bucket if main else None) if one is not None)


def _carried(mechanism: Mechanism, facts: Facts, law: Law) -> bool:
    """Whether a paper is there, and an edge from the exporter to the recipient that carries it."""
    if mechanism is Mechanism.CERT and law["certificate_route"] != 1:
        return False
    if mechanism not in facts.papers or facts.stamp is not None:
        return False
    start = next((zone for zone in facts.route if zone is not None and zone.mainland), None)
    return law.edges.carrying(mechanism, start, facts.recipient.zone) is not None


def _assessed(number: int, facts: Facts, law: Law, reason: str) -> Decision:
    if _carried(Mechanism.ASSESSMENT, facts, law):
        tasks = (Task.ASSESS_SINCE_JANUARY,) if number == 16 else ()
        return Decision(number, Action.PASS, Mechanism.ASSESSMENT, "assessed", _counted(facts), tasks)
    return stays(number, reason)


def _contracted(number: int, facts: Facts, law: Law) -> Decision | None:
    """What a contract, a certificate or an assessment carries; one whose filing is late holds."""
    for mechanism in (Mechanism.SCC, Mechanism.CERT, Mechanism.ASSESSMENT):
        if _carried(mechanism, facts, law):
            return Decision(number, Action.PASS, mechanism, "contract_or_certificate", _counted(facts))
    if facts.overdue & {Mechanism.SCC, Mechanism.CERT}:
        return stays(number, "filing_overdue", Action.HOLD)
    return None


def _list_edge(facts: Facts, law: Law) -> Edge | None:
    """The edge of an area with a negative list in which the exporter and all places of the Mainland on the way are."""
    return next(
        (
            edge
            for edge in law.edges.having(Mechanism.FTZ_OFFLIST)
            if law.edges.within(edge.start, facts.exporter.zone)
            and law.edges.within(edge.end, facts.recipient.zone)
            and all(law.edges.within(edge.start, zone) for zone in facts.route if zone is not None and zone.mainland)
        ),
        None,
    )


def _on_gba_edge(mechanism: Mechanism, other_side: str, facts: Facts, law: Law) -> bool:
    """Exporter and recipient on the two ends of the edge, and every place between them on one of its sides.

    A stamped event stays on one end of it; what is between may be no more elsewhere than on its first way.
    """
    if facts.stamp is None and law.edges.carrying(mechanism, facts.exporter.zone, facts.recipient.zone) is None:
        return False
    sides = ("CN-GBA9", other_side)
    return all(any(law.edges.within(side, zone) for side in sides) for zone in facts.route)


def _jurisdiction(facts: Facts, law: Law) -> frozenset[str]:
    return law.edges.jurisdiction(facts.recipient.zone)
