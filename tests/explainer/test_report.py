"""The report of an alarm: what stands in it, what cannot hide in it, and what never does."""

import time
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from explainer.report import CLAIMS, report_of
from explainer.report_text import inert, showable
from monitoring.models import AlarmDiagnosis, DiagnosisModel
from simulation.models import Reading
from tests.explainer.llm_server import Says, structured

WHEN = datetime(2026, 3, 5, 14, 30, 5, tzinfo=UTC)
ATTACK = (
    '<a href="https://evil.example/">click</a> <img src="https://evil.example/p.png"/> '
    "<b>unclosed <para> </font> &lt;i&gt; </para> <script>alert(1)</script> ]]> <!-- "
)


def text_of(pdf: bytes) -> str:
    """The words of all pages, with single spaces."""
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    return " ".join(" ".join(pages).split())


def test_what_the_font_shows_stays_and_what_it_lacks_is_named():
    assert showable("T² ± 3 sd «x» é – … €") == "T² ± 3 sd «x» é – … €"
    assert showable("a → b, Δ, σ, x₂, thin\u2009space") == "a -> b, Delta, sigma, x2, thin space"
    assert showable("x" * 70_000).endswith("x [cut after 60000 characters]")
    assert showable("中\x00\u202e") == "[U+4E2D][U+0000][U+202E]"


def test_markup_in_a_text_is_text():
    assert inert("<b>1 & 2</b>\nnext") == "&lt;b&gt;1 &amp; 2&lt;/b&gt;<br/>next"


@pytest.mark.django_db
def test_the_report_tells_alarm_detector_tags_and_explanations(alarm_of, explained, claude):
    alarm = alarm_of(4)
    made = explained(alarm)
    pdf = report_of(alarm, WHEN)
    text = text_of(pdf)
    for words in (f"Alarm {alarm.pk} of TEP 1", f"run {alarm.run.number}", alarm.rule,
                  alarm.severity, str(alarm.analysis.detector_model), "Leading contributions",
                  f"step {alarm.raised_step}", "The leading tags around the alarm", "XMV(10)",
                  "By Embedded explainer", "claude-of-the-test", "1. IDV(4), Reactor cooling water",
                  "inlet temperature (step), probability 80 %",
                  "The water is warmer.", "Look at the valve.", CLAIMS, "Page 1",
                  "made 2026-03-05 14:30:05 UTC"):  # fmt: skip
        assert words in text, words
    for one in made.values():
        assert f"{one.supported} of {len(one.citations)} citations supported" in text
        for cited in one.citations:
            assert cited["words"] in text and cited["verdict"] in text
    for part in alarm.analysis.top_contributions(6):
        assert text.count(part["tag"]) >= 2, "in the table and over its trend"
    assert PdfReader(BytesIO(pdf)).metadata.title == f"Alarm {alarm.pk} of TEP 1"


@pytest.mark.django_db
def test_the_report_holds_nothing_of_what_was_injected(alarm_of, make_user):
    alarm = alarm_of(4)
    before = text_of(report_of(alarm, WHEN))
    alarm.run.injections.create(idv=17, start_step=alarm.raised_step - 10)
    after = text_of(report_of(alarm, WHEN))
    assert before == after and "IDV(17)" not in after


@pytest.mark.django_db
def test_the_ranking_of_the_classifier_is_told_by_age(alarm_of):
    alarm = alarm_of(4)
    assert "The classifier has said nothing" in text_of(report_of(alarm, WHEN))
    model = DiagnosisModel.objects.create(kind="robust", version=3, parameters=b"")
    for age, first in ((0, 14), (10, 4)):
        AlarmDiagnosis.objects.create(
            alarm=alarm, age=age, step=alarm.raised_step + age, novelty=0.4 + age, model=model,
            ranking=[[first, 0.7], [11, 0.2], [1, 0.05]],
        )  # fmt: skip
    text = text_of(report_of(alarm, WHEN))
    assert text.index("IDV(14) 70 %") < text.index("IDV(4) 70 %")
    assert "10 samples" in text and "no known cause" in text and "Diagnosis robust v3" in text


