"""The pages: server-rendered, for coordinators, psychologists, seniors and the head of service.

A page presents what the API says: it calls the endpoint's function and words the answer, so the two cannot disagree.
"""
