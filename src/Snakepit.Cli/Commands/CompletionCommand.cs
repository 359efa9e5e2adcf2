using System.CommandLine;

namespace Snakepit.Cli.Commands;

/// <summary>Prints a script with which a shell completes the command line, by asking the tool what fits.</summary>
internal sealed class CompletionCommand : Command
{
    private static readonly (string Shell, string Install, string Script)[] s_scripts =
    [
        (
            "bash",
            "eval \"$(snakepit completion bash)\"   # in ~/.bashrc",
            """
            _snakepit() {
                local IFS=$'\n' line=${COMP_LINE#* }
                local at=$((COMP_POINT - ${#COMP_LINE} + ${#line}))
                COMPREPLY=($(compgen -W "$(snakepit "[suggest:$at]" "$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _snakepit snakepit
            """),
        (
            "zsh",
            "eval \"$(snakepit completion zsh)\"   # in ~/.zshrc, after compinit",
            """
            _snakepit() {
                local -a fitting
                local line=${BUFFER#* }
                local at=$((CURSOR - ${#BUFFER} + ${#line}))
                fitting=("${(@f)$(snakepit "[suggest:$at]" "$line" 2>/dev/null)}")
                compadd -a fitting
                _files
            }
            compdef _snakepit snakepit
            """),
        (
            "pwsh",
            "snakepit completion pwsh | Out-String | Invoke-Expression   # in $PROFILE",
            """
            Register-ArgumentCompleter -Native -CommandName snakepit -ScriptBlock {
                param($word, $command, $position)
                $whole = "$command"
                $line = ($whole -split ' ', 2)[1]
                $at = [Math]::Max(0, [Math]::Min($position - $whole.Length + $line.Length, $line.Length))
                snakepit "[suggest:$at]" "$line" 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }
            """),
    ];

    public CompletionCommand(Shell shell)
        : base("completion", "Prints a script with which a shell completes this command line.")
    {
        var name = new Argument<string>("SHELL") { Description = "bash, zsh or pwsh." };
        name.AcceptOnlyFromAmong([.. s_scripts.Select(static script => script.Shell)]);
        Arguments.Add(name);
        SetAction(parsed =>
        {
            (_, string install, string script) = s_scripts.Single(script => script.Shell == parsed.GetValue(name));
            shell.Terminal.WriteLine($"# {install}");
            shell.Terminal.WriteLine(script);
        });
    }
}
