# fish completion of fastbond: the program knows its grammar.
function __fastbond_words
  set -l line (commandline -cp)
  fastbond "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
end
complete -c fastbond -f -a '(__fastbond_words)'
