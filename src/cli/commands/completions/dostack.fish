# dostack in fish: dostack completions fish | source

function __dostack_complete
    set -l before (commandline --cut-at-cursor --current-process --tokenize)
    set -l current (commandline --cut-at-cursor --current-token)
    dostack complete (count $before) -- $before "$current" 2>/dev/null
end

complete --command dostack --no-files --arguments '(__dostack_complete)'
