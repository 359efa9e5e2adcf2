using System.CommandLine;

namespace Snakepit.Cli.Commands;

/// <summary>Groups the commands that write a first version of something.</summary>
internal sealed class GenCommand : Command
{
    public GenCommand(Shell shell)
        : base("gen", "Writes a first version of an adapter, of settings, or of a pool. Never overwrites a file.")
    {
        Subcommands.Add(new GenAdapterCommand(shell));
        Subcommands.Add(new GenConfigCommand(shell));
        Subcommands.Add(new GenPoolCommand(shell));
    }

    public static Option<string> FolderOption(string standard) => new("--folder")
    {
        Description = $"Where the file is written. Default: {standard}.", HelpName = "FOLDER", DefaultValueFactory = _ => standard,
    };

    public static Option<string?> AdapterOption() => new("--adapter")
    {
        Description = "The adapter of the pool: a Python file, a module, or module:Class. Default: adapters/NAME.py.", HelpName = "ADAPTER",
    };

    /// <summary>Returns the adapter that the user has named, or the file of that name.</summary>
    public static string AdapterOf(string? adapter, string name) => adapter ?? $"adapters/{name}.py";
}
