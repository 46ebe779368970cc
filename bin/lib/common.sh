# Finds Java, Maven, the built jars and a Spark home for the scripts in bin/. To be sourced, with
# $root set to the folder of the repository. Messages go to stderr.
# shellcheck shell=bash

: "${root:?}"

say() {
  printf 'sparkmm: %s\n' "$*" >&2
}

die() {
  say "$1"
  exit "${2:-1}"
}

# Sets java_bin and java_major.
find_java() {
  if [[ -n ${JAVA_HOME:-} ]]; then
    java_bin=$JAVA_HOME/bin/java
    [[ -x $java_bin ]] ||
      die "Cannot run $java_bin: JAVA_HOME must name a JDK 17 or newer, or be unset" 2
  else
    java_bin=$(command -v java) ||
      die "Cannot find java: install a JDK 17 or newer, or set JAVA_HOME" 2
  fi
  local text
  text=$("$java_bin" -version 2>&1) || die "Cannot run $java_bin: $text" 2
  [[ $text =~ version\ \"([0-9]+) ]] || die "Cannot tell the version of $java_bin: $text" 2
  java_major=${BASH_REMATCH[1]}
  ((java_major >= 17)) ||
    die "Cannot use Java $java_major of $java_bin: SparkMM needs 17 or newer; set JAVA_HOME" 2
}

need_maven() {
  command -v mvn >/dev/null ||
    die "Cannot find mvn, which builds SparkMM on first use: install Maven 3.8 or newer" 2
  local real=$java_bin
  real=$(readlink -f "$java_bin" 2>/dev/null) || real=$java_bin
  [[ -x $(dirname "$real")/javac ]] ||
    die "Cannot build with $java_bin: it is a runtime without javac; set JAVA_HOME to a JDK" 2
}

# step TEXT LOG COMMAND...: one line with the time it took; the end of the log when it fails.
step() {
  local text=$1 log=$2 begin=$SECONDS
  shift 2
  printf 'sparkmm: %s ... ' "$text" >&2
  if "$@" >"$log" 2>&1 </dev/null; then
    printf '%d s\n' "$((SECONDS - begin))" >&2
  else
    printf 'failed after %d s\n' "$((SECONDS - begin))" >&2
    tail -n 30 "$log" >&2
    die "Cannot finish: $text; the whole log is $log"
  fi
}

# Two calls at the same time must not build the same folder.
take_lock() {
  mkdir -p "$state"
  if command -v flock >/dev/null; then
    exec 9>"$state/lock"
    if ! flock -n 9; then
      say "waiting for another sparkmm that is building"
      flock 9
    fi
  fi
}

release_lock() {
  { exec 9>&-; } 2>/dev/null || true
}

# Which line of Spark to build for: sets maven_profile, target and state.
choose_line() {
  local line=${SPARKMM_SPARK:-}
  if [[ -n ${SPARK_HOME:-} ]]; then
    check_spark_home
    [[ $spark_version == 3.5.* ]] && line=3.5
  fi
  case $line in
    '' | 4.2)
      maven_profile=()
      target=target
      ;;
    3.5)
      maven_profile=(-Pspark-3.5)
      target='target-3.5'
      ;;
    *) die "Cannot build for Spark $line: SPARKMM_SPARK must be 4.2 or 3.5" 2 ;;
  esac
  state=$root/$target/sparkmm
}

# Checks a Spark home of the user's and sets spark_version.
check_spark_home() {
  [[ -x $SPARK_HOME/bin/spark-submit ]] ||
    die "Cannot use SPARK_HOME $SPARK_HOME: it has no bin/spark-submit; correct or unset it" 2
  local jars=("$SPARK_HOME"/jars/spark-core_2.*.jar)
  [[ ${jars[0]} =~ spark-core_(2\.[0-9]+)-([0-9.]+).*\.jar$ && -f ${jars[0]} ]] ||
    die "Cannot use SPARK_HOME $SPARK_HOME: it has no jars/spark-core_*.jar" 2
  spark_version=${BASH_REMATCH[2]}
  [[ ${BASH_REMATCH[1]} == 2.13 ]] ||
    die "Cannot use Spark of SPARK_HOME $SPARK_HOME: it is built for Scala ${BASH_REMATCH[1]}, SparkMM needs 2.13" 2
  case $spark_version in
    3.5.* | 4.*) ;;
    *) die "Cannot use Spark $spark_version of SPARK_HOME $SPARK_HOME: SparkMM needs 3.5 or 4.x" 2 ;;
  esac
}

is_built() {
  [[ -f $state/built ]] || return 1
  app=$state/$(<"$state/built")
  [[ -d $app && -d $lib ]] || return 1
  # Folders count too: a file that was deleted or renamed changes the time of its folder.
  local newer
  newer=$(find "$root/pom.xml" "$root"/*/pom.xml "$root"/*/src/main -newer "$state/built" \
    -print -quit 2>/dev/null)
  [[ -z $newer ]]
}

