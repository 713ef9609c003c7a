# bash completion of fastbond: the program knows its grammar.
_fastbond() {
  local IFS=$'\n' word=${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=($(compgen -W "$(fastbond "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "$word"))
  [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
}
complete -F _fastbond fastbond
