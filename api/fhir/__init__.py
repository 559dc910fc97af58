"""FHIR R4 at `/fhir`: an application of its own, whose every fault is an OperationOutcome.

It tells what the API tells, in other words: who may see what, and what happens, is decided where it is for `/api`.
"""
