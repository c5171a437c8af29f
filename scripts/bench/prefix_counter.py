#!/usr/bin/python3
"""The counting of the `prefix` task in Python, as a peer to be measured against.

usage: prefix_counter.py WORDS DELTA WORD_BYTES PREFIX DOCUMENTS

Counts the prefixes of 1 to PREFIX letters of random words in a collections.Counter, whose loop over a list is written in
C, and prints the milliseconds that one document takes on average. The documents are there before the clock runs.
"""
import collections
import random
import string
import sys
import time


def document(words, word_bytes):
    letters = random.choices(string.ascii_lowercase, k=words * word_bytes)
    text = "".join(letters)
    return [text[i:i + word_bytes] for i in range(0, len(text), word_bytes)]


def main():
    words, delta, word_bytes, prefix, count = map(int, sys.argv[1:])
    documents = [document(words + delta if i % 2 == 0 else words - delta, word_bytes) for i in range(count)]
    counts = collections.Counter()
    start = time.perf_counter()
    for words_of_document in documents:
        for length in range(1, prefix + 1):
            counts.update([word[:length] for word in words_of_document])
    answer = {which: often for which, often in counts.items() if often > 3}
    spent = time.perf_counter() - start
    assert answer and sum(often for which, often in counts.items() if len(which) == 1) == sum(map(len, documents))
    print(1e3 * spent / count)


if __name__ == "__main__":
    main()
