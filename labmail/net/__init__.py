"""The small Internet: the only package that opens sockets or owns a thread."""

from labmail.net.carrier import Carrier, Session, carry
from labmail.net.gate import Gate, Weather
from labmail.net.ground import Service
from labmail.net.internet import Net
from labmail.net.seat import NoSeat, at, seated
from labmail.net.tap import Tap
from labmail.net.wires import Wires

__all__ = ["Carrier", "Gate", "Net", "NoSeat", "Service", "Session", "Tap", "Weather", "Wires", "at", "carry", "seated"]