# Builds the modules unless they are up to date; sets app (thin jars) and lib (their dependencies).
ensure_built() {
  lib=$state/lib
  is_built && return
  need_maven
  take_lock
  if ! is_built; then
    # Sources that change while the build runs must look newer than it.
    : >"$state/begun"
    local fresh=$state/lib.new
    rm -rf "$fresh"
    step "building the modules (a first build downloads a few hundred MB)" "$state/build.log" \
      build_modules "$fresh"
    collect "$fresh"
    # Jobs may still run from older folders; the newest three are kept.
    local old
    # shellcheck disable=SC2012  # names are ours: app-<digits>
    while IFS= read -r old; do
      rm -rf "${state:?}/$old"
    done < <(cd "$state" && ls -d app-* | sort -r | tail -n +4)
  fi
  release_lock
}

build_modules() {
  # Formatting and dependency rules are for those who change the sources; "mvn verify" checks them.
  mvn -B -ntp -f "$root/pom.xml" ${maven_profile[@]+"${maven_profile[@]}"} \
    package dependency:copy-dependencies -pl training-job -am \
    -Dmaven.test.skip=true -Dspotless.check.skip=true -Denforcer.skip=true \
    -DincludeScope=runtime -DexcludeGroupIds=io.sparkmm -DoutputDirectory="$1"
}

# Puts what was built where running jobs are not disturbed by the next build.
collect() {
  local fresh=$1 name jar version
  # The folder stays as it is when nothing changed: jobs may be running from it.
  if [[ -d $lib ]] && diff -rq "$fresh" "$lib" >/dev/null; then
    rm -rf "$fresh"
  else
    rm -rf "$lib"
    mv "$fresh" "$lib"
  fi
  version=$(sed -n 's:^  <version>\(.*\)</version>.*:\1:p' "$root/pom.xml" | head -n 1)
  name=app-$(date +%Y%m%d%H%M%S)
  mkdir -p "$state/$name"
  for jar in "$root"/*/"$target"/sparkmm-*-"$version.jar"; do
    cp "$jar" "$state/$name/"
  done
  printf '%s\n' "$name" >"$state/begun.name"
  touch -r "$state/begun" "$state/begun.name"
  mv "$state/begun.name" "$state/built"
  rm -f "$state/begun"
  app=$state/$name
}

# Makes a Spark home unless SPARK_HOME names one; exports SPARK_HOME.
ensure_spark_home() {
  if [[ -n ${SPARK_HOME:-} ]]; then
    export SPARK_HOME
    return
  fi
  SPARK_HOME=$root/$target/spark-home
  export SPARK_HOME
  local source=$root/bin/spark-home wanted
  wanted=$(spark_home_key "$source")
  if ! has_spark_home "$wanted"; then
    need_maven
    take_lock
    has_spark_home "$wanted" || make_spark_home "$source" "$wanted"
    release_lock
  fi
  local jars=("$SPARK_HOME"/jars/spark-core_2.13-*.jar)
  [[ ${jars[0]} =~ -([0-9.]+)\.jar$ ]]
  # shellcheck disable=SC2034  # read by the scripts that source this file
  spark_version=${BASH_REMATCH[1]}
}

has_spark_home() {
  [[ -f $SPARK_HOME/made-from && $(<"$SPARK_HOME/made-from") == "$1" ]]
}

# What the home depends on: its own sources and the versions it is made of.
spark_home_key() {
  {
    cat "$1"/pom.xml "$1"/bin/* "$1"/conf/*
    grep -E '<(hadoop|jackson|parquet|scala\.binary|slf4j|spark)\.version>' "$root/pom.xml"
  } | cksum
}

make_spark_home() {
  local source=$1 fresh=$SPARK_HOME.new
  rm -rf "$fresh"
  mkdir -p "$fresh/jars"
  step "making a Spark home" "$state/spark-home.log" \
    mvn -B -ntp -f "$source/pom.xml" ${maven_profile[@]+"${maven_profile[@]}"} \
    dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$fresh/jars"
  cp -R "$source/bin" "$source/conf" "$fresh/"
  chmod +x "$fresh"/bin/*
  printf '%s\n' "$2" >"$fresh/made-from"
  rm -rf "$SPARK_HOME"
  mv "$fresh" "$SPARK_HOME"
}

# Everything that a command needs.
prepare_all() {
  find_java
  case $root in
    *[:,]*) die "Cannot run from $root: a class path cannot hold a colon or a comma" 2 ;;
  esac
  choose_line
  ensure_built
  ensure_spark_home
}
