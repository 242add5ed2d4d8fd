#compdef vault
# Completions of vault for zsh: vault completions zsh > "${fpath[1]}/_vault"
_vault() {
    local -a answer kind found open
    local line value described
    answer=("${(@f)$(VLT_COMPLETE=lines command vault -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    kind=(${=answer[1]})
    if [[ $kind[1] == program ]]; then
        # The command line behind `--` is that of another program.
        shift $kind[2] words
        (( CURRENT -= kind[2] ))
        _normal
        return
    fi
    for line in "${(@)answer[2,-1]}"; do
        value=${line%%$'\t'*}
        described=${value//:/\\:}
        [[ $line == *$'\t'* ]] && described+=:${line#*$'\t'}
        if [[ $value == *[/:=] ]]; then open+=("$described"); else found+=("$described"); fi
    done
    (( $#open )) && _describe -V value open -S ''
    (( $#found )) && _describe -V value found
    [[ $kind[1] == files ]] && _files
}
if [[ $funcstack[1] == _vault ]]; then
    _vault "$@"
else
    compdef _vault vault
fi
