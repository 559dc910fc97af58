pytest_plugins = ["tests.fixtures.system", "tests.fixtures.databases"]
