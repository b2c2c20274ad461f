"""Views turn events and verdicts into plain data. Text, table and widget of one thing come from the same dict."""
