#!/usr/bin/env bash
# Compiles the fixtures of the conformance suite into out/. Does nothing when that is newer than the sources.
set -euo pipefail
cd "$(dirname "$0")"

newest() { find build.sh functions layered ../out/nest-function.jar -type f -printf '%T@\n' | sort -n | tail -1; }
if [ -e out/built ] && [ "$(cat out/built)" = "$(newest)" ]; then exit 0; fi

rm -rf out
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compile() { # DIRECTORY CLASSPATH FILES
    javac -Xlint:all -Werror -encoding UTF-8 -g --release 17 -d "$1" -cp "../out/nest-function.jar:$2" "${@:3}"
}
# A package that is a jar, and one with classes/ and lib/.
compile "$work/functions" "" functions/conformance/*.java
mkdir -p out/functions out/layered/package/lib
jar --create --file out/functions/functions.jar -C "$work/functions" .
compile out/layered/one/classes "" layered/one/*.java
compile "$work/two" out/layered/one/classes layered/two/*.java
mkdir -p out/layered/two/lib
jar --create --file out/layered/two/lib/two.jar -C "$work/two" .
compile "$work/own" "" layered/package/Own.java
jar --create --file out/layered/package/lib/own.jar -C "$work/own" .
compile out/layered/package/classes "$work/own:out/layered/one/classes:$work/two" layered/package/Layered.java
# A class of Java 65 - 44 = 21.
mkdir -p out/newer/classes/conformance
cp "$work/functions/conformance/Echo.class" out/newer/classes/conformance/
printf '\x00\x41' | dd of=out/newer/classes/conformance/Echo.class bs=1 seek=6 conv=notrunc status=none
newest > out/built
