"""SMTP, by which mail moves from server to server. RFC 5321.

The words both sides use stand in `words`, an exchanger's side in `server`, a client's in `client`, and the client that
finds its way by MX records in `deliver`.
"""
