# shellcheck shell=bash
# Says an account and its password, and the password before where there is one: account 'USER'@'HOST' PASSWORD BEFORE
account() {
  local password
  password=$(quoted "$2")
  echo "CREATE USER IF NOT EXISTS $1 IDENTIFIED BY $password;"
  if [ -n "$3" ]; then
    echo "ALTER USER $1 IDENTIFIED BY $(quoted "$3");"
    echo "ALTER USER $1 IDENTIFIED BY $password RETAIN CURRENT PASSWORD;"
  else
    echo "ALTER USER $1 IDENTIFIED BY $password;"
    echo "ALTER USER $1 DISCARD OLD PASSWORD;"
  fi
}

quoted() {
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\'\'}"
}

# The statements on standard input. A line `account 'USER'@'HOST' NAME` becomes the statements of an account: `passwords NAME` sets its
# `password` and the one `before`.
statements() {
  local line user name password before
  # The last line may have no end.
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    'account '*)
      read -r _ user name <<<"$line"
      passwords "$name"
      account "$user" "$password" "$before"
      ;;
    *) printf '%s\n' "$line" ;;
    esac
  done
}
