"""What is inside a message: knowledge that servers, lessons and webmail share. RFC 5322, RFC 2045 to 2047.

reader.py    from octets to a tree of parts: `structure`
parts.py     a part: where it stands, what it is, what it holds
header.py    a header block: fields, parameters
addresses.py who stands in From:, To: and the like
words.py     encoded words, parameters with characters, charsets
content.py   transfer encodings undone, octets to characters
check.py     what is wrong, in sentences
defect.py    one such sentence
received.py  the Received trail: `hops`
delivery.py  the report about a letter that came back: `delivery.read`
build.py     messages for lessons
"""

from labmail.mime import build
from labmail.mime.defect import Defect
from labmail.mime.parts import Part, Span
from labmail.mime.reader import structure
from labmail.mime.received import Hop, hops
from labmail.mime.words import Piece, decoded, pieces

__all__ = ["Defect", "Hop", "Part", "Piece", "Span", "build", "decoded", "hops", "pieces", "structure"]
