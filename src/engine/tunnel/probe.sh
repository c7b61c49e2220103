# Says where an engine's socket may be on this machine, and who may use it. Changes nothing.
# Each line: pilothouse, then words, divided by tabs.
say() { printf 'pilothouse'; for word in "$@"; do printf '\t%s' "$word"; done; echo; }
look() {
  [ -n "$2" ] || return 0
  if [ ! -S "$2" ]; then
    say missing "$1" "$2"
  elif [ -w "$2" ]; then
    say usable "$1" "$2"
  else
    say closed "$1" "$2" "$(ls -ld "$2" 2>/dev/null | awk '{ print $3, $4 }')"
  fi
}
address() {
  case $2 in
    unix://*) look "$1" "${2#unix://}" ;;
    tcp://*) say tcp "$1" "${2#tcp://}" ;;
    ?*) say other "$1" "$2" ;;
  esac
}
say user "$(id -un 2>/dev/null)"
if command -v docker >/dev/null 2>&1; then say docker; fi
if [ -n "$GIVEN" ]; then
  look given "$GIVEN"
elif [ -n "$DOCKER_HOST" ]; then
  address DOCKER_HOST "$DOCKER_HOST"
else
  context=$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null)
  address 'its docker context' "$context"
  look Docker /var/run/docker.sock
  run=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
  look 'rootless Docker' "$run/docker.sock"
  look 'rootless Docker' "$HOME/.docker/run/docker.sock"
  look 'Docker Desktop' "$HOME/.docker/desktop/docker.sock"
  look Colima "$HOME/.colima/default/docker.sock"
  look 'rootless Podman' "$run/podman/podman.sock"
  look Podman /run/podman/podman.sock
fi
say end
