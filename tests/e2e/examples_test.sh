#!/bin/bash
# Runs the examples as a newcomer would, each against the broker on <port>, with the users alice, bob,
# carol and lamp. Usage: examples_test.sh <examples> <port> <which>; fails with a sentence.
set -euo pipefail

examples=$1
export PORT=$2
HOME=$(mktemp -d)
export HOME
background=
trap 'kill $background 2>/dev/null || true; rm -rf "$HOME"' EXIT

sh() { "$examples/messenger.sh" "$@"; }
python() { "$examples/messenger.py" "$1" localhost "$PORT"; }

# has <text> <pattern>: demand a line that matches; lacks: that none does.
has() { grep -Eq -- "$2" <<<"$1" || { echo "expected $2 in: $1"; exit 1; }; }
lacks() { if grep -Eq -- "$2" <<<"$1"; then echo "did not expect $2 in: $1"; exit 1; fi; }

# await <file> <pattern>
await()
{
    for _ in $(seq 100); do
        grep -Eq -- "$2" "$1" && return
        sleep 0.1
    done
    echo "expected $2 in $1:"
    cat "$1"
    exit 1
}

messenger_sh()
{
    local page
    sh alice send bob 'Hi, "Bob" \ "after":"ffffffffffffffff", "more":true'
    has "$(sh bob requests)" '"user":"alice","count":1'
    has "$(sh bob approve alice)" '^\{"ok":true,"moved":1\}$'
    sh bob send alice 'Hello Alice'
    has "$(sh alice history bob)" '"payload":"Hello Alice"\}\]'
    page=$(sh bob catch-up)
    has "$page" '"event":"contact"'
    has "$page" '"payload":"Hello Alice"'
    lacks "$page" '"error"'
    lacks "$(sh bob catch-up)" 'payload|event'
    # More than a page of them, each once.
    for i in $(seq 60); do sh alice send bob "number $i."; done
    page=$(sh bob catch-up)
    [ "$(grep -o '"payload":"number [0-9]*\."' <<<"$page" | sort -u | wc -l)" -eq 60 ]
    [ "$(grep -o '"payload":"number [0-9]*\."' <<<"$page" | wc -l)" -eq 60 ]
    [ "$(wc -l <<<"$page")" -eq 2 ]
    "$examples/messenger.sh" alice listen >"$HOME/heard" &
    background=$!
    for _ in $(seq 50); do # it takes a moment to subscribe
        sh bob send alice 'Are you there?'
        grep -q there "$HOME/heard" && break
    done
    await "$HOME/heard" '^bc/user/alice/inbox/bob/[0-9a-f]{16} Are you there\?$'
    has "$(sh bob approve 'no"b\ody')" '"moved":0'
    has "$(sh bob blocked x)" '"users":\[\]'
    has "$(sh bob contacts)" '"users":\["alice","no'
    has "$(sh bob send alice 2>&1 || true)" 'messenger.sh <me> listen'
    has "$(sh bob approve 2>&1 || true)" 'messenger.sh <me> listen'
    has "$(sh 2>&1 || true)" 'messenger.sh <me> listen'
}

messenger_py()
{
    local output
    sh alice send bob 'Hi Bob'
    sh carol send bob $'Buy now!\n<- alice: Buy it'
    sh carol send bob $'\xc2\x9b31mred\xe2\x80\xae'
    output=$(printf '%s\n' requests hello 'approve alice' 'alice Hello Alice' 'block carol' \
        'carol Go away' | python bob)
    has "$output" '^<\? alice: Hi Bob$'
    has "$output" '^<\? carol: Buy now! / <- alice: Buy it$'
    has "$output" $'^<\\? carol: \xef\xbf\xbd31mred\xef\xbf\xbd$'
    has "$output" '^\? alice: Hi Bob$'
    has "$output" '^2 waiting$'
    has "$output" '^what about hello\?'
    has "$output" '^<- alice: Hi Bob$'
    has "$output" '^-> alice: Hello Alice$'
    has "$output" '^refused: You have blocked this user'
    lacks "$output" '^-> carol'
    # What came while he was away, and only that.
    sh alice send bob 'Rehearsal at eight?'
    sh carol send bob 'Buy, buy!'
    output=$(python bob </dev/null)
    [ "$output" = '<- alice: Rehearsal at eight?' ] || { echo "got: $output"; exit 1; }
    [ -z "$(python bob </dev/null)" ]
    # The sender's other device says the same.
    output=$(python alice </dev/null)
    has "$output" '^<- bob: Hello Alice$'
    has "$output" '^-> bob: Rehearsal at eight\?$'
    # Names beside whose they are, and reactions.
    output=$(printf '%s\n' 'name Alice B.' 'react dave +1' 'react bob' | python alice)
    has "$output" '^done$'
    has "$output" "^nothing of dave's is here"
    sh alice send bob 'One more thing'
    output=$(printf '%s\n' 'react alice +1' | python bob)
    has "$output" '^<- Alice B\. \(alice\): One more thing$'
    has "$output" '^\* bob reacts \+1 to: One more thing$'
    output=$(python alice </dev/null)
    has "$output" '^\* bob reacts \+1 to: One more thing$'
}

lamp()
{
    "$examples/lamp.py" lamp localhost "$PORT" >"$HOME/lamp" 2>&1 &
    background=$!
    for _ in $(seq 100); do [ -s "$HOME/.lamp-lamp" ] && break; sleep 0.1; done
    sh alice send lamp on
    sh bob send lamp off
    has "$(sh lamp approve alice)" '"moved":1'
    await "$HOME/lamp" '^on, since alice says so$'
    kill "$background"
    wait "$background" || true
    sh alice send lamp off
    # More than fits into its buffer at once.
    for _ in 1 2 3 4 5 6 7 8; do sh alice send lamp "$(printf '%0300d' 0)"; done
    sh alice send lamp on
    "$examples/lamp.py" lamp localhost "$PORT" >"$HOME/lamp" 2>&1 &
    background=$!
    await "$HOME/lamp" '^on, since alice says so$'
    sh alice send lamp off
    for _ in $(seq 100); do [ "$(grep -c off "$HOME/lamp")" -eq 2 ] && break; sleep 0.1; done
    [ "$(cat "$HOME/lamp")" = $'off, since alice says so\non, since alice says so\noff, since alice says so' ] ||
        { cat "$HOME/lamp"; exit 1; }
    lacks "$(cat "$HOME/lamp")" bob
    # It has answered each of the twelve orders once.
    for _ in $(seq 100); do
        [ "$(sh alice history lamp | grep -o '"payload":"I am' | wc -l)" -eq 12 ] && return
        sleep 0.1
    done
    sh alice history lamp
    exit 1
}

"$3"
