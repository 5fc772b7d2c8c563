#!/usr/bin/env python3
"""Writes the runbooks that are not plain text: one DOCX, one PDF, and a DOCX that is cut off on purpose.

The results are committed; run this again only after changing the texts. Needs nothing but Python.
"""
import pathlib
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
STAMP = (2026, 9, 1, 12, 0, 0)

JOINERS = [
    ("Heading1", "Joiners, movers and leavers"),
    (None, "Owner: Identity team. Last reviewed: 2026-09-01."),
    ("Heading2", "Joiners"),
    (None, "HR creates the person in the personnel system at least ten working days before the first day. The account, "
           "the mailbox and the basic groups are created automatically the night before the first day."),
    ("List", "The line manager orders hardware and special software in the portal."),
    ("List", "The first sign-in uses a temporary access pass that the line manager hands over in person."),
    ("Heading2", "Movers"),
    (None, "When somebody changes team, the rights of the old team end after 14 days. The new manager confirms every "
           "right that is to stay. Rights that nobody confirms are removed."),
    ("Heading2", "Leavers"),
    (None, "Accounts are disabled at 18:00 on the last working day. The mailbox is kept for 90 days and the manager gets "
           "read access for 30 days on request. Hardware is returned within five working days. When somebody is dismissed, "
           "HR calls the service desk and the account is disabled within 15 minutes."),
]

ON_CALL = [
    ("On-call handbook", [
        "Owner: Infrastructure team. Last reviewed: 2026-07-15.",
        "The on-call week starts on Monday at 09:00 and is handed over in",
        "a call of fifteen minutes. Every engineer is on call at most one",
        "week in four.",
        "",
        "A page must be acknowledged within five minutes. After that it",
        "goes to the second engineer, and after ten minutes to the head",
        "of infrastructure.",
    ]),
    ("Pay and rest", [
        "On-call duty is paid with 250 EUR a week. Work at night is paid",
        "at time and a half. After a call between 23:00 and 06:00 there",
        "are eleven hours of rest before work begins again.",
        "",
        "Swap shifts in the rota tool, never by chat alone. If you fall",
        "ill, call the head of infrastructure; finding a substitute is",
        "not your task.",
    ]),
]


def docx(paragraphs) -> bytes:
    import io
    ns = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = []
    for style, text in paragraphs:
        properties = ""
        if style == "List":
            properties = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
        elif style:
            properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
        body.append(f'<w:p>{properties}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>')
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/></w:style>' for n in (1, 2))
    parts = {
        "[Content_Types].xml":
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels":
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            'officeDocument" Target="word/document.xml"/></Relationships>',
        "word/styles.xml": f'<w:styles {ns}>{styles}</w:styles>',
        "word/document.xml": f'<w:document {ns}><w:body>{"".join(body)}</w:body></w:document>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), '<?xml version="1.0" encoding="UTF-8"?>' + text,
                             zipfile.ZIP_DEFLATED)
    return out.getvalue()


def pdf(pages) -> bytes:
    objects = []
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects.append("<< /Type /Catalog /Pages 2 0 R >>")
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for i, (title, lines) in enumerate(pages):
        text = [f"BT /F1 16 Tf 72 760 Td ({title}) Tj ET"]
        for k, line in enumerate(lines):
            if line:
                text.append(f"BT /F1 11 Tf 72 {730 - 16 * k} Td ({line}) Tj ET")
        stream = "\n".join(text)
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
                       f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * i} 0 R >>")
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    info = len(objects) + 1
    objects.append("<< /Title (On-call handbook) >>")
    out = "%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    out += "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info {info} 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return out.encode("latin-1")


def main() -> None:
    runbooks = HERE / "runbooks"
    whole = docx(JOINERS)
    (runbooks / "joiner-mover-leaver.docx").write_bytes(whole)
    (runbooks / "on-call-handbook.pdf").write_bytes(pdf(ON_CALL))
    (runbooks / "broken").mkdir(exist_ok=True)
    (runbooks / "broken" / "asset-inventory.docx").write_bytes(whole[: len(whole) * 2 // 5])


if __name__ == "__main__":
    main()
