"""What HTTP says, and what carries a web application behind a tap. RFC 9110, RFC 9112."""
