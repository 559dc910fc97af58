"""FHIR R4: bytes in, out what they say (an admission, an event, circumstances), or faults that name every element.

    faults(resource)                     # by the official definitions; nothing: it is FHIR R4
    told = gathered(resource)            # Unfit: neither a resource nor a Bundle that we take
    stay.said(patient, person, near, flags)

Nothing here does I/O but known.py, which asks who a patient is. The definitions are those of 4.0.1 (`make fhir`).
"""
