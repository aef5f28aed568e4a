"""Cells as texts in C: what reads them as `predict` does, in the file of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unicodedata import decimal

from ..data.spellings import CURRENCIES, GROUPS, MISSING, number
from .c_dates import dates
from .c_texts import array_of_texts, literal
from .cells import known_spellings

LONGEST = 300
"""The bytes of the longest cell that is read, with the zero at its end."""
_SPACES = ("\u00a0", "\u2009", "\u202f", "\u3000")
_TEXTS = r"""
/* How many bytes one of the texts has that is at the start of another; 0 if none is there. */
static size_t one_of(const char *text, const char *const *texts, int count) {
    for (int k = 0; k < count; k++) {
        const size_t length = strlen(texts[k]);
        if (!strncmp(text, texts[k], length)) return length;
    }
    return 0;
}

static size_t space_at(const char *text) {
    return isspace((unsigned char)*text) ? 1 : one_of(text, spaces, SPACES);
}

static int is_digit(char x) { return '0' <= x && x <= '9'; }

/* Whether two texts are equal but for the case of ASCII letters. */
static int alike(const char *a, const char *b) {
    while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b)) a++, b++;
    return !*a && !*b;
}

/* A copy without spaces around it; 0 if it is too long to be a cell that is known. */
static int trimmed(const char *text, char *copy, size_t size) {
    size_t space, end = 0;
    while ((space = space_at(text))) text += space;
    if (strlen(text) >= size) return 0;
    strcpy(copy, text);
    for (size_t k = 0; copy[k]; k += space ? space : 1)
        if (!(space = space_at(copy + k))) end = k + 1;
    copy[end] = 0;
    return 1;
}
"""
_NUMBERS = r"""
/* Read a digit that is not ASCII, of any script; how many bytes it has, 0 if there is none. */
static size_t digit_at(const char *given, char *digit) {
    const unsigned char *text = (const unsigned char *)given;
    const size_t length = *text < 0xc0 ? 0 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : 4;
    long code = length ? *text & (0xff >> (length + 1)) : 0;
    for (size_t k = 1; k < length; k++) {
        if ((text[k] & 0xc0) != 0x80) return 0;
        code = code << 6 | (text[k] & 0x3f);
    }
    for (int k = 0; length && k < ZEROS; k++)
        if (zeros[k] <= code && code < zeros[k] + 10) {
            *digit = (char)('0' + (code - zeros[k]));
            return length;
        }
    return 0;
}

