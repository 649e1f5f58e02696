"""Takes xAPI statements and documents in and answers the xAPI reads."""
