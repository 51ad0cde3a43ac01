# Completion for fish: share/fish/vendor_completions.d/upgradecheck.fish, or ~/.config/fish/completions/.
function __upgradecheck_asked
    env _UPGRADECHECK_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=$argv[1] _TYPER_COMPLETE_ARGS=(commandline -cp) upgradecheck 2>/dev/null
end
complete --command upgradecheck --no-files --condition "__upgradecheck_asked is-args" --arguments "(__upgradecheck_asked get-args)"