/* A number as people write it, such as 1,234.5 or (5) or $2.39 or 43%; NAN where it is none. */
static double number_in(const char *given, char decimal) {
    char plain[MODEL_LONGEST], digits[MODEL_LONGEST];
    const char *text = plain;
    size_t n = 0, first = 0, length;
    for (; *given; given += length) {
        length = digit_at(given, plain + n);
        if (length) {
            n++;
            continue;
        }
        length = strncmp(given, "\342\210\222", 3) ? 1 : 3; /* a minus sign */
        plain[n++] = length == 3 ? '-' : decimal != ',' ? *given
                   : *given == ',' ? '.' : *given == '.' ? ',' : *given;
    }
    const int negative = n > 1 && *text == '(' && text[n - 1] == ')';
    if (negative) plain[n - 1] = 0, text++;
    else plain[n] = 0;
    n = 0;
    if (*text == '-' || *text == '+') digits[n++] = *text++;
    text += space_at(text);
    text += one_of(text, currencies, CURRENCIES);
    text += space_at(text);
    if (!n && (*text == '-' || *text == '+')) digits[n++] = *text++;
    for (; is_digit(text[first]); first++) digits[n++] = text[first];
    text += first;
    if (!first && !(*text == '.' && is_digit(text[1]))) return NAN;
    const size_t width = 0 < first && first < 4 ? one_of(text, groups, GROUPS) : 0;
    for (const char *group = text; width && !strncmp(text, group, width); text += width + 3) {
        size_t k = 0;
        while (k < 3 && is_digit(text[width + k])) k++;
        if (k < 3) break;
        for (k = 0; k < 3; k++) digits[n++] = text[width + k];
    }
    if (*text == '.')
        for (digits[n++] = *text++; is_digit(*text);) digits[n++] = *text++;
    if ((*text == 'e' || *text == 'E') && is_digit(text[1 + (text[1] == '-' || text[1] == '+')]))
        for (int k = 0; k < 2 || is_digit(*text); k++) digits[n++] = *text++;
    digits[n] = 0;
    text += space_at(text);
    text += one_of(text, currencies, CURRENCIES);
    text += space_at(text);
    const double x = strtod(digits, NULL) / (*text == '%' ? 100.0 : 1.0);
    text += *text == '%';
    return *text || !isfinite(x) ? NAN : negative ? -x : x;
}
"""
_INDEX = """
/* The index of a text, which is NAN if it is none of the known ones. */
static double index_of(const char *text, const char *const *known, const int *places, int count) {
    for (int k = 0; k < count; k++)
        if (!strcmp(text, known[k])) return places[k];
    for (int k = 0; k < count; k++)
        if (alike(text, known[k])) return places[k];
    return NAN;
}
"""


def reading(columns: list[dict[str, Any]]) -> Iterator[str]:
    """`model_cell`, and what it needs for these columns."""
    texts = [column["texts"] for column in columns if "texts" in column]
    equal = any([number(text, ".") is not None for known in texts for text in known])
    yield f"enum {{ SPACES = {len(_SPACES)}, MISSING = {len(MISSING)} }};"
    yield f"enum {{ MODEL_LONGEST = {LONGEST} }};"
    yield array_of_texts("missing", sorted(MISSING))
    yield array_of_texts("spaces", _SPACES)
    yield _TEXTS
    if equal or any([not {"texts", "date"} & column.keys() for column in columns]):
        yield f"enum {{ CURRENCIES = {len(CURRENCIES)}, GROUPS = {len(GROUPS)} }};"
        yield array_of_texts("currencies", CURRENCIES)
        yield array_of_texts("groups", GROUPS)
        zeros = [code for code in range(128, 0x20000) if decimal(chr(code), -1) == 0]
        yield f"enum {{ ZEROS = {len(zeros)} }};"
        yield f"static const long zeros[] = {{{', '.join(map(str, zeros))}}};"
        yield _NUMBERS
    yield from dates([column["date"] for column in columns if "date" in column])
    if texts:
        yield _INDEX
    for k, column in enumerate(columns):
        if "texts" in column:
            yield from _spellings(k, column["texts"])
    yield from _cell(columns)


def _spellings(k: int, texts: list[str]) -> Iterator[str]:
    """The texts and their index, and other spellings of those that are no ASCII."""
    known = {
        text: place
        for text, place in known_spellings(texts).items()
        if text in texts or not texts[place].isascii()
    }
    yield array_of_texts(f"spellings{k}", [*known])
    yield f"static const int places{k}[] = {{{', '.join(map(str, known.values()))}}};"


def _cell(columns: list[dict[str, Any]]) -> Iterator[str]:
    yield "/* What model_predict takes for a cell that is a text in UTF-8: NAN where it is blank or"
    yield "   missing, or is none of the texts, no date or no number. */"
    yield "double model_cell(int column, const char *given) {"
    yield "    char text[MODEL_LONGEST];"
    yield "    double index, x;"
    yield "    (void)index, (void)x;"
    yield "    if (!trimmed(given, text, sizeof text)) return NAN;"
    yield "    for (int k = 0; k < MISSING; k++)"
    yield "        if (alike(text, missing[k])) return NAN;"
    yield "    switch (column) {"
    for k, column in enumerate(columns):
        yield f"        case {k}:"
        yield from [f"            {line}" for line in _lines(k, column)]
    yield "    }"
    yield "    return NAN;"
    yield "}"


def _lines(k: int, column: dict[str, Any]) -> Iterator[str]:
    """How a column is read."""
    comma = "','" if column.get("decimal") == "," else "'.'"
    if "date" in column:
        form = column["date"]
        call = "iso_date(text)" if form == "ISO8601" else f"date_in(text, {literal(form)})"
        yield f"return {call};"
    elif "texts" in column:
        count = f"sizeof places{k} / sizeof *places{k}"
        yield f"index = index_of(text, spellings{k}, places{k}, {count});"
        equal = {number(text, "."): place for place, text in enumerate(column["texts"])}
        equal.pop(None, None)
        if equal:
            yield "if (index == index) return index;"
            yield f"x = number_in(text, {comma});"
            yield from [f"if (x == {y!r}) return {place}.0;" for y, place in equal.items()]
            yield "return NAN;"
        else:
            yield "return index;"
    else:
        yield f"return number_in(text, {comma});"
