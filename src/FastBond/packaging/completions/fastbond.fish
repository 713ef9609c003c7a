# fish completion of fastbond: the program knows its grammar.
complete -c fastbond -f -a '(fastbond "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
