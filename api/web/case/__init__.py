"""The page of a case: what the API says of it, put into words.

`gathering` asks the endpoints once; each other file presents a part of the page from that, and writes nothing.
"""
