# Sourced by ./mill: the build folders, one per kind, under build/.

# build KIND TARGET... : KIND is release, test (sanitizers, for unit tests and simulator) or fuzz.
build() {
  local kind=$1 folder=build/$1 options=()
  shift
  case $kind in
    release) options=(-DCMAKE_BUILD_TYPE=Release) ;;
    test) options=(-DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1" -DMILLRACE_SANITIZE=ON) ;;
    fuzz) options=(-DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1" -DMILLRACE_FUZZ=ON) ;;
    *) die "there is no build \"$kind\"" ;;
  esac
  mkdir -p "$folder"
  if [[ ! -f $folder/build.ninja ]]; then
    say "configuring $folder"
    cmake -S . -B "$folder" -G Ninja -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 "${options[@]}" \
      >"$folder/configure.log" 2>&1 || { rm -f "$folder/build.ninja"; tail -30 "$folder/configure.log" >&2; die "cmake failed"; }
  fi
  # Time stamps from before the build, so that a file edited meanwhile counts as newer.
  touch "$folder/.started"
  if [[ -t 2 ]]; then
    ninja -C "$folder" "$@" >&2 || die "the build failed"
  else
    ninja --quiet -C "$folder" "$@" >&2 || die "the build failed"
  fi
}

# Whether build/release/millrace is newer than everything it is made from. A folder's time changes when files come or
# go, so this needs neither cmake nor ninja and takes milliseconds.
release_is_current() {
  [[ -x build/release/millrace && -f build/release/.current ]] &&
    [[ -z $(find CMakeLists.txt cmake models src tools/generate.py tools/mill -newer build/release/.current -print -quit 2>&1) ]]
}
mark_release() { [[ ! -f build/release/.started ]] || mv build/release/.started build/release/.current; }
