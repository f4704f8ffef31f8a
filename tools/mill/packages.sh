# Sourced by ./mill: installs the Debian packages that are missing, and nothing when none is.

# need_packages LIST... : the lists are files of tools/packages/, without ".txt".
need_packages() {
  command -v dpkg-query >/dev/null || return 0  # not Debian: cmake says what it does not find
  local list wanted
  wanted=$(for list in "$@"; do grep -v "^#" "tools/packages/$list.txt"; done)
  install_missing $wanted
}

# Node.js may be there from elsewhere, newer than Debian's: any that is new enough will do.
need_node() {
  local major
  major=$( (node --version 2>/dev/null || true) | sed -n 's/^v\([0-9]*\).*/\1/p')
  [[ ${major:-0} -ge 18 ]] && command -v npm >/dev/null && return 0
  install_missing nodejs npm
}

install_missing() {
  local package missing=()
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^.i' || missing+=("$package")
  done
  [[ ${#missing[@]} -eq 0 ]] && return 0
  local as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null || die "these packages are missing, and there is no sudo to install them: ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  local log=build/packages.log
  mkdir -p build
  "${as_root[@]}" apt-get update -qq >"$log" 2>&1 || true  # the lists that are there may do
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >>"$log" 2>&1 || { tail -20 "$log" >&2; die "apt-get could not install ${missing[*]} (the whole of it: $log)"; }
}
