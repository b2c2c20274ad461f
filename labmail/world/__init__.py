"""A world as data: who is there, what they offer, which zones their names live in. Nothing here runs.

reading.py    a world's file, or an overlay's, to a World; every complaint names file and line
overlay.py    one TOML file over another
providers.py  who has mailboxes where: passwords, forwards, lists, keys
published.py  what a domain publishes by HTTPS
settings.py   what can be set on a host, and to which values

The worlds themselves lie beside this room, in `worlds/`.
"""

from labmail.world.reading import WORLDS, HostData, Isp, Provider, World, cake, load, names

__all__ = ["WORLDS", "HostData", "Isp", "Provider", "World", "cake", "load", "names"]
