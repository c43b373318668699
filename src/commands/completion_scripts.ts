// Nothing that was typed is ever evaluated: `vantage x $(rm -r ~)` followed by Tab must be harmless.

const bash = `# bash completion for vantage; put in ~/.bashrc: source <(vantage completion bash)
_vantage() {
  local line="\${COMP_LINE:0:COMP_POINT}" current kept value description
  local -a words
  IFS=$' \\t\\n' read -r -a words <<< "$line"
  case "$line" in *[[:space:]]) words+=("") ;; esac
  current="\${words[\${#words[@]}-1]}"
  unset "words[\${#words[@]}-1]"
  # Bash replaces only what follows the last of its own word breaks, such as =. An @ it replaces too.
  kept="\${current%"\${current##*[$COMP_WORDBREAKS]}"}"
  kept="\${kept%@}"
  COMPREPLY=()
  while IFS=$'\\t' read -r value description; do
    case "$value" in
      :paths) compopt -o default 2>/dev/null ;;
      ?*) COMPREPLY+=("\${value#"$kept"}") ;;
    esac
  done < <(vantage complete -- "\${words[@]:1}" ":$current" 2>/dev/null)
}
complete -F _vantage vantage`;

const zsh = `#compdef vantage
# zsh completion for vantage; put in ~/.zshrc, behind compinit: source <(vantage completion zsh)
_vantage() {
  local line
  local -a described
  for line in "\${(@f)$(vantage complete -- "\${(@)words[2,CURRENT-1]}" ":$PREFIX" 2>/dev/null)}"; do
    if [[ $line == :paths ]]; then
      _files
      return
    fi
    [[ -n $line ]] && described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe vantage described
}
if [[ $funcstack[1] == _vantage ]]; then _vantage "$@"; else compdef _vantage vantage; fi`;

const fish =
  `# fish completion for vantage; put in ~/.config/fish/config.fish: vantage completion fish | source
function __vantage_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (vantage complete -- $words[2..-1] ":$current" 2>/dev/null)
        if test "$line" = ":paths"
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c vantage -f -a '(__vantage_complete)'`;

const powershell = `# PowerShell completion for vantage; put in $PROFILE:
#   vantage completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName vantage -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
    vantage complete '--' @words ":$wordToComplete" 2>$null | ForEach-Object {
        $value, $description = $_ -split "\`t", 2
        if ($value -ne ':paths') {
            if (-not $description) { $description = $value }
            [System.Management.Automation.CompletionResult]::new(
                $value, $value, 'ParameterValue', $description)
        }
    }
}`;

/** For each shell, the script that completes `vantage`: it asks `vantage complete` at every Tab. */
export const COMPLETION_SCRIPTS = { bash, zsh, fish, powershell } as const;
