"""Who answered, said so plainly that a stand-in never passes for the vendor."""

from __future__ import annotations

from collections.abc import Iterable

from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.result import CaseResult

NOT_THE_VENDOR = "not the vendor's words"
NOT_THE_TARGET = "the target did not say this"


def of_source(source: Source, rule: str | None = None) -> str:
    """``emulated (profile openai-2026-02, rule file-type) - not the vendor's words``."""
    if source.provenance is Provenance.EMULATED:
        facts = [f"profile {source.profile}"] if source.profile else []
        facts += [f"rule {rule}"] if rule else []
        return f"emulated{_listed(facts)} - {NOT_THE_VENDOR}"
    if source.provenance is Provenance.GATEWAY:
        return f"the gateway {source.target} itself - {NOT_THE_TARGET}"
    if source.supply is Supply.FORWARDED:
        return f"live ({source.target}, asked in this run)"
    recorded = f"recorded {source.recorded_on}" if source.recorded_on else "recorded"
    return f"live ({source.target}, {recorded})"


def of_results(results: Iterable[CaseResult]) -> str:
    """``Answers: emulated (profile openai-2026-02) - not the vendor's words``, for all of a run's answers."""
    sources = [
        attempt.source for result in results for attempt in result.attempts if attempt.source is not None
    ]
    own = sum(source.provenance is Provenance.GATEWAY for source in sources)
    told = _of_targets([source for source in sources if source.provenance is not Provenance.GATEWAY])
    if not own:
        return told
    return f"{told}; {own:,} by the gateway itself, which are not the target's"


def _of_targets(sources: list[Source]) -> str:
    emulated = [source for source in sources if source.provenance is Provenance.EMULATED]
    live = [source for source in sources if source.provenance is Provenance.LIVE]
    if not sources:
        return "Answers: none"
    if not emulated:
        return f"Answers: live{_listed(_live_facts(live))}"
    profiles = sorted({source.profile for source in emulated if source.profile})
    named = _listed([f"profile{'s' * (len(profiles) > 1)} {', '.join(profiles)}"] if profiles else [])
    if not live:
        return f"Answers: emulated{named} - {NOT_THE_VENDOR}"
    return (
        f"Answers: {len(live):,} live{_listed(_live_facts(live))}, {len(emulated):,} emulated{named}"
        f" - the emulated ones are {NOT_THE_VENDOR}"
    )


def _live_facts(sources: list[Source]) -> list[str]:
    facts = sorted({source.target for source in sources})
    days = sorted({source.recorded_on for source in sources if source.recorded_on})
    if days:
        facts.append(f"recorded {days[0]}" + (f" to {days[-1]}" if len(days) > 1 else ""))
    if any(source.supply is Supply.FORWARDED for source in sources):
        facts.append("asked in this run")
    return facts


def _listed(facts: list[str]) -> str:
    return f" ({', '.join(facts)})" if facts else ""
