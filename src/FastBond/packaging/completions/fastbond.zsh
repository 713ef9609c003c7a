#compdef fastbond
# zsh completion of fastbond: the program knows its grammar.
_fastbond() {
  local -a words_known
  words_known=(${(f)"$(fastbond "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)"})
  compadd -Q -S '' -- ${(M)words_known:#*=}
  compadd -- ${words_known:#*=}
}
_fastbond "$@"
