"""What is told of a case to systems outside: which types of events there are, and when each is told.

Ids, codes and times only. Whoever wants to know more asks the API, in the scope that they have there.
"""
