# Makes a manual page of what a script says of itself: SCRIPT --help | awk -v name= -v about= -v date= -v version= -f this.

function escaped(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    gsub(/'/, "\\(aq", text)
    gsub(/…/, "...", text)
    sub(/^\./, "\\\\\\&.", text)
    return text
}

# In lines of few enough bytes, as those who format them like it.
function put(text,    words, count, i, line) {
    count = split(text, words, / +/)
    for (i = 1; i <= count; i++) {
        if (line != "" && length(line) + length(words[i]) > 70) {
            print escaped(line)
            line = ""
        }
        line = line == "" ? words[i] : line " " words[i]
    }
    print escaped(line)
}

NR == 1 {
    sub(/^usage: /, "")
    if (!index($0, name)) sub(/^[^ ]*/, name) # in the sources it has a shorter one
    about = tolower(substr(about, 1, 1)) substr(about, 2)
    sub(/[.:,].*/, "", about)
    print ".TH " toupper(name) " 1 " date " \"pptest " version "\" \"User Commands\""
    print ".SH NAME"
    print escaped(name) " \\- " escaped(about)
    print ".SH SYNOPSIS"
    put($0)
    print ".SH DESCRIPTION"
    next
}
/^(--?[a-z]|Exit status)/ { print ".PP" }
{ put($0) }
END {
    print ".SH SEE ALSO"
    print ".BR pptest (1)"
}
