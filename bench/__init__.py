"""What steps, journeys, rungs and messages cost beside bare Temporal or a stated baseline: arguments in, JSON out.

Only ratios mean something.
"""
