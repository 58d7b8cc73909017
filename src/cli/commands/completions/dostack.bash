# dostack in bash: source <(dostack completions bash)

_dostack() {
    # Bash breaks words at `:` and `=`, which stand in addresses and flags: what has no blank between
    # it is one word again.
    local line=$COMP_LINE index=0 i word
    local -a words=()
    for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
        word=${COMP_WORDS[i]}
        if ((i > 0)) && [[ $line != [[:space:]]* ]]; then
            words[${#words[@]} - 1]+=$word
        else
            line=${line#"${line%%[![:space:]]*}"}
            words+=("$word")
        fi
        line=${line#"$word"}
        ((i == COMP_CWORD)) && index=$((${#words[@]} - 1))
    done

    # Of a word that it has broken, bash replaces the last part only.
    local current=${words[index]} part=${COMP_WORDS[COMP_CWORD]}
    [[ $part == [:=]* ]] && part=
    local before=${current%"$part"} candidate help
    COMPREPLY=()
    while IFS=$'\t' read -r candidate help; do
        COMPREPLY+=("${candidate#"$before"}")
    done < <(dostack complete "$index" -- "${words[@]}" 2>/dev/null)
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == */ ]] && compopt -o nospace 2>/dev/null
    return 0
}

complete -F _dostack dostack
