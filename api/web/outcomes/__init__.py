"""Forms made of the types that they fill in: one definition serves the journey, the API and the page.

`fields` reads the fields off a type, `shown` puts them into words with what was typed and what is wrong with it,
`reading` makes the value of what was posted.
"""
