"""The rules of the house for C++: each takes text and gives the breaches in it."""

import re

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([\w+-]+)([./])', re.MULTILINE)
LITERAL_OR_COMMENT = re.compile(
    r"""
    R"(?P<fence>[^(\s]*)\(.*?\)(?P=fence)"    # a raw string
    | "(?:\\.|[^"\\\n])*"
    | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'     # not the ' of 1'000
    | //[^\n]*
    | /\*.*?\*/
    """,
    re.VERBOSE | re.DOTALL,
)

HEADER_LINES = 250
SOURCE_LINES = 450

FORBIDDEN_WORDS = {
    "Manager", "Handler", "Helper", "Util", "Utils", "Common", "Misc", "Impl", "Info",
    "Data", "Processor", "Wrapper", "Context",
}  # fmt: skip
FORBIDDEN_VERBS = ("do_", "process_", "handle_")

DEFINED_TYPE = re.compile(
    r"\b(?:class|struct|enum\s+class|enum\s+struct|enum|union|concept|namespace|using)"
    r"\s+(?:\[\[[^\]]*\]\]\s*)?(?P<name>\w+)\s*(?=[={:]|final\b)"
)
LATE_STATIC = re.compile(
    r"^[ ]+static (?!constexpr|constinit)[\w:<>,*&\s]*?\b(\w+)\s*(?:\{|=)", re.MULTILINE
)
CALLED = re.compile(r"(?<![:\w])(?P<name>(?:do|process|handle)_\w+)\s*\(")

CLASS = re.compile(
    r"(?P<comment>(?:^[ ]*//[^\n]*\n)*)"
    r"(?:^[ ]*template\b[^\n]*\n(?:^[ ]+[^\n]*\n)?)?"
    r"^class\s+(?:\[\[[^\]]*\]\]\s*)?(?P<name>\w+)[^;{]*\{",
    re.MULTILINE,
)
# A line may go on after its first words: "Thread-safe, but for close()."
THREAD_LINE = re.compile(
    r"(Thread-safe"
    r"|Thread: network thread only"
    r"|Thread: any one at a time"
    r"|Constant after construction)[.,:;]"
)

AWAITED = r"(?:std::move\(\s*\w+\s*\)|[A-Za-z_][\w:]*)"
STATEMENT = re.compile(rf"^co_await\s+{AWAITED}$")
INITIALISER = re.compile(
    r"^(?:const\s+)?[\w:]+(?:<[\w:<>,&*\s]*>)?(?:\s+const)?\s*[&*]{0,2}\s*"  # the type
    r"(?:\b\w+|\[[\w\s,]+\])\s*=\s*"
    rf"co_await\s+{AWAITED}$"
)


def code_of(text):
    """The text without comments and with empty literals, line by line as before."""
    return LITERAL_OR_COMMENT.sub(_blank, text)


def _blank(match):
    token = match.group()
    newlines = "\n" * token.count("\n")
    if token.startswith("/"):
        return newlines or " "
    return "''" if token.startswith("'") else '""' + newlines


def includes(text):
    """What the include lines begin with: a layer, a foreign library, a header."""
    return {name for name, _ in INCLUDE.findall(text)}


def included_layers(text, layers):
    """The layers whose headers are included."""
    return {name for name, end in INCLUDE.findall(text) if end == "/"} & set(layers)


def crossed_layers(text, home, layers):
    """Layers that are included and that `home` may not use."""
    return included_layers(text, layers) - layers[home] - {home}


def wrong_doors(text, home, doors):
    """Foreign libraries that are included and whose door is elsewhere."""
    return {name for name in includes(text) & doors.keys() if home not in doors[name]}


def late_statics(text):
    """Statics of functions that are made when the function first runs.

    A child that is forked while another thread makes one waits for that thread for
    ever. `constexpr` and `constinit` ones are there from the start.
    """
    return LATE_STATIC.findall(code_of(text))


def unsafe_awaits(text):
    """Statements in which `co_await` is part of a larger expression.

    gcc 12 miscompiles those without a word. Allowed are `co_await x;` and
    `auto y = co_await x;`, where x is a name or `std::move(name)`.
    """
    code = code_of(text)
    ends = [match.start() for match in re.finditer(r"[;{}]", code)]
    found = []
    for match in re.finditer(r"\bco_await\b", code):
        before = max((end for end in ends if end < match.start()), default=-1)
        after = min((end for end in ends if end > match.start()), default=len(code))
        statement = " ".join(code[before + 1 : after].split())
        whole = code[after : after + 1] == ";"
        safe = STATEMENT.match(statement) or INITIALISER.match(statement)
        if not (whole and safe):
            found.append(f"{line_of(code, match.start())}: {statement}")
    return found


def line_of(text, position):
    """The number of the line, from 1."""
    return text.count("\n", 0, position) + 1


def words_of(name):
    """The words of a name in either case: `HTTPData_view` is HTTP, Data, View."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {word if word.isupper() else word.capitalize() for word in words}


def says_nothing(name):
    """Whether a type's or a file's name holds a word that the house forbids."""
    return bool(words_of(name) & FORBIDDEN_WORDS)


def forbidden_names(text):
    """Types, namespaces and functions whose names the house forbids."""
    code = code_of(text)
    types = {match["name"] for match in DEFINED_TYPE.finditer(code)}
    verbs = {match["name"] for match in CALLED.finditer(code)}
    return {name for name in types if says_nothing(name)} | verbs


def classes_without_thread_line(text):
    """Classes whose comment does not say who may use them from which thread."""
    return [
        match["name"]
        for match in CLASS.finditer(text)
        if not has_thread_line(match["comment"])
    ]


def has_thread_line(comment):
    """Whether one of the four thread lines stands in the comment."""
    words = " ".join(line.strip().lstrip("/ ") for line in comment.splitlines())
    return THREAD_LINE.search(words) is not None


def too_long(path_name, text):
    """How many lines a file has, if that is more than lint allows; else None."""
    lines = text.count("\n")
    limit = HEADER_LINES if path_name.endswith(".h") else SOURCE_LINES
    return lines if lines > limit else None


def layers_in_cmake(text):
    """The layers and what each USES, as src/cpp/CMakeLists.txt lists them."""
    uncommented = re.sub(r"#[^\n]*", "", text)
    table = {}
    for call in re.findall(r"pyesi_layer\(([^)]*)\)", uncommented):
        layer, *words = call.split()
        uses = words[words.index("USES") + 1 :] if "USES" in words else []
        stop = uses.index("OPENS") if "OPENS" in uses else len(uses)
        table[layer] = set(uses[:stop])
    for linked in re.findall(r"pyesi_link_layers\(_core ([^)]*)\)", uncommented):
        table["bindings"] = set(linked.split())
    return table


def enumerators(text, enum):
    """The names of an `enum class`, in order."""
    body = re.search(rf"enum class {enum}\b[^{{]*{{(.*?)}};", code_of(text), re.DOTALL)
    return re.findall(r"^\s*(\w+)", body[1], re.MULTILINE) if body else []
