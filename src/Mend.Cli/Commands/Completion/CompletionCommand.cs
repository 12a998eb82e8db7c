using System.CommandLine;

namespace Mend.Cli;

/// <summary>`mend completion`: a script that makes a shell complete commands and options; it asks `mend` itself.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # mend completion for bash. Load it with: source <(mend completion bash)
        _mend_complete() {
            local line="${COMP_LINE#* }" skipped
            skipped=$(( ${#COMP_LINE} - ${#line} ))
            local IFS=$'\n'
            COMPREPLY=( $(compgen -W "$(mend "[suggest:$(( COMP_POINT - skipped ))]" "$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}") )
        }
        complete -o default -F _mend_complete mend
        """;

    private const string Zsh = """
        #compdef mend
        # mend completion for zsh. Load it with: source <(mend completion zsh)
        _mend_complete() {
            local line="${BUFFER#* }"
            local skipped=$(( ${#BUFFER} - ${#line} ))
            local -a found
            found=("${(@f)$(mend "[suggest:$(( CURSOR - skipped ))]" "$line" 2>/dev/null)}")
            if [[ -n "${found[1]}" ]]; then
                compadd -a found
            fi
            _files
        }
        compdef _mend_complete mend
        """;

    private const string Fish = """
        # mend completion for fish. Load it with: mend completion fish | source
        function __mend_complete
            set -l whole (commandline -cp)
            set -l line (string replace -r '^\s*\S+\s?' '' -- $whole)
            mend "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c mend -a '(__mend_complete)'
        """;

    private const string Pwsh = """
        # mend completion for PowerShell. Load it with: mend completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName mend -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $whole = $commandAst.ToString().PadRight($cursorPosition)
            $line = $whole -replace '^\s*\S+\s?', ''
            mend "[suggest:$($cursorPosition - ($whole.Length - $line.Length))]" "$line" 2>$null |
                Where-Object { $_ -like "$wordToComplete*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    public static Command Create(CliHost host)
    {
        Argument<string> shell = new("shell") { Description = "The shell." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        Command command = new("completion", "Print a script that makes a shell complete `mend`.") { shell };
        command.SetAction(parsed =>
        {
            host.Out.WriteLine(parsed.GetRequiredValue(shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                "fish" => Fish,
                _ => Pwsh,
            });
            return ExitCode.Ok;
        });
        return command;
    }
}
