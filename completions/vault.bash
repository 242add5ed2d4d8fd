# Completions of vault for bash: source <(vault completions bash)
_vault() {
    local line=${COMP_LINE:0:COMP_POINT} kind='' reply i
    local -a words=() found=()
    # Bash splits words at ":" and "=": join what no space separates.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        if ((i == 0)) || [[ $line == [[:space:]]* ]]; then
            words+=("${COMP_WORDS[i]}")
        else
            words[${#words[@]} - 1]+=${COMP_WORDS[i]}
        fi
        line=${line#"${line%%[![:space:]]*}"}
        line=${line#"${COMP_WORDS[i]}"}
    done
    local word=${words[${#words[@]} - 1]}
    while IFS= read -r reply; do
        if [[ -z $kind ]]; then kind=$reply; else found+=("${reply%%$'\t'*}"); fi
    done < <(VLT_COMPLETE=lines command vault -- "${words[@]}" 2>/dev/null)
    COMPREPLY=("${found[@]}")
    case $kind in
    program*) _vault_program ;;
    files)
        if ((${#found[@]})); then
            while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -f -- "$word")
            compopt -o filenames 2>/dev/null
        else
            compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$word"))
        fi
        ;;
    esac
    # Bash replaces only what is behind the last such character.
    local breaks=${COMP_WORDBREAKS//[^:=]/}
    if [[ $kind == words && -n $breaks && $word == *[$breaks]* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*[$breaks]}"}"}")
    fi
    if [[ $kind == words && ${COMPREPLY[0]-} == *[/:=] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
# The command line behind `--` is that of another program.
_vault_program() {
    local at=1
    while [[ ${COMP_WORDS[at]} != -- ]]; do ((at++)); done
    ((at++))
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$at"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$at"
    elif ((COMP_CWORD == at)); then
        COMPREPLY=($(compgen -c -- "${COMP_WORDS[COMP_CWORD]}"))
    else
        compopt -o default 2>/dev/null
    fi
}
complete -F _vault vault
