#!/usr/bin/python3
"""What names and titles may not have, of every character, by Python's copy of Unicode's data.

    unseen_test.py PROGRAM      which prints a line for each character: number, name?, title?
"""

import subprocess
import sys
import unicodedata

TOPIC = "/+#$@"  # what means something in a topic; '$' and '@' only at the beginning
JOINERS = "\u200c\u200d"


def noncharacter(number):
    return number & 0xfffe == 0xfffe or 0xfdd0 <= number <= 0xfdef


def main():
    lines = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, check=True).stdout.splitlines()
    wrong = []
    for line in lines:
        number, name, title = (int(word, base) for word, base in zip(line.split(), (16, 10, 10)))
        character = chr(number)
        category = unicodedata.category(character)
        unseen = category in ("Cc", "Cf", "Zl", "Zp") or noncharacter(number)
        expected = (not unseen and character not in TOPIC, not unseen or character in JOINERS)
        # What Python's version of Unicode has not assigned yet may be one of these in a newer one.
        if category == "Cn" and not noncharacter(number) and 0x13439 <= number <= 0x1343F:
            expected = (False, False)
        if (bool(name), bool(title)) != expected:
            wrong.append("U+%04X (%s): name %d, title %d" % (number, category, name, title))
    print("%d characters, Unicode %s, %d wrong" % (
        len(lines), unicodedata.unidata_version, len(wrong)))
    print("\n".join(wrong[:50]))
    return 1 if wrong or len(lines) != 0x110000 - 0x800 else 0


sys.exit(main())
