# Completions of vault for fish: vault completions fish > ~/.config/fish/completions/vault.fish
function __vault_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l word (commandline --current-token --cut-at-cursor)
    set -l answer (VLT_COMPLETE=lines command vault -- $words "$word" 2>/dev/null)
    set -l kind (string split ' ' -- "$answer[1]")
    set -e answer[1]
    if test "$kind[1]" = program
        # The command line behind `--` is that of another program.
        set -e words[1..$kind[2]]
        complete --do-complete (string join ' ' -- (string escape -- $words) "$word")
        return
    end
    if set -q answer[1]
        string join \n -- $answer
    end
    if test "$kind[1]" = files
        __fish_complete_path "$word"
    end
end
complete --command vault --no-files --keep-order --arguments '(__vault_complete)'
