# Runs a command that must not outlive the process that holds our standard input.
# usage: sh -c "$(cat tether.sh)" tether FOLDER COMMAND [ARGUMENT...]
# When the input ends, or on TERM, the command gets TERM and 2 s later its whole process group KILL.
# FOLDER is the command's scratch folder; it goes when the command has gone.
# The command gets a session of its own: a Ctrl-C at the terminal is not its business.
folder=$1
shift
trap '' INT HUP
trap 'stop' TERM
exec 3<&0 </dev/null

own=
command -v setsid >/dev/null 2>&1 && own=setsid
$own "$@" 3<&- &
child=$!
# From here on only the command prints: the reader may be gone, and SIGPIPE would end us too early.
exec >/dev/null 2>&1

stop() {
  kill -TERM "$child"
  tries=0
  while kill -0 "$child" && [ "$tries" -lt 20 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -KILL -- "-$child" || kill -KILL "$child"
}

(
  trap - TERM
  while read -r _; do :; done <&3
  stop
) &
watcher=$!

wait "$child"
status=$?
kill -KILL "$watcher"
kill -KILL -- "-$child"
rm -rf "$folder"
exit "$status"
