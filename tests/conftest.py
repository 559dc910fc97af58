pytest_plugins = [
    "tests.fixtures.engine",
    "tests.fixtures.system",
    "tests.fixtures.databases",
    "tests.fixtures.post",
    "tests.fixtures.ahead",
    "tests.fixtures.browser",
    "tests.fixtures.outside",
]
