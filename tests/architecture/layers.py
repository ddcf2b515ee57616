"""Which part may use which. src/cpp/CMakeLists.txt says the same to the linker."""

BELOW = {"base", "http", "metrics"}

CPP = {
    "base": set(),
    "http": {"base"},
    "metrics": {"base"},
    "catalog": {"base", "http"},
    "storage": {"base"},
    "cache": BELOW | {"storage"},
    "scheduler": BELOW,
    "transport": BELOW,
    "columns": {"base"},
    "engine": BELOW
    | {"catalog", "storage", "cache", "scheduler", "transport", "columns"},
    "bindings": BELOW | {"catalog", "cache", "columns", "engine"},
}

# Each foreign library comes in by one door. The key is what an include line begins
# with. (The event loop of Boost.Asio is not a library behind a door: whatever
# has a socket or runs on the network thread runs on it.)
DOORS = {
    "curl": {"transport"},
    "libdeflate": {"http"},
    "brotli": {"http"},
    "zstd": {"http"},
    "nlohmann": {"catalog"},
    "simdjson": {"columns"},
    "sqlite3": {"storage"},
    "hiredis": {"storage"},
    "boost": {"storage", "transport", "engine"},
    "pybind11": {"bindings"},
    "Python": {"bindings"},
}

# Python, from the bottom up. A module whose name begins with "_" is its package's
# own and stands here as well.
FACTS = {"errors", "_core", "_files", "_timeline", "_types", "_version"}
CORE = FACTS | {"catalog", "config"}

PYTHON = {
    "_core": {"_timeline"},
    "errors": {"_core"},
    "_files": set(),
    "_timeline": set(),
    "_types": {"errors", "_core"},
    "_version": set(),
    "catalog": FACTS,
    "config": FACTS | {"catalog"},
    "metrics": CORE,
    "advice": CORE | {"metrics"},
    "alerts": CORE | {"metrics"},
    "columns": CORE,
    "pagination": CORE,
    "sso": CORE,
    "simulator": {"catalog", "errors"},  # a server must not lean on its client
    "client": CORE | {"metrics", "advice", "alerts", "columns", "pagination", "sso"},
}
PYTHON["notebook"] = CORE | {"metrics", "advice", "columns", "client"}
PYTHON["bench"] = CORE | {"client", "metrics"}
PYTHON["report"] = CORE | {"metrics", "notebook"}
PYTHON["top"] = CORE | {"metrics"}
PYTHON["tracing"] = CORE | {"columns", "client"}
PYTHON["testing"] = {*PYTHON}
PYTHON["cli"] = {*PYTHON}

# What can be shown imports what shows it once it is shown, inside of these functions,
# and so does not depend on it.
SHOWN_BY = {"notebook", "report"}
SHOWING = {"_repr_html_", "plot_timeline", "write_report"}
