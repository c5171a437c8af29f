# Reads CSV as RFC 4180 describes it, for scripts: awk -f scripts/lib/csv.awk -f YOURS.
#
#   !csv_add($0) { next }        # a record goes on: it holds a line's end between quotes
#   NR is of no use here; use csv_records, csv_fields and csv[1 .. csv_fields].
#
# The first record's fields are names: csv_column[NAME] is the number of a column, csv_is[NAME] whether there is one.

# Adds a line; returns 1 when it ends a record, whose fields are then in csv[].
function csv_add(line,    quotes, text) {
    csv_text = csv_open ? csv_text "\n" line : line
    text = line
    quotes = gsub(/"/, "", text)
    if (quotes % 2) csv_open = !csv_open
    if (csv_open) return 0
    if (csv_records == 0) sub(/^\357\273\277/, "", csv_text) # a byte order mark
    csv_split(csv_text)
    if (++csv_records == 1) csv_name_columns()
    return 1
}

function csv_split(text,    field) {
    sub(/\r$/, "", text)
    csv_fields = 0
    do {
        if (text ~ /^"/ && match(text, /^"([^"]|"")*"/)) {
            field = substr(text, 2, RLENGTH - 2)
            gsub(/""/, "\"", field)
        } else {
            match(text, /^[^,]*/)
            field = substr(text, 1, RLENGTH)
        }
        csv[++csv_fields] = field
        text = substr(text, RLENGTH + 1)
        sub(/^[^,]+/, "", text) # what stands between a quote and a comma is no CSV
    } while (sub(/^,/, "", text))
}

function csv_name_columns(    i) {
    for (i = csv_fields; i >= 1; i--) {
        csv_column[csv[i]] = i
        csv_is[csv[i]] = 1
    }
}

# The field of a column by its name; "" where there is none.
function csv_of(name) { return name in csv_is && csv_column[name] <= csv_fields ? csv[csv_column[name]] : "" }
