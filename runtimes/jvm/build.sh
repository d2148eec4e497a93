#!/usr/bin/env bash
# Builds what the host needs into out/, or the directory that is given. Does nothing when that is newer than the sources.
set -euo pipefail
cd "$(dirname "$0")"
out=${1:-out}

newest() { find build.sh options function host native warm-up -type f -printf '%T@\n' | sort -n | tail -1; }
# Whoever builds at the same time waits, and finds it done.
mkdir -p "$out"
exec 9>"$out/lock"
flock 9
if [ -e "$out/built" ] && [ "$(cat "$out/built")" = "$(newest)" ]; then exit 0; fi

stamp=$(newest)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compile() { # MODULE SOURCES [OPTIONS]
    javac -J-XX:TieredStopAtLevel=1 -J-XX:+UseSerialGC -Xlint:all,-exports -Werror -encoding UTF-8 -g -d "$work/$1" --module-path "$work" "${@:3}" \
        $(find "$2" -name '*.java')
}
compile dev.nest.function function --release 17
# Of Java's own, not for everyone: making channels of descriptors; ending the last traces of a function.
compile dev.nest.host host -source 17 -target 17 -Xlint:-removal,-options \
    --add-exports java.base/sun.nio.ch=dev.nest.host --add-exports java.base/jdk.internal.misc=dev.nest.host

mkdir -p "$work/new"
jar --create --file "$work/new/nest-function.jar" -C "$work/dev.nest.function" .
jar --create --file "$work/new/nest-host.jar" --main-class dev.nest.host.Main -C "$work/dev.nest.host" .
cc -O2 -Wall -Wextra -Wno-unused-parameter -Werror -fPIC -shared -o "$work/new/libnest.so" native/descriptors.c

mkdir -p "$work/new/warm-up"
javac -J-XX:TieredStopAtLevel=1 -Xlint:all -Werror -encoding UTF-8 --release 17 -d "$work/new/warm-up/classes" \
    -cp "$work/new/nest-function.jar" warm-up/WarmUp.java

rm -rf "$out"/{nest.jsa,built,warm-up}
mv "$work/new/"* "$out/"

# A host that finds no channel serves its warm-up and ends; what it has loaded by then is the archive. Without it a host only boots
# slower, but half of one crashes it: so it is tried before it is in its place.
out=$(cd "$out" && pwd)
here=$(pwd)
host() { # OPTION
    (cd "$work" && java @"$here/options" -Xmx256m "$1" --module-path "$out" -m dev.nest.host/dev.nest.host.Main 3</dev/null >/dev/null 2>&1)
}
if host -XX:ArchiveClassesAtExit="$work/nest.jsa" && host -XX:SharedArchiveFile="$work/nest.jsa"; then
    mv "$work/nest.jsa" "$out/nest.jsa.part"
    mv "$out/nest.jsa.part" "$out/nest.jsa"
fi
printf '%s' "$stamp" > "$out/built"
