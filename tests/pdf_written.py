"""PDF written by hand, for what no library writes and many programs do."""

from __future__ import annotations


def a_stream(content: str, about: str = "") -> str:
    return f"<< {about} /Length {len(content)} >>\nstream\n{content}\nendstream"


def words(text: str, left: float = 50, up: float = 250, size: float = 12) -> str:
    return f"BT /F1 {size} Tf {left} {up} Td ({text}) Tj ET\n"


def a_written_pdf(content: str, *parts: str, page: str = "", named: str = "", catalog: str = "") -> bytes:
    """One page of 400 × 300 points with Helvetica as F1. `parts` are further objects, from number 6 on; `page`, `named`
    and `catalog` are written into the page, what it names, and the root."""
    objects = (
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] {page} /Contents 4 0 R"
        f" /Resources << /Font << /F1 5 0 R /F2 6 0 R >> {named} >> >>",
        a_stream(content),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        *parts,
    )
    data, starts = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        starts.append(len(data))
        data += f"{number} 0 obj\n{each}\nendobj\n".encode("latin-1")
    rows = "".join(f"{start:010} 00000 n \n" for start in starts)
    size = len(objects) + 1
    end = (
        f"xref\n0 {size}\n0000000000 65535 f \n{rows}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(data)}\n"
    )
    return data + f"{end}%%EOF".encode()