@pytest.mark.django_db
def test_markup_of_a_model_and_of_a_plants_name_does_nothing(plant, alarm_of, explained, claude):
    plant.name = "<b>A & B</b> <img src=x>"
    plant.save()
    claude.play(Says(structured(story=ATTACK, summary=ATTACK, checks=[ATTACK])))
    alarm = alarm_of(4)
    explained(alarm)
    pdf = report_of(alarm, WHEN)
    text = text_of(pdf)
    assert '<img src="https://evil.example/p.png"/>' in text and "</para>" in text
    assert "<b>A & B</b> <img src=x>" in text
    reader = PdfReader(BytesIO(pdf))
    assert not any("/Annots" in page for page in reader.pages), "no link to click"
    assert not any(page.images for page in reader.pages)
    assert "/OpenAction" not in reader.trailer["/Root"] and b"/JavaScript" not in pdf


@pytest.mark.django_db
def test_an_old_text_without_structure_is_told_as_it_is(alarm_of, explained):
    alarm = alarm_of(4)
    made = explained(alarm)["embedded"]
    made.answer, made.text = {}, "## Old words\n\n1. **Because of <this> 水.** #no heading"
    made.text += "\n\n| tag | z |\n|---|---|\n| XMV(10) | +9 |\n"
    made.save()
    text = text_of(report_of(alarm, WHEN))
    assert "Old words 1. Because of <this> [U+6C34]. #no heading tag · z XMV(10) · +9" in text


@pytest.mark.django_db
def test_a_cause_that_does_not_exist_is_told_as_such(alarm_of, explained, claude):
    claude.play(Says(structured(cause="IDV(99)")))
    alarm = alarm_of(4)
    explained(alarm)
    assert "IDV(99) (there is no such disturbance)" in text_of(report_of(alarm, WHEN))


@pytest.mark.django_db
def test_a_very_long_answer_is_written_in_reasonable_time(alarm_of, explained):
    alarm = alarm_of(4)
    made = explained(alarm)["embedded"]
    made.answer = {}
    for text in ("word " * 12_000, "x" * 60_000, "<" * 30_000, "a\n" * 3_000):
        made.text = text
        made.save()
        began = time.perf_counter()
        assert report_of(alarm, WHEN).startswith(b"%PDF")
        assert time.perf_counter() - began < 15.0, text[:5]


@pytest.mark.django_db
def test_pruned_readings_are_said_and_the_rest_is_still_told(alarm_of, explained):
    alarm = alarm_of(4)
    explained(alarm)
    Reading.objects.filter(run=alarm.run).delete()
    text = text_of(report_of(alarm, WHEN))
    assert "is stored any more: old readings are deleted to save space" in text
    assert "By Embedded explainer" in text and "XMV(10)" in text
    alarm.explanations.all().delete()
    text = text_of(report_of(alarm, WHEN))
    assert "not stored" in text and "None has been finished." in text


@pytest.mark.django_db
def test_readings_that_are_missing_in_part_are_counted(alarm_of):
    alarm = alarm_of(4)
    Reading.objects.filter(run=alarm.run, step__lt=alarm.onset_step - 20).delete()
    text = text_of(report_of(alarm, WHEN))
    assert "40 of the steps" in text and "are not stored" in text


@pytest.mark.django_db
def test_who_is_logged_in_gets_the_file_from_the_alarms_page(alarm_of, client, make_user):
    alarm = alarm_of(4)
    address = reverse("explainer:report", args=[alarm.pk])
    assert address == f"/alarms/{alarm.pk}/report.pdf"
    stranger = Client().get(address)
    assert stranger.status_code == 302 and "login" in stranger["Location"]
    client.force_login(make_user("viewer"))
    assert f'href="{address}"' in client.get(f"/alarms/{alarm.pk}/").content.decode()
    answer = client.get(address)
    assert answer["Content-Type"] == "application/pdf"
    assert f'filename="alarm-{alarm.pk}.pdf"' in answer["Content-Disposition"]
    assert answer.content.startswith(b"%PDF")
    assert client.get(reverse("explainer:report", args=[99999])).status_code == 404
