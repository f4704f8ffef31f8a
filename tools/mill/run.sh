# Sourced by ./mill: the server in the foreground, and a few lines to begin with.

# run_server FLAGS... : replaces this shell by the server, so that Ctrl-C and signals reach it alone.
run_server() {
  local address=127.0.0.1:4566 previous="" flag
  for flag in "$@"; do
    [[ $previous == --listen ]] && address=$flag
    [[ $flag == --listen=* ]] && address=${flag#--listen=}
    [[ $flag == --help || $flag == -h ]] && address=""
    previous=$flag
  done
  # The greeting waits in a process of its own that is nobody's child, so that the server has none to look after.
  if [[ $address =~ ^(.+):([1-9][0-9]*)$ ]]; then
    (greet "$address" $$ &)
  fi
  exec build/release/millrace serve "$@"
}

# greet HOST:PORT PID
greet() {
  local host=${1%:*} port=${1##*:} url=http://$1 answer
  [[ $host == 0.0.0.0 ]] && url=http://127.0.0.1:$port
  until answer=$(health "$host" "$port" 2>/dev/null) && [[ $answer == *" 200"* ]]; do
    kill -0 "$2" 2>/dev/null || return 0
    sleep 0.02
  done
  kill -0 "$2" 2>/dev/null || return 0
  cat <<TEXT

Millrace answers on $url (Ctrl-C stops it). In another terminal, with the AWS CLI (Debian: apt install awscli):

  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
  aws --endpoint-url $url sqs create-queue --queue-name first
  aws --endpoint-url $url sqs send-message --queue-url $url/000000000000/first --message-body hello
  aws --endpoint-url $url sqs receive-message --queue-url $url/000000000000/first

TEXT
}

# health HOST PORT: the status line of GET /health, without needing curl.
health() {
  local line
  exec 3<>"/dev/tcp/${1//[\[\]]/}/$2"
  printf 'GET /health HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n\r\n' "$1" "$2" >&3
  IFS= read -r -t 2 line <&3
  printf '%s ' "$line"
  exec 3>&-
}
