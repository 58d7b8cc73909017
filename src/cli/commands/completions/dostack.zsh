#compdef dostack
# dostack in zsh: source <(dostack completions zsh), or this file as _dostack in a folder of $fpath

_dostack() {
    local -a lines values shown folders
    local line value
    lines=("${(@f)$(dostack complete $((CURRENT - 1)) -- "${(@)words}" 2>/dev/null)}")
    for line in $lines; do
        value=${line%%$'\t'*}
        if [[ $value == */ ]]; then
            folders+=("$value")
        else
            values+=("$value")
            shown+=("$value  ${line#*$'\t'}")
        fi
    done
    (( $#folders )) && compadd -S '' -- $folders
    (( $#values )) && compadd -l -d shown -- $values
}

if [[ $funcstack[1] == _dostack ]]; then
    _dostack "$@"
else
    compdef _dostack dostack
fi
