# ruff: noqa: E501  a dialogue stands as it is said
"""Dialogues with mx1: C is what the client sends, S what it must hear. To add a test, write the dialogue down."""

SEED = """
                                            S: 220 mx1.example.com SMTP server ready
    C: HELO mail.example.net                S: 250 mx1.example.com Hello mail.example.net [192.0.2.67]
    C: MAIL FROM:<alice@example.net>        S: 250 OK
    C: RCPT TO:<bob@example.com>            S: 250 Accepted
    C: DATA                                 S: 354 Enter message, ending with "." on a line by itself
    C: Subject: Re: The Cake
    C:
    C: Don't forget to bring the cake!
    C: .                                    S: 250 OK
    C: QUIT                                 S: 221 closing connection"""

WITH_CODES = {
    "the seed's letter": """
                                            S: 220 mx1.example.com SMTP server ready
    C: HELO mail.example.net                S: 250 mx1.example.com Hello mail.example.net [192.0.2.67]
    C: MAIL FROM:<alice@example.net>        S: 250 2.1.0 OK
    C: RCPT TO:<bob@example.com>            S: 250 2.1.5 Accepted
    C: DATA                                 S: 354 Enter message, ending with "." on a line by itself
    C: Subject: Re: The Cake
    C:
    C: Don't forget to bring the cake!
    C: .                                    S: 250 2.0.0 OK
    C: QUIT                                 S: 221 2.0.0 closing connection""",
    "what is offered": """
                                            S: 220 mx1.example.com SMTP server ready
    C: EHLO mail.example.net                S: 250-mx1.example.com Hello mail.example.net [192.0.2.67]
                                            S: 250-PIPELINING
                                            S: 250-SIZE 10485760
                                            S: 250-8BITMIME
                                            S: 250-ENHANCEDSTATUSCODES
                                            S: 250-SMTPUTF8
                                            S: 250 HELP
    C: HELP                                 S: 214 2.0.0 Commands: HELO EHLO RSET NOOP HELP VRFY QUIT MAIL RCPT DATA
    C: VRFY bob                             S: 252 2.5.0 Cannot VRFY user, but will accept message
    C: EXPN friends                         S: 502 5.5.1 EXPN is not offered here
    C: STARTTLS                             S: 502 5.5.1 STARTTLS is not offered here
    C: NOOP whatever                        S: 250 2.0.0 OK
    C: MAIL FROM:<alice@example.net> SIZE=12345 BODY=8BITMIME   S: 250 2.1.0 OK
    C: quit                                 S: 221 2.0.0 closing connection""",
    "case, spaces and source routes": """
                                            S: 220 mx1.example.com SMTP server ready
    C: ehlo [192.0.2.67]                    S: 250-mx1.example.com Hello [192.0.2.67] [192.0.2.67]
                                            S: 250-PIPELINING
                                            S: 250-SIZE 10485760
                                            S: 250-8BITMIME
                                            S: 250-ENHANCEDSTATUSCODES
                                            S: 250-SMTPUTF8
                                            S: 250 HELP
    C: mail from: <Alice@Example.NET> body=8bitmime     S: 250 2.1.0 OK
    C: rCpT tO:<@relay.example,@other.example:BOB@EXAMPLE.COM>  S: 250 2.1.5 Accepted
    C: RCPT TO:<"bob"@example.com>          S: 250 2.1.5 Accepted
    C: RCPT TO:<"two words"@example.com>    S: 250 2.1.5 Accepted
    C: RCPT TO:<o'brien@example.com>        S: 250 2.1.5 Accepted
    C: RCPT TO:<Postmaster>                 S: 250 2.1.5 Accepted
    C: RCPT TO:<postmaster@example.com>     S: 250 2.1.5 Accepted
    C: RCPT TO:<postmaster@example.net>     S: 550 5.7.1 <postmaster@example.net>: relaying denied, we take mail for our own domains only
    C: QUIT                                 S: 221 2.0.0 closing connection""",
    "an error report has no sender": """
                                            S: 220 mx1.example.com SMTP server ready
    C: HELO mail.example.net                S: 250 mx1.example.com Hello mail.example.net [192.0.2.67]
    C: MAIL FROM:<>                         S: 250 2.1.0 OK
    C: RCPT TO:<>                           S: 501 5.1.3 Syntax error: that is no address
    C: RCPT TO:<bob@example.com>            S: 250 2.1.5 Accepted
    C: QUIT                                 S: 221 2.0.0 closing connection""",
    "a clumsy client is told what is wrong": """
                                            S: 220 mx1.example.com SMTP server ready
    C: MAIL FROM:<alice@example.net>        S: 503 5.5.1 Bad sequence of commands: HELO comes first
    C: DATA                                 S: 503 5.5.1 Bad sequence of commands: HELO comes first
    C: HELLO there                          S: 500 5.5.2 Syntax error, command unrecognized
    C:                                      S: 500 5.5.2 Syntax error, command unrecognized
    C: .                                    S: 500 5.5.2 Syntax error, command unrecognized
    C: GET / HTTP/1.1                       S: 500 5.5.2 Syntax error, command unrecognized
    C: HELO                                 S: 501 Syntax error in parameters: HELO your.name.example
    C: HELO two words                       S: 501 Syntax error in parameters: HELO your.name.example
    C: EHLO bäckerei.example                S: 501 Syntax error in parameters: EHLO your.name.example
    C: RSET                                 S: 250 2.0.0 OK
    C: HELO mail.example.net                S: 250 mx1.example.com Hello mail.example.net [192.0.2.67]
    C: RCPT TO:<bob@example.com>            S: 503 5.5.1 Bad sequence of commands: MAIL comes first
    C: DATA                                 S: 503 5.5.1 Bad sequence of commands: MAIL comes first
    C: MAIL alice@example.net               S: 501 5.5.4 Syntax error in parameters: MAIL FROM:<address>
    C: MAIL FROM:alice@example.net          S: 501 5.5.4 Syntax error in parameters: MAIL FROM:<address>
    C: MAIL FROM:<alice>                    S: 501 5.1.7 Syntax error: that is no address
    C: MAIL FROM:<alice@@example.net>       S: 501 5.1.7 Syntax error: that is no address
    C: MAIL FROM:<alice@example.net> SIZE=1  S: 555 5.5.4 Parameters are for those who said EHLO
    C: MAIL FROM:<alice@example.net> RET=HDRS   S: 555 5.5.4 MAIL has no parameter RET here
    C: MAIL FROM:<jörg@example.net>         S: 553 5.6.7 An address that is not ASCII needs SMTPUTF8 after MAIL
    C: VRFY                                 S: 501 5.5.4 Syntax error in parameters: VRFY name
    C: MAIL FROM:<alice@example.net>        S: 250 2.1.0 OK
    C: MAIL FROM:<alice@example.net>        S: 503 5.5.1 Bad sequence of commands: RSET comes first
    C: DATA                                 S: 503 5.5.1 Bad sequence of commands: RCPT comes first
    C: RCPT TO:<carol@example.com>          S: 550 5.1.1 <carol@example.com>: no such user here
    C: RCPT TO:<dave@example.org>           S: 550 5.7.1 <dave@example.org>: relaying denied, we take mail for our own domains only
    C: RCPT FROM:<bob@example.com>          S: 501 5.5.4 Syntax error in parameters: RCPT TO:<address>
    C: RCPT TO:<bob@example.com> NOTIFY=NEVER   S: 555 5.5.4 RCPT has no parameter NOTIFY here
    C: DATA                                 S: 503 5.5.1 Bad sequence of commands: RCPT comes first
    C: RCPT TO:<bob@example.com>            S: 250 2.1.5 Accepted
    C: DATA now                             S: 501 5.5.4 Syntax error in parameters: DATA stands alone
    C: RSET now                             S: 501 5.5.4 Syntax error in parameters: RSET stands alone
    C: QUIT now                             S: 501 5.5.4 Syntax error in parameters: QUIT stands alone
    C: RSET                                 S: 250 2.0.0 OK
    C: RCPT TO:<bob@example.com>            S: 503 5.5.1 Bad sequence of commands: MAIL comes first
    C: QUIT                                 S: 221 2.0.0 closing connection""",
    "parameters that are wrong": """
                                            S: 220 mx1.example.com SMTP server ready
    C: EHLO mail.example.net                S: 250-mx1.example.com Hello mail.example.net [192.0.2.67]
                                            S: 250-PIPELINING
                                            S: 250-SIZE 10485760
                                            S: 250-8BITMIME
                                            S: 250-ENHANCEDSTATUSCODES
                                            S: 250-SMTPUTF8
                                            S: 250 HELP
    C: MAIL FROM:<alice@example.net> SIZE=10485761  S: 552 5.3.4 Message too big: 10485760 octets at most
    C: MAIL FROM:<alice@example.net> SIZE=much      S: 501 5.5.4 Syntax error in parameters: SIZE=number
    C: MAIL FROM:<alice@example.net> SIZE           S: 501 5.5.4 Syntax error in parameters: SIZE=number
    C: MAIL FROM:<alice@example.net> BODY=BINARYMIME    S: 501 5.5.4 Syntax error in parameters: BODY=7BIT or BODY=8BITMIME
    C: MAIL FROM:<alice@example.net> SIZE=1 SIZE=1      S: 501 5.5.4 Syntax error in parameters: MAIL FROM:<address> KEYWORD=VALUE ...
    C: MAIL FROM:<alice@example.net> SMTPUTF8=yes   S: 501 5.5.4 Syntax error in parameters: SMTPUTF8 takes no value
    C: MAIL FROM:<alice@example.net> =1             S: 501 5.5.4 Syntax error in parameters: MAIL FROM:<address> KEYWORD=VALUE ...
    C: MAIL FROM:<jörg@example.net>                 S: 553 5.6.7 An address that is not ASCII needs SMTPUTF8 after MAIL
    C: MAIL FROM:<jörg@bäckerei.example> SMTPUTF8   S: 250 2.1.0 OK
    C: RCPT TO:<jörg@example.com>                   S: 250 2.1.5 Accepted
    C: HELO mail.example.net                S: 250 mx1.example.com Hello mail.example.net [192.0.2.67]
    C: DATA                                 S: 503 5.5.1 Bad sequence of commands: MAIL comes first
    C: QUIT                                 S: 221 2.0.0 closing connection""",
    "two letters, and commands inside one": """
                                            S: 220 mx1.example.com SMTP server ready
    C: HELO mail.example.net                S: 250 mx1.example.com Hello mail.example.net [192.0.2.67]
    C: MAIL FROM:<alice@example.net>        S: 250 2.1.0 OK
    C: RCPT TO:<bob@example.com>            S: 250 2.1.5 Accepted
    C: DATA                                 S: 354 Enter message, ending with "." on a line by itself
    C: QUIT
    C: ..
    C: ...
    C: . .
    C: .                                    S: 250 2.0.0 OK
    C: RCPT TO:<bob@example.com>            S: 503 5.5.1 Bad sequence of commands: MAIL comes first
    C: MAIL FROM:<alice@example.net>        S: 250 2.1.0 OK
    C: RCPT TO:<bob@example.com>            S: 250 2.1.5 Accepted
    C: DATA                                 S: 354 Enter message, ending with "." on a line by itself
    C: .                                    S: 250 2.0.0 OK
    C: QUIT                                 S: 221 2.0.0 closing connection""",
}
