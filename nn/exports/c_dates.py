"""Dates as texts in C: `iso_date(text)` and `date_in(text, form)` give the days since 1970."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_COMMON = r"""
static double days_of(int year, int month, int day) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1 || month < 1 || month > 12 || day < 1) return NAN;
    if (day > lengths[month - 1] + (leap && month == 2)) return NAN;
    const int before = year - 1;
    double days = 365.0 * before + before / 4 - before / 100 + before / 400 + day - 719163.0;
    for (int k = 0; k + 1 < month; k++) days += lengths[k] + (leap && k == 1);
    return days;
}

static double moment_of(const int *date, double second) {
    if (date[3] > 23 || date[4] > 59 || second >= 60.0) return NAN;
    second += 3600.0 * date[3] + 60.0 * date[4];
    return days_of(date[0], date[1], date[2]) + second / 86400.0;
}

/* A whole number of `least` to `most` digits; -1 if there is none. */
static int whole(const char **text, int least, int most) {
    int x = 0, n = 0;
    for (; n < most && is_digit(**text); n++) x = 10 * x + *(*text)++ - '0';
    return n < least ? -1 : x;
}

static double fraction(const char **text) {
    double x = 0.0, unit = 1.0;
    for (; is_digit(**text); (*text)++) x += (unit /= 10.0) * (**text - '0');
    return x;
}

/* The seconds that a time is before that of UTC, of Z or +01:00 at the end; NAN for another end. */
static double zone(const char *text) {
    if (*text == 'Z') return text[1] ? NAN : 0.0;
    if (*text != '+' && *text != '-') return *text ? NAN : 0.0;
    const double sign = *text++ == '-' ? 60.0 : -60.0;
    const int hours = whole(&text, 1, 2);
    text += *text == ':';
    const int minutes = is_digit(*text) ? whole(&text, 1, 2) : 0;
    return *text || hours < 0 || hours > 23 || minutes > 59 ? NAN : sign * (60.0 * hours + minutes);
}
"""
_ISO = r"""
/* The days since 1970 of a date as 2024-03-04T05:06:07, or the beginning of it. */
static double iso_date(const char *text) {
    int date[5] = {whole(&text, 4, 4), 1, 1, 0, 0};
    double second = 0.0;
    if (date[0] < 0 || !*text) return moment_of(date, 0.0);
    if (is_digit(*text)) {
        if ((date[1] = whole(&text, 2, 2)) < 0 || (date[2] = whole(&text, 2, 2)) < 0) return NAN;
    } else {
        const char separator = *text++;
        if (!separator || !strchr("-/. \\", separator)) return NAN;
        if ((date[1] = whole(&text, 1, 2)) < 0) return NAN;
        if (!*text) return moment_of(date, 0.0);
        if (*text++ != separator || (date[2] = whole(&text, 1, 2)) < 0) return NAN;
    }
    if (!*text) return moment_of(date, 0.0);
    if (*text != 'T' && *text != ' ') return NAN;
    const char *start = ++text;
    if ((date[3] = whole(&text, 1, 2)) < 0) return NAN;
    const int colon = *text == ':';
    if (!colon && text - start < 2) return NAN;
    if (colon || is_digit(*text)) {
        text += colon;
        if ((date[4] = whole(&text, 2 - colon, 2)) < 0) return NAN;
        if (colon ? *text == ':' : is_digit(*text)) {
            text += colon;
            if ((second = whole(&text, 2 - colon, 2)) < 0.0) return NAN;
            if (*text == '.') text++, second += fraction(&text);
        }
    }
    text += *text == ' ' && text[1];
    return moment_of(date, second) + zone(text) / 86400.0;
}
"""
_FORMS = r"""
/* The index of a name, of which also three letters may be given; -1 if there is none. */
static int named(const char **text, const char *const *names, int count, int shortened) {
    for (int k = 0; k < count; k++) {
        size_t n = 0;
        const size_t length = shortened ? 3 : strlen(names[k]);
        while (n < length && tolower((unsigned char)(*text)[n]) == names[k][n]) n++;
        if (n == length) return *text += n, k;
    }
    return -1;
}

/* The days since 1970 of a date in a form such as %d/%m/%Y %H:%M; NAN where it is none. */
static double date_in(const char *text, const char *form) {
    static const char *const months[] = {"january", "february", "march", "april", "may", "june",
        "july", "august", "september", "october", "november", "december"};
    static const char *const weekdays[] = {"monday", "tuesday", "wednesday", "thursday",
        "friday", "saturday", "sunday"};
    static const char *const halves[] = {"am", "pm"};
    int date[5] = {1900, 1, 1, 0, 0}, half = -1, hour = 1;
    double second = 0.0, parts = 0.0;
    for (; *form; form++) {
        int found = 0;
        if (isspace((unsigned char)*form)) {
            if (!isspace((unsigned char)*text)) return NAN;
            while (isspace((unsigned char)*text)) text++;
        } else if (*form != '%') {
            if (tolower((unsigned char)*form) != tolower((unsigned char)*text++)) return NAN;
        } else switch (*++form) {
            case 'Y': found = date[0] = whole(&text, 4, 4); break;
            case 'y':
                found = whole(&text, 2, 2);
                date[0] = found + (found < 69 ? 2000 : 1900);
                break;
            case 'm': found = date[1] = whole(&text, 1, 2); break;
            case 'd': found = date[2] = whole(&text, 1, 2); break;
            case 'H': found = date[3] = whole(&text, 1, 2); break;
            case 'I': found = date[3] = hour = whole(&text, 1, 2); break;
            case 'M': found = date[4] = whole(&text, 1, 2); break;
            case 'S': second = found = whole(&text, 1, 2); break;
            case 'f': found = is_digit(*text) - 1; parts = fraction(&text); break;
            case 'b': found = named(&text, months, 12, 1); date[1] = found + 1; break;
            case 'B': found = named(&text, months, 12, 0); date[1] = found + 1; break;
            case 'a': found = named(&text, weekdays, 7, 1); break;
            case 'A': found = named(&text, weekdays, 7, 0); break;
            case 'p': found = half = named(&text, halves, 2, 0); break;
            case 'Z': while (isalpha((unsigned char)*text)) text++; break;
            case 'z': return moment_of(date, second + parts) + zone(text) / 86400.0;
            default: found = -1;
        }
        if (found < 0) return NAN;
    }
    if (hour < 1 || hour > 12) return NAN;
    if (half >= 0 && date[3] <= 12) date[3] = date[3] % 12 + 12 * half;
    return *text ? NAN : moment_of(date, second + parts);
}
"""


def dates(forms: Iterable[str]) -> Iterator[str]:
    """The functions that dates in these forms need."""
    different = {*forms}
    if different:
        yield _COMMON
    if "ISO8601" in different:
        yield _ISO
    if different - {"ISO8601"}:
        yield _FORMS
