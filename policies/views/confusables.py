"""Letters that look like Latin ones. One row for each Latin letter; what Unicode itself folds is not repeated."""

from __future__ import annotations

_ROWS = """
a аɑαᴀ⍺ꭺᎪɐ
b ЬᖯƄвɓʙᏏΒВᏴꞴꓐ
c сϲᴄⅽᏟСϹꓚⲥⲤ
d ԁɗᏧᗪᎠᴅꓓđ
e еҽеєєⅇᴇЕΕᎬꓰɛεəǝ
f ϝſƒꜰᖴꓝϜ
g ɡɢցԍᏀᏳꓖ
h һհнНΗᎻʜꓧⲎɦ
i іıιɩɪⅰіІΙⵏꙇӏᎥӀꓲ
j јϳᴊЈᎫꓙ
k кκᴋКΚᏦꓗⲔ
l ⅼӏւʟᏞꓡℓ∣ǀɭ
m мᴍМΜᎷꓟⲘɱ
n пոռɴΝꓠⲚηйɲŋ
o оοօσᴏОΟՕꓳⲞⲟ०໐
p рρᴘРΡᏢꓑⲢ
q ԛգզԚ
r гᴦʀᏒᖇꓣɹɾ
s ѕƽꜱЅՏᏚꓢʂ
t тτᴛТΤᎢꓔⲦт
u цυսᴜՍꓴʊ
v ѵνᴠѴᏙꓦ∨
w ԝաᴡԜᎳꓪшωɯ
x хχХΧⅹꓫⲬ᙭
y уүʏγУҮΥᎩꓬⲨყ
z ᴢʐᏃΖꓜⲌ
3 зЗӠƷꝪȜ
6 б
"""


def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    for row in _ROWS.split("\n"):
        if row:
            plain, _, alike = row.partition(" ")
            for char in alike:
                table.setdefault(ord(char), plain.upper() if char.isupper() else plain)
    return table


ALIKE = _table()

# Letters written upside down; a line of them is read from its end.
TURNED = str.maketrans("ɐɔǝɟƃᵷɥᴉıᴊʞꞁɯɹʇʌʍʎdpbqunMW69∀ƆƎℲפ⅁˥ԀꓤΛ⅄", "acefgghiijklmrtvwypdqbnuWM96ACEFGGLPRVY")
TURNED_ONLY = "ɐɔǝɟƃᵷɥᴉʞꞁɯɹʇʌʍʎ∀ƆƎℲ⅁˥⅄"
