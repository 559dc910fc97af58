"""Why a step is due when it is: the explanation of its clock, as JSON and in plain words of both languages."""
