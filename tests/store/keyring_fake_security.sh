#!/bin/sh
# Stands in for macOS's /usr/bin/security: generic passwords as files in $FAKE_KEYCHAIN/items, by the
# tool's documented syntax and its source (SecurityTool/macOS: security.c, keychain_find.c). What it
# is given is logged to $FAKE_KEYCHAIN/args and $FAKE_KEYCHAIN/stdin.
set -f
items=$FAKE_KEYCHAIN/items
printf '%s\n' "$*" >>"$FAKE_KEYCHAIN/args"

run() {
  [ ! -e "$FAKE_KEYCHAIN/status" ] || return "$(cat "$FAKE_KEYCHAIN/status")"
  command=$1
  shift
  account='' service='' secret='' update='' print=''
  while [ $# -gt 0 ]; do
    case $command:$1 in
      *:-a) account=$2 && shift ;;
      *:-s) service=$2 && shift ;;
      add-generic-password:-w) secret=$2 && shift ;;
      add-generic-password:-U) update=yes ;;
      find-generic-password:-w) print=yes ;;
      *) echo "usage: $command" >&2 && return 2 ;;
    esac
    shift
  done
  file=$items/$account/$service/=
  case $command in
    add-generic-password)
      [ -z "$update" ] && [ -e "$file" ] && return 45
      [ -d "${file%/=}" ] || mkdir -p "${file%/=}"
      [ -e "$FAKE_KEYCHAIN/forgetful" ] || printf '%s\n' "$secret" >"$file"
      ;;
    find-generic-password)
      [ -e "$file" ] || return 44
      if [ -n "$print" ]; then cat "$file"; fi
      ;;
    delete-generic-password)
      [ -e "$file" ] || return 44
      rm "$file"
      ;;
    dump-keychain)
      cd "$items" || return 1
      find . -name = | awk -F/ '{
        account = $2
        service = $0
        sub(/^\.\/[^\/]*\//, "", service)
        sub(/\/=$/, "", service)
        print "keychain: \"/Users/ada/Library/Keychains/login.keychain-db\"\nversion: 512"
        print "class: \"genp\"\nattributes:\n    0x00000007 <blob>=\"" service "\""
        print "    \"acct\"<blob>=\"" account "\"\n    \"desc\"<blob>=<NULL>"
        print "    \"mdat\"<timedate>=0x32303236  \"2026\\000\"\n    \"svce\"<blob>=\"" service "\""
      }'
      ;;
    *) echo "security: unknown command \"$command\"" >&2 && return 1 ;;
  esac
}

if [ "$1" != -i ]; then
  run "$@"
  exit
fi
status=0
while IFS= read -r line; do
  printf '%s\n' "$line" >>"$FAKE_KEYCHAIN/stdin"
  [ ${#line} -lt 4096 ] || exit 99 # MAX_LINE_LEN: the rest would be the next command
  run $line # it splits at white space; there are no quotes to take off
  status=$?
done
exit $status
