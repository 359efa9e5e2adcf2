using System.CommandLine;

namespace Snakepit.Cli.Commands;

/// <summary>Groups the commands that measure this machine.</summary>
internal sealed class DiagnoseCommand : Command
{
    public DiagnoseCommand(Shell shell)
        : base("diagnose", "Measures this machine.") => Subcommands.Add(new ScalingCommand(shell));
}
