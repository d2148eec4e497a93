#!/usr/bin/env bash
# Builds the runtime and its tests, and runs them with JUnit (Debian: junit5). usage: test.sh [CLASS...]
set -euo pipefail
cd "$(dirname "$0")"
./build.sh

jars=$(find /usr/share/java -maxdepth 1 \( -name 'junit-jupiter*.jar' -o -name 'junit-platform*.jar' -o -name 'opentest4j.jar' \
    -o -name 'apiguardian-api.jar' -o -name 'picocli.jar' -o -name 'univocity-parsers.jar' \) \
    -not -name '*standalone*' -not -name '*-[0-9]*.jar' -printf '%p:' )
[ -n "$jars" ] || { echo 'JUnit is missing: apt-get install junit5' >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
work=$(cd "$work" && pwd)

# Tests are compiled into the module that they test, so that they see what it keeps to itself.
javac -J-XX:TieredStopAtLevel=1 -J-XX:+UseSerialGC -Xlint:all,-exports,-removal,-options,-processing,-path -Werror -encoding UTF-8 -g -d "$work/tests" -source 17 -target 17 \
    --module-path out --class-path "$jars" --add-modules dev.nest.host,jdk.compiler --patch-module dev.nest.host=test \
    --add-reads dev.nest.host=ALL-UNNAMED --add-reads dev.nest.host=java.compiler \
    --add-exports java.base/jdk.internal.misc=dev.nest.host $(find test/dev -name '*.java')

opens=()
for package in channel http handler sandbox isolation; do opens+=(--add-opens "dev.nest.host/dev.nest.host.$package=ALL-UNNAMED"); done
junit() { # CLASS...
    local selected=()
    for class in "$@"; do selected+=(-c "$class"); done
    java @options -Xmx256m --module-path out --add-modules dev.nest.host,jdk.compiler --patch-module "dev.nest.host=$work/tests" \
        --add-reads dev.nest.host=ALL-UNNAMED --add-reads dev.nest.host=java.compiler "${opens[@]}" \
        -Dnest.out="$PWD/out" -Dnest.test="$PWD/test" -Djava.io.tmpdir="$work" -cp "$jars" \
        org.junit.platform.console.ConsoleLauncher --disable-banner --disable-ansi-colors --details=summary \
        ${NEST_TEST_REPORTS:+--reports-dir "$NEST_TEST_REPORTS/$1"} --fail-if-no-tests "${selected[@]}"
}
classes() { find "$@" -name '*Test.java' -printf '%P\n' | sort | sed 's/\.java$//; s|/|.|g'; }

if [ $# -gt 0 ]; then
    junit "$@"
    exit
fi
# The isolation is made once in a JVM, and wants it for itself; it waits most of its time, so that others may run beside it.
junit $(classes test | grep -vF .isolation.) > "$work/others" 2>&1 &
others=$!
status=0
junit $(classes test | grep -F .isolation.) || status=$?
wait "$others" || status=$?
cat "$work/others"
exit "$status"
