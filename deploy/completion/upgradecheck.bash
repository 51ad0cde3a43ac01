# Completion for bash: read by bash-completion as share/bash-completion/completions/upgradecheck, or by ". FILE" in ~/.bashrc.
_upgradecheck() {
    local IFS=$'\n'
    # shellcheck disable=SC2207 # one a line, and IFS is the line feed
    COMPREPLY=($(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" _UPGRADECHECK_COMPLETE=complete_bash "$1" 2>/dev/null))
}
complete -o default -F _upgradecheck upgradecheck
