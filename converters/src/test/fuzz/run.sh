#!/bin/sh
# Fuzzes one of the readers, guided by coverage, with the golden files as seeds.
#
#   converters/src/test/fuzz/run.sh TARGET SECONDS [FOLDER]
#
# TARGET is Safetensors, Pickle, Torch, TorchPickle or DcpMetadata; FOLDER keeps what was found
# (corpus, crashes) and is target/fuzz by default. A run that finds nothing ends with exit code 0.
# Jazzer, the fuzzer, comes from Maven's repository and is no dependency of the build.
set -eu

target=$1
seconds=$2
module=$(cd "$(dirname "$0")/../../.." && pwd)
work=${3:-$module/target/fuzz}
version=0.24.0
golden=$module/src/test/golden

mkdir -p "$work/classes" "$work/corpus/$target" "$work/seeds/$target" "$work/crashes"
work=$(cd "$work" && pwd)

cd "$module/.."
for artifact in jazzer jazzer-api; do
  mvn -q -B -N dependency:copy -Dartifact=com.code-intelligence:$artifact:$version \
      -DoutputDirectory="$work"
done
mvn -q -B -pl converters -am test-compile dependency:build-classpath \
    -Dmdep.outputFile="$work/classpath" -Dmdep.includeScope=test
jazzer=$work/jazzer-$version.jar:$work/jazzer-api-$version.jar
classpath=$jazzer:$(cat "$work/classpath")
# A copy, so that building goes on during a long run.
cp -r "$module/target/classes/." "$module/../conf/target/classes/." "$work/classes"
javac -d "$work/classes" -cp "$work/classes:$classpath" "$module"/src/test/fuzz/io/sparkmm/convert/fuzz/*.java

case $target in
  Safetensors) find "$golden" -name '*.safetensors' -exec cp {} "$work/seeds/$target" \; ;;
  Pickle) find "$golden/torch" -name 'plain*.pkl' -exec cp {} "$work/seeds/$target" \; ;;
  Torch) find "$golden/torch" -name '*.pt' -exec cp {} "$work/seeds/$target" \; ;;
  TorchPickle)
    for file in "$golden"/torch/types.pt "$golden"/torch/views.pt "$golden"/torch/run.pt; do
      unzip -p "$file" '*/data.pkl' > "$work/seeds/$target/$(basename "$file").pkl"
    done ;;
  DcpMetadata)
    number=0
    find "$golden" -name .metadata | while read -r file; do
      number=$((number + 1))
      cp "$file" "$work/seeds/$target/$number"
    done ;;
  *) echo "unknown target $target" >&2; exit 2 ;;
esac

# Each run writes its input to one file; in memory where the system has such a folder.
temporary=$work/crashes
[ -d /dev/shm ] && temporary=/dev/shm

cd "$work/crashes"
exec nice -n 19 java -Xmx256m -XX:+UseSerialGC -Djava.io.tmpdir="$temporary" \
    -cp "$work/classes:$classpath" \
    com.code_intelligence.jazzer.Jazzer \
    --target_class="io.sparkmm.convert.fuzz.${target}Fuzzer" \
    --instrumentation_includes='io.sparkmm.convert.**' \
    --reproducer_path="$work/crashes" \
    "$work/corpus/$target" "$work/seeds/$target" \
    -max_total_time="$seconds" -max_len=20000 -timeout=60 -rss_limit_mb=1500
