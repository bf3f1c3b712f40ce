"""The attachments of the demo park: one page for each kind of paper, which says that it is only an example."""

from __future__ import annotations

from data.demo.enterprises import enterprises
from data.demo.files import gaps
from data.models import Enterprise

LABELS = {slot.code: slot.label for slot in Enterprise.__files__}


def papers() -> list[dict[str, str]]:
    """Which slot of which enterprise holds a paper; ``enterprise`` is a code. Gaps of a file are left out."""
    rows = []
    for item in enterprises():
        slots = ["business_license", "site_plan", "injury_insurance", "emergency_card"]
        if item["kind"].startswith("危险物品类"):
            slots.append("hazard_report")
        if item["kind"].endswith("化学品生产单位"):
            slots.append("safety_license")
        for slot in slots:
            if f"file:{slot}" not in gaps()[item["code"]]:
                rows.append({"enterprise": item["code"], "slot": slot, "name": f"{item['short_name']}-{LABELS[slot]}.pdf"})
    return rows


def page(title: str) -> bytes:
    """A PDF of one page with the title and the note that it is an example (ISO 32000-1; the reader brings the font)."""
    text = b"BT /F1 28 Tf 80 700 Td <%s> Tj /F1 14 Tf 0 -48 Td <%s> Tj ET" % (_hex(title), _hex("演示附件，内容为虚构，仅用于展示。"))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    ]
    result, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(result))
        result += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return result + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        table,
        size,
        len(result),
    )


def _hex(text: str) -> bytes:
    return text.encode("utf-16-be").hex().encode("ascii")
